package syncml

import (
	"context"

	"github.com/bindery-sync/bindery/sources/syncml/internal/wire"
)

// A session that was suspended (Alert 224), or that broke off, can be resumed by the next one (Alert 225).
// What the phone sent lies in the inbox or is planned, what it answered is settled, and what it was not
// sent or did not answer is owed: all that without this file. What has to be known besides is how the phone's
// package of changes stands, for a phone that resumes does not send it anew (docs/engine.md 2.1, 2.5).

// A remnant is what an earlier session left of one database.
type remnant struct {
	db database
	// chunk is the large object of which that session got pieces, nil if there was none.
	chunk  *chunk
	pieces []byte
}

// recentSessions is how many sessions are searched for the one that is resumed.
const recentSessions = 8

// remnantOf finds what the newest session that alerted a database left of it; nil if there is none, or if
// not all of it is there any more.
func (t *turn) remnantOf(ctx context.Context, name string) (*remnant, error) {
	rows, err := t.store.recent(ctx, t.phone, t.sess.row.Token, recentSessions)
	if err != nil {
		return nil, err
	}
	for i := range rows {
		old, err := loadSession(&rows[i])
		if err != nil {
			return nil, nil // written by another release
		}
		for j, d := range old.state.Databases {
			if d.Name != name {
				continue
			}
			if rows[i].Flushed && d.listing() && !d.Ran {
				return nil, nil // the rows that a listing is made of are planned already
			}
			r := &remnant{db: *d}
			if c := old.state.Chunk; c != nil && c.Database == j && c.Refused == 0 {
				r.chunk = c
				r.pieces, err = t.store.chunk(ctx, &rows[i])
			}
			return r, err
		}
	}
	return nil, nil
}

// resume greets a database whose last session the phone wants to go on with. It reports false if that
// cannot be: nothing is left of the session, or the anchors do not agree.
func (t *turn) resume(ctx context.Context, db Database, phone wire.Anchor, st Standing) (greeting, bool, error) {
	r, err := t.remnantOf(ctx, db.Name)
	if err != nil || r == nil {
		return greeting{}, false, err
	}
	old := &r.db
	rest := old.Rest || old.Ran && complete(old.Mode)
	switch {
	case old.Class != db.Class, phone.Last != "" && phone.Last != old.Last:
		return greeting{}, false, nil
	case (rest || !complete(old.Mode)) && st.NeedSlow && !st.Unnamed:
		return greeting{}, false, nil
	}
	if !old.Seen && !old.Before {
		return t.restart(r, st)
	}
	r.db.Rest = rest
	return greeting{code: 200, mode: old.Mode, asked: old.Asked, ours: old.OurLast, left: r}, true, nil
}

// restart greets a database of which nothing had come yet when the session stopped: there is nothing to go on
// with, and a phone that is told to go on may think that it has sent what it was about to. It is told to
// begin anew (509, request overridden), which needs no slow sync if none was under way.
func (t *turn) restart(r *remnant, st Standing) (greeting, bool, error) {
	if r.db.Mode != wire.AlertTwoWay || r.db.Asked != 0 || st.NeedSlow {
		return greeting{}, false, nil
	}
	return greeting{code: 509, mode: wire.AlertTwoWay, ours: r.db.OurLast}, true, nil
}

// takeUp has a database go on where an earlier session stopped.
func (t *turn) takeUp(i int, left *remnant) {
	d := t.state.Databases[i]
	d.Resumed, d.Rest, d.Last = true, left.db.Rest, left.db.Last
	d.Before = left.db.Before || left.db.Seen
	if left.chunk == nil || t.state.Chunk != nil {
		return
	}
	c := *left.chunk
	c.Database, c.Resumed = i, true
	t.state.Chunk, t.pieces, t.chunked = &c, left.pieces, true
}

// resumeSilently takes the missing Sync of a phone that resumes and has nothing more to send for an empty
// one: Symbian sends none. A listing of which nothing ever came is not taken for an empty one.
func (t *turn) resumeSilently() {
	for _, d := range t.state.Databases {
		if d.Resumed && !d.Seen && (d.Before || !d.listing()) {
			d.Seen = true
		}
	}
}

// restOf is the mode in which what a package leaves to do is done, once that package is planned: its
// absences have had their effect and must have none again.
func restOf(mode int) int {
	switch mode {
	case wire.AlertSlow:
		return wire.AlertTwoWay
	case wire.AlertRefreshFromClient:
		return wire.AlertOneWayFromClient
	case wire.AlertRefreshFromServer:
		return wire.AlertOneWayFromServer
	}
	return mode
}

package syncml

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/syncml/devicerule"
	"github.com/bindery-sync/bindery/sources/syncml/internal/wire"
)

// run synchronises every database whose package of changes is complete. It reports true if one still
// works and the phone has to come again.
func (t *turn) run(ctx context.Context) (working bool, err error) {
	if t.state.Sending != 4 {
		return false, nil
	}
	for _, d := range t.state.Databases {
		if !d.Arrived || d.Ran {
			continue
		}
		wait := t.o.Wait
		if working { // the phone has waited long enough for one message
			wait /= 10
		}
		busy, err := t.runDatabase(ctx, d, wait)
		if err != nil {
			return false, err
		}
		working = working || busy
	}
	if !working {
		return false, nil
	}
	if t.state.Waits++; t.state.Waits <= maxWaits {
		return true, nil
	}
	for _, d := range t.state.Databases {
		d.Failed = d.Failed || !d.Ran
	}
	return false, nil
}

// runDatabase reports true if the run still works. A run that cannot be done now does not spoil the
// phone's session: its part is stored, the rest is owed.
func (t *turn) runDatabase(ctx context.Context, d *database, wait time.Duration) (bool, error) {
	if d.Failed {
		return false, nil
	}
	err := t.o.Syncs.Start(ctx, t.phone, t.declared(d), d.way(), t.patience(wait))
	switch {
	case err == nil:
		d.Ran = true
		return false, nil
	case errors.Is(err, ErrWorking):
		return true, nil
	case errors.Is(err, ErrTakenOver), ctx.Err() != nil:
		return false, fmt.Errorf("run database %s: %w", d.Name, err)
	}
	t.o.Log.WarnContext(ctx, "phone's changes stored, but not synchronised", "client", t.phone.Client,
		"database", d.Name, "error", err)
	d.Failed = true
	return false, nil
}

// fillChanges sends the ops that wait for the phone; false if some have to wait for the next message.
func (t *turn) fillChanges(ctx context.Context, d *draft) (bool, error) {
	for i, db := range t.state.Databases {
		if db.Done || db.Refused {
			continue
		}
		if fromClient(db.way()) { // such a phone expects no Sync of ours
			db.Done = true
			continue
		}
		ok, err := t.fillDatabase(ctx, d, i, db)
		if err != nil || !ok {
			return false, err
		}
		db.Done = true
		d.inner = nil
	}
	return true, nil
}

// outboxPage is how many ops are fetched at once.
const outboxPage = 50

func (t *turn) fillDatabase(ctx context.Context, d *draft, i int, db *database) (bool, error) {
	count, err := t.count(ctx, db)
	if err != nil {
		return false, err
	}
	if err := t.learned(ctx, db); err != nil {
		return false, err
	}
	for !db.Failed {
		ops, err := t.o.Syncs.Outbox(ctx, t.phone, db.face(), db.After, outboxPage)
		if err != nil {
			return false, fmt.Errorf("outbox of %s: %w", db.Name, err)
		}
		if len(ops) == 0 {
			break
		}
		for j := range ops {
			if ok, err := t.fillOp(ctx, d, i, db, &ops[j], count); err != nil || !ok && !t.stalled(d, i, db, &ops[j]) {
				return false, err
			}
			db.After = ops[j].Op
		}
	}
	if db.Opened {
		return true, nil
	}
	ok, err := t.send(d, sent{Kind: "Sync", Database: i}, ownSync(db, count))
	db.Opened = db.Opened || ok
	return ok, err
}

// maxStalls is how many messages may pass without room for an op before it is given up.
const maxStalls = 5

// stalled reports whether an op is given up, because the phone's messages are too small for it beside
// what else must be in them. Without that, such a session would never end.
func (t *turn) stalled(d *draft, i int, db *database, op *Outgoing) bool {
	if d.placed > 0 {
		db.Stalls = 0
		return false
	}
	if db.Stalls++; db.Stalls < maxStalls {
		return false
	}
	db.Stalls, t.state.Splitting = 0, nil
	tooBig(d, i, op)
	return true
}

// tooBig gives up an op.
func tooBig(d *draft, i int, op *Outgoing) {
	err := fmt.Errorf("%w: larger than its messages", sources.ErrTooBig)
	d.answers[i] = append(d.answers[i], Answer{Op: op.Op, Kind: Refused, Err: err})
}

// count is the NumberOfChanges of the first Sync element, nil if the phone does not understand it.
func (t *turn) count(ctx context.Context, db *database) (*int, error) {
	if db.Opened || t.device == nil || !t.device.NumberOfChanges || devicerule.Not(t.rules.NumberOfChanges) || plainVersion(t.state.Version) {
		return nil, nil
	}
	if db.Failed {
		return new(int), nil
	}
	n, err := t.o.Syncs.Count(ctx, t.phone, db.face(), db.After)
	if err != nil {
		return nil, fmt.Errorf("count outbox of %s: %w", db.Name, err)
	}
	return &n, nil
}

func ownSync(db *database, count *int) *wire.Sync {
	return &wire.Sync{Target: wire.Location{URI: db.Theirs}, Source: wire.Location{URI: db.Ours},
		NumberOfChanges: count}
}

// fillOp sends one op; false if it has to wait for the next message. One that the phone cannot take is
// not sent.
func (t *turn) fillOp(ctx context.Context, d *draft, i int, db *database, op *Outgoing, count *int) (bool, error) {
	if t.waits(ctx, db, op) {
		return true, nil
	}
	if err := t.name(ctx, db, op); err != nil {
		return false, err
	}
	c, err := t.ownChange(db, op)
	if err != nil {
		d.answers[i] = append(d.answers[i], Answer{Op: op.Op, Kind: Refused, Err: err})
		return true, nil
	}
	if sp := t.state.Splitting; sp != nil && sp.Op == op.Op {
		return t.fillPiece(d, i, db, op, c, count)
	}
	place, err := t.place(d, i, db, c, sent{Kind: c.Verb, Database: i, Op: op.Op}, count)
	switch {
	case err != nil:
		return false, err
	case place == later:
		return false, nil
	case place == never && t.splits():
		return t.fillPiece(d, i, db, op, c, count)
	case place == never:
		tooBig(d, i, op)
		return true, nil
	}
	t.left(d, i, db, op)
	return true, nil
}

// left notes that an op leaves in this message, whole or with its last piece.
func (t *turn) left(d *draft, i int, db *database, op *Outgoing) {
	db.Sent++
	t.spend(db, op)
	d.answers[i] = append(d.answers[i], Answer{Op: op.Op, Kind: Sent})
}

// place puts a change into the draft, if it fits, and remembers that the phone will answer it.
func (t *turn) place(d *draft, i int, db *database, c *wire.Change, what sent, count *int) (fit, error) {
	if db.Opened {
		count = nil
	}
	syncID, id := "", ""
	place, err := d.addTo(
		func(n string) *wire.Sync { s := ownSync(db, count); s.CmdID, syncID = n, n; return s },
		func(n string) *wire.Change { c.CmdID, id = n, n; return c })
	if err != nil || place != fits {
		return place, err
	}
	if syncID != "" {
		t.state.Sent[sentKey(t.state.LastMsg, syncID)] = sent{Kind: "Sync", Database: i}
		db.Opened = true
	}
	t.state.Sent[sentKey(t.state.LastMsg, id)] = what
	return fits, nil
}

// ownChange is the command for an op. The error is a class of package sources: the phone cannot take
// the item.
func (t *turn) ownChange(db *database, op *Outgoing) (*wire.Change, error) {
	switch op.Verb {
	case sources.Delete:
		return &wire.Change{Verb: wire.Delete, Items: []wire.Item{{Target: wire.Location{URI: op.LUID}}}}, nil
	case sources.Replace:
		c, err := t.ownItem(db, op)
		if err == nil {
			c.Verb, c.Items[0].Target.URI = wire.Replace, op.LUID
		}
		return c, err
	}
	c, err := t.ownItem(db, op)
	if err == nil {
		c.Verb, c.Items[0].Source.URI = wire.Add, op.GUID
	}
	return c, err
}

func (t *turn) ownItem(db *database, op *Outgoing) (*wire.Change, error) {
	f := t.forms[db.Name]
	want := f.want
	body, err := f.project(db.Class, op.Body)
	if err != nil {
		return nil, err
	}
	body = t.rules.Write(formatOf(want), body)
	if limit := t.maxObj(); limit > 0 && len(body) > limit {
		return nil, fmt.Errorf("%w: %d bytes, it takes %d", sources.ErrTooBig, len(body), limit)
	}
	return &wire.Change{Meta: wire.Meta{Type: want.Type},
		Items: []wire.Item{{Data: wire.Data{Text: string(body), Opaque: true}}}}, nil
}

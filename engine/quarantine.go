package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/bindery-sync/bindery/sources"
)

// maxFailures is how often a side may fail to take what it is owed of one item before the item is set
// aside (docs/engine.md 4). A success, or a change of the item after that, begins the count anew.
const maxFailures = 3

// A Failure counts how often a side did not take what it is owed of a link.
type Failure struct {
	Link LinkID
	Side Side
	// Count is how often; 0 forgets the failures.
	Count int
	// Why is a sentence for the user: what the side said last.
	Why string
	// Passing says that the side called the last one its own fault (sources.ErrElsewhere). An item that is set aside by
	// that is owed again, as Refused, to the first run that opens when a pause is over: see Pause.
	Passing bool
}

// The pauses after which an item is tried again that a side failed to take by its own fault: the first one, which
// doubles with each failure, and the longest.
const (
	firstPause = 10 * time.Minute
	lastPause  = 24 * time.Hour
)

// Pause is how long after its last failure an item is left alone that was set aside by a passing one, after so many
// failures.
func Pause(failures int) time.Duration {
	n := failures - maxFailures
	if n < 0 {
		return 0
	}
	if n > 10 {
		return lastPause
	}
	return min(firstPause<<n, lastPause)
}

// refused settles an op that the side does not take: the item stays owed. What a side says of itself, that
// it is busy, knows us no longer or is full, is no failure of the item.
func (st *Settlement) refused(l *LinkWrite, in Intent, err error) {
	st.Forget = append(st.Forget, in.ID)
	if ofItself(err) {
		l.Owed[in.Side] = Refused
		st.Reasons = append(st.Reasons, Owing{l.ID, in.Side, Refused})
		return
	}
	why := "the item was refused"
	if err != nil {
		why = err.Error()
	}
	st.fail(l, in.Side, why, errors.Is(err, sources.ErrElsewhere))
}

// ofItself reports whether a refusal says something of the side and nothing of the item: what is refused
// so is tried at every sync.
func ofItself(err error) bool {
	return errors.Is(err, sources.ErrBusy) || errors.Is(err, sources.ErrAuth) || errors.Is(err, sources.ErrQuota)
}

// fail counts a refusal by a link's side. The last one that it may have sets the item aside; a passing one until a pause
// is over, and then again, which counts in the log only once.
func (st *Settlement) fail(l *LinkWrite, s Side, why string, passing bool) {
	reason := Refused
	if l.Failures[s]+1 >= maxFailures {
		reason = Aside
		if !passing || l.Failures[s]+1 == maxFailures {
			st.Tally.Quarantined++
		}
	}
	st.count(l, s, reason, Failure{Why: why, Passing: passing})
}

// count counts a failure of a link's side.
func (st *Settlement) count(l *LinkWrite, s Side, reason Reason, f Failure) {
	l.Failures[s]++
	l.Owed[s] = reason
	f.Link, f.Side, f.Count = l.ID, s, l.Failures[s]
	st.Reasons = append(st.Reasons, Owing{l.ID, s, reason})
	st.Failures = append(st.Failures, f)
}

// pardon forgets the failures of a side that took what it was owed.
func (st *Settlement) pardon(l *LinkWrite, s Side) {
	if l.Failures[s] > 0 {
		l.Failures[s] = 0
		st.Failures = append(st.Failures, Failure{Link: l.ID, Side: s})
	}
}

// pardon forgets the failures of an item that was set aside and has changed since: it is tried again.
func (b *loom) pardon(old LinkWrite, now *LinkWrite) {
	for _, s := range bothSides {
		if old.Owed[s] == Aside && now.Owed[s] != Aside {
			now.Failures[s] = 0
			b.Failures = append(b.Failures, Failure{Link: now.ID, Side: s})
		}
	}
}

// giveUp ends the attempts of this run to write items that change under every one of them. That says something of the
// moment, or of a side that takes every write for one of something older, and nothing of the item: every sync tries again.
func (r *run) giveUp(ctx context.Context, list []retry) error {
	if len(list) == 0 {
		return nil
	}
	ids := make([]LinkID, len(list))
	for i, t := range list {
		ids[i] = t.link
	}
	links, err := r.engine.Journal.Links(ctx, r.lease, ids)
	if err != nil {
		return err
	}
	at := make(map[LinkID]*LinkWrite, len(links))
	for i := range links {
		at[links[i].ID] = &links[i]
	}
	var st Settlement
	for _, t := range list {
		if l := at[t.link]; l != nil {
			st.count(l, t.side, Contended, Failure{Why: "the item changed under every attempt to write it; every sync tries again"})
		}
	}
	if err := r.engine.Journal.Settle(ctx, r.lease, st); err != nil {
		return err
	}
	r.open.Tally.Add(st.Tally)
	return nil
}

// readAgain reads the items in quarantine that a person asked to have tried again. A side that answers
// later cannot be asked; its items come again through its inbox.
func (r *run) readAgain(ctx context.Context, s Side, rd *reading) error {
	if len(r.mem.Again[s]) == 0 || r.job.Sides[s].Caps.Deferred {
		return nil
	}
	seen := make(map[sources.ID]bool, len(rd.digests))
	for _, d := range rd.digests {
		seen[d.ID] = true
	}
	var ask []sources.ID
	for _, id := range r.mem.Again[s] {
		if !seen[id] {
			ask = append(ask, id)
		}
	}
	if len(ask) == 0 {
		return nil
	}
	for c, err := range rd.session.Read(ctx, ask) {
		if err != nil {
			return fmt.Errorf("read %s: %w", s, err)
		}
		rd.keep(c)
		rd.digests = append(rd.digests, r.digest(c))
	}
	return nil
}

// releaseGone takes items out of quarantine that are there no longer, and those that are what they were before: under the
// revision that their link knows, so that no decision is taken about them.
func (r *run) releaseGone(ctx context.Context) error {
	var b Batch
	for _, s := range bothSides {
		if len(r.mem.Quarantine[s]) == 0 {
			continue
		}
		there, healed := make(map[sources.ID]bool), make(map[sources.ID]bool)
		for i := range r.sides[s].digests {
			d := &r.sides[s].digests[i]
			there[d.ID] = d.Verb != sources.Delete
			l := r.byItem[s][d.ID]
			healed[d.ID] = r.readable(s, d) && l != nil && l.Owed[s] == None && l.Rev[s] == d.Rev
		}
		for id := range r.mem.Quarantine[s] {
			if is, told := there[id]; told && !is || !told && r.sides[s].listing || healed[id] {
				b.Release[s] = append(b.Release[s], id)
			}
		}
	}
	if len(b.Release[Source])+len(b.Release[Target]) == 0 {
		return nil
	}
	_, _, err := r.engine.Journal.Intend(ctx, r.lease, b)
	return err
}

// readable reports whether a side shows an item of the quarantine that can be read again.
func (r *run) readable(s Side, d *Digest) bool {
	return d != nil && !d.Bad && d.Verb != sources.Delete && r.mem.Quarantine[s][d.ID]
}

// tryReadable owes a side again what it failed to take of items that could not be read meanwhile.
func (r *run) tryReadable() {
	for _, s := range bothSides {
		for i := range r.sides[s].digests {
			d := &r.sides[s].digests[i]
			if l := r.byItem[s][d.ID]; l != nil && r.readable(s, d) && l.Owed[s] == Aside {
				l.Owed[s] = Waiting
			}
		}
	}
}

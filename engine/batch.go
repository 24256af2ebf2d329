package engine

import (
	"context"
	"fmt"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

// maxRetries is how often one item is planned again because it changed under the write.
const maxRetries = 3

// retry is a link to be looked at again, with what its side says now.
type retry struct {
	link LinkID
	side Side
	now  sources.Change
}

// carryOut carries out decisions, a batch at a time, then those that have to be taken again.
func (r *run) carryOut(ctx context.Context, all []Decision) error {
	if err := r.releaseGone(ctx); err != nil {
		return err
	}
	r.progress.Planned = len(all)
	for len(all) > 0 {
		r.tell()
		n := whole(all, r.engine.room(all))
		if err := r.batch(ctx, all[:n]); err != nil {
			return err
		}
		r.progress.Done += n
		r.letGo(all[:n])
		all = all[n:]
	}
	r.tell()
	for attempt := 1; len(r.later) > 0; attempt++ {
		again := r.later
		r.later = nil
		if err := r.again(ctx, again, attempt); err != nil {
			return err
		}
	}
	return nil
}

// again plans links anew on what their side holds now. After maxRetries the item stays owed; one that came to that in
// several syncs before gets no more than the one attempt that it has had.
func (r *run) again(ctx context.Context, list []retry, attempt int) error {
	if attempt > maxRetries {
		return r.giveUp(ctx, list)
	}
	ids := make([]LinkID, len(list))
	at := make(map[LinkID]retry, len(list))
	for i, t := range list {
		ids[i] = t.link
		at[t.link] = t
	}
	links, err := r.engine.Journal.Links(ctx, r.lease, ids)
	if err != nil {
		return err
	}
	var ds []Decision
	var weary []retry
	for _, l := range links {
		t := at[l.ID]
		if l.Failures[t.side] >= maxFailures {
			weary = append(weary, t)
			continue
		}
		in := Input{Links: []Link{l.Link}, Way: r.job.Way, Lead: r.job.Lead, DeleteWins: r.job.DeleteWins}
		in.Doubts = r.doubtsOf(l.ID)
		in.Elsewhere = r.detours
		in.Approved, in.Rejected = r.approved, r.rejected
		in.Changes[t.side] = []Digest{r.observe(t.side, t.now)}
		r.sides[t.side].kept[t.now.ID] = t.now
		ds = append(ds, Plan(in)...)
	}
	if err := r.giveUp(ctx, weary); err != nil {
		return err
	}
	return r.batch(ctx, ds)
}

// batch carries out some decisions: read bodies, weave, record intents, write the sides, settle.
func (r *run) batch(ctx context.Context, ds []Decision) error {
	threads, err := r.threads(ctx, ds)
	if err != nil {
		return err
	}
	b, err := r.weaveAll(threads)
	if err != nil {
		return err
	}
	if b.empty() {
		return nil
	}
	if r.job.deferred() {
		inOrder(b.Intents)
	}
	links, intents, err := r.engine.Journal.Intend(ctx, r.lease, b.Batch)
	if err != nil {
		return err
	}
	r.open.Tally.Add(b.Tally)
	for i := range b.Intents {
		in := &b.Intents[i]
		in.ID, in.Link = intents[i], links[int(in.Link)]
	}
	for i := range b.Links {
		b.Links[i].ID = links[i]
	}
	return r.apply(ctx, b)
}

// loom is a Batch with what is needed to settle it.
type loom struct {
	Batch
	byLink map[LinkID]*LinkWrite
	// suspects are the links of the first items of doubtful pairs that are new.
	suspects map[*Suspicion]int
}

func (b *loom) empty() bool {
	return len(b.Links) == 0 && len(b.Drop) == 0 && len(b.Quarantine) == 0 && len(b.Forget) == 0 &&
		len(b.Requeue) == 0 && len(b.Release[0]) == 0 && len(b.Release[1]) == 0
}

// threads reads all that a batch of decisions needs: the links' bodies and the items.
func (r *run) threads(ctx context.Context, ds []Decision) ([]thread, error) {
	old, err := r.oldLinks(ctx, ds)
	if err != nil {
		return nil, err
	}
	now, err := r.items(ctx, ds)
	if err != nil {
		return nil, err
	}
	tried, err := r.triedOf(ctx, ds)
	if err != nil {
		return nil, err
	}
	out := make([]thread, 0, len(ds))
	for _, d := range ds {
		t := thread{class: r.job.Ref.Class, winner: r.job.Winner, d: d, old: old[d.Link]}
		t.run, t.before = r.open.ID, r.open.Before
		t.takeOver(old[d.Absorb], now)
		t.refreshing, t.lead, t.deleteWins = r.job.Way == Refresh, r.job.Lead, r.job.DeleteWins
		t.uids = r.shareUIDs()
		if !t.refreshing {
			t.lead = d.Lead
		}
		for _, s := range bothSides {
			t.keeps[s], t.known[s], t.takes[s] = r.job.Sides[s].Caps.Keeps, r.learns(s), &r.job.Sides[s]
			t.tried[s] = tried[Place{d.Link, s}]
			if d.Put[s] != nil {
				t.now[s] = now[s][d.Put[s].ID]
				t.ring[s] = d.Put[s].Synced && r.detours[s][d.Put[s].ID]
				t.same[s] = d.Put[s].Known || r.sides[s].isKept(d.Put[s].ID)
			}
		}
		if t, ok := t.refresh(); ok {
			out = append(out, t)
		}
	}
	return out, nil
}

// refresh takes the item as it was read last for the digest that was planned on. It reports false if
// the item is gone meanwhile and there is nothing to do about it in this run.
func (t thread) refresh() (thread, bool) {
	for _, s := range bothSides {
		if t.d.Put[s] == nil || t.now[s].Verb != sources.Delete {
			continue
		}
		t.d.Put[s], t.d.Gone[s] = nil, true
		if t.d.Link == 0 && t.d.Put[s.Other()] == nil {
			return t, false
		}
		if t.d.Act = t.afterLoss(s); t.d.Act == Remove && !t.refreshing {
			return t, false // no guard has seen this deletion; the next look reports it (docs/engine.md 8.1)
		}
	}
	return t, true
}

// afterLoss is what becomes of a decision when the item of s vanished between reading and writing.
func (t thread) afterLoss(s Side) Act {
	o := s.Other()
	if t.refreshing {
		return t.afterLossInRefresh(s)
	}
	switch {
	case t.d.Link == 0:
		return Create
	case t.d.Gone[o] || t.old.Item[o] == "" && t.d.Put[o] == nil:
		return Drop
	case t.deleteWins:
		return Remove
	case t.d.Put[o] != nil && t.d.Put[o].Print != t.old.Link.Shadow[o], t.old.Owed[s] != None:
		return Revive
	}
	return Remove
}

func (r *run) oldLinks(ctx context.Context, ds []Decision) (map[LinkID]LinkWrite, error) {
	var ids []LinkID
	for _, d := range ds {
		if d.Link != 0 {
			ids = append(ids, d.Link)
		}
		if d.Absorb != 0 {
			ids = append(ids, d.Absorb)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	links, err := r.engine.Journal.Links(ctx, r.lease, ids)
	if err != nil {
		return nil, err
	}
	out := make(map[LinkID]LinkWrite, len(links))
	for _, l := range links {
		out[l.ID] = l
	}
	return out, nil
}

func (r *run) items(ctx context.Context, ds []Decision) ([2]map[sources.ID]sources.Change, error) {
	var out [2]map[sources.ID]sources.Change
	for _, s := range bothSides {
		var ids []sources.ID
		for _, d := range ds {
			if d.Put[s] != nil && !d.Put[s].Known {
				ids = append(ids, d.Put[s].ID)
			}
		}
		var err error
		if out[s], err = r.sides[s].get(ctx, ids); err != nil {
			return out, fmt.Errorf("read %s: %w", s, err)
		}
	}
	return out, nil
}

// weaveAll makes the batch that a set of threads asks for.
func (r *run) weaveAll(threads []thread) (*loom, error) {
	b := &loom{byLink: make(map[LinkID]*LinkWrite, len(threads)), suspects: make(map[*Suspicion]int)}
	b.Links, b.Intents = make([]LinkWrite, 0, len(threads)), make([]Intent, 0, len(threads))
	for _, t := range threads {
		if t.d.Act == SetAside {
			r.countIn(b, t)
			b.setAside(t, r.mem, nil)
			continue
		}
		c, err := weave(t)
		if err != nil {
			// One item that cannot be merged stops nothing: it stays as it is on both sides. To try again is
			// no use before it changes, for weaving is pure.
			r.engine.Log.Warn("item set aside", r.line("link", int64(t.d.Link), "error", err)...)
			r.countIn(b, t)
			b.setAside(t, r.mem, err)
			continue
		}
		r.release(b, t, &c.link)
		c.keepBack(t.d)
		if c.swung {
			r.engine.Log.Warn("two clients write an item in two ways", r.line("link", int64(t.d.Link))...)
		}
		b.Tally.Add(c.tally)
		r.countIn(b, t)
		if c.drop {
			b.Drop = append(b.Drop, c.link.ID)
			b.lastSeen(t)
			for _, s := range bothSides {
				b.Forget = append(b.Forget, r.openOf(c.link.ID, s)...)
				b.Forget = append(b.Forget, r.sentBy[s][c.link.ID]...)
			}
			continue
		}
		b.pardon(t.old, &c.link)
		b.Links = append(b.Links, c.link)
		r.owe(b, t, len(b.Links)-1)
		r.absorb(b, t)
		b.doubt(t, len(b.Links)-1)
	}
	return b, nil
}

// triedOf gives the open ops, with their bodies, of the links that a side reports an item for.
func (r *run) triedOf(ctx context.Context, ds []Decision) (map[Place][]Intent, error) {
	var ids []int64
	for _, d := range ds {
		for _, s := range bothSides {
			if d.Put[s] != nil && len(r.tried[s][d.Link]) > 0 {
				ids = append(append(ids, r.openBy[s][d.Link]...), r.sentBy[s][d.Link]...)
			}
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	list, err := r.engine.Journal.Intents(ctx, r.lease, ids)
	if err != nil {
		return nil, err
	}
	out := make(map[Place][]Intent, len(list))
	for _, in := range list {
		if in.State >= Sent {
			at := Place{in.Link, in.Side}
			out[at] = append(out[at], in)
		}
	}
	return out, nil
}

// openOf gives the open Adds of a link's side.
func (r *run) openOf(id LinkID, s Side) []int64 { return r.openBy[s][id] }

// owe adds the intents that link i needs.
func (r *run) owe(b *loom, t thread, i int) {
	l := &b.Links[i]
	var written []Side
	for _, s := range bothSides {
		open := r.openOf(l.ID, s)
		if t.d.Put[s] != nil || l.Item[s] == "" {
			b.Forget = append(b.Forget, r.sentBy[s][l.ID]...) // the side spoke of the item again
		}
		if t.d.Repeat && len(open) > 0 && !r.spares(s) {
			b.Requeue = append(b.Requeue, open...)
			continue
		}
		if l.Item[s] != "" || r.sides[s].listing || !r.job.Sides[s].Caps.Deferred {
			b.Forget = append(b.Forget, open...) // answered by the item itself, or by its absence
		}
		if r.spares(s) {
			l.Owed[s] = withheld(l.Owed[s])
			continue
		}
		if !writable(*l, s, r.sides[s].listing) {
			continue
		}
		if r.outside(l, s, r.job.Sides[s].Range) {
			l.Owed[s] = OutOfRange
			continue
		}
		l.Owed[s] = Waiting
		op := opFor(*l, s, r.key(t, s))
		in := Intent{Link: LinkID(i), Side: s, Op: op, Print: l.Link.Base}
		if r.job.Sides[s].Caps.Deferred {
			in.State = Queued
		}
		b.Intents = append(b.Intents, in)
		b.remember(t, op, s, i)
		if op.Verb != sources.Add {
			written = append(written, s)
		}
	}
	b.rememberAgreed(t, i, written)
}

// setAside puts what sides report into quarantine: it cannot be read or, with an err, not merged.
func (b *loom) setAside(t thread, mem Memory, err error) {
	for _, s := range bothSides {
		if d := t.d.Put[s]; d != nil && (err == nil || d.Print != t.old.Link.Shadow[s]) {
			why := "the item cannot be read"
			if err != nil {
				why = err.Error()
			} else if t.now[s].Why != "" {
				why = t.now[s].Why
			} else if _, err := dataclass.Decode(t.class, t.now[s].Body); err != nil {
				why = err.Error()
			}
			b.Quarantine = append(b.Quarantine, Quarantined{s, d.ID, d.Rev, t.now[s].Body, why})
			if !mem.Quarantine[s][d.ID] {
				b.Tally.Quarantined++
			}
		}
	}
}

// release notes items that can be read again; what their link's side failed to take is tried again.
func (r *run) release(b *loom, t thread, l *LinkWrite) {
	for _, s := range bothSides {
		d := t.d.Put[s]
		if !r.readable(s, d) {
			continue
		}
		b.Release[s] = append(b.Release[s], d.ID)
		if l.Owed[s] == Aside {
			l.Owed[s] = Waiting
		}
	}
}

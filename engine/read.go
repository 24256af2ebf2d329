package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

// reading is one side as a run read it.
type reading struct {
	session sources.Session
	digests []Digest
	listing bool
	// in counts what a deferred side reports; that of a side that answers at once is counted with what
	// becomes of it (countIn).
	in Counts
	// deleted are the items whose end a side that answers at once reports.
	deleted map[sources.ID]bool
	// at are the places of the items of a listing that was read before the look that counts.
	at map[sources.ID]int
	// kept are the bodies of the first items read, so that a small sync need not read them again.
	kept  map[sources.ID]sources.Change
	bytes int
}

// keepBytes bounds the bodies kept between reading and writing; the rest is read again, a batch at a
// time.
const keepBytes = 8 << 20

// begin opens a session on one side. A lost cursor makes the look a complete listing. Beside a phone in a slow sync a
// side with a good cursor is read by it: the links know the rest, and its deletions are reported. In a slow sync of
// two sides that answer at once both list everything.
func (r *run) begin(ctx context.Context, s Side) (*reading, error) {
	party := r.job.Sides[s]
	rd := &reading{listing: party.Listing, kept: make(map[sources.ID]sources.Change), deleted: make(map[sources.ID]bool)}
	since := r.mem.Cursors[s]
	if err := r.listFirst(ctx, s, rd); err != nil {
		return nil, err
	}
	var err error
	rd.session, err = party.Source.Begin(ctx, r.job.Ref.Class, since)
	if errors.Is(err, sources.ErrCursorLost) && since != "" {
		since = ""
		rd.digests, rd.at = nil, nil
		clear(rd.kept)
		rd.session, err = party.Source.Begin(ctx, r.job.Ref.Class, since)
	}
	if err != nil {
		return nil, atSide(s, "begin", err)
	}
	rd.session = remembering{rd.session, r, s}
	if since == "" && !party.Caps.Deferred {
		rd.listing = true
	}
	if rd.listing {
		return rd, r.lookClosely(ctx)
	}
	return rd, nil
}

// read takes the digest of every change of a side, and asks the evidence about some.
func (r *run) read(ctx context.Context, s Side, rd *reading) error {
	if err := r.list(ctx, s, rd); err != nil {
		return err
	}
	return r.contradict(ctx, s, rd)
}

// list takes the digest of every change of a side.
func (r *run) list(ctx context.Context, s Side, rd *reading) error {
	for c, err := range rd.session.Changes(ctx) {
		if err != nil {
			return atSide(s, "list", err)
		}
		if r.job.Sides[s].Caps.Deferred {
			rd.count(c)
		} else if !c.Own && (c.Renewed || c.Verb == sources.Delete) {
			rd.deleted[c.ID] = true
		}
		r.readOne(s)
		delete(rd.kept, c.ID)
		rd.keep(c)
		rd.put(r.observe(s, c))
	}
	return nil
}

// listFirst reads a complete listing of a side whose cursor is good, in a slow sync of two sides that answer at once.
// The look by the cursor follows it and has the last word: it tells what was deleted, which absence does not prove
// (docs/engine.md 7.1), also in between.
func (r *run) listFirst(ctx context.Context, s Side, rd *reading) error {
	if r.job.Mode != Slow || r.job.deferred() || r.mem.Cursors[s] == "" {
		return nil
	}
	session, err := r.job.Sides[s].Source.Begin(ctx, r.job.Ref.Class, "")
	if err != nil {
		return atSide(s, "begin", err)
	}
	session = remembering{session, r, s}
	rd.listing, rd.at = true, make(map[sources.ID]int)
	for c, err := range session.Changes(ctx) {
		if err != nil {
			return errors.Join(atSide(s, "list", err), session.Close())
		}
		r.readOne(s)
		rd.keep(c)
		rd.at[c.ID] = len(rd.digests)
		rd.digests = append(rd.digests, r.observe(s, c))
	}
	return session.Close()
}

// put takes the digest of a change, in place of what a listing said of the item.
func (rd *reading) put(d Digest) {
	if i, ok := rd.at[d.ID]; ok {
		rd.digests[i] = d
		return
	}
	rd.digests = append(rd.digests, d)
}

// observe reads a change down to what Plan needs, and takes note of what the side shows of itself.
func (r *run) observe(s Side, c sources.Change) Digest {
	d, it := r.decode(c)
	r.learns(s).Observe(it)
	return d
}

// digest reads a change down to what Plan needs.
func (r *run) digest(c sources.Change) Digest {
	d, _ := r.decode(c)
	return d
}

// decode gives the digest of a change and the item, nil if there is none to read.
func (r *run) decode(c sources.Change) (Digest, *dataclass.Item) {
	d := Digest{ID: c.ID, Rev: c.Rev, Verb: c.Verb, Key: c.Key, Own: c.Own, Synced: c.Synced, Earlier: c.Earlier, Renewed: c.Renewed, Slow: c.Slow}
	if c.Verb == sources.Delete {
		return d, nil
	}
	d.Size = len(c.Body.Data)
	it, err := dataclass.DecodeBare(r.job.Ref.Class, c.Body)
	if err != nil {
		d.Bad = true
		return d, nil
	}
	d.Print = it.Fingerprint()
	for _, s := range bothSides {
		d.Beyond[s] = r.job.Way == Refresh && !r.job.Sides[s].Range.Holds(it)
	}
	return d, it
}

// count counts what a deferred side reports by its own verb.
func (rd *reading) count(c sources.Change) {
	if c.Renewed {
		rd.in.DeletesIn++
	}
	switch c.Verb {
	case sources.Add:
		rd.in.AddsIn++
	case sources.Replace:
		rd.in.ReplacesIn++
	case sources.Delete:
		rd.in.DeletesIn++
	}
}

// countIn counts what sides that answer at once reported of one link, in the transaction that records
// what becomes of it: when a run that broke off is taken up again, the link knows the report and it counts
// no more. Our own writes are no report; neither is a revision whose content is what we knew.
func (r *run) countIn(b *loom, t thread) {
	for _, s := range bothSides {
		if r.job.Sides[s].Caps.Deferred {
			continue
		}
		c, d, was := &b.Tally.Sides[s], t.d.Put[s], t.old.Item[s]
		switch {
		case d == nil || d.Own || d.Known || d.Bad && r.mem.Quarantine[s][d.ID]:
		case d.ID != was && !(d.Bad && r.byItem[s][d.ID] != nil):
			c.AddsIn++
		case d.Bad || d.Print != t.old.Link.Shadow[s]:
			c.ReplacesIn++
		}
		if was != "" && r.sides[s].deleted[was] {
			c.DeletesIn++
		}
	}
}

func (rd *reading) keep(c sources.Change) {
	if n := len(c.Body.Data); rd.bytes+n <= keepBytes {
		rd.bytes += n
		rd.kept[c.ID] = c
	}
}

// letGo forgets the bodies that decisions were carried out with.
func (r *run) letGo(ds []Decision) {
	for _, d := range ds {
		for _, s := range bothSides {
			if put := d.Put[s]; put != nil {
				delete(r.sides[s].kept, put.ID)
			}
		}
	}
}

// isKept reports whether an item is the one that the listing gave.
func (rd *reading) isKept(id sources.ID) bool {
	_, ok := rd.kept[id]
	return ok
}

// get gives the items ids as they are now, those kept from the listing without asking again.
func (rd *reading) get(ctx context.Context, ids []sources.ID) (map[sources.ID]sources.Change, error) {
	out := make(map[sources.ID]sources.Change, len(ids))
	ask := make([]sources.ID, 0, len(ids))
	for _, id := range ids {
		if c, ok := rd.kept[id]; ok {
			out[id] = c
		} else {
			ask = append(ask, id)
		}
	}
	if len(ask) == 0 {
		return out, nil
	}
	for c, err := range rd.session.Read(ctx, ask) {
		if err != nil {
			return nil, err
		}
		out[c.ID] = c
	}
	return out, nil
}

// contradict asks the evidence about slow items whose link remembers something else.
func (r *run) contradict(ctx context.Context, s Side, rd *reading) error {
	at := make(map[LinkID]int)
	var ids []LinkID
	for i, d := range rd.digests {
		l, ok := r.linked(s, d.ID)
		asked := rd.listing && r.mistrusts(s) || d.Slow || r.job.Sides[s].Caps.Inferred && !d.Own
		if ok && asked && !d.Bad && !d.Renewed && d.Verb != sources.Delete && d.Print != l.Shadow[s] {
			at[l.ID] = i
			ids = append(ids, l.ID)
		}
	}
	for len(ids) > 0 {
		n := min(len(ids), r.engine.batchSize())
		if err := r.contradictBatch(ctx, s, rd, ids[:n], at); err != nil {
			return err
		}
		ids = ids[n:]
	}
	return nil
}

// mistrusts reports whether the ids of a side prove nothing when it lists all its items. Only a side
// that says so itself, a phone in a slow sync, does: other kinds keep their ids.
func (r *run) mistrusts(s Side) bool { return r.job.Sides[s].Listing }

func (r *run) contradictBatch(ctx context.Context, s Side, rd *reading, ids []LinkID, at map[LinkID]int) error {
	links, err := r.engine.Journal.Links(ctx, r.lease, ids)
	if err != nil {
		return err
	}
	items := make([]sources.ID, len(links))
	for i, l := range links {
		items[i] = rd.digests[at[l.ID]].ID
	}
	now, err := rd.get(ctx, items)
	if err != nil {
		return fmt.Errorf("read %s: %w", s, err)
	}
	for i, l := range links {
		was, err1 := dataclass.Decode(r.job.Ref.Class, l.Bodies.Shadow[s])
		is, err2 := dataclass.Decode(r.job.Ref.Class, now[items[i]].Body)
		if err1 != nil || err2 != nil || !dataclass.Contradicts(was, is) {
			continue
		}
		d := &rd.digests[at[l.ID]]
		if rd.listing && r.mistrusts(s) || d.Slow {
			d.Contradicted = true
			continue
		}
		// A folder's file was written over by that of somebody else, as an export does that numbers its files.
		if a, b := was.UID(), is.UID(); a != "" && b != "" && a != b {
			d.Renewed, rd.deleted[d.ID] = true, true
		}
	}
	return nil
}

func (r *run) linked(s Side, id sources.ID) (*Link, bool) {
	l, ok := r.byItem[s][id]
	return l, ok
}

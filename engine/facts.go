package engine

import (
	"context"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/dataclass/evidence"
	"github.com/bindery-sync/bindery/sources"
)

// facts reads what Plan asks about, a batch of bodies at a time: an item of a side as it is now, a link by its base.
func (r *run) facts(ctx context.Context, p *planner) (Facts, error) {
	w := p.wants()
	f := Facts{Links: make(map[LinkID]Fact, len(w.Links))}
	for _, s := range bothSides {
		f.Items[s] = make(map[sources.ID]Fact, len(w.Items[s]))
		err := r.eachItem(ctx, s, w.Items[s], func(id sources.ID, it *dataclass.Item) { f.Items[s][id] = factOf(it) })
		if err != nil {
			return f, err
		}
	}
	err := r.eachLink(ctx, w.Links, func(l LinkWrite) {
		if it, err := dataclass.Decode(r.job.Ref.Class, l.Bodies.Base); err == nil {
			f.Links[l.ID] = factOf(it)
		}
	})
	if err != nil {
		return f, err
	}
	if err := r.trustUIDs(ctx, p, f); err != nil {
		return f, err
	}
	f.Named, err = r.sharedUIDs(ctx, p, f)
	return f, err
}

func factOf(it *dataclass.Item) Fact { return Fact{Evidence: evidence.Of(it), UID: uidOf(it)} }

// uidOf gives a number for the item's UID, 0 if it has none.
func uidOf(it *dataclass.Item) uint64 {
	uid := uidText(it)
	if uid == "" {
		return 0
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(uid)) // never fails
	return max(h.Sum64(), 1)
}

func uidText(it *dataclass.Item) string {
	switch it.Class() {
	case dataclass.Contacts:
		if c, err := dataclass.AsContact(it); err == nil {
			return strings.TrimSpace(c.UID())
		}
	case dataclass.Events:
		if e, err := dataclass.AsEvent(it); err == nil {
			return e.UID()
		}
	case dataclass.Tasks:
		if t, err := dataclass.AsTask(it); err == nil {
			return t.UID()
		}
	}
	return ""
}

// eachItem reads items that can be read, a batch at a time.
func (r *run) eachItem(ctx context.Context, s Side, ids []sources.ID, fn func(sources.ID, *dataclass.Item)) error {
	for chunk := range slices.Chunk(ids, r.engine.batchSize()) {
		now, err := r.sides[s].get(ctx, chunk)
		if err != nil {
			return fmt.Errorf("read %s: %w", s, err)
		}
		for _, id := range chunk {
			if c, ok := now[id]; ok && c.Verb != sources.Delete {
				if it, err := dataclass.Decode(r.job.Ref.Class, named(c.Body, c.KnownAs)); err == nil {
					fn(id, it)
				}
			}
		}
	}
	return nil
}

// eachLink reads links with their bodies, a batch at a time.
func (r *run) eachLink(ctx context.Context, ids []LinkID, fn func(LinkWrite)) error {
	for chunk := range slices.Chunk(ids, r.engine.batchSize()) {
		links, err := r.engine.Journal.Links(ctx, r.lease, chunk)
		if err != nil {
			return err
		}
		for _, l := range links {
			fn(l)
		}
	}
	return nil
}

// trustUIDs takes the UIDs out of the facts unless both sides are known to keep them, and those of items that the
// evidence says are different things.
func (r *run) trustUIDs(ctx context.Context, p *planner, f Facts) error {
	for _, s := range bothSides {
		keeps, err := r.keepsUIDs(ctx, p, s)
		if err != nil {
			return err
		}
		if !keeps {
			f.forgetUIDs(func(uint64) bool { return true })
			return nil
		}
	}
	wrong, err := r.wrongUIDs(ctx, p, f)
	if err != nil {
		return err
	}
	f.forgetUIDs(func(uid uint64) bool { return wrong[uid] })
	return nil
}

func (f Facts) forgetUIDs(which func(uint64) bool) {
	for s := range f.Items {
		for id, fact := range f.Items[s] {
			if which(fact.UID) {
				fact.UID = 0
				f.Items[s][id] = fact
			}
		}
	}
	for id, fact := range f.Links {
		if which(fact.UID) {
			fact.UID = 0
			f.Links[id] = fact
		}
	}
}

// How many items are asked whether they came back with the UID that was written, and how many have to.
const (
	uidSample = 50
	uidProof  = 3
)

// keepsUIDs reports whether a side keeps UIDs. A kind may promise it; for another kind it is proved by items of this
// very look that came back with the UID that was written, none having come with another.
func (r *run) keepsUIDs(ctx context.Context, p *planner, s Side) (bool, error) {
	if r.promisesUIDs(s) {
		return true, nil
	}
	items := make(map[LinkID]sources.ID)
	var ids []LinkID
	for _, n := range p.nodes {
		if d := n.put[s]; d != nil && d.Print == n.link.Base && len(ids) < uidSample {
			items[n.link.ID] = d.ID
			ids = append(ids, n.link.ID)
		}
	}
	written := make(map[sources.ID]uint64)
	err := r.eachLink(ctx, ids, func(l LinkWrite) {
		base, err := dataclass.Decode(r.job.Ref.Class, l.Bodies.Base)
		if err == nil && len(l.Sent[s]) == 0 && uidOf(base) != 0 {
			written[items[l.ID]] = uidOf(base)
		}
	})
	if err != nil || len(written) < uidProof {
		return false, err
	}
	other := 0
	err = r.eachItem(ctx, s, sortedKeys(written), func(id sources.ID, it *dataclass.Item) {
		if uidOf(it) != written[id] {
			other++
		}
	})
	return other == 0, err
}

// promisesUIDs reports whether the kind of a side says that it keeps UIDs.
func (r *run) promisesUIDs(s Side) bool {
	k := r.job.Sides[s].Caps.Keeps
	return r.job.Sides[s].Caps.UIDs || k.All || slices.Contains(k.Names, "UID")
}

// shareUIDs reports whether both sides answer at once and promise to keep UIDs.
func (r *run) shareUIDs() bool {
	return !r.job.deferred() && r.promisesUIDs(Source) && r.promisesUIDs(Target)
}

// named gives an item with the UID that its side knows it by, where it has none of its own (sources.Change.KnownAs): what comes
// from one client to an account on two ways has one UID there.
func named(body dataclass.Body, uid string) dataclass.Body {
	if uid == "" || dataclass.Peek(body.Data).UID != "" {
		return body
	}
	return dataclass.Body{Type: body.Type, Data: dataclass.WithUID(body.Data, uid)}
}

func sortedKeys(m map[sources.ID]uint64) []sources.ID {
	out := make([]sources.ID, 0, len(m))
	for id := range m {
		out = append(out, id)
	}
	slices.Sort(out)
	return out
}

// wrongUIDs gives the UIDs that stand on both sides for things that cannot be one.
func (r *run) wrongUIDs(ctx context.Context, p *planner, f Facts) (map[uint64]bool, error) {
	wrong := make(map[uint64]bool)
	var pairs [][2]candidate
	list := p.withFacts(f)
	at := onlyOnes(list[Target])
	for _, c := range list[Source] {
		if j, ok := at[c.fact.UID]; ok {
			pairs = append(pairs, [2]candidate{c, list[Target][j]})
		}
	}
	for chunk := range slices.Chunk(pairs, r.engine.batchSize()) {
		var items [2]map[uint64]*dataclass.Item
		for _, s := range bothSides {
			var err error
			if items[s], err = r.itemsByUID(ctx, s, chunk); err != nil {
				return nil, err
			}
		}
		for uid, it := range items[Source] {
			wrong[uid] = dataclass.Contradicts(it, items[Target][uid])
		}
	}
	return wrong, nil
}

// itemsByUID reads the items of one side of pairs with equal UIDs.
func (r *run) itemsByUID(ctx context.Context, s Side, pairs [][2]candidate) (map[uint64]*dataclass.Item, error) {
	out := make(map[uint64]*dataclass.Item, len(pairs))
	var ids []sources.ID
	var links []LinkID
	for _, pair := range pairs {
		if c := pair[s]; c.loose != nil {
			ids = append(ids, c.loose.ID)
		} else {
			links = append(links, c.node.link.ID)
		}
	}
	err := r.eachItem(ctx, s, ids, func(_ sources.ID, it *dataclass.Item) { out[uidOf(it)] = it })
	if err != nil {
		return nil, err
	}
	return out, r.eachLink(ctx, links, func(l LinkWrite) {
		if it, err := dataclass.Decode(r.job.Ref.Class, l.Bodies.Base); err == nil {
			out[uidOf(it)] = it
		}
	})
}

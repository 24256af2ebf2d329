package engine

import (
	"context"
	"slices"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

// Two sides that keep UIDs and were synced give each other theirs, and whatever came from one to the other has its UID there.
// So two items with different UIDs are two, however alike they are; only two that say exactly the same are taken for one,
// for nothing is lost by it (docs/engine.md 7.3). Sides that meet for the first time may have a UID each for one thing.

// sharedUIDs gives how many items are known to have one UID on both sides; 0 if UIDs tell nothing of two that have
// different ones. It reads a sample at most, and nothing if the evidence is not to pair any two that have UIDs.
func (r *run) sharedUIDs(ctx context.Context, p *planner, f Facts) (int, error) {
	list := p.withFacts(f)
	left := [2]int{countNamed(list[Source]), countNamed(list[Target])}
	if left[Source] == 0 || left[Target] == 0 || !p.anySlow(list) {
		return 0, nil
	}
	linked, err := r.linkedUIDs(ctx, p)
	if err != nil || linked.one+linked.two > 0 {
		return linked.shared(), err
	}
	met, err := r.metUIDs(ctx, p)
	if err != nil {
		return 0, err
	}
	named := pairsByUID(list)
	met.one += named
	if met.one < uidProof || met.one < min(left[Source], left[Target])-named {
		return 0, nil
	}
	return met.shared(), nil
}

// A naming counts items that are one thing on both sides: those with one UID, and those with two.
type naming struct{ one, two int }

// note counts one.
func (n *naming) note(a, b *dataclass.Item) {
	x, y := uidOf(a), uidOf(b)
	switch {
	case x == 0 || y == 0 || isMade(a) || isMade(b):
	case x == y:
		n.one++
	default:
		n.two++
	}
}

// shared gives how many have one UID, if it is most of them.
func (n naming) shared() int {
	if n.one > n.two {
		return n.one
	}
	return 0
}

// isMade reports whether an item's UID was made of its id: it says nothing of the item.
func isMade(it *dataclass.Item) bool { return dataclass.MadeOf(uidText(it)) != "" }

// linkedUIDs counts those of a sample of links whose items both sides hold, the newest: the oldest may be from when the sides
// met, each with UIDs of its own.
func (r *run) linkedUIDs(ctx context.Context, p *planner) (n naming, err error) {
	var ids []LinkID
	for _, l := range slices.Backward(p.nodes) {
		if l.has(Source) && l.has(Target) && l.link.Item[Source] != "" && l.link.Item[Target] != "" && len(ids) < uidSample {
			ids = append(ids, l.link.ID)
		}
	}
	err = r.eachLink(ctx, ids, func(l LinkWrite) {
		a, err1 := dataclass.Decode(r.job.Ref.Class, l.Bodies.Shadow[Source])
		b, err2 := dataclass.Decode(r.job.Ref.Class, l.Bodies.Shadow[Target])
		if err1 == nil && err2 == nil {
			n.note(a, b)
		}
	})
	return n, err
}

// metUIDs counts the items that this look found to say the same on both sides, as far as a sample of them tells.
func (r *run) metUIDs(ctx context.Context, p *planner) (n naming, err error) {
	var ids [2][]sources.ID
	all := 0
	for _, d := range p.out {
		if d.Act != Pair || d.Put[Source] == nil || d.Put[Target] == nil {
			continue
		}
		if all++; all <= uidSample {
			ids[Source], ids[Target] = append(ids[Source], d.Put[Source].ID), append(ids[Target], d.Put[Target].ID)
		}
	}
	var items [2]map[sources.ID]*dataclass.Item
	for _, s := range bothSides {
		items[s] = make(map[sources.ID]*dataclass.Item, len(ids[s]))
		err := r.eachItem(ctx, s, ids[s], func(id sources.ID, it *dataclass.Item) { items[s][id] = it })
		if err != nil {
			return n, err
		}
	}
	for i := range ids[Source] {
		if a, b := items[Source][ids[Source][i]], items[Target][ids[Target][i]]; a != nil && b != nil {
			n.note(a, b)
		}
	}
	if sample := len(ids[Source]); sample > 0 {
		n.one, n.two = n.one*all/sample, n.two*all/sample
	}
	return n, nil
}

// countNamed counts candidates with a UID.
func countNamed(list []candidate) int {
	n := 0
	for _, c := range list {
		if c.fact.UID != 0 {
			n++
		}
	}
	return n
}

// pairsByUID counts the UIDs that one candidate of each side has.
func pairsByUID(list [2][]candidate) int {
	n, at := 0, onlyOnes(list[Target])
	for uid := range onlyOnes(list[Source]) {
		if _, ok := at[uid]; ok {
			n++
		}
	}
	return n
}

// anySlow reports whether the evidence may pair any of the candidates.
func (p *planner) anySlow(list [2][]candidate) bool {
	for s, side := range list {
		for _, c := range side {
			if c.loose != nil && p.isSlow(Side(s), c.loose) {
				return true
			}
		}
	}
	return false
}

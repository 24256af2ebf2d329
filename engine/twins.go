package engine

import (
	"cmp"
	"slices"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

// countTwins counts the items of a complete listing that are one too many: those that say exactly what another
// one of the same side says.
func countTwins(listing []Digest) int {
	seen, twins := make(map[dataclass.Fingerprint]bool, len(listing)), 0
	for i := range listing {
		d := &listing[i]
		if d.Bad || d.Verb == sources.Delete {
			continue
		}
		if seen[d.Print] {
			twins++
		}
		seen[d.Print] = true
	}
	return twins
}

// A copyOf is one of several items of a side that say the same.
type copyOf struct {
	node  *node
	pair  *Decision // of two items that were just paired
	loose *Digest
}

// rank orders copies: what stands longest, and on both sides, is kept.
func (c copyOf) rank() (int, LinkID, sources.ID) {
	switch {
	case c.node != nil && c.node.has(Source) && c.node.has(Target):
		return 0, c.node.link.ID, ""
	case c.node != nil:
		return 1, c.node.link.ID, ""
	case c.pair != nil:
		return 2, 0, c.pair.Put[Source].ID
	}
	return 3, 0, c.loose.ID
}

func compareCopies(a, b copyOf) int {
	ra, la, ia := a.rank()
	rb, lb, ib := b.rank()
	return cmp.Or(cmp.Compare(ra, rb), cmp.Compare(la, lb), cmp.Compare(ia, ib))
}

// cullTwins keeps one of equal items of a side that tells all it has, if the binding asks for that. A copy that is
// linked goes on both sides if it is one there as well; else it stays.
func (p *planner) cullTwins() {
	if !p.in.RemoveTwins || p.in.Way != BothWays {
		return
	}
	for _, s := range bothSides {
		if !p.in.Listing[s] {
			continue
		}
		for _, group := range p.copies(s) {
			slices.SortFunc(group, compareCopies)
			for _, c := range group[1:] {
				p.cull(s, c, group[0])
			}
		}
		p.loose[s] = without(p.loose[s], p.taken)
	}
}

// copies gives the items of a side by what they say, where there are several.
func (p *planner) copies(s Side) [][]copyOf {
	all := make(map[dataclass.Fingerprint][]copyOf)
	for _, n := range p.nodes {
		if n.put[s] != nil && !n.put[s].Bad && !n.link.Doomed && !n.isHeld() && n.suspicion == nil && !n.absorbed && !n.twin {
			all[n.put[s].Print] = append(all[n.put[s].Print], copyOf{node: n})
		}
	}
	for i := range p.out {
		if d := &p.out[i]; d.Link == 0 && d.Act == Pair {
			all[d.Put[s].Print] = append(all[d.Put[s].Print], copyOf{pair: d})
		}
	}
	for _, d := range p.loose[s] {
		if !d.Bad {
			all[d.Print] = append(all[d.Print], copyOf{loose: d})
		}
	}
	var out [][]copyOf
	for _, group := range all {
		if len(group) > 1 {
			out = append(out, group)
		}
	}
	slices.SortFunc(out, func(a, b []copyOf) int { return compareCopies(a[0], b[0]) })
	return out
}

// cull takes away one copy.
func (p *planner) cull(s Side, c, kept copyOf) {
	o := s.Other()
	switch {
	case c.loose != nil:
		d := Decision{Act: Erase, Twin: true}
		d.Put[s] = c.loose
		p.taken[c.loose] = true
		p.out = append(p.out, d)
	case c.pair != nil && c.pair.Put[o].Print == c.pair.Put[s].Print:
		c.pair.Act, c.pair.Twin, c.pair.Duplicate, c.pair.Union = Erase, true, false, false
	case c.node != nil && !c.node.gone[o] && (!c.node.has(o) || kept.node != nil && kept.node.has(o) && c.node.print(o) == kept.node.print(o)):
		c.node.twin = true
	}
}

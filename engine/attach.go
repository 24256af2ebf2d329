package engine

import (
	"cmp"
	"slices"

	"github.com/bindery-sync/bindery/sources"
)

// claim notes that a link names an item. If two name the same one, its id was used again: the newer link, or
// the one that is to live, has it, and the other's item is gone.
func (p *planner) claim(s Side, n *node) {
	id := n.link.Item[s]
	if id == "" {
		p.remember(s, n)
		return
	}
	was := p.by[s][id]
	if was != nil && n.link.Doomed && !was.link.Doomed {
		n.gone[s] = true
		return
	}
	if was != nil {
		was.gone[s] = true
	}
	p.by[s][id] = n
}

// remember notes what a side called the item that it deleted, while the deletion is on its way to the other side. Later
// the side may have given the name to another item.
func (p *planner) remember(s Side, n *node) {
	if n.link.Lost == "" || !n.link.Doomed {
		return
	}
	if p.deleted[s] == nil {
		p.deleted[s] = make(map[sources.ID]*node)
	}
	p.deleted[s][n.link.Lost] = n
}

// attach gives each change to its link.
func (p *planner) attach() {
	for _, s := range bothSides {
		mistrust := p.mistrustAll(s)
		for i := range p.in.Changes[s] {
			p.attachOne(s, &p.in.Changes[s][i], mistrust)
		}
	}
}

func (p *planner) attachOne(s Side, d *Digest, mistrust bool) {
	n := p.by[s][d.ID]
	if open := p.opened(s, d); n == nil && open != nil {
		n = open
	}
	switch {
	case n == nil:
		p.loosen(s, d)
	case d.Bad:
		// Whether it is the link's item nobody can tell, save that it is not if its id was used again.
		n.gone[s], n.lost[s] = d.Renewed, mistrust && !d.Renewed
		n.bad[s] = !d.Renewed && !mistrust
		p.loosen(s, d)
	case d.Verb == sources.Delete:
		n.gone[s], n.synced[s] = true, d.Synced
	case d.Renewed && !n.knows(s, d):
		n.gone[s] = true
		p.loosen(s, d)
	case d.Contradicted, mistrust && d.Print != n.link.Shadow[s] && !slices.Contains(n.sent[s], d.Print):
		n.lost[s] = true
		p.loosen(s, d)
	default:
		n.put[s] = d
	}
}

// opened gives the link whose open Add made an item; nil if there is none.
func (p *planner) opened(s Side, d *Digest) *node {
	id, ok := p.in.Adds[s][d.Key]
	if !ok || d.Key == "" || d.Bad || d.Verb == sources.Delete {
		return nil
	}
	i, found := slices.BinarySearchFunc(p.nodes, id, func(n *node, id LinkID) int { return cmp.Compare(n.link.ID, id) })
	if !found || p.nodes[i].link.Item[s] != "" {
		return nil
	}
	return p.nodes[i]
}

// knows reports whether the link remembers an item whose ID was used again as the one that has the ID now:
// our own Add took it, and the look that would have passed over the deletion broke off.
func (n *node) knows(s Side, d *Digest) bool {
	return d.Rev != "" && d.Rev == n.link.Rev[s] || d.Print == n.link.Shadow[s]
}

// attachRevived gives an item that another binding brought back to the link of the item it stands for: the
// same item was deleted here, and it lives on under another id.
func (p *planner) attachRevived() {
	for _, s := range bothSides {
		rest := p.loose[s][:0]
		for _, d := range p.loose[s] {
			n := p.deletedAs(s, sources.RevivalOf(d.Key))
			if n == nil || d.Bad || n.put[s] != nil {
				rest = append(rest, d)
				continue
			}
			n.put[s], n.gone[s] = d, false
			if p.revived[s] == nil {
				p.revived[s] = make(map[sources.ID]*node)
			}
			p.revived[s][d.ID] = n
		}
		p.loose[s] = rest
	}
}

// deletedAs gives the link of the item that a side had under the ID and deleted, now or in an earlier sync.
func (p *planner) deletedAs(s Side, id sources.ID) *node {
	if n := p.by[s][id]; n != nil {
		return n
	}
	return p.deleted[s][id]
}

// loosen notes an item that belongs to no link. A Delete of an item nobody knows is nothing to do.
func (p *planner) loosen(s Side, d *Digest) {
	if d.Verb != sources.Delete {
		if p.loose[s] == nil && len(p.in.Links) == 0 {
			p.loose[s] = make([]*Digest, 0, len(p.in.Changes[s])) // the first sync of many
		}
		p.loose[s] = append(p.loose[s], d)
	}
}

// mistrustAll reports whether so many links of a side are contradicted that its ids must have been
// given out anew: more than a fifth (docs/engine.md 7.2) of all, or of those that a slow package names
// that broke off.
func (p *planner) mistrustAll(s Side) bool {
	if p.in.Strange[s] {
		return true
	}
	linked, named, against := len(p.by[s]), 0, 0
	for i := range p.in.Changes[s] {
		d := &p.in.Changes[s][i]
		if d.Contradicted {
			against++
		}
		if d.Slow && p.by[s][d.ID] != nil {
			named++
		}
	}
	if !p.in.Listing[s] && named > 0 {
		linked = named
	}
	return against*5 > linked
}

// missAbsent marks what a complete listing lacks.
func (p *planner) missAbsent() {
	for _, s := range bothSides {
		if !p.in.Listing[s] {
			continue
		}
		for _, n := range p.nodes {
			kept := p.in.Out[s][n.link.ID] && !p.in.Mistrusted[s]
			if n.link.Item[s] != "" && n.put[s] == nil && !n.gone[s] && !n.bad[s] && !kept {
				n.lost[s] = true
			}
		}
	}
}

package engine

import (
	"slices"

	"github.com/bindery-sync/bindery/dataclass"
)

// pair finds the link or the item that each loose item is, by equal fingerprint, one to one and in the
// order of ids. Links that lack the item on that side come first, then loose items of the other side.
func (p *planner) pair() {
	for _, s := range bothSides {
		p.pairWithLinks(s)
	}
	p.pairLoose()
}

// openLinks are links that lack an item on one side, by the fingerprint of the item. The queues are in
// order of ID; a link may stand in both.
type openLinks struct {
	all, unmapped map[dataclass.Fingerprint][]*node
}

// pairWithLinks gives loose items of s to links that lack theirs.
func (p *planner) pairWithLinks(s Side) {
	open := openLinks{make(map[dataclass.Fingerprint][]*node), make(map[dataclass.Fingerprint][]*node)}
	for _, n := range p.nodes {
		if n.put[s] == nil && !n.has(s) && !n.bad[s] && !n.gone[s] {
			open.addAll(n, s)
		}
	}
	for _, n := range p.nodes {
		if p.isUnseen(n, s) {
			open.addAll(n, s)
		}
	}
	open.addChanged(p.nodes, s)
	rest := p.loose[s][:0]
	for _, d := range p.loose[s] {
		n := p.takeLink(open, s, d)
		if n == nil {
			rest = append(rest, d)
			continue
		}
		n.put[s], n.dup = d, true
	}
	p.loose[s] = rest
}

// addAll puts a link into the queues for what the side is owed, what it was believed to hold and what it may hold: each
// stands for the item.
func (o openLinks) addAll(n *node, s Side) {
	o.add(n, n.link.Base, s)
	for _, tried := range append(slices.Clone(n.sent[s]), n.link.Shadow[s]) {
		if tried != n.link.Base && !tried.IsZero() {
			o.add(n, tried, s)
		}
	}
}

// addChanged puts links into the queues for what the other side has made of the item, behind those that stand for it
// unchanged: both sides may have changed it alike.
func (o openLinks) addChanged(nodes []*node, s Side) {
	for _, n := range nodes {
		if d := n.put[s.Other()]; d != nil && n.put[s] == nil && !n.has(s) && !n.bad[s] && !n.gone[s] && n.changed(s.Other()) {
			o.add(n, d.Print, s)
		}
	}
}

// add puts a link into the queues for items of that fingerprint.
func (o openLinks) add(n *node, print dataclass.Fingerprint, s Side) {
	o.all[print] = append(o.all[print], n)
	if r := n.link.Owed[s]; r == Unmapped || r == Doubtful || r == Held || r == OutOfRange || r == Contended {
		o.unmapped[print] = append(o.unmapped[print], n)
	}
}

// takeLink takes the first link that d may stand for. Outside a slow sync only an Add that the side
// has, or may have, taken without naming it is one, or that it refused for an equal item, or an item that is doubtful or
// whose deletion is held (docs/engine.md 2.4, 7.4, 8.3).
func (p *planner) takeLink(open openLinks, s Side, d *Digest) *node {
	if d.Bad {
		return nil
	}
	queue := open.unmapped
	if p.in.Listing[s] || d.Slow {
		queue = open.all
	}
	list := queue[d.Print]
	for len(list) > 0 && list[0].put[s] != nil { // taken from the other queue
		list = list[1:]
	}
	if len(list) == 0 {
		return nil
	}
	queue[d.Print] = list[1:]
	return list[0]
}

// pairLoose pairs items of both sides that no link knows.
func (p *planner) pairLoose() {
	free := make(map[dataclass.Fingerprint][]*Digest)
	for _, d := range p.loose[Target] {
		if !d.Bad {
			free[d.Print] = append(free[d.Print], d)
		}
	}
	taken := make(map[*Digest]bool)
	rest := p.loose[Source][:0]
	for _, d := range p.loose[Source] {
		list := free[d.Print]
		if d.Bad || len(list) == 0 {
			rest = append(rest, d)
			continue
		}
		free[d.Print] = list[1:]
		taken[list[0]] = true
		p.out = append(p.out, Decision{Act: Pair, Put: [2]*Digest{d, list[0]}, Duplicate: true})
	}
	p.loose[Source] = rest
	p.loose[Target] = without(p.loose[Target], taken)
}

func without(list []*Digest, taken map[*Digest]bool) []*Digest {
	rest := list[:0]
	for _, d := range list {
		if !taken[d] {
			rest = append(rest, d)
		}
	}
	return rest
}

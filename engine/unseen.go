package engine

import "github.com/bindery-sync/bindery/sources"

// A slow package that broke off is no listing: it tells of some items under ids that prove nothing, and says nothing of
// the others (docs/engine.md 2.1). A phone that was restored may have given its items new ids. So a link whose item
// such a package has not named may be of an item that it has, under another id; without that every item of the package
// would come once more. Of a link that none of them is, nothing is known: it stays as it is.

// weigh finds out of each side whether its changes are such a package, and whether the ids in it still mean what
// they meant. They do if half of the items or more are those of their links.
func (p *planner) weigh() {
	for _, s := range bothSides {
		rows, confirmed := 0, 0
		for i := range p.in.Changes[s] {
			d := &p.in.Changes[s][i]
			if !d.Slow || d.Bad || d.Verb == sources.Delete {
				continue
			}
			rows++
			if n := p.by[s][d.ID]; n != nil && n.put[s] == d {
				confirmed++
			}
		}
		p.partial[s] = rows > 0 && !p.in.Listing[s]
		p.shaken[s] = p.partial[s] && (p.in.Strange[s] || 2*confirmed < rows)
	}
}

// isUnseen reports whether a broken package has not named the item of a link.
func (p *planner) isUnseen(n *node, s Side) bool {
	return p.partial[s] && n.link.Item[s] != "" && n.put[s] == nil && !n.gone[s] && !n.lost[s] && !n.bad[s]
}

// isDoubtfullyNamed reports whether the item of a link, which the other side has, may be another one of s than its id says. Where ids
// mean what they meant, only what says exactly the same is taken for it: namesakes stay two.
func (p *planner) isDoubtfullyNamed(n *node, s Side) bool {
	return p.shaken[s] && p.isUnseen(n, s) && n.has(s.Other()) && !n.link.Doomed && !n.absorbed
}

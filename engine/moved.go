package engine

import "github.com/bindery-sync/bindery/dataclass"

// attachMoved gives an item that has no link to the link of an item which its side deleted and which said
// exactly the same: a file was renamed, an entry was cut here and pasted there. For the user it is the item
// it was, so nothing is deleted, and what the other side changed meanwhile meets it. Which of several equal
// ones it is makes no difference.
func (p *planner) attachMoved() {
	for _, s := range bothSides {
		free := p.deletedBy(s)
		if len(free) == 0 {
			continue
		}
		rest := p.loose[s][:0]
		for _, d := range p.loose[s] {
			list := free[d.Print]
			if d.Bad || len(list) == 0 {
				rest = append(rest, d)
				continue
			}
			list[0].put[s], list[0].gone[s], list[0].synced[s] = d, false, false
			free[d.Print] = list[1:]
		}
		p.loose[s] = rest
	}
}

// deletedBy gives the links whose item a side deleted, by what it said there, in the order of links.
func (p *planner) deletedBy(s Side) map[dataclass.Fingerprint][]*node {
	free := make(map[dataclass.Fingerprint][]*node)
	for _, n := range p.nodes {
		if n.mayHaveMoved(s) {
			free[n.link.Shadow[s]] = append(free[n.link.Shadow[s]], n)
		}
	}
	return free
}

// mayHaveMoved reports whether a side deleted the item of a link, and nothing stands for it there yet.
func (n *node) mayHaveMoved(s Side) bool {
	return n.gone[s] && n.put[s] == nil && !n.link.Doomed && n.link.Item[s] != "" && !n.link.Shadow[s].IsZero()
}

package engine

import (
	"github.com/bindery-sync/bindery/dataclass/evidence"
	"github.com/bindery-sync/bindery/sources"
)

// A Fact is what tells one item from others where neither an id nor a fingerprint does.
type Fact struct {
	Evidence evidence.Digest
	// UID stands for the item's UID; 0 if it has none, if its side is not known to keep UIDs, or if the evidence
	// contradicts that the items that have it are one.
	UID uint64
}

// Facts are those of the items and links that Plan asks about (docs/engine.md 7.3).
type Facts struct {
	Items [2]map[sources.ID]Fact
	Links map[LinkID]Fact
	// Named is how many items are known to have one UID on both sides; 0 if different UIDs tell nothing.
	Named int
}

// Wants names what a plan needs Facts of: items that no id, no open intent and no fingerprint has told, and links
// that lack an item on one side. Outside a slow sync there are none of them, unless both sides keep UIDs.
type Wants struct {
	Items [2][]sources.ID
	Links []LinkID
}

// A candidate is an item of one side that may be one of the other: a loose one, or that of a link that lacks one
// on the other side.
type candidate struct {
	loose *Digest
	node  *node
	fact  Fact
}

// id names the item on its side.
func (c candidate) id(s Side) string {
	switch {
	case c.loose != nil:
		return string(c.loose.ID)
	case c.node.put[s] != nil:
		return string(c.node.put[s].ID)
	}
	return string(c.node.link.Item[s])
}

// isLost reports whether no side holds the item of a link: it stands for what the other side held.
func (c candidate) isLost(s Side) bool { return c.node != nil && !c.node.has(s) }

// isSlow reports whether an item is one whose id proves nothing, or of a side that tells all it has.
func (p *planner) isSlow(s Side, d *Digest) bool { return p.in.Listing[s] || d.Slow }

// candidates gives the items of both sides that the evidence may pair. An item of a side that is slow is held
// against everything that lacks a partner on the other side, the items of a side that is not only against those.
func (p *planner) candidates() (list [2][]candidate) {
	if p.in.Way == Refresh {
		return list
	}
	var slow [2]bool
	for _, s := range bothSides {
		for _, d := range p.loose[s] {
			slow[s] = slow[s] || !d.Bad && p.isSlow(s, d)
		}
	}
	if !slow[Source] && !slow[Target] {
		return p.namesakes()
	}
	for _, s := range bothSides {
		for _, d := range p.loose[s] {
			if !d.Bad && (slow[s.Other()] || p.isSlow(s, d)) {
				list[s] = append(list[s], candidate{loose: d})
			}
		}
		for _, n := range p.nodes {
			if slow[s.Other()] && (n.isHalf(s) || n.isLostInDoubt(s.Other()) || p.isDoubtfullyNamed(n, s.Other())) {
				list[s] = append(list[s], candidate{node: n})
			}
		}
	}
	if len(list[Source]) == 0 || len(list[Target]) == 0 {
		return [2][]candidate{}
	}
	return list
}

// namesakes gives the new items of both sides outside a slow sync, and those that one side could not be given: only a UID
// may pair them (docs/engine.md 7.4).
func (p *planner) namesakes() (list [2][]candidate) {
	if !p.in.UIDs {
		return list
	}
	for _, s := range bothSides {
		for _, d := range p.loose[s] {
			if !d.Bad {
				list[s] = append(list[s], candidate{loose: d})
			}
		}
	}
	whole := [2]bool{len(list[Source]) > 0, len(list[Target]) > 0}
	for _, s := range bothSides {
		for _, n := range p.nodes {
			if whole[s.Other()] && n.isHalf(s) {
				list[s] = append(list[s], candidate{node: n})
			}
		}
	}
	if len(list[Source]) == 0 || len(list[Target]) == 0 {
		return [2][]candidate{}
	}
	return list
}

// isHalf reports whether a link has an item on s and lacks the other side's, which nobody deleted.
func (n *node) isHalf(s Side) bool {
	o := s.Other()
	return n.has(s) && !n.has(o) && n.put[o] == nil && !n.bad[o] && !n.gone[o] && !n.link.Doomed && !n.absorbed
}

// isLostInDoubt reports whether a listing of s lacks a doubtful item that only s had: nobody holds it any more but us,
// and an item that is like it is taken for it.
func (n *node) isLostInDoubt(s Side) bool {
	return n.lost[s] && n.put[s] == nil && !n.gone[s] && n.link.Owed[s.Other()] == Doubtful && !n.link.Doomed && !n.absorbed
}

// wants names what finish needs facts of.
func (p *planner) wants() Wants {
	var w Wants
	for s, list := range p.candidates() {
		for _, c := range list {
			if c.loose != nil {
				w.Items[s] = append(w.Items[s], c.loose.ID)
			} else {
				w.Links = append(w.Links, c.node.link.ID)
			}
		}
	}
	return w.with(p.elsewhere())
}

// mayPair reports whether two candidates may be paired at all: two items that both have a link stay apart.
func (p *planner) mayPair(pair [2]candidate) bool {
	for s, c := range pair {
		if c.loose != nil && p.isSlow(Side(s), c.loose) {
			return true
		}
	}
	return false
}

// mayBeNamed reports whether two candidates may be paired by their UID. One of them is new, or nothing came to anything yet.
func (p *planner) mayBeNamed(pair [2]candidate) bool {
	return p.mayPair(pair) || p.in.UIDs && (pair[Source].loose != nil || pair[Target].loose != nil)
}

// recognise pairs what is left by UID and by evidence.
func (p *planner) recognise(f Facts) {
	p.attachNamed(f)
	if list := p.withFacts(f); len(list[Source]) > 0 {
		p.pairByEvidence(p.pairByUID(list), f.Named)
	}
	for _, s := range bothSides {
		p.loose[s] = without(p.loose[s], p.taken)
	}
}

// withFacts gives the candidates with what is known of them.
func (p *planner) withFacts(f Facts) [2][]candidate {
	list := p.candidates()
	for s := range list {
		for i := range list[s] {
			c := &list[s][i]
			if c.loose != nil {
				c.fact = f.Items[s][c.loose.ID]
			} else {
				c.fact = f.Links[c.node.link.ID]
			}
		}
	}
	return list
}

// pairByUID pairs candidates with a UID that nothing else has, and gives those that are left.
func (p *planner) pairByUID(list [2][]candidate) [2][]candidate {
	var at [2]map[uint64]int
	for s := range list {
		at[s] = onlyOnes(list[s])
	}
	var taken [2]map[int]bool
	taken[0], taken[1] = make(map[int]bool), make(map[int]bool)
	for i, c := range list[Source] {
		j, ok := at[Target][c.fact.UID]
		if only, mine := at[Source][c.fact.UID]; !ok || !mine || only != i {
			continue
		}
		if pair := [2]candidate{c, list[Target][j]}; p.mayBeNamed(pair) {
			p.join(pair)
			taken[Source][i], taken[Target][j] = true, true
		}
	}
	for s := range list {
		var rest []candidate
		for i, c := range list[s] {
			if !taken[s][i] {
				rest = append(rest, c)
			}
		}
		list[s] = rest
	}
	return list
}

// onlyOnes gives the places of UIDs that one candidate only has.
func onlyOnes(list []candidate) map[uint64]int {
	at := make(map[uint64]int)
	for i, c := range list {
		if c.fact.UID == 0 {
			continue
		}
		if _, twice := at[c.fact.UID]; twice {
			i = -1
		}
		at[c.fact.UID] = i
	}
	for uid, i := range at {
		if i < 0 {
			delete(at, uid)
		}
	}
	return at
}

// pairByEvidence pairs what says the same, and notes what may; so many items have one UID on both sides.
func (p *planner) pairByEvidence(list [2][]candidate, named int) {
	var entries [2][]evidence.Entry
	for s := range list {
		entries[s] = make([]evidence.Entry, len(list[s]))
		for i, c := range list[s] {
			entries[s][i] = evidence.Entry{ID: c.id(Side(s)), Digest: c.fact.Evidence}
		}
	}
	for _, m := range evidence.Match(entries[Source], entries[Target], evidence.Options{Settled: p.settled(), Named: named}) {
		pair := [2]candidate{list[Source][m.A], list[Target][m.B]}
		switch {
		case !p.mayPair(pair):
		case m.Verdict == evidence.Same:
			p.join(pair)
		case pair[Source].isLost(Source), pair[Target].isLost(Target):
			if named == 0 || !otherwiseNamed(pair) {
				p.join(pair)
			}
		default:
			p.suspect(pair, m.Score)
		}
	}
}

// otherwiseNamed reports whether two candidates have different UIDs.
func otherwiseNamed(pair [2]candidate) bool {
	a, b := pair[Source].fact.UID, pair[Target].fact.UID
	return a != 0 && b != 0 && a != b
}

// settled counts the pairs that were recognised by what they say, whatever their ids.
func (p *planner) settled() int {
	n := len(p.out)
	for _, l := range p.nodes {
		if l.dup {
			n++
		}
	}
	return n
}

// join makes two candidates one.
func (p *planner) join(pair [2]candidate) {
	for _, c := range pair {
		if c.loose != nil {
			p.taken[c.loose] = true
		}
	}
	for s, c := range pair {
		if n := c.node; n != nil {
			o := Side(s).Other()
			n.union = !c.isLost(Side(s))
			n.put[o], n.dup = pair[o].loose, true
			return
		}
	}
	p.out = append(p.out, Decision{
		Act: Pair, Put: [2]*Digest{pair[Source].loose, pair[Target].loose}, Duplicate: true, Union: true,
	})
}

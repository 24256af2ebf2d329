package engine

import (
	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

// A Verdict is what a person said of a doubtful pair.
type Verdict int

// The verdicts. Open: nobody has said anything yet.
const (
	Open Verdict = iota
	// Same: the two are one item.
	Same
	// Two: they are two items.
	Two
)

// A Doubt is a pair of items, one of each side, that may be one (docs/engine.md 7.5). Each has a half link
// whose other side is owed Doubtful: it is not sent there before a person has decided.
type Doubt struct {
	// Links are those of the two items, that of the source's item first.
	Links [2]LinkID
	// Score is how much speaks for the pair, in bits.
	Score   float64
	Verdict Verdict
	// Judged is what the two items said when a person called them the same. The word holds for nothing else.
	Judged [2]dataclass.Fingerprint
}

// A NewDoubt is a pair to be recorded with the links of its items.
type NewDoubt struct {
	// Links are indexes into Batch.Links, that of the source's item first.
	Links [2]int
	Score float64
}

// A Suspicion says that two decisions of a plan are about one doubtful pair.
type Suspicion struct{ Score float64 }

// suspected is one doubtful pair that this plan found, the source's item first.
type suspected struct {
	*Suspicion
	items [2]candidate
}

// pairOf gives the links of a doubt as far as the plan has them.
func (p *planner) pairOf(d Doubt) [2]*node {
	return [2]*node{p.byLink[d.Links[Source]], p.byLink[d.Links[Target]]}
}

// findDoubted finds the links that are in doubt.
func (p *planner) findDoubted() {
	p.byLink = make(map[LinkID]*node, 2*len(p.in.Doubts))
	for _, d := range p.in.Doubts {
		p.byLink[d.Links[Source]], p.byLink[d.Links[Target]] = nil, nil
	}
	for _, n := range p.nodes {
		if _, ok := p.byLink[n.link.ID]; ok {
			p.byLink[n.link.ID] = n
		}
	}
}

// unite makes doubtful pairs of earlier runs one that a person called the same, or whose items became equal.
func (p *planner) unite() {
	p.findDoubted()
	for _, d := range p.in.Doubts {
		if pair := p.pairOf(d); p.in.Way != Refresh && d.Verdict != Two && p.areOne(d, pair) {
			pair[Source].absorb(pair[Target])
		}
	}
}

// holdOn keeps apart the doubtful pairs of earlier runs that nobody has decided, or that are not any more what was
// judged. A pair of which an item is gone, or has found another partner, is none any more.
func (p *planner) holdOn() {
	for _, d := range p.in.Doubts {
		pair := p.pairOf(d)
		if p.in.Way == Refresh || d.Verdict == Two || !pair[Source].stands(Source) || !pair[Target].stands(Target) {
			continue
		}
		for s, n := range pair {
			if n != nil {
				n.held[Side(s).Other()] = true
			}
		}
	}
}

// stands reports whether the half link of an item of s, of which nothing else may be known here, is still that.
func (n *node) stands(s Side) bool {
	return n == nil || !n.gone[s] && !n.has(s.Other()) && !n.link.Doomed && !n.absorbed
}

// areOne reports whether a doubt is over because its two items are one.
func (p *planner) areOne(d Doubt, pair [2]*node) bool {
	for s, n := range pair {
		if n == nil || !n.has(Side(s)) || !n.stands(Side(s)) {
			return false
		}
	}
	now := [2]dataclass.Fingerprint{pair[Source].print(Source), pair[Target].print(Target)}
	return d.Verdict == Same && now == d.Judged || now[Source] == now[Target]
}

// print is the fingerprint of what a side holds.
func (n *node) print(s Side) dataclass.Fingerprint {
	if n.put[s] != nil {
		return n.put[s].Print
	}
	return n.link.Shadow[s]
}

// absorb makes the target's item of another half link that of n.
func (n *node) absorb(o *node) {
	d := o.put[Target]
	if d == nil {
		d = &Digest{ID: o.link.Item[Target], Rev: o.link.Rev[Target], Print: o.link.Shadow[Target], Known: true}
	}
	n.put[Target], n.union, n.absorbs, o.absorbed = d, true, o.link.ID, true
}

// suspect notes a doubtful pair that was found now.
func (p *planner) suspect(pair [2]candidate, score float64) {
	s := suspected{&Suspicion{score}, pair}
	for side, c := range pair {
		if c.node != nil {
			o := Side(side).Other()
			c.node.lost[o] = c.node.lost[o] || p.isUnseen(c.node, o)
			c.node.held[o], c.node.suspicion = true, s.Suspicion
		} else {
			p.taken[c.loose] = true
		}
	}
	p.doubts = append(p.doubts, s)
}

// decideDoubts decides both items of each pair that was found, one after the other: they are recorded together.
func (p *planner) decideDoubts() {
	for _, s := range p.doubts {
		for side, c := range s.items {
			var d Decision
			if c.node != nil {
				d = p.decideHeld(c.node)
			} else {
				d.Act, d.Put[side] = Create, c.loose
				d.Held[Side(side).Other()] = true
			}
			d.Doubt = s.Suspicion
			p.out = append(p.out, d)
		}
	}
}

// decideHeld is what a link needs that was found to be one of a doubtful pair.
func (p *planner) decideHeld(n *node) Decision {
	d, ok := p.decide(n)
	if !ok {
		d.Act = Touch
	}
	d.of(n)
	return d
}

// isHeld reports whether the item is doubtful.
func (n *node) isHeld() bool { return n.held[Source] || n.held[Target] }

// decideInDoubt is what the link of a doubtful item needs: its own side is kept in step with the base.
func (p *planner) decideInDoubt(n *node) Act {
	own := Source
	if n.held[Source] {
		own = Target
	}
	switch {
	case n.paired():
		return Pair
	case n.changed(own), n.lost[own]:
		return Merge
	case n.link.Owed[own] != None && (p.in.Way == BothWays || own != p.in.Lead):
		return Push
	case n.moved(own):
		return Touch
	}
	return 0
}

// of fills in what a decision says of its link.
func (d *Decision) of(n *node) {
	d.Link, d.Put, d.Duplicate = n.link.ID, n.put, n.dup
	d.Union, d.Held, d.Absorb = n.union, n.held, n.absorbs
}

// hold sees to it that a side that lacks a doubtful item is not sent it, and that it is sent one that is not doubtful
// any more.
func (t thread) hold(c *cloth) {
	if c.link.Doomed || c.drop {
		return
	}
	for _, s := range bothSides {
		switch {
		case t.d.Held[s] && c.link.Item[s] == "":
			c.link.Owed[s] = Doubtful
		case c.link.Owed[s] == Doubtful:
			c.link.Owed[s] = Waiting
		}
	}
}

// isHeld reports whether a side is not sent the item because it is doubtful.
func (l *Link) isHeld() bool { return l.Owed[Source] == Doubtful || l.Owed[Target] == Doubtful }

// doubt notes in a batch which doubtful pairs begin with link i, and which are over.
func (b *loom) doubt(t thread, i int) {
	if t.old.isHeld() && !b.Links[i].isHeld() {
		b.Undoubt = append(b.Undoubt, t.old.ID)
	}
	if t.d.Doubt == nil {
		return
	}
	side := Target
	if t.d.Held[Target] {
		side = Source
	}
	first, ok := b.suspects[t.d.Doubt]
	if !ok {
		b.suspects[t.d.Doubt] = i
		return
	}
	n := NewDoubt{Score: t.d.Doubt.Score}
	n.Links[side], n.Links[side.Other()] = i, first
	b.Doubts = append(b.Doubts, n)
	b.Tally.Duplicates++
	b.Tally.Held += len(n.Links)
}

// whole gives how many decisions make a batch of about most: no doubtful pair is cut in two.
func whole(all []Decision, most int) int {
	n := min(len(all), most)
	for n < len(all) && all[n].Doubt != nil && all[n].Doubt == all[n-1].Doubt {
		n++
	}
	return n
}

// doubtsOf gives the doubtful pairs that a link is in.
func (r *run) doubtsOf(id LinkID) []Doubt {
	var out []Doubt
	for _, d := range r.mem.Doubts {
		if d.Links[Source] == id || d.Links[Target] == id {
			out = append(out, d)
		}
	}
	return out
}

// takeOver completes a decision that makes another link's item that of its own: the side does not report it, so it is
// what that link knows of it.
func (t thread) takeOver(other LinkWrite, now [2]map[sources.ID]sources.Change) {
	for s, d := range t.d.Put {
		if d != nil && d.Known {
			now[s][d.ID] = sources.Change{ID: d.ID, Rev: d.Rev, Verb: sources.Replace, Body: other.Bodies.Shadow[s]}
		}
	}
}

// absorb ends the link whose item another one took over.
func (r *run) absorb(b *loom, t thread) {
	if t.d.Absorb == 0 {
		return
	}
	b.Drop = append(b.Drop, t.d.Absorb)
	for _, s := range bothSides {
		b.Forget = append(b.Forget, r.openOf(t.d.Absorb, s)...)
		b.Forget = append(b.Forget, r.sentBy[s][t.d.Absorb]...)
	}
}

// countDuplicates counts what was recognised by its content.
func (t thread) countDuplicates(c *cloth) {
	switch {
	case t.d.Duplicate:
		c.tally.Duplicates, c.tally.Removed = 1, 1
	case t.d.Absorb != 0, t.d.Twin: // counted when it was found
		c.tally.Removed = 1
	}
}

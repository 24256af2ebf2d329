package engine

import (
	"fmt"

	"github.com/bindery-sync/bindery/dataclass"
)

// decideRefresh is the table of what can happen to a link in a refresh: the follower is to hold what the
// lead holds. A side that the refresh replaces has no say: neither its edits nor its deletions count.
func (p *planner) decideRefresh(n *node) (Act, bool) {
	l, f := p.in.Lead, p.in.Lead.Other()
	switch {
	case !n.has(l) && !n.has(f):
		return p.decideLastCopyGone(n), false
	case p.spared(n) && (n.gone[l] || n.lost[l]):
		return Unlink, false
	case p.spared(n):
		return 0, false
	case !n.has(l):
		return Remove, false
	case n.link.Doomed, n.paired(), n.gone[f], n.lost[f], n.changed(l), n.changed(f), n.took(l), n.took(f), n.link.Owed[f] == Undecided, n.link.Owed[l] != None && n.link.Owed[l] != OutOfRange:
		return Follow, false
	case n.heldBack(f):
		return Follow, false
	case p.owes(n):
		return p.decideOwed(n)
	case n.moved(l), n.moved(f):
		return Touch, false
	}
	return 0, false
}

// afterLossInRefresh is what becomes of a decision when the item of s vanished between reading and
// writing.
func (t thread) afterLossInRefresh(s Side) Act {
	o := s.Other()
	switch {
	case t.d.Gone[o] || t.old.Item[o] == "" && t.d.Put[o] == nil:
		return Drop
	case s == t.lead && t.d.Link == 0:
		return Erase
	case s == t.lead:
		return Remove
	case t.d.Link == 0:
		return Create
	}
	return Follow
}

// follow makes the lead's item the base. What the lead cannot hold of the old base stays, as long as the
// lead had been told of all of it.
func (t thread) follow(c *cloth) error {
	lead, err := t.version(c, t.lead)
	if err != nil {
		return err
	}
	follower, err := t.version(c, t.lead.Other())
	if err != nil {
		return err
	}
	if follower.Now != nil {
		follower.Shadow = follower.Now
	}
	m, err := t.led(c, lead)
	if err != nil {
		return err
	}
	m.Shadow[t.lead.Other()] = follower.Shadow
	var v [2]dataclass.Version
	v[t.lead], v[t.lead.Other()] = lead, follower
	for _, s := range bothSides {
		m.Lossy[s] = m.Shadow[s] == nil || m.Shadow[s].Fingerprint() != m.Item.Fingerprint()
	}
	c.link.Link.Base, c.link.Bodies.Base = m.Item.Fingerprint(), m.Item.Body()
	for _, s := range bothSides {
		t.settleSide(c, s, v[s], m)
	}
	return nil
}

// led gives what the lead's item makes of the base.
func (t thread) led(c *cloth, lead dataclass.Version) (dataclass.Merged, error) {
	var m dataclass.Merged
	now := lead.Now
	if now == nil {
		now = lead.Shadow
	}
	if now == nil {
		return m, fmt.Errorf("refresh: link %d has no item of the lead", c.link.ID)
	}
	base, err := t.base(c)
	if err != nil {
		return m, err
	}
	if base == nil || t.old.Owed[t.lead] != None {
		m.Item, m.Shadow[t.lead] = now, now
		return m, nil
	}
	v := [2]dataclass.Version{{Shadow: base}, {Shadow: base}}
	v[t.lead] = lead
	if m, err = dataclass.Merge3(base, v[Source], v[Target], dataclass.Winner(t.lead)); err != nil {
		return m, fmt.Errorf("refresh: %w", err)
	}
	return m, nil
}

// erase makes a link of an item that is to go, or of a pair of which both are.
func (t thread) erase(c *cloth) error {
	if err := t.create(c); err != nil {
		return err
	}
	c.link.Doomed, c.link.Owed = true, [2]Reason{}
	for _, s := range bothSides {
		if t.d.Put[s] == nil {
			continue
		}
		c.link.Item[s], c.link.Rev[s] = t.now[s].ID, t.now[s].Rev
		c.link.Owed[s] = Waiting
	}
	return nil
}

// spares reports whether the run leaves a side as it is.
func (r *run) spares(s Side) bool { return r.job.Way != BothWays && s == r.job.Lead }

// withheld is the reason why a side that the run spares is owed something. An Add that a phone may have
// taken, and what is doubtful, stay what they are.
func withheld(was Reason) Reason {
	if was == None || was == Unmapped || was == Aside || was == Doubtful || was == Held || was == OutOfRange || was == Undecided {
		return was
	}
	return Withheld
}

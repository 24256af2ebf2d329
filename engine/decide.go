package engine

import "slices"

func (p *planner) decideLinks() {
	for _, n := range p.nodes {
		if n.absorbed || n.suspicion != nil {
			continue
		}
		if d, ok := p.decide(n); ok {
			d.of(n)
			d.leaveStanding(n.link)
			p.out = append(p.out, d)
		}
	}
}

// decide is the table of what can happen to a link.
func (p *planner) decide(n *node) (Decision, bool) {
	d := Decision{Gone: [2]bool{n.gone[0] || n.lost[0], n.gone[1] || n.lost[1]}}
	away, awaiting := n.awaiting()
	switch {
	case p.in.Way == Refresh:
		d.Act, d.Repeat = p.decideRefresh(n)
	case n.twin:
		d.Act, d.Twin = Remove, true
	case n.link.Doomed:
		d.Act = p.decideDoomed(n)
	case n.isHeld() && !n.gone[Source] && !n.gone[Target]:
		d.Act = p.decideInDoubt(n)
	case p.decideGuarded(n, &d):
	case !n.has(Source) && !n.has(Target):
		d.Act = p.decideLastCopyGone(n)
	case p.parted(n, Source) || p.parted(n, Target):
		d.Act = p.decidePart(n)
	case awaiting:
		d.Act = p.decideAwaiting(n, away)
	case n.gone[Source] || n.gone[Target]:
		d.Act = p.decideDeleted(n)
	case n.paired():
		d.Act = Pair
	case n.changed(Source) || n.changed(Target):
		d.Act = Merge
	case n.lost[Source] || n.lost[Target]:
		d.Act = Restore
	case n.took(Source) || n.took(Target), n.wentBack(Source) || n.wentBack(Target):
		d.Act = Merge
	case p.owes(n):
		d.Act, d.Repeat = p.decideOwed(n)
	case n.moved(Source) || n.moved(Target):
		d.Act = Touch
	}
	return d, d.Act != 0
}

// took reports whether the side shows what an op wrote whose answer never came.
func (n *node) took(s Side) bool {
	return n.put[s] != nil && n.put[s].Print != n.link.Shadow[s] && slices.Contains(n.sent[s], n.put[s].Print)
}

// paired reports whether matching gave a side that lacked the item one.
func (n *node) paired() bool {
	for _, s := range bothSides {
		if n.put[s] != nil && n.put[s].ID != n.link.Item[s] {
			return true
		}
	}
	return false
}

// moved reports whether the side's item has another revision with the same content.
func (n *node) moved(s Side) bool {
	return n.put[s] != nil && n.put[s].Rev != n.link.Rev[s]
}

// decideDoomed handles a link whose deletion is on its way to one side.
func (p *planner) decideDoomed(n *node) Act {
	if p.isRevived(n) {
		return Revive
	}
	for _, s := range bothSides {
		switch {
		case n.changed(s) && !n.paired() && !p.in.DeleteWins:
			return Revive // edited after the other side had deleted it
		case n.link.Owed[s] == Aside && n.put[s] == nil && n.has(s):
			return 0
		case n.has(s) || n.put[s] != nil:
			return Push
		case n.link.Owed[s] == Unmapped && !p.in.Listing[s] && n.link.Item[s] == "":
			return 0 // the phone may have a copy; wait until it names it
		}
	}
	return Drop
}

// isRevived reports whether another binding brought the item back.
func (p *planner) isRevived(n *node) bool {
	for _, s := range bothSides {
		if d := n.put[s]; d != nil && p.revived[s][d.ID] == n {
			return true
		}
	}
	return false
}

// decideLastCopyGone handles an item that neither side holds any more. If one of them deleted it, that
// is the end; if it is only missing from listings, it still exists in the journal, but an item that
// no user can see is not brought back, unless one side had entrusted it to us and the other has not got it yet.
func (p *planner) decideLastCopyGone(n *node) Act {
	for _, s := range bothSides {
		if n.gone[s] && n.link.Owed[s.Other()] == Unmapped && !p.in.Listing[s.Other()] {
			return Remove
		}
		if n.lost[s] && !n.gone[s] && n.link.Item[s.Other()] == "" && n.link.Owed[s.Other()] != None && n.link.Owed[s.Other()] != Undecided {
			return Restore
		}
	}
	return Drop
}

// decideDeleted handles an item that exactly one side deleted: an edit survives it, also one that the
// deleting side has not been told yet, unless the binding wants a delete to win.
func (p *planner) decideDeleted(n *node) Act {
	if p.in.DeleteWins {
		return Remove
	}
	s := Source
	if n.gone[Target] {
		s = Target
	}
	if n.changed(s.Other()) || n.link.Owed[s] != None {
		return Revive
	}
	return Remove
}

// owes reports whether a side that the run may write is owed something.
func (p *planner) owes(n *node) bool {
	for _, s := range bothSides {
		if r := n.link.Owed[s]; r != None && r != Aside && r != Held && r != Undecided && !p.in.Out[s][n.link.ID] && (p.in.Way == BothWays || s != p.in.Lead) {
			return true
		}
	}
	return false
}

// decideOwed handles a link that nothing happened to but that a side is still owed.
func (p *planner) decideOwed(n *node) (Act, bool) {
	for _, s := range bothSides {
		if n.link.Owed[s] == Unmapped && !p.in.Listing[s] {
			if p.in.Repeats[s] || p.in.Resumes[s] && !p.in.Acked[s][n.link.ID] {
				return Push, true
			}
			return 0, false
		}
	}
	return Push, false
}

// decideRest handles what belongs to no link and was not paired.
func (p *planner) decideRest() {
	for _, s := range bothSides {
		for _, d := range p.loose[s] {
			out := Decision{Act: Create}
			switch {
			case d.Bad:
				out.Act = SetAside
			case p.in.Way == Refresh && s != p.in.Lead && d.Beyond[p.in.Lead]:
				continue
			case p.in.Way == Refresh && s != p.in.Lead:
				out.Act = Erase
			}
			out.Put[s] = d
			p.out = append(p.out, out)
		}
	}
}

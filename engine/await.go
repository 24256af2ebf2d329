package engine

import (
	"context"

	"github.com/bindery-sync/bindery/sources"
)

// In a ring a deletion reaches a client on one way, and what somebody edited meanwhile reaches the client
// where the item was deleted on the other. If each binding carried on what it sees, the deletion and the item
// that came back would follow each other round for ever. So a binding does not carry on a deletion that
// another binding made while a third one, which leads to where it came from, still has the item: that one
// decides between the deletion and the edit, and what it decides arrives (docs/engine.md 6.3).

// Elsewhere says of items of a side that another binding has them on a way that leads to the other side
// through one client.
type Elsewhere [2]map[sources.ID]bool

// elsewhere asks the journal about the items whose change or end is another binding's doing.
func (r *run) elsewhere(ctx context.Context) (Elsewhere, error) {
	var items [2][]sources.ID
	for _, s := range bothSides {
		for _, d := range r.sides[s].digests {
			l, ok := r.byItem[s][d.ID]
			switch o := s.Other(); {
			case !ok || !d.Synced || d.Own || l.Item[o] == "":
			case d.Verb == sources.Delete:
				items[o] = append(items[o], l.Item[o])
			default:
				items[s] = append(items[s], d.ID)
			}
		}
	}
	for i := range r.mem.Links {
		for _, s := range bothSides {
			if l := &r.mem.Links[i]; l.Owed[s] == Undecided && l.Item[s.Other()] != "" {
				items[s.Other()] = append(items[s.Other()], l.Item[s.Other()])
			}
		}
	}
	if len(items[Source])+len(items[Target]) == 0 {
		return Elsewhere{}, nil
	}
	return r.engine.Journal.Elsewhere(ctx, r.lease, items)
}

// awaiting gives the side that lacks the link's item because another binding deleted it there, and reports
// whether there is such a side and the other one still has the item.
func (n *node) awaiting() (Side, bool) {
	for _, s := range bothSides {
		deleted := n.gone[s] && n.synced[s] && n.link.Owed[s] == None
		if (deleted || n.link.Owed[s] == Undecided) && !n.has(s) && n.has(s.Other()) {
			return s, true
		}
	}
	return 0, false
}

// decideAwaiting handles an item that another binding deleted on s: an edit of the other side brings it back,
// else it waits for the binding that decides, and goes if there is none.
func (p *planner) decideAwaiting(n *node, s Side) Act {
	o := s.Other()
	switch {
	case n.changed(o) && !p.in.DeleteWins:
		return Revive
	case !p.in.Elsewhere[o][n.link.Item[o]]:
		return Remove
	case n.gone[s]:
		return Await
	case n.moved(o), n.changed(o):
		return Touch
	}
	return 0
}

// await notes that the deletion waits.
func (c *cloth) await(d Decision) {
	for _, s := range bothSides {
		if d.Gone[s] {
			c.link.Owed[s] = Undecided
		}
	}
}

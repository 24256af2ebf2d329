package engine

import (
	"context"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

// readRanges finds the links whose item is outside the range of a side, as far as Plan has to know
// (docs/engine.md 3.5): those that the side deleted or did not list, and those that it was not sent because
// of its range, if the range is another one now.
func (r *run) readRanges(ctx context.Context) error {
	for _, s := range bothSides {
		r.out[s] = make(map[LinkID]bool)
		now, was := r.job.Sides[s].Range, r.mem.Ranges[s]
		if now.IsZero() && was.IsZero() {
			continue
		}
		ids := r.perhapsOutside(s, now == was)
		for len(ids) > 0 {
			n := min(len(ids), r.engine.batchSize())
			if err := r.lookOutside(ctx, s, ids[:n]); err != nil {
				return err
			}
			ids = ids[n:]
		}
	}
	return nil
}

// perhapsOutside gives the links whose item must be looked at. With the same range as before, what was
// outside is so still.
func (r *run) perhapsOutside(s Side, same bool) []LinkID {
	there := make(map[sources.ID]bool, len(r.sides[s].digests))
	for _, d := range r.sides[s].digests {
		there[d.ID] = d.Verb != sources.Delete && !d.Renewed
	}
	var ids []LinkID
	for _, l := range r.mem.Links {
		is, told := there[l.Item[s]]
		switch {
		case l.Item[s] != "" && (told && !is || !told && r.sides[s].listing):
			ids = append(ids, l.ID)
		case l.Owed[s] != OutOfRange:
		case same:
			r.out[s][l.ID] = true
		default:
			ids = append(ids, l.ID)
		}
	}
	return ids
}

// lookOutside notes which of some links have an item outside the range of s. What the side deletes it
// deletes inside the range that it has now; what it does not list counts only inside the range that it had
// at the look before as well.
func (r *run) lookOutside(ctx context.Context, s Side, ids []LinkID) error {
	links, err := r.engine.Journal.Links(ctx, r.lease, ids)
	if err != nil {
		return err
	}
	deleted := make(map[sources.ID]bool)
	for _, d := range r.sides[s].digests {
		deleted[d.ID] = d.Verb == sources.Delete || d.Renewed
	}
	now, was := r.job.Sides[s].Range, r.mem.Ranges[s]
	for i := range links {
		l := &links[i]
		out := r.outside(l, s, now)
		if l.Item[s] != "" && !deleted[l.Item[s]] && l.Owed[s] != OutOfRange {
			out = out || r.outside(l, s, was)
		}
		r.out[s][l.ID] = out
	}
	return nil
}

// outside reports whether neither what a link's sides are to hold nor what s holds of it is in a range: an
// edit that takes an item out of the range of a side is still told to the side, lest it shows what is over.
func (r *run) outside(l *LinkWrite, s Side, in dataclass.Range) bool {
	if in.IsZero() || l.Doomed {
		return false
	}
	for _, b := range []dataclass.Body{l.Bodies.Base, l.Bodies.Shadow[s]} {
		if b.IsZero() {
			continue
		}
		if it, err := dataclass.Decode(r.job.Ref.Class, b); err != nil || in.Holds(it) {
			return false
		}
	}
	return true
}

// parted reports whether a side no longer has an item that is outside its range: that deletes it nowhere.
func (p *planner) parted(n *node, s Side) bool {
	return p.in.Out[s][n.link.ID] && (n.gone[s] || n.lost[s]) && n.put[s] == nil
}

// decidePart unlinks an item from the side that no longer has it, if the other side does.
func (p *planner) decidePart(n *node) Act {
	for _, s := range bothSides {
		switch o := s.Other(); {
		case !p.parted(n, s) || !n.has(o):
		case n.changed(o):
			return Merge
		default:
			return Unlink
		}
	}
	return Drop
}

// spared reports whether a refresh leaves an item of the follower alone that its lead lacks: it is outside
// the lead's range, so the lead has not said that it is to go.
func (p *planner) spared(n *node) bool {
	l := p.in.Lead
	return !n.has(l) && (p.in.Out[l][n.link.ID] || n.link.Owed[l] == OutOfRange)
}

// part notes that sides no longer have an item that is outside their range.
func (t thread) part(c *cloth) {
	t.note(c)
	for _, s := range bothSides {
		if t.d.Gone[s] {
			c.link.Owed[s] = OutOfRange
		}
	}
}

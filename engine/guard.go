package engine

import (
	"slices"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

// The limits of the guard (docs/engine.md 8.1). The first deletes, or changes, are never many.
const (
	// fewItems is how many items a user may be expected to delete in one go.
	fewItems = 10
	// manyDeleted and manyChanged are shares of a side's items, in percent.
	manyDeleted = 20
	manyChanged = 80
)

// A Why says what made the guard hold something.
type Why int

// The reasons for a hold, the gravest last.
const (
	// ManyDeleted: more than ten items and more than a fifth of a side were deleted.
	ManyDeleted Why = iota + 1
	// ManyChanged: more than four fifths of a side of more than ten items changed.
	ManyChanged
	// Emptied: nothing is left where a listing had shown items.
	Emptied
)

// A Hold is one deletion or change that waits for a person.
type Hold struct {
	Link LinkID
	// Side is where it entered, Item its name there.
	Side Side
	Item sources.ID
	// Verb is Delete or Replace.
	Verb sources.Verb
	// Rev is the revision of the deletion or of the changed item. Print is the content at stake: what the
	// other side holds of a deleted item, the new content of a changed one. A decision covers both.
	Rev   sources.Revision
	Print dataclass.Fingerprint
	Why   Why
	// Title names the item to a person.
	Title string
}

// covers reports whether a decision about h is one about the very same deletion or change.
func (h Hold) covers(o Hold) bool {
	return h.Link == o.Link && h.Side == o.Side && h.Verb == o.Verb && h.Rev == o.Rev && h.Print == o.Print
}

// A PlanState is how far a held plan came.
type PlanState int

// The states of a plan. Whatever is not open was decided by a person.
const (
	PlanOpen PlanState = iota
	PlanApproved
	PlanRejected
	// PlanDone: it was carried out, or what it held is no more.
	PlanDone
)

// A HeldPlan is what the guard held, until it is done.
type HeldPlan struct {
	ID    string
	State PlanState
	Holds []Hold
}

// PlanOf gives the plan that holds stand in: one that is open and holds exactly these or, if they may join,
// the newest that is open; "" if there is none.
func PlanOf(plans []HeldPlan, holds []Hold, join bool) string {
	for _, p := range slices.Backward(plans) {
		if p.State == PlanOpen && (join && !p.IsSlow() || sameHolds(p.Holds, holds)) {
			return p.ID
		}
	}
	return ""
}

func sameHolds(a, b []Hold) bool {
	if len(a) != len(b) {
		return false
	}
	type place struct {
		link LinkID
		side Side
	}
	have := make(map[place]Hold, len(a))
	for _, h := range a {
		have[place{h.Link, h.Side}] = h
	}
	return !slices.ContainsFunc(b, func(h Hold) bool { return !h.covers(have[place{h.Link, h.Side}]) })
}

// A ruling is what a person has decided about one link.
type ruling struct {
	Hold
	state PlanState
}

// rulings are the decisions of all plans, by link; of two about one link the later plan's counts.
func rulings(plans []HeldPlan) map[LinkID]ruling {
	out := make(map[LinkID]ruling)
	for _, p := range plans {
		for _, h := range p.Holds {
			if p.State != PlanOpen || out[h.Link].Link == 0 {
				out[h.Link] = ruling{h, p.State}
			}
		}
	}
	return out
}

// A suspect is a decision that the guard would not let through, and the hold that it would be.
type suspect struct {
	at int
	Hold
}

// watch is what the guard looks at.
type watch struct {
	links map[LinkID]*Link
	// far is how many links there are beside these: both sides hold their items and report nothing of them.
	far       int
	changes   [2][]Digest
	decisions []Decision
	// infers are the sides that infer deletes from what a listing lacks; aside is how many items of a side
	// are in quarantine.
	infers [2]bool
	aside  [2]int
	ruled  map[LinkID]ruling
	// sticky means that what an open plan holds already is held again, however few there are.
	sticky bool
	gone   [2]map[sources.ID]*Digest
	// absent says that what a side does not list counts as deleted there.
	absent [2]bool
}

// guard gives the deletions and changes that are too many where they enter, in the order of decisions. It
// is pure. What a sync wrote, what both sides agree on and what was approved does not count.
func (w *watch) guard() []suspect {
	var out []suspect
	for _, s := range bothSides {
		w.gone[s] = make(map[sources.ID]*Digest)
		for i := range w.changes[s] {
			if d := &w.changes[s][i]; d.Verb == sources.Delete || d.Renewed {
				w.gone[s][d.ID] = d
			}
		}
		if w.absent[s] {
			for _, l := range w.links {
				if id := l.Item[s]; id != "" && w.gone[s][id] == nil {
					w.gone[s][id] = &Digest{ID: id, Verb: sources.Delete}
				}
			}
		}
		linked := w.linked(s)
		out = append(out, w.deletions(s, linked)...)
		out = append(out, w.alterations(s, linked)...)
	}
	slices.SortStableFunc(out, func(a, b suspect) int { return a.at - b.at })
	return out
}

// linked counts the items of a side that a link knows.
func (w *watch) linked(s Side) int {
	n := w.far
	for _, l := range w.links {
		if l.Item[s] != "" {
			n++
		}
	}
	return n
}

// deletions gives those that enter on s, if they are too many.
func (w *watch) deletions(s Side, linked int) []suspect {
	var list []suspect
	for i, d := range w.decisions {
		l := w.links[d.Link]
		if d.Act != Remove || l == nil || l.Doomed || !d.Gone[s] {
			continue
		}
		del := w.gone[s][l.Item[s]]
		if del == nil || (del.Synced || del.Own) && !del.Renewed {
			continue
		}
		list = append(list, suspect{i, Hold{
			Link: l.ID, Side: s, Item: del.ID, Verb: sources.Delete, Rev: del.Rev, Print: l.Shadow[s.Other()],
		}})
	}
	list = w.undecided(list)
	switch {
	case len(list) > 0 && w.emptied(s):
		return because(Emptied, list)
	case len(list) > fewItems && len(list)*100 > linked*manyDeleted:
		return because(ManyDeleted, list)
	}
	return w.stuck(list)
}

// emptied reports whether nothing is left on a side that infers deletes from its listings.
func (w *watch) emptied(s Side) bool {
	if !w.infers[s] || w.aside[s] > 0 || w.far > 0 {
		return false
	}
	for _, l := range w.links {
		if l.Item[s] != "" && w.gone[s][l.Item[s]] == nil {
			return false
		}
	}
	return !slices.ContainsFunc(w.changes[s], func(d Digest) bool { return d.Verb != sources.Delete })
}

// alterations gives the changes that enter on s and go to the other side, if they are too many.
func (w *watch) alterations(s Side, linked int) []suspect {
	var list []suspect
	o := s.Other()
	for i, d := range w.decisions {
		l, put := w.links[d.Link], d.Put[s]
		switch {
		case d.Act != Merge || l == nil || put == nil || put.Own || put.Synced, l.Item[s] != put.ID || l.Item[o] == "":
		case put.Print == l.Shadow[s], d.Put[o] != nil && d.Put[o].Print == put.Print:
		default:
			list = append(list, suspect{i, Hold{Link: l.ID, Side: s, Item: put.ID, Verb: sources.Replace, Rev: put.Rev, Print: put.Print}})
		}
	}
	list = w.undecided(list)
	if isMass(len(list), linked) {
		return because(ManyChanged, list)
	}
	return w.stuck(list)
}

// isMass reports whether so many changes of a side are held.
func isMass(changed, linked int) bool {
	return linked > fewItems && changed*100 > linked*manyChanged
}

// undecided leaves out what a person has let through.
func (w *watch) undecided(list []suspect) []suspect {
	return slices.DeleteFunc(list, func(x suspect) bool {
		r, ok := w.ruled[x.Link]
		return ok && r.state != PlanOpen && r.covers(x.Hold)
	})
}

// stuck gives what an open plan holds already: the run that held it broke off after it had marked some.
func (w *watch) stuck(list []suspect) []suspect {
	if !w.sticky {
		return nil
	}
	list = slices.DeleteFunc(list, func(x suspect) bool {
		r, ok := w.ruled[x.Link]
		return !ok || r.state != PlanOpen || !r.covers(x.Hold)
	})
	for i := range list {
		list[i].Why = w.ruled[list[i].Link].Why
	}
	return list
}

func because(why Why, list []suspect) []suspect {
	for i := range list {
		list[i].Why = why
	}
	return list
}

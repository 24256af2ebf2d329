package engine

import (
	"context"
	"slices"

	"github.com/bindery-sync/bindery/sources"
)

// suspended gives the side whose deletion of the link's item is held.
func (n *node) suspended() (Side, bool) {
	for _, s := range bothSides {
		if n.link.Owed[s] == Held && n.link.Item[s] == "" {
			return s, true
		}
	}
	return 0, false
}

// heldBack reports whether a side has the item and is not told a change.
func (n *node) heldBack(s Side) bool { return n.link.Owed[s] == Held && n.link.Item[s] != "" }

// decideGuarded is the table of what can happen to a link on which something waits for a person. It reports
// false if the link is to be handled as any other.
func (p *planner) decideGuarded(n *node, d *Decision) bool {
	if s, ok := n.suspended(); ok {
		return p.decideSuspended(n, s, d)
	}
	for _, s := range bothSides {
		if n.heldBack(s) && !n.changed(Source) && !n.changed(Target) && n.has(Source) && n.has(Target) {
			p.decideHeldBack(n, s, d)
			return true
		}
	}
	return false
}

// decideSuspended handles an item that s deleted and the other side still has: an edit there brings it
// back, a deletion there is the end, an item of s that matches is the item.
func (p *planner) decideSuspended(n *node, s Side, d *Decision) bool {
	o := s.Other()
	switch {
	case n.put[s] != nil:
		return false
	case n.changed(o):
		d.Act = Revive
	case !n.has(o):
		d.Act = p.decideLastCopyGone(n)
	case p.in.Approved[n.link.ID]:
		d.Act = Remove
	case p.in.Rejected[n.link.ID]:
		d.Act = Restore
	case n.moved(o):
		d.Act = Touch
	}
	return true
}

// decideHeldBack handles a change that s is not told.
func (p *planner) decideHeldBack(n *node, s Side, d *Decision) {
	switch {
	case p.in.Approved[n.link.ID]:
		d.Act, d.Release = Push, true
	case p.in.Rejected[n.link.ID]:
		d.Act, d.Lead = Follow, s
	case n.moved(Source) || n.moved(Target):
		d.Act = Touch
	}
}

// hold keeps a link whose item one side deleted.
func (c *cloth) hold(d Decision) {
	for _, s := range bothSides {
		if d.Gone[s] {
			c.link.Owed[s] = Held
			c.tally.Held++
		}
	}
}

// keepBack marks what the guard does not let through of a change.
func (c *cloth) keepBack(d Decision) {
	for _, s := range bothSides {
		if o := s.Other(); d.Back[s] && c.link.Owed[o] == Waiting && c.link.Item[o] != "" {
			c.link.Owed[o] = Held
			c.tally.Held++
		}
	}
}

// release lets through what was held.
func (c *cloth) release(d Decision) {
	for _, s := range bothSides {
		if d.Release && c.link.Owed[s] == Held {
			c.link.Owed[s] = Waiting
		}
	}
}

// strange reports whether a side that infers deletes from its listings is another one than it was, and
// empty: a folder that was not mounted. Nobody chose to make the other side like that.
func (r *run) strange(s Side) bool {
	rd := r.sides[s]
	return r.job.Sides[s].Caps.Inferred && rd.listing && r.mem.Cursors[s] != "" && len(rd.digests) == 0
}

// rule takes in what a person has decided.
func (r *run) rule() {
	r.ruled = rulings(r.mem.Plans)
	r.approved, r.rejected = make(map[LinkID]bool), make(map[LinkID]bool)
	for id, x := range r.ruled {
		switch x.state {
		case PlanApproved:
			r.approved[id] = true
		case PlanRejected:
			r.rejected[id] = true
		}
	}
}

// settledPlans are the plans that a run which moves its cursors brings to their end: those that were
// decided, and, where nothing was held before the first write, those that nobody needs to decide any more.
func (r *run) settledPlans() []string {
	var ids []string
	for _, p := range r.mem.Plans {
		if p.State != PlanOpen || !r.job.deferred() || p.IsSlow() {
			ids = append(ids, p.ID)
		}
	}
	return ids
}

// superseded are the open plans of which nothing is held any more, beside the one that holds what is.
func (r *run) superseded() []string {
	now := make(map[Place]Hold, len(r.holds))
	for _, h := range r.holds {
		now[Place{h.Link, h.Side}] = h
	}
	var ids []string
	for _, p := range r.mem.Plans {
		if p.State == PlanOpen && !p.IsSlow() && p.ID != r.held && !slices.ContainsFunc(p.Holds, func(h Hold) bool { return h.covers(now[Place{h.Link, h.Side}]) }) {
			ids = append(ids, p.ID)
		}
	}
	return ids
}

// weigh asks the guard about decisions, and alters those that a person has rejected. It gives what is held and
// what a person has decided.
func (r *run) weigh(ctx context.Context, ds []Decision) ([]suspect, []Decision, error) {
	if r.job.Way == Refresh && !r.strange(r.job.Lead) { // a person's choice
		return nil, nil, nil
	}
	w := r.watch(ds)
	w.absent[r.job.Lead] = r.job.Way == Refresh
	list, err := r.sift(ctx, w, w.guard())
	if err != nil {
		return nil, nil, err
	}
	decided := w.obey()
	return list, decided, r.entitle(ctx, list)
}

// judge asks the guard about decisions before anything is written or recorded. It gives what may be carried
// out. Stop says that the run is to end there, because both sides answer now and something is held.
func (r *run) judge(ctx context.Context, ds []Decision) (out []Decision, stop bool, err error) {
	list, decided, err := r.weigh(ctx, ds)
	if err != nil || len(list) == 0 {
		return ds, false, err
	}
	if err := r.hold(ctx, list); err != nil {
		return nil, false, err
	}
	if !r.job.deferred() {
		r.open.Tally.Held += len(list)
		return decided, true, nil
	}
	for _, x := range list {
		if d := &ds[x.at]; x.Verb == sources.Delete {
			d.Act = Suspend
		} else {
			d.Back[x.Side] = true
		}
	}
	return ds, false, nil
}

func (r *run) watch(ds []Decision) *watch {
	w := &watch{links: make(map[LinkID]*Link, len(r.mem.Links)), decisions: ds, ruled: r.ruled, sticky: r.job.deferred(), far: r.far}
	for i := range r.mem.Links {
		w.links[r.mem.Links[i].ID] = &r.mem.Links[i]
	}
	for _, s := range bothSides {
		w.changes[s] = r.sides[s].digests
		w.infers[s] = r.job.Sides[s].Caps.Inferred
		for id := range r.mem.Quarantine[s] {
			if !r.sides[s].deleted[id] {
				w.aside[s]++
			}
		}
	}
	return w
}

// obey gives back what a person does not want gone or changed. It gives the decisions that a person has
// taken.
func (w *watch) obey() []Decision {
	var decided []Decision
	for i := range w.decisions {
		d := &w.decisions[i]
		x, ok := w.ruled[d.Link]
		if !ok || x.state == PlanOpen || !w.stands(d, x.Hold) {
			continue
		}
		if x.state == PlanRejected && x.Verb == sources.Delete {
			d.Act = Restore
		} else if x.state == PlanRejected {
			d.Act, d.Lead = Follow, x.Side.Other()
		}
		decided = append(decided, *d)
	}
	return decided
}

// stands reports whether a decision is still about what a hold names.
func (w *watch) stands(d *Decision, h Hold) bool {
	if h.Verb == sources.Replace {
		put := d.Put[h.Side]
		return d.Act == Merge && put != nil && put.Rev == h.Rev && put.Print == h.Print
	}
	l := w.links[h.Link]
	del := w.gone[h.Side][h.Item]
	return d.Act == Remove && l != nil && del != nil && del.Rev == h.Rev && l.Shadow[h.Side.Other()] == h.Print
}

// sift leaves out changes that would not alter the other side, such as a phone's own rendition of what it
// was sent, and asks again whether the rest is too much.
func (r *run) sift(ctx context.Context, w *watch, list []suspect) ([]suspect, error) {
	drop := make(map[suspect]bool)
	left := [2]int{}
	for rest := list; len(rest) > 0; {
		n := min(len(rest), r.engine.batchSize())
		idle, err := r.idle(ctx, w, rest[:n])
		if err != nil {
			return nil, err
		}
		for _, x := range rest[:n] {
			if x.Verb == sources.Delete {
				continue
			}
			if idle[x] {
				drop[x] = true
			} else {
				left[x.Side]++
			}
		}
		rest = rest[n:]
	}
	return slices.DeleteFunc(list, func(x suspect) bool {
		return x.Verb == sources.Replace && (drop[x] || !isMass(left[x.Side], w.linked(x.Side)) && len(w.stuck([]suspect{x})) == 0)
	}), nil
}

// idle weaves decisions to see which changes write nothing to the other side.
func (r *run) idle(ctx context.Context, w *watch, list []suspect) (map[suspect]bool, error) {
	var ds []Decision
	for _, x := range list {
		if x.Verb == sources.Replace {
			ds = append(ds, w.decisions[x.at])
		}
	}
	idle := make(map[suspect]bool)
	if len(ds) == 0 {
		return idle, nil
	}
	threads, err := r.threads(ctx, ds)
	if err != nil {
		return nil, err
	}
	writes := make(map[Place]bool)
	for _, t := range threads {
		c, err := weave(t)
		for _, s := range bothSides {
			writes[Place{t.d.Link, s}] = err == nil && c.link.Owed[s] == Waiting
		}
	}
	for _, x := range list {
		if x.Verb == sources.Replace {
			idle[x] = !writes[Place{x.Link, x.Side.Other()}]
		}
	}
	return idle, nil
}

// hold stores a plan of what is held.
func (r *run) hold(ctx context.Context, list []suspect) error {
	holds := make([]Hold, len(list))
	for i, x := range list {
		holds[i] = x.Hold
	}
	r.holds = holds
	var err error
	r.held, err = r.engine.Journal.Hold(ctx, r.lease, holds, r.job.deferred())
	return err
}

// entitle names the items for a person.
func (r *run) entitle(ctx context.Context, list []suspect) error {
	for len(list) > 0 {
		n := min(len(list), r.engine.batchSize())
		ids := make([]LinkID, n)
		for i, x := range list[:n] {
			ids[i] = x.Link
		}
		links, err := r.engine.Journal.Links(ctx, r.lease, ids)
		if err != nil {
			return err
		}
		titles := make(map[LinkID]string, n)
		for _, l := range links {
			titles[l.ID] = r.title(l.Bodies.Base)
		}
		for i := range list[:n] {
			list[i].Title = titles[list[i].Link]
		}
		list = list[n:]
	}
	return nil
}

// stop carries out what was approved and ends the run without moving a cursor: what is held is read again
// by the next run, and a deletion that was carried out is then one of an item that nobody knows.
func (r *run) stop(ctx context.Context, ds []Decision) (Report, error) {
	if err := r.carryOut(ctx, ds); err != nil {
		return Report{}, err
	}
	c := Closing{Finished: true, State: StateHeld, Plan: r.held, Settled: r.superseded()}
	c.Tally.Held = r.open.Tally.Held
	if err := r.engine.Journal.Close(ctx, r.lease, c); err != nil {
		return Report{}, err
	}
	rep := r.report()
	rep.Finished, rep.State, rep.Plan = true, c.State, c.Plan
	return rep, nil
}

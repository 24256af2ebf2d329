package engine

import "context"

// IsSlow reports whether a plan is about a whole slow sync, which is to begin only when a person approves of it. Such a
// plan holds no single item.
func (p HeldPlan) IsSlow() bool { return len(p.Holds) == 0 }

// asks reports whether the run is a slow sync that waits for a person: the binding says so, a side that was read to its
// end before has to list everything, and nobody has approved. A phone is refused before it lists everything; it comes here only if it
// found out by itself, amid a session, that it has to.
func (r *run) asks() bool {
	if !r.job.AskSlow || r.job.Way == Refresh {
		return false
	}
	for _, p := range r.mem.Plans {
		if p.IsSlow() && p.State == PlanApproved {
			return false
		}
	}
	slow := false
	for _, s := range bothSides {
		slow = slow || r.sides[s].listing && r.mem.Cursors[s] != ""
	}
	return slow
}

// holdSlow ends the run before anything is planned. What a phone sent stays in its inbox, and is planned by the run that
// goes through. A plan that a person has rejected stands until the person approves of it after all.
func (r *run) holdSlow(ctx context.Context) (Report, error) {
	for _, p := range r.mem.Plans {
		if p.IsSlow() {
			r.held = p.ID
		}
	}
	if r.held == "" {
		var err error
		if r.held, err = r.engine.Journal.Hold(ctx, r.lease, nil, false); err != nil {
			return Report{}, err
		}
	}
	return r.stop(ctx, nil)
}

package engine

import (
	"context"
	"fmt"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

// search looks whether Adds whose outcome is unknown were carried out by a side that cannot take keys, and
// gives the ops that are left to repeat (docs/engine.md 3.3). The item of such an Add is one that no link
// knows, that has come since the side was read to its end before, and that holds what the Add wrote; with
// several of them, and several such Adds, it does not matter which is whose.
func (r *run) search(ctx context.Context, s Side, list []Intent) ([]Intent, error) {
	wanted := make(map[dataclass.Fingerprint][]Intent)
	var rest, adds []Intent
	for _, in := range list {
		if in.Op.Verb == sources.Add {
			wanted[in.Print] = append(wanted[in.Print], in)
			adds = append(adds, in)
			continue
		}
		rest = append(rest, in)
	}
	if len(adds) == 0 || r.job.Sides[s].Caps.KeyedAdd {
		return list, nil
	}
	found := make(map[int64]sources.Result)
	for c, err := range r.sides[s].session.Changes(ctx) {
		if err != nil {
			return nil, fmt.Errorf("search %s: %w", s, err)
		}
		d := r.digest(c)
		open := wanted[d.Print]
		if _, known := r.linked(s, c.ID); known || d.Bad || d.Verb == sources.Delete || len(open) == 0 {
			continue
		}
		found[open[0].ID] = sources.Result{State: sources.Done, ID: c.ID, Rev: c.Rev}
		wanted[d.Print] = open[1:]
	}
	var done []Intent
	for _, in := range adds {
		if _, ok := found[in.ID]; ok {
			done = append(done, in)
		} else {
			rest = append(rest, in)
		}
	}
	return rest, r.settleFound(ctx, done, found)
}

// settleFound settles Adds by what a search found.
func (r *run) settleFound(ctx context.Context, list []Intent, found map[int64]sources.Result) error {
	if len(list) == 0 {
		return nil
	}
	links, err := r.linksOf(ctx, list)
	if err != nil {
		return err
	}
	var st Settlement
	for _, in := range list {
		if l := links[in.Link]; l != nil {
			st.done(l, in, found[in.ID])
		} else {
			st.Forget = append(st.Forget, in.ID)
		}
	}
	if err := r.engine.Journal.Settle(ctx, r.lease, st); err != nil {
		return err
	}
	r.open.Tally.Add(st.Tally)
	return nil
}

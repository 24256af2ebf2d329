package engine

import "context"

// Most syncs find that nothing happened. If no link needs anything by itself, what there is to do begins with
// what a side reports: the links are loaded when it reports the first thing, and else not at all.

// glance loads what is known, the links only if a run needs them even though no side reports anything.
func (r *run) glance(ctx context.Context) error {
	j := r.job
	if j.Mode != TwoWay || j.Way != BothWays || j.deferred() || j.Sides[Source].Listing || j.Sides[Target].Listing || j.RemoveTwins {
		return r.load(ctx)
	}
	m, quiet, err := r.engine.Journal.Quiet(ctx, r.lease)
	if err != nil {
		return err
	}
	if !quiet || m.Cursors[Source] == "" || m.Cursors[Target] == "" || len(m.Intents)+len(m.Doubts)+len(m.Plans) > 0 ||
		len(m.Again[Source])+len(m.Again[Target]) > 0 ||
		j.Sides[Source].Range != m.Ranges[Source] || j.Sides[Target].Range != m.Ranges[Target] {
		return r.load(ctx)
	}
	r.mem, r.glanced = m, true
	return nil
}

// lookClosely loads the links if they were not loaded yet.
func (r *run) lookClosely(ctx context.Context) error {
	if !r.glanced {
		return nil
	}
	r.glanced = false
	return r.load(ctx)
}

package engine

import (
	"context"

	"github.com/bindery-sync/bindery/sources"
)

// Most syncs find that nothing happened, or little. If no link needs anything by itself, what there is to do begins with
// what a side reports: so only the links of what is reported are loaded. Of the others it is enough to know how many they
// are: each is held by both sides, which are owed nothing. An op that a phone has not answered is open, and counts as need.

// nearby is of how many items at most the links are loaded one by one.
const nearby = 2000

// glance loads what is known, the links only if a run needs them even though no side reports anything.
func (r *run) glance(ctx context.Context) error {
	j := r.job
	if j.Mode != TwoWay || j.Way != BothWays || j.Sides[Source].Listing || j.Sides[Target].Listing ||
		j.Sides[Source].Resumes || j.Sides[Target].Resumes || j.RemoveTwins {
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
	r.declare()
	return nil
}

// readNearby reads both sides, and loads the links of what they report.
func (r *run) readNearby(ctx context.Context) error {
	for _, s := range bothSides {
		if err := r.list(ctx, s, r.sides[s]); err != nil {
			return err
		}
	}
	if len(r.sides[Source].digests)+len(r.sides[Target].digests) == 0 {
		return nil
	}
	if err := r.near(ctx); err != nil {
		return err
	}
	for _, s := range bothSides {
		if err := r.contradict(ctx, s, r.sides[s]); err != nil {
			return err
		}
	}
	return nil
}

// near loads the links of what both sides report. If another link names an item of one of these, which of them has it is
// found out among all links; and so is what an item is whose id proves nothing (unseen.go).
func (r *run) near(ctx context.Context) error {
	var items [2][]sources.ID
	slow := false
	for _, s := range bothSides {
		for _, d := range r.sides[s].digests {
			items[s], slow = append(items[s], d.ID), slow || d.Slow
		}
	}
	if slow || len(items[Source])+len(items[Target]) > nearby {
		return r.lookClosely(ctx)
	}
	links, all, err := r.engine.Journal.Near(ctx, r.lease, items)
	if err != nil {
		return err
	}
	for _, l := range links {
		for _, s := range bothSides {
			items[s] = append(items[s], l.Item[s])
		}
	}
	again, _, err := r.engine.Journal.Near(ctx, r.lease, items)
	if err != nil {
		return err
	}
	if len(again) != len(links) {
		return r.lookClosely(ctx)
	}
	r.glanced, r.mem.Links, r.far = false, links, all-len(links)
	r.index()
	return nil
}

// lookClosely loads the links if they were not loaded yet.
func (r *run) lookClosely(ctx context.Context) error {
	if !r.glanced {
		return nil
	}
	r.glanced = false
	known := r.mem.Known // what was read has its say in it already
	if err := r.load(ctx); err != nil {
		return err
	}
	r.mem.Known = known
	return nil
}

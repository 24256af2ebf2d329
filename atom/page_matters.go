package atom

import (
	"context"
	"fmt"
	"time"

	"github.com/bindery-sync/bindery/atom/pages"
	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/engine"
)

// silence is how long a phone may not come before its user is told.
const silence = 14 * 24 * time.Hour

// waitingFor counts by binding what waits for a person.
type waitingFor struct{ held, doubts, aside map[int64]int }

// waiting looks what waits for the owner's word, in one binding or in all for 0.
func (a *api) waiting(ctx context.Context, owner string, binding int64) (waitingFor, error) {
	out := waitingFor{map[int64]int{}, map[int64]int{}, map[int64]int{}}
	plans, err := a.Matters.Plans(ctx, owner, binding)
	if err != nil {
		return out, err
	}
	for _, p := range plans {
		if p.State == "open" {
			out.held[p.Binding]++
		}
	}
	doubts, err := a.Matters.Doubts(ctx, owner, binding)
	if err != nil {
		return out, err
	}
	for _, d := range doubts {
		if d.Verdict == engine.Open {
			out.doubts[d.Binding]++
		}
	}
	aside, err := a.Matters.Quarantine(ctx, owner, binding)
	for _, q := range aside {
		out.aside[q.Binding]++
	}
	return out, err
}

// warnings are what a person should know of a binding whose newest synchronization is last, nil for none.
func (a *api) warnings(w waitingFor, b bindings.Binding, last *bindings.LogEntry) []pages.Warning {
	var out []pages.Warning
	add := func(n int, one, many, path string) {
		switch {
		case n == 1:
			out = append(out, pages.Warning{Text: one, Path: path})
		case n > 1:
			out = append(out, pages.Warning{Text: fmt.Sprintf(many, n), Path: path})
		}
	}
	add(w.held[b.ID], "A synchronization wants to delete or change a lot, and waits for your word.",
		"%d synchronizations want to delete or change a lot, and wait for your word.", "/v2/syncengine/holds/")
	add(w.doubts[b.ID], "One pair of items may be the same or two.", "%d pairs of items may be the same or two.", "/v2/syncengine/reviews/")
	add(w.aside[b.ID], "One item could not be synchronized and is set aside.", "%d items could not be synchronized and are set aside.", "/v2/syncengine/quarantine/")
	if last == nil {
		return out
	}
	if last.State == "abandoned" {
		out = append(out, pages.Warning{
			Text: "The last synchronization broke off. Nothing is lost: the next one goes on from there.", Path: logEntryPath(last.ID), Bad: true,
		})
	}
	if quiet := a.Now().Sub(logTime(*last)); quiet > silence && isPhone(b) {
		out = append(out, pages.Warning{Text: fmt.Sprintf("The phone has not synchronized for %d days.", int(quiet.Hours()/24))})
	}
	return out
}

// isPhone reports whether one side of a binding is a phone.
func isPhone(b bindings.Binding) bool { return b.Kinds[0] == kindSyncML || b.Kinds[1] == kindSyncML }

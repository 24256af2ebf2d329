package bindings

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/syncml"
)

// busyPause is how long a start waits that finds its binding, or the server, busy: at least that, at most twice.
const busyPause = 2 * time.Second

// work does one start, and says what becomes of it.
func (r *Runner) work(ctx context.Context, row dueRow) (e settlement) {
	began := r.store.now()
	defer func() {
		if v := recover(); v != nil {
			e = r.judge(ctx, row, began, Ended{}, fmt.Errorf("panic in a start: %v", v))
		}
	}()
	classes, stay, err := r.useful(ctx, row)
	if err != nil || stay != nil {
		if err != nil {
			return r.judge(ctx, row, began, Ended{}, err)
		}
		return *stay
	}
	admit := func(ctx context.Context) error { return r.store.renewStart(ctx, row.Row) }
	ended, err := r.o.Starter.Run(ctx, row.Row.Owner, row.Row.Binding, classes, admit)
	return r.judge(ctx, row, began, ended, err)
}

// useful gives the dataclasses of a start, or what becomes of one that would be in vain.
func (r *Runner) useful(ctx context.Context, row dueRow) ([]dataclass.Class, *settlement, error) {
	follows := row.Row.Schedule == 0
	b := bindingRow{OnChange: row.OnChange, Deferred: row.Deferred}
	if row.Removed != 0 || follows && !b.onChange() {
		return nil, &settlement{row: row.Row, due: notDue, keep: true}, nil
	}
	stay := func(outcome, why string) *settlement {
		e := r.over(row, r.store.now(), outcome, why)
		e.last = row.Row.Last
		return &e
	}
	if row.Unauthorised != "" {
		return nil, stay(OutcomePaused, row.Unauthorised), nil
	}
	wanted, of := row.of(), Binding{Classes: classesOf(row.Bound)}
	classes := slices.DeleteFunc(slices.Clone(wanted), func(c dataclass.Class) bool { return !of.Synchronizes(c) })
	if len(classes) == 0 && len(wanted) > 0 {
		return nil, stay(OutcomeSkipped, fmt.Sprintf("Binding %d does not synchronise %s", row.Row.Binding, wanted[0])), nil
	}
	if follows && row.Deferred != "" {
		came, err := r.store.came(ctx, row.Row)
		if err != nil || came {
			return nil, &settlement{row: row.Row, due: notDue, keep: true}, err
		}
	}
	return classes, nil, nil
}

// over is what becomes of a start that is over: what follows changes is done, and a schedule has its next time.
func (r *Runner) over(row dueRow, began time.Time, outcome, why string) settlement {
	return settlement{
		row: row.Row, due: row.next(began), last: micros(began), ended: micros(r.store.now()), outcome: outcome, why: why,
	}
}

// judge says what becomes of a start that ended so.
func (r *Runner) judge(ctx context.Context, row dueRow, began time.Time, ended Ended, err error) settlement {
	now := r.store.now()
	switch {
	case err == nil && ended.Alerted:
		return r.over(row, began, OutcomeAlerted, "")
	case err == nil && ended.Held:
		return r.over(row, began, OutcomeHeld, "Something waits for a person's decision")
	case err == nil:
		return r.over(row, began, OutcomeDone, "")
	case errors.Is(err, errLost), errors.Is(err, errStopped):
		// Somebody else has it, or it is due as soon as there is a server again.
		return settlement{row: row.Row, due: row.Row.Due, classes: row.Row.Classes, keep: true}
	case errors.Is(err, engine.ErrBusy), errors.Is(err, sources.ErrBusy), errors.Is(err, engine.ErrFenced):
		again := now.Add(busyPause + r.store.upTo(busyPause))
		return settlement{row: row.Row, due: micros(again), insist: true, classes: row.Row.Classes, keep: true}
	case errors.Is(err, syncml.ErrUnreachable), errors.Is(err, ErrInvalid), errors.Is(err, ErrNotFound):
		return r.over(row, began, OutcomeSkipped, r.o.Why(err))
	case errors.Is(err, sources.ErrAuth) && r.unauthorised(ctx, row, err):
		return r.over(row, began, OutcomePaused, r.o.Why(err))
	}
	e := r.over(row, began, OutcomeFailed, r.o.Why(err))
	e.failures, e.classes, e.insist = row.Row.Failures+1, row.Row.Classes, true
	e.due = micros(r.patience(row, err, now, e.failures))
	r.o.Log.WarnContext(ctx, "a sync that the server began failed", "binding", row.Row.Binding, "schedule", row.Row.Schedule,
		"failures", e.failures, "again", fromMicros(e.due), "error", err)
	return e
}

// patience gives when a start that failed is tried again: not before its client allows it, and not in quiet hours.
func (r *Runner) patience(row dueRow, err error, now time.Time, failures int) time.Time {
	pause := r.store.pause(failures)
	var asks interface{ RetryAfter() time.Duration }
	if errors.As(err, &asks) {
		pause = max(pause, min(asks.RetryAfter(), pauseMost))
	}
	again := now.Add(pause)
	if row.Row.Schedule == 0 {
		return again
	}
	plan, err := row.schedule().Plan()
	if err != nil {
		return again
	}
	return plan.NotBefore(again)
}

// unauthorised pauses the bindings of the client that refused its credentials, if the error tells which it is.
func (r *Runner) unauthorised(ctx context.Context, row dueRow, failed error) bool {
	side, ok := engine.AtSide(failed, sources.ErrAuth)
	if !ok {
		return false
	}
	b, err := r.store.Binding(ctx, row.Row.Owner, row.Row.Binding)
	if err != nil {
		return false
	}
	client := [2]string{b.Source, b.Target}[side]
	err = r.store.Unauthorised(ctx, row.Row.Owner, client, r.o.Why(failed))
	r.report(ctx, "pause a client", err)
	return err == nil
}

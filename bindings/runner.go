package bindings

import (
	"context"
	"encoding/binary"
	"io"
	"log/slog"
	"time"
)

// RunnerOptions say how a Runner works. Starter is required.
type RunnerOptions struct {
	Starter Starter
	// Why gives the sentence that a failed start gets; it must show nothing that the owner may not see.
	Why func(error) string
	// Changes tells which clients have changed; without it nothing is started by changes.
	Changes Changes
	// Slots is how many starts are under way at a time; by default 8.
	Slots int
	Log   *slog.Logger
}

// How often a Runner looks for what other processes have made due, and after which rest for what its own has.
const (
	runnerEvery = time.Second
	runnerRest  = 200 * time.Millisecond
	// renewEvery is how often leases are prolonged.
	renewEvery = startLease / 3
	// checkEvery is how often it is looked at whether what waits waits for the right time.
	checkEvery = time.Hour
)

// runnerSlots is how many starts are under way at a time: those that a Background works on, and as many that wait for it.
const runnerSlots = 2 * backgroundWorkers

// A Runner starts what is due: schedules, and what follows changes. What is due, who works on it and what became of it
// is in the database, so that any number of Runners, in any number of processes, share the work, and another one takes
// up what one that died was at.
type Runner struct {
	store *Store
	o     RunnerOptions
	wake  chan struct{}
	done  chan settlement
	// at are the rows that are worked on.
	at map[startKey]startRow
	// unsettled is what could not be stored yet.
	unsettled []settlement
	// renewed and checked are when leases were prolonged, and when it was looked at whether times are right.
	renewed, checked time.Time
}

// startKey names a row.
type startKey struct {
	owner             string
	binding, schedule int64
}

func (r startRow) key() startKey { return startKey{r.Owner, r.Binding, r.Schedule} }

// Runner makes a Runner of the Store's bindings. It does nothing until Run.
func (s *Store) Runner(o RunnerOptions) *Runner {
	if o.Slots <= 0 {
		o.Slots = runnerSlots
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Why == nil {
		o.Why = func(error) string { return "It failed" }
	}
	return &Runner{
		store: s, o: o, wake: make(chan struct{}, 1), done: make(chan settlement, o.Slots), at: make(map[startKey]startRow),
	}
}

// Wake tells a Runner that something may be due earlier than it thinks. It never blocks.
func (r *Runner) Wake() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// Run starts what is due until ctx ends. Then nothing is started any more, and it returns when what was under way is
// over and stored. It is called once.
func (r *Runner) Run(ctx context.Context) {
	working := context.WithoutCancel(ctx)
	timer := time.NewTimer(0)
	defer timer.Stop()
	stopping, next := ctx.Done(), r.store.now()
	rest := func(d time.Duration) {
		next = r.store.now().Add(d)
		timer.Reset(d)
	}
	for {
		select {
		case <-timer.C:
		case <-r.wake:
			// Once only: whoever writes and writes does not put it off.
			if left := next.Sub(r.store.now()); left > runnerRest || left < -runnerEvery {
				rest(runnerRest)
			}
			continue
		case e := <-r.done:
			r.settle(working, e)
		case <-stopping:
			stopping = nil
		}
		if stopping == nil && len(r.at) == 0 {
			r.settle(working)
			return
		}
		rest(r.turn(working, stopping != nil))
	}
}

// turn does what there is to do now, and gives when to look again at the latest.
func (r *Runner) turn(ctx context.Context, begins bool) time.Duration {
	now := r.store.now()
	if now.Sub(r.renewed).Abs() >= renewEvery {
		r.renewed = now
		r.renew(ctx)
	}
	if !begins {
		return runnerEvery
	}
	if now.Sub(r.checked).Abs() >= checkEvery {
		r.checked = now
		r.report(ctx, "look at when schedules are due", r.store.checkStarts(ctx))
	}
	r.follow(ctx)
	first, some := r.first(ctx)
	if some && first.IsZero() {
		r.plan(ctx)
		first, some = r.first(ctx)
	}
	if some && !first.After(r.store.now()) {
		r.begin(ctx)
		first, some = r.first(ctx)
	}
	if left := first.Sub(r.store.now()); some && left > 0 {
		return min(left, runnerEvery)
	}
	return runnerEvery // there is nothing, or what is due waits for what is under way
}

// first gives when the first row is due, the zero time if that is to be worked out, and false if none is.
func (r *Runner) first(ctx context.Context) (time.Time, bool) {
	at, some, err := r.store.firstDue(ctx)
	r.report(ctx, "look for what is due", err)
	return at, some && err == nil
}

// report logs what a Runner could not do; it is tried again.
func (r *Runner) report(ctx context.Context, what string, err error) {
	if err != nil {
		r.o.Log.ErrorContext(ctx, what, "error", err)
	}
}

// plan works out when what is not planned is due.
func (r *Runner) plan(ctx context.Context) {
	for {
		n, err := r.store.planStarts(ctx)
		r.report(ctx, "plan schedules", err)
		if err != nil || n < planPage {
			return
		}
	}
}

// begin claims as much of what is due as there is room for, and begins it.
func (r *Runner) begin(ctx context.Context) {
	for len(r.at) < r.o.Slots {
		rows, err := r.store.claimStarts(ctx, r.o.Slots-len(r.at))
		r.report(ctx, "claim what is due", err)
		if len(rows) == 0 {
			return
		}
		for _, row := range rows {
			r.at[row.Row.key()] = row.Row
			go func() { r.done <- r.work(ctx, row) }()
		}
	}
}

// settle stores what became of starts, as many as are over.
func (r *Runner) settle(ctx context.Context, list ...settlement) {
	r.unsettled = append(r.unsettled, list...)
	for more := true; more; {
		select {
		case e := <-r.done:
			r.unsettled = append(r.unsettled, e)
		default:
			more = false
		}
	}
	if len(r.unsettled) == 0 {
		return
	}
	err := r.store.settleStarts(ctx, r.unsettled)
	r.report(ctx, "store what became of scheduled syncs", err)
	for _, e := range r.unsettled {
		delete(r.at, e.row.key()) // also where it cannot be stored: then the lease ends, and it runs again
	}
	r.unsettled = r.unsettled[:0]
}

// renew prolongs the leases of what is worked on.
func (r *Runner) renew(ctx context.Context) {
	for _, row := range r.at {
		if err := r.store.renewStart(ctx, row); err != nil {
			r.o.Log.WarnContext(ctx, "a scheduled sync is not kept any more", "binding", row.Binding, "error", err)
		}
	}
}

// Bounds of the pause after a failure. It is drawn anew each time, so that what failed together is not tried together.
const (
	pauseLeast = 10 * time.Second
	pauseFirst = time.Minute
	pauseMost  = 6 * time.Hour
)

// pause gives how long a start is left alone after so many failures in a row.
func (s *Store) pause(failures int) time.Duration {
	most := pauseMost
	if failures < 10 {
		most = min(pauseFirst<<max(failures-1, 0), pauseMost)
	}
	return pauseLeast + s.upTo(most-pauseLeast)
}

// upTo draws a duration less than d, which is positive.
func (s *Store) upTo(d time.Duration) time.Duration {
	var b [8]byte
	if _, err := io.ReadFull(s.rand, b[:]); err != nil {
		return d / 2
	}
	return time.Duration(binary.BigEndian.Uint64(b[:]) % uint64(d))
}

package sourcetest

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"

	"go.uber.org/goleak"

	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/faulty"
)

// robustChecks test what happens when calls end early, come at once, or come in masses.
func robustChecks() []check {
	return []check{
		{name: "ContextCancel", need: both, run: contextCancel},
		{name: "CancelDuringChanges", run: cancelDuringChanges},
		{name: "CloseTwice", need: both, run: closeTwice},
		{name: "ConcurrentSessions", run: concurrentSessions},
		{name: "ConcurrentWriters", run: concurrentWriters, once: true},
		{name: "ChainOfLooks", need: incremental, run: chainOfLooks, once: true},
		{name: "ManyItems", run: manyItems, once: true},
		{name: "FaultInjection", need: keyedAdd, run: faultInjection, once: true},
		{name: "GoroutineLeak", need: both, run: goroutineLeak, once: true},
	}
}

// contextCancel: a call whose context has ended says so and does nothing; the session can go on.
func contextCancel(k *kit) {
	id := k.put(1)
	before := len(k.held())
	ctx, cancel := context.WithCancel(k.ctx)
	cancel()
	_, err := k.source.Begin(ctx, k.class, "")
	k.is(err, context.Canceled, "begin")
	s := k.begin("")
	for name, seq := range map[string]func(context.Context) error{
		"changes": func(ctx context.Context) error { return lastError(ctx, s) },
		"read":    func(ctx context.Context) error { return readError(ctx, s, id) },
		"apply":   func(ctx context.Context) error { _, err := s.Apply(ctx, []sources.Op{k.add(2)}); return err },
		"commit":  func(ctx context.Context) error { _, err := s.Commit(ctx); return err },
	} {
		k.is(seq(ctx), context.Canceled, "%s", name)
	}
	if n := len(k.held()); n != before {
		k.Fatalf("a cancelled apply wrote: %d items, want %d", n, before)
	}
	k.finish(s)
}

func lastError(ctx context.Context, s sources.Session) error {
	for _, err := range s.Changes(ctx) {
		if err != nil {
			return err
		}
	}
	return nil
}

func readError(ctx context.Context, s sources.Session, id sources.ID) error {
	for _, err := range s.Read(ctx, []sources.ID{id}) {
		if err != nil {
			return err
		}
	}
	return nil
}

// cancelDuringChanges: a listing that was cut ends with an error, it is never just shorter.
func cancelDuringChanges(k *kit) {
	n := k.opts.Bulk
	ops := make([]sources.Op, n)
	for i := range ops {
		ops[i] = k.add(i)
	}
	k.apply(ops...)
	s := k.begin("")
	ctx, cancel := context.WithCancel(k.ctx)
	defer cancel()
	seen, failed := 0, false
	for _, err := range s.Changes(ctx) {
		if failed {
			k.Fatalf("the listing goes on after an error")
		}
		if failed = err != nil; failed {
			k.is(err, context.Canceled, "listing")
			continue
		}
		if seen++; seen == 3 {
			cancel()
		}
	}
	if !failed && seen != n {
		k.Fatalf("a cancelled listing ends after %d of %d items without an error", seen, n)
	}
	k.finish(s)
}

func closeTwice(k *kit) {
	s := k.begin("")
	k.must(s.Close(), "close")
	k.must(s.Close(), "close again")
	s = k.begin("")
	k.finish(s)
	k.must(s.Close(), "close after commit")
}

// concurrentSessions: a second session is refused as busy, or both are good.
func concurrentSessions(k *kit) {
	a := k.put(1)
	first := k.begin("")
	second, err := k.source.Begin(k.ctx, k.class, "")
	if err != nil {
		k.is(err, sources.ErrBusy, "begin a second session")
		k.finish(first)
		return
	}
	b := k.done(k.applyIn(first, k.add(2))[0])
	k.done(k.applyIn(second, k.replace(a, "", 3))[0])
	k.shows(k.collect(first), a)
	k.shows(k.collect(second), a)
	k.finish(second)
	k.finish(first)
	k.holds(2, a, 3)
	k.holds(2, b, 2)
}

func concurrentWriters(k *kit) {
	const writers = 4
	each := min(25, k.opts.Bulk)
	ops := make([][]sources.Op, writers)
	for w := range ops {
		for i := range each {
			ops[w] = append(ops[w], k.add(w*each+i))
		}
	}
	errs := make([]error, writers)
	var wg sync.WaitGroup
	for w := range ops {
		wg.Go(func() { errs[w] = applyEach(k, ops[w]) })
	}
	wg.Wait()
	k.must(errors.Join(errs...), "concurrent writers")
	if n := len(k.held()); n != writers*each {
		k.Fatalf("%d items of %d are there", n, writers*each)
	}
}

// applyEach applies ops one by one, each in a session of its own; busy ones are tried again.
func applyEach(k *kit, ops []sources.Op) error {
	for _, op := range ops {
		s, err := k.source.Begin(k.ctx, k.class, "")
		for errors.Is(err, sources.ErrBusy) {
			s, err = k.source.Begin(k.ctx, k.class, "")
		}
		if err != nil {
			return err
		}
		results, err := s.Apply(k.ctx, []sources.Op{op})
		if err = errors.Join(err, s.Close()); err != nil {
			return err
		}
		if results[0].State != sources.Done {
			return results[0].Err
		}
	}
	return nil
}

// chainOfLooks: while somebody writes, looks that follow on each other see everything. Some items are
// written in the middle of each look, at a moment that nobody chose, and before it ends.
func chainOfLooks(k *kit) {
	const each = 5
	looks := min(40, k.opts.Bulk)
	turn, put := make(chan int), make(chan error)
	defer close(turn)
	go func() {
		for first := range turn {
			var err error
			for i := first; i < first+each && err == nil; i++ {
				_, err = k.client.Put(k.class, k.body(i))
			}
			put <- err
		}
	}()
	seen := map[sources.ID]bool{}
	cur := sources.Cursor("")
	for n := range looks {
		s := k.begin(cur)
		turn <- n * each
		list := k.collect(s)
		k.must(<-put, "user puts items")
		cur = k.finish(s)
		for id := range list {
			seen[id] = true
		}
	}
	last, _ := k.look(cur)
	for id := range last {
		seen[id] = true
	}
	if len(seen) != looks*each {
		k.Fatalf("looks saw %d of %d items", len(seen), looks*each)
	}
}

func manyItems(k *kit) {
	n := k.opts.Many
	ops := make([]sources.Op, n)
	for i := range ops {
		ops[i] = k.add(i)
	}
	want := map[sources.ID]int{}
	for i, r := range k.apply(ops...) {
		want[k.done(r)] = i
	}
	list, cur := k.look("")
	for id, i := range want {
		if !k.opts.Same(ops[i].Body, list[id].Body) {
			k.Fatalf("item %s is not as it was written", id)
		}
	}
	if len(want) != n || len(list) != n {
		k.Fatalf("%d ids and %d items for %d adds", len(want), len(list), n)
	}
	if k.opts.Caps.Incremental {
		id := k.put(n)
		list, _ = k.look(cur)
		k.shows(list, id)
	}
}

// faultInjection: with an add's key, an engine that repeats what failed has every item exactly once.
func faultInjection(k *kit) {
	rnd := rand.New(rand.NewPCG(1, 2))
	source := faulty.Wrap(k.source, faulty.Options{Rand: rnd, Before: 0.2, After: 0.2, Op: 0.2})
	n := min(60, 3*k.opts.Bulk)
	left := make([]sources.Op, n)
	for i := range left {
		left[i] = k.add(i)
	}
	for tries := 0; len(left) > 0; tries++ {
		if tries > 1000 {
			k.Fatalf("%d adds of %d still fail after %d tries", len(left), n, tries)
		}
		left = append(applyOnce(k, source, left[:min(7, len(left))]), left[min(7, len(left)):]...)
	}
	if got := len(k.held()); got != n {
		k.Fatalf("%d items for %d adds that were repeated", got, n)
	}
}

// applyOnce tries ops and gives those to be tried again.
func applyOnce(k *kit, source sources.Source, ops []sources.Op) []sources.Op {
	s, err := source.Begin(k.ctx, k.class, "")
	if err != nil {
		return ops
	}
	results, err := s.Apply(k.ctx, ops)
	k.must(s.Close(), "close")
	if err != nil {
		return ops
	}
	var again []sources.Op
	for i, r := range results {
		if r.State != sources.Done {
			again = append(again, ops[i])
		}
	}
	return again
}

// goroutineLeak: sessions that were left in the middle leave nothing running.
func goroutineLeak(k *kit) {
	for n := range 5 {
		k.put(n)
	}
	k.held()
	ignore := goleak.IgnoreCurrent()
	for range 5 {
		ctx, cancel := context.WithCancel(k.ctx)
		s, err := k.source.Begin(ctx, k.class, "")
		k.must(err, "begin")
		for _, err := range s.Changes(ctx) {
			k.must(err, "listing")
			break
		}
		cancel()
		_ = lastError(ctx, s)
		k.must(s.Close(), "close")
	}
	k.must(goleak.Find(ignore), "after the sessions were closed")
}

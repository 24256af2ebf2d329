package faulty_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/faulty"
	"github.com/bindery-sync/bindery/sources/memory"
	"github.com/bindery-sync/bindery/sources/sourcetest"
)

var text = dataclass.Body{Type: "text/plain", Data: []byte("invented")}

// wrapped is a client whose source is wrapped with options that do nothing.
type wrapped struct {
	*memory.Client
	o faulty.Options
}

func (w wrapped) Source(origin string) sources.Source {
	return faulty.Wrap(w.Client.Source(origin), w.o)
}

// TestConformance: a decorator without faults changes nothing.
func TestConformance(t *testing.T) {
	kind, n := memory.NewKind("memory", memory.Options{}), 0
	sourcetest.Run(t, sourcetest.Options{
		Open: func(*testing.T) sourcetest.Client {
			n++
			return wrapped{kind.Client("ann", fmt.Sprint(n)), faulty.Options{Points: faulty.CrashAt(0)}}
		},
		Caps: kind.Kind().Caps, Many: 500,
	})
}

// session is a whole session on two items: every sort of call once.
func session(ctx context.Context, src sources.Source) (err error) {
	s, err := src.Begin(ctx, dataclass.Notes, "")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	for _, err := range s.Changes(ctx) {
		if err != nil {
			return err
		}
	}
	for _, err := range s.Read(ctx, []sources.ID{"1"}) {
		if err != nil {
			return err
		}
	}
	if _, err := s.Apply(ctx, []sources.Op{{Key: "k", Verb: sources.Add, Body: text}}); err != nil {
		return err
	}
	_, err = s.Commit(ctx)
	return err
}

func twoItems(t *testing.T) *memory.Client {
	t.Helper()
	c := memory.New(memory.Options{})
	for range 2 {
		if _, err := c.Put(dataclass.Notes, text); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

func items(t *testing.T, c *memory.Client) int {
	t.Helper()
	list, err := c.List(dataclass.Notes)
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

func TestCrashAtEveryPoint(t *testing.T) {
	var where []string
	for n := 1; ; n++ {
		points := faulty.CrashAt(n)
		c := twoItems(t)
		src := faulty.Wrap(c.Source("x"), faulty.Options{Points: points})
		err := session(t.Context(), src)
		if !points.Crashed() {
			if err != nil || points.Count() != n-1 {
				t.Fatalf("no crash: error %v, %d points", err, points.Count())
			}
			break
		}
		if !errors.Is(err, faulty.ErrCrash) || points.Count() != n {
			t.Fatalf("point %d: error %v, %d points", n, err, points.Count())
		}
		where = append(where, points.Where())
		if want := map[bool]int{true: 3, false: 2}[slices.Contains(where, "after apply")]; items(t, c) != want {
			t.Fatalf("crash %s: %d items, want %d", points.Where(), items(t, c), want)
		}
		if err := session(t.Context(), src); !errors.Is(err, faulty.ErrCrash) || points.Count() != n {
			t.Fatalf("after the crash: error %v, %d points", err, points.Count())
		}
	}
	want := []string{
		"before begin", "after begin", "before changes", "change", "change", "after changes", "before read",
		"change", "after read", "before apply", "after apply", "before commit", "after commit",
	}
	if diff := cmp.Diff(want, where); diff != "" {
		t.Fatal(diff)
	}
}

func TestPoints(t *testing.T) {
	var none *faulty.Points
	if err := none.Hit("x"); err != nil || none.Crashed() || none.Count() != 0 || none.Where() != "" {
		t.Error("nil points crash or count")
	}
	p := faulty.CrashAt(2)
	if err := p.Hit(""); err != nil {
		t.Error(err)
	}
	for range 2 {
		if err := p.Hit(""); !errors.Is(err, faulty.ErrCrash) {
			t.Errorf("error %v", err)
		}
	}
	if !p.Crashed() || p.Count() != 2 {
		t.Errorf("crashed %v at %d", p.Crashed(), p.Count())
	}
}

func rnd() *rand.Rand { return rand.New(rand.NewPCG(1, 2)) }

func TestBeforeAndAfter(t *testing.T) {
	const before, after = "before", "after"
	for _, when := range []string{before, after} {
		for _, call := range []string{"begin", "changes", "read", "apply", "commit"} {
			t.Run(when+" "+call, func(t *testing.T) {
				o := faulty.Options{Rand: rnd(), Calls: []string{call}}
				want := 2
				if when == before {
					o.Before = 1
				} else {
					o.After = 1
				}
				if call == "commit" || call == "apply" && when == after {
					want = 3
				}
				c := twoItems(t)
				err := session(t.Context(), faulty.Wrap(c.Source("x"), o))
				if !errors.Is(err, faulty.ErrInjected) {
					t.Fatalf("error %v", err)
				}
				if errors.Is(err, sources.ErrUnknownOutcome) != (call == "apply" && when == after) {
					t.Fatalf("error %v", err)
				}
				if n := items(t, c); n != want {
					t.Fatalf("%d items, want %d", n, want)
				}
			})
		}
	}
}

// TestListingFaults: a listing that fails before gives nothing, one that fails after gives all.
func TestListingFaults(t *testing.T) {
	for want, o := range map[int]faulty.Options{0: {Before: 1}, 2: {After: 1}} {
		o.Rand, o.Calls = rnd(), []string{"changes"}
		s, err := faulty.Wrap(twoItems(t).Source("x"), o).Begin(t.Context(), dataclass.Notes, "")
		if err != nil {
			t.Fatal(err)
		}
		n, failed := 0, false
		for _, err := range s.Changes(t.Context()) {
			if failed = err != nil; !failed {
				n++
			}
		}
		if n != want || !failed {
			t.Errorf("%d changes, failed %v; want %d", n, failed, want)
		}
	}
}

func TestFailedOps(t *testing.T) {
	c := memory.New(memory.Options{})
	s, err := faulty.Wrap(c.Source("x"), faulty.Options{Rand: rnd(), Op: 0.5}).Begin(t.Context(), dataclass.Notes, "")
	if err != nil {
		t.Fatal(err)
	}
	ops := make([]sources.Op, 100)
	for i := range ops {
		ops[i] = sources.Op{Verb: sources.Add, Body: dataclass.Body{Data: fmt.Append(nil, i)}}
	}
	res, err := s.Apply(t.Context(), ops)
	if err != nil || len(res) != len(ops) {
		t.Fatalf("%d results, error %v", len(res), err)
	}
	done := 0
	for i, r := range res {
		if r.State == sources.Failed {
			if !errors.Is(r.Err, sources.ErrBusy) || !errors.Is(r.Err, faulty.ErrInjected) {
				t.Errorf("op %d: %v", i, r.Err)
			}
			continue
		}
		done++
		if body, err := c.Get(dataclass.Notes, r.ID); err != nil || string(body.Data) != fmt.Sprint(i) {
			t.Errorf("op %d has the result of %q (%v)", i, body.Data, err)
		}
	}
	if done == 0 || done == len(ops) || items(t, c) != done {
		t.Fatalf("%d ops done, %d items", done, items(t, c))
	}
}

func TestSleep(t *testing.T) {
	var calls []string
	sleepy := errors.New("woken")
	o := faulty.Options{Sleep: func(_ context.Context, call string) error {
		if calls = append(calls, call); call == "commit" {
			return sleepy
		}
		return nil
	}}
	if err := session(t.Context(), faulty.Wrap(twoItems(t).Source("x"), o)); !errors.Is(err, sleepy) {
		t.Fatalf("error %v", err)
	}
	if diff := cmp.Diff([]string{"begin", "changes", "read", "apply", "commit"}, calls); diff != "" {
		t.Fatal(diff)
	}
}

// TestSameSeed: the same seed gives the same faults.
func TestSameSeed(t *testing.T) {
	run := func() (errs []string) {
		src := faulty.Wrap(twoItems(t).Source("x"), faulty.Options{Rand: rnd(), Before: 0.1, After: 0.1})
		for range 50 {
			errs = append(errs, fmt.Sprint(session(t.Context(), src)))
		}
		return errs
	}
	first := run()
	if diff := cmp.Diff(first, run()); diff != "" {
		t.Fatal(diff)
	}
	slices.Sort(first)
	if kinds := len(slices.Compact(first)); kinds < 5 {
		t.Fatalf("only %d different outcomes", kinds)
	}
}

// TestErrorsOfSource: what the source itself says comes through.
func TestErrorsOfSource(t *testing.T) {
	src := faulty.Wrap(twoItems(t).Source("x"), faulty.Options{})
	if _, err := src.Begin(t.Context(), dataclass.Notes, "garbage"); !errors.Is(err, sources.ErrCursorLost) {
		t.Errorf("begin: %v", err)
	}
	s, err := src.Begin(t.Context(), dataclass.Notes, "")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Apply(ctx, []sources.Op{{Verb: sources.Add, Body: text}}); !errors.Is(err, context.Canceled) {
		t.Errorf("apply: %v", err)
	}
	if _, err := s.Commit(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("commit: %v", err)
	}
}

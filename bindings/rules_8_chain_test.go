package bindings

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/memory"
)

// A third client behind the right one: what passed the guard at its entrance does not count again there.
func TestRule_8_1_DownstreamDoesNotCountAgain(t *testing.T) {
	p := crowd(t, 60, pairOptions{})
	c, err := p.store.CreateClient(t.Context(), p.owner, NewClient{Kind: sideNames[1]})
	p.ok(err)
	right, err := p.store.Binding(t.Context(), p.owner, p.binding)
	p.ok(err)
	b, err := p.store.CreateBinding(t.Context(), p.owner, NewBinding{Source: right.Target, Target: c.ID})
	p.ok(err)
	third := p.kinds[1].Client(p.owner, c.ID)
	next := func() LogEntry {
		t.Helper()
		e, err := p.syncs.Synchronize(t.Context(), p.owner, b.ID, dataclass.Contacts, engine.TwoWay)
		p.ok(err)
		return e
	}
	holds := func(n int) {
		t.Helper()
		if list, err := third.List(dataclass.Contacts); err != nil || len(list) != n {
			t.Fatalf("the third holds %d, wanted %d: %v", len(list), n, err)
		}
	}
	next()
	holds(60)
	p.removeMany(0, 0, 40)
	held := p.mustSync()
	if e := next(); e.State != engine.StateDone {
		t.Errorf("%+v", e)
	}
	holds(60)
	p.ok(p.store.Approve(t.Context(), p.owner, held.Plan, ""))
	p.mustSync()
	if e := next(); e.State != engine.StateDone || e.Sides[1].DeletesOut != 40 {
		t.Errorf("%+v", e)
	}
	holds(20)
	p.editMany(0, 40, 60, "NOTE:new") // all that is left
	p.ok(p.store.Approve(t.Context(), p.owner, p.mustSync().Plan, ""))
	p.mustSync()
	if e := next(); e.State != engine.StateDone || e.Sides[1].ReplacesOut != 20 {
		t.Errorf("%+v", e)
	}
	p.removeMany(1, 40, 60) // by the right one's own user: it enters here
	if e := next(); e.State != engine.StateHeld {
		t.Errorf("%+v", e)
	}
	holds(20)
}

// inferring makes the left side one that infers deletes from its listings.
func inferring(t *testing.T, n int) *pair {
	p := newPair(t, pairOptions{})
	p.infers[0] = true
	p.boot()
	for i := range n {
		p.put(0, card(one(i)))
	}
	p.mustSync()
	return p
}

// One item is too many where nothing is left of a listing, but not where something is, or came.
func TestRule_8_1_AnEmptiedListing(t *testing.T) {
	for name, tc := range map[string]struct {
		all, gone int
		side      int
		put       bool
		state     string
	}{
		"the only one":           {1, 1, 0, false, engine.StateHeld},
		"all of five":            {5, 5, 0, false, engine.StateHeld},
		"four of five":           {5, 4, 0, false, engine.StateDone},
		"all, and one came":      {5, 5, 0, true, engine.StateDone},
		"all of the other side":  {5, 5, 1, false, engine.StateDone}, // it was told of each
		"the only one elsewhere": {1, 1, 1, false, engine.StateDone},
	} {
		t.Run(name, func(t *testing.T) {
			p := inferring(t, tc.all)
			p.removeMany(tc.side, 0, tc.gone)
			if tc.put {
				p.put(tc.side, card("New"))
			}
			if e := p.mustSync(); e.State != tc.state {
				t.Errorf("%+v", e)
			}
		})
	}
}

// failing lists some items and then fails.
type failing struct{ sources.Source }

var errList = errors.New("the connection broke")

func (f failing) Begin(ctx context.Context, class dataclass.Class, since sources.Cursor) (sources.Session, error) {
	s, err := f.Source.Begin(ctx, class, since)
	return failingSession{s}, err
}

type failingSession struct{ sources.Session }

func (s failingSession) Changes(ctx context.Context) iter.Seq2[sources.Change, error] {
	return func(yield func(sources.Change, error) bool) {
		n := 0
		for c, err := range s.Session.Changes(ctx) {
			if n++; n > 3 {
				yield(sources.Change{}, errList)
				return
			}
			if !yield(c, err) {
				return
			}
		}
	}
}

// A listing that fails half-way is an error, whatever it has shown: nothing is written, nothing is missed.
func TestRule_8_4_AListingThatFailsIsNoListing(t *testing.T) {
	for _, lost := range []bool{false, true} {
		p := crowd(t, 20, pairOptions{})
		p.removeMany(0, 0, 5)
		if lost {
			p.sides[0].Forget() // so that it lists all that it has
		}
		p.replace = func(side int, s sources.Source) sources.Source {
			if side == 0 {
				return failing{s}
			}
			return s
		}
		wrote := p.wrote
		if _, err := p.sync(); !errors.Is(err, errList) {
			t.Fatalf("error %v", err)
		}
		if p.wrote != wrote || len(p.items(1)) != 20 {
			t.Errorf("wrote %v", p.wrote)
		}
		p.replace = nil
		p.afterCrash()
		want := 15
		if lost {
			want = 20 // absence proves nothing
		}
		p.mustSync()
		if p.count() != [2]int{want, want} {
			t.Errorf("lost %t: %v", lost, p.count())
		}
	}
}

// TestP12_NoSyncLosesMoreThanTheLimit lets users and disasters delete at random: no sync that nobody approved
// takes more from a side than the limit, and one that is held takes nothing.
func TestP12_NoSyncLosesMoreThanTheLimit(t *testing.T) {
	for seed := range seeds(8) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(uint64(seed), 12))
			p := newPair(t, pairOptions{batch: 50, memory: [2]memory.Options{{ReuseIDs: seed%2 == 0}}})
			most, open, held := 0, false, 0 // open: deletions of an earlier round wait
			for round := range 12 {
				if !open {
					for i := range r.IntN(40) {
						p.put(r.IntN(2), card(one(100*round+i)))
					}
					p.mustSync()
					most = p.count()[0]
				}
				for side := range p.sides {
					p.strike(r, side)
				}
				mine := p.count()
				e, err := p.syncAs([]int{engine.TwoWay, engine.Slow}[r.IntN(2)])
				p.ok(err)
				open = e.State == engine.StateHeld
				for side, n := range p.count() {
					if lost := mine[side] - n; lost > max(10, most/5) || open && lost > 0 {
						t.Fatalf("round %d: %s lost %d of %d, state %s", round, sideNames[side], lost, most, e.State)
					}
				}
				if open {
					held++
					if r.IntN(2) == 0 {
						p.ok(p.store.Reject(t.Context(), p.owner, e.Plan, ""))
						p.mustSync()
						open = false
					}
				}
			}
			if held == 0 {
				t.Error("nothing was ever held: the test shows nothing")
			}
		})
	}
}

// strike deletes some of a side's items, none, or all.
func (p *pair) strike(r *rand.Rand, side int) {
	share := []int{0, 0, 1, 3, 10, 50, 100}[r.IntN(7)]
	for _, id := range slices.Sorted(maps.Keys(p.items(side))) {
		if r.IntN(100) < share {
			p.ok(p.sides[side].Delete(dataclass.Contacts, id))
		}
	}
}

// What vanishes between the listing and the writing was seen by no guard: the next look reports it.
func TestRule_8_1_WhatGoesMeanwhileIsLeftToTheNextLook(t *testing.T) {
	p := newPair(t, pairOptions{batch: 50})
	p.put(0, card("Big"))
	for i := range 40 {
		p.put(0, card(one(i)))
	}
	p.mustSync()
	p.edit(0, "Big", "NOTE:"+strings.Repeat("x", 8<<20-200)) // so that no other body is kept from the listing
	p.editMany(0, 0, 30, "NOTE:new")
	armed := true
	p.onCall = func(side int, call string) {
		if side == 0 && call == "read" && armed {
			armed = false
			p.removeMany(0, 0, 30)
		}
	}
	e := p.mustSync()
	if armed {
		t.Fatal("nothing was read: the test shows nothing")
	}
	if len(p.items(1)) != 41 {
		t.Fatalf("%+v: right holds %d", e, len(p.items(1)))
	}
	p.onCall = nil
	p.mustStand(p.mustSync(), engine.StateHeld, 11, 41)
}

package bindings

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/faulty"
)

// users lets the users of both sides act, at most once on an item, and says what each side has to report.
func (p *pair) users(r *rand.Rand, round int) (in [2]SideCounts) {
	for side := range p.sides {
		items := p.items(side)
		for _, id := range slices.Sorted(keys(items)) {
			switch b := items[id]; r.IntN(8) {
			case 0, 1:
				mark := fmt.Sprintf("X-MARK-%d-%d:%d", round, side, r.IntN(100))
				p.ok(p.sides[side].Edit(dataclass.Contacts, id, marked(b, mark)))
				in[side].ReplacesIn++
			case 2:
				p.ok(p.sides[side].Edit(dataclass.Contacts, id, card(nameOf(b), fmt.Sprintf("NOTE:%d by %s", round, sideNames[side]))))
				in[side].ReplacesIn++
			case 3:
				p.ok(p.sides[side].Delete(dataclass.Contacts, id))
				in[side].DeletesIn++
			}
		}
		for n := range r.IntN(4) {
			p.put(side, card(fmt.Sprintf("%s%d-%d", sideNames[side], round, n)))
			in[side].AddsIn++
		}
		if round%2 == 0 { // one that both enter
			p.put(side, card(fmt.Sprintf("Both%d", round)))
			in[side].AddsIn++
		}
	}
	return in
}

// seeds is how many random histories a test plays: n, or ten times as many under BINDERY_LONG.
func seeds(n int) int {
	if os.Getenv("BINDERY_LONG") != "" {
		return 10 * n
	}
	return n
}

func sum(a, b SideCounts) SideCounts {
	t := engine.Tally{Sides: [2]engine.Counts{a}}
	t.Add(engine.Tally{Sides: [2]engine.Counts{b}})
	return t.Sides[0]
}

// logged adds up what the log says of a side.
func (p *pair) logged(side int) (c SideCounts) {
	p.t.Helper()
	list, err := p.store.Log(p.t.Context(), p.owner, 0, 1000)
	p.ok(err)
	for _, e := range list {
		for _, s := range []engine.Side{engine.Source, engine.Target} {
			if p.sideOf(s) == side {
				c = sum(c, e.Sides[s])
			}
		}
	}
	return c
}

// TestP15_CountersEqualWhatTheSidesSaw plays random histories, half of the syncs with a crash, and asks
// that the log adds up to what the users did and to the writes that changed something.
func TestP15_CountersEqualWhatTheSidesSaw(t *testing.T) {
	for seed := range seeds(12) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(uint64(seed), 15))
			p := newPair(t, pairOptions{mirrored: seed%2 == 1})
			var in [2]SideCounts
			for round := range 5 {
				did := p.users(r, round)
				crashAt := 0
				if r.IntN(2) == 0 {
					crashAt = 1 + r.IntN(60)
				}
				p.points = faulty.CrashAt(crashAt)
				p.boot()
				if _, err := p.sync(); err != nil && !isCrash(err) {
					t.Fatal(err)
				}
				p.afterCrash()
				p.mustSync()
				for side := range p.sides {
					in[side] = sum(in[side], did[side])
					want := sum(in[side], p.wrote[side])
					if got := p.logged(side); got != want {
						t.Fatalf("round %d, crash at %d: the log says of %s\n%+v, the side saw\n%+v", round, crashAt, sideNames[side], got, want)
					}
				}
				if l, r := p.prints(0), p.prints(1); !slices.Equal(l, r) {
					t.Fatalf("P1: round %d: the sides differ:\n%v\n%v", round, l, r)
				}
			}
		})
	}
}

// TestP10_MirrorSymmetry plays the same history with the sides of the binding, and the winner, exchanged.
func TestP10_MirrorSymmetry(t *testing.T) {
	for seed := range seeds(10) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			one := newPair(t, pairOptions{winner: WinnerSource})
			two := newPair(t, pairOptions{winner: WinnerTarget, mirrored: true})
			rs := [2]*rand.Rand{rand.New(rand.NewPCG(uint64(seed), 10)), rand.New(rand.NewPCG(uint64(seed), 10))}
			for round := range 4 {
				var logs [2]LogEntry
				for i, p := range []*pair{one, two} {
					p.usersByName(rs[i], round)
					logs[i] = p.mustSync()
				}
				a, b := logs[0], logs[1]
				b.Sides[0], b.Sides[1] = b.Sides[1], b.Sides[0]
				b.Kinds[0], b.Kinds[1] = b.Kinds[1], b.Kinds[0]
				a.Started, a.Finished, b.Started, b.Finished = time.Time{}, time.Time{}, time.Time{}, time.Time{}
				if a != b {
					t.Errorf("round %d: the log says\n%+v, its mirror image\n%+v", round, a, b)
				}
				for side := range one.sides {
					if diff := cmp.Diff(one.prints(side), two.prints(side)); diff != "" {
						t.Fatalf("round %d: %s and its mirror image (-one +two):\n%s", round, sideNames[side], diff)
					}
				}
			}
		})
	}
}

// usersByName is users with the items taken in the order of their names: their ids depend on the order
// in which they were written.
func (p *pair) usersByName(r *rand.Rand, round int) {
	for side := range p.sides {
		items := p.items(side)
		ids := slices.SortedFunc(keys(items), func(a, b sources.ID) int { return strings.Compare(nameOf(items[a]), nameOf(items[b])) })
		for _, id := range ids {
			name := nameOf(items[id])
			switch r.IntN(8) {
			case 0, 1:
				p.ok(p.sides[side].Edit(dataclass.Contacts, id, marked(items[id], fmt.Sprintf("X-M-%d-%d:1", round, side))))
			case 2, 3:
				p.edit(side, name, fmt.Sprintf("NOTE:%d by %s", round, sideNames[side]), "TITLE:"+sideNames[side])
			case 4:
				p.remove(side, name)
			}
		}
		for n := range r.IntN(4) {
			p.put(side, card(fmt.Sprintf("%s%d-%d", sideNames[side], round, n)))
		}
		p.put(side, card(fmt.Sprintf("Both%d", round)))
	}
}

// TestP10_IndependentChangesCommute makes changes of different items in another order, and in two syncs
// instead of one.
func TestP10_IndependentChangesCommute(t *testing.T) {
	changes := []func(p *pair){
		func(p *pair) { p.edit(0, "A", "NOTE:left") },
		func(p *pair) { p.edit(1, "B", "NOTE:right") },
		func(p *pair) { p.remove(0, "C") },
		func(p *pair) { p.remove(1, "D") },
		func(p *pair) { p.put(0, card("E")) },
		func(p *pair) { p.put(1, card("F")) },
		func(p *pair) { p.edit(0, "G", "NOTE:one"); p.edit(1, "G", "TITLE:two") },
	}
	var want []string
	for trial := range 8 {
		p := newPair(t, pairOptions{})
		for _, name := range []string{"A", "B", "C", "D", "G"} {
			p.put(trial%2, card(name))
		}
		p.mustSync()
		r := rand.New(rand.NewPCG(uint64(trial), 3))
		for n, i := range r.Perm(len(changes)) {
			changes[i](p)
			if trial > 4 && n == 3 {
				p.mustSync()
			}
		}
		p.mustSync()
		if want == nil {
			want = p.prints(0)
		}
		for side := range p.sides {
			if diff := cmp.Diff(want, p.prints(side)); diff != "" {
				t.Errorf("trial %d, %s (-want +got):\n%s", trial, sideNames[side], diff)
			}
		}
	}
}

// pairScenarios are histories of two sides that answer at once.
var pairScenarios = []struct {
	name   string
	before func(p *pair)
}{
	{"first contact", func(p *pair) {
		for i := range 4 {
			p.put(0, card(fmt.Sprintf("Left%d", i)))
			p.put(1, card(fmt.Sprintf("Right%d", i)))
		}
		p.put(0, card("Both"))
		p.put(1, card("Both"))
	}},
	{"changes on both sides", func(p *pair) {
		for i := range 9 {
			p.put(i%2, card(fmt.Sprintf("P%d", i)))
		}
		p.mustSync()
		p.edit(0, "P0", "NOTE:left")
		p.edit(1, "P1", "NOTE:right")
		p.edit(0, "P2", "NOTE:left", "TITLE:T")
		p.edit(1, "P2", "NOTE:right", "ROLE:R")
		p.remove(0, "P3")
		p.remove(1, "P4")
		p.remove(0, "P5")
		p.edit(1, "P5", "NOTE:survives")
		p.edit(0, "P6", "NOTE:survives")
		p.remove(1, "P6")
		p.remove(0, "P7")
		p.remove(1, "P7")
		p.put(0, card("New"))
		p.put(1, card("Newer"))
		p.put(0, card("Same"))
		p.put(1, card("Same"))
	}},
	{"a lost cursor", func(p *pair) {
		for i := range 5 {
			p.put(i%2, card(fmt.Sprintf("P%d", i)))
		}
		p.mustSync()
		p.edit(0, "P0", "NOTE:left")
		p.edit(1, "P1", "NOTE:right")
		p.sides[0].Forget()
	}},
}

// TestP7_ServerInitiatedCrashAtEveryStep lets the program die at every commit and at every call of either
// side. A new one has to wait until the dead one's lease has run out; then it ends where the first would
// have ended (P1 to P4, P7, P8), with the same figures (P15).
func TestP7_ServerInitiatedCrashAtEveryStep(t *testing.T) {
	for _, s := range pairScenarios {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			calm := newPair(t, pairOptions{})
			s.before(calm)
			calm.settleDown()
			want, n := calm.prints(0), 1
			if other := calm.prints(1); !slices.Equal(want, other) {
				t.Fatalf("without any fault the sides differ:\n%v\n%v", want, other)
			}
			for ; ; n++ {
				p := newPair(t, pairOptions{})
				s.before(p)
				p.points = faulty.CrashAt(n)
				p.boot()
				_, err := p.sync()
				if !p.points.Crashed() {
					p.ok(err)
					break
				}
				p.crashed(err)
				p.compareWith(calm, want, fmt.Sprintf("crash %d at %s", n, p.points.Where()))
				_ = p.db.Close()
			}
			t.Logf("%d crashes", n-1)
			if n < 20 {
				t.Errorf("only %d points: the crash points are not reached", n)
			}
		})
	}
}

// crashed asks that a step that comes too early is refused, and goes on when the lease has run out.
func (p *pair) crashed(err error) {
	p.t.Helper()
	where := p.points.Where()
	if !isCrash(err) {
		p.t.Fatalf("crash at %s: %v", where, err)
	}
	p.points = nil
	p.boot()
	// A process that dies with its lease given back leaves nothing to wait for.
	if _, err := p.sync(); err != nil && !errors.Is(err, engine.ErrBusy) {
		p.t.Fatalf("after a crash at %s: %v, wanted ErrBusy", where, err)
	}
	p.points = faulty.CrashAt(0)
	p.settleDown()
}

func (p *pair) compareWith(calm *pair, want []string, what string) {
	p.t.Helper()
	for side := range p.sides {
		if got := p.prints(side); !slices.Equal(got, want) {
			p.t.Errorf("%s: %s holds\n%s\nwanted\n%s", what, sideNames[side], strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		if got, want := p.logged(side), calm.logged(side); got != want {
			p.t.Errorf("%s: the log says of %s\n%+v, without a crash\n%+v", what, sideNames[side], got, want)
		}
	}
}

// TestRule_1_3_ALeaseRunsOut waits with an injected clock.
func TestRule_1_3_ALeaseRunsOut(t *testing.T) {
	p := newPair(t, pairOptions{})
	p.put(0, card("Ann"))
	p.points = faulty.CrashAt(6)
	p.boot()
	if _, err := p.sync(); !isCrash(err) {
		t.Fatal(err)
	}
	p.points = nil
	p.boot()
	for range 3 {
		if _, err := p.sync(); !errors.Is(err, engine.ErrBusy) {
			t.Fatalf("%v, wanted ErrBusy", err)
		}
		p.clock = p.clock.Add(engine.LeaseTime / 3)
	}
	p.mustSync()
	p.mustHold("Ann")
}

// TestP17_SameSeedSameTrace plays the same history twice, crashes and all: every call, every key, every
// row of the database is the same.
func TestP17_SameSeedSameTrace(t *testing.T) {
	play := func(seed byte) []string {
		p := newPair(t, pairOptions{seed: seed})
		r := rand.New(rand.NewPCG(uint64(seed), 17))
		for round := range 4 {
			p.users(r, round)
			p.points = faulty.CrashAt(1 + r.IntN(80))
			p.boot()
			if _, err := p.sync(); err != nil && !isCrash(err) {
				t.Fatal(err)
			}
			p.settleDown()
		}
		return append(slices.Clone(p.trace), dump(t, p.db)...)
	}
	for seed := range byte(4) {
		if diff := cmp.Diff(play(seed), play(seed)); diff != "" {
			t.Errorf("seed %d, first and second time:\n%s", seed, diff)
		}
	}
	if slices.Equal(play(1), play(2)) {
		t.Error("another seed makes no difference: the trace shows nothing")
	}
}

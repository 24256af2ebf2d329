package bindings

import (
	"fmt"
	"slices"
	"testing"

	"github.com/bindery-sync/bindery/sources/faulty"
	"github.com/bindery-sync/bindery/sources/memory"
)

func keyless() pairOptions {
	return pairOptions{memory: [2]memory.Options{{Keyless: true}, {Keyless: true}}}
}

// crashAfterApply plays a history whose sync dies after its nth write of a side.
func crashAfterApply(t *testing.T, o pairOptions, before func(*pair)) *pair {
	t.Helper()
	var p *pair
	for n := 1; p.wasCrashedAt() != "after apply"; n++ {
		p = newPair(t, o)
		before(p)
		p.points = faulty.CrashAt(n)
		p.boot()
		if _, err := p.sync(); err == nil {
			t.Fatal("no crash after the Add")
		}
	}
	return p
}

func TestRule_3_3_ASideWithoutKeysIsSearched(t *testing.T) {
	p := crashAfterApply(t, keyless(), func(p *pair) {
		p.put(0, card("Ann"))
		p.put(0, card("Ann")) // her namesake
	})
	p.afterCrash()
	p.mustSync()
	p.mustHold("Ann Ann")
	p.mustSync()
	p.mustHold("Ann Ann")
}

// An item that a link knows is no outcome of an Add, whatever it holds.
func TestRule_3_3_OnlyAnItemWithoutALinkIsFound(t *testing.T) {
	p := newPair(t, keyless())
	p.put(0, card("Ann"))
	p.mustSync()
	p.points = faulty.CrashAt(1)
	for n := 1; p.points.Where() != "before apply"; n++ {
		p.points = nil
		p = newPair(t, keyless())
		p.put(0, card("Ann"))
		p.mustSync()
		p.put(0, card("Ann")) // her namesake, who does not arrive
		p.points = faulty.CrashAt(n)
		p.boot()
		if _, err := p.sync(); err == nil {
			t.Fatal("no crash before the Add")
		}
	}
	p.afterCrash()
	p.mustSync()
	p.mustHold("Ann Ann")
}

// TestRule_3_3_CrashAtEveryStepWithoutKeys lets the program die at every commit and every call of sides
// that take no keys: nothing is lost, nothing doubled.
func TestRule_3_3_CrashAtEveryStepWithoutKeys(t *testing.T) {
	for _, s := range pairScenarios {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			calm := newPair(t, keyless())
			s.before(calm)
			calm.settleDown()
			want, n := calm.prints(0), 1
			if other := calm.prints(1); !slices.Equal(want, other) {
				t.Fatalf("without any fault the sides differ:\n%v\n%v", want, other)
			}
			for ; ; n++ {
				p := newPair(t, keyless())
				s.before(p)
				p.points = faulty.CrashAt(n)
				p.boot()
				_, err := p.sync()
				if !p.points.Crashed() {
					p.ok(err)
					break
				}
				p.crashed(err)
				what := fmt.Sprintf("crash %d at %s", n, p.points.Where())
				p.compareWith(calm, want, what)
				_ = p.db.Close()
			}
			if n < 20 {
				t.Errorf("only %d points: the crash points are not reached", n)
			}
		})
	}
}

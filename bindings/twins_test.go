package bindings

import (
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/engine"
)

// fill puts n equal cards, and one other, on a side.
func (p *pair) fill(side, n int) {
	for range n {
		p.put(side, card("Twin", "NOTE:the same"))
	}
	p.put(side, card("Other"))
}

func TestRule_7_5_TwinsDoNotMultiply(t *testing.T) {
	tests := []struct {
		name        string
		left, right int
		want        int
		duplicates  int // pairs, and twins of each side
		removed     int
	}{
		{"two here and two there", 2, 2, 2, 5, 3},
		{"two here and one there", 2, 1, 2, 3, 2},
		{"three here and none there", 3, 0, 3, 3, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := newPair(t, pairOptions{})
			p.fill(0, tt.left)
			p.fill(1, tt.right)
			e := p.mustSync()
			if e.Duplicates != tt.duplicates || e.Removed != tt.removed {
				t.Errorf("%d duplicates, %d removed; wanted %d and %d", e.Duplicates, e.Removed, tt.duplicates, tt.removed)
			}
			for range 2 {
				p.mustHave(tt.want+1, tt.want+1, 0)
				p.mustBeAtRest()
			}
		})
	}
}

// TestRule_7_5_TwinsAreRemovedIfTheBindingAsks: one of each is left, the others are in the history, and what only looks
// like a twin stays.
func TestRule_7_5_TwinsAreRemovedIfTheBindingAsks(t *testing.T) {
	tests := []struct {
		name        string
		left, right int
		removed     int // with the pairs that were found
	}{
		{"two here and two there", 2, 2, 3},
		{"two here and one there", 2, 1, 3},
		{"three here and none there", 3, 0, 3},
	}
	for _, tt := range tests {
		for _, first := range []bool{true, false} { // before the first sync, or when all of them are linked
			t.Run(tt.name, func(t *testing.T) {
				p := newPair(t, pairOptions{})
				p.fill(0, tt.left)
				p.fill(1, tt.right)
				p.put(0, card("Twin", "NOTE:not quite the same", "X-MINE:1"))
				lost := append(p.prints(0), p.prints(1)...)
				if !first {
					p.mustSync()
				}
				_, err := p.store.SetRemoveTwins(t.Context(), p.owner, p.binding, true)
				p.ok(err)
				e, err := p.syncAs(engine.Slow)
				p.ok(err)
				if first && e.Removed != tt.removed {
					t.Errorf("log %+v", e)
				}
				p.mustBeAtRest()
				for side := range p.sides {
					if n := strings.Count(strings.Join(p.prints(side), "\n"), "Twin"); n != 2 || len(p.items(side)) != 3 {
						t.Errorf("%s: %d twins of\n%s", sideNames[side], n, strings.Join(p.prints(side), "\n"))
					}
				}
				p.mustBeKept(lost)
				if !p.inHistory("the same") {
					t.Error("what was removed is in no history")
				}
			})
		}
	}
}

// TestRule_7_5_ATwinThatDiffersOnTheOtherSideStays: two that are equal here but not there are two.
func TestRule_7_5_ATwinThatDiffersOnTheOtherSideStays(t *testing.T) {
	p := newPair(t, pairOptions{})
	p.put(0, card("Twin", "NOTE:one"))
	p.put(0, card("Twin", "NOTE:two"))
	p.mustSync()
	_, err := p.store.SetRemoveTwins(t.Context(), p.owner, p.binding, true)
	p.ok(err)
	for id, b := range p.items(0) { // equal on the left; the right is not told
		if strings.Contains(string(b.Data), "two") {
			p.ok(p.sides[0].Edit("Contacts", id, card("Twin", "NOTE:one")))
		}
	}
	for id, b := range p.items(1) {
		if strings.Contains(string(b.Data), "two") {
			p.ok(p.sides[1].Edit("Contacts", id, card("Twin", "NOTE:two", "TITLE:Right")))
		}
	}
	_, err = p.syncAs(engine.Slow)
	p.ok(err)
	if len(p.items(0)) != 2 || len(p.items(1)) != 2 {
		t.Errorf("%d and %d items", len(p.items(0)), len(p.items(1)))
	}
}

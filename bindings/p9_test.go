package bindings

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
)

// stranger is an invented person whom nobody could take for another one.
func stranger(i int) dataclass.Body {
	given := []string{"Wilhelmina", "Kasimir", "Oleksandra", "Morwenna", "Ignatius", "Solveig", "Tiberiu", "Yusuf", "Bronagh", "Casimira"}
	family := []string{"Abendroth", "Dudek", "Hryb", "Pascoe", "Fitzwilliam", "Brandvold", "Munteanu", "Okonkwo", "Quiros", "Lindqvist", "Zarandona"}
	return person(given[i%len(given)], family[(i/len(given)+i)%len(family)]+string(rune('a'+i/len(given))),
		fmt.Sprintf("TEL;TYPE=CELL:+49 15%d %07d", i%7, 1000003*(i+1)%9999991), fmt.Sprintf("EMAIL:m%dx@host%d.example", i*37, i))
}

// act is what a user does to the nth item of a side, in the order of names; kind 0 adds.
type act struct{ Side, Kind, Nth int }

// play lets the users of a pair act. Who is the number of the next person.
func (p *pair) play(acts []act, who int) int {
	p.t.Helper()
	for i, a := range acts {
		var names []string
		for _, b := range p.items(a.Side) {
			names = append(names, nameOf(b))
		}
		slices.Sort(names)
		if a.Kind == 0 || len(names) == 0 {
			p.put(a.Side, stranger(who))
			who++
			continue
		}
		id := p.id(a.Side, names[a.Nth%len(names)])
		if a.Kind == 1 {
			p.ok(p.sides[a.Side].Delete(dataclass.Contacts, id))
			continue
		}
		p.ok(p.sides[a.Side].Edit(dataclass.Contacts, id, marked(p.items(a.Side)[id], fmt.Sprintf("X-MARK-%d-%d:%d", who, i, a.Nth))))
	}
	return who
}

func randomActs(r *rand.Rand) []act {
	acts := make([]act, r.IntN(9))
	for i := range acts {
		acts[i] = act{r.IntN(2), r.IntN(4), r.IntN(20)}
	}
	return acts
}

// TestP9_SlowGivesWhatFastGives plays the same users twice, once with two-way syncs and once with slow ones: both end with
// the same items, and a slow sync of sides that agree changes nothing and asks for no evidence.
func TestP9_SlowGivesWhatFastGives(t *testing.T) {
	for seed := range seeds(12) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(uint64(seed), 9))
			fast, slow := newPair(t, pairOptions{}), newPair(t, pairOptions{})
			for round, who := 0, 0; round < 4; round++ {
				acts := randomActs(r)
				next := fast.play(acts, who)
				slow.play(acts, who)
				who = next
				fast.mustSync()
				if round == 0 {
					slow.mustSync() // the first one is slow anyway
				} else {
					_, err := slow.syncAs(engine.Slow)
					slow.ok(err)
				}
				slow.mustBeLike(fast, round)
			}
		})
	}
}

// mustBeLike asks that a pair that was synchronised slowly holds what another one does, and rests.
func (p *pair) mustBeLike(fast *pair, round int) {
	p.t.Helper()
	for side := range 2 {
		if f, s := fast.prints(side), p.prints(side); !slices.Equal(f, s) {
			p.t.Fatalf("round %d, %s\nfast %v\nslow %v", round, sideNames[side], f, s)
		}
	}
	if n := len(p.doubts()); n != 0 || !slices.Equal(p.prints(0), p.prints(1)) {
		p.t.Fatalf("round %d: %d doubtful pairs\n%v\n%v", round, n, p.prints(0), p.prints(1))
	}
	p.trace = nil
	p.mustBeAtRest()
	if slices.ContainsFunc(p.trace, func(s string) bool { return strings.HasSuffix(s, " read") }) {
		p.t.Fatalf("round %d: a slow sync of sides that agree reads items again", round)
	}
}

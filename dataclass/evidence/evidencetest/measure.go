package evidencetest

import (
	"fmt"
	"slices"

	"github.com/bindery-sync/bindery/dataclass/evidence"
)

// Figures say how good a matching is. Several cases add up.
type Figures struct {
	True, Apart   int // true pairs; those left apart and not held
	Merged, False int // pairs merged; wrong ones
	Items, Held   int
}

// DupRate is true pairs left apart and not held, of the true pairs.
func (f Figures) DupRate() float64 { return ratio(f.Apart, f.True) }

// FalseRate is wrong pairs merged, of the pairs merged.
func (f Figures) FalseRate() float64 { return ratio(f.False, f.Merged) }

// HoldRate is items held, of the items.
func (f Figures) HoldRate() float64 { return ratio(f.Held, f.Items) }

// Cost weighs the three rates: a wrong merge counts twenty times a duplicate, a question to a person a fifth.
func (f Figures) Cost() float64 { return f.DupRate() + 20*f.FalseRate() + 0.2*f.HoldRate() }

// Add adds the figures of another case.
func (f *Figures) Add(g Figures) {
	f.True, f.Apart, f.Merged, f.False = f.True+g.True, f.Apart+g.Apart, f.Merged+g.Merged, f.False+g.False
	f.Items, f.Held = f.Items+g.Items, f.Held+g.Held
}

func (f Figures) String() string {
	return fmt.Sprintf("cost %.4f  dup %.3f%%  false %.3f%% (%d)  held %.3f%%", f.Cost(), 100*f.DupRate(), 100*f.FalseRate(), f.False, 100*f.HoldRate())
}

func ratio(n, of int) float64 {
	if of == 0 {
		return 0
	}
	return float64(n) / float64(of)
}

// Measure holds pairs against the truth. That an item was merged with another one than its partner is no mistake if
// that one says exactly the same, or if the items that changed places do.
func (c *Case) Measure(pairs []evidence.Pair) Figures {
	f := Figures{Items: len(c.A) + len(c.B)}
	merged := make(map[int]int)
	var held [2]map[int]bool
	held[0], held[1] = make(map[int]bool), make(map[int]bool)
	for _, p := range pairs {
		if p.Verdict == evidence.Doubtful {
			held[0][p.A], held[1][p.B] = true, true
			f.Held += 2
			continue
		}
		merged[p.A] = p.B
		f.Merged++
		if !c.right(p) {
			f.False++
		}
	}
	for a, b := range c.Partner {
		if b < 0 {
			continue
		}
		f.True++
		got, ok := merged[a]
		if !(ok && c.right(evidence.Pair{A: a, B: got})) && !(held[0][a] && held[1][b]) {
			f.Apart++
		}
	}
	return f
}

func (c *Case) right(p evidence.Pair) bool {
	want := c.Partner[p.A]
	if want == p.B {
		return true
	}
	got := c.Items[1][p.B].Fingerprint()
	if want >= 0 && c.Items[1][want].Fingerprint() == got {
		return true
	}
	mine := c.Items[0][p.A].Fingerprint()
	return mine == got || slices.ContainsFunc(c.owners(p.B), func(a int) bool { return c.Items[0][a].Fingerprint() == mine })
}

// owners gives the item of A that is the same as one of B.
func (c *Case) owners(b int) []int {
	if a := slices.Index(c.Partner, b); a >= 0 {
		return []int{a}
	}
	return nil
}

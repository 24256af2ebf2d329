// Package evidencetest makes up two sides that hold the same people, meetings, tasks and notes, one of them on a
// device that loses things, in order to measure how well package evidence finds out which is which. Everything follows
// from a seed. All names, numbers and addresses are invented.
//
// The devices and the names come in two parts. The parameters of package evidence were chosen by looking at those of
// tuned.go only; those of heldout.go were written down first and are only reported.
package evidencetest

import (
	"math/rand/v2"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/dataclass/evidence"
)

// A Case is two sides and the truth about them.
type Case struct {
	A, B []evidence.Entry
	// Partner gives for each item of A the place of the same item in B; -1 if B has none.
	Partner []int
	// Items are the items themselves, for whoever wants to look.
	Items [2][]*dataclass.Item
}

// A pick draws from lists, small numbers and chances.
type pick struct{ *rand.Rand }

func newPick(seed uint64, salt string) pick {
	h := uint64(14695981039346656037)
	for i := range len(salt) {
		h = (h ^ uint64(salt[i])) * 1099511628211
	}
	return pick{rand.New(rand.NewPCG(seed, h))}
}

func (p pick) chance(x float64) bool { return p.Float64() < x }

func (p pick) of(list []string) string { return list[p.IntN(len(list))] }

// often draws from a list whose first words are more frequent than the last ones.
func (p pick) often(list []string) string {
	x := p.Float64()
	return list[int(x*x*float64(len(list)))]
}

func (p pick) digits(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte('0' + p.IntN(10))
	}
	if n > 0 && b[0] == '0' {
		b[0] = '7'
	}
	return string(b)
}

// sides parts what there is: four of five are on both sides, the rest on one. It shuffles both.
func sides[T any](p pick, all []T, alter func(T) T) (a, b []T, partner []int) {
	type one struct {
		v  T
		no int
	}
	var left, right []one
	for i, v := range all {
		x := p.Float64()
		if x >= 0.1 {
			left = append(left, one{v, i})
		}
		if x < 0.9 {
			right = append(right, one{alter(v), i})
		}
	}
	p.Shuffle(len(left), func(i, j int) { left[i], left[j] = left[j], left[i] })
	p.Shuffle(len(right), func(i, j int) { right[i], right[j] = right[j], right[i] })
	at := make(map[int]int, len(right))
	for i, o := range right {
		at[o.no] = i
		b = append(b, o.v)
	}
	for _, o := range left {
		a = append(a, o.v)
		if j, ok := at[o.no]; ok {
			partner = append(partner, j)
		} else {
			partner = append(partner, -1)
		}
	}
	return a, b, partner
}

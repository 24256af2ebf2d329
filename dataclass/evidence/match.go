package evidence

import (
	"cmp"
	"slices"
)

// An Entry is one item of a side.
type Entry struct {
	// ID names the item on its side. It only decides between items that say the same.
	ID string
	Digest
}

// A Verdict is what is thought of a pair.
type Verdict int

// The verdicts.
const (
	// Same: the two are one.
	Same Verdict = iota + 1
	// Doubtful: a person has to say whether they are. Neither may be merged or doubled before.
	Doubtful
)

// String gives "same" or "doubtful".
func (v Verdict) String() string {
	switch v {
	case Same:
		return "same"
	case Doubtful:
		return "doubtful"
	}
	return "none"
}

// A Pair is an item of each side, by their places in what Match was given.
type Pair struct {
	A, B int
	// Score is how much speaks for the pair, in bits: 10 means a thousand to one, against both being alone.
	Score   float64
	Verdict Verdict
}

// Options tell Match how sure it has to be. The zero value is right for a slow sync.
type Options struct {
	// Sure is the probability from which a pair is Same; 0 means 0.99: to merge two that are different costs twenty
	// times what it costs to leave a pair apart, and to ask a person costs a fifth.
	Sure float64
	// Unsure is the probability from which a pair that is not Same is Doubtful; 0 means 0.2.
	Unsure float64
	// Settled is how many items of each side are known to be one of the other by what they say, beside those that are to
	// be paired: where nearly all have a partner, one that is left has one more likely than not. How rare a value is among them
	// is not known, and counts for nothing.
	Settled int
	// Named is how many of those have one UID on both sides, where the sides keep UIDs and give each other theirs; 0 where they
	// do not, or nobody knows. If there are any, two that have different UIDs are Doubtful at most, unless they say exactly the
	// same: whatever came from one side to the other has its UID there.
	Named int
}

func (o Options) withDefaults() Options {
	if o.Sure == 0 {
		o.Sure = 0.99
	}
	if o.Unsure == 0 {
		o.Unsure = 0.2
	}
	return o
}

// Match pairs the items of two sides. Each item is in at most one pair; items in none are alone. The pairs are in
// order of A. The result depends on what is in the lists, not on its order; Match(b, a) gives the same pairs the other
// way round. Items of different classes are never paired, nor those that say nothing.
func Match(a, b []Entry, opt Options) []Pair {
	opt = opt.withDefaults()
	if len(a) == 0 || len(b) == 0 {
		return nil
	}
	g := newGame(newWorld(a, b))
	g.set.named = max(0, opt.Named)
	g.takeEqual()
	g.score()
	g.play(opt)
	slices.SortFunc(g.out, func(x, y Pair) int { return cmp.Compare(x.A, y.A) })
	return g.out
}

// Twins pairs items of one side that say exactly the same, but for their UID: the first of them, in order of ID, with
// each of the others. A is the place of the first one. Namesakes are no twins.
func Twins(list []Entry) []Pair {
	groups := make(map[uint64][]int)
	for i, e := range list {
		if c := e.content(); c != 0 {
			groups[c] = append(groups[c], i)
		}
	}
	var out []Pair
	for _, g := range groups {
		slices.SortFunc(g, func(i, j int) int { return cmp.Or(cmp.Compare(list[i].ID, list[j].ID), cmp.Compare(i, j)) })
		for _, i := range g[1:] {
			out = append(out, Pair{A: g[0], B: i, Score: certain, Verdict: Same})
		}
	}
	slices.SortFunc(out, func(x, y Pair) int { return cmp.Or(cmp.Compare(x.A, y.A), cmp.Compare(x.B, y.B)) })
	return out
}

// certain is the score of pairs of equal content.
const certain = 100.0

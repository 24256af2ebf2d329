package evidence

import (
	"cmp"
	"math"
	"slices"
)

// faint is how little may speak for a pair, in bits with the prior, to count as a rival at all.
const faint = -12

// A belief is how probable each of some edges is, if every item has at most one partner. That is more than what
// speaks for the edge and its rivals: a rival whose other end has a better partner is hardly one. The probabilities
// are found by passing messages along the edges (belief propagation for matchings), from both ends at once, so that
// neither the order of the items nor the sides matter.
type belief struct {
	edges  []edge
	weight []float64
	at     [2][][]int32 // the edges of each item
	free   [2][]float64 // of each edge: how probable it is that its end has no other partner
	next   [2][]float64
	prob   []float64
	rest   []float64            // room to count in
	total  [2]map[int32]float64 // of each item: that it has a partner
}

// Rounds of messages, at most; and the change at which they end.
const (
	maxRounds = 40
	restless  = 1.0007
	maxWeight = 120 // bits; more is not told apart
)

// believe finds the probabilities of the edges.
func (g *game) believe(live []edge, prior float64) *belief {
	b := &belief{weight: make([]float64, 0, len(live))}
	for _, e := range live {
		if e.bits+prior > faint {
			b.edges = append(b.edges, e)
			b.weight = append(b.weight, math.Exp2(min(e.bits+prior, maxWeight)))
		}
	}
	for s := range b.at {
		b.at[s] = b.adjacent(s, len(g.taken[s]))
		b.free[s], b.next[s] = make([]float64, len(b.edges)), make([]float64, len(b.edges))
		for i := range b.free[s] {
			b.free[s][i] = 1
		}
	}
	for range maxRounds {
		if b.pass() < restless {
			break
		}
	}
	b.conclude()
	return b
}

func (e *edge) end(side int) int32 {
	if side == 0 {
		return e.a
	}
	return e.b
}

// adjacent lists the edges of each item that has several.
func (b *belief) adjacent(side, n int) [][]int32 {
	count := make([]int32, n)
	for i := range b.edges {
		count[b.edges[i].end(side)]++
	}
	place, lists := make([]int32, n), 0
	for i, c := range count {
		place[i] = -1
		if c > 1 {
			place[i] = int32(lists)
			lists++
		}
	}
	out := make([][]int32, lists)
	for i := range b.edges {
		if p := place[b.edges[i].end(side)]; p >= 0 {
			out[p] = append(out[p], int32(i))
		}
	}
	return out
}

// pass sends one message along each edge that has neighbours and gives the factor of the greatest change.
func (b *belief) pass() float64 {
	change := 1.0
	for s := range b.at {
		copy(b.next[s], b.free[s])
		for _, list := range b.at[s] {
			change = max(change, b.send(s, list))
		}
	}
	b.free, b.next = b.next, b.free
	return change
}

// send finds for each edge of an item how probable it is that none of its other edges holds, and gives the factor of
// the greatest change. What was thought before counts for half, so that two that wait for each other come to rest.
func (b *belief) send(side int, list []int32) float64 {
	after, change := 0.0, 1.0
	other := b.free[1-side]
	rest := slices.Grow(b.rest[:0], len(list))[:len(list)]
	b.rest = rest
	for i := len(list) - 1; i >= 0; i-- {
		rest[i] = after
		after += b.weight[list[i]] * other[list[i]]
	}
	before := 0.0
	for i, e := range list {
		was := b.free[side][e]
		now := math.Sqrt(was / (1 + (before + rest[i])))
		b.next[side][e] = now
		change = max(change, now/was, was/now)
		before += b.weight[e] * other[e]
	}
	return change
}

// conclude turns the messages into probabilities.
func (b *belief) conclude() {
	b.prob = make([]float64, len(b.edges))
	b.total = [2]map[int32]float64{make(map[int32]float64, len(b.edges)), make(map[int32]float64, len(b.edges))}
	for i := range b.edges {
		w := b.weight[i] * b.free[0][i] * b.free[1][i]
		b.prob[i] = w / (1 + w)
		for s := range b.total {
			b.total[s][b.edges[i].end(s)] += b.prob[i]
		}
	}
}

// order gives the edges from the most to the least probable one.
func (b *belief) order() []int32 {
	out := make([]int32, len(b.edges))
	for i := range out {
		out[i] = int32(i)
	}
	slices.SortStableFunc(out, func(i, j int32) int { return cmp.Compare(b.prob[j], b.prob[i]) })
	return out
}

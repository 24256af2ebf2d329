package evidence

import (
	"cmp"
	"math"
	"slices"
)

// An edge is a candidate pair with what speaks for it.
type edge struct {
	couple
	bits float64 // without the prior
	rank int32   // of both together: no two edges of one item have the same
	lone bool    // may be doubtful at most
}

// A game is the search for pairs.
type game struct {
	w     *world
	set   setting
	taken [2][]bool
	edges []edge
	out   []Pair
}

func newGame(w *world) *game {
	g := &game{w: w, set: newSetting(w)}
	for s := range g.taken {
		g.taken[s] = make([]bool, len(w.sides[s]))
	}
	return g
}

func (g *game) take(c couple, score float64, v Verdict) {
	g.taken[0][c.a], g.taken[1][c.b] = true, true
	g.out = append(g.out, Pair{A: int(c.a), B: int(c.b), Score: score, Verdict: v})
}

func (g *game) free(c couple) bool { return !g.taken[0][c.a] && !g.taken[1][c.b] }

// takeEqual pairs what says exactly the same: those of one UID, then the rest in order of rank; nothing can be lost by
// it. Who has its UID on the other side is left for that one.
func (g *game) takeEqual() {
	groups := make(map[uint64]*alikes)
	var uids [2]map[uint32]bool
	for s := range g.w.sides {
		uids[s] = make(map[uint32]bool)
		for i := range g.w.sides[s] {
			r := &g.w.sides[s][i]
			if u := r.first(kUID); u != nil {
				uids[s][u.hash] = true
			}
			if r.content == 0 {
				continue
			}
			at := groups[r.content]
			if at == nil {
				at = &alikes{}
				groups[r.content] = at
			}
			at[s] = append(at[s], int32(i))
		}
	}
	for _, at := range groups {
		if len(at[0]) == 0 || len(at[1]) == 0 {
			continue
		}
		for s := range at {
			slices.SortFunc(at[s], func(i, j int32) int { return cmp.Compare(g.w.sides[s][i].rank, g.w.sides[s][j].rank) })
		}
		g.takeAlike(at, uids)
	}
}

// An alikes is, of each side, the items that say one thing.
type alikes [2][]int32

func (g *game) takeAlike(at *alikes, uids [2]map[uint32]bool) {
	byUID := make(map[uint32]int32)
	for _, j := range at[1] {
		u := g.w.sides[1][j].first(kUID)
		if u == nil {
			continue
		}
		if _, ok := byUID[u.hash]; !ok { // of several with one UID the first, as on the other side
			byUID[u.hash] = j
		}
	}
	for _, i := range at[0] {
		if u := g.w.sides[0][i].first(kUID); u != nil {
			if j, ok := byUID[u.hash]; ok && g.free(couple{i, j}) {
				g.takeIfClass(couple{i, j})
			}
		}
	}
	var rest alikes
	for s := range at {
		for _, i := range at[s] {
			if u := g.w.sides[s][i].first(kUID); !g.taken[s][i] && (u == nil || !uids[1-s][u.hash]) {
				rest[s] = append(rest[s], i)
			}
		}
	}
	for k := range min(len(rest[0]), len(rest[1])) {
		g.takeIfClass(couple{rest[0][k], rest[1][k]})
	}
}

func (g *game) takeIfClass(c couple) {
	if g.w.sides[0][c.a].class == g.w.sides[1][c.b].class {
		g.take(c, certain, Same)
	}
}

// score looks at all candidates, those that are taken as well: they tell what shifts there are.
func (g *game) score() {
	all := g.w.candidates()
	g.set.learn(g.w, all)
	for _, c := range all {
		if !g.free(c) {
			continue
		}
		x, y := &g.w.sides[0][c.a], &g.w.sides[1][c.b]
		if x.class != y.class {
			continue
		}
		if bits, lone := g.set.compare(x, y, nil); bits > leastBits {
			g.edges = append(g.edges, edge{c, bits, x.rank + y.rank, lone})
		}
	}
	g.sort()
}

// sort puts the edges with the most bits first.
func (g *game) sort() {
	slices.SortFunc(g.edges, func(x, y edge) int {
		return cmp.Or(cmp.Compare(y.bits, x.bits), cmp.Compare(x.rank, y.rank), cmp.Compare(x.a, y.a))
	})
}

// leastBits is what a pair needs, before the prior, to be looked at again.
const leastBits = -6

// compare gives what speaks for two records being the same, and whether nobody but a person may say so. It does not
// matter which is which.
func (s *setting) compare(x, y *record, seen *habits) (bits float64, lone bool) {
	if x.raw > y.raw {
		x, y = y, x
	}
	o := newOdds(seen)
	o.sloppy = s.sloppy
	switch x.class {
	case 'C':
		s.contact(&o, x, y)
	case 'E':
		s.event(&o, x, y)
	case 'T':
		s.task(&o, x, y)
	case 'N':
		s.note(&o, x, y)
	}
	return s.bits(&o), o.lone() || s.otherwiseNamed(x, y)
}

// otherwiseNamed reports whether two have different UIDs, and what is one thing has one UID on both sides.
func (s *setting) otherwiseNamed(x, y *record) bool {
	if s.named == 0 {
		return false
	}
	a, b := x.first(kUID), y.first(kUID)
	return a != nil && b != nil && a.hash != b.hash
}

// play pairs in two turns: the first one shows how many items have a partner at all, and what the sides do to values;
// the second one counts with it.
func (g *game) play(opt Options) {
	settled := float64(max(0, opt.Settled))
	a, b := float64(len(g.taken[0]))+settled, float64(len(g.taken[1]))+settled
	equals := slices.Clone(g.out)
	g.pairUp(priorOf(settled+0.85*(min(a, b)-settled), a, b), opt)
	found, seen := settled, &habits{}
	for _, p := range g.out {
		if p.Verdict == Doubtful {
			found += 1 / (1 + math.Exp2(-p.Score))
			continue
		}
		found++
		g.set.compare(&g.w.sides[0][p.A], &g.w.sides[1][p.B], seen)
	}
	g.set.adopt(seen)
	for i, e := range g.edges {
		g.edges[i].bits, g.edges[i].lone = g.set.compare(&g.w.sides[0][e.a], &g.w.sides[1][e.b], nil)
	}
	g.sort()
	for s := range g.taken {
		clear(g.taken[s])
	}
	g.out = nil
	for _, p := range equals {
		g.take(couple{int32(p.A), int32(p.B)}, p.Score, p.Verdict)
	}
	g.pairUp(priorOf(found, a, b), opt)
}

// priorOf gives the bits for two items being the same rather than both alone, if so many of a and b have a partner.
func priorOf(pairs, a, b float64) float64 {
	alone := func(n float64) float64 { return max(n-pairs, 0.015*n) + 3 }
	return math.Log2((max(pairs, 0.05*min(a, b)) + 1) / (alone(a) * alone(b)))
}

// pairUp takes pairs as long as one stands out against all others of its items, then the doubtful ones.
func (g *game) pairUp(prior float64, opt Options) {
	live := g.edges
	var b *belief
	for {
		live = g.alive(live)
		b = g.believe(live, prior)
		if !g.takeSure(b, prior, opt.Sure) {
			break
		}
	}
	for _, i := range b.order() {
		e := &b.edges[i]
		some := max(b.total[0][e.a], b.total[1][e.b])
		if g.free(e.couple) && some >= opt.Unsure && b.prob[i] >= opt.Unsure*fewRivals {
			g.take(e.couple, e.bits+prior, Doubtful)
		}
	}
}

// fewRivals is what part of the probability that is worth a question a pair must have by itself, where its item
// surely has one of several partners.
const fewRivals = 0.5

// alive gives the edges between items that are still free.
func (g *game) alive(edges []edge) []edge {
	out := make([]edge, 0, len(edges))
	for _, e := range edges {
		if g.free(e.couple) {
			out = append(out, e)
		}
	}
	return out
}

// takeSure takes every pair that is probable enough. Candidates that say the same as the partner are no rivals: it
// does not matter which of them it is.
func (g *game) takeSure(b *belief, prior, sure float64) bool {
	alike := make(map[rival]float64)
	for i, e := range b.edges {
		for _, r := range g.rivals(e.couple) {
			if r.says != 0 {
				alike[r] += b.prob[i]
			}
		}
	}
	any := false
	for i, e := range b.edges {
		p := b.prob[i]
		for _, r := range g.rivals(e.couple) {
			if r.says != 0 {
				p = max(p, alike[r])
			}
		}
		if p >= sure && b.prob[i] >= leastOfAlike && !e.lone && g.free(e.couple) {
			g.take(e.couple, e.bits+prior, Same)
			any = true
		}
	}
	return any
}

// leastOfAlike is what probability a pair must have by itself, where it does not matter which of some it is.
const leastOfAlike = 0.01

// A rival is an item of a side and what its candidate on the other one says; 0 if no other record there says it.
type rival struct {
	side, item int32
	says       uint64
}

func (g *game) rivals(c couple) [2]rival {
	out := [2]rival{{0, c.a, 0}, {1, c.b, 0}}
	if y := &g.w.sides[1][c.b]; y.twin {
		out[0].says = y.content
	}
	if x := &g.w.sides[0][c.a]; x.twin {
		out[1].says = x.content
	}
	return out
}

package evidence

import (
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// usualName is how frequent a word of a name is.
const usualName = 0.004

// A pairing is which words of two names belong together.
type pairing struct {
	x, y         []value
	tookX, tookY [maxTokens]bool
	pairs        [maxTokens]wordPair
	n            int // of pairs
}

// A wordPair is two words that may be one.
type wordPair struct {
	x, y     *value
	same, by float64 // chances for the same person and for a stranger
	level    level
	short    *value // the one of two that is the beginning of the other
	vague    bool   // two of one household may be called like that
}

// names adds what the names tell.
func (s *setting) names(o *odds, x, y *record) {
	if len(x.tokens) == 0 || len(y.tokens) == 0 {
		return
	}
	s.marks(o, x, y)
	p := pairing{x: x.tokens, y: y.tokens}
	s.pairExact(&p)
	s.pairJoined(&p)
	s.pairLoosely(&p)
	r := p.remainder()
	s.agreement(o, &p, &r, x, y)
	o.generations(x, y)
	s.givenNames(o, &p, &r, x, y)
	r.rest(o, &p)
}

// marks adds what is known of the generation: of father and son, of one name, one has mostly a mark.
func (s *setting) marks(o *odds, x, y *record) {
	switch {
	case x.mark == y.mark && x.mark != "":
		o.add(chances{0.8, 0.02, 0.05, 0.02})
	case x.mark == y.mark:
	case x.mark != "" && y.mark != "":
		o.add(chances{1e-7, 0.1, 0.4, 0.1})
	default:
		o.add(chances{0.06, 0.06, 0.6, 0.06})
	}
}

func (p *pairing) take(i, j int, w wordPair) {
	p.tookX[i], p.tookY[j] = true, true
	w.x, w.y = &p.x[i], &p.y[j]
	p.pairs[p.n] = w
	p.n++
}

// pairExact pairs equal words, those of one role first.
func (s *setting) pairExact(p *pairing) {
	for _, role := range []bool{true, false} {
		for i := range p.x {
			for j := range p.y {
				a, b := &p.x[i], &p.y[j]
				if p.tookX[i] || p.tookY[j] || a.hash != b.hash || (role && a.kind != b.kind) || a.text != b.text {
					continue
				}
				p.take(i, j, wordPair{same: 0.9, by: s.chanceOf(a.n, usualName), level: equal})
			}
		}
	}
}

// pairJoined pairs a word with two that follow each other: Anna-Lena and Annalena, or a name without blanks.
func (s *setting) pairJoined(p *pairing) {
	for i := range p.x {
		if j, k := findJoined(p.x[i].text, p.y, &p.tookY); !p.tookX[i] && j >= 0 {
			p.take(i, j, s.joining(&p.x[i]))
			p.tookY[k] = true
		}
	}
	for i := range p.y {
		if j, k := findJoined(p.y[i].text, p.x, &p.tookX); !p.tookY[i] && j >= 0 {
			p.take(j, i, s.joining(&p.y[i]))
			p.tookX[k] = true
		}
	}
}

// joining gives the chances of a word being two others.
func (s *setting) joining(v *value) wordPair {
	return wordPair{same: 0.3, by: s.chanceOf(v.n+1, usualName) * 0.1, level: equal}
}

// findJoined gives the two words, of those that are not taken, that are the long one; -1 if there are none.
func findJoined(long string, short []value, took *[maxTokens]bool) (first, second int) {
	for j := range short {
		for k := range short {
			if j != k && !took[j] && !took[k] && joined(long, short[j].text, short[k].text) {
				return j, k
			}
		}
	}
	return -1, -1
}

// joined reports whether a word is two others written as one.
func joined(long, a, b string) bool {
	return len(long) == len(a)+len(b) && long[:len(a)] == a && long[len(a):] == b
}

// pairLoosely pairs words that are nearly the same, the most alike first.
func (s *setting) pairLoosely(p *pairing) {
	for {
		gain, at, to := 0.0, -1, -1
		var found wordPair
		for i := range p.x {
			for j := range p.y {
				if p.tookX[i] || p.tookY[j] || (p.x[i].kind == kMore) != (p.y[j].kind == kMore) {
					continue
				}
				if w, ok := s.alike(&p.x[i], &p.y[j]); ok && w.same/w.by > gain {
					gain, at, to, found = w.same/w.by, i, j, w
				}
			}
		}
		if at < 0 {
			return
		}
		p.take(at, to, found)
	}
}

// alike compares two words that are not equal.
func (s *setting) alike(a, b *value) (wordPair, bool) {
	if len(a.text) > len(b.text) {
		a, b = b, a
	}
	by := s.chanceOf(max(a.n, b.n)+1, usualName)
	n := utf8.RuneCountInString(a.text)
	switch {
	case a.wild || b.wild:
		known := len(a.text) - strings.Count(a.text, "?")
		return wordPair{same: 0.3, by: by + rough(known), level: shorter}, matchWild(a.text, b.text)
	case b.lost > 0 && a.lost == 0 && len(a.text)+int(b.lost) == len(b.text) && dropped(a.text, b.text):
		return wordPair{same: 0.1, by: by + rough(n), level: shorter}, true
	case n == 1 && isASCII(a.text):
		return wordPair{same: 0.02, by: 0.07, level: similar, vague: true}, b.text[0] == a.text[0]
	case strings.HasPrefix(b.text, a.text) && a.last:
		return wordPair{same: 0.08, by: by + rough(n), level: shorter, short: a}, true
	case n >= 3 && strings.HasPrefix(b.text, a.text):
		return wordPair{same: 0.02, by: by + rough(n), level: similar, vague: true}, true
	case n >= 3 && a.mayBe(b, 2) && slips(a.text, b.text, 2) <= 2:
		return slipped(a.text, b.text, n, by)
	case n >= 4 && n <= 6 && a.kind != kFamily && b.kind != kFamily && a.text[:4] == b.text[:4] && isASCII(a.text):
		return wordPair{same: 0.02, by: by + 0.02, level: similar, vague: true}, true
	case n >= 5 && a.mayBe(b, 3) && slips(a.text, b.text, 3) <= 3:
		return wordPair{same: 0.004, by: by + byThree(n), level: similar, vague: true}, true
	}
	return wordPair{}, false
}

// byThree gives how probable it is that the words of two strangers differ in three letters only.
func byThree(n int) float64 { return min(0.3, 5*math.Exp2(-float64(n))) }

// dropped reports whether the shorter text is what is left of the longer one if some letters go.
func dropped(short, long string) bool {
	for i := 0; i < len(long) && short != ""; i++ {
		if long[i] == short[0] {
			short = short[1:]
		}
	}
	return short == ""
}

// slipped gives the chances of two words that differ in one or two letters: the longer they are the less it is by
// accident.
func slipped(a, b string, n int, by float64) (wordPair, bool) {
	w := wordPair{same: 0.02, by: by + 0.003, level: similar, vague: true}
	switch one := slips(a, b, 1) <= 1; {
	case one && n >= 4:
		w = wordPair{same: 0.04, by: by + 0.002, level: similar, vague: n < 6}
	case one:
		w.by += 0.01
	case n < 4:
		w.same, w.by = 0.006, w.by+0.1
	case n < 6:
		w.same, w.by = 0.01, w.by+0.02
	}
	return w, true
}

// rough gives how probable it is that a stranger's word has the same n letters.
func rough(n int) float64 { return 0.5 * math.Exp2(-1.5*float64(n)) }

// A remainder is what is left of the words of both names: how many that are no additional ones, and whether there
// are such.
type remainder struct {
	left  [2]int
	more  [2]bool
	roles [2]kind // of the last one left
	// given and middle say whether given names are left, and additional ones.
	given, middle [2]bool
}

func (p *pairing) remainder() remainder {
	var r remainder
	for i := range p.x {
		if !p.tookX[i] {
			r.count(0, &p.x[i])
		}
	}
	for j := range p.y {
		if !p.tookY[j] {
			r.count(1, &p.y[j])
		}
	}
	return r
}

// count counts a word. A single letter is an initial, whatever it stands in.
func (r *remainder) count(side int, v *value) {
	if v.kind == kMore || len(v.text) == 1 {
		r.more[side] = true
		r.middle[side] = r.middle[side] || !slices.Contains(titles, v.text)
		return
	}
	r.left[side]++
	r.roles[side] = v.kind
	r.given[side] = r.given[side] || v.givenName()
}

// agreement adds the words that belong together. For kin one of them, the name of the family, agrees anyway, but
// not all of them.
func (s *setting) agreement(o *odds, p *pairing, r *remainder, x, y *record) {
	family, crossed := p.family(), 0
	whole := s.wholeFamily(x, y)
	c := chances{1, 1, 1, 1}
	loosest := 0.0
	for i, w := range p.pairs[:p.n] {
		o.inexact = o.inexact || w.level != equal
		if w.level == similar && i != family {
			loosest = max(loosest, 0.8*w.by)
		}
		if crossing(w.x.kind, w.y.kind) {
			crossed++
		}
		near := max(w.by, 0.01)
		if i == family || whole > 0 && w.x.kind == kFamily {
			near = max(0.8*w.same/0.9, w.by)
		}
		habit := s.habitOf(o, &w, x, y)
		o.vague = o.vague || w.vague && i != family && w.x.kind != kMore
		c[same], c[stranger], c[kin] = c[same]*w.same*habit, c[stranger]*w.by, c[kin]*near
	}
	c[stranger] = max(c[stranger], whole*p.others())
	if r.left == [2]int{} && p.n > 0 {
		c[kin] = max(c[stranger], min(c[kin], max(0.01, loosest)))
		if x.name == y.name {
			c[stranger] = s.namesakes(c[stranger], x)
		}
	}
	c[peer] = c[stranger]
	order, swap := equal, 1.0
	switch {
	case crossed >= 2:
		order, swap = similar, 0.1
	case crossed == 1:
		order, swap = differ, 0.02
	}
	c[same] *= swap
	if p.x[0].kind == kFull || p.y[0].kind == kFull {
		o.add(c) // there is no order
		return
	}
	o.addSeen(s, kGiven, order, c)
}

// habitOf gives the factor for two words of one person being so much alike, and counts them. Where no names are cut,
// the beginning of a name is another one: Jan and Jana.
func (s *setting) habitOf(o *odds, w *wordPair, x, y *record) float64 {
	habit := s.habit[kFull][w.level]
	if o.seen != nil {
		o.seen.count(kFull, w.level, w.same)
	}
	if w.short == nil {
		return habit
	}
	r := y
	if w.short == w.x {
		r = x
	}
	side := r.side
	if o.seen != nil {
		o.seen.cut[side]++
		o.seen.at.count(side, r.field(w.short.kind))
	}
	w.vague = s.cuts[side] <= 1
	return min(habit, s.cuts[side])
}

// wholeFamily gives how probable it is that a stranger has the name of the family that both have, if it is of several
// words, which come together; else 0.
func (s *setting) wholeFamily(x, y *record) float64 {
	v, w := x.first(kFamily), y.first(kFamily)
	if v == nil || w == nil || v.text != w.text || strings.IndexByte(v.text, ' ') < 0 {
		return 0
	}
	return s.chanceOf(v.n, usualName)
}

// others gives how probable it is that a stranger has the words that are not of the family.
func (p *pairing) others() float64 {
	by := 1.0
	for _, w := range p.pairs[:p.n] {
		if w.x.kind != kFamily {
			by *= w.by
		}
	}
	return by
}

// namesakes gives how probable it is that a stranger has a name, of which by is what its words make probable. The
// sides themselves tell how many people share their name with another one (Good and Turing): what is unique on both
// sides is hardly that of two people, however common its words are.
func (s *setting) namesakes(by float64, x *record) float64 {
	n := max(0, float64(x.holders)-2)
	if n == 0 {
		by = min(by, (s.once[kKinds+1]+0.02)/max(1, s.total/2))
	}
	return by + (n+0.1)/max(1, s.total)
}

// family gives which pair of words is the name of the family; where nothing tells, the rarest.
func (p *pairing) family() int {
	rarest := -1
	for i, w := range p.pairs[:p.n] {
		switch {
		case w.x.kind == kFamily || w.y.kind == kFamily:
			return i
		case w.x.kind != kMore && (rarest < 0 || w.by < p.pairs[rarest].by):
			rarest = i
		}
	}
	return rarest
}

// crossing reports whether the two words have different roles.
func crossing(a, b kind) bool { return a != b && a != kFull && b != kFull }

// rest adds what the words tell that belong to none. Somebody may take the name of another family, but hardly
// another given name.
func (r *remainder) rest(o *odds, p *pairing) {
	if r.more[0] && r.more[1] {
		o.add(chances{0.05, 0.9, 0.8, 0.9})
	}
	near, change := 0.95, 0.001
	if p.n == 0 {
		near = 0.15
	}
	switch given := r.roles == [2]kind{kGiven, kGiven}; {
	case given:
		change = 0.0005
	case r.roles == [2]kind{kFamily, kFamily}:
		change, near = 0.002, 0.2
	}
	switch n := min(r.left[0], r.left[1]); {
	case n >= 2:
		o.add(chances{0.0005, 0.95, near, 0.95})
	case n == 1:
		o.add(chances{change, 0.95, near, 0.95})
	case r.left[0]+r.left[1] > 0:
		short := 0.03
		if p.cutOff() {
			short = 0.4
		}
		// The name of the family alone may mean all of it.
		o.vague = o.vague || p.n == 1
		o.add(chances{short, 0.4, 0.3, 0.4})
	}
}

// cutOff reports whether a word is the beginning of the other one, as where a field was too short.
func (p *pairing) cutOff() bool {
	for _, w := range p.pairs[:p.n] {
		if w.level != equal && (w.x.last && strings.HasPrefix(w.y.text, w.x.text) || w.y.last && strings.HasPrefix(w.x.text, w.y.text)) {
			return true
		}
	}
	return false
}

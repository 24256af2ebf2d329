package evidence

import "math"

// A relation is what two items can be to each other. Each is a hypothesis that explains what two digests have
// in common and where they differ.
type relation int

const (
	same     relation = iota // one and the same
	stranger                 // nothing to do with each other
	kin                      // people: one household; entries: two of one sort, such as two Mondays of a series
	peer                     // people: colleagues; entries: at one time
	relations
)

// chances are the probabilities of one observation under each relation.
type chances [relations]float64

// odds adds up the evidence of two records.
type odds struct {
	// bits is, for each relation, the logarithm to the base of two of the probability of what was observed, but for
	// the last of it, of which prob is the probability.
	bits, prob [relations]float64
	// seen counts what was observed, if it is not nil.
	seen *habits
	// against and backed say whether people of one name have different numbers or addresses, and whether anything
	// beside the name is the same.
	against, backed bool
	// inexact says that a word of the names is not the same but nearly; vague says that the given names are only alike, landline that a number is shared that a household may share,
	// and personal that something is that it does not share.
	inexact, vague, landline, personal bool
	// apart says how they differ as relatives do, and otherName that it is the given name; born that they have one
	// birthday, and own that they share something else that belongs to one person.
	apart                difference
	otherName, born, own bool
	// sloppy says that the sides are full of slips.
	sloppy bool
	// numbered says that two entries are alike but for a number in their titles.
	numbered bool
}

// lone reports whether only the name speaks for two people, and something against them: two of one name are not one
// person, however rare the name; nor do slips in the name and in what else there is prove anything together. Nor are two of one landline whose names are merely alike. Somebody has to look at
// them.
func (o *odds) lone() bool {
	return o.against && !o.backed || o.inexact && !o.backed && !o.sloppy || o.vague && (o.landline || !o.sloppy) && !o.personal || o.unproved() || o.numbered
}

// weigh notes a level of something that tells people of one name apart.
func (o *odds) weigh(l level) {
	o.backed = o.backed || l >= shorter
	o.against = o.against || l == differ
}

func (o *odds) add(c chances) {
	for i, p := range c {
		if o.prob[i] *= p; o.prob[i] < 1e-200 {
			o.settle()
		}
	}
}

// settle turns all probabilities into bits.
func (o *odds) settle() {
	for i, p := range o.prob {
		o.bits[i] += math.Log2(max(p, math.SmallestNonzeroFloat64))
		o.prob[i] = 1
	}
}

// lead gives how much speaks for the same rather than for strangers, in bits.
func (o *odds) lead() float64 {
	const least = math.SmallestNonzeroFloat64
	return o.bits[same] - o.bits[stranger] + math.Log2(max(o.prob[same], least)/max(o.prob[stranger], least))
}

func newOdds(seen *habits) odds { return odds{prob: [relations]float64{1, 1, 1, 1}, seen: seen} }

// addSeen adds an observation of a sort of which the habits of the inputs are known.
func (o *odds) addSeen(s *setting, k kind, l level, c chances) {
	if o.seen != nil {
		o.seen.count(k, l, c[same])
	}
	c[same] = min(1, c[same]*s.habit[k][l])
	o.add(c)
}

// A setting is how many items of each relation an item has among those of the other side.
type setting struct {
	kin   float64 // chance that another one is kin
	peer  float64
	total float64 // records on both sides
	once  [kKinds + 2]float64
	habit [kKinds][levels]float64 // factors for the chance of being the same
	// cuts bounds, for each side, the factor for the chance that a name was cut there.
	cuts [2]float64
	// sloppy says that other pairs of the match are full of slips of the hand.
	sloppy bool
	// cutLengths are those of names that a side was seen to cut, longest those of its longest names.
	cutLengths fieldLengths
	longest    [2][kFull + 1]int
	// named is how many items are known to have one UID on both sides, which keep them.
	named int
	// shifts is how many of the times differ by so many minutes, from the first side to the second.
	shifts map[int]float64
}

// bits gives how much speaks for two records being the same, and not both alone.
func (s *setting) bits(o *odds) float64 {
	o.settle()
	other := math.Exp2(o.bits[stranger]) + s.kin*math.Exp2(o.bits[kin]) + s.peer*math.Exp2(o.bits[peer])
	return o.bits[same] - math.Log2(max(other, math.SmallestNonzeroFloat64))
}

// How many relatives and colleagues an item has, and what tiny collections are taken for.
const (
	kinsfolk, peers = 0.6, 8.0
	tiny            = 60.0
	// pseudo is how many records the common frequencies count for, beside those that are there.
	pseudo = 200.0
)

func newSetting(w *world) setting {
	n := w.total/2 + tiny
	s := setting{kin: kinsfolk / n, peer: peers / n, total: w.total, once: w.once, cuts: [2]float64{unlearned, unlearned}, longest: longestNames(w)}
	for k := range s.habit {
		for l := range s.habit[k] {
			s.habit[k][l] = 1
		}
	}
	return s
}

// chanceOf gives how probable it is that a stranger has a value that n records have, among them the two that are
// compared; p is how probable it is among all the world's.
func (s *setting) chanceOf(n int32, p float64) float64 {
	return (max(0, float64(n)-2) + pseudo*p) / (max(0, s.total-2) + pseudo)
}

// chanceOfText is chanceOf for the value of a rule that more records have than n. Of the texts of entries the
// inputs themselves tell how often they recur, and the longer a text the less.
func (s *setting) chanceOfText(r *rule, v *value, more int32) float64 {
	if !r.text {
		return s.chanceOf(v.n+more, r.usual)
	}
	const few = 20
	p := min(r.usual, byLength(len(v.text)))
	return (max(0, float64(v.n+more)-2) + min(1, s.once[v.kind]+min(0.05, 50*byLength(len(v.text)))) + few*p) / (max(0, s.total-2) + few)
}

// A rule says how probable each level is under each relation. Where a stranger's chance is 0 the frequency of the
// value takes its place; where that of kin or peers is 0 they are like strangers in this.
type rule struct {
	kind                            kind
	text                            bool    // of an entry or a note
	usual                           float64 // frequency of a value in the world
	equal, shorter, similar, differ chances
}

// apply adds what two records have of the kind.
func (r *rule) apply(s *setting, o *odds, x, y *record) level {
	l, v, w := best(x, y, r.kind)
	var c chances
	switch l {
	case absent:
		return l
	case equal:
		c = r.equal
	case shorter:
		c = r.shorter
	case similar:
		c = r.similar
	case differ:
		c = r.differ
	}
	if l == equal {
		c[stranger] += s.chanceOfText(r, v, 0)
	} else {
		c[stranger] += s.chanceOfText(r, v, max(v.n, w.n)+1-v.n)
	}
	for _, rel := range []relation{kin, peer} {
		if c[rel] == 0 {
			c[rel] = c[stranger]
		}
	}
	for i := range c {
		c[i] = min(c[i], 1)
	}
	o.addSeen(s, r.kind, l, c)
	return l
}

// best gives the two values of a kind that are most alike; of several that are equal the rarest.
func best(x, y *record, k kind) (l level, v, w *value) {
	if x.kinds&y.kinds>>k&1 == 0 {
		return absent, nil, nil
	}
	for i := range x.vals {
		if x.vals[i].kind != k {
			continue
		}
		for j := range y.vals {
			if y.vals[j].kind != k {
				continue
			}
			m := compareText(&x.vals[i], &y.vals[j])
			if m > l || m == l && x.vals[i].n < v.n {
				l, v, w = m, &x.vals[i], &y.vals[j]
			}
		}
	}
	return l, v, w
}

// byLength gives how probable it is that somebody else writes the same n letters: the longer a text the less.
func byLength(n int) float64 { return math.Exp2(-0.8 * float64(n)) }

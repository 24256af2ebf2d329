package evidence

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// A difference is what may tell two relatives apart, the more of it the greater. One that is not none is Same only with
// something that relatives do not share: a household shares landline, address and surname, colleagues share the firm.
type difference uint8

const (
	none     difference = iota
	slip                // one letter of a long given name, hardly that of a sibling
	relative            // another given name, generation or birthday
	always              // two generations, or another given name and another birthday
)

// differs notes a difference.
func (o *odds) differs(d difference) { o.apart = max(o.apart, d) }

// unproved reports whether two differ as relatives do and share nothing that relatives do not share. Twins share their
// birthday: it only excuses a slip, and another generation.
func (o *odds) unproved() bool {
	switch o.apart {
	case none:
		return false
	case slip:
		return !o.own && !o.born
	case relative:
		return !o.own && (o.otherName || !o.born)
	}
	return true
}

// generations notes another generation: the one that has no mark may be the father.
func (o *odds) generations(x, y *record) {
	switch {
	case x.mark == y.mark:
	case x.mark != "" && y.mark != "":
		o.differs(always)
	default:
		o.differs(relative)
	}
}

// givenNames notes that the given names differ, unless that is explained: by letters that a side drops, by a cut that
// it makes elsewhere too, by an initial.
func (s *setting) givenNames(o *odds, p *pairing, r *remainder, x, y *record) {
	for i := range p.pairs[:p.n] {
		w := &p.pairs[i]
		if w.level == equal || w.x.kind == kMore || w.x.kind == kFamily && w.y.kind != kGiven || w.y.kind == kFamily && w.x.kind != kGiven {
			continue
		}
		if d := s.wordDiffers(w, x, y); d != none {
			o.differs(d)
			o.otherName = o.otherName || d != slip
		}
	}
	a, b := r.given[0], r.given[1]
	other := a && b || r.middle[0] && r.middle[1]
	if p.n > 1 && a != b && r.left[0]*r.left[1] == 0 {
		short := x
		if a {
			short = y
		}
		other = other || !s.cutOf(short)
	}
	if other {
		o.differs(relative)
		o.otherName = o.otherName || !s.sloppy
	}
}

// wordDiffers compares two words of given names that are not equal.
func (s *setting) wordDiffers(w *wordPair, x, y *record) difference {
	a, b := w.x, w.y
	switch {
	case w.level == shorter && w.short == nil, initial(a.text, b.text):
		return none
	case w.short == a && s.cutAt(x, a.kind), w.short == b && s.cutAt(y, b.kind), doubled(a.text, b.text):
		return none
	case s.sloppy && !siblings(a.text, b.text):
		return none
	case s.sloppy, longSlip(a.text, b.text):
		return slip
	}
	return relative
}

func initial(a, b string) bool {
	return utf8.RuneCountInString(a) == 1 || utf8.RuneCountInString(b) == 1
}

// doubled reports whether two long names differ in a doubled letter only, not near the end, where it may tell a woman
// from a man (Daniele, Danielle).
func doubled(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	return len(b) == len(a)+1 && len(a) >= 6 && i > 0 && i <= len(a)-3 && b[i] == b[i-1] && a[i:] == b[i+1:]
}

// longSlip reports whether two long names differ in one letter, neither of the first two nor of the last two: those
// are where siblings differ.
func longSlip(a, b string) bool {
	n := min(len(a), len(b))
	return n >= 6 && slips(a, b, 1) <= 1 && a[:2] == b[:2] && a[len(a)-2:] == b[len(b)-2:]
}

// siblings reports whether two names are such as siblings and couples have: short ones, or one letter more or another one
// at the end.
func siblings(a, b string) bool {
	n := min(len(a), len(b))
	return n < 4 || a[:n] == b[:n] || len(a) == len(b) && a[:n-1] == b[:n-1]
}

// What makes sides sloppy: so many slips at least, and such a part of the birthdays and streets.
const leastSlips, partOfSlips = 10, 0.04

// sloppy reports whether the sides are full of slips, as lists are that were typed off paper. Then slips tell nothing.
func (h *habits) sloppy() bool {
	slips, all := 0.0, 0.0
	for _, k := range []kind{kBirthday, kStreet} {
		slips += h.seen[k][similar]
		for _, n := range h.seen[k] {
			all += n
		}
	}
	return slips >= leastSlips && slips >= partOfSlips*all
}

// titles are words of a name that are none.
var titles = strings.Fields("dr prof mr mrs ms miss sir herr frau ing dipl med phd mba m mme sr sra fam familie family")

// givenName reports whether the word may be a given name that the other side lacks.
func (v *value) givenName() bool {
	return (v.kind == kGiven || v.kind == kFull) && !slices.Contains(titles, v.text)
}

// What a cut takes: fields at least so long, seen so often, and hardly shorter than the longest one of the side.
const (
	leastCut, cutSupport, cutSlack = 8, 3, 3
	longestField                   = maxName + 2
)

// A fieldLengths is, of each side, how many names of a length were found cut.
type fieldLengths [2][longestField]int

// field gives how long the field of a name is.
func (r *record) field(k kind) int {
	v := r.first(k)
	if v == nil {
		return 0
	}
	return utf8.RuneCountInString(v.text)
}

// count notes that a name of so many letters was cut.
func (f *fieldLengths) count(side, n int) {
	if n < longestField {
		f[side][n]++
	}
}

// cutAt reports whether other pairs show that the side cuts such a field where this one ends.
func (s *setting) cutAt(r *record, k kind) bool {
	n := r.field(k)
	if n < leastCut || n >= longestField-1 || n < s.longest[r.side][k]-cutSlack {
		return false
	}
	at := &s.cutLengths[r.side]
	return at[n-1]+at[n]+at[n+1] >= cutSupport
}

// cutOf reports whether a part of the name ends where the side cuts.
func (s *setting) cutOf(r *record) bool {
	return s.cutAt(r, kGiven) || s.cutAt(r, kFull)
}

// longestNames gives, for each side, how long the longest field of each part of a name is.
func longestNames(w *world) (out [2][kFull + 1]int) {
	for side := range w.sides {
		for i := range w.sides[side] {
			r := &w.sides[side][i]
			for _, k := range []kind{kGiven, kFamily, kFull} {
				out[side][k] = max(out[side][k], r.field(k))
			}
		}
	}
	return out
}

// few is on how many cards of both sides together what belongs to one person is.
const few = 2

// ownValue reports whether what is equal belongs to one person: it is on no other cards, and no mailbox of several.
func ownValue(x, y *record, k kind) bool {
	l, v, w := best(x, y, k)
	if l < shorter || max(v.n, w.n) > few {
		return false
	}
	return k != kEmail || !sharedBox(v.text, x) && !sharedBox(v.text, y)
}

// boxes are mailboxes of several people.
var boxes = strings.Fields("info office mail email contact kontakt home family familie fam post sales support team admin hello service buero")

// sharedBox reports whether the address is that of a family or an office.
func sharedBox(address string, r *record) bool {
	box, _, _ := strings.Cut(address, "@")
	if slices.Contains(boxes, box) || strings.HasPrefix(box, "fam.") || strings.HasPrefix(box, "famil") {
		return true
	}
	for i := range r.tokens {
		if v := &r.tokens[i]; box == v.text && v.kind != kGiven || box == v.text+"s" {
			return true
		}
	}
	return false
}

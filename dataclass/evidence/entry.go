package evidence

import (
	"encoding/binary"
	"math"
	"slices"
	"strings"
)

// entryRules are the texts of events and tasks. Kin are two of one sort, such as two lessons of a course; peers are
// at one time.
var entryRules = []rule{
	{kSummary, true, 1e-3, chances{0.88, 0, 0.9, 0.002}, chances{0.06, 2e-3, 0.02, 2e-3}, chances{0.04, 5e-3, 0.05, 5e-3}, chances{0.02, 1, 0.03, 1}},
	{kLocation, true, 1e-2, chances{0.85, 0, 0.8, 0.05}, chances{0.06, 5e-3, 0.01, 5e-3}, chances{0.03, 0.01, 0.05, 0.01}, chances{0.06, 1, 0.15, 1}},
	uidRule,
	{kPerson, false, 5e-3, chances{0.9, 0, 0.8, 0.2}, chances{1, 1, 1, 1}, chances{0.08, 1, 0.2, 0.8}, chances{0.08, 1, 0.2, 0.8}},
}

// event adds up what two events tell.
func (s *setting) event(o *odds, x, y *record) {
	s.texts(o, x, y)
	s.body(o, x, y, chances{0.85, 0, 0.5, 0})
	s.crowd(o, x, y, kStart, 0.02)
	s.starts(o, x, y)
	s.lengths(o, x.first(kLength), y.first(kLength))
	repeats(o, x.first(kRule), y.first(kRule))
}

// texts adds up the texts of two events or tasks. Of a course or a tournament they are alike but for a number, at one time or not:
// Match 12 and Match 13 are two, unless their UID says otherwise.
func (s *setting) texts(o *odds, x, y *record) {
	apart := false
	for i := range entryRules {
		switch l := entryRules[i].apply(s, o, x, y); entryRules[i].kind {
		case kSummary:
			apart = l >= similar && numberedApart(x.first(kSummary).text, y.first(kSummary).text)
		case kUID:
			o.numbered = apart && l < equal
		}
	}
}

// numberedApart reports whether two texts differ in their numbers and in nothing else.
func numberedApart(a, b string) bool {
	if strings.Map(noDigit, a) != strings.Map(noDigit, b) {
		return false
	}
	return !slices.EqualFunc(numbersIn(a), numbersIn(b), func(x, y string) bool { return strings.TrimLeft(x, "0") == strings.TrimLeft(y, "0") })
}

// numbersIn gives the runs of digits in a text.
func numbersIn(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return noDigit(r) == r })
}

// noDigit gives a character that is no digit, and -1 for one that is.
func noDigit(r rune) rune {
	if '0' <= r && r <= '9' {
		return -1
	}
	return r
}

// task adds up what two tasks tell.
func (s *setting) task(o *odds, x, y *record) {
	s.texts(o, x, y)
	s.body(o, x, y, chances{0.85, 0, 0.5, 0})
	s.crowd(o, x, y, kDue, 0.02)
	s.dues(o, x, y)
	repeats(o, x.first(kRule), y.first(kRule))
}

// crowd tells how many of one sort there are, and at one time, as far as that is seen: who shares the title of many
// has many kin, unless the text is shared with few; least is how many are expected anyway.
func (s *setting) crowd(o *odds, x, y *record, when kind, least float64) {
	kinds, length := others(x.first(kSummary), y.first(kSummary)), 0
	if v := x.first(kSummary); v != nil {
		length = len(v.text)
	}
	if bodies(x, y) >= shorter {
		kinds = min(kinds, others(x.first(kNote), y.first(kNote)))
	}
	atOnce := others(x.first(when), y.first(when))
	o.add(chances{1, 1, (kinds + least + 0.3*math.Exp2(-0.3*float64(length))) / kinsfolk, (atOnce + 0.1) / peers})
}

// both gives how many records have a value that stands for two.
func both(v, w *value) int32 {
	if v.hash == w.hash {
		return v.n
	}
	return max(v.n, w.n) + 1
}

// others gives how many more records of a side have one of two values.
func others(v, w *value) float64 {
	switch {
	case v == nil || w == nil:
		return 0
	case v.hash == w.hash && v.text == w.text:
		return max(0, float64(v.n)-2) / 2
	}
	return max(0, float64(v.n+w.n)-2) / 2
}

// bodies compares the texts of two records.
func bodies(x, y *record) level {
	v, w := x.first(kNote), y.first(kNote)
	if v == nil || w == nil {
		return absent
	}
	l := compareText(v, w)
	if l != equal && (v.cut || w.cut) {
		l = compareLong(v, w, x.first(kPrefixes).numbers(), y.first(kPrefixes).numbers())
	}
	return l
}

// lengths adds how long two events last. A day and nothing at all are what is left where a length was lost.
func (s *setting) lengths(o *odds, v, w *value) {
	switch {
	case v == nil || w == nil:
	case v.text == w.text:
		o.add(chances{0.9, 0.3, 0.85, 0.3})
	default:
		o.add(chances{0.1, 0.7, 0.15, 0.7})
	}
}

// repeats adds whether two entries recur alike.
func repeats(o *odds, v, w *value) {
	switch {
	case v == nil && w == nil:
	case v == nil || w == nil:
		o.add(chances{0.05, 0.25, 0.2, 0.25})
	case v.text == w.text:
		o.add(chances{0.9, 0.3, 0.4, 0.3})
	default:
		o.add(chances{0.06, 0.7, 0.6, 0.7})
	}
}

// A clock is a time of an entry, in minutes.
type clock struct {
	flags   byte
	minute  int // the instant, or what the clock shows as if it were UTC
	showing int // what the clock shows
}

func clockOf(v *value) (c clock, ok bool) {
	if v == nil || len(v.text) != 7 {
		return c, false
	}
	b := []byte(v.text)
	c.flags, c.minute = b[0], int(int32(binary.BigEndian.Uint32(b[1:])))
	c.showing = c.minute + int(int16(binary.BigEndian.Uint16(b[5:])))
	return c, true
}

// day is the number of the day that the clock shows.
func (c clock) day() int { return floorDiv(c.showing, 24*60) }

func floorDiv(a, b int) int {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// How two times are to each other.
type timing uint8

const (
	farther timing = iota
	sameMonth
	sameDay
	shifted // by hours, as from one zone to another
	likely  // equal under another reading: the zone lost, or a day at midnight
	sameTime
)

// maxShift is the farthest that zones are from each other, in minutes.
const maxShift = 14 * 60

// compare tells how c is to b, and the shift from c to b.
func (c clock) compare(b clock) (timing, int) {
	shift := b.minute - c.minute
	if c.flags&whenDay != b.flags&whenDay {
		return c.compareDay(b), shift
	}
	switch {
	case c.flags == b.flags && shift == 0, c.flags&(whenFloat|whenDay) == 0 && b.flags&(whenFloat|whenDay) == 0 && shift == 0:
		return sameTime, 0
	case c.showing == b.showing, c.minute == b.showing, c.showing == b.minute, shift == 0:
		return likely, 0
	case c.flags&whenDay == 0 && shift%15 == 0 && max(shift, -shift) <= maxShift:
		return shifted, shift
	case c.day() == b.day():
		return sameDay, 0
	case max(shift, -shift) <= 31*24*60:
		return sameMonth, 0
	}
	return farther, 0
}

// compareDay compares a day with a time: midnight, or the minute before, of the same day, is likely the same, in
// whatever zone.
func (c clock) compareDay(b clock) timing {
	if b.flags&whenDay != 0 {
		c, b = b, c
	}
	shift := b.minute - c.minute
	switch {
	case c.day() == b.day() && b.showing%(24*60) == 0, shift == 0:
		return likely
	case max(shift, -shift) <= maxShift && shift%60 == 0:
		return shifted
	case c.day() == b.day():
		return sameDay
	case max(shift, -shift) <= 31*24*60:
		return sameMonth
	}
	return farther
}

// usualTime is how frequent a start is.
const usualTime = 1e-4

// starts adds when two events begin. By how many hours a side is wrong was learned from all of them.
func (s *setting) starts(o *odds, x, y *record) {
	v, w := x.first(kStart), y.first(kStart)
	a, ok := clockOf(v)
	b, ok2 := clockOf(w)
	if !ok || !ok2 {
		return
	}
	p := s.chanceOf(both(v, w), usualTime)
	switch t, shift := a.compare(b); t {
	case sameTime:
		o.add(chances{0.85, p, 0.0005, 0.9})
	case likely:
		o.add(chances{0.25, p + 1e-4, 0.001, 0.3})
	case shifted:
		o.add(chances{0.0005 + s.learned(shift, x, y), max(p, 5e-5), 5e-4, max(p, 5e-5)})
	case sameDay:
		o.add(chances{0.01, 0.003, 0.02, 0.01})
	case sameMonth:
		o.add(chances{0.03, 0.06, 0.5, 0.06})
	default:
		o.add(chances{0.006, 0.94, 0.45, 0.94})
	}
}

// dues adds when two tasks are due, or else when they start. The day counts: many sides keep no more.
func (s *setting) dues(o *odds, x, y *record) {
	k := kDue
	if x.first(kDue) == nil || y.first(kDue) == nil {
		k = kStart
	}
	v, w := x.first(k), y.first(k)
	a, ok := clockOf(v)
	b, ok2 := clockOf(w)
	if !ok || !ok2 {
		if x.first(kDue) != nil || y.first(kDue) != nil {
			o.add(chances{0.1, 0.4, 0.4, 0.4})
		}
		return
	}
	p := s.chanceOf(both(v, w), usualTime)
	switch t, shift := a.compare(b); {
	case t == sameTime:
		o.add(chances{0.8, p, 0.002, 0.9})
	case t == likely || a.day() == b.day():
		o.add(chances{0.2, p + 1e-3, 0.003, 0.5})
	case t == shifted:
		o.add(chances{0.001 + s.learned(shift, x, y), max(p, 3e-4), 1e-3, max(p, 3e-4)})
	case t == sameMonth:
		o.add(chances{0.04, 0.15, 0.5, 0.15})
	default:
		o.add(chances{0.03, 0.85, 0.45, 0.85})
	}
}

// note adds up what two notes tell. Minutes 12 and Minutes 13, of one form, are two, unless their texts are one: the titles
// begin these, so that a text that was cut has the same one.
func (s *setting) note(o *odds, x, y *record) {
	if bodies(x, y) < shorter {
		noteTitle.apply(s, o, x, y)
		v, w := x.first(kSummary), y.first(kSummary)
		if v != nil && w != nil && numberedApart(v.text, w.text) {
			o.add(chances{1e-9, 1, 1, 1})
		}
	}
	s.crowd(o, x, y, kStart, 0.2)
	s.body(o, x, y, chances{0.8, 0, 0.01, 0})
}

// noteTitle counts where the texts are not the same.
var noteTitle = rule{kSummary, true, 2e-3, chances{0.85, 0, 0.9, 0}, chances{0.05, 2e-3, 0.02, 2e-3}, chances{0.05, 5e-3, 0.06, 5e-3}, chances{0.05, 1, 0.03, 1}}

// body adds a text that may be long: equal, the beginning of the other one, or with much in common.
func (s *setting) body(o *odds, x, y *record, match chances) {
	v, w := x.first(kNote), y.first(kNote)
	if v == nil || w == nil {
		return
	}
	l := bodies(x, y)
	short := min(len(v.text), len(w.text))
	p := s.chanceOfText(&wholeText, &value{kind: kNote, text: v.text[:short]}, max(v.n, w.n))
	common, rare := overlap(x.sketch, y.sketch), shared(x.rare, y.rare)
	switch {
	case l == equal:
		match[stranger], match[peer] = p, p
		match[kin] = max(p, match[kin])
		o.add(match)
	case l == shorter:
		p += byLength(short) + 1e-6
		o.add(chances{0.12, p, max(p, match[kin]*0.2), p})
	case common >= 0.5 && rare > 1:
		o.add(chances{0.06, 1e-6, 5e-4, 1e-6})
	case common >= 0.25 && rare > 0:
		o.add(chances{0.03, 1e-3, 1e-2, 1e-3})
	case l == similar && v.text == w.text:
		o.add(chances{0.06, p + 1e-5, 0.05, p + 1e-5})
	case l == similar:
		o.add(chances{0.05, 5e-3, 0.1, 5e-3})
	case common < 0.25 && rare == 0 && len(x.sketch) > 0 && len(y.sketch) > 0:
		o.add(chances{0.004, 0.98, 0.6, 0.98})
	default:
		o.add(chances{0.02, 0.98, 0.6, 0.98})
	}
}

// compareLong compares texts of which only the beginnings are known, and hashes of longer beginnings.
func compareLong(v, w *value, a, b []uint32) level {
	n := min(len(v.text), len(w.text))
	if cut(v.text, n) != cut(w.text, n) {
		if (v.wild || w.wild) && matchWild(cut(v.text, n), cut(w.text, n)) {
			return shorter
		}
		if slips(v.text, w.text, n/5) <= n/5 {
			return similar
		}
		return differ
	}
	both := min(len(a), len(b)) - 1
	for i := range both {
		if a[i] != b[i] {
			return similar
		}
	}
	if !v.cut || !w.cut || both > 0 {
		return shorter
	}
	return similar
}

// wholeText is how a text that may be long recurs.
var wholeText = rule{kind: kNote, text: true, usual: 1e-3}

// shared counts what two ordered lists have in common.
func shared(a, b []uint32) int {
	n := 0
	for _, h := range a {
		if _, ok := slices.BinarySearch(b, h); ok {
			n++
		}
	}
	return n
}

// overlap gives which part of the smallest hashes two texts have in common.
func overlap(a, b []uint32) float64 {
	if len(a) == 0 || len(b) == 0 {
		return 0
	}
	i, j, both, all := 0, 0, 0, 0
	for i < len(a) && j < len(b) && all < sketchSize {
		all++
		switch {
		case a[i] == b[j]:
			both++
			i, j = i+1, j+1
		case a[i] < b[j]:
			i++
		default:
			j++
		}
	}
	return float64(both) / float64(max(all, 1))
}

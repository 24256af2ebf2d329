package dataclass

import (
	"slices"
	"strings"
	"time"

	"github.com/bindery-sync/bindery/dataclass/contentline"
	"github.com/bindery-sync/bindery/dataclass/recur"
	"github.com/bindery-sync/bindery/dataclass/zone"
)

// The bounds of what is listed where a rule cannot be said.
const (
	listedTimes = 100
	listedYears = 5
)

// maxCount is how often a series may happen to be counted. One that happens more often is written without an
// end: nobody will see it, and to find its last time takes long. It is what recur counts up to.
const maxCount = 2000

// rulesText is what says when the item happens, as vCalendar 1.0 has it.
type rulesText struct {
	props []contentline.Property // RRULE, EXRULE, RDATE, EXDATE
	shift func(moment) moment    // moves the first time; nil leaves it
}

// at gives the first property of the component that says when the item happens again: in its place all are written.
func (t *rulesText) at(c *contentline.Component) *contentline.Property {
	for i := range c.Props {
		p := &c.Props[i]
		if !p.Junk && p.Group == "" && (p.Is("RRULE") || p.Is("EXRULE") || p.Is("RDATE") || p.Is("EXDATE")) {
			return p
		}
	}
	return nil
}

func (t *rulesText) start(m moment) moment {
	if t.shift != nil {
		return t.shift(m)
	}
	return m
}

func (e *itemLowering) addRules() { e.add(e.rules.props...) }

// A series is everything that says when an item of iCalendar happens.
type series struct {
	start  recur.Start
	rules  []recur.Rule
	except []recur.Rule
	more   []moment // RDATE
	less   []moment // EXDATE, and what exceptions replace
	junk   []contentline.Property
}

// readSeries reads the series of the item.
func (e *itemLowering) readSeries() series {
	s := series{start: e.recurStart(e.start.moment)}
	for i := range e.c.Props {
		p := &e.c.Props[i]
		if p.Junk || p.Group != "" {
			continue
		}
		switch name := upper(p.Name); name {
		case "RRULE", "EXRULE":
			r, err := recur.Parse(p.Value)
			switch {
			case err != nil || len(s.rules)+len(s.except) >= maxRules:
				s.junk = append(s.junk, projectProperty(*p, cal20, cal10))
			case name == "RRULE":
				s.rules = append(s.rules, r)
			default:
				s.except = append(s.except, r)
			}
		case "RDATE":
			s.readDates(p, &s.more)
		case "EXDATE":
			s.readDates(p, &s.less)
		}
	}
	return s
}

// readDates reads a list of times; of a period the start counts.
func (s *series) readDates(p *contentline.Property, into *[]moment) {
	for n, text := range strings.Split(p.Value, ",") {
		text, _, _ = strings.Cut(strings.TrimSpace(text), "/")
		t := readStamp(text, tzidOf(p))
		switch {
		case text == "" || n >= maxList || len(*into) >= maxList:
		case t.ok:
			*into = append(*into, t.moment)
		default:
			s.junk = append(s.junk, contentline.Property{Name: upper(p.Name), Value: projectUnknown(text, cal20, cal10)})
		}
	}
}

// recurStart gives a start as recurrence rules want it.
func (e *itemLowering) recurStart(m moment) recur.Start {
	return startOf(m, e.zones.instant, func(tzid string) *time.Location {
		if z := e.zones.find(tzid); z != nil {
			return z.Location()
		}
		return nil
	})
}

// lowerRules decides how the series is written, and with it how all times of the item are.
func (e *itemLowering) lowerRules() {
	if !recurs(e.c) || !e.start.ok {
		if e.rules.at(e.c) != nil { // an EXDATE of nothing
			s := e.readSeries()
			e.rules.props = append(e.dates("EXDATE", s.less), s.junk...)
		}
		return
	}
	s := e.readSeries()
	e.exceptions(&s)
	e.skipEarly(&s)
	texts, ok := e.ruleTexts(s)
	if !ok {
		e.list(&s)
	}
	e.rules.props = slices.Concat(texts, e.dates("RDATE", s.more), e.dates("EXDATE", s.less), s.junk)
}

// ruleTexts gives the rules in the grammar of vCalendar 1.0, for the clocks that fit them best.
func (e *itemLowering) ruleTexts(s series) ([]contentline.Property, bool) {
	z := e.seriesZone()
	if z == nil || e.o.local != nil {
		to := e.recurStart(e.time(e.start.moment))
		if e.days || s.start.Floating {
			to = s.start
		} else if e.o.local != nil {
			to = recur.Start{Time: s.start.Time.In(e.o.local), Floating: true}
		}
		return s.texts(to)
	}
	lines, back, ok := e.linesFor(z, s)
	if !ok {
		return nil, false
	}
	utc := clockFace{utc: true}
	local := clockFace{loc: z.Location()}
	faces := []clockFace{utc, local}
	if s.changesDay() {
		faces = []clockFace{local, utc}
	}
	for _, face := range faces {
		if texts, ok := s.written(face, back); ok {
			e.zoneLines, e.zone, e.clock = lines, back, face
			return texts, true
		}
	}
	return nil, false
}

// changesDay reports whether the rules would have to name other days in UTC than they do. A phone counts days by
// its own clock, and so would be a day off.
func (s series) changesDay() bool {
	if dayOf(digitsOf(s.start)).Equal(dayOf(s.start.Time.UTC())) {
		return false
	}
	for _, r := range append(s.rules[:len(s.rules):len(s.rules)], s.except...) {
		if r.Freq != recur.Daily || len(r.ByDay)+len(r.ByMonth)+len(r.ByMonthDay)+len(r.ByYearDay) > 0 {
			return true
		}
	}
	return false
}

// written gives the rules for times that are written so. It is false if they cannot be said, or would
// not mean the same when they are read again.
func (s series) written(face clockFace, back *zone.Zone) ([]contentline.Property, bool) {
	to, start := recur.Start{Time: s.start.Time, Floating: true}, moment{}.with(digitsOf(s.start))
	if face.utc {
		to, start = recur.Start{Time: s.start.Time.UTC()}, moment{utc: true}.with(s.start.Time.UTC())
	}
	texts, ok := s.texts(to)
	return texts, ok && s.proves(start, texts, back)
}

// seriesZone gives the zone in which the series recurs; nil if that is UTC, or none.
func (e *itemLowering) seriesZone() *zone.Zone {
	if e.start.tzid == "" || e.start.date {
		return nil
	}
	if z := e.zones.find(e.start.tzid); z != nil && !isUTC(z) {
		return z
	}
	return nil
}

// texts writes the rules for a start by other clocks. It is false if one of them cannot be said.
func (s series) texts(to recur.Start) ([]contentline.Property, bool) {
	var out []contentline.Property
	write := func(name string, rules []recur.Rule) bool {
		for _, r := range rules {
			if r.Count > maxCount {
				r.Count = 0
			}
			shifted, ok := shiftRule(r, digitsOf(s.start), digitsOf(to))
			if !ok {
				return false
			}
			text, ok := shifted.WithUntil(to).Versit(to)
			if !ok {
				return false
			}
			out = append(out, contentline.Property{Name: name, Value: text})
		}
		return true
	}
	return out, write("RRULE", s.rules) && write("EXRULE", s.except)
}

// digitsOf gives what the clocks show at a start.
func digitsOf(s recur.Start) time.Time { return inZone(s.Time, s.Time.Location()) }

// proven is how many times are compared before a series is written in UTC.
const proven = 120

// linesFor gives TZ and DAYLIGHT of a zone, if they will be understood for the first times of the series, and
// the zone as it will be. A calendar has only one: what another component wrote holds.
func (e *itemLowering) linesFor(z *zone.Zone, s series) ([]contentline.Property, *zone.Zone, bool) {
	if e.zone != nil {
		return e.zoneLines, e.zone, true
	}
	times, _ := s.set().Between(s.start.Time, s.start.Time.AddDate(100, 0, 0), proven)
	for _, span := range e.o.daylightSpans(s.start.Time) {
		tz, daylight := z.Versit(span[0], span[1])
		back, ok := zone.FromVersit(tz, daylight)
		if !ok || !sameClocks(back, z, times) {
			continue
		}
		lines := []contentline.Property{{Name: "TZ", Value: tz}}
		for _, d := range daylight {
			lines = append(lines, contentline.Property{Name: "DAYLIGHT", Value: d})
		}
		return lines, back, true
	}
	return nil, nil, false
}

// daylightSpans gives the years for which DAYLIGHT lines are tried, in this order. The first are those of a decade and
// what follows it, so that the series of a zone need the same lines and can stand in one vCalendar.
func (o lowering) daylightSpans(start time.Time) [][2]int {
	const years, many = 5, 40
	from := start.AddDate(0, 0, -2).Year() // the first line must not begin where the series does
	if o.daylightYears > 0 {
		return [][2]int{{from, from + o.daylightYears - 1}, {from, from + max(o.daylightYears, many)}}
	}
	decade := from - from%10
	return [][2]int{{decade, decade + 9 + years}, {from, from + years - 1}, {from, from + many}}
}

// sameClocks reports whether the clocks of two zones agree at all these times.
func sameClocks(a, b *zone.Zone, times []time.Time) bool {
	for _, t := range times {
		_, x := t.In(a.Location()).Zone()
		if _, y := t.In(b.Location()).Zone(); x != y {
			return false
		}
	}
	return true
}

func (s series) set() recur.Set {
	return recur.Set{Start: s.start, Rules: s.rules, ExRules: s.except}
}

// proves reports whether a series that is written so, raised again, happens when it should.
func (s series) proves(start moment, texts []contentline.Property, z *zone.Zone) bool {
	c := &contentline.Component{Name: "VEVENT", Props: append([]contentline.Property{
		{Name: "DTSTART", Value: start.String()}, {Name: "DTEND", Value: start.String()}}, texts...)}
	back := newRaising(&raiser{zones: newZones(c), zone: z}, c)
	got := series{}
	got.start, _ = back.recurStart()
	for i := range c.Props {
		if c.Props[i].Is("RRULE") {
			got.rules = append(got.rules, back.rules[i]...)
		} else {
			got.except = append(got.except, back.rules[i]...)
		}
	}
	begin, end := s.start.Time.AddDate(0, 0, -2), s.start.Time.AddDate(100, 0, 0)
	want, _ := s.set().Between(begin, end, proven)
	have, _ := got.set().Between(begin, end, proven)
	return sameTimes(want, have)
}

func sameTimes(a, b []time.Time) bool {
	for i := range a {
		if i >= len(b) || !a[i].Equal(b[i]) {
			return false
		}
	}
	return len(a) == len(b)
}

// list replaces rules that cannot be said by the times themselves, as far as they are listed. Of the
// exceptions only one of the start is left to say.
func (e *itemLowering) list(s *series) {
	first := s.start.Time
	less := make(map[string]bool, len(s.less))
	for _, m := range s.less {
		less[e.dateText(m)] = true
	}
	times, _ := s.set().Between(first, first.AddDate(listedYears, 0, 0), listedTimes)
	var more []moment
	for _, t := range times {
		m := e.start.moment.with(inZone(t, t.Location()))
		if !first.Equal(t) && !less[e.dateText(m)] {
			more = append(more, m)
		}
	}
	for _, m := range s.more {
		if !less[e.dateText(m)] {
			more = append(more, m)
		}
	}
	s.more, s.less = more, s.less[:0:0]
	start := e.rules.start(e.start.moment)
	if less[e.dateText(start)] || len(times) > 0 && !times[0].Equal(first) {
		s.less = append(s.less, start)
	}
}

// dates writes EXDATE or RDATE.
func (e *itemLowering) dates(name string, list []moment) []contentline.Property {
	var texts []string
	seen := make(map[string]bool, len(list))
	for _, m := range list {
		text := e.dateText(m)
		if !seen[text] && len(texts) < maxList {
			seen[text] = true
			texts = append(texts, text)
		}
	}
	if texts == nil {
		return nil
	}
	return []contentline.Property{{Name: name, Value: strings.Join(texts, ";")}}
}

func (e *itemLowering) dateText(m moment) string {
	if e.days {
		day := moment{date: true}.with(m.wall())
		day.h, day.mi, day.s = 0, 0, 0
		return e.o.firstDay(day)
	}
	return e.time(e.like(m)).String()
}

// skipEarly moves a series that began before the years that the device knows to its first time in them.
func (e *itemLowering) skipEarly(s *series) {
	if e.o.since <= 0 || s.start.Time.Year() >= e.o.since || len(s.rules) != 1 {
		return
	}
	from := time.Date(e.o.since, 1, 1, 0, 0, 0, 0, s.start.Time.Location())
	set := recur.Set{Start: s.start, Rules: s.rules}
	next, _ := set.Between(from, from.AddDate(listedTimes, 0, 0), 1)
	if s.rules[0].Count > maxCount {
		s.rules[0].Count = 0
	}
	last, ends := s.rules[0].Last(s.start)
	if len(next) == 0 || !ends && s.rules[0].Count > 0 {
		return
	}
	by := inZone(next[0], next[0].Location()).Sub(digitsOf(s.start))
	if s.rules[0].Count > 0 {
		s.rules[0].Count = 0
		s.rules[0].Until = recur.Until{Kind: recur.UntilUTC, Time: last.UTC()}
	}
	s.start.Time = next[0]
	s.rules[0] = s.rules[0].WithUntil(s.start)
	e.rules.shift = func(m moment) moment { return m.with(m.wall().Add(by)) }
}

package dataclass

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/bindery-sync/bindery/dataclass/contentline"
	"github.com/bindery-sync/bindery/dataclass/recur"
)

// unsaidPrefix marks what only vCalendar 1.0 can say.
const unsaidPrefix = "X-VCALENDAR-"

// maxRules is how many recurrence rules of an item are read. The others go along as they are written.
const maxRules = 10

// readRules reads all rules. If one of them follows days in UTC and cannot follow local ones, the whole
// series stays in UTC.
func (e *raising) readRules() {
	e.rules = make(map[int][]recur.Rule)
	for i := range e.c.Props {
		p := &e.c.Props[i]
		if p.Junk || !p.Is("RRULE") && !p.Is("EXRULE") || len(e.rules) >= maxRules || !e.day.start.ok && !e.days {
			continue
		}
		rules, shiftable := e.parseRules(p.Value)
		if !shiftable {
			e.series = false
			e.readRules()
			return
		}
		if rules != nil {
			e.rules[i] = rules
		}
	}
}

// rule raises one property with rules.
func (e *raising) rule(p *contentline.Property, name string, i int) {
	rules := e.rules[i]
	if rules == nil {
		e.add(contentline.Property{Name: unsaidPrefix + name, Value: projectUnknown(p.Value, cal10, cal20)})
		return
	}
	for _, r := range rules {
		if r.Until.Kind != recur.NoUntil {
			e.until = max(e.until, r.Until.Time.Year())
		}
		e.add(contentline.Property{Name: name, Value: r.String()})
	}
}

// parseRules reads the rules of a property for the start as it will be. They are nil if they are none; they are not
// shiftable if they follow the days in UTC and there is no way to say that in local time.
func (e *raising) parseRules(text string) (rules []recur.Rule, shiftable bool) {
	if len(text) > 8192 {
		return nil, true
	}
	start, ok := e.recurStart()
	if !ok {
		return nil, true
	}
	if e.days {
		text = e.dayEnds(text)
	}
	if r, err := recur.Parse(text); err == nil { // a device that mixes the grammars
		return []recur.Rule{r.WithUntil(start)}, true
	}
	local, err := recur.ParseVersitList(text, start)
	if err != nil {
		return nil, true
	}
	if !e.series || !e.day.start.utc || e.days {
		return local, true
	}
	return e.localRules(text, local, start)
}

// localRules gives the rules of a series that is written in UTC. Their days are those in UTC, unless the
// start fits only if they are local ones, as some devices have it. A rule that names no day means that of the
// start by the clocks of the user.
func (e *raising) localRules(text string, local []recur.Rule, start recur.Start) ([]recur.Rule, bool) {
	utc := recur.Start{Time: e.day.start.wall()}
	wall := inZone(utc.Time, start.Time.Location())
	if dayOf(wall).Equal(dayOf(utc.Time)) {
		return local, true
	}
	written, err := recur.ParseVersitList(text, utc)
	if err != nil || len(written) != len(local) {
		return local, true
	}
	for i, r := range written {
		if ownDay(r, local[i]) || !fitsDay(r, utc.Time) && fitsDay(local[i], wall) {
			continue
		}
		shifted, ok := shiftRule(r, utc.Time, wall)
		if !ok {
			return nil, false
		}
		shifted.Until = untilOf(text, local[i], start)
		local[i] = shifted
	}
	return local, true
}

// ownDay reports whether a rule that was read for two starts takes its days from them.
func ownDay(a, b recur.Rule) bool {
	if a.Freq == recur.Yearly && len(a.ByDay)+len(a.ByMonth)+len(a.ByMonthDay)+len(a.ByYearDay) == 0 {
		return true
	}
	return !slices.Equal(a.ByDay, b.ByDay) || !slices.Equal(a.ByMonthDay, b.ByMonthDay) || !slices.Equal(a.ByMonth, b.ByMonth)
}

var endPattern = regexp.MustCompile(`\b\d{8}(T\d{6}Z?)?\b`)

// untilOf reads the end of a rule as that of a daily one, of which no day is missing.
func untilOf(text string, r recur.Rule, start recur.Start) recur.Until {
	ends := endPattern.FindAllString(upper(text), 2)
	if r.Until.Kind == recur.NoUntil || len(ends) != 1 {
		return r.Until
	}
	daily, err := recur.ParseVersit("D1 "+ends[0], start)
	if err != nil {
		return r.Until
	}
	return daily.Until
}

// dayEnds writes the ends of rules about whole days as days.
func (e *raising) dayEnds(text string) string {
	return endPattern.ReplaceAllStringFunc(upper(text), func(end string) string {
		s := readStamp(end, "")
		if !s.ok {
			return end
		}
		if s.last {
			s.moment = s.with(s.wall().Add(-time.Second))
		}
		return e.day.day(s.moment).String()
	})
}

// recurStart gives the start in the form in which it is raised.
func (e *raising) recurStart() (recur.Start, bool) {
	s := e.day.start
	if !s.ok {
		s = e.day.end
	}
	if !s.ok {
		return recur.Start{}, false
	}
	from, to := e.from, e.to
	m := e.time(s.moment)
	if e.days && e.task && !e.day.start.ok {
		m = e.day.due()
	}
	e.from, e.to = from, to
	return startOf(m, e.instant, func(tzid string) *time.Location {
		if e.zone != nil && tzid == tzidFor(e.zone) {
			return e.zone.Location()
		}
		if z := e.zones.find(tzid); z != nil {
			return z.Location()
		}
		return nil
	}), true
}

// startOf gives a start as recurrence rules want it.
func startOf(m moment, instant func(moment) (time.Time, bool), find func(string) *time.Location) recur.Start {
	s := recur.Start{Time: m.wall(), Date: m.date, Floating: !m.date && !m.utc && m.tzid == ""}
	if m.tzid == "" || m.date {
		return s
	}
	at, ok := instant(m)
	if loc := find(m.tzid); ok && loc != nil {
		s.Time = at.In(loc)
	} else {
		s.Floating = true
	}
	return s
}

// fitsDay reports whether a rule happens on the day of its start.
func fitsDay(r recur.Rule, at time.Time) bool {
	weekday := recur.Weekday((int(at.Weekday())+6)%7 + 1)
	days := time.Date(at.Year(), at.Month()+1, 0, 0, 0, 0, 0, time.UTC).Day()
	byDay := func(d recur.Day) bool {
		n := (at.Day()-1)/7 + 1
		fromEnd := -((days-at.Day())/7 + 1)
		return d.Weekday == weekday && (d.N == 0 || d.N == n || d.N == fromEnd)
	}
	byMonthDay := func(d int) bool { return d == at.Day() || d == at.Day()-days-1 }
	return (len(r.ByDay) == 0 || slices.ContainsFunc(r.ByDay, byDay)) &&
		(len(r.ByMonthDay) == 0 || slices.ContainsFunc(r.ByMonthDay, byMonthDay)) &&
		(len(r.ByMonth) == 0 || slices.Contains(r.ByMonth, int(at.Month()))) &&
		(len(r.ByYearDay) == 0 || slices.Contains(r.ByYearDay, at.YearDay()))
}

// unsaid gives the name behind X-VCALENDAR-, or nothing.
func unsaid(name string) string {
	if rest, ok := strings.CutPrefix(upper(name), unsaidPrefix); ok && (rest == "RRULE" || rest == "EXRULE") {
		return rest
	}
	return ""
}

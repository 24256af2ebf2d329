package zone

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

// ahead is how many years Component looks past the last one to see whether a rule goes on.
const ahead = 5

// Component writes a VTIMEZONE (RFC 5545 3.6.5) for loc under the name tzid that is right for every instant of
// the years from to to, local time, and, where the changes of the clock follow a rule that goes on, after
// them. Years are taken into 1900–2200. A nil loc is UTC.
//
// Changes by rule have an RRULE, others stand as RDATEs of one observance; a zone that does not change has
// one STANDARD. DAYLIGHT is what is ahead of the time before and after it, also where the law has it the
// other way round, as in Ireland.
func Component(tzid string, loc *time.Location, from, to int) *contentline.Component {
	if loc == nil {
		loc = time.UTC
	}
	from = min(max(from, firstYear), lastYear)
	to = min(max(from, to), lastYear)
	c := &contentline.Component{Name: "VTIMEZONE"}
	put(c, "TZID", contentline.Escape(contentline.MIMEDir, tzid, ",;"))
	for _, run := range observe(loc, from, to) {
		c.Props = append(c.Props, contentline.Property{Comp: run.component()})
	}
	return c
}

func put(c *contentline.Component, name, value string) {
	c.Props = append(c.Props, contentline.Property{Name: name, Value: value})
}

// A run is a series of changes of the same kind: by a rule, if every has one, else one by one.
type run struct {
	first, last onset
	every       *pattern
	goesOn      bool
	dates       []onset // without a rule: all of them
}

// A pattern is the day of a change, as far as the changes seen so far tell.
type pattern struct {
	month   time.Month
	weekday time.Weekday
	clock   int
	lo, hi  int  // the first and last day of the month seen
	last    bool // always the last such weekday
	year    int
}

func patternOf(o onset) pattern {
	t := time.Unix(o.at+int64(o.from), 0).UTC()
	d := t.Day()
	return pattern{
		month: t.Month(), weekday: t.Weekday(), clock: t.Hour()*3600 + t.Minute()*60 + t.Second(),
		lo: d, hi: d, last: t.AddDate(0, 0, 7).Month() != t.Month(), year: t.Year(),
	}
}

// and gives the pattern of a series with one more change, a year later.
func (p pattern) and(q pattern) (pattern, bool) {
	ok := p.month == q.month && p.weekday == q.weekday && p.clock == q.clock && p.year+1 == q.year
	p.lo, p.hi, p.last, p.year = min(p.lo, q.lo), max(p.hi, q.hi), p.last && q.last, q.year
	return p, ok && p.hi-p.lo < 7
}

// rule writes the pattern as an RRULE.
func (p pattern) rule() string {
	wd := strings.ToUpper(p.weekday.String()[:2])
	s := fmt.Sprintf("FREQ=YEARLY;BYMONTH=%d;BYDAY=", p.month)
	switch n := (p.lo + 6) / 7; {
	case p.last:
		return s + "-1" + wd
	case (p.hi+6)/7 == n:
		return fmt.Sprintf("%s%d%s", s, n, wd)
	}
	days := make([]string, 7)
	for i := range days {
		days[i] = fmt.Sprint(p.hi - 6 + i)
	}
	return s + wd + ";BYMONTHDAY=" + strings.Join(days, ",")
}

// observe gives what a VTIMEZONE has to say about loc.
func observe(loc *time.Location, from, to int) []*run {
	changes := changesOf(loc, from, to+ahead)
	// A change on New Year's Day counts: local times that it leaps over are those of this year.
	begin := time.Date(from, 1, 1, 0, 0, 0, 0, loc).Unix()
	if o := changes[0]; len(changes) == 1 && (o.from == o.to || o.at < begin-day) {
		o.at, o.from, o.dst = min(o.at, -int64(o.to)), o.to, false // midnight of 1970-01-01
		return []*run{{first: o, last: o, dates: []onset{o}}}
	}
	end := time.Date(to+1, 1, 1, 0, 0, 0, 0, loc).Unix()
	var open, done []*run
	for _, o := range changes {
		open = follow(open, o)
	}
	for _, r := range open {
		if r.first.at >= end {
			continue
		}
		r.goesOn = r.every != nil && r.every.year >= to+ahead
		if r.every != nil && r.first.at == r.last.at {
			r.every = nil
		}
		done = collect(done, r, end)
	}
	return done
}

// follow adds a change to the series that it goes on with, or begins one.
func follow(open []*run, o onset) []*run {
	p := patternOf(o)
	for _, r := range open {
		if !r.first.like(o) {
			continue
		}
		if q, ok := r.every.and(p); ok {
			r.last, *r.every = o, q
			return open
		}
	}
	return append(open, &run{first: o, last: o, every: &p, dates: []onset{o}})
}

// collect puts changes without a rule together.
func collect(done []*run, r *run, end int64) []*run {
	if r.every == nil {
		for _, d := range done {
			if d.every == nil && d.first.like(r.first) {
				d.dates = append(d.dates, r.first)
				return done
			}
		}
	}
	return append(done, r)
}

// like reports whether two changes differ in their time only.
func (o onset) like(p onset) bool {
	return o.from == p.from && o.to == p.to && o.dst == p.dst && o.name == p.name
}

// changesOf gives the changes of the clock of loc in the years from to to, behind what is in force when they
// begin.
func changesOf(loc *time.Location, from, to int) []onset {
	begin := time.Date(from, 1, 1, 0, 0, 0, 0, loc)
	limit := time.Date(to+1, 1, 1, 0, 0, 0, 0, loc)
	all := []onset{standing(begin)}
	for at := begin.AddDate(-2, 0, 0); ; {
		end, changes := next(at, limit)
		if !changes {
			return all
		}
		o := changeAt(end)
		if !end.After(begin) {
			all = all[:0]
		}
		all = append(all, o)
		at = end
	}
}

// standing gives what is in force at t as if it began there.
func standing(t time.Time) onset {
	name, off := t.Zone()
	return onset{at: t.Unix(), from: off, to: off, dst: t.IsDST(), name: name}
}

// moved gives the same at another time.
func (o onset) moved(t time.Time) onset {
	o.at = t.Unix()
	return o
}

// changeAt gives the change that happens at t.
func changeAt(t time.Time) onset {
	before := t.Add(-time.Second)
	_, from := before.Zone()
	name, to := t.Zone()
	dst := t.IsDST() && to >= from || !t.IsDST() && before.IsDST() && to > from
	return onset{at: t.Unix(), from: from, to: to, dst: dst, name: name}
}

func (r *run) component() *contentline.Component {
	c := &contentline.Component{Name: "STANDARD"}
	if r.first.dst {
		c.Name = "DAYLIGHT"
	}
	put(c, "DTSTART", r.first.local())
	put(c, "TZOFFSETFROM", basicOffset(r.first.from))
	put(c, "TZOFFSETTO", basicOffset(r.first.to))
	if name := abbrev(r.first.name); name != "" {
		put(c, "TZNAME", contentline.Escape(contentline.MIMEDir, name, ",;"))
	}
	switch {
	case r.every != nil && r.goesOn:
		put(c, "RRULE", r.every.rule())
	case r.every != nil:
		put(c, "RRULE", r.every.rule()+";UNTIL="+time.Unix(r.last.at, 0).UTC().Format("20060102T150405Z"))
	case len(r.dates) > 1:
		list := make([]string, 0, len(r.dates))
		for _, o := range r.dates[1:] {
			list = append(list, o.local())
		}
		put(c, "RDATE", strings.Join(slices.Compact(list), ","))
	}
	return c
}

// local writes the time at which the change happens as a clock shows it that nobody has changed yet.
func (o onset) local() string {
	return time.Unix(o.at+int64(o.from), 0).UTC().Format(localFormat)
}

const localFormat = "20060102T150405"

// basicOffset writes an offset as +0100 or, if it has to be, +010030.
func basicOffset(off int) string { return strings.ReplaceAll(offsetName(off), ":", "") }

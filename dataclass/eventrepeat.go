package dataclass

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bindery-sync/bindery/dataclass/contentline"
	"github.com/bindery-sync/bindery/dataclass/recur"
)

// Rules gives the recurrence rules (RFC 5545 3.8.5.3), in order; nearly always one or none. What cannot be read
// as a rule is left out; see Occurrences, which refuses it.
func (e Entry) Rules() []recur.Rule {
	c, _ := e.look()
	var out []recur.Rule
	for i := range c.Props {
		if p := &c.Props[i]; p.Is("RRULE") && !p.Junk {
			if r, err := recur.Parse(p.Value); err == nil {
				out = append(out, r)
			}
		}
	}
	return out
}

// SetRules makes the recurrence rules equal to the list; without any, the entry recurs no more but on single
// dates. Set the start first: an UNTIL is written in the type that it demands. A Rule without a frequency is left
// out. What cannot be read as a rule goes with the first change; Remove takes it away by itself.
func (e Entry) SetRules(list ...recur.Rule) {
	e.edit(func(root, c *contentline.Component) {
		r := newCalendarReader(section{comp: c, zones: newZones(root)})
		var want []wanted
		var values []string
		for _, rule := range list {
			if rule.Freq == 0 {
				continue
			}
			value := r.typed(rule)
			values = append(values, value)
			want = append(want, wanted{exact: value, write: func(p contentline.Property) contentline.Property {
				p.Name, p.Value, p.Base64 = nameOr(p.Name, "RRULE"), value, false
				return p
			}})
		}
		if have := r.rules(); !slices.Equal(have, values) {
			relist(c, func(p *contentline.Property) (string, string, bool) {
				exact, _ := r.ruleOf(p)
				return exact, "", p.Is("RRULE") && !p.Junk
			}, want, true)
		}
	})
}

// typed writes a rule with its UNTIL in the type that the start demands.
func (r *calendarReader) typed(rule recur.Rule) string {
	if r.started {
		rule = rule.WithUntil(r.recurStart())
	}
	return rule.String()
}

// ruleOf reads a rule and writes it again; false and a question mark for what is none.
func (r *calendarReader) ruleOf(p *contentline.Property) (string, bool) {
	rule, err := recur.Parse(p.Value)
	if err != nil {
		return "?", false
	}
	return r.typed(rule), true
}

// rules gives all rules that can be read.
func (r *calendarReader) rules() []string {
	var out []string
	for i := range r.comp.Props {
		p := &r.comp.Props[i]
		if s, ok := r.ruleOf(p); ok && p.Is("RRULE") && !p.Junk {
			out = append(out, s)
		}
	}
	return out
}

// RecurrenceDates gives the single times on which the entry takes place as well: all values of all RDATEs. Of a
// period it is the beginning.
func (e Entry) RecurrenceDates() []When { return e.times("RDATE") }

// SetRecurrenceDates makes the values of RDATE equal to the list, but for their order. A property that loses none
// stays as it is; new ones stand together.
func (e Entry) SetRecurrenceDates(list ...When) { e.setTimes("RDATE", list) }

// ExceptionDates gives the times on which the entry does not take place although a rule says so: all values of
// all EXDATEs.
func (e Entry) ExceptionDates() []When { return e.times("EXDATE") }

// SetExceptionDates makes the values of EXDATE equal to the list; see SetRecurrenceDates.
func (e Entry) SetExceptionDates(list ...When) { e.setTimes("EXDATE", list) }

func (e Entry) times(name string) []When {
	c, z := e.look()
	var out []When
	eachTime(c, name, func(m moment, _ string) { out = append(out, z.when(m)) })
	return out
}

// eachTime calls f with every value of the lists of a name that can be read, and with what stands behind the
// slash of a period.
func eachTime(c *contentline.Component, name string, f func(m moment, period string)) {
	for i := range c.Props {
		p := &c.Props[i]
		if !p.Is(name) || p.Junk {
			continue
		}
		for v := range strings.SplitSeq(p.Value, ",") {
			v, period, _ := strings.Cut(v, "/")
			if m, ok := parseMoment(v, tzidOf(p)); ok {
				f(m, strings.TrimSpace(period))
			}
		}
	}
}

func (e Entry) setTimes(name string, list []When) {
	e.edit(func(root, c *contentline.Component) {
		z := newZones(root)
		missing := make(map[string]bool, len(list))
		wants := make(map[string]bool, len(list))
		var fresh []moment
		for _, w := range list {
			m, ok := z.moment(w)
			key := z.momentKey(m, false)
			if !ok || w.IsZero() || wants[key] {
				continue
			}
			missing[key], wants[key] = true, true
			fresh = append(fresh, m)
		}
		filterList(c, name, ",", func(p *contentline.Property, raw string) bool {
			raw, _, _ = strings.Cut(raw, "/")
			m, ok := parseMoment(raw, tzidOf(p))
			if !ok {
				return true
			}
			key := z.momentKey(m, false)
			missing[key] = false
			return wants[key]
		})
		fresh = slices.DeleteFunc(fresh, func(m moment) bool { return !missing[z.momentKey(m, false)] })
		addTimes(c, z, name, fresh)
	})
}

// addTimes adds a property for all times of each sort: days, times in UTC, floating ones, and each zone.
func addTimes(c *contentline.Component, z *zones, name string, times []moment) {
	var sorts []string
	lists := make(map[string][]moment)
	for _, m := range times {
		sort := fmt.Sprint(m.date, m.utc, m.tzid)
		if lists[sort] == nil {
			sorts = append(sorts, sort)
		}
		lists[sort] = append(lists[sort], m)
	}
	for _, sort := range sorts {
		list := lists[sort]
		z.need(list[0])
		p := list[0].property(name)
		values := make([]string, len(list))
		for i, m := range list {
			values[i] = m.String()
		}
		p.Value = strings.Join(values, ",")
		add(c, p)
	}
}

// RecurrenceID gives the time that an exception stands for (RFC 5545 3.8.4.4), and whether the exception is for
// all later ones as well; the zero time for the master.
func (e Entry) RecurrenceID() (w When, andFuture bool) {
	c, z := e.look()
	p := c.Find("RECURRENCE-ID")
	if p == nil {
		return When{}, false
	}
	return z.whenOf(c, "RECURRENCE-ID"), strings.EqualFold(paramOf(p, "RANGE"), "THISANDFUTURE")
}

// exceptions gives the views of the sections that have a RECURRENCE-ID, in order.
func (e Entry) exceptions() []Entry {
	root := e.it.root
	if e.comp == nil {
		root = e.it.neutral().root
	}
	var out []Entry
	for _, s := range sectionsOf(root, newZones(root)) {
		if s.key == "" {
			continue
		}
		x := Entry{it: e.it, key: s.key}
		if e.comp != nil {
			x.comp, x.z = s.comp, e.z
		}
		out = append(out, x)
	}
	return out
}

// addException gives the exception for a time of the series and makes it if there is none.
func (e Entry) addException(at When) (Entry, error) {
	if e.it.d != cal20 {
		return Entry{}, fmt.Errorf("%w: an exception in %s", ErrUnsupported, e.it.d.format())
	}
	master := masterIn(e.it.root)
	z := newZones(e.it.root)
	r := newCalendarReader(section{comp: master, zones: z})
	m, ok := z.moment(at)
	if !ok || at.IsZero() || !r.started || master.Find("RECURRENCE-ID") != nil {
		return Entry{}, fmt.Errorf("%w: no series with an occurrence at %s", ErrMalformed, at.Time)
	}
	id := r.like(m)
	for _, x := range e.exceptions() {
		if w, _ := x.RecurrenceID(); w.Equal(z.when(id)) {
			return x, nil
		}
	}
	c := r.occurrence(master, id)
	last := 0
	for i := range e.it.root.Props {
		if x := e.it.root.Props[i].Comp; x != nil && classOf[upper(x.Name)] != "" {
			last = i + 1
		}
	}
	e.it.root.Props = slices.Insert(slices.Clip(e.it.root.Props), last, contentline.Property{Comp: c})
	return Entry{it: e.it, key: "R" + z.momentKey(id, false), comp: c, z: e.z}, nil
}

// like gives m in the way in which the start of the series is written, if that means the same.
func (r *calendarReader) like(m moment) moment {
	s := r.start
	switch {
	case s.date:
		m.date, m.utc, m.tzid, m.h, m.mi, m.s = true, false, "", 0, 0, 0
		return m
	case m.date:
		m.date, m.utc, m.tzid, m.h, m.mi, m.s = false, s.utc, s.tzid, s.h, s.mi, s.s
		return m
	case s.tzid == "" || m.tzid == s.tzid:
		return m
	}
	at := r.zones.find(s.tzid)
	t, ok := r.zones.instant(m)
	if at == nil || !ok {
		return m
	}
	local := moment{tzid: s.tzid}.with(t.In(at.Location()))
	if again, _ := r.zones.instant(local); !again.Equal(t) {
		return m
	}
	return local
}

// occurrence makes the exception that says of one occurrence what the master says of it.
func (r *calendarReader) occurrence(master *contentline.Component, id moment) *contentline.Component {
	c := master.Clone()
	for _, name := range []string{"RRULE", "EXRULE", "RDATE", "EXDATE"} {
		drop(c, name)
	}
	move := id.wall().Sub(r.start.wall())
	for i := range c.Props {
		p := &c.Props[i]
		m, ok := momentOf(p)
		if !ok || p.Junk || (!p.Is("DTSTART") && !p.Is("DTEND") && !p.Is("DUE")) {
			continue
		}
		switch {
		case p.Is("DTSTART"):
			m = id
		case m.utc != r.start.utc || m.tzid != r.start.tzid:
			m = r.moved(m, id)
		default:
			m = m.with(m.wall().Add(move))
		}
		*p = timed(*p, m)
	}
	rid := timed(contentline.Property{Name: "RECURRENCE-ID"}, id)
	at := slices.IndexFunc(c.Props, func(p contentline.Property) bool { return p.Is("DTSTART") })
	c.Props = slices.Insert(slices.Clip(c.Props), max(at, 0), rid)
	return c
}

// moved gives an end that stands in another zone than the start, as long after id as it is after the start.
func (r *calendarReader) moved(end, id moment) moment {
	was, ok1 := r.zones.instant(r.start)
	at, ok2 := r.zones.instant(end)
	is, ok3 := r.zones.instant(id)
	if !ok1 || !ok2 || !ok3 {
		return end.with(end.wall().Add(id.wall().Sub(r.start.wall())))
	}
	t := is.Add(at.Sub(was))
	if loc := r.zones.find(end.tzid); loc != nil && !end.utc {
		return end.with(t.In(loc.Location()))
	}
	return moment{utc: true}.with(t.UTC())
}

// Exceptions gives the exceptions of the series as views of the same item, in order.
func (e Event) Exceptions() []Event {
	var out []Event
	for _, x := range e.exceptions() {
		out = append(out, Event{x})
	}
	return out
}

// AddException gives the exception for the occurrence that the series has at a time, and makes one if there is
// none: it says what the series says of that occurrence. Whether the series has an occurrence then is not asked.
//
// Errors: [ErrUnsupported] in vCalendar 1.0, which has no exceptions, and [ErrMalformed] if there is no series with a
// start.
func (e Event) AddException(at When) (Event, error) {
	x, err := e.addException(at)
	return Event{x}, err
}

// RemoveException removes the exceptions for a time: what the series says of it holds again. Views of them are of
// no use any more.
func (e Event) RemoveException(at When) { e.removeException(at) }

// Exceptions gives the exceptions of the series as views of the same item, in order.
func (t Task) Exceptions() []Task {
	var out []Task
	for _, x := range t.exceptions() {
		out = append(out, Task{x})
	}
	return out
}

// AddException gives the exception for the occurrence at a time; see Event.AddException.
func (t Task) AddException(at When) (Task, error) {
	x, err := t.addException(at)
	return Task{x}, err
}

// RemoveException removes the exceptions for a time; see Event.RemoveException.
func (t Task) RemoveException(at When) { t.removeException(at) }

func (e Entry) removeException(at When) {
	if e.it.d != cal20 {
		return
	}
	z := newZones(e.it.root)
	e.it.root.Props = slices.DeleteFunc(slices.Clone(e.it.root.Props), func(p contentline.Property) bool {
		if p.Comp == nil || classOf[upper(p.Comp.Name)] == "" || p.Comp.Find("RECURRENCE-ID") == nil {
			return false
		}
		return z.whenOf(p.Comp, "RECURRENCE-ID").Equal(at)
	})
}

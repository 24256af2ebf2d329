package dataclass

import (
	"strconv"
	"strings"
	"time"

	"github.com/bindery-sync/bindery/dataclass/contentline"
	"github.com/bindery-sync/bindery/dataclass/recur"
)

// A calendarReader knows of one section what its properties need to be understood.
type calendarReader struct {
	section
	start   moment
	started bool // start is known
	recurs  bool
	endName string // DTEND or DUE; empty for a journal entry
	ended   bool   // the section says when it ends
}

func newCalendarReader(s section) *calendarReader {
	r := &calendarReader{section: s}
	if p := s.comp.Find("DTSTART"); p != nil {
		r.start, r.started = momentOf(p)
	}
	r.recurs = s.key == "" && (s.comp.Find("RRULE") != nil || s.comp.Find("RDATE") != nil)
	switch upper(s.comp.Name) {
	case "VEVENT":
		r.endName = "DTEND"
	case "VTODO":
		r.endName = "DUE"
	}
	r.ended = r.endName != "" && s.comp.Find(r.endName) != nil
	return r
}

// takes reports whether the reader knows better than the general one what p says.
func (r *calendarReader) takes(k kind, p *contentline.Property) bool {
	switch k {
	case kindTime, kindTimes, kindRule, kindWord:
		return !p.Junk
	}
	return p.Comp != nil && p.Name == ""
}

// timed makes elements of a property that only the calendar reader understands.
func (r *elementReader) timed(p *contentline.Property, i int, name string, t trait) {
	c := r.section
	switch {
	case p.Comp != nil && p.Name == "":
		r.nested(p, i)
	case name == "DURATION":
		if end, ok := c.end(p.Value); ok && c.endName != "" && !c.ended {
			c.ended = true
			r.single(c.endName, t, p, i, c.zones.momentKey(end, false))
		}
	case t.kind == kindTime:
		r.single(name, t, p, i, c.zones.key(p, name == "DTSTART" && c.recurs))
	case t.kind == kindTimes:
		r.times(p, i, name, t)
	case t.kind == kindRule:
		r.single(name, t, p, i, c.rule(p.Value))
	default:
		r.single(name, t, p, i, word(name, p.Value))
	}
}

// single adds an element that has a value and nothing else.
func (r *elementReader) single(key string, t trait, p *contentline.Property, i int, val string) {
	if val == "" {
		return
	}
	e := r.element(key, t, p, i)
	e.parts = []part{{partValue, val}}
	e.ident = val
	r.add(e)
}

// times makes an element of each time of a list.
func (r *elementReader) times(p *contentline.Property, i int, name string, t trait) {
	for _, text := range strings.Split(p.Value, ",") {
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		val := "?" + text
		if m, ok := parseMoment(text, tzidOf(p)); ok {
			val = r.section.zones.momentKey(m, false)
		}
		e := r.element(name, t, p, i)
		e.text, e.parts, e.ident = text, []part{{partValue, val}}, val
		r.add(e)
	}
}

// nested makes an element of a component inside the section, such as an alarm.
func (r *elementReader) nested(p *contentline.Property, i int) {
	name := upper(p.Comp.Name)
	e := r.element(name, trait{}, p, i)
	val := ""
	if name == "VALARM" {
		val, e.ident = alarmKey(p.Comp, r.section.zones)
	} else {
		fp := fingerprintOf(p.Comp, r.d)
		val = string(fp[:])
		e.ident = val
	}
	e.parts = []part{{partValue, val}}
	r.add(e)
}

// implied adds the end that an event without one has (RFC 5545 3.6.1), so that it does not
// matter whether it is written: the next day, or the start itself.
func (r *elementReader) implied() {
	c := r.section
	if c.ended || !c.started || c.endName != "DTEND" {
		return
	}
	end := c.start
	if end.date {
		end = end.with(end.wall().AddDate(0, 0, 1))
	}
	p := end.property("DTEND")
	r.single("DTEND", calendarTrait("DTEND"), &p, -1, c.zones.momentKey(end, false))
}

// property writes m as a property.
func (m moment) property(name string) contentline.Property {
	p := contentline.Property{Name: name, Value: m.String()}
	switch {
	case m.date:
		p.Params = []contentline.Param{{Name: "VALUE", Value: "DATE"}}
	case m.tzid != "":
		p.Params = []contentline.Param{{Name: "TZID", Value: quoteParam(m.tzid)}}
	}
	return p
}

// end gives the time that lies a duration behind the start.
func (r *calendarReader) end(duration string) (moment, bool) {
	days, d, ok := parseDuration(duration)
	if !ok || !r.started {
		return moment{}, false
	}
	end := r.start.with(r.start.wall().AddDate(0, 0, days))
	if end.date || d == 0 {
		return end, true
	}
	at, known := r.zones.instant(end)
	if !known || end.utc { // a floating time has no zone in which an hour could be missing
		return end.with(end.wall().Add(d)), true
	}
	return moment{utc: true}.with(at.Add(d).UTC()), true
}

// rule normalises a recurrence rule; one that nobody understands counts as it is written.
func (r *calendarReader) rule(v string) string {
	v = strings.TrimSpace(v)
	rule, err := recur.Parse(v)
	if err != nil || !r.started {
		return v
	}
	return rule.Key(r.recurStart())
}

// recurStart gives the start as recurrence rules want it.
func (r *calendarReader) recurStart() recur.Start {
	s := recur.Start{Time: r.start.wall(), Date: r.start.date, Floating: !r.start.date && !r.start.utc && r.start.tzid == ""}
	if r.start.tzid == "" {
		return s
	}
	if z := r.zones.find(r.start.tzid); z != nil {
		m := r.start
		s.Time = z.Instant(m.y, m.mo, m.d, m.h, m.mi, m.s).In(z.Location())
	}
	return s
}

// word normalises a word of a fixed set. The one that is meant where none stands says nothing.
func word(name, v string) string {
	v = upper(strings.TrimSpace(v))
	switch name + ":" + v {
	case "CLASS:PUBLIC", "TRANSP:OPAQUE", "PRIORITY:0", "PERCENT-COMPLETE:0", "STATUS:NEEDS-ACTION":
		return ""
	}
	return v
}

// calendarParams leaves out parameters of an attendee that say what is meant anyway, or what only
// servers tell each other (RFC 5545 3.2, RFC 6638 7).
func calendarParams(params []string) []string {
	kept := params[:0]
	for _, q := range params {
		name, val, _ := strings.Cut(q, "=")
		switch name {
		case "ROLE", "PARTSTAT", "RSVP", "CUTYPE":
			val = upper(val)
		case "SCHEDULE-STATUS", "SCHEDULE-AGENT", "SCHEDULE-FORCE-SEND":
			continue
		}
		switch q = name + "=" + val; q {
		case "ROLE=REQ-PARTICIPANT", "PARTSTAT=NEEDS-ACTION", "RSVP=FALSE", "CUTYPE=INDIVIDUAL", "VALUE=CAL-ADDRESS":
			continue
		}
		kept = append(kept, q)
	}
	return kept
}

// alarmKey normalises a VALARM (RFC 5545 3.6.6): what it does, when, how often and with what
// text. The rest is bookkeeping of programs. The identity is what and when.
func alarmKey(c *contentline.Component, z *zones) (val, ident string) {
	fields := make(map[string]string, 8)
	var more []string
	for i := range c.Props {
		p := &c.Props[i]
		switch name := upper(p.Name); name {
		case "ACTION":
			fields[name] = upper(strings.TrimSpace(p.Value))
		case "TRIGGER":
			fields[name] = triggerKey(p, z)
		case "REPEAT", "DURATION":
			fields[name] = strings.TrimSpace(p.Value)
		case "SUMMARY", "DESCRIPTION":
			fields[name] = string(appendValue(nil, p, cal20, kindText))
		case "ATTENDEE", "ATTACH":
			more = append(more, name+":"+strings.TrimSpace(p.Value))
		}
	}
	ident = fields["ACTION"] + " " + fields["TRIGGER"]
	parts := []string{ident, fields["REPEAT"], fields["DURATION"], fields["SUMMARY"], fields["DESCRIPTION"]}
	return strings.Join(append(parts, more...), "\x1f"), ident
}

// triggerKey normalises when an alarm goes off: seconds from the start or from the end, or a
// time.
func triggerKey(p *contentline.Property, z *zones) string {
	days, d, ok := parseDuration(p.Value)
	if !ok {
		return z.key(p, false)
	}
	key := strconv.FormatInt(int64(days)*86400+int64(d/time.Second), 10)
	if related, _ := p.Param("RELATED"); strings.EqualFold(related, "END") {
		key += "E"
	}
	return key
}

// parseDuration reads a duration (RFC 5545 3.3.6): days by the calendar, the rest by the clock.
func parseDuration(s string) (days int, d time.Duration, ok bool) {
	s = upper(strings.TrimSpace(s))
	sign := 1
	if strings.HasPrefix(s, "-") {
		sign = -1
	}
	s = strings.TrimLeft(s, "+-")
	if len(s) < 2 || s[0] != 'P' || len(s) > 40 {
		return 0, 0, false
	}
	n, digits, clock := 0, 0, false
	seconds := 0
	for _, c := range s[1:] {
		switch {
		case c >= '0' && c <= '9':
			if n, digits = 10*n+int(c-'0'), digits+1; digits > 9 {
				return 0, 0, false
			}
			continue
		case c == 'T' && digits == 0 && !clock:
			clock = true
			continue
		case digits == 0:
			return 0, 0, false
		case c == 'W' && !clock:
			days += 7 * n
		case c == 'D' && !clock:
			days += n
		case c == 'H' && clock:
			seconds += 3600 * n
		case c == 'M' && clock:
			seconds += 60 * n
		case c == 'S' && clock:
			seconds += n
		default:
			return 0, 0, false
		}
		n, digits = 0, 0
	}
	if days > maxDays || seconds > 86400*maxDays {
		return 0, 0, false
	}
	return sign * days, time.Duration(sign*seconds) * time.Second, digits == 0
}

// maxDays is how long a duration may be.
const maxDays = 100 * 366

package dataclass

import (
	"strings"

	"github.com/bindery-sync/bindery/dataclass/contentline"
	"github.com/bindery-sync/bindery/dataclass/recur"
)

// A raising turns one event or task of vCalendar 1.0 into one of iCalendar 2.0.
type raising struct {
	*raiser
	c      *contentline.Component
	out    *contentline.Component
	task   bool
	days   bool // all is about whole days
	day    dayReader
	series bool // and its times are local ones in the zone of the device, if that is known
	start  moment
	anchor stamp // what alarms are relative to
	rules  map[int][]recur.Rule

	organized bool // somebody is said to be the organizer
}

func newRaising(r *raiser, c *contentline.Component) *raising {
	e := &raising{raiser: r, c: c, task: strings.EqualFold(c.Name, "VTODO")}
	end := "DTEND"
	if e.task {
		end = "DUE"
	}
	e.day = dayReader{r: r, start: stampOf(c, "DTSTART"), end: stampOf(c, end)}
	if e.task {
		e.days = e.day.task()
	} else {
		e.days = e.day.event(dayFlag(c))
	}
	e.anchor = e.day.start
	if e.task && e.day.end.ok {
		e.anchor = e.day.end
	}
	e.series = recurs(c) && r.zone != nil && !isUTC(r.zone)
	e.readRules()
	e.organized = hasOrganizer(c)
	return e
}

func recurs(c *contentline.Component) bool {
	return c.Find("RRULE") != nil || c.Find("RDATE") != nil || c.Find("EXRULE") != nil
}

// item gives the component in iCalendar.
func (e *raising) item() *contentline.Component {
	e.out = &contentline.Component{Name: e.c.Name, Props: make([]contentline.Property, 0, len(e.c.Props)+4)}
	for i := range e.c.Props {
		if p := &e.c.Props[i]; p.Junk || p.Name == "" || p.Group != "" {
			e.add(projectProperty(*p, cal10, cal20))
		} else {
			e.property(p, i)
		}
	}
	e.stamp()
	e.completed()
	e.raiseAlarms()
	return e.out
}

func (e *raising) add(p ...contentline.Property) { e.out.Props = append(e.out.Props, p...) }

// property raises one property, if it has a place in iCalendar.
func (e *raising) property(p *contentline.Property, i int) {
	switch name := upper(p.Name); name {
	case "TZ", "DAYLIGHT", "RNUM", "AALARM", "DALARM", "PALARM", "MALARM":
		return
	case "DTSTART", "DTEND", "DUE", "COMPLETED", "DCREATED", "LAST-MODIFIED", "CREATED":
		e.timed(p, name)
	case "RRULE", "EXRULE":
		e.rule(p, name, i)
	case "EXDATE", "RDATE":
		e.dates(p, name)
	case "X-EPOCAGENDAENTRYTYPE", "X-FUNAMBOL-ALLDAY", "X-MICROSOFT-CDO-ALLDAYEVENT", "X-ALLDAY":
		if !e.settledFlag(p) {
			e.add(projectProperty(*p, cal10, cal20))
		}
	case "ATTENDEE":
		e.add(raiseAttendee(p, e.organized)...)
	default:
		e.add(raiseWord(p, name, e.task)...)
	}
}

// settledFlag reports whether a property says only what the times say already, so that the lowering can
// write it again, or says something else than they do.
func (e *raising) settledFlag(p *contentline.Property) bool {
	says := dayWord(p)
	switch {
	case p.Is("X-EPOCAGENDAENTRYTYPE"):
		return upper(strings.TrimSpace(p.Value)) == epocEntryType(e.task, e.days)
	case p.Is("X-FUNAMBOL-ALLDAY"):
		return says != ""
	}
	return says != "" && (says == "yes") != e.days
}

// epocEntryType gives what X-EPOCAGENDAENTRYTYPE is called for the usual things.
func epocEntryType(task, days bool) string {
	switch {
	case task:
		return "TODO"
	case days:
		return "EVENT"
	}
	return "APPOINTMENT"
}

// timed raises a property that has one time.
func (e *raising) timed(p *contentline.Property, name string) {
	s := readStamp(p.Value, tzidOf(p))
	if !s.ok {
		if !meansNone(s.moment) {
			e.add(projectProperty(*p, cal10, cal20))
		}
		return
	}
	switch name {
	case "DTEND":
		e.end(s)
	case "DTSTART":
		e.start = e.time(s.moment)
		e.add(e.start.property(name))
	case "DUE":
		if m := e.time(s.moment); e.days && e.task {
			e.add(e.day.due().property(name))
		} else {
			e.add(m.property(name))
		}
	case "DCREATED":
		e.add(e.utc(s.moment).property("CREATED"))
	default:
		e.add(e.utc(s.moment).property(name))
	}
}

// end raises DTEND. RFC 5545 knows none that is the start.
func (e *raising) end(s stamp) {
	if e.days && !e.task {
		e.add(e.day.after().property("DTEND"))
		return
	}
	start, end := e.day.start, e.time(s.moment)
	if start.ok && e.time(start.moment) == end {
		return
	}
	e.add(end.property("DTEND"))
}

// time raises a time that belongs to the item: a day, or a time in the form of the start. A day among times is
// its midnight, for RFC 5545 wants all of one type.
func (e *raising) time(m moment) moment {
	if e.days {
		return e.day.day(m)
	}
	m.date = false
	switch {
	case m.tzid != "" || e.zone == nil:
		return m
	case m.utc && !e.series:
		return m
	}
	return e.inDeviceZone(m)
}

// inDeviceZone gives a time as a local one in the zone of the device, or in UTC if that is its zone.
func (e *raising) inDeviceZone(m moment) moment {
	local, _ := e.local(m)
	if isUTC(e.zone) {
		local.utc = true
		return local
	}
	local.tzid = tzidFor(e.zone)
	e.saw(local.y)
	return local
}

// utc raises a time that iCalendar wants in UTC. One that cannot be brought there stays.
func (e *raising) utc(m moment) moment {
	if m.date || m.utc {
		return m
	}
	if m.tzid == "" && e.zone != nil {
		m.tzid = tzidFor(e.zone)
	}
	if at, ok := e.instant(m); ok {
		return moment{utc: true}.with(at.UTC())
	}
	return m
}

// dates raises EXDATE and RDATE: one property for each form in which the values are.
func (e *raising) dates(p *contentline.Property, name string) {
	var forms dateForms
	var bad []contentline.Property
	for n, text := range contentline.Split(p.Value, ",;") {
		text = strings.TrimSpace(text)
		s := readStamp(text, tzidOf(p))
		switch {
		case text == "" || n >= maxList:
		case !s.ok:
			bad = append(bad, contentline.Property{Name: name, Value: projectUnknown(text, cal10, cal20)})
		case name == "EXDATE":
			forms.add(e.exception(s.moment))
		default:
			forms.add(e.time(s.moment))
		}
	}
	e.add(append(forms.properties(name, ","), bad...)...)
}

// exception raises a value of EXDATE. A day, or midnight where nothing happens at midnight, takes away
// what happens on that day.
func (e *raising) exception(m moment) moment {
	out := e.time(m)
	start := e.time(e.day.start.moment)
	if e.days || !e.day.start.ok || start.isMidnight() || !out.isMidnight() {
		return out
	}
	start.y, start.mo, start.d = out.y, out.mo, out.d
	return start
}

// stamp adds the DTSTAMP that RFC 5545 demands. It is the last change that the device tells.
func (e *raising) stamp() {
	if e.c.Find("DTSTAMP") != nil {
		return
	}
	at := moment{y: 1970, mo: 1, d: 1, utc: true}
	for _, name := range [...]string{"DCREATED", "CREATED", "LAST-MODIFIED"} {
		if s := stampOf(e.c, name); s.ok {
			if m := e.utc(s.moment); m.utc {
				at = m
			}
		}
	}
	e.add(at.property("DTSTAMP"))
}

// completed makes a task that was completed at some time a completed one.
func (e *raising) completed() {
	if e.task && e.c.Find("STATUS") == nil && stampOf(e.c, "COMPLETED").ok {
		e.add(contentline.Property{Name: "STATUS", Value: "COMPLETED"})
	}
}

// hasOrganizer reports whether somebody is said to be the organizer.
func hasOrganizer(c *contentline.Component) bool {
	for i := range c.Props {
		if p := &c.Props[i]; p.Is("ORGANIZER") || p.Is("ATTENDEE") && roleOf(p) == "ORGANIZER" {
			return true
		}
	}
	return false
}

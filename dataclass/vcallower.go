package dataclass

import (
	"strings"
	"time"

	"github.com/bindery-sync/bindery/dataclass/contentline"
	"github.com/bindery-sync/bindery/dataclass/zone"
)

// A lowerer turns the components of one iCalendar tree into those of a vCalendar.
type lowerer struct {
	o         lowering
	zones     *zones
	root      *contentline.Component
	zoneLines []contentline.Property // TZ and DAYLIGHT, once an item needs them
	zone      *zone.Zone             // as a device will understand these
	master    *contentline.Component // the first that is no exception
	lone      bool                   // an exception without a master was written
}

func newLowerer(root *contentline.Component, o lowering) *lowerer {
	l := &lowerer{o: o, zones: newZones(root), root: root}
	for i := range root.Props {
		if c := root.Props[i].Comp; c != nil && isTimed(c) && c.Find("RECURRENCE-ID") == nil {
			l.master = c
			break
		}
	}
	return l
}

// component lowers one component; nil if vCalendar has no place for it.
func (l *lowerer) component(c *contentline.Component) *contentline.Component {
	switch {
	case strings.EqualFold(c.Name, "VTIMEZONE"):
		return nil
	case !isTimed(c):
		return projectComponent(c, cal20, cal10)
	case c.Find("RECURRENCE-ID") != nil && (l.lone || l.master != nil):
		return nil
	case c.Find("RECURRENCE-ID") != nil:
		l.lone = true
	}
	return newItemLowering(l, c).item()
}

// An itemLowering turns one event or task of iCalendar into one of vCalendar 1.0.
type itemLowering struct {
	*lowerer
	c     *contentline.Component
	out   *contentline.Component
	task  bool
	start stamp // DTSTART, or when a task without it is due
	end   stamp // DTEND, also if it is implied, or DUE
	days  bool
	clock clockFace // how times are written
	rules rulesText

	organized bool
}

// A clockFace says how an instant is written.
type clockFace struct {
	utc bool
	loc *time.Location // if not utc; nil leaves a time as it is
}

func newItemLowering(l *lowerer, c *contentline.Component) *itemLowering {
	e := &itemLowering{lowerer: l, c: c, task: strings.EqualFold(c.Name, "VTODO"), organized: hasOrganizer(c)}
	e.start = stampOf(c, "DTSTART")
	e.end = e.ending()
	if e.task && !e.start.ok {
		e.start = e.end
	}
	e.days = e.start.ok && e.start.date
	e.clock = clockFace{utc: l.o.local == nil, loc: l.o.local}
	e.lowerRules()
	return e
}

// ending gives the end of an event, or when a task is due, also where a DURATION says it.
func (e *itemLowering) ending() stamp {
	name := "DTEND"
	if e.task {
		name = "DUE"
	}
	if s := stampOf(e.c, name); s.ok || !e.start.ok {
		return s
	}
	s := e.start
	if p := e.c.Find("DURATION"); p != nil {
		if days, d, ok := parseDuration(p.Value); ok {
			return e.plus(s, days, d)
		}
	}
	if e.task {
		return stamp{}
	}
	if s.date {
		return e.plus(s, 1, 0)
	}
	return s
}

// plus gives the time that lies so many days by the calendar and so long by the clock behind another.
func (e *itemLowering) plus(s stamp, days int, d time.Duration) stamp {
	s.moment = s.with(s.wall().AddDate(0, 0, days))
	if d == 0 || s.date {
		return s
	}
	if at, ok := e.zones.instant(s.moment); ok {
		s.moment = moment{utc: true}.with(at.Add(d).UTC())
	} else {
		s.moment = s.with(s.wall().Add(d))
	}
	return s
}

// item gives the component in vCalendar 1.0.
func (e *itemLowering) item() *contentline.Component {
	e.out = &contentline.Component{Name: e.c.Name, Props: make([]contentline.Property, 0, len(e.c.Props)+4)}
	ended := false
	for i := range e.c.Props {
		p := &e.c.Props[i]
		switch {
		case p.Comp != nil && p.Name == "" && !p.Junk: // an alarm, or what devices stumble over
		case p.Junk || p.Name == "" || p.Group != "":
			e.add(projectProperty(*p, cal20, cal10))
		case p.Is("DTEND"), p.Is("DURATION"), p.Is("DUE"):
			if !ended {
				ended = true
				e.addEnd(p)
			}
		default:
			e.property(p)
		}
	}
	if !ended && e.end.ok && !e.isReminder() && !(e.task && e.start == e.end) {
		e.addEnd(nil)
	}
	e.addFlags()
	e.lowerAlarms()
	return e.out
}

func (e *itemLowering) add(p ...contentline.Property) { e.out.Props = append(e.out.Props, p...) }

// isReminder reports whether the item is one of Symbian that has no end.
func (e *itemLowering) isReminder() bool {
	p := e.c.Find("X-EPOCAGENDAENTRYTYPE")
	return p != nil && strings.EqualFold(strings.TrimSpace(p.Value), "REMINDER")
}

// property lowers one property, if it has a place in vCalendar.
func (e *itemLowering) property(p *contentline.Property) {
	switch name := upper(p.Name); name {
	case "DTSTAMP":
	case "RECURRENCE-ID":
		e.add(projectProperty(*p, cal20, cal10))
	case "DTSTART", "COMPLETED", "LAST-MODIFIED":
		e.timed(p, name)
	case "CREATED":
		e.timed(p, "DCREATED")
	case "RRULE", "EXRULE", "EXDATE", "RDATE":
		if e.rules.at(e.c) == p {
			e.addRules()
		}
	case "X-FUNAMBOL-ALLDAY", "X-MICROSOFT-CDO-ALLDAYEVENT", "X-ALLDAY":
		if says := dayWord(p); says == "" || (says == "yes") == e.days {
			e.add(projectProperty(*p, cal20, cal10))
		}
	case "ATTENDEE", "ORGANIZER":
		e.add(lowerAttendee(p, e.organized))
	default:
		if rest := unsaid(name); rest != "" {
			e.add(contentline.Property{Name: rest, Value: projectUnknown(p.Value, cal20, cal10)})
			return
		}
		e.add(e.o.lowerWord(p, name, e.task)...)
	}
}

// timed lowers a property that has one time.
func (e *itemLowering) timed(p *contentline.Property, name string) {
	s := readStamp(p.Value, tzidOf(p))
	switch {
	case !s.ok:
		q := projectProperty(*p, cal20, cal10)
		q.Name = name
		e.add(q)
	case name == "DTSTART" && s.date:
		e.add(contentline.Property{Name: name, Value: e.o.firstDay(e.rules.start(s.moment))})
	case name == "DTSTART":
		e.add(contentline.Property{Name: name, Value: e.time(e.rules.start(s.moment)).String()})
	case s.date:
		e.add(contentline.Property{Name: name, Value: s.String()})
	default:
		e.add(contentline.Property{Name: name, Value: e.time(s.moment).String()})
	}
}

// time gives a time as the device is to read it.
func (e *itemLowering) time(m moment) moment {
	if m.date {
		m.date = false
		return m
	}
	if !m.utc && m.tzid == "" && e.start.tzid != "" {
		m.tzid = e.start.tzid
	}
	at, ok := e.zones.instant(m)
	switch {
	case !ok:
		m.tzid = ""
		return m
	case e.clock.utc:
		return moment{utc: true}.with(at.UTC())
	}
	return moment{}.with(inZone(at, e.clock.loc))
}

// firstDay writes the first of whole days.
func (o lowering) firstDay(m moment) string {
	switch o.days {
	case daysAsDate:
		return m.String()
	case daysTo24:
		return m.String() + "T000000Z"
	}
	return m.String() + "T000000"
}

// afterDays writes the end of whole days, of which m is the first that is no longer one.
func (o lowering) afterDays(m moment) string {
	last := m.with(m.wall().AddDate(0, 0, -1))
	switch o.days {
	case daysAsDate:
		return m.String()
	case daysTo24:
		return last.String() + "T240000Z"
	case daysToLastMinute:
		return last.String() + "T235900"
	}
	return m.String() + "T000000"
}

// addEnd lowers the end of the item, which may be a property that is no time.
func (e *itemLowering) addEnd(p *contentline.Property) {
	name := "DTEND"
	if e.task {
		name = "DUE"
	}
	switch {
	case !e.end.ok:
		if p != nil {
			e.add(projectProperty(*p, cal20, cal10))
		}
		return
	case e.task && e.end.date:
		e.add(contentline.Property{Name: name, Value: e.o.dueDay(e.end.moment)})
	case e.end.date && e.days:
		end := e.end.moment
		if !end.wall().After(e.start.wall()) {
			end = e.start.with(e.start.wall().AddDate(0, 0, 1))
		}
		e.add(contentline.Property{Name: name, Value: e.o.afterDays(e.rules.start(end))})
	default:
		e.add(contentline.Property{Name: name, Value: e.time(e.rules.start(e.end.moment)).String()})
	}
}

// dueDay writes the day on which a task is due.
func (o lowering) dueDay(m moment) string {
	switch o.days {
	case daysAsDate:
		return m.String()
	case daysToLastMinute:
		return m.String() + "T235900"
	}
	return m.String() + "T000000"
}

// addFlags says of what looks like whole days that it is none, and to Symbian what it is.
func (e *itemLowering) addFlags() {
	if e.looksLikeDays() && !e.days && !e.task {
		e.add(contentline.Property{Name: "X-FUNAMBOL-ALLDAY", Value: "0"})
	}
	if e.o.epocEntryType && e.c.Find("X-EPOCAGENDAENTRYTYPE") == nil {
		e.add(contentline.Property{Name: "X-EPOCAGENDAENTRYTYPE", Value: epocEntryType(e.task, e.days)})
	}
}

// looksLikeDays reports whether what was written would be raised to whole days.
func (e *itemLowering) looksLikeDays() bool {
	r := raiser{zones: &zones{root: e.out}, zone: e.zone}
	d := dayReader{r: &r, start: stampOf(e.out, "DTSTART"), end: stampOf(e.out, "DTEND")}
	return d.event(dayFlag(e.out))
}

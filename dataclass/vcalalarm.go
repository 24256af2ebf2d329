package dataclass

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

// An alarm is one of vCalendar 1.0: when, how long until it comes again and how often, and what it is
// about.
type alarm struct {
	name    string // AALARM, DALARM, PALARM, MALARM
	params  []contentline.Param
	run     string
	snooze  string
	repeat  string
	content []string // raw: a sound, a text, a program; of MALARM an address and a text
}

// reminderText is the text of a reminder that has none, which RFC 5545 3.6.6 demands. It is not sent to
// devices.
const reminderText = "Reminder"

// readAlarm splits an alarm. It is not ok without a time.
func readAlarm(p *contentline.Property) (a alarm, ok bool) {
	a.name, a.params = upper(p.Name), p.Params
	fields := contentline.Split(p.Value, ";")
	for i, f := range fields {
		f = strings.TrimSpace(f)
		switch i {
		case 0:
			a.run = f
		case 1:
			a.snooze = upper(f)
		case 2:
			a.repeat = f
		default:
			a.content = append(a.content, f)
		}
	}
	return a, a.run != ""
}

// when tells alarms apart that are different reminders.
func (a alarm) when() string { return a.run + ";" + a.snooze + ";" + a.repeat }

// has reports whether the alarm says what it is about.
func (a alarm) has() bool { return strings.Join(a.content, "") != "" }

// raiseAlarms adds the VALARMs. Devices write AALARM and DALARM for one reminder, and of the two keep what
// they have a use for. So a reminder is a time, and one VALARM for it, DISPLAY with the text of the DALARM.
// It is AUDIO only for an AALARM with a sound of its own; then a DALARM of the same time is another alarm.
//
// A text of DALARM that is missing becomes a fixed one, which is not written back.
func (e *raising) raiseAlarms() {
	displays, shown := map[string]bool{}, map[string]bool{}
	for i := range e.c.Props {
		if p := &e.c.Props[i]; p.Is("DALARM") && !p.Junk {
			if a, ok := readAlarm(p); ok {
				displays[a.when()] = true
			}
		}
	}
	for i := range e.c.Props {
		p := &e.c.Props[i]
		name := upper(p.Name)
		if p.Junk || name != "AALARM" && name != "DALARM" && name != "PALARM" && name != "MALARM" {
			continue
		}
		a, ok := readAlarm(p)
		if !ok {
			continue
		}
		silent := name == "AALARM" && !a.has()
		if silent && displays[a.when()] || silent && shown[a.when()] {
			continue
		}
		shown[a.when()] = shown[a.when()] || silent
		e.raiseAlarm(a, p)
	}
}

func (e *raising) raiseAlarm(a alarm, p *contentline.Property) {
	trigger, ok := e.trigger(a.run)
	if !ok {
		e.add(projectProperty(*p, cal10, cal20))
		return
	}
	c := &contentline.Component{Name: "VALARM", Props: a.action()}
	c.Props = append(c.Props, trigger)
	if n, err := strconv.Atoi(a.repeat); err == nil && n > 0 && n < 1000 && isSpan(a.snooze) {
		c.Props = append(c.Props, contentline.Property{Name: "DURATION", Value: a.snooze},
			contentline.Property{Name: "REPEAT", Value: strconv.Itoa(n)})
	}
	e.add(contentline.Property{Comp: c})
}

func isSpan(s string) bool {
	_, _, ok := parseDuration(s)
	return ok
}

// action gives what a VALARM does (RFC 5545 3.6.6; PROCEDURE as in RFC 2445).
func (a alarm) action() []contentline.Property {
	text := func(name string, i int) contentline.Property {
		v := ""
		if i < len(a.content) {
			v = cal20.escape(cal10.unescape(strings.Join(a.content[i:], ";")), ",;")
		}
		return contentline.Property{Name: name, Value: either(v, reminderText)}
	}
	act := contentline.Property{Name: "ACTION"}
	switch a.name {
	case "AALARM":
		if a.has() {
			act.Value = "AUDIO"
			return []contentline.Property{act, a.attach()}
		}
	case "PALARM":
		act.Value = "PROCEDURE"
		return []contentline.Property{act, a.attach()}
	case "MALARM":
		act.Value = "EMAIL"
		to := contentline.Property{Name: "ATTENDEE"}
		if len(a.content) > 0 {
			_, to.Value = splitAddress(cal10.unescape(a.content[0]))
		}
		summary := contentline.Property{Name: "SUMMARY", Value: reminderText}
		return []contentline.Property{act, to, summary, text("DESCRIPTION", 1)}
	}
	act.Value = "DISPLAY"
	return []contentline.Property{act, text("DESCRIPTION", 0)}
}

// attach gives the sound or the program.
func (a alarm) attach() contentline.Property {
	p := contentline.Property{Name: "ATTACH", Params: a.params, Value: strings.Join(a.content, ";")}
	return projectProperty(p, cal10, cal20)
}

// trigger raises the time of an alarm: relative to the start, or to when a task is due, if both times are
// known in the same terms, else the time itself. Only a time in UTC can stand alone.
func (e *raising) trigger(run string) (contentline.Property, bool) {
	p := contentline.Property{Name: "TRIGGER"}
	if days, d, ok := parseDuration(run); ok {
		p.Value = durationText(time.Duration(days)*24*time.Hour + d)
		return p, true
	}
	s := readStamp(run, "")
	if !s.ok || s.date {
		return p, false
	}
	if d, ok := e.before(s); ok {
		if p.Value = durationText(d); e.task && e.day.end.ok {
			p.Params = []contentline.Param{{Name: "RELATED", Value: "END"}}
		}
		return p, true
	}
	m := e.utc(s.moment)
	p.Params, p.Value = []contentline.Param{{Name: "VALUE", Value: "DATE-TIME"}}, m.String()
	return p, m.utc
}

// maxLead is how far an alarm may be from its item to be relative to it.
const maxLead = maxDays * 24 * time.Hour

// before gives how long after the start an alarm goes off, mostly less than nothing.
func (e *raising) before(s stamp) (time.Duration, bool) {
	if !e.anchor.ok {
		return 0, false
	}
	at, start := s.moment, e.anchor.moment
	switch {
	case e.days:
		local, known := e.local(at)
		if !known && !e.day.literal {
			return 0, false
		}
		day := e.day.day(start)
		if e.task && e.day.end.ok {
			day = e.day.due()
		}
		return lead(local.wall().Sub(day.wall()))
	case at.utc == start.utc && start.tzid == "" && (at.utc || e.zone == nil):
		return lead(at.wall().Sub(start.wall()))
	}
	if e.zone != nil && start.tzid == "" && !start.utc {
		start.tzid = tzidFor(e.zone)
	}
	if !at.utc {
		at.tzid = start.tzid
		if at.tzid == "" && e.zone != nil {
			at.tzid = tzidFor(e.zone)
		}
	}
	a, ok1 := e.instant(at)
	b, ok2 := e.instant(start)
	if !ok1 || !ok2 {
		return 0, false
	}
	return lead(a.Sub(b))
}

func lead(d time.Duration) (time.Duration, bool) {
	return d, d > -maxLead && d < maxLead
}

// durationText writes a duration (RFC 5545 3.3.6).
func durationText(d time.Duration) string {
	sign := ""
	if d < 0 {
		sign, d = "-", -d
	}
	s := int64(d / time.Second)
	days, s := s/86400, s%86400
	out := sign + "P"
	if days > 0 {
		out += fmt.Sprintf("%dD", days)
	}
	if s == 0 && days > 0 {
		return out
	}
	out += "T"
	for _, unit := range [...]struct {
		name    string
		seconds int64
	}{{"H", 3600}, {"M", 60}, {"S", 1}} {
		if n := s / unit.seconds; n > 0 {
			out += fmt.Sprintf("%d%s", n, unit.name)
			s %= unit.seconds
		}
	}
	if s == 0 && strings.HasSuffix(out, "T") {
		out += "0S"
	}
	return out
}

package dataclass

import (
	"strconv"
	"strings"
	"time"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

// lowerAlarms writes the VALARMs. A reminder is both DALARM and AALARM: each device takes the one it knows.
func (e *itemLowering) lowerAlarms() {
	var list []contentline.Property
	sounds := map[string]bool{}
	for i := range e.c.Props {
		p := &e.c.Props[i]
		if p.Comp == nil || p.Name != "" || !strings.EqualFold(p.Comp.Name, "VALARM") {
			continue
		}
		for _, q := range e.alarm(p.Comp) {
			list = append(list, q)
			if q.Is("AALARM") && !silentAlarm(&q) {
				sounds[whenOf(&q)] = true
			}
		}
	}
	seen := map[string]bool{}
	for _, q := range list {
		// What makes a noise then already needs no second AALARM beside its DALARM.
		key := q.Name + ":" + q.Value
		if seen[key] || silentAlarm(&q) && sounds[whenOf(&q)] {
			continue
		}
		seen[key] = true
		e.add(q)
	}
}

// silentAlarm reports whether a property is an AALARM without a sound of its own.
func silentAlarm(p *contentline.Property) bool {
	a, ok := readAlarm(p)
	return ok && a.name == "AALARM" && !a.has()
}

func whenOf(p *contentline.Property) string {
	a, _ := readAlarm(p)
	return a.when()
}

// alarm lowers one VALARM.
func (e *itemLowering) alarm(c *contentline.Component) []contentline.Property {
	at, ok := e.goesOff(c.Find("TRIGGER"))
	if !ok {
		return nil
	}
	head := at.String() + ";" + snooze(c) + ";"
	attach := contentline.Property{}
	if p := c.Find("ATTACH"); p != nil && !p.Base64 {
		attach = lowerAttach(projectProperty(*p, cal20, cal10))
	}
	switch upper(strings.TrimSpace(textOf(c, "ACTION", cal20))) {
	case "NONE":
		return nil
	case "EMAIL":
		to := ""
		if p := c.Find("ATTENDEE"); p != nil {
			to = cal10.escape(joinAddress("", cal20.unescape(p.Value)), ";")
		}
		return []contentline.Property{{Name: "MALARM", Value: head + to + ";" + alarmText(c)}}
	case "PROCEDURE":
		return []contentline.Property{{Name: "PALARM", Params: attach.Params, Value: head + attach.Value}}
	case "AUDIO":
		return []contentline.Property{{Name: "AALARM", Params: attach.Params, Value: head + attach.Value}}
	}
	display := contentline.Property{Name: "DALARM", Value: head + alarmText(c)}
	if e.o.noAALARM {
		return []contentline.Property{display}
	}
	return []contentline.Property{{Name: "AALARM", Value: head}, display}
}

// alarmText gives the text of an alarm, if it has one of its own.
func alarmText(c *contentline.Component) string {
	v := strings.TrimSpace(textOf(c, "DESCRIPTION", cal20))
	if v == reminderText {
		return ""
	}
	return cal10.escape(v, ";")
}

// snooze writes how long until the alarm comes again, and how often.
func snooze(c *contentline.Component) string {
	d, n := c.Find("DURATION"), c.Find("REPEAT")
	if d == nil || n == nil {
		return ";"
	}
	count, err := strconv.Atoi(strings.TrimSpace(n.Value))
	if err != nil || count < 1 || count >= 1000 || !isSpan(d.Value) {
		return ";"
	}
	return upper(strings.TrimSpace(d.Value)) + ";" + strconv.Itoa(count)
}

// goesOff gives when an alarm goes off first.
func (e *itemLowering) goesOff(p *contentline.Property) (moment, bool) {
	if p == nil {
		return moment{}, false
	}
	days, d, ok := parseDuration(p.Value)
	if !ok {
		s := readStamp(p.Value, tzidOf(p))
		return e.alarmTime(s.moment), s.ok && !s.date
	}
	from := e.start
	if related, _ := p.Param("RELATED"); strings.EqualFold(related, "END") {
		from = e.end
	}
	if !from.ok {
		return moment{}, false
	}
	from.moment = e.rules.start(from.moment)
	from.date = false
	d += time.Duration(days) * 24 * time.Hour
	if at, known := e.zones.instant(from.moment); known {
		return e.alarmTime(moment{utc: true}.with(at.Add(d).UTC())), true
	}
	return e.alarmTime(from.with(from.wall().Add(d))), true
}

// alarmTime gives the time of an alarm as it is written.
func (e *itemLowering) alarmTime(m moment) moment {
	if e.o.alarmsUTC {
		if at, ok := e.zones.instant(m); ok {
			return moment{utc: true}.with(at.UTC())
		}
		if e.o.local != nil && m.tzid == "" && !m.utc {
			at := time.Date(m.y, time.Month(m.mo), m.d, m.h, m.mi, m.s, 0, e.o.local)
			return moment{utc: true}.with(at.UTC())
		}
	}
	return e.time(m)
}

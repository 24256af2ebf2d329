package dataclass

import (
	"strings"
	"time"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

// A stamp is a time of an item as its property writes it.
type stamp struct {
	moment
	ok bool
	// last says that it is written as 24:00: the end of the day, not the beginning of the next.
	last bool
}

// stampOf reads the first property with the name. What is no time, or one that means none, is not ok.
func stampOf(c *contentline.Component, name string) stamp {
	p := c.Find(name)
	if p == nil {
		return stamp{}
	}
	return readStamp(p.Value, tzidOf(p))
}

func readStamp(v, tzid string) stamp {
	m, ok := parseMoment(v, tzid)
	if !ok || m.y < 2 || m.y > 9998 {
		return stamp{}
	}
	last := len(v) > 10 && strings.Contains(upper(v[8:]), "T24")
	return stamp{moment: m, ok: ok && !meansNone(m), last: last}
}

// meansNone reports whether a time is one by which Outlook and its synchronisers mean that there is none.
func meansNone(m moment) bool { return m.y == 4500 || m.y == 4501 }

// The minutes of a day that say something about whole days.
func (m moment) isMidnight() bool   { return m.date || m.h+m.mi+m.s == 0 }
func (m moment) isLastMinute() bool { return !m.date && m.h == 23 && m.mi == 59 }

// A dayReader finds out whether a component is about whole days, and which. The following are:
//
//   - a start that is a DATE;
//   - midnight to midnight or to 23:59, floating or in the zone of the device, also if written in UTC;
//   - T000000Z to T240000Z or T235900Z: no time in UTC is meant;
//   - a start at midnight with X-EPOCAGENDAENTRYTYPE:EVENT or ANNIVERSARY, or X-FUNAMBOL-ALLDAY,
//     X-MICROSOFT-CDO-ALLDAYEVENT or X-ALLDAY; in UTC and without a zone the midnight is the one nearest;
//   - a task that is due at midnight, at 23:59 or at 24:00 of a day, and starts at midnight if at all.
//
// One of the flags that says no (FALSE or 0) is believed, and so is an event without flags that ends when
// it begins: it is a time.
type dayReader struct {
	r          *raiser
	start, end stamp
	literal    bool // the day is in the digits, whatever Z says
	nearest    bool // a time in UTC stands for the nearest midnight
}

// event reads an event.
func (d *dayReader) event(flag string) bool {
	if !d.start.ok {
		return false
	}
	if d.start.date {
		return true
	}
	start, known := d.r.local(d.start.moment)
	end, _ := d.r.local(d.end.moment)
	switch {
	case flag == "no":
		return false
	case d.start.isMidnight() && d.end.ok && (d.end.last || !known && d.end.isLastMinute()):
		d.literal = true
		return true
	case !known:
		d.nearest = flag == "yes"
		return d.nearest && d.start.mi%15+d.start.s == 0
	case !start.isMidnight():
		return false
	case flag == "yes":
		return true
	}
	return d.end.ok && end.wall().After(start.wall()) && (end.isMidnight() || end.isLastMinute())
}

// task reads a task, whose end is when it is due.
func (d *dayReader) task() bool {
	main := d.end
	if !main.ok {
		main = d.start
	}
	due, known := d.r.local(main.moment)
	start, _ := d.r.local(d.start.moment)
	switch {
	case !main.ok || d.start.ok && !start.isMidnight():
		return false
	case main.date:
		return true
	case main.last:
		d.literal = true
		return true
	case !known:
		return false
	}
	return due.isMidnight() || d.end.ok && due.isLastMinute()
}

// day gives the day that a time means.
func (d *dayReader) day(m moment) moment {
	if !d.literal {
		if local, known := d.r.local(m); known {
			m = local
		} else if !m.isLastMinute() {
			m = m.with(nearestMidnight(m.wall()))
		}
	}
	day := moment{date: true}.with(m.wall())
	day.h, day.mi, day.s = 0, 0, 0
	return day
}

// nearestMidnight gives the local midnight that a time in UTC most likely is: zones are from ten hours
// behind to thirteen ahead.
func nearestMidnight(t time.Time) time.Time {
	midnight := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
	if t.Sub(midnight) > 10*time.Hour {
		return midnight.AddDate(0, 0, 1)
	}
	return midnight
}

// after gives the first day that is no longer part of the event.
func (d *dayReader) after() moment {
	first := d.day(d.start.moment)
	end := d.day(d.end.moment)
	local, known := d.end.moment, false
	if !d.literal {
		local, known = d.r.local(d.end.moment)
	}
	inside := !local.isMidnight() && (known || d.literal || local.isLastMinute())
	if inside || !end.wall().After(first.wall()) {
		end = end.with(later(end.wall(), first.wall()).AddDate(0, 0, 1))
	}
	return end
}

// due gives the day on which a task is due: 24:00 is the end of its day.
func (d *dayReader) due() moment {
	m := d.end.moment
	if d.end.last {
		m = m.with(m.wall().Add(-time.Second))
	}
	return d.day(m)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// dayFlag gives "yes" or "no" as the flags of an event say, or nothing. One that says no is enough.
func dayFlag(c *contentline.Component) string {
	flag := ""
	for i := range c.Props {
		switch says := dayWord(&c.Props[i]); says {
		case "no":
			return says
		case "yes":
			flag = says
		}
	}
	return flag
}

// dayWord gives what one property says about whole days: yes, no or nothing.
func dayWord(p *contentline.Property) string {
	if p.Junk || len(p.Name) < 8 {
		return ""
	}
	v := upper(strings.TrimSpace(p.Value))
	switch upper(p.Name) {
	case "X-EPOCAGENDAENTRYTYPE":
		if v == "EVENT" || v == "ANNIVERSARY" {
			return "yes"
		}
	case "X-FUNAMBOL-ALLDAY", "X-MICROSOFT-CDO-ALLDAYEVENT", "X-ALLDAY":
		switch v {
		case "1", "TRUE", "YES":
			return "yes"
		case "0", "FALSE", "NO":
			return "no"
		}
	}
	return ""
}

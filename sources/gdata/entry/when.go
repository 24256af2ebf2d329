package entry

import (
	"strconv"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/dataclass/zone"
)

const (
	dayLayout   = "2006-01-02"
	clockLayout = "2006-01-02T15:04:05"
	stampLayout = "2006-01-02T15:04:05.000Z07:00"
)

// place gives the zone of the calendar; UTC if it has none that is known.
func (x Context) place() (loc *time.Location, tzid string, at *zone.Zone) {
	if z, ok := zone.Named(x.Zone); ok && x.Zone != "" {
		if name := z.Name(); name != "UTC" && name != "" {
			return z.Location(), name, z
		}
	}
	return time.UTC, "", nil
}

// ground gives a time that floats as one in the zone of the calendar; others as they are.
func (x Context) ground(w dataclass.When) dataclass.When {
	if !w.Floating || w.IsZero() {
		return w
	}
	loc, tzid, at := x.place()
	t := w.Time
	if at == nil {
		return dataclass.When{Time: time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.UTC)}
	}
	t = at.Instant(t.Year(), int(t.Month()), t.Day(), t.Hour(), t.Minute(), t.Second())
	return dataclass.When{Time: t.In(loc), Zone: tzid}
}

// stamp writes a time as the protocol has it: a day, or a time with its offset in a zone, else in that of the
// calendar.
func (x Context) stamp(w dataclass.When, zone string) string {
	if w.Date {
		return w.Time.Format(dayLayout)
	}
	loc, _, at := Context{Zone: zone}.place()
	if at == nil {
		loc, _, _ = x.place()
	}
	t := x.ground(w).Time.In(loc)
	if _, offset := t.Zone(); offset%60 != 0 {
		t = t.UTC() // an offset of seconds cannot be written
	}
	return t.Format(stampLayout)
}

// when reads a day or a time. A time with an offset is read in the first of the zones, and then that of the
// calendar, whose offset it is; else in UTC. One without an offset is in the zone of the calendar.
func (x Context) when(s string, zones ...string) (dataclass.When, bool) {
	s = clean(s)
	if t, err := time.Parse(dayLayout, s); err == nil {
		return dataclass.When{Time: t, Date: true}, writable(t)
	}
	if t, err := time.Parse(clockLayout, s); err == nil {
		return x.ground(dataclass.When{Time: t.Truncate(time.Second), Floating: true}), writable(t)
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil || !writable(t) {
		return dataclass.When{}, false
	}
	t = t.Truncate(time.Second)
	_, offset := t.Zone()
	for _, name := range append(zones, x.Zone) {
		loc, tzid, at := Context{Zone: name}.place()
		if at == nil {
			continue
		}
		if _, here := t.In(loc).Zone(); here == offset {
			return dataclass.When{Time: t.In(loc), Zone: tzid}, true
		}
	}
	return dataclass.When{Time: t.UTC()}, true
}

// writable keeps years out that calendars cannot write, with room for any offset.
func writable(t time.Time) bool { return t.Year() > 1 && t.Year() < 9998 }

// moment gives a form of a time that is equal for what is the same time to an entry.
func (x Context) moment(w dataclass.When) string {
	switch {
	case w.IsZero():
		return ""
	case w.Date:
		return w.Time.Format(dayLayout)
	}
	return strconv.FormatInt(x.ground(w).Time.Unix(), 10)
}

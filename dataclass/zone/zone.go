// Package zone says which instant a local time of a calendar item means, whatever the item calls its zone:
// an IANA name, a Windows name, a name that some program made up, or a VTIMEZONE of its own.
//
// Named knows names, Resolve weighs a name against the VTIMEZONE that comes with it, and FromVersit reads
// the TZ and DAYLIGHT of vCalendar 1.0. Component and Versit write the same things.
//
// The package is pure but for one thing: the rules of an IANA zone come from time.LoadLocation, which reads
// the tables of the system if there are any and else those that are built in. A zone is loaded once, when it
// is first named, and kept; there are some 450 of them, and none can be added.
package zone

import (
	"fmt"
	"sync"
	"time"
	_ "time/tzdata" // a bare machine has no tables
)

// A Zone is a time zone. It never changes, and several goroutines may use it.
type Zone struct {
	name string
	key  func() string
	loc  func() *time.Location
}

// Name gives the IANA id of the zone as it is spelt today, such as "Europe/Oslo", or "" for a zone that is
// known only by its rules. The zone whose offset is and was always zero is "UTC", and the other zones of
// whole hours are "Etc/GMT-3" (three hours ahead) and so on, even if no name was given.
func (z *Zone) Name() string { return z.name }

// Key gives a string that is equal for zones that mean the same and differs for others: the name, or, where
// there is none, a digest of every offset since 1971.
//
// Names mean the same if one is the older spelling of the other (Asia/Calcutta and Asia/Kolkata, US/Eastern
// and America/New_York, Europe/Kiev and Europe/Kyiv: the aliases of the Unicode CLDR). Two places that happen
// to keep the same time, such as Oslo and Berlin, differ, as do a name and a VTIMEZONE that says the same.
func (z *Zone) Key() string { return z.key() }

// Location gives the zone as the time package knows it, never nil. The location of a zone that is known only
// by its rules holds from 1900 to 2200; after that its last offset stays.
func (z *Zone) Location() *time.Location { return z.loc() }

// Instant gives the instant of a local time as RFC 5545 3.3.5 wants it: of a local time that occurs twice
// the first, and one that a change of the clock leaps over is read with the offset before the change. Values
// out of range carry over as in time.Date.
func (z *Zone) Instant(y, mo, d, h, mi, s int) time.Time {
	loc := z.Location()
	local := time.Date(y, time.Month(mo), d, h, mi, s, 0, time.UTC).Unix()
	return time.Unix(instant(loc, local), 0).In(loc)
}

// day is long enough to get clear of every offset.
const day = 24 * 60 * 60

// instant finds the first second at which the clocks of loc show local, both counted from 1970.
func instant(loc *time.Location, local int64) int64 {
	at := time.Unix(local-day, 0).In(loc)
	limit := at.Add(3 * day * time.Second)
	for before := offsetAt(loc, at.Unix()); ; {
		end, changes := next(at, limit)
		off := offsetAt(loc, at.Unix())
		switch t := local - int64(off); {
		case t < at.Unix():
			return local - int64(before)
		case !changes || t < end.Unix():
			return t
		}
		at, before = end, off
	}
}

// next gives the first change of the clock after t and before limit. Past the end of its tables, which is in
// 2037, Time.ZoneBounds also gives ends of years, at which nothing changes, and in leap years gives them a day
// early, so that going from bound to bound would stand still.
func next(t, limit time.Time) (time.Time, bool) {
	at := t
	for {
		_, end := at.ZoneBounds()
		if !end.IsZero() && !end.After(at) {
			end = at.Add(time.Hour)
		}
		if end.IsZero() || !end.Before(limit) {
			return limit, false
		}
		if standing(end) != standing(t).moved(end) {
			return end, true
		}
		at = end
	}
}

// fixed gives the zone whose offset is always the same: an IANA zone for whole hours.
func fixed(off int) *Zone {
	if off%3600 == 0 {
		if z := byName(etc(off / 3600)); z != nil {
			return z
		}
	}
	name := offsetName(off)
	loc := time.FixedZone(name, off)
	return &Zone{
		key: func() string { return "offset:" + name },
		loc: func() *time.Location { return loc },
	}
}

// etc gives the IANA id of a zone that is so many hours ahead. The signs of these ids are those of POSIX.
func etc(hours int) string {
	if hours == 0 {
		return "UTC"
	}
	return fmt.Sprintf("Etc/GMT%+d", -hours)
}

// offsetName writes an offset in seconds as +01:00 or, if it has to be, +01:00:30.
func offsetName(off int) string {
	sign := '+'
	if off < 0 {
		sign, off = '-', -off
	}
	s := fmt.Sprintf("%c%02d:%02d", sign, off/3600, off/60%60)
	if off%60 != 0 {
		s += fmt.Sprintf(":%02d", off%60)
	}
	return s
}

// load gives an IANA zone, or nil if there are no rules for it.
func load(name string) func() *Zone {
	return sync.OnceValue(func() *Zone {
		loc, err := time.LoadLocation(name)
		if err != nil {
			return nil
		}
		return &Zone{
			name: name,
			key:  func() string { return name },
			loc:  func() *time.Location { return loc },
		}
	})
}

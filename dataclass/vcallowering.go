package dataclass

import "time"

// A dayStyle is how a device writes whole days.
type dayStyle uint8

const (
	// daysToMidnight writes T000000 to T000000 of the day after, which most devices read.
	daysToMidnight dayStyle = iota
	// daysToLastMinute writes T000000 to T235900 of the last day, inclusive.
	daysToLastMinute
	// daysTo24 writes T000000Z to T240000Z of the last day, though no time in UTC is meant: P800, P900.
	daysTo24
	// daysAsDate writes DATE values, of which the end is exclusive.
	daysAsDate
)

// A lowering is what a device wants of a vCalendar 1.0. The zero value suits most.
type lowering struct {
	// local writes all times as local ones of this zone, without Z, TZ and DAYLIGHT: for devices that
	// take every time for local (the Nokia 6230, 6600 and 9210, Siemens M55 and SX1, P800 to P990). Times
	// that float stay as they are. Nil writes UTC.
	local *time.Location
	// days is how whole days are written.
	days dayStyle
	// epocEntryType adds X-EPOCAGENDAENTRYTYPE, without which the P990 and other Symbian devices take a
	// whole day for an appointment of 24 hours.
	epocEntryType bool
	// alarmsUTC writes alarms in UTC also where local makes everything else local. Without it an alarm
	// has the form of the start: UTC, unless the start is local or floats.
	alarmsUTC bool
	// noAALARM writes a reminder as DALARM only, not as AALARM as well.
	noAALARM bool
	// since is the first year that the device knows, 1980 for Symbian: a series that began earlier
	// begins with its first time from then on. What does not recur stays as it is. 0 is no such year.
	since int
	// threePriorities writes PRIORITY as Windows Mobile has it: 1 high, 2 medium, 3 low.
	threePriorities bool
	// prefixCategories puts X- before categories that vCalendar 1.0 does not name: P800 and Nokia.
	prefixCategories bool
	// daylightYears is for how many years a series gets DAYLIGHT lines; 0 means those of the decade in which it
	// starts and five more, which are the same for many series. More are written if
	// the zone would not be understood without.
	daylightYears int
}

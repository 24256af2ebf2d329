package zone

import (
	"strings"
	"time"
)

// maxLines bounds the DAYLIGHT lines of an item; a year has one.
const maxLines = 100

// FromVersit gives the zone that the TZ and the DAYLIGHT values of vCalendar 1.0 describe: an offset such as +01,
// +01:00 or -0330, and lines such as TRUE;+02;20240331T020000;20241027T030000;CET;CEST, or FALSE, or none.
// The times are local ones, the first in standard and the second in daylight saving time, or UTC if they end
// in Z. A tz that is no offset but a name is that name, and the lines do not matter.
//
// The lines cover the years that they name. For the others to be right the zone has to be known: it is the one
// main city, from a list of those that change their clocks by different rules, that does so within a minute
// of when the lines say. If there is none, or there are several that part ways in other years, the end of
// daylight saving time is tried as standard time, which is how some write it. If that does not help either, or there
// are no lines, or what they say is behind tz instead of ahead, the zone is what the lines say and no more.
//
// The answer is false if a line is malformed or there are more than 100.
func FromVersit(tz string, daylight []string) (*Zone, bool) {
	base, ok := readOffset(strings.TrimSpace(cutUTC(trim(tz))))
	if !ok {
		return Named(tz)
	}
	if len(daylight) > maxLines {
		return nil, false
	}
	seasons, ok := readSeasons(base, daylight)
	if !ok {
		return nil, false
	}
	if len(seasons) == 0 {
		return fixed(base), true
	}
	r := rulesOf(base, seasons)
	if z := identify(r.all()); z != nil {
		return z, true
	}
	for i, s := range seasons {
		seasons[i].end += int64(s.off - base)
	}
	if z := identify(rulesOf(base, seasons).all()); z != nil {
		return z, true
	}
	return byRules(r), true
}

// A season is what one line says, in local times as an observance has them.
type season struct {
	off        int
	begin, end int64
	std, dst   string
}

func readSeasons(base int, daylight []string) ([]season, bool) {
	var out []season
	for _, line := range daylight {
		fields := strings.Split(line, ";")
		flag := strings.TrimSpace(fields[0])
		if flag == "" || strings.EqualFold(flag, "FALSE") {
			continue
		}
		if !strings.EqualFold(flag, "TRUE") || len(fields) < 4 {
			return nil, false
		}
		s, ok := readSeason(base, fields)
		if !ok {
			return nil, false
		}
		out = append(out, s)
	}
	return out, true
}

func readSeason(base int, fields []string) (season, bool) {
	off, ok1 := readOffset(strings.TrimSpace(fields[1]))
	begin, ok2 := readMoment(fields[2], base)
	end, ok3 := readMoment(fields[3], off)
	s := season{off: off, begin: begin, end: end}
	if len(fields) > 4 {
		s.std = strings.TrimSpace(fields[4])
	}
	if len(fields) > 5 {
		s.dst = strings.TrimSpace(fields[5])
	}
	return s, ok1 && ok2 && ok3 && end-int64(off) > begin-int64(base)
}

// rulesOf writes seasons as a VTIMEZONE would.
func rulesOf(base int, seasons []season) *rules {
	r := &rules{tzid: offsetName(base)}
	for _, s := range seasons {
		r.obs = append(r.obs,
			observance{from: s.off, to: base, name: s.std, dates: []int64{s.end}},
			observance{from: base, to: s.off, dst: true, name: s.dst, dates: []int64{s.begin}})
	}
	return r
}

// readMoment reads a local time, or one in UTC, as the local time of an offset.
func readMoment(s string, off int) (int64, bool) {
	s = strings.TrimSpace(s)
	at, ok := readLocal(s)
	if strings.HasSuffix(s, "Z") {
		at += int64(off)
	}
	return at, ok
}

// mainCities are places that between them keep all kinds of daylight saving time that there are today, and some
// that many appointments still know.
var mainCities = []string{
	"Europe/London", "Europe/Berlin", "Europe/Athens", "America/New_York", "America/Chicago", "America/Denver",
	"America/Los_Angeles", "America/Anchorage", "America/Halifax", "America/St_Johns", "America/Adak",
	"America/Santiago", "America/Asuncion", "America/Havana", "America/Nuuk", "America/Miquelon",
	"Atlantic/Azores", "Africa/Casablanca", "Africa/Cairo", "Asia/Beirut", "Asia/Jerusalem", "Asia/Gaza",
	"Europe/Chisinau", "Australia/Sydney", "Australia/Adelaide", "Australia/Lord_Howe", "Pacific/Norfolk",
	"Pacific/Auckland", "Pacific/Chatham", "Pacific/Easter", "America/Mexico_City", "America/Sao_Paulo",
	"Asia/Tehran", "Europe/Moscow", "Pacific/Apia",
}

// identify gives the one zone of the main cities that has these changes, or nil.
func identify(all []onset) *Zone {
	var found *Zone
	if all[0].from > all[0].to {
		return nil
	}
	for _, name := range mainCities {
		z := byName(name)
		if z == nil || !sameChanges(all, z.Location()) {
			continue
		}
		if found != nil && !agree(found.Location(), z.Location(), all[0].at) {
			return nil
		}
		if found == nil {
			found = z
		}
	}
	return found
}

// sameChanges reports whether loc changes as all say from the first to the last of them.
func sameChanges(all []onset, loc *time.Location) bool {
	at := time.Unix(all[0].at-day, 0).In(loc)
	limit := time.Unix(all[len(all)-1].at+day, 0)
	for _, o := range all {
		end, changes := next(at, limit)
		if !changes {
			return false
		}
		if c := changeAt(end); c.from != o.from || c.to != o.to || max(c.at-o.at, o.at-c.at) > 60 {
			return false
		}
		at = end
	}
	return true
}

// agree reports whether two zones are the same from an instant to the end of 2037.
func agree(a, b *time.Location, from int64) bool {
	limit := time.Date(2038, 1, 1, 0, 0, 0, 0, time.UTC)
	for at := time.Unix(from, 0); at.Before(limit); {
		endA, _ := next(at.In(a), limit)
		endB, _ := next(at.In(b), limit)
		if offsetAt(a, at.Unix()) != offsetAt(b, at.Unix()) || !endA.Equal(endB) {
			return false
		}
		at = endA
	}
	return true
}

// Versit writes the zone as vCalendar 1.0 has it, right for every instant of the years fromYear to toYear, local
// time (taken into 1900–2200): the value of TZ, which is the lowest offset of the last year, and one value of
// DAYLIGHT for every time in which the clocks show something else, so one a year where there is daylight
// saving time, and a second for the summer that began the year before where it is summer in January. It is
// the one value FALSE if there is no such time. A time without an end ends with the year after toYear.
func (z *Zone) Versit(fromYear, toYear int) (tz string, daylight []string) {
	loc := z.Location()
	fromYear = min(max(fromYear, firstYear), lastYear)
	toYear = min(max(fromYear, toYear), lastYear)
	base, std := lowest(loc, toYear)
	limit := time.Date(toYear+1, 1, 1, 0, 0, 0, 0, loc)
	all := changesOf(loc, fromYear, toYear)
	for _, o := range all {
		if o.to == base {
			continue
		}
		end, _ := next(time.Unix(o.at, 0).In(loc), limit.AddDate(1, 0, 0))
		daylight = append(daylight, strings.Join([]string{
			"TRUE", shortOffset(o.to), versitTime(o.at, base), versitTime(end.Unix(), o.to), abbrev(std), abbrev(o.name),
		}, ";"))
	}
	if daylight == nil {
		daylight = []string{"FALSE"}
	}
	return shortOffset(base), daylight
}

// lowest gives the lowest offset of a year and what it is called.
func lowest(loc *time.Location, year int) (off int, name string) {
	at := time.Date(year, 1, 1, 0, 0, 0, 0, loc)
	limit := at.AddDate(1, 0, 0)
	name, off = at.Zone()
	for {
		end, changes := next(at, limit)
		if !changes {
			return off, name
		}
		at = end
		if n, o := at.Zone(); o < off {
			off, name = o, n
		}
	}
}

func versitTime(at int64, off int) string {
	return time.Unix(at+int64(off), 0).UTC().Format(localFormat)
}

// shortOffset writes whole hours as +01.
func shortOffset(off int) string { return strings.TrimSuffix(offsetName(off), ":00") }

package dataclass

import (
	"strconv"
	"strings"
	"time"

	"github.com/bindery-sync/bindery/dataclass/contentline"
	"github.com/bindery-sync/bindery/dataclass/zone"
)

// A moment is a date or a time of an item as written (RFC 5545 3.3.4, 3.3.5).
type moment struct {
	y, mo, d, h, mi, s int
	date               bool // a day, without a time
	utc                bool
	tzid               string // empty for a floating time
}

// parseMoment reads one value, also with the hyphens and colons of the extended format, without seconds,
// with parts of a second, and with an offset, which makes it a time in UTC. 24:00 is the midnight after, a
// leap second the second before it.
func parseMoment(v, tzid string) (moment, bool) {
	v, offset, ok := cutOffset(strings.TrimSpace(v))
	if !ok {
		return moment{}, false
	}
	m, ok := parseClock(v, tzid)
	if offset == noOffset || !ok {
		return m, ok
	}
	if m.date || m.utc {
		return moment{}, false
	}
	m.utc, m.tzid = true, ""
	return m.with(m.wall().Add(-offset)), true
}

// noOffset stands for a time without one; none is that large.
const noOffset = 1000 * time.Hour

// cutOffset cuts parts of a second, and an offset from UTC such as +01:00, off a time.
func cutOffset(v string) (rest string, offset time.Duration, ok bool) {
	if n := len(v); n == 8 || n == 15 || n == 16 && v[15] == 'Z' {
		return v, noOffset, true // as nearly all of them are
	}
	clock := strings.IndexAny(v, "Tt ")
	if clock < 0 {
		return v, noOffset, true
	}
	offset = noOffset
	if at := strings.LastIndexAny(v, "+-"); at > clock {
		hours := strings.Replace(v[at+1:], ":", "", 1)
		if len(hours) == 2 {
			hours += "00"
		}
		if len(hours) != 4 || !digits(hours) || hours > "1559" || hours[2:] > "59" {
			return v, 0, false
		}
		n, _ := strconv.Atoi(hours)
		offset = time.Duration(n/100)*time.Hour + time.Duration(n%100)*time.Minute
		if v[at] == '-' {
			offset = -offset
		}
		v = v[:at]
	}
	if at := strings.IndexAny(v, ".,"); at > clock {
		end := at + 1
		for end < len(v) && v[end] >= '0' && v[end] <= '9' {
			end++
		}
		v = v[:at] + v[end:]
	}
	return v, offset, true
}

// parseClock reads a time without an offset.
func parseClock(v, tzid string) (moment, bool) {
	m := moment{tzid: tzid}
	if strings.HasSuffix(v, "Z") || strings.HasSuffix(v, "z") {
		m.utc, m.tzid, v = true, "", v[:len(v)-1]
	}
	digits, count, sep := basic(v)
	if count == 12 && sep {
		digits[12], digits[13], count = '0', '0', 14
	}
	if count != 8 && (count != 14 || !sep) {
		return moment{}, false
	}
	n := func(from, to int) int {
		x := 0
		for _, c := range digits[from:to] {
			x = 10*x + int(c-'0')
		}
		return x
	}
	m.y, m.mo, m.d = n(0, 4), n(4, 6), n(6, 8)
	if m.date = count == 8; m.date {
		m.utc, m.tzid = false, ""
		return m, m.possible()
	}
	m.h, m.mi, m.s = n(8, 10), n(10, 12), min(n(12, 14), 59)
	return m.midnight(), m.possible()
}

// basic gives the digits of a time in the basic or the extended format, how many there are, and
// whether there is a time behind the day.
func basic(v string) (digits [14]byte, count int, sep bool) {
	for i := 0; i < len(v); i++ {
		switch c := v[i]; {
		case c >= '0' && c <= '9' && count < len(digits):
			digits[count] = c
			count++
		case (c == 'T' || c == 't' || c == ' ') && !sep && count == 8:
			sep = true
		case c == '-' && count <= 6 && !sep, c == ':' && sep:
		default:
			return digits, 0, false
		}
		if i > 24 {
			return digits, 0, false
		}
	}
	return digits, count, sep
}

func (m moment) possible() bool {
	if m.mo < 1 || m.mo > 12 || m.d < 1 || m.h > 24 || m.mi > 59 || (m.h == 24 && m.mi+m.s > 0) {
		return false
	}
	return time.Date(m.y, time.Month(m.mo), m.d, 0, 0, 0, 0, time.UTC).Day() == m.d
}

// midnight turns 24:00 into 0:00 of the next day.
func (m moment) midnight() moment {
	if m.h == 24 && m.mi == 0 && m.s == 0 {
		return m.with(m.wall())
	}
	return m
}

// wall gives the numbers on the clock as if it stood in UTC.
func (m moment) wall() time.Time {
	return time.Date(m.y, time.Month(m.mo), m.d, m.h, m.mi, m.s, 0, time.UTC)
}

// with gives m with another reading of the clock.
func (m moment) with(wall time.Time) moment {
	m.y, m.mo, m.d = wall.Year(), int(wall.Month()), wall.Day()
	m.h, m.mi, m.s = wall.Hour(), wall.Minute(), wall.Second()
	return m
}

// String gives m as RFC 5545 writes it, without its time zone.
func (m moment) String() string {
	switch {
	case m.date:
		return m.wall().Format("20060102")
	case m.utc:
		return m.wall().Format("20060102T150405Z")
	}
	return m.wall().Format("20060102T150405")
}

// zones finds the time zones that an item names.
type zones struct {
	root  *contentline.Component
	known map[string]*zone.Zone // nil for a name that says nothing
}

func newZones(root *contentline.Component) *zones { return &zones{root: root} }

// find gives the zone of a TZID, or nil.
func (z *zones) find(tzid string) *zone.Zone {
	if known, ok := z.known[tzid]; ok {
		return known
	}
	found, ok := zone.Resolve(tzid, zoneComponent(z.root, tzid))
	if !ok {
		found = nil
	}
	if z.known == nil {
		z.known = make(map[string]*zone.Zone)
	}
	z.known[tzid] = found
	return found
}

// zoneComponent gives the VTIMEZONE of a TZID, or nil.
func zoneComponent(root *contentline.Component, tzid string) *contentline.Component {
	for i := range root.Props {
		c := root.Props[i].Comp
		if c == nil || !strings.EqualFold(c.Name, "VTIMEZONE") {
			continue
		}
		if p := c.Find("TZID"); p != nil && zoneName(p) == tzid {
			return c
		}
	}
	return nil
}

// zoneName reads the TZID of a VTIMEZONE as the parameters that refer to it write it.
func zoneName(p *contentline.Property) string { return strings.TrimSpace(cal20.unescape(p.Value)) }

// instant gives the point in time of m; false for a day, a floating time and an unknown zone.
func (z *zones) instant(m moment) (time.Time, bool) {
	switch {
	case m.date:
		return time.Time{}, false
	case m.utc:
		return m.wall(), true
	case m.tzid == "":
		return time.Time{}, false
	}
	if at := z.find(m.tzid); at != nil {
		return at.Instant(m.y, m.mo, m.d, m.h, m.mi, m.s), true
	}
	return time.Time{}, false
}

// momentOf reads the value of a property that holds one time.
func momentOf(p *contentline.Property) (moment, bool) {
	return parseMoment(p.Value, tzidOf(p))
}

func tzidOf(p *contentline.Property) string {
	tzid, ok := p.Param("TZID")
	if !ok || !strings.ContainsAny(tzid, "\",^") {
		return strings.TrimSpace(tzid)
	}
	return strings.Join(contentline.Param{Value: tzid}.Values(), ",")
}

// key normalises a time: equal for times that are the same to a user. A time in a zone is an
// instant, unless inZone: then its zone counts as well, as it does for the start of a series.
func (z *zones) key(p *contentline.Property, inZone bool) string {
	m, ok := momentOf(p)
	if !ok {
		return "?" + strings.TrimSpace(p.Value) + "@" + tzidOf(p)
	}
	return z.momentKey(m, inZone)
}

func (z *zones) momentKey(m moment, inZone bool) string {
	switch {
	case m.date:
		return "D" + m.String()
	case m.utc:
		return "U" + m.String()
	case m.tzid == "":
		return "F" + m.String()
	}
	at := z.find(m.tzid)
	if at == nil {
		return "F" + m.String() + "@" + upper(m.tzid)
	}
	if inZone && at.Key() != "UTC" && at.Key() != "Etc/UTC" {
		return "Z" + m.String() + "@" + at.Key()
	}
	return "U" + at.Instant(m.y, m.mo, m.d, m.h, m.mi, m.s).UTC().Format("20060102T150405Z")
}

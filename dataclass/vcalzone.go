package dataclass

import (
	"strings"
	"time"

	"github.com/bindery-sync/bindery/dataclass/contentline"
	"github.com/bindery-sync/bindery/dataclass/zone"
)

// maxDaylight bounds the DAYLIGHT lines that are looked at.
const maxDaylight = 400

// versitZone gives the zone that TZ and DAYLIGHT of a vCalendar describe, or those of an item in it, where
// some devices write them; nil if they describe none.
func versitZone(root *contentline.Component) *zone.Zone {
	tz, daylight := versitZoneLines(root)
	for i := range root.Props {
		if c := root.Props[i].Comp; tz == "" && c != nil && isTimed(c) {
			tz, daylight = versitZoneLines(c)
		}
	}
	if tz == "" {
		return nil
	}
	if z, ok := zone.FromVersit(tz, daylight); ok {
		return z
	}
	return nil
}

func versitZoneLines(c *contentline.Component) (tz string, daylight []string) {
	for i := range c.Props {
		p := &c.Props[i]
		switch {
		case p.Junk:
		case p.Is("TZ") && tz == "":
			tz = strings.TrimSpace(p.Value)
		case p.Is("DAYLIGHT") && len(daylight) <= maxDaylight:
			daylight = append(daylight, p.Value)
		}
	}
	return tz, daylight
}

// isUTC reports whether the zone is UTC under whatever name.
func isUTC(z *zone.Zone) bool { return z.Key() == "UTC" || z.Key() == "Etc/UTC" }

// tzidFor names a zone in a TZID. One that has no name gets one that means nothing but its VTIMEZONE.
func tzidFor(z *zone.Zone) string {
	if name := z.Name(); name != "" {
		return name
	}
	return "Zone-of-Device"
}

// saw remembers that something happens in the zone of the device.
func (r *raiser) saw(year int) {
	if r.from == 0 || year < r.from {
		r.from = year
	}
	r.to = max(r.to, year)
}

// yearsAhead is for how many years after the last one that is named a VTIMEZONE holds at least.
const yearsAhead = 10

// addZone puts the VTIMEZONE before the first component, if a time is in it.
func (r *raiser) addZone(out *contentline.Component) {
	if r.from == 0 {
		return
	}
	to := max(r.to, r.until) + yearsAhead
	if r.zone.Name() == "" { // it changes when DAYLIGHT says so and no longer; a rule must not go on from there
		to = max(to, r.from+100)
	}
	c := zone.Component(tzidFor(r.zone), r.zone.Location(), r.from, to)
	at := 0
	for at < len(out.Props) && out.Props[at].Comp == nil {
		at++
	}
	tail := append([]contentline.Property{{Comp: c}}, out.Props[at:]...)
	out.Props = append(out.Props[:at:at], tail...)
}

// local gives m as the clocks of its own zone show it, or of the zone of the device if it is in UTC. It is
// false for a time in UTC where nobody knows the zone.
func (r *raiser) local(m moment) (moment, bool) {
	if !m.utc {
		return moment{date: m.date}.with(m.wall()), true
	}
	if r.zone == nil {
		return m, false
	}
	return moment{}.with(inZone(m.wall(), r.zone.Location())), true
}

// inZone gives what the clocks of loc show at an instant, as if they stood in UTC.
func inZone(at time.Time, loc *time.Location) time.Time {
	at = at.In(loc)
	return time.Date(at.Year(), at.Month(), at.Day(), at.Hour(), at.Minute(), at.Second(), 0, time.UTC)
}

// instant gives the instant of m, if its zone is known.
func (r *raiser) instant(m moment) (time.Time, bool) {
	if m.tzid != "" && r.zone != nil && m.tzid == tzidFor(r.zone) && !m.date && !m.utc {
		return r.zone.Instant(m.y, m.mo, m.d, m.h, m.mi, m.s), true
	}
	return r.zones.instant(m)
}

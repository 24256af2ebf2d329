package dataclass

import (
	"strings"

	"github.com/bindery-sync/bindery/dataclass/contentline"
	"github.com/bindery-sync/bindery/dataclass/zone"
)

// raiseCalendar turns a tree of vCalendar 1.0 (versit, 1996) into one of iCalendar 2.0 (RFC 5545). The
// tree given stays as it is. There is no error: what cannot be understood goes along as it is written,
// a recurrence rule that RRULE cannot say under the name X-VCALENDAR-RRULE.
//
//   - A time with Z is that instant. A time without Z is in the zone that TZ and DAYLIGHT describe, and
//     floats if they describe none. A series whose times have a Z becomes local time in that zone, so
//     that nine o'clock stays nine o'clock; its rule then follows the local days.
//   - Whole days become values of DATE, however the device writes them; see dayReader.
//   - AALARM and DALARM of the same time are one reminder; see raiseAlarms.
//   - A time in the years 4500 and 4501 is no time, as some devices mean it.
func raiseCalendar(root *contentline.Component) *contentline.Component {
	return raiseIn(root, versitZone(root))
}

// raiseIn is raiseCalendar for a tree of whose zone more is known than it says; z may be nil.
func raiseIn(root *contentline.Component, z *zone.Zone) *contentline.Component {
	r := raiser{zones: newZones(root), zone: z}
	out := &contentline.Component{Name: root.Name, Props: make([]contentline.Property, 0, len(root.Props)+3)}
	for i := range root.Props {
		p := &root.Props[i]
		switch {
		case p.Comp != nil && p.Name == "" && !p.Junk:
			out.Props = append(out.Props, contentline.Property{Comp: r.component(p.Comp)})
		case p.Junk:
			out.Props = append(out.Props, *p)
		case p.Is("TZ"), p.Is("DAYLIGHT"), p.Is("VERSION"):
		case p.Is("GEO") && p.Group == "":
			out.Props = append(out.Props, raiseWord(p, "GEO", false)...)
		default:
			out.Props = append(out.Props, projectProperty(*p, cal10, cal20))
		}
	}
	head := []contentline.Property{{Name: "VERSION", Value: "2.0"}}
	if root.Find("PRODID") == nil {
		head = append(head, contentline.Property{Name: "PRODID", Value: prodID})
	}
	out.Props = append(head, out.Props...)
	r.addZone(out)
	return out
}

// A raiser turns the components of one vCalendar into those of iCalendar.
type raiser struct {
	zones *zones     // of a tree that has VTIMEZONEs although it should not
	zone  *zone.Zone // what TZ and DAYLIGHT say; nil if nothing that makes sense
	from  int        // the years in which something happens in that zone; 0 if nothing does
	to    int
	until int // the last year of a rule
}

func (r *raiser) component(c *contentline.Component) *contentline.Component {
	if !isTimed(c) {
		return projectComponent(c, cal10, cal20)
	}
	return newRaising(r, c).item()
}

// lowerCalendar turns a tree of iCalendar 2.0 into one of vCalendar 1.0, as o wants it. The tree given
// stays as it is. There is no error; what 1.0 has no words for goes along under its own name, unless it
// would be misread:
//
//   - A series in a zone is written in UTC with TZ and DAYLIGHT. If it happens on another day in UTC than by the
//     clock, or the rule has no form in UTC, it is written in local time with TZ and DAYLIGHT: devices count days by
//     their own clock.
//   - A rule that 1.0 cannot say at all becomes RDATEs: what happens in the first five years, at most 100
//     times. A device that ignores RDATE shows the first time only; without them every device would.
//   - An exception (RECURRENCE-ID) cannot be said: its time is moved (EXDATE and RDATE) or left out, so
//     that the device shows nothing at a wrong time; see exceptions.
//   - A single time in a zone becomes UTC. A floating time stays one.
//   - Components of an event or task that are no alarms (VLOCATION, PARTICIPANT) are not written.
//   - Alarms are absolute, relative to the first start. An alarm relative to a start that nobody knows
//     is not written.
func lowerCalendar(root *contentline.Component, o lowering) *contentline.Component {
	l := newLowerer(root, o)
	out := &contentline.Component{Name: root.Name, Props: make([]contentline.Property, 0, len(root.Props)+4)}
	for i := range root.Props {
		p := &root.Props[i]
		switch {
		case p.Comp != nil && p.Name == "" && !p.Junk:
			if c := l.component(p.Comp); c != nil {
				out.Props = append(out.Props, contentline.Property{Comp: c})
			}
		case p.Junk:
			out.Props = append(out.Props, *p)
		case p.Is("VERSION"), p.Is("METHOD"), p.Is("CALSCALE"):
		case p.Is("GEO") && p.Group == "":
			out.Props = append(out.Props, o.lowerWord(p, "GEO", false)...)
		default:
			out.Props = append(out.Props, projectProperty(*p, cal20, cal10))
		}
	}
	head := append([]contentline.Property{{Name: "VERSION", Value: "1.0"}}, l.zoneLines...)
	out.Props = append(head, out.Props...)
	return out
}

// isTimed reports whether the component is one that vCalendar 1.0 knows.
func isTimed(c *contentline.Component) bool {
	return strings.EqualFold(c.Name, "VEVENT") || strings.EqualFold(c.Name, "VTODO")
}

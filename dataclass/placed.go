package dataclass

import (
	"strings"

	"github.com/bindery-sync/bindery/dataclass/contentline"
	"github.com/bindery-sync/bindery/dataclass/zone"
)

// Placed gives an event or a task whose times float, of a device whose clock is known to stand in the zone s.Local, with
// these times in that zone: in iCalendar 2.0, because vCalendar 1.0 has no names for zones. Nothing else changes, and
// what a device of that style is sent of it says what it said before. It gives the item itself if it is not in
// vCalendar 1.0, says itself in which zone it is, has a time in UTC, has days only, or if nobody knows the zone; and if
// it has a priority on a scale of its own, for which iCalendar has no word.
func (it *Item) Placed(s CalendarStyle) *Item {
	if it.d != cal10 || it.class == Notes || s.Local == "" || versitZone(it.root) != nil || !floats(it.root) {
		return it
	}
	if s.ThreePriorities && masterIn(it.root).Find("PRIORITY") != nil {
		return it
	}
	z, ok := zone.Named(s.Local)
	if !ok || isUTC(z) {
		return it
	}
	root := raiseIn(it.root, z)
	if zoneComponent(root, tzidFor(z)) == nil {
		return it // there is no time of day in it
	}
	out := &Item{class: it.class, d: cal20, root: root}
	out.complete()
	return out
}

// floats reports whether the times of an event or task are those that a clock shows, in whatever zone it stands. Where
// only some are, nobody knows what is meant.
func floats(root *contentline.Component) bool {
	some := false
	for i := range root.Props {
		c := root.Props[i].Comp
		if c == nil || !isTimed(c) {
			continue
		}
		for j := range c.Props {
			p := &c.Props[j]
			if p.Junk || !isOneOf(p, clocked) {
				continue
			}
			for _, v := range strings.FieldsFunc(p.Value, func(r rune) bool { return r == ';' || r == ',' }) {
				m, ok := parseMoment(v, tzidOf(p))
				if ok && (m.utc || m.tzid != "") {
					return false
				}
				some = some || ok && !m.date
			}
		}
	}
	return some
}

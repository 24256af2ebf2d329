package dataclass

import (
	"strings"
	"time"

	"github.com/bindery-sync/bindery/dataclass/contentline"
	"github.com/bindery-sync/bindery/dataclass/zone"
)

// clocked are the properties whose times are those of the item, in its zone.
var clocked = []string{"DTSTART", "DTEND", "DUE", "EXDATE", "RDATE", "RECURRENCE-ID"}

// inZoneOf gives what a side of vCalendar 1.0 holds with its times in the zone that the base has them in. That format
// has no zones but a way to tell the offsets of one, and many devices do not keep that: they hold the instants in UTC,
// or what the clock shows. For a series this is more than another way to write it, as it would move by an hour with
// the clocks; but nobody edited it. What a clock shows is taken for the time in the zone clock, if that is known; else a
// side that shows another time than the base stays as it is. So does a series whose day is another one in UTC, for its
// rules name days.
func (n *neutralizer) inZoneOf(base, now *Item, clock string) *Item {
	if base == nil || now == nil || n.back[now] == nil || n.back[now].d != cal10 {
		return now
	}
	b, ok := beginningOf(base)
	s, ok2 := beginningOf(now)
	if !ok || !ok2 || s.date || s.alike(b) || b.tzid == "" && !b.utc {
		return now
	}
	z := clocks{base: newZones(base.root), now: newZones(now.root), start: b, from: s}
	z.clock, _ = zone.Named(clock)
	floats := !s.utc && s.tzid == ""
	in, ok := z.move(s)
	switch {
	case !ok, floats && z.clock == nil && !s.wall().Equal(b.wall()), !floats && b.utc,
		recurs(masterIn(now.root)) && (in.d != s.d || in.mo != s.mo):
		return now
	}
	out := now.Clone()
	for i := range out.root.Props {
		if c := out.root.Props[i].Comp; c != nil && classOf[upper(c.Name)] != "" {
			z.moveAll(c)
		}
	}
	out.root = withZone(out.root, base.root, b.tzid)
	n.back[out] = n.back[now]
	return out
}

// beginningOf is the beginning of the master.
func beginningOf(it *Item) (moment, bool) {
	c := masterIn(it.root)
	if c == nil {
		return moment{}, false
	}
	p := c.Find("DTSTART")
	if p == nil {
		return moment{}, false
	}
	return momentOf(p)
}

// clocks are the zones of two items, the beginning of the first, and the zone of what floats in the second.
type clocks struct {
	base, now *zones
	start     moment
	from      moment // the beginning of the second: what is written otherwise stays
	clock     *zone.Zone
}

// move gives a time of the second item in the zone of the first one's beginning.
func (z clocks) move(m moment) (moment, bool) {
	if !m.alike(z.from) {
		return m, false
	}
	var at time.Time
	ok := true
	switch floats := !m.utc && m.tzid == ""; {
	case floats && z.clock == nil && z.start.tzid != "":
		return z.start.with(m.wall()), true
	case floats && z.clock == nil:
		return m, false
	case floats:
		at = time.Date(m.y, time.Month(m.mo), m.d, m.h, m.mi, m.s, 0, z.clock.Location())
	default:
		at, ok = z.now.instant(m)
	}
	if z.start.utc {
		return z.start.with(at.UTC()), ok
	}
	to := z.base.find(z.start.tzid)
	if to == nil || !ok {
		return m, false
	}
	return z.start.with(at.In(to.Location())), true
}

// moveAll moves the times of a component. A list of which one time cannot be moved stays as it is.
func (z clocks) moveAll(c *contentline.Component) {
	for i := range c.Props {
		p := &c.Props[i]
		if p.Junk || !isOneOf(p, clocked) {
			continue
		}
		values := strings.Split(p.Value, ",")
		good := true
		for j, v := range values {
			m, ok := parseMoment(v, tzidOf(p))
			if ok {
				m, ok = z.move(m)
			}
			if good = good && ok; good {
				values[j] = m.String()
			}
		}
		if good {
			q := z.start.property(p.Name)
			q.Value = strings.Join(values, ",")
			*p = q
		}
	}
}

func isOneOf(p *contentline.Property, names []string) bool {
	for _, name := range names {
		if p.Is(name) {
			return true
		}
	}
	return false
}

// withZone gives a calendar with the definition that another one has of a zone, if it has none.
func withZone(root, from *contentline.Component, tzid string) *contentline.Component {
	def := zoneComponent(from, tzid)
	if def == nil || zoneComponent(root, tzid) != nil {
		return root
	}
	props := make([]contentline.Property, 0, len(root.Props)+1)
	added := false
	for _, p := range root.Props {
		if p.Comp != nil && !added {
			props, added = append(props, contentline.Property{Comp: def.Clone()}), true
		}
		props = append(props, p)
	}
	return root.With(props)
}

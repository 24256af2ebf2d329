package dataclass

import (
	"strings"
	"time"

	"github.com/bindery-sync/bindery/dataclass/contentline"
	"github.com/bindery-sync/bindery/dataclass/zone"
)

// A When is a day or a time of an entry (RFC 5545 3.3.4, 3.3.5), to the second. The zero When is none.
type When struct {
	// Time is the point in time. Of a day it is midnight UTC at its beginning, of a floating time what the
	// clock shows as if it were in UTC. When it is written, the numbers that it shows in its own
	// location count in these two cases.
	Time time.Time
	// Date says that it is a day. Zone is empty then.
	Date bool
	// Floating says that the time has no zone, or one that nobody knows: it is what the clock shows wherever the
	// user is.
	Floating bool
	// Zone is the TZID of a time that stands in a zone; empty for UTC. When it is written it may be any name
	// that zone.Named knows.
	Zone string
}

// IsZero reports whether there is no time.
func (w When) IsZero() bool { return w.Time.IsZero() }

// Equal reports whether both mean the same: the same day, the same time on the clock, or the same instant, in
// whatever zone.
func (w When) Equal(v When) bool {
	return w.Date == v.Date && w.Floating == v.Floating && w.Time.Equal(v.Time)
}

// same reports whether w is already there and need not be written.
func (w When) same(v When) bool { return w.Zone == v.Zone && w.Equal(v) }

// when gives m as callers see it.
func (z *zones) when(m moment) When {
	switch {
	case m.date:
		return When{Time: m.wall(), Date: true}
	case m.utc:
		return When{Time: m.wall()}
	case m.tzid == "":
		return When{Time: m.wall(), Floating: true}
	}
	if t, ok := z.instant(m); ok {
		return When{Time: t, Zone: m.tzid}
	}
	return When{Time: m.wall(), Floating: true, Zone: m.tzid}
}

// whenOf reads the first property with the name.
func (z *zones) whenOf(c *contentline.Component, name string) When {
	if p := c.Find(name); p != nil {
		if m, ok := momentOf(p); ok {
			return z.when(m)
		}
	}
	return When{}
}

// moment gives w as it is written; false for a year that nobody can write. A time that its zone cannot say, as
// clocks go back or because nobody knows the zone, is written in UTC.
func (z *zones) moment(w When) (moment, bool) {
	t := w.Time
	if t.Year() < 1 || t.Year() > 9998 {
		return moment{}, false
	}
	switch {
	case w.Date:
		m := moment{date: true}.with(t)
		m.h, m.mi, m.s = 0, 0, 0
		return m, true
	case w.Floating:
		return moment{tzid: w.Zone}.with(t), true
	case w.Zone == "":
		return moment{utc: true}.with(t.UTC()), true
	}
	tzid, at := z.named(w.Zone)
	if at == nil {
		return moment{utc: true}.with(t.UTC()), true
	}
	m := moment{tzid: tzid}.with(t.In(at.Location()))
	if !at.Instant(m.y, m.mo, m.d, m.h, m.mi, m.s).Equal(t.Truncate(time.Second)) {
		return moment{utc: true}.with(t.UTC()), true
	}
	return m, true
}

// named gives the zone that a name means and the TZID that the item has for it, if it has one.
func (z *zones) named(name string) (tzid string, at *zone.Zone) {
	if at = z.find(name); at == nil {
		return name, nil
	}
	if zoneComponent(z.root, name) != nil {
		return name, at
	}
	for i := range z.root.Props {
		c := z.root.Props[i].Comp
		if c == nil || propName(&z.root.Props[i]) != "BEGIN:VTIMEZONE" {
			continue
		}
		id := textOf(c, "TZID", cal20)
		if other := z.find(id); other != nil && other.Key() == at.Key() {
			return id, at
		}
	}
	return name, at
}

// zoneYears is how many years a VTIMEZONE is written for at least.
const zoneYears = 10

// need adds the VTIMEZONE that m needs, if it is missing, in front of the entries.
func (z *zones) need(m moment) {
	if m.tzid == "" || zoneComponent(z.root, m.tzid) != nil {
		return
	}
	at := z.find(m.tzid)
	if at == nil {
		return
	}
	p := contentline.Property{Comp: zone.Component(m.tzid, at.Location(), m.y, m.y+zoneYears)}
	props := make([]contentline.Property, 0, len(z.root.Props)+1)
	for i, old := range z.root.Props {
		if p.Comp != nil && old.Comp != nil && classOf[upper(old.Comp.Name)] != "" {
			props = append(props, p)
			p.Comp = nil
		}
		props = append(props, z.root.Props[i])
	}
	z.root.Props = props
	z.known = nil
}

// setWhen writes a time into the first property with the name; the zero time removes it. Parameters other than
// VALUE and TZID stay.
func setWhen(root, c *contentline.Component, name string, w When) {
	if w.IsZero() {
		drop(c, name)
		return
	}
	z := newZones(root)
	m, ok := z.moment(w)
	if !ok {
		return
	}
	z.need(m)
	p := c.Find(name)
	if p == nil {
		add(c, contentline.Property{Name: name})
		p = c.Find(name)
	}
	*p = timed(*p, m)
}

// timed gives p with a time as its value.
func timed(p contentline.Property, m moment) contentline.Property {
	value := ""
	if m.date {
		value = "DATE"
	} else if v := paramOf(&p, "VALUE"); v != "" && !strings.EqualFold(v, "DATE") {
		value = v
	}
	p.Value, p.Base64 = m.String(), false
	p.Params = withParam(withParam(p.Params, "VALUE", value), "TZID", m.tzid)
	return p
}

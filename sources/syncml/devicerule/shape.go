package devicerule

import (
	"maps"
	"slices"
	"strings"

	"github.com/bindery-sync/bindery/dataclass"
)

// Shape gives what a phone holds of the items of a dataclass, after what it declares (c) and what the rules say.
// Zone is the IANA name of the zone for phones that take every time for local; a rule's own goes before it. The
// rules' limits hold beside those that the phone declares; c is not changed.
func (r *Options) Shape(c dataclass.Capabilities, class dataclass.Class, zone string) dataclass.Capabilities {
	if Is(r.IgnoreCTCap) {
		c.Limits, c.Parts, c.Complete, c.MaxSize = nil, nil, false, 0
	}
	c.Limits, c.Parts = slices.Clone(c.Limits), maps.Clone(c.Parts)
	if Is(r.IgnoreSizes) {
		for i := range c.Limits {
			c.Limits[i].Size = 0
		}
	}
	if Is(r.SpellOut) {
		c.Charset = Or(r.OutputCharset, c.Charset)
	}
	c.NoEmpty = c.NoEmpty || Is(r.NoEmpty)
	c.Limits = append(append(c.Limits, never(r.Drop)...), r.silenced()...)
	for _, l := range r.Limits {
		if l.Dataclass == "" || l.Dataclass == string(class) || class == dataclass.Calendar && isCalendar(l.Dataclass) {
			l.into(&c)
		}
	}
	if Is(r.EpocEntryType) && c.Complete { // few phones that demand it declare it
		c.Limits = append(c.Limits, dataclass.Limit{Name: "X-EPOCAGENDAENTRYTYPE"})
	}
	r.style(&c.Calendar, zone)
	c.Calendar.OneEntry = (class == dataclass.Calendar || isCalendar(string(class))) && !Is(r.Exceptions)
	return c
}

func isCalendar(class string) bool {
	return class == string(dataclass.Events) || class == string(dataclass.Tasks)
}

// into adds a limit to what a phone holds.
func (l Limit) into(c *dataclass.Capabilities) {
	c.Limits = append(c.Limits, dataclass.Limit{Name: l.Property, Only: l.Only, Never: l.Never, Count: l.Count,
		Size: l.Size, Octets: l.Octets, Whole: l.Whole, Values: l.Values, Types: l.Types, NoTypes: l.NoTypes})
	if l.Parts != 0 {
		if c.Parts == nil {
			c.Parts = make(map[string]int)
		}
		c.Parts[strings.ToUpper(l.Property)] = l.Parts
	}
}

// silenced are the limits of alarms that the phone is not sent.
func (r *Options) silenced() []dataclass.Limit {
	switch Or(r.Alarms, "") {
	case "audio":
		return never([]string{"DALARM"})
	case "none":
		return never([]string{"AALARM", "DALARM", "MALARM", "PALARM", "VALARM"})
	}
	return nil
}

// style sets what a phone wants of a vCalendar 1.0.
func (r *Options) style(s *dataclass.CalendarStyle, zone string) {
	switch Or(r.OutgoingTimes, "") {
	case "local":
		s.Local = Or(r.Zone, zone)
	case "utc":
		s.Local = ""
	}
	s.Since = Or(r.Since, s.Since)
	s.AllDay = Or(r.AllDay, s.AllDay)
	s.AlarmsUTC = Or(r.AlarmsUTC, s.AlarmsUTC)
	s.DisplayOnly = s.DisplayOnly || Or(r.Alarms, "") == "display"
	s.EpocEntryType = Or(r.EpocEntryType, s.EpocEntryType)
	s.ThreePriorities = Or(r.ThreePriorities, s.ThreePriorities)
	s.PrefixCategories = Or(r.PrefixCategories, s.PrefixCategories)
}

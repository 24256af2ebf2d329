package zone

import (
	"strings"
	"time"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

// Resolve gives the zone of an item that says tzid and brings the VTIMEZONE def for it, which may be nil.
//
// The name counts most, because it follows the law of its place, whereas the rules of a VTIMEZONE are those of
// the day it was written. If the name says nothing (see Named), the hints inside def are asked:
// X-LIC-LOCATION, X-MICROSOFT-CDO-TZID and, if they are no abbreviations, the TZNAMEs. If they say nothing
// either, the zone is what the rules of def say.
//
// But rules that cannot be meant to describe the named zone win over its name: somebody has changed them, or
// the name is wrong, and what the sender saw were the rules. They describe it if there is at least one
// year, from 1970 to 2037, in which the clocks change from and to the same offsets within two days of
// each other; so old rules of a place that has new ones, and rules that are wrong for years long ago, are
// no contradiction. Neither is a VTIMEZONE that leaves daylight saving time out, if the one offset that it
// knows is one of the zone's since 1990.
//
// The answer is false if there is neither a name nor a rule that is understood: a malformed def is as good
// as none. The work is bounded whatever def holds.
func Resolve(tzid string, def *contentline.Component) (*Zone, bool) {
	named, ok := Named(tzid)
	if def == nil {
		return named, ok
	}
	r, readable := readRules(def)
	if !readable {
		if !ok {
			named, ok = firstHint(def)
		}
		return named, ok
	}
	if ok && r.describe(named) {
		return named, true
	}
	for _, name := range hints(def) {
		if z, ok := Named(name); ok && r.describe(z) {
			return z, true
		}
	}
	return byRules(r), true
}

// firstHint gives the first hint that is a name.
func firstHint(def *contentline.Component) (*Zone, bool) {
	for _, name := range hints(def) {
		if z, ok := Named(name); ok {
			return z, true
		}
	}
	return nil, false
}

// hints gives the names that stand in a VTIMEZONE, at most three.
func hints(def *contentline.Component) []string {
	var out []string
	if p := def.Find("X-LIC-LOCATION"); p != nil {
		out = append(out, p.Value)
	}
	if p := def.Find("X-MICROSOFT-CDO-TZID"); p != nil {
		if n, ok := within(p.Value, 0, len(cdoZones)-1); ok {
			out = append(out, cdoZones[n])
		}
	}
	for i := range def.Props {
		c := def.Props[i].Comp
		if c == nil || !strings.EqualFold(c.Name, "STANDARD") {
			continue
		}
		if p := c.Find("TZNAME"); p != nil && strings.ContainsAny(p.Value, "/ ") {
			return append(out, p.Value)
		}
	}
	return out
}

// slack is how far apart two changes of the clock may be that are meant to be the same: Windows lets them
// happen a second early, and some laws know days that no rule can say.
const slack = 2 * day

// describe reports whether the rules can be meant to describe a zone.
func (r *rules) describe(z *Zone) bool {
	loc := z.Location()
	changes := false
	for y := 2030; y >= 1970; y-- {
		ok, some := r.describeYear(loc, y)
		if ok {
			return true
		}
		changes = changes || some
	}
	for y := 2031; y <= 2037; y++ {
		ok, some := r.describeYear(loc, y)
		if ok {
			return true
		}
		changes = changes || some
	}
	return !changes && r.standing(loc)
}

// describeYear reports whether all changes of a year, of which there are some, are those of loc.
func (r *rules) describeYear(loc *time.Location, year int) (ok, some bool) {
	ok = true
	for _, o := range r.year(year) {
		if o.from == o.to {
			continue
		}
		some = true
		if offsetAt(loc, o.at-slack) != o.from || offsetAt(loc, o.at+slack) != o.to {
			ok = false
		}
	}
	return ok && some, some
}

// standing reports whether rules without changes give an offset that loc has had since there are such files.
func (r *rules) standing(loc *time.Location) bool {
	all := r.all()
	off := all[len(all)-1].to
	for y := 1990; y <= 2037; y++ {
		for _, m := range [...]time.Month{time.January, time.July} {
			if offsetAt(loc, time.Date(y, m, 1, 0, 0, 0, 0, time.UTC).Unix()) == off {
				return true
			}
		}
	}
	return false
}

func offsetAt(loc *time.Location, at int64) int {
	_, off := time.Unix(at, 0).In(loc).Zone()
	return off
}

// cdoZones are the zones of the numbers that Exchange writes as X-MICROSOFT-CDO-TZID.
var cdoZones = [...]string{
	"UTC", "GMT Standard Time", "Europe/Lisbon", "Romance Standard Time", "W. Europe Standard Time",
	"GTB Standard Time", "Central Europe Standard Time", "Europe/Athens", "E. South America Standard Time",
	"Atlantic Standard Time", "Eastern Standard Time", "Central Standard Time", "Mountain Standard Time",
	"Pacific Standard Time", "Alaskan Standard Time", "Hawaiian Standard Time", "Samoa Standard Time",
	"New Zealand Standard Time", "E. Australia Standard Time", "Cen. Australia Standard Time",
	"Tokyo Standard Time", "Singapore Standard Time", "SE Asia Standard Time", "India Standard Time",
	"Arabian Standard Time", "Iran Standard Time", "Arabic Standard Time", "Israel Standard Time",
	"Newfoundland Standard Time", "Azores Standard Time", "UTC-02", "Greenwich Standard Time",
	"Argentina Standard Time", "Venezuela Standard Time", "US Eastern Standard Time", "SA Pacific Standard Time",
	"Canada Central Standard Time", "Central Standard Time (Mexico)", "US Mountain Standard Time",
	"Dateline Standard Time", "Fiji Standard Time", "Magadan Standard Time", "Tasmania Standard Time",
	"West Pacific Standard Time", "AUS Central Standard Time", "China Standard Time", "Asia/Almaty",
	"Pakistan Standard Time", "Afghanistan Standard Time", "Egypt Standard Time", "South Africa Standard Time",
	"Russian Standard Time",
}

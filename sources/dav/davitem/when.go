package davitem

import (
	"fmt"
	"strings"
	"time"

	"github.com/bindery-sync/bindery/dataclass/contentline"
	"github.com/bindery-sync/bindery/dataclass/zone"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// A Range is a time-range (RFC 4791 section 9.9): from inclusive, to exclusive.
type Range struct{ From, To time.Time }

// Bounds of time, for a range that is open at one end.
var (
	firstTime = time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)
	lastTime  = time.Date(9998, 12, 31, 0, 0, 0, 0, time.UTC)
)

// utcLayout is how the times of a request are written.
const utcLayout = "20060102T150405Z"

// ParseRange reads the attributes start and end of an element. It returns ErrFilter unless they are times in UTC, of
// which at least one is there, in order.
func ParseRange(e *xmltree.Element) (*Range, error) {
	r := &Range{firstTime, lastTime}
	start, end := e.Attr("", "start"), e.Attr("", "end")
	for _, one := range []struct {
		value string
		into  *time.Time
	}{{start, &r.From}, {end, &r.To}} {
		if one.value == "" {
			continue
		}
		t, err := time.Parse(utcLayout, one.value)
		if err != nil {
			return nil, fmt.Errorf("%w: %.40q is no time in UTC", ErrFilter, one.value)
		}
		*one.into = t
	}
	if start == "" && end == "" || !r.From.Before(r.To) {
		return nil, fmt.Errorf("%w: the range of time is empty", ErrFilter)
	}
	return r, nil
}

// in gives the range with its bounds in a location: days and floating times are taken to be there.
func (r Range) in(loc *time.Location) Range { return Range{r.From.In(loc), r.To.In(loc)} }

// zones tell what the times of one item mean.
type zones struct {
	root *contentline.Component
	// floating is where times without a zone are taken to be.
	floating *time.Location
}

// at reads the first time of a property; day says that it is a day.
func (z zones) at(p *contentline.Property) (t time.Time, day, ok bool) {
	if p == nil {
		return time.Time{}, false, false
	}
	v, _, _ := strings.Cut(strings.TrimSpace(p.Value), ",")
	v, _, _ = strings.Cut(v, "/")
	loc := z.floating
	if loc == nil {
		loc = time.UTC
	}
	if t, err := time.Parse(utcLayout, v); err == nil {
		return t, false, true
	}
	if t, err := time.ParseInLocation("20060102", v, loc); err == nil {
		return t, true, true
	}
	t, err := time.ParseInLocation("20060102T150405", v, loc)
	if err != nil {
		return time.Time{}, false, false
	}
	if tzid, named := p.Param("TZID"); named {
		if zone, known := zone.Resolve(strings.Trim(tzid, `"`), z.definition(strings.Trim(tzid, `"`))); known {
			y, m, d := t.Date()
			return zone.Instant(y, int(m), d, t.Hour(), t.Minute(), t.Second()), false, true
		}
	}
	return t, false, true
}

// definition gives the VTIMEZONE of a name.
func (z zones) definition(tzid string) *contentline.Component {
	if z.root == nil {
		return nil
	}
	for i := range z.root.Props {
		if c := z.root.Props[i].Comp; c != nil && strings.EqualFold(c.Name, "VTIMEZONE") {
			if p := c.Find("TZID"); p != nil && p.Value == tzid {
				return c
			}
		}
	}
	return nil
}

// NamedZone gives the time zone of a name (RFC 7809); false if it is not known.
func NamedZone(name string) (*time.Location, bool) {
	z, ok := zone.Resolve(strings.TrimSpace(name), nil)
	if !ok {
		return nil, false
	}
	return z.Location(), true
}

// IsZone reports whether a text is a calendar with one VTIMEZONE and nothing else in it (RFC 4791 section 5.2.2).
func IsZone(text string) bool {
	root, err := parse([]byte(strings.TrimSpace(text) + "\r\n"))
	if err != nil || !strings.EqualFold(root.Name, "VCALENDAR") || len(entries(root)) > 0 {
		return false
	}
	n := 0
	for i := range root.Props {
		if c := root.Props[i].Comp; c != nil {
			n++
		}
	}
	return n == 1
}

// Location reads a VTIMEZONE that a request brings for floating times; UTC if it says nothing.
func Location(text string) *time.Location {
	root, err := parse([]byte(strings.TrimSpace(text) + "\r\n"))
	if err != nil {
		return time.UTC
	}
	for i := range root.Props {
		if c := root.Props[i].Comp; c != nil && strings.EqualFold(c.Name, "VTIMEZONE") {
			tzid := ""
			if p := c.Find("TZID"); p != nil {
				tzid = p.Value
			}
			if z, ok := zone.Resolve(tzid, c); ok {
				return z.Location()
			}
		}
	}
	return time.UTC
}

// holdsProperty reports whether a property's time lies in the range.
func (r Range) holdsProperty(p *contentline.Property, z zones) bool {
	t, day, ok := z.at(p)
	if !ok {
		return false
	}
	if day {
		return t.Before(r.To) && t.AddDate(0, 0, 1).After(r.From)
	}
	return !t.Before(r.From) && t.Before(r.To)
}

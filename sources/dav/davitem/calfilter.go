package davitem

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/dataclass/contentline"
	"github.com/bindery-sync/bindery/dataclass/recur"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// A CompFilter is a condition on the components of one name (RFC 4791 section 9.7.1).
type CompFilter struct {
	Name       string
	NotDefined bool
	Range      *Range
	Props      []PropFilter
	Comps      []CompFilter
}

// A CalendarFilter is the filter of a calendar-query: a condition on the VCALENDAR.
type CalendarFilter struct {
	Top CompFilter
	// Floating is where days and times without a zone are taken to be; UTC if it is nil.
	Floating *time.Location
}

// ParseCalendarFilter reads the filter of a calendar-query. It returns ErrFilter or ErrCollation.
func ParseCalendarFilter(e *xmltree.Element) (CalendarFilter, error) {
	var f CalendarFilter
	top := e.Child("comp-filter")
	if top == nil {
		return f, fmt.Errorf("%w: no comp-filter", ErrFilter)
	}
	var err error
	f.Top, err = compFilter(top, new(counter), 0)
	if err == nil && !strings.EqualFold(f.Top.Name, "VCALENDAR") {
		err = fmt.Errorf("%w: the outermost component is %.40q", ErrFilter, f.Top.Name)
	}
	return f, err
}

func compFilter(e *xmltree.Element, n *counter, depth int) (CompFilter, error) {
	f := CompFilter{Name: e.Attr("", "name")}
	err := n.more()
	if err == nil && (f.Name == "" || depth > 4) {
		err = fmt.Errorf("%w: a comp-filter without name, or too deep", ErrFilter)
	}
	for c := range e.Elements() {
		if err != nil {
			break
		}
		switch c.Local {
		case "is-defined": // as old clients say what goes without saying
		case "is-not-defined":
			f.NotDefined = true
		case "time-range":
			f.Range, err = ParseRange(c)
		case "prop-filter":
			var p PropFilter
			p, err = propFilter(c, n)
			f.Props = append(f.Props, p)
		case "comp-filter":
			var k CompFilter
			k, err = compFilter(c, n, depth+1)
			f.Comps = append(f.Comps, k)
		default:
			err = fmt.Errorf("%w: %.40q", ErrFilter, c.Local)
		}
	}
	return f, err
}

// Span gives the range of time outside of which nothing meets the filter, for entries of a sort; false if there is none.
func (f CalendarFilter) Span(component string) (Range, bool) {
	for _, c := range f.Top.Comps {
		if strings.EqualFold(c.Name, component) && c.Range != nil && !c.NotDefined {
			return *c.Range, true
		}
	}
	if f.Top.Range != nil {
		return *f.Top.Range, true
	}
	return Range{}, false
}

// Holds reports whether an item of the class, as a client is sent it, meets the filter. One that nobody can read or
// expand meets every range of time: nothing is kept from a user because it is odd.
func (f CalendarFilter) Holds(class dataclass.Class, data []byte) bool {
	root, err := parse(data)
	if err != nil {
		return false
	}
	q := question{class: class, data: data, z: zones{root, f.Floating}}
	if q.z.floating == nil {
		q.z.floating = time.UTC
	}
	return !f.Top.NotDefined && q.inside(f.Top, root) && (f.Top.Range == nil || q.some(*f.Top.Range, root))
}

// some reports whether an entry of a calendar takes place in a range: what is asked of the calendar itself is asked of what is
// in it. RFC 4791 section 9.9 has no such range; programs that want entries of all sorts send it.
func (q question) some(r Range, root *contentline.Component) bool {
	for _, c := range entries(root) {
		if q.within(r, c) {
			return true
		}
	}
	return false
}

// A question asks about one item.
type question struct {
	class dataclass.Class
	data  []byte
	z     zones
}

// comp reports whether one of the components inside c meets the condition.
func (q question) comp(f CompFilter, c *contentline.Component) bool {
	there := false
	for i := range c.Props {
		k := c.Props[i].Comp
		if k == nil || !strings.EqualFold(k.Name, f.Name) {
			continue
		}
		there = true
		if !f.NotDefined && q.inside(f, k) {
			if f.Range == nil || strings.EqualFold(k.Name, "VALARM") && q.rings(*f.Range, c, k) {
				return true
			}
			if !strings.EqualFold(k.Name, "VALARM") {
				return q.within(*f.Range, k)
			}
		}
	}
	return f.NotDefined && !there
}

// inside reports whether a component meets all that is asked of what is in it.
func (q question) inside(f CompFilter, c *contentline.Component) bool {
	for _, p := range f.Props {
		if !p.holds(c, q.z) {
			return false
		}
	}
	for _, k := range f.Comps {
		if !q.comp(k, c) {
			return false
		}
	}
	return true
}

// within reports whether an entry takes place in a range: any part of the item counts, whichever of them met the rest.
func (q question) within(r Range, c *contentline.Component) bool {
	r = r.in(q.z.floating)
	switch strings.ToUpper(c.Name) {
	case "VEVENT", "VTODO":
		return q.takesPlace(r, c)
	case "VJOURNAL":
		return c.Find("DTSTART") != nil && q.asEvent().takesPlace(r, c)
	}
	return true // what else may lie in time
}

// asEvent asks about a journal entry what is asked about events.
func (q question) asEvent() question {
	if data, ok := renamed(q.data, "VJOURNAL", "VEVENT"); ok {
		q.class, q.data = dataclass.Events, data
	}
	return q
}

func (q question) takesPlace(r Range, c *contentline.Component) bool {
	it, err := dataclass.DecodeBare(q.class, dataclass.Body{Type: dataclass.ICalendar20.String(), Data: withCancelled(q.data)})
	if err != nil {
		return true
	}
	if t, err := dataclass.AsTask(it); err == nil {
		switch due, day, ok := q.z.at(c.Find("DUE")); {
		case c.Find("DTSTART") != nil:
		case c.Find("DUE") == nil:
			return q.undated(r, c)
		case ok && !day && c.Find("RRULE") == nil && c.Find("RDATE") == nil:
			return r.From.Before(due) && !r.To.Before(due)
		}
		list, err := t.Occurrences(r.From, r.To, 1)
		return len(list) > 0 || err != nil
	}
	e, err := dataclass.AsEvent(it)
	if err != nil || e.Start().IsZero() {
		return true
	}
	list, err := e.Occurrences(r.From, r.To, 1)
	return len(list) > 0 || err != nil && !errors.Is(err, recur.ErrLimit)
}

// undated looks at a task that has neither a start nor an end (RFC 4791 section 9.9).
func (q question) undated(r Range, c *contentline.Component) bool {
	completed, _, done := q.z.at(c.Find("COMPLETED"))
	created, _, made := q.z.at(c.Find("CREATED"))
	switch {
	case done && made:
		return (!r.From.After(created) || !r.From.After(completed)) && (!r.To.Before(created) || !r.To.Before(completed))
	case done:
		return !r.From.After(completed) && !r.To.Before(completed)
	case made:
		return r.To.After(created)
	}
	return true
}

package face

import (
	"time"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/gdata/entry"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// errBackwards refuses an event that nobody can take part in.
var errBackwards = badRequest("invalid", "The event ends before it begins.")

// A telling is an event as an entry says it and as an item: an item of which an entry says an end before the start has none.
type telling struct {
	el *xmltree.Element
	it *dataclass.Item
}

// forwards refuses an event that came to end before it begins; not one that did before, whoever entered it.
func (a telling) forwards(was telling) error {
	if a.backwards() > was.backwards() {
		return errBackwards
	}
	return nil
}

// backwards counts the times that end before they begin.
func (a telling) backwards() (n int) {
	if a.el == nil {
		return 0
	}
	for c := range a.el.Elements() {
		if c.Space == entry.GD && c.Local == "when" && later(c.Attr("", "startTime"), c.Attr("", "endTime")) {
			n++
		}
	}
	ev, err := dataclass.AsEvent(a.it)
	if err != nil {
		return n
	}
	from, to := ev.Start(), ev.End()
	if !from.IsZero() && !to.IsZero() && from.Date == to.Date && from.Floating == to.Floating && to.Time.Before(from.Time) {
		n++
	}
	return n
}

// later reports whether the first of two times, of the same form, is the later one.
func later(a, b string) bool {
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		first, err := time.Parse(layout, a)
		second, other := time.Parse(layout, b)
		if err == nil && other == nil {
			return second.Before(first)
		}
	}
	return false
}

package face

import (
	"context"
	"net/http"
	"strings"

	"github.com/bindery-sync/bindery/sources/gdata/entry"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// The projections that show less than an entry, or something else.
const (
	thin        = "thin"             // without the properties of programs
	oneProperty = "property-"        // with that one only
	noGuests    = "full-noattendees" // without people
	basic       = "basic"            // what every reader of Atom understands, and nothing else
	composite   = "composite"        // a series has its exceptions in it
)

// errProjection refuses a write of what is not the whole entry: it would remove the rest.
var errProjection = fault{status: http.StatusForbidden, code: "forbidden", text: "This projection is for reading: write to the feed full."}

// whole reports whether a feed shows entries as they are written.
func (at target) whole() bool {
	return at.projection == "" || at.projection == "full" || at.projection == "base" || at.kind == calendarFeed || at.kind == groupFeed
}

// shows reports whether a projection has an element of an entry that lives.
func (at target) shows(e *xmltree.Element) bool {
	property := e.Space == entry.GD && e.Local == "extendedProperty"
	switch {
	case at.whole():
		return true
	case at.projection == thin:
		return !property
	case strings.HasPrefix(at.projection, oneProperty):
		return !property || e.Attr("", "name") == strings.TrimPrefix(at.projection, oneProperty)
	case at.projection == noGuests:
		return e.Space != entry.GD || e.Local != "who"
	case at.projection == basic:
		return e.Space == entry.Atom
	}
	return true
}

// embed puts the exceptions that follow a series into it, where the projection has them there.
func (c *call) embed(list []shown) []shown {
	if c.at.kind != eventFeed || c.at.projection != composite || len(list) < 2 || list[0].of != "" {
		return list
	}
	series := list[0]
	el := *series.el
	el.Nodes = append([]xmltree.Node(nil), el.Nodes...)
	for _, e := range list[1:] {
		at := xmltree.New(entry.GD, "entryLink").SetAttr("", "href", c.href(e.id)).Add(c.finish(e))
		el.Add(xmltree.New(entry.GD, "recurrenceException").SetAttr("", "specialized", "true").Add(at))
	}
	series.el = &el
	return []shown{series}
}

// reader gives one entry as the projection has it.
func (c *call) reader(ctx context.Context, s shelf) (shown, error) {
	ev, ok := s.(*events)
	if !ok || c.at.projection != composite {
		return s.one(ctx, c.at.id)
	}
	st, err := ev.state(ctx, c.at.id, false)
	if err != nil || st.key != "" {
		return st.now, err
	}
	list, err := ev.show(st.it, st.raw)
	if err != nil {
		return shown{}, err
	}
	return c.embed(list)[0], nil
}

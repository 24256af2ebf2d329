package face

import (
	"errors"
	"math"
	"net/http"
	"time"
	"unsafe"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/dav/davitem"
	"github.com/bindery-sync/bindery/sources/dav/davxml"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// errEnough ends a query that has found as much as it may tell.
var errEnough = errors.New("enough")

// addressQuery is the report addressbook-query (RFC 6352 section 8.6).
func (c *call) addressQuery(t *target, root *xmltree.Element) error {
	var filter davitem.CardFilter
	if e := root.Child("filter"); e != nil {
		var err error
		if filter, err = davitem.ParseCardFilter(e); err != nil {
			return badFilter(davxml.CardDAV, err)
		}
	}
	holds := func(_ *collection, data []byte) bool { return filter.Holds(data) }
	return c.query(t, root, func(*collection) search { return search{needle: filter.Needle()} }, holds)
}

// calendarQuery is the report calendar-query (RFC 4791 section 7.8).
func (c *call) calendarQuery(t *target, root *xmltree.Element) error {
	e := root.Child("filter")
	if e == nil {
		return badFilter(davxml.CalDAV, davitem.ErrFilter)
	}
	filter, err := davitem.ParseCalendarFilter(e)
	if err != nil {
		return badFilter(davxml.CalDAV, err)
	}
	if filter.Floating, err = c.floating(t, root); err != nil {
		return err
	}
	narrow := func(l *collection) search {
		if r, ok := filter.Span(davitem.Component(l.Class)); ok {
			return search{span: &r}
		}
		return search{}
	}
	holds := func(l *collection, data []byte) bool { return filter.Holds(l.Class, data) }
	return c.query(t, root, narrow, holds)
}

// floating gives where days and times without a zone are for a report: as it says itself, or as the calendar's property
// calendar-timezone or calendar-timezone-id does (RFC 4791 section 5.2.2, RFC 7809); nil for UTC.
func (c *call) floating(t *target, root *xmltree.Element) (*time.Location, error) {
	if zone := root.Child("timezone"); zone != nil {
		if !davitem.IsZone(zone.Text()) {
			return nil, refuse(http.StatusForbidden, davxml.CalDAV, "valid-calendar-data")
		}
		return davitem.Location(zone.Text()), nil
	}
	if id := root.Child("timezone-id"); id != nil {
		loc, ok := davitem.NamedZone(id.Text())
		if !ok {
			return nil, refuse(http.StatusForbidden, davxml.CalDAV, "valid-timezone")
		}
		return loc, nil
	}
	if t.coll == nil || t.home != homeCalendars {
		return nil, nil
	}
	kept, err := c.kept(t.coll.whole().target())
	for _, k := range kept {
		switch k.Name {
		case cal("calendar-timezone"):
			return davitem.Location(davxml.Outer(k.Value).Text()), err
		case cal("calendar-timezone-id"):
			if loc, ok := davitem.NamedZone(davxml.Outer(k.Value).Text()); ok {
				return loc, err
			}
		}
	}
	return nil, err
}

// badFilter says what is wrong with a filter.
func badFilter(space string, err error) error {
	switch {
	case errors.Is(err, davitem.ErrCollation):
		return refuse(http.StatusForbidden, space, "supported-collation")
	case errors.Is(err, davitem.ErrFilter) && space == davxml.CalDAV:
		return refuse(http.StatusForbidden, space, "valid-filter")
	case errors.Is(err, davitem.ErrFilter):
		return badRequest("%v", err)
	}
	return err
}

// query tells about the items for which holds says yes. With Depth 1 a home asks all its collections; a query of a
// collection looks into it whatever the depth, as programs forget that.
func (c *call) query(t *target, root *xmltree.Element, narrow func(*collection) search, holds func(*collection, []byte) bool) error {
	want, err := davxml.PropsOf(root)
	if err != nil {
		return err
	}
	limit, err := davxml.LimitOf(root)
	if err != nil {
		return err
	}
	if limit == 0 {
		limit = math.MaxInt
	}
	data, err := c.dataFrom(t, root)
	if err != nil {
		return err
	}
	places, err := c.places(t)
	if err != nil {
		return err
	}
	w, end := c.xml(http.StatusMultiStatus)
	p := &printer{call: c, x: davxml.Multistatus(w), want: want, minimal: c.minimal(), data: data}
	told := 0
	tell := func(i *target) error {
		sent, _ := i.sent(davitem.Form{})
		if !holds(i.coll, sent) {
			return nil
		}
		if told++; told > limit {
			return errEnough
		}
		p.resource(i)
		return errors.Join(p.err, p.x.Err())
	}
	for _, l := range places {
		if t.kind == kindItem {
			var done func()
			if done, err = c.load(t); err == nil {
				err = tell(t)
			}
			done()
		} else {
			err = c.found(l, narrow(l), tell)
		}
		if err != nil {
			break
		}
	}
	if errors.Is(err, errEnough) {
		p.x.Status(c.href(t), http.StatusInsufficientStorage, dav("number-of-matches-within-limits").New())
	} else if p.err == nil && p.x.Err() == nil {
		p.err = err
	}
	return p.finish(end)
}

// places gives the collections, of one class each, that a query looks into.
func (c *call) places(t *target) ([]*collection, error) {
	if t.coll != nil {
		return t.coll.each(), nil
	}
	list, err := c.collections()
	if err != nil || c.r.Header.Get("Depth") == "0" {
		return nil, err
	}
	var out []*collection
	for _, l := range list {
		if l.Home == t.home {
			out = append(out, l.each()...)
		}
	}
	return out, nil
}

// dataFrom gives what makes the content of items as a report asks for it.
func (c *call) dataFrom(t *target, root *xmltree.Element) (func(*target) (*xmltree.Element, error), error) {
	ask := root.Child("prop").Child("address-data")
	form := davitem.Form{Card4: ask.Attr("", "version") == "4.0"}
	if ask == nil {
		ask = root.Child("prop").Child("calendar-data")
	}
	if bad := unsupported(ask, root.Space); bad != nil {
		return nil, bad
	}
	part, err := davitem.ParsePart(ask)
	if err != nil {
		return nil, badFilter(root.Space, err)
	}
	if part.Floating, err = c.floating(t, root); err != nil {
		return nil, err
	}
	return func(t *target) (*xmltree.Element, error) { return c.data(t, form, part) }, nil
}

// unsupported refuses a media type that items are not sent as.
func unsupported(ask *xmltree.Element, space string) *fault {
	kind := ask.Attr("", "content-type")
	version := ask.Attr("", "version")
	switch {
	case ask == nil:
	case ask.Space == davxml.CardDAV && (kind != "" && kind != "text/vcard" || version != "" && version != "3.0" && version != "4.0"):
		return refuse(http.StatusForbidden, space, "supported-address-data")
	case ask.Space == davxml.CalDAV && (kind != "" && kind != "text/calendar" || version != "" && version != "2.0"):
		return refuse(http.StatusForbidden, space, "supported-calendar-data")
	}
	return nil
}

// data makes the content of an item; nil if the item is gone or does not have such content. A *fault says why the content
// cannot be told as it is asked for.
func (c *call) data(t *target, form davitem.Form, part davitem.Part) (*xmltree.Element, error) {
	if t.coll == nil || t.kind != kindItem {
		return nil, nil
	}
	name := cal("calendar-data")
	if t.coll.Class == dataclass.Contacts {
		name = card("address-data")
	}
	if t.body == nil {
		done, err := c.load(t)
		defer done()
		if errors.Is(err, errNotFound) {
			return nil, nil
		} else if err != nil {
			return nil, err
		}
	}
	sent, _ := t.sent(form)
	sent, err := part.Cut(t.coll.Class, sent)
	switch {
	case errors.Is(err, davitem.ErrInstances): // half of the instances would look like all
		return nil, refuse(http.StatusInsufficientStorage, davxml.DAV, "number-of-matches-within-limits")
	case errors.Is(err, davitem.ErrRule):
		return nil, refuse(http.StatusForbidden, davxml.CalDAV, "valid-calendar-data")
	}
	return name.Text(textOf(sent)), err
}

// textOf gives bytes that nobody is going to change as a string, without a copy of them: a photo is big.
func textOf(data []byte) string { return unsafe.String(unsafe.SliceData(data), len(data)) }

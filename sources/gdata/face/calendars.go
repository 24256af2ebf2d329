package face

import (
	"net/http"
	"strings"

	"github.com/bindery-sync/bindery/sources/gdata/entry"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// calendars lists the calendars: one for each datastore.
func (c *call) calendarList() error {
	if c.method != http.MethodGet && c.method != http.MethodHead {
		return c.only("GET, HEAD")
	}
	self := c.base + calendarFeed.feedPath("default", c.at.projection)
	feed := xmltree.New(entry.Atom, "feed").AddText("id", self).AddText("updated", stamp(c.Now())).Add(kindOf(calendarKind)).AddText("title", c.who.name+"'s Calendars")
	feed.Add(link(entry.RelFeed, atomType, self), link("self", atomType, self),
		xmltree.New(entry.Atom, "author").AddText("name", c.who.name), search("totalResults", len(c.clients)), search("startIndex", 1), search("itemsPerPage", len(c.clients)))
	for i := range c.clients {
		e := c.calendar(i, self)
		if c.at.id == "" {
			feed.Add(e)
		} else if strings.EqualFold(c.at.id, c.nameOf(i)) {
			return c.whole(entryType, e)
		}
	}
	if c.at.id != "" {
		return errNoEntry
	}
	return c.whole(feedType, feed)
}

// calendar gives the entry of a datastore's calendar.
func (c *call) calendar(i int, self string) *xmltree.Element {
	name := c.nameOf(i)
	title := c.clients[i].Title
	if title == "" {
		title = name
	}
	address := self + "/" + segment(name)
	e := xmltree.New(entry.Atom, "entry").AddText("id", address).AddText("updated", stamp(c.Now())).Add(kindOf(calendarKind)).AddText("title", title)
	value := func(local, v string) *xmltree.Element {
		return xmltree.New(entry.GCal, local).SetAttr("", "value", v)
	}
	return e.Add(link("alternate", atomType, c.base+eventFeed.feedPath(name, "full")), link(entry.GCal+"#eventFeed", atomType, c.base+eventFeed.feedPath(name, "full")),
		link("self", atomType, address), value("timezone", c.zone()), value("accesslevel", "owner"), value("color", "#2952A3"), value("selected", "true"), value("hidden", "false"))
}

// whole answers with a document.
func (c *call) whole(media string, e *xmltree.Element) error {
	out := feedWriter{w: c.w, zips: takesGzip(c.r), used: &c.zips}
	c.w.Header().Set("Content-Type", media)
	out.buf.Write(entry.Append(nil, e))
	out.finish()
	return out.err
}

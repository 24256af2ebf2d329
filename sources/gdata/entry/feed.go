package entry

import (
	"slices"
	"strings"
	"time"

	"github.com/bindery-sync/bindery/sources/xmltree"
)

// cancelled is the status of an event that was deleted.
const cancelled = "event.canceled"

// The relations of links. Addresses are never built, they are taken from links.
const (
	RelSelf  = "self"
	RelEdit  = "edit"
	RelNext  = "next"
	RelFeed  = GD + "#feed"
	RelPost  = GD + "#post"
	RelBatch = GD + "#batch"
	RelPhoto = "http://schemas.google.com/contacts/2008/rel#photo"
)

// ID gives the ID of an entry: the last segment of atom:id. Empty for a new one.
func ID(e *xmltree.Element) string { return LastSegment(child(e, Atom, "id").Text()) }

// Link gives the address of the first link with the relation; empty if there is none.
func Link(e *xmltree.Element, rel string) string { return clean(link(e, rel).Attr("", "href")) }

func link(e *xmltree.Element, rel string) *xmltree.Element {
	for _, l := range children(e, Atom, "link") {
		if clean(l.Attr("", "rel")) == rel {
			return l
		}
	}
	return nil
}

// ETag gives the entity tag of a feed or an entry, with its quotes; empty if there is none.
func ETag(e *xmltree.Element) string { return clean(e.Attr(GD, "etag")) }

// Updated gives when a feed or an entry changed, by the clock of the server; false if it does not say.
func Updated(e *xmltree.Element) (time.Time, bool) {
	t, err := time.Parse(time.RFC3339, text(e, Atom, "updated"))
	return t, err == nil
}

// Deleted reports whether an entry stands for something that is gone: a contact or a group with gd:deleted, an
// event that is cancelled.
func Deleted(e *xmltree.Element) bool {
	return child(e, GD, "deleted") != nil || valueOf(e, "eventStatus") == cancelled
}

// Original gives the ID of the event that an exception belongs to; false for what is no exception.
func Original(e *xmltree.Element) (id string, is bool) {
	o := child(e, GD, "originalEvent")
	if o == nil {
		return "", false
	}
	if id = LastSegment(o.Attr("", "id")); id == "" {
		id = LastSegment(o.Attr("", "href"))
	}
	return id, true
}

// Attach makes a new exception one of the event of master, which has an ID.
func Attach(e, master *xmltree.Element) {
	o := child(e, GD, "originalEvent")
	if o == nil {
		return
	}
	href := Link(master, RelSelf)
	if href == "" {
		href = clean(child(master, Atom, "id").Text())
	}
	setAttr(o, "id", ID(master))
	setAttr(o, "href", href)
}

// Fresh gives a copy of an entry without what the server gave it, to be posted again.
func Fresh(e *xmltree.Element) *xmltree.Element {
	out := &xmltree.Element{Space: e.Space, Local: e.Local}
	for _, a := range e.Attrs {
		if a.Space != GD || a.Local != "etag" {
			out.Attrs = append(out.Attrs, a)
		}
	}
	for _, n := range e.Nodes {
		if n.Elem == nil || !given(n.Elem) {
			out.Nodes = append(out.Nodes, n)
		}
	}
	return out
}

// given reports whether an element is the server's.
func given(e *xmltree.Element) bool {
	switch e.Space {
	case Atom:
		return slices.Contains([]string{"id", "updated", "published", "link", "author"}, e.Local)
	case App:
		return e.Local == "edited"
	}
	return e.Space == Batch
}

// A Photo is where the picture of a contact is.
type Photo struct {
	// Href is where it is read, put and deleted.
	Href string
	// ETag is its entity tag; empty if there is no picture yet.
	ETag string
}

// PhotoOf gives where the picture of a contact is; false if the entry has no place for one.
func PhotoOf(e *xmltree.Element) (Photo, bool) {
	l := link(e, RelPhoto)
	if l == nil {
		return Photo{}, false
	}
	return Photo{Href: clean(l.Attr("", "href")), ETag: clean(l.Attr(GD, "etag"))}, l.Attr("", "href") != ""
}

// A Page is what a feed says of itself.
type Page struct {
	Kind    Kind
	Entries []*xmltree.Element
	// Next is the address of the next page; empty for the last.
	Next string
	ETag string
	// Updated is the clock of the server; zero if the feed does not say.
	Updated time.Time
	// Total, Start and PerPage are -1 where the feed does not say.
	Total, Start, PerPage int
	// Zone is gCal:timezone of a feed of events.
	Zone string
}

// ReadPage takes a feed apart. The error wraps dataclass.ErrMalformed.
func ReadPage(feed *xmltree.Element) (Page, error) {
	if feed == nil || !is(feed, Atom, "feed") {
		return Page{}, malformed("no atom feed")
	}
	p := Page{Kind: KindOf(feed), Entries: children(feed, Atom, "entry"), Next: Link(feed, RelNext), ETag: ETag(feed),
		Zone: clean(child(feed, GCal, "timezone").Attr("", "value"))}
	p.Updated, _ = Updated(feed)
	p.Total, p.Start, p.PerPage = search(feed, "totalResults"), search(feed, "startIndex"), search(feed, "itemsPerPage")
	return p, nil
}

// search reads a number of openSearch, in either of its namespaces.
func search(feed *xmltree.Element, local string) int {
	for _, space := range []string{OpenSearch, OpenSearchRSS} {
		if c := child(feed, space, local); c != nil {
			if n, ok := number(c.Text()); ok {
				return n
			}
		}
	}
	return -1
}

// ReadGroup gives the group of an entry. The error wraps dataclass.ErrMalformed or dataclass.ErrTooBig.
func ReadGroup(e *xmltree.Element) (Group, error) {
	if err := check(e, GroupKind); err != nil {
		return Group{}, err
	}
	g := Group{ID: ID(e), Title: text(e, Atom, "title"), Deleted: Deleted(e)}
	g.System = clean(child(e, GContact, "systemGroup").Attr("", "id"))
	if g.ID == "" {
		return g, malformed("a group without an id")
	}
	return g, nil
}

// NewGroup gives the entry that makes a group of the name.
func NewGroup(title string) *xmltree.Element {
	e := New(GroupKind)
	setText(e, Atom, "title", clean(title))
	return e
}

// GroupBaseOf gives Context.GroupBase as the atom:id of a group says it.
func GroupBaseOf(e *xmltree.Element) string {
	id := strings.TrimRight(clean(child(e, Atom, "id").Text()), "/")
	if i := strings.LastIndexByte(id, '/'); i >= 0 {
		return id[:i]
	}
	return ""
}

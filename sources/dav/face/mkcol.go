package face

import (
	"net/http"
	"slices"
	"strings"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/dav/davitem"
	"github.com/bindery-sync/bindery/sources/dav/davxml"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// mkcol makes a collection: MKCALENDAR (RFC 4791 section 5.3.1), or MKCOL with or without properties (RFC 5689). Behind
// it stands a datastore client of its own.
func (c *call) mkcol(t *target) error {
	switch {
	case t.kind == kindFile:
		return c.makeFolder(t)
	case t.kind == kindItem && t.coll == nil:
		return errNoParent
	case t.kind == kindItem && c.r.Method == "MKCALENDAR":
		return refuse(http.StatusForbidden, davxml.CalDAV, "calendar-collection-location-ok")
	case t.kind == kindItem:
		return &fault{status: http.StatusForbidden, text: "a collection cannot be inside an address book or a calendar"}
	case (t.kind != kindCollection || t.coll != nil) && c.r.Method == "MKCALENDAR": // RFC 4791 section 5.3.1.1
		return refuse(http.StatusForbidden, davxml.DAV, "resource-must-be-null")
	case t.kind != kindCollection, t.coll != nil:
		return refuse(http.StatusMethodNotAllowed, davxml.DAV, "resource-must-be-null")
	case c.r.Method == "MKCALENDAR" && t.home != homeCalendars:
		return refuse(http.StatusForbidden, davxml.CalDAV, "calendar-collection-location-ok")
	}
	root, err := c.body()
	if err != nil {
		return unreadable(c.r, err)
	}
	var steps []davxml.Patch
	if root != nil {
		if root.Local != "mkcol" && root.Local != "mkcalendar" {
			return &fault{status: http.StatusUnsupportedMediaType, text: "this is no body for the request"}
		}
		if steps, err = davxml.ParsePropPatch(root, root.Local); err != nil {
			return err
		}
	}
	asked := steps
	classes, title, steps, err := wanted(t, steps)
	if err != nil {
		return err
	}
	keep, refused := patched(steps)
	if len(refused) > 0 {
		return c.notMade(t, asked, refused)
	}
	if err := c.makeCollection(t, classes, title, keep); err != nil {
		return err
	}
	c.w.Header().Set("Content-Length", "0")
	c.w.Header().Set("Cache-Control", "no-cache")
	c.w.WriteHeader(http.StatusCreated)
	return nil
}

// unreadable makes a 415 of a body that is none (RFC 4918 section 9.3).
func unreadable(r *http.Request, err error) error {
	if f := asFault(err); f != nil && f.status == http.StatusBadRequest && r.Method == "MKCOL" {
		return &fault{status: http.StatusUnsupportedMediaType, text: "this is no body for the request"}
	}
	return err
}

// wanted takes from the steps what says what sort of collection is to be made. The rest are properties to be kept. A calendar
// of which nothing is said holds every sort of entry: whoever makes one so takes that for granted (RFC 4791 section 5.2.3).
func wanted(t *target, steps []davxml.Patch) (classes, title string, rest []davxml.Patch, err error) {
	classes, title = joined(sortsOf), t.name
	if t.home == homeBooks {
		classes = string(dataclass.Contacts)
	}
	for _, s := range steps {
		switch {
		case s.Value == nil:
		case s.Name == dav("resourcetype"):
			if err := rightType(t, s.Value); err != nil {
				return "", "", nil, err
			}
		case s.Name == cal("supported-calendar-component-set") && t.home == homeCalendars:
			if classes, err = sortsIn(s.Value); err != nil {
				return "", "", nil, err
			}
		default:
			if s.Name == dav("displayname") && s.Value.Text() != "" {
				title = s.Value.Text()
			}
			rest = append(rest, s)
		}
	}
	return classes, title, rest, nil
}

// rightType returns a refusal unless a resource type can stand in its home.
func rightType(t *target, e *xmltree.Element) error {
	for k := range e.Elements() {
		n := davxml.Of(k)
		if n != dav("collection") && !(n == card("addressbook") && t.home == homeBooks) && !(n == cal("calendar") && t.home == homeCalendars) {
			return refuse(http.StatusForbidden, davxml.DAV, "valid-resourcetype")
		}
	}
	return nil
}

// joined gives the name of what a calendar of some classes holds.
func joined(classes []dataclass.Class) string {
	names := make([]string, len(classes))
	for i, c := range classes {
		names[i] = string(c)
	}
	return strings.Join(names, ",")
}

// sortsIn gives the sorts of entries that a calendar is to hold: of those that are named the ones that there are.
func sortsIn(set *xmltree.Element) (string, error) {
	has := make(map[dataclass.Class]bool)
	for comp := range set.Elements() {
		if c, ok := davitem.ClassOf(comp.Attr("", "name")); ok {
			has[c] = true
		}
	}
	classes := slices.DeleteFunc(slices.Clone(sortsOf), func(c dataclass.Class) bool { return !has[c] })
	if len(classes) == 0 {
		return "", refuse(http.StatusForbidden, davxml.CalDAV, "supported-calendar-component")
	}
	return joined(classes), nil
}

// notMade says which properties were refused; nothing was made (RFC 5689 section 3, RFC 4791 section 5.3.1.1).
func (c *call) notMade(t *target, steps []davxml.Patch, refused map[davxml.Name]*fault) error {
	stats := slices.DeleteFunc(patchStats(steps, refused), func(s davxml.PropStat) bool { return len(s.Props) == 0 })
	if c.r.Method == "MKCALENDAR" {
		w, end := c.xml(http.StatusMultiStatus)
		x := davxml.Multistatus(w)
		x.Response(c.href(t), stats...)
		return c.finish(x, end)
	}
	w, end := c.xml(http.StatusForbidden)
	x := davxml.NewWriter(w, dav("mkcol-response"))
	for _, s := range stats {
		x.PropStat(s)
	}
	return c.finish(x, end)
}

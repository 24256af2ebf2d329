package face

import (
	"net/http"
	"slices"

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
	class, title, steps, err := wanted(t, steps)
	if err != nil {
		return err
	}
	keep, refused := patched(steps)
	if len(refused) > 0 {
		return c.notMade(t, asked, refused)
	}
	if err := c.makeCollection(t, class, title, keep); err != nil {
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

// wanted takes from the steps what says what sort of collection is to be made. The rest are properties to be kept.
func wanted(t *target, steps []davxml.Patch) (class dataclass.Class, title string, rest []davxml.Patch, err error) {
	class, title = dataclass.Events, t.name
	if t.home == homeBooks {
		class = dataclass.Contacts
	}
	for _, s := range steps {
		switch {
		case s.Value == nil:
		case s.Name == dav("resourcetype"):
			if err := rightType(t, s.Value); err != nil {
				return "", "", nil, err
			}
		case s.Name == cal("supported-calendar-component-set") && t.home == homeCalendars:
			if class, err = firstClass(s.Value); err != nil {
				return "", "", nil, err
			}
		default:
			if s.Name == dav("displayname") && s.Value.Text() != "" {
				title = s.Value.Text()
			}
			rest = append(rest, s)
		}
	}
	return class, title, rest, nil
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

// firstClass gives the sort of entries that a calendar is to hold. A calendar here holds one: of several the first that
// there is, so that events come before tasks.
func firstClass(set *xmltree.Element) (dataclass.Class, error) {
	has := make(map[dataclass.Class]bool)
	for comp := range set.Elements() {
		if c, ok := davitem.ClassOf(comp.Attr("", "name")); ok {
			has[c] = true
		}
	}
	for _, c := range []dataclass.Class{dataclass.Events, dataclass.Tasks, dataclass.Notes} {
		if has[c] {
			return c, nil
		}
	}
	return "", refuse(http.StatusForbidden, davxml.CalDAV, "supported-calendar-component")
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

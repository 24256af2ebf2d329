package face

import (
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/datastore"
	"github.com/bindery-sync/bindery/sources/dav/davxml"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// A reporter carries out one report.
type reporter func(*call, *target, *xmltree.Element) error

// reports are those that there are, and what they are asked of.
var reports = map[davxml.Name]struct {
	do    reporter
	kinds kind
	home  string // "" for any
}{
	dav("expand-property"):               {(*call).expandProperty, everyKind, ""},
	dav("principal-search-property-set"): {(*call).searchProperties, everyKind &^ kindItem &^ kindCollection, ""},
	dav("principal-property-search"):     {(*call).searchPrincipals, everyKind &^ kindItem &^ kindCollection, ""},
	dav("principal-match"):               {(*call).matchPrincipals, everyKind &^ kindItem &^ kindCollection, ""},
	dav("acl-principal-prop-set"):        {(*call).listedPrincipals, everyKind &^ kindItem &^ kindCollection, ""},
	dav("sync-collection"):               {(*call).syncCollection, kindCollection, ""},
	card("addressbook-multiget"):         {(*call).multiget, kindCollection | kindHome | kindItem, homeBooks},
	cal("calendar-multiget"):             {(*call).multiget, kindCollection | kindHome | kindItem, homeCalendars},
	card("addressbook-query"):            {(*call).addressQuery, kindCollection | kindHome | kindItem, homeBooks},
	cal("calendar-query"):                {(*call).calendarQuery, kindCollection | kindHome | kindItem, homeCalendars},
	cal("free-busy-query"):               {(*call).freeBusy, kindCollection | kindHome, homeCalendars},
}

// reportsOf lists the reports that a resource answers.
func reportsOf(t *target) []davxml.Name {
	var out []davxml.Name
	for n, r := range reports {
		if r.kinds&t.kind != 0 && (r.home == "" || r.home == t.home) {
			out = append(out, n)
		}
	}
	slices.SortFunc(out, func(a, b davxml.Name) int { return strings.Compare(a.Space+a.Local, b.Space+b.Local) })
	return out
}

// report carries out a report (RFC 3253 section 3.6).
func (c *call) report(t *target) error {
	root, err := c.body()
	if err != nil {
		return err
	}
	if root == nil {
		return badRequest("a report needs a body")
	}
	if err := c.there(t); err != nil {
		return err
	}
	r, ok := reports[davxml.Of(root)]
	if !ok || r.kinds&t.kind == 0 || r.home != "" && r.home != t.home {
		return refuse(http.StatusForbidden, davxml.DAV, "supported-report")
	}
	return r.do(c, t, root)
}

// manyAtOnce is how many items a report reads at once.
const manyAtOnce = 100

// multiget tells about the resources that are named, and of no others (RFC 6352 section 8.7, RFC 4791 section 7.9).
func (c *call) multiget(t *target, root *xmltree.Element) error {
	want, err := davxml.PropsOf(root)
	if err != nil {
		return err
	}
	data, err := c.dataFrom(t, root)
	if err != nil {
		return err
	}
	w, end := c.xml(http.StatusMultiStatus)
	p := &printer{call: c, x: davxml.Multistatus(w), want: want, minimal: c.minimal(), data: data}
	for chunk := range slices.Chunk(davxml.Hrefs(root), manyAtOnce) {
		p.some(t, chunk)
		if p.err != nil || p.x.Err() != nil {
			break
		}
	}
	return p.finish(end)
}

// contains reports whether an item may be asked for at a resource: one that is in it, or itself.
func (t *target) contains(n *target) bool {
	switch t.kind {
	case kindItem:
		return n.coll.whole() == t.coll.whole() && n.name == t.name
	case kindCollection:
		return n.coll.whole() == t.coll
	}
	return n.home == t.home
}

// some tells about some resources, at most manyAtOnce.
func (p *printer) some(t *target, hrefs []string) {
	open := make(map[*collection]map[sources.ID]string)
	for _, h := range hrefs {
		n := p.byHref(h)
		if n == nil || !t.contains(n) {
			p.x.Status(h, http.StatusNotFound, nil)
			continue
		}
		if open[n.coll] == nil {
			open[n.coll] = make(map[sources.ID]string)
		}
		open[n.coll][n.id()] = h
	}
	for l, ids := range open {
		p.few(l, ids)
	}
}

// few tells about items of one collection, a little content at a time.
func (p *printer) few(l *collection, ids map[sources.ID]string) {
	for _, part := range l.each() {
		err := p.bodies(part, slices.Sorted(maps.Keys(ids)), func(item datastore.Item) error {
			n := part.item(headOf(item))
			n.body = &item.Body
			p.resource(n)
			delete(ids, item.ID)
			return errors.Join(p.err, p.x.Err())
		})
		if p.x.Err() != nil {
			return
		}
		if p.err == nil {
			p.err = err
		}
	}
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		p.x.Status(ids[id], http.StatusNotFound, nil)
	}
}

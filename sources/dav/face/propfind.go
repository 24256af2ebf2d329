package face

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/datastore"
	"github.com/bindery-sync/bindery/sources/dav/davxml"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// maxXML is how many bytes the XML of a request may have: a hundred thousand addresses fit.
const maxXML = 16 << 20

// body reads the XML of a request, nil if it has none. What is cut off is an error.
func (c *call) body() (*xmltree.Element, error) {
	data, err := c.readAll(maxXML, c.papers, perPaper)
	switch {
	case err != nil:
		return nil, cutOff(err)
	case len(data) > maxXML:
		return nil, errTooLarge
	}
	return davxml.Parse(data, maxXML)
}

// cutOff makes a bad request of a body that ended too early.
func cutOff(err error) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return err
	}
	return badRequest("the request was cut off")
}

// prefers reports whether a request has a preference (RFC 7240), such as return=minimal.
func (c *call) prefers(what string) bool {
	for _, line := range c.r.Header.Values("Prefer") {
		for _, p := range strings.FieldsFunc(line, func(r rune) bool { return r == ',' || r == ';' }) {
			p = strings.ReplaceAll(strings.ReplaceAll(p, " ", ""), `"`, "")
			if strings.EqualFold(p, what) || strings.EqualFold(p, strings.ReplaceAll(what, "=", "-")) { // drafts had return-minimal
				return true
			}
		}
	}
	return false
}

// prefer is prefers; it tells the client that what it prefers is done.
func (c *call) prefer(what string) bool {
	ok := c.prefers(what)
	if ok {
		c.w.Header().Add("Preference-Applied", what)
	}
	return ok
}

// minimal reports whether the client does not want to hear which properties there are not (RFC 8144 section 2.1; Brief
// is what older clients of Apple and Microsoft send).
func (c *call) minimal() bool {
	return c.prefers("return=minimal") || strings.EqualFold(c.r.Header.Get("Brief"), "t")
}

// there returns a 404 unless the target exists, and reads the head of an item.
func (c *call) there(t *target) error {
	switch t.kind {
	case kindItem:
		if t.coll == nil {
			return errNotFound
		}
		head, err := c.items(t.coll).Head(c.ctx, t.coll.Class, t.id())
		if errors.Is(err, sources.ErrGone) {
			return errNotFound
		}
		t.head = head
		return err
	case kindCollection:
		if t.coll == nil {
			return errNotFound
		}
	case kindFile:
		if t.file == nil {
			return errNotFound
		}
	}
	return nil
}

// load returns a 404 unless the item is there, and reads it. Who reads big ones waits for others who do, until done is
// called.
func (c *call) load(t *target) (done func(), err error) {
	done = func() {}
	if t.kind != kindItem {
		return done, c.there(t)
	}
	if t.coll == nil {
		return done, errNotFound
	}
	item, size, err := c.items(t.coll).GetSmall(c.ctx, t.coll.Class, t.id(), bigBody)
	if err == nil && size > bigBody {
		if done, err = c.reading(size); err == nil {
			item, err = c.items(t.coll).Get(c.ctx, t.coll.Class, t.id())
		}
	}
	if errors.Is(err, sources.ErrGone) {
		err = errNotFound
	}
	t.head, t.body = headOf(item), &item.Body
	return done, err
}

// headOf gives what is known of an item without its content.
func headOf(item datastore.Item) datastore.Head {
	return datastore.Head{ID: item.ID, Rev: item.Rev, Changed: item.Changed, UID: item.UID, Entered: item.Entered}
}

// propfind tells the properties of a resource and, with Depth 1, of what is in it (RFC 4918 section 9.1).
func (c *call) propfind(t *target) error {
	depth := c.r.Header.Get("Depth")
	switch {
	case depth != "0" && depth != "1" && (depth == "" || strings.EqualFold(depth, "infinity")):
		if t.kind != kindItem && t.kind != kindPrincipal && (t.file == nil || t.file.Folder) { // these have nothing in them
			return refuse(http.StatusForbidden, davxml.DAV, "propfind-finite-depth")
		}
	case depth != "0" && depth != "1":
		return badRequest("Depth is 0 or 1")
	}
	root, err := c.body()
	if err != nil {
		return err
	}
	want, err := davxml.ParsePropfind(root)
	if err != nil {
		return err
	}
	if err := c.there(t); err != nil {
		return err
	}
	t.alone = true
	// Everything that can be refused is read before the answer begins.
	if t.kind == kindCollection {
		if _, err := c.stands(t.coll); err != nil {
			return err
		}
	}
	inner := depth == "1" && c.prefer("depth-noroot")
	w, end := c.xml(http.StatusMultiStatus)
	p := &printer{call: c, x: davxml.Multistatus(w), want: want, minimal: c.minimal()}
	if !inner {
		p.resource(t)
	}
	if depth == "1" {
		p.inside(t)
	}
	return p.finish(end)
}

// A printer writes what is known of resources into an answer.
type printer struct {
	*call
	x       *davxml.Writer
	want    davxml.Propfind
	minimal bool
	err     error
	// data makes the content that a report asks for, nil if it asks for none.
	data func(t *target) (*xmltree.Element, error)
}

// finish ends an answer. When it went wrong on the way the answer is broken off.
func (p *printer) finish(end func() error) error {
	if p.err != nil {
		p.broken(p.err)
	}
	return p.call.finish(p.x, end)
}

// finish ends a document; a client that hung up is no fault.
func (c *call) finish(x *davxml.Writer, end func() error) error {
	if err := errors.Join(x.Close(), end()); err != nil {
		c.o.Log.DebugContext(c.ctx, "DAV client hung up", "error", err)
		panic(http.ErrAbortHandler)
	}
	return nil
}

// resource writes the properties of one resource.
func (p *printer) resource(t *target) {
	if p.err != nil {
		return
	}
	have, miss, refused, err := p.props(t)
	if err != nil {
		p.err = err
		return
	}
	stats := append([]davxml.PropStat{{Status: http.StatusOK, Props: have}}, refused...)
	if !p.minimal && len(miss) > 0 {
		lacks := davxml.PropStat{Status: http.StatusNotFound}
		for _, n := range miss {
			lacks.Props = append(lacks.Props, n.New())
		}
		stats = append(stats, lacks)
	}
	p.x.Response(p.href(t), stats...)
}

// props gives the properties of a resource that are asked for, the names of those that it does not have, and those that
// cannot be told, with the reason.
func (p *printer) props(t *target) (have []*xmltree.Element, miss []davxml.Name, refused []davxml.PropStat, err error) {
	names := p.want.Names
	var kept []property
	if p.want.All || p.want.NamesOnly || slices.ContainsFunc(names, isKept) {
		if kept, err = p.kept(t); err != nil {
			return nil, nil, nil, err
		}
	}
	if p.want.All || p.want.NamesOnly {
		names = append(allNames(t, kept, p.want.NamesOnly), names...)
	}
	asked := names[len(names)-len(p.want.Names):]
	seen := make(map[davxml.Name]bool, len(names))
	for _, n := range names {
		if seen[n] {
			continue
		}
		seen[n] = true
		e, err := p.prop(t, n, kept)
		var f *fault
		switch {
		case errors.As(err, &f):
			refused = append(refused, davxml.PropStat{Status: f.status, Props: []*xmltree.Element{n.New()}, Error: f.condition})
		case err != nil:
			return nil, nil, nil, err
		case e == nil && slices.Contains(asked, n): // what nobody named need not be told to be missing
			miss = append(miss, n)
		case e == nil:
		case p.want.NamesOnly:
			have = append(have, n.New())
		default:
			have = append(have, e)
		}
	}
	return have, miss, refused, nil
}

// isKept reports whether a property may be one that is only kept.
func isKept(n davxml.Name) bool {
	l, known := liveProps[n]
	return !known || l.settable
}

// prop gives one property, nil if the resource does not have it.
func (p *printer) prop(t *target, n davxml.Name, kept []property) (*xmltree.Element, error) {
	for _, k := range kept {
		if k.Name == n {
			return davxml.Outer(k.Value), nil
		}
	}
	if p.data != nil && (n == card("address-data") || n == cal("calendar-data")) {
		return p.data(t)
	}
	l, known := liveProps[n]
	if !known || l.kinds&t.kind == 0 {
		return nil, nil
	}
	if l.content && t.body == nil && t.kind == kindItem {
		done, err := p.load(t)
		defer done()
		if err != nil {
			return nil, nil // deleted since it was listed
		}
		defer func() { t.body = nil }()
	}
	return l.value(p.call, t)
}

// allNames gives the properties that a resource has: all of them, or those that are worth telling to who asks for all.
func allNames(t *target, kept []property, every bool) []davxml.Name {
	var names []davxml.Name
	for n, l := range liveProps {
		if (l.all || every) && l.kinds&t.kind != 0 && (every || !l.content || t.alone || t.body != nil || t.kind == kindFile) {
			names = append(names, n)
		}
	}
	slices.SortFunc(names, func(a, b davxml.Name) int { return strings.Compare(a.Space+a.Local, b.Space+b.Local) })
	for _, k := range kept { // those of the two protocols are not worth it (RFC 4791 section 5.2, RFC 6352 section 6.2)
		if every || k.Name.Space != davxml.CalDAV && k.Name.Space != davxml.CardDAV {
			names = append(names, k.Name)
		}
	}
	return names
}

// inside writes the properties of what is in a resource.
func (p *printer) inside(t *target) {
	switch t.kind {
	case kindRoot:
		for _, home := range []string{principals, homeBooks, homeCalendars, homeFiles} {
			k := kindHomes
			if home == principals {
				k = kindPrincipals
			}
			p.resource(&target{kind: k, home: home})
		}
	case kindPrincipals:
		p.resource(&target{kind: kindPrincipal, home: principals})
	case kindHomes:
		home := &target{kind: kindHome, home: t.home}
		if t.home == homeFiles {
			home = &target{kind: kindFile, home: homeFiles, file: &fileRow{Folder: true}}
		}
		p.resource(home)
	case kindHome:
		list, err := p.collections()
		p.err = errors.Join(p.err, err)
		for _, l := range list {
			if l.Home == t.home {
				p.resource(l.target())
			}
		}
	case kindCollection:
		p.members(t.coll)
	case kindFile:
		p.filesInside(t)
	}
}

// members writes the properties of all items. Nobody's content is read unless it is asked for. An item that is changed
// meanwhile is told once.
func (p *printer) members(l *collection) {
	seen := make(map[sources.ID]bool)
	for after := int64(0); p.err == nil && p.x.Err() == nil; {
		heads, err := p.seats(l, after, false, 0)
		if err != nil || len(heads) == 0 {
			p.err = errors.Join(p.err, err)
			return
		}
		for _, h := range heads {
			if after = h.Number; !seen[h.ID] {
				seen[h.ID] = true
				p.resource(h.in.item(h.Head))
			}
		}
	}
}

package face

import (
	"bytes"
	"context"
	"errors"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/datastore"
	"github.com/bindery-sync/bindery/sources/gdata/entry"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// How many bytes a request may have.
const (
	maxEntry = 4 << 20
	maxBatch = 8 << 20
	maxPhoto = 4 << 20
)

const (
	entryType = "application/atom+xml; charset=UTF-8; type=entry"
	feedType  = "application/atom+xml; charset=UTF-8; type=feed"
)

// A call is one request of somebody who has signed in.
type call struct {
	*face
	w       http.ResponseWriter
	r       *http.Request
	method  string
	who     caller
	at      target
	q       query
	base    string
	version int

	// client is the datastore that the address names, all those of the caller, and user how links name it.
	client  Client
	clients []Client
	user    string
	items   datastore.Items
}

// choose finds the datastore that the address names: the caller's oldest by "default" or his name, any by its id.
func (c *call) choose() (err error) {
	if c.clients, err = c.Clients(c.r.Context(), c.who.owner); err != nil {
		return err
	}
	if len(c.clients) == 0 {
		return errNoFeed
	}
	user := strings.ToLower(c.at.user)
	switch {
	case user == "default" || strings.EqualFold(user, c.who.name):
		c.client, c.user = c.clients[0], c.who.name
	default:
		for i, cl := range c.clients {
			if strings.EqualFold(cl.ID, user) {
				c.client, c.user = cl, c.nameOf(i)
			}
		}
	}
	if c.user == "" {
		return errNoUser
	}
	c.items = c.Items.Items(c.who.owner, c.client.ID)
	return nil
}

// nameOf gives how links name a datastore: the oldest by the account's name.
func (c *call) nameOf(i int) string {
	if i == 0 {
		return c.who.name
	}
	return c.clients[i].ID
}

// A shelf is the items of one dataclass as entries.
type shelf interface {
	// stock is what listings read.
	stock() stock
	// raw is where what of entries no item can say is kept.
	raw() kept
	// show gives the entries of an item, and of one that was deleted a tombstone for each that it may have had.
	// Kept is what put kept of it.
	show(it datastore.Item, kept []byte) ([]shown, error)
	// one gives one entry. The error of one that is not there is a fault.
	one(ctx context.Context, id string) (shown, error)
	insert(ctx context.Context, e *xmltree.Element) (shown, error)
	update(ctx context.Context, id string, e *xmltree.Element, cond condition) (shown, error)
	remove(ctx context.Context, id string, cond condition) error
	// holds reports whether an entry is among those that the query asks for.
	holds(it datastore.Item, e shown) bool
}

// A stock is what entries are made of, in the order of changes: a part of datastore.Items.
type stock interface {
	Mark(ctx context.Context) (datastore.Mark, error)
	First(ctx context.Context, t time.Time) (int64, error)
	Since(ctx context.Context, after int64, o datastore.Order) ([]datastore.Item, error)
	Count(ctx context.Context) (int, error)
}

// itemStock is one class of a datastore client.
type itemStock struct {
	items datastore.Items
	class dataclass.Class
}

func (s itemStock) Mark(ctx context.Context) (datastore.Mark, error) {
	return s.items.Mark(ctx, s.class)
}

func (s itemStock) First(ctx context.Context, t time.Time) (int64, error) {
	return s.items.First(ctx, s.class, t)
}

func (s itemStock) Since(ctx context.Context, after int64, o datastore.Order) ([]datastore.Item, error) {
	return s.items.Since(ctx, s.class, after, o)
}

func (s itemStock) Count(ctx context.Context) (int, error) { return s.items.Count(ctx, s.class) }

// A shown is an entry without what only the server can say.
type shown struct {
	id, etag string
	changed  time.Time
	dead     bool
	el       *xmltree.Element
	// photo is the entity tag of the picture; empty if there is none.
	photo string
	// of is the id of the series that an exception belongs to.
	of string
}

// answer finds who answers.
func (c *call) answer() error {
	ctx := c.r.Context()
	if !c.at.whole() && c.method != http.MethodGet && c.method != http.MethodHead {
		return errProjection
	}
	if c.at.kind == photoFeed {
		return c.photo(ctx)
	}
	if c.at.kind == calendarFeed {
		return c.calendarList()
	}
	s, err := c.shelf(ctx)
	switch {
	case err != nil:
		return err
	case c.at.batch:
		return c.batch(ctx, s)
	case c.at.id == "":
		return c.feed(ctx, s)
	}
	return c.entry(ctx, s)
}

func (c *call) shelf(ctx context.Context) (shelf, error) {
	switch c.at.kind {
	case contactFeed:
		return c.contacts(ctx)
	case groupFeed:
		return c.groups(ctx)
	case eventFeed:
		return c.events(ctx)
	}
	return nil, errNoFeed
}

func (c *call) feed(ctx context.Context, s shelf) error {
	switch c.method {
	case http.MethodGet, http.MethodHead:
		if ev, ok := s.(*events); ok && (c.q.single || c.q.orderBy == "starttime") {
			return c.sorted(ctx, ev)
		}
		return c.list(ctx, s)
	case http.MethodPost:
		e, err := c.readEntry()
		if err != nil {
			return err
		}
		made, err := s.insert(ctx, e)
		if err != nil {
			return err
		}
		c.w.Header().Set("Location", c.href(made.id))
		return c.writeEntry(http.StatusCreated, made)
	}
	return c.only("GET, HEAD, POST")
}

func (c *call) entry(ctx context.Context, s shelf) error {
	switch c.method {
	case http.MethodGet, http.MethodHead:
		now, err := c.reader(ctx, s)
		if err != nil {
			return err
		}
		if fresh(c.r, now.etag) {
			c.w.Header().Set("ETag", now.etag)
			c.w.WriteHeader(http.StatusNotModified)
			return nil
		}
		return c.writeEntry(http.StatusOK, now)
	case http.MethodPut:
		e, err := c.readEntry()
		if err != nil {
			return err
		}
		now, err := s.update(ctx, c.at.id, e, conditionOf(c.r.Header.Values("If-Match"), e))
		if err != nil {
			return c.withEntry(err)
		}
		return c.writeEntry(http.StatusOK, now)
	case http.MethodDelete:
		if err := s.remove(ctx, c.at.id, conditionOf(c.r.Header.Values("If-Match"), nil)); err != nil {
			return c.withEntry(err)
		}
		c.w.WriteHeader(http.StatusOK)
		return nil
	}
	return c.only("GET, HEAD, PUT, DELETE")
}

// only refuses a method.
func (c *call) only(methods string) error {
	c.w.Header().Set("Allow", methods)
	if c.method == http.MethodPatch {
		return errPatch
	}
	return errMethod
}

// withEntry gives a fault the document with the entry that was overlooked.
func (c *call) withEntry(err error) error {
	f, known := faultOf(err)
	if !known || f.current == nil {
		return err
	}
	f.body = entry.Append(nil, c.finish(*f.current))
	return f
}

// readEntry reads the entry that is sent.
func (c *call) readEntry() (*xmltree.Element, error) {
	data, err := c.readBody(maxEntry, "application/atom+xml", "application/xml", "text/xml")
	if err != nil {
		return nil, err
	}
	e, err := xmltree.Parse(data, xmltree.Limits{Bytes: maxEntry, Depth: 40, Nodes: 20_000})
	if err != nil {
		return nil, err
	}
	if e.Local != "entry" || e.Space != entry.Atom {
		return nil, badRequest("invalid", "The body is no Atom entry.")
	}
	return e, nil
}

// readBody reads what is sent, if it is of a type.
func (c *call) readBody(most int64, types ...string) ([]byte, error) {
	if sent := c.r.Header.Get("Content-Type"); sent != "" {
		media, _, err := mime.ParseMediaType(sent)
		if err != nil || !contains(types, media) {
			return nil, fault{status: http.StatusUnsupportedMediaType, code: "contentTypeNotAllowed", text: "The body has to be of type " + types[0] + "."}
		}
	}
	var body bytes.Buffer
	body.Grow(int(min(max(c.r.ContentLength, 0), mostAhead)) + bytes.MinRead)
	_, err := body.ReadFrom(http.MaxBytesReader(c.w, c.r.Body, most))
	return body.Bytes(), err
}

// mostAhead is how many bytes there is made room for because somebody says that he sends them.
const mostAhead = 1 << 20

// writeEntry answers with an entry.
func (c *call) writeEntry(status int, now shown) error {
	body := entry.Append(nil, c.finish(now))
	h := c.w.Header()
	h.Set("ETag", now.etag)
	h.Set("Content-Type", entryType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	c.w.WriteHeader(status)
	_, _ = c.w.Write(body) // a caller that has gone reads no answer
	return nil
}

// href gives the address of an entry.
func (c *call) href(id string) string {
	return c.base + c.at.kind.feedPath(c.user, c.full()) + "/" + segment(id)
}

// full is the projection of the addresses in links: what is written there is always the whole entry.
func (c *call) full() string {
	if c.at.kind == calendarFeed {
		return c.at.projection
	}
	return "full"
}

// finish gives an entry with all that only the server can say.
func (c *call) finish(s shown) *xmltree.Element {
	e := xmltree.New(entry.Atom, "entry").SetAttr(entry.GD, "etag", s.etag)
	e.Nodes = make([]xmltree.Node, 0, len(s.el.Nodes)+6)
	when := stamp(s.changed)
	e.AddText("id", c.base+c.at.kind.feedPath(c.user, "base")+"/"+segment(s.id)).AddText("updated", when)
	e.Add(xmltree.New(entry.App, "edited", xmltree.Text(when)))
	for _, n := range s.el.Nodes {
		if n.Elem != nil && n.Elem.Space == entry.GContact && n.Elem.Local == "groupMembershipInfo" && strings.HasPrefix(n.Elem.Attr("", "href"), "/") {
			n.Elem.SetAttr("", "href", c.base+n.Elem.Attr("", "href"))
		}
		if n.Elem != nil && n.Elem.Space == entry.GD && n.Elem.Local == "originalEvent" && s.of != "" {
			n.Elem.SetAttr("", "id", s.of).SetAttr("", "href", c.href(s.of))
		}
		if s.dead || n.Elem == nil || c.at.shows(n.Elem) {
			e.Nodes = append(e.Nodes, n)
		}
	}
	if s.dead && c.at.kind != eventFeed {
		return e
	}
	href := c.href(s.id)
	if c.at.kind == contactFeed {
		photo := link(entry.RelPhoto, "image/*", c.base+photoFeed.feedPath(c.user, "")+"/"+segment(s.id))
		if s.photo != "" {
			photo.SetAttr(entry.GD, "etag", s.photo)
		}
		e.Add(photo)
	}
	return e.Add(link("self", atomType, href), link("edit", atomType, href))
}

const atomType = "application/atom+xml"

func link(rel, typ, href string) *xmltree.Element {
	el := xmltree.New(entry.Atom, "link")
	el.Attrs = []xmltree.Attr{{Local: "rel", Value: rel}, {Local: "type", Value: typ}, {Local: "href", Value: href}}
	return el
}

// stamp writes a time as feeds have it.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// within runs fn in one transaction and gives what it gives.
func (c *call) within(ctx context.Context, fn func(ctx context.Context) (shown, error)) (out shown, err error) {
	err = c.DB.Update(ctx, func(ctx context.Context, _ *gorm.DB) (err error) {
		out, err = fn(ctx)
		return err
	})
	return out, err
}

// gone gives what is answered for an item that is not there.
func gone(err error) error {
	if errors.Is(err, sources.ErrGone) {
		return errNoEntry
	}
	return err
}

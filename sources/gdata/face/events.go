package face

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/datastore"
	"github.com/bindery-sync/bindery/sources/gdata/entry"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// events are the events of a datastore as entries: one for each, and one for each exception of a series.
type events struct {
	*call
	kept kept
	x    entry.Context
}

func (c *call) events(ctx context.Context) (*events, error) {
	s := &events{c, kept{c.DB, c.who.owner, c.client.ID, dataclass.Events}, entry.Context{Zone: c.zone()}}
	return s, s.catchUp(ctx)
}

func (s *events) stock() stock { return itemStock{s.items, dataclass.Events} }

func (s *events) raw() kept { return s.kept }

// A family is a series, or an event, and its exceptions: its entry, those of its exceptions that there are or were.
type family struct {
	master     *xmltree.Element
	exceptions []*xmltree.Element
}

// pack gives the bytes that are kept of a family.
func (f family) pack() []byte {
	return xmltree.New(entry.Atom, "feed").Add(f.master).Add(f.exceptions...).Append(nil, xmltree.Options{})
}

// unpack reads them again; without bytes it is an event that nothing is known of.
func unpack(raw []byte) (family, error) {
	if len(raw) == 0 {
		return family{master: entry.New(entry.EventKind)}, nil
	}
	feed, err := xmltree.Parse(raw, xmltree.Limits{})
	if err != nil {
		return family{}, fmt.Errorf("read a kept entry: %w", notTheirs(err))
	}
	all := feed.Children("entry")
	return family{master: all[0], exceptions: all[1:]}, nil
}

// write makes a family say what an event says. An event that entries cannot say with its exceptions is said without them,
// one that cannot be read has no fields: it is there, and nobody shall take it for deleted.
func (s *events) write(it datastore.Item, raw []byte) (family, error) {
	f, err := unpack(raw)
	if err != nil {
		return f, err
	}
	ev, err := dataclass.Decode(dataclass.Events, it.Body)
	if err != nil {
		return family{master: entry.New(entry.EventKind)}, nil // see above
	}
	w, err := entry.WriteEvent(ev, f.master, f.exceptions, s.x)
	if err != nil {
		e, err := entry.WriteAlone(ev, s.x)
		if err != nil {
			e = entry.New(entry.EventKind)
		}
		return family{master: e}, nil // see above
	}
	for _, e := range w.Delete {
		setStatus(e, "event.canceled")
	}
	f.exceptions = append(f.exceptions, w.Add...)
	f.master = forReaders(f.master)
	for i, e := range f.exceptions {
		f.exceptions[i] = forReaders(e)
	}
	return f, nil
}

// forReaders takes what only a server is told out of an entry.
func forReaders(e *xmltree.Element) *xmltree.Element {
	e.Nodes = slices.DeleteFunc(e.Nodes, func(n xmltree.Node) bool {
		return n.Elem != nil && n.Elem.Space == entry.GCal && (n.Elem.Local == "syncEvent" || n.Elem.Local == "sendEventNotifications")
	})
	return e
}

func setStatus(e *xmltree.Element, status string) {
	for c := range e.Elements() {
		if c.Space == entry.GD && c.Local == "eventStatus" {
			c.SetAttr("", "value", entry.GD+"#"+status)
			return
		}
	}
	e.Add(xmltree.New(entry.GD, "eventStatus").SetAttr("", "value", entry.GD+"#"+status))
}

func (s *events) show(it datastore.Item, raw []byte) ([]shown, error) {
	if it.Dead {
		e := entry.New(entry.EventKind)
		setStatus(e, "event.canceled")
		return []shown{{id: string(it.ID), etag: fmt.Sprintf(`"deleted.%d"`, it.Change), changed: it.Changed, dead: true, el: e}}, nil
	}
	f, err := s.write(it, raw)
	if err != nil {
		return nil, err
	}
	out := []shown{s.shown(it, string(it.ID), f.master)}
	for _, e := range f.exceptions {
		out = append(out, s.exception(it, e))
	}
	return out, nil
}

func (s *events) shown(it datastore.Item, id string, e *xmltree.Element) shown {
	return shown{id: id, etag: tagOf(e.Append(nil, xmltree.Options{})), changed: it.Changed, el: e}
}

// exception gives the entry of an exception. Its id is that of its series and the occurrence that it stands for.
func (s *events) exception(it datastore.Item, e *xmltree.Element) shown {
	out := s.shown(it, string(it.ID)+"_"+entry.InstanceKey(e, s.x), e)
	out.of = string(it.ID)
	return out
}

// find gives the item that an id names, and the occurrence if it is that of one.
func (s *events) find(ctx context.Context, id string) (it datastore.Item, key string, err error) {
	it, err = s.items.Get(ctx, dataclass.Events, sources.ID(id))
	if i := strings.LastIndexByte(id, '_'); err != nil && i > 0 && entry.IsInstanceKey(id[i+1:]) {
		key = id[i+1:]
		it, err = s.items.Get(ctx, dataclass.Events, sources.ID(id[:i]))
	}
	return it, key, gone(err)
}

func (s *events) one(ctx context.Context, id string) (shown, error) {
	st, err := s.state(ctx, id, false)
	return st.now, err
}

// A state is one entry as it is, with what it is made of.
type state struct {
	it  datastore.Item
	key string // of the occurrence, if it is one of a series
	raw []byte
	now shown
	// is says that the entry is shown in the feed; it is false for an occurrence that is as its series says.
	is bool
}

// state finds an entry. With lenient it is also one of an occurrence that the series has not: it is about to be made one.
func (s *events) state(ctx context.Context, id string, lenient bool) (st state, err error) {
	if st.it, st.key, err = s.find(ctx, id); err != nil {
		return st, err
	}
	raw, err := s.kept.get(ctx, st.it.ID)
	if err != nil {
		return st, err
	}
	st.raw = raw[st.it.ID]
	list, err := s.show(st.it, st.raw)
	if err != nil {
		return st, err
	}
	for _, e := range list {
		if e.of == "" && st.key == "" || e.of != "" && strings.HasSuffix(e.id, "_"+st.key) {
			st.now, st.is = e, true
			return st, nil
		}
	}
	ev, err := dataclass.Decode(dataclass.Events, st.it.Body)
	if err != nil {
		return st, errNoEntry
	}
	e, there, err := entry.Instance(ev, st.key, s.x)
	if err != nil || !there && !lenient {
		return st, errNoEntry
	}
	st.now = s.exception(st.it, e)
	return st, nil
}

// holds reports whether an entry is among those that the query asks for. Exceptions go with their series.
func (s *events) holds(it datastore.Item, e shown) bool {
	if !matches(e.el, s.q.words) {
		return false
	}
	from, to := s.window()
	if it.Dead || from.IsZero() && to.IsZero() {
		return true
	}
	ev, err := dataclass.Decode(dataclass.Events, it.Body)
	return err != nil || ev.Within(from, to)
}

func (s *events) insert(ctx context.Context, e *xmltree.Element) (shown, error) {
	if of, is := entry.Original(e); is {
		return s.insertException(ctx, of, e)
	}
	ev, err := entry.ReadEvent(e, nil, s.x)
	if err != nil {
		return shown{}, err
	}
	view, err := dataclass.AsEvent(ev)
	if err != nil {
		return shown{}, err
	}
	uid := view.UID()
	if uid == "" {
		uid = s.newUID()
		view.SetUID(uid)
	}
	view.SetText("DTSTAMP", s.Now().UTC().Format("20060102T150405Z"))
	return s.within(ctx, func(ctx context.Context) (shown, error) {
		if now, again, err := s.posted(ctx, uid, e, ev); err != nil || again {
			return now, err
		}
		raw := s.leftOver(e, view.Item(), nil)
		it, err := s.items.Put(ctx, dataclass.Events, "", "", view.Item().Body())
		if err == nil {
			err = s.kept.put(ctx, it.ID, mark(uid), raw)
		}
		if err != nil {
			return shown{}, err
		}
		list, err := s.show(it, raw)
		if err != nil {
			return shown{}, err
		}
		return list[0], nil
	})
}

// mark is by what an event is found again that is posted twice.
func mark(uid string) string {
	if uid == "" {
		return ""
	}
	return "uid " + bare(tagOf([]byte(uid)))
}

// posted gives the event that an entry made when it was posted before: it has the same identifier and says the same.
func (s *events) posted(ctx context.Context, uid string, e *xmltree.Element, ev *dataclass.Item) (shown, bool, error) {
	id, again, err := s.kept.posted(ctx, mark(uid))
	if err != nil || !again {
		return shown{}, false, err
	}
	st, err := s.state(ctx, string(id), false)
	if err != nil {
		return shown{}, false, nil // that event is gone
	}
	list, err := s.show(datastore.Item{ID: st.it.ID, Body: ev.Body()}, s.leftOver(e, ev, nil))
	if err != nil || list[0].etag != st.now.etag {
		return shown{}, false, err
	}
	return st.now, true, nil
}

// leftOver gives what is kept of an event whose entry a client wrote: the entry, if the event says less, and the exceptions
// that were kept before.
func (s *events) leftOver(e *xmltree.Element, ev *dataclass.Item, exceptions []*xmltree.Element) []byte {
	sent := forReaders(cleaned(e))
	f := family{master: sent, exceptions: exceptions}
	made := entry.New(entry.EventKind)
	if w, err := entry.WriteEvent(ev, made, nil, s.x); err == nil && w.Master != nil && saysAll(forReaders(made), sent) {
		if len(exceptions) == 0 {
			return nil
		}
		f.master = entry.New(entry.EventKind)
	}
	return f.pack()
}

// cleaned gives what a client says in an entry.
func cleaned(e *xmltree.Element) *xmltree.Element {
	e = entry.Fresh(e)
	e.Nodes = slices.DeleteFunc(e.Nodes, func(n xmltree.Node) bool { return n.Elem == nil })
	return e
}

// insertException makes an exception of a series. One that there is already is edited: it is posted again.
func (s *events) insertException(ctx context.Context, of string, e *xmltree.Element) (shown, error) {
	key := entry.InstanceKey(e, s.x)
	if of == "" || key == "" {
		return shown{}, badRequest("invalid", "gd:originalEvent has to name a series and a time of it.")
	}
	return s.within(ctx, func(ctx context.Context) (shown, error) {
		return s.edit(ctx, of+"_"+key, e, condition{given: true, any: true}, true)
	})
}

func (s *events) update(ctx context.Context, id string, e *xmltree.Element, cond condition) (shown, error) {
	return s.within(ctx, func(ctx context.Context) (shown, error) { return s.edit(ctx, id, e, cond, false) })
}

func (s *events) edit(ctx context.Context, id string, e *xmltree.Element, cond condition, lenient bool) (shown, error) {
	st, err := s.state(ctx, id, lenient)
	if err == nil {
		err = cond.check(st.now)
	}
	if err != nil {
		return shown{}, err
	}
	old, err := dataclass.Decode(dataclass.Events, st.it.Body)
	if err != nil {
		return shown{}, errUnreadable
	}
	f, err := unpack(st.raw)
	if err != nil {
		return shown{}, err
	}
	var ev *dataclass.Item
	var raw []byte
	if st.key != "" {
		if ev, err = entry.EditInstance(old, st.now.el, e, s.x); err == nil {
			raw = f.with(st.key, s.leftOfInstance(e, ev, st.key), st.now.el, s.x).pack()
		}
	} else {
		if entry.Deleted(e) {
			return st.now, s.drop(ctx, st)
		}
		if ev, err = entry.EditEvent(old, st.now.el, e, s.x); err == nil {
			raw = s.leftOver(e, ev, f.exceptions)
		}
	}
	if err != nil {
		return shown{}, err
	}
	if bytes.Equal(ev.Body().Data, st.it.Body.Data) && (bytes.Equal(raw, st.raw) || st.key != "" && !st.is) {
		return st.now, nil
	}
	return s.store(ctx, st, ev, raw)
}

// leftOfInstance gives what is kept of an exception whose entry a client wrote: nothing, if the event says all of it.
func (s *events) leftOfInstance(e *xmltree.Element, ev *dataclass.Item, key string) *xmltree.Element {
	sent := forReaders(cleaned(e))
	made, _, err := entry.Instance(ev, key, s.x)
	if err == nil && saysAll(made.Add(sent.Child("originalEvent")), sent) {
		return entry.New(entry.EventKind)
	}
	return sent
}

// with gives the family with the entry of an exception as a client wrote it.
func (f family) with(key string, sent, have *xmltree.Element, x entry.Context) family {
	sent = forReaders(sent)
	sent.Nodes = slices.DeleteFunc(sent.Nodes, func(n xmltree.Node) bool {
		return n.Elem.Space == entry.GD && n.Elem.Local == "originalEvent"
	})
	for c := range have.Elements() {
		if c.Space == entry.GD && c.Local == "originalEvent" { // in our words
			sent.Add(xmltree.New(entry.GD, "originalEvent").Add(c.Child("when")))
		}
	}
	for i, e := range f.exceptions {
		if entry.InstanceKey(e, x) == key {
			f.exceptions = slices.Clone(f.exceptions)
			f.exceptions[i] = sent
			return f
		}
	}
	f.exceptions = append(slices.Clone(f.exceptions), sent)
	return f
}

// store replaces an event and what is kept of its entries, and gives the entry that was written.
func (s *events) store(ctx context.Context, st state, ev *dataclass.Item, raw []byte) (shown, error) {
	it, err := s.items.Put(ctx, dataclass.Events, st.it.ID, st.it.Rev, ev.Body())
	if err == nil {
		err = s.kept.put(ctx, it.ID, mark(ev.UID()), raw)
	}
	if err != nil {
		return shown{}, err
	}
	id := string(it.ID)
	if st.key != "" {
		id += "_" + st.key
	}
	return s.one(ctx, id)
}

// drop deletes an event.
func (s *events) drop(ctx context.Context, st state) error {
	if err := s.items.Delete(ctx, dataclass.Events, st.it.ID, st.it.Rev); err != nil {
		return err
	}
	return s.kept.remove(ctx, st.it.ID)
}

// remove deletes an event, or takes an occurrence out of its series.
func (s *events) remove(ctx context.Context, id string, cond condition) error {
	_, err := s.within(ctx, func(ctx context.Context) (shown, error) {
		st, err := s.state(ctx, id, false)
		if err == nil {
			err = cond.check(st.now)
		}
		if err != nil {
			return shown{}, err
		}
		if st.key == "" {
			return shown{}, s.drop(ctx, st)
		}
		old, err := dataclass.Decode(dataclass.Events, st.it.Body)
		if err != nil {
			return shown{}, errUnreadable
		}
		ev, err := entry.CancelInstance(old, st.now.el, s.x)
		if err != nil {
			return shown{}, err
		}
		if bytes.Equal(ev.Body().Data, st.it.Body.Data) {
			return shown{}, errNoEntry
		}
		f, err := unpack(st.raw)
		if err != nil {
			return shown{}, err
		}
		gone := entry.New(entry.EventKind)
		return s.store(ctx, st, ev, f.with(st.key, gone, st.now.el, s.x).pack())
	})
	return err
}

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
	out := feedWriter{w: c.w, zips: takesGzip(c.r)}
	c.w.Header().Set("Content-Type", media)
	out.buf.Write(entry.Append(nil, e))
	out.finish()
	return out.err
}

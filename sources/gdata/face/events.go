package face

import (
	"context"
	"fmt"
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

package face

import (
	"bytes"
	"context"
	"errors"
	"slices"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/datastore"
	"github.com/bindery-sync/bindery/sources/gdata/entry"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

func (s *events) insert(ctx context.Context, e *xmltree.Element) (shown, error) {
	if of, is := entry.Original(e); is {
		return s.insertException(ctx, of, e)
	}
	a, uid, err := s.arrive(e)
	if err != nil {
		return shown{}, err
	}
	return s.within(ctx, func(ctx context.Context) (shown, error) {
		if now, again, err := s.posted(ctx, uid, e, a.item); err != nil || again {
			return now, err
		}
		it, err := s.items.Put(ctx, dataclass.Events, "", "", a.body)
		if err == nil {
			err = s.kept.put(ctx, it.ID, a.mark, a.raw)
		}
		if err != nil {
			return shown{}, err
		}
		list, err := s.show(it, a.raw)
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
	if err == nil && !again {
		id, again, err = s.holder(ctx, uid)
	}
	if err != nil || !again {
		return shown{}, false, err
	}
	st, err := s.state(ctx, string(id), false)
	if err != nil {
		return shown{}, false, nil // that event is gone
	}
	list, err := s.show(datastore.Item{ID: st.it.ID, Body: ev.Body()}, s.leftOver(e, ev, nil))
	if err != nil || list[0].etag != st.now.etag {
		return shown{}, false, errors.Join(err, s.meant(st, e, ev))
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
	if err == nil {
		err = telling{e, ev}.forwards(telling{st.now.el, old})
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

package face

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/datastore"
	"github.com/bindery-sync/bindery/sources/gdata/entry"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// contacts are the cards of a datastore as entries.
type contacts struct {
	*call
	kept kept
	x    entry.Context
}

func (c *call) contacts(ctx context.Context) (*contacts, error) {
	x, err := c.groupContext(ctx)
	k := kept{c.DB, c.who.owner, c.client.ID, dataclass.Contacts}
	return &contacts{c, k, x}, err
}

func (s *contacts) stock() stock { return itemStock{s.items, dataclass.Contacts} }

func (s *contacts) raw() kept { return s.kept }

func (s *contacts) show(it datastore.Item, raw []byte) ([]shown, error) {
	if it.Dead {
		return []shown{tombstone(it)}, nil
	}
	e, card, err := s.write(it, raw, s.x)
	if err != nil {
		return nil, err
	}
	out := shown{id: string(it.ID), changed: it.Changed, el: e, photo: photoTag(card)}
	tagged := e
	if s.version == 2 { // the tag is the same in both versions
		x := s.x
		x.Version = 3
		if tagged, _, err = s.write(it, raw, x); err != nil {
			return nil, err
		}
	}
	out.etag = tagOfEntry(tagged, []byte(out.photo))
	return []shown{out}, nil
}

func tombstone(it datastore.Item) shown {
	e := entry.New(entry.ContactKind).Add(xmltree.New(entry.GD, "deleted"))
	return shown{id: string(it.ID), etag: fmt.Sprintf(`"deleted.%d"`, it.Change), changed: it.Changed, dead: true, el: e}
}

// write writes a card into the entry that was kept for it, or into a new one. A card that cannot be read is an entry
// without fields: it is there, and nobody shall take it for deleted.
func (s *contacts) write(it datastore.Item, raw []byte, x entry.Context) (*xmltree.Element, *dataclass.Item, error) {
	e := entry.New(entry.ContactKind)
	if len(raw) > 0 {
		kept, err := xmltree.Parse(raw, xmltree.Limits{})
		if err != nil {
			return nil, nil, fmt.Errorf("read a kept entry: %w", notTheirs(err))
		}
		e = kept
	}
	card, err := dataclass.Decode(dataclass.Contacts, it.Body)
	if err == nil {
		err = entry.WriteContact(e, card, x)
	}
	if err == nil {
		entry.SetIdentifier(e, identifierOf(card, it))
	}
	if err != nil {
		return entry.New(entry.ContactKind), nil, nil // see above
	}
	return e, card, nil
}

// notTheirs keeps an error about what is stored from being told as one about what was sent.
func notTheirs(err error) error { return errors.New(err.Error()) }

func (s *contacts) one(ctx context.Context, id string) (shown, error) {
	now, _, _, err := s.current(ctx, id)
	return now, err
}

// current gives an entry, its item and what is kept of it.
func (s *contacts) current(ctx context.Context, id string) (shown, datastore.Item, []byte, error) {
	it, err := s.items.Get(ctx, dataclass.Contacts, sources.ID(id))
	if err != nil {
		return shown{}, it, nil, gone(err)
	}
	raw, err := s.kept.get(ctx, it.ID)
	if err != nil {
		return shown{}, it, nil, err
	}
	list, err := s.show(it, raw[it.ID])
	if err != nil {
		return shown{}, it, nil, err
	}
	return list[0], it, raw[it.ID], nil
}

func (s *contacts) insert(ctx context.Context, e *xmltree.Element) (shown, error) {
	a, err := s.arrive(e)
	if err != nil {
		return shown{}, err
	}
	return s.within(ctx, func(ctx context.Context) (shown, error) {
		if id, again, err := s.kept.posted(ctx, a.mark); err != nil || again {
			if now, err := s.one(ctx, string(id)); err == nil {
				return now, nil
			}
		}
		if err := s.free(ctx, &a); err != nil {
			return shown{}, err
		}
		it, err := s.items.Put(ctx, dataclass.Contacts, "", "", a.body)
		if err != nil {
			return shown{}, err
		}
		if err := s.kept.put(ctx, it.ID, a.mark, a.raw); err != nil {
			return shown{}, err
		}
		return s.showNew(it, a)
	})
}

func (s *contacts) update(ctx context.Context, id string, e *xmltree.Element, cond condition) (shown, error) {
	return s.within(ctx, func(ctx context.Context) (shown, error) {
		now, it, was, err := s.current(ctx, id)
		if err == nil {
			err = cond.check(now)
		}
		if err != nil {
			return shown{}, err
		}
		old, err := dataclass.Decode(dataclass.Contacts, it.Body)
		if err != nil {
			return shown{}, errUnreadable
		}
		card, err := entry.EditContact(old, now.el, e, s.x)
		if err != nil {
			return shown{}, err
		}
		raw, _, _, err := s.leftOver(e, card)
		if err != nil {
			return shown{}, err
		}
		if bytes.Equal(raw, was) && bytes.Equal(card.Body().Data, it.Body.Data) {
			return now, nil
		}
		return s.store(ctx, it, card, raw)
	})
}

// store replaces an item and what is kept of its entry.
func (s *contacts) store(ctx context.Context, old datastore.Item, card *dataclass.Item, raw []byte) (shown, error) {
	it, err := s.items.Put(ctx, dataclass.Contacts, old.ID, old.Rev, card.Body())
	if err != nil {
		return shown{}, err
	}
	if err := s.kept.put(ctx, it.ID, "", raw); err != nil {
		return shown{}, err
	}
	list, err := s.show(it, raw)
	if err != nil {
		return shown{}, err
	}
	return list[0], nil
}

func (s *contacts) remove(ctx context.Context, id string, cond condition) error {
	_, err := s.within(ctx, func(ctx context.Context) (shown, error) {
		now, it, _, err := s.current(ctx, id)
		if err == nil {
			err = cond.check(now)
		}
		if err == nil {
			err = s.items.Delete(ctx, dataclass.Contacts, it.ID, it.Rev)
		}
		if err == nil {
			err = s.kept.remove(ctx, it.ID)
		}
		return shown{}, err
	})
	return err
}

// usualKept is how many bytes what is kept of an entry has, as most have.
const usualKept = 512

// leftOver gives the entry to be kept beside a card: what the client sent, if writing the card into a new entry says
// less; of what says all of it but for properties that clients add, only those. Mark is set for an entry with a mark of
// the client's own: whoever posts the same again means the same contact. Made is the entry as it is shown from now on in
// version 3; nil where that has to be made of what is kept.
func (s *contacts) leftOver(e *xmltree.Element, card *dataclass.Item) (raw []byte, mark string, made *xmltree.Element, err error) {
	x := s.x
	x.Version = 3
	sent := entry.Fresh(e)
	sent.Nodes = slices.DeleteFunc(sent.Nodes, func(n xmltree.Node) bool {
		return n.Elem == nil || n.Elem.Space == entry.GContact && n.Elem.Local == "groupMembershipInfo"
	})
	entry.SetIdentifier(sent, "") // the card says it
	made = entry.New(entry.ContactKind)
	bare := len(made.Nodes)
	for c := range sent.Elements() {
		if c.Space == entry.GD && c.Local == "extendedProperty" {
			made.Add(c)
		}
	}
	if len(made.Nodes) > bare {
		mark = markOf(e)
		raw = made.Append(make([]byte, 0, usualKept), xmltree.Options{})
	}
	if err := entry.WriteContact(made, card, x); err != nil {
		return nil, "", nil, err
	}
	if !saysAll(made, sent) {
		return sent.Append(nil, xmltree.Options{}), mark, nil, nil
	}
	return raw, mark, made, nil
}

// saysAll reports whether an entry has every element of another one.
func saysAll(e, other *xmltree.Element) bool {
	for c := range other.Elements() {
		if !slices.ContainsFunc(e.Nodes, func(n xmltree.Node) bool { return n.Elem != nil && alike(n.Elem, c) }) {
			return false
		}
	}
	return true
}

// alike reports whether two elements are the same, down to the order of what is in them.
func alike(a, b *xmltree.Element) bool {
	return a == b || a.Local == b.Local && a.Space == b.Space && slices.Equal(a.Attrs, b.Attrs) &&
		slices.EqualFunc(a.Nodes, b.Nodes, func(m, n xmltree.Node) bool {
			return m.Text == n.Text && (m.Elem == nil) == (n.Elem == nil) && (m.Elem == nil || alike(m.Elem, n.Elem))
		})
}

// holds reports whether an entry is among those that the query asks for.
func (s *contacts) holds(_ datastore.Item, e shown) bool {
	if s.q.group != "" && !s.inGroup(e.el) {
		return false
	}
	return matches(e.el, s.q.words)
}

func (s *contacts) inGroup(e *xmltree.Element) bool {
	id := entry.LastSegment(s.q.group)
	for c := range e.Elements() {
		if c.Space == entry.GContact && c.Local == "groupMembershipInfo" && entry.LastSegment(c.Attr("", "href")) == id {
			return true
		}
	}
	return false
}

// matches reports whether an entry holds all words, and none of those with a hyphen before it.
func matches(e *xmltree.Element, words []string) bool {
	if len(words) == 0 {
		return true
	}
	var all strings.Builder
	gather(&all, e)
	text := strings.ToLower(all.String())
	for _, w := range words {
		without, not := strings.CutPrefix(w, "-")
		if not && without != "" {
			w = without
		}
		if strings.Contains(text, w) == (not && without != "") {
			return false
		}
	}
	return true
}

// gather collects what an entry says in words.
func gather(to *strings.Builder, e *xmltree.Element) {
	for _, a := range e.Attrs {
		switch a.Local {
		case "address", "valueString", "label", "email", "displayName", "href", "value":
			to.WriteString(a.Value + "\n")
		}
	}
	for _, n := range e.Nodes {
		switch {
		case n.Elem != nil && entry.IsIdentifier(n.Elem): // no words
		case n.Elem != nil:
			gather(to, n.Elem)
		default:
			to.WriteString(n.Text + "\n")
		}
	}
}

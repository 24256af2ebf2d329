package dataclass

import (
	"fmt"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

// An Entry is what events and tasks have in common: the typed view of one component, the master of the item
// or one of its exceptions. It reads from the item's tree and edits it in place. What an edit does not name
// stays: other properties, unknown parameters of the same property, and their order. A setter that is given
// what its getter says changes nothing at all; so what cannot be read goes only by Remove, or when something else
// takes its place.
//
// An item of vCalendar 1.0 is read and edited as the iCalendar that it means; of its own lines only those
// change that an edit makes different, and what the dialect cannot say is not kept.
//
// A view is not for use by several goroutines at once.
type Entry struct {
	it   *Item
	key  string                 // of the section
	comp *contentline.Component // the section itself, if the item is of iCalendar
	z    *zones
}

// An Event is the typed view of an item of Events.
type Event struct{ Entry }

// AsEvent gives the view of the master of it, or of its first exception if there is no master. An item of
// another class is [ErrUnsupported].
func AsEvent(it *Item) (Event, error) {
	if it == nil || it.class != Events {
		return Event{}, fmt.Errorf("%w: not an event", ErrUnsupported)
	}
	return Event{entryOf(it)}, nil
}

// NewEvent gives the view of a new, empty event in the format, or [ErrUnsupported]. Whoever stores it as
// iCalendar adds UID and DTSTAMP (RFC 5545 3.6.1).
func NewEvent(f Format) (Event, error) {
	it, err := newEntry(Events, "VEVENT", f)
	if err != nil {
		return Event{}, err
	}
	return AsEvent(it)
}

// newEntry gives an item with one component and nothing in it.
func newEntry(class Class, name string, f Format) (*Item, error) {
	d, ok := f.dialect()
	if !ok || (d != cal10 && d != cal20) {
		return nil, fmt.Errorf("%w: %s as %s", ErrUnsupported, class, f)
	}
	root := newCalendar(name)
	root.Props[0].Value = d.format().Version
	return &Item{class: class, d: d, root: root}, nil
}

func entryOf(it *Item) Entry {
	e := Entry{it: it}
	if it.d == cal20 {
		e.comp, e.z = masterIn(it.root), newZones(it.root)
	}
	return e
}

// masterIn gives the component without RECURRENCE-ID, or the first one with.
func masterIn(root *contentline.Component) *contentline.Component {
	var first *contentline.Component
	for i := range root.Props {
		c := root.Props[i].Comp
		if c == nil || classOf[upper(c.Name)] == "" {
			continue
		}
		if c.Find("RECURRENCE-ID") == nil {
			return c
		}
		if first == nil {
			first = c
		}
	}
	return first
}

// Item gives the item behind the view.
func (e Entry) Item() *Item { return e.it }

// look gives the component to read from, never nil, and the zones of its item.
func (e Entry) look() (*contentline.Component, *zones) {
	if e.comp != nil {
		return e.comp, e.z
	}
	root := e.it.neutral().root
	z := newZones(root)
	if c := sectionIn(root, z, e.key); c != nil {
		return c, z
	}
	return &contentline.Component{}, z
}

// sectionIn gives the section with the key; the first one for the empty key.
func sectionIn(root *contentline.Component, z *zones, key string) *contentline.Component {
	if key == "" {
		return masterIn(root)
	}
	for _, s := range sectionsOf(root, z) {
		if s.key == key {
			return s.comp
		}
	}
	return nil
}

// edit lets change write into the component. It must not write into slices of parameters.
func (e Entry) edit(change func(root, c *contentline.Component)) {
	if e.comp != nil {
		change(e.it.root, e.comp)
		e.z.known = nil
		return
	}
	before := e.it.neutral()
	after := &Item{class: e.it.class, d: before.d, root: before.root.Clone()}
	c := sectionIn(after.root, newZones(after.root), e.key)
	if c == nil {
		return
	}
	if change(after.root, c); equalTrees(before.root, after.root) {
		return
	}
	f := e.it.Format()
	was, err := before.Project(f)
	if err != nil {
		return
	}
	if is, err := after.Project(f); err == nil {
		e.it.root = patched(e.it, was, is)
	}
}

// patched gives the tree of it with the difference between was, which says the same as it, and is. Lines that
// was has and it has not, because it says the same elsewhere, are left alone if the result means what is
// means; what cannot be patched so is replaced.
func patched(it, was, is *Item) *contentline.Component {
	want := is.Fingerprint()
	for _, invented := range []bool{false, true} {
		try := it.Clone()
		patch(try.root, was.root, is.root, invented)
		if try.Fingerprint() == want {
			return try.root
		}
	}
	return is.root
}

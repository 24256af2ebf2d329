package dataclass

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

// A Contact is the typed view of an item of Contacts. It reads from the item's tree and edits it
// in place: properties, parameters, groups and components of a value that an edit does not name
// stay, and so does the order. A setter that is given what its getter says changes nothing at all.
//
// Values are the same in every dialect: texts without escapes, types in lower case and without
// what says nothing, dates with hyphens. Properties that go by several names (X-SPOUSE, X-AIM) are
// read under all of them.
type Contact struct{ it *Item }

// AsContact gives the view of it. An item of another class is [ErrUnsupported].
func AsContact(it *Item) (Contact, error) {
	if it == nil || it.class != Contacts {
		return Contact{}, fmt.Errorf("%w: not a contact", ErrUnsupported)
	}
	return Contact{it}, nil
}

// NewContact gives the view of a new, empty card in the format, or [ErrUnsupported].
func NewContact(f Format) (Contact, error) {
	to, ok := f.dialect()
	if !ok || !to.isCard() {
		return Contact{}, fmt.Errorf("%w: %s", ErrUnsupported, f)
	}
	root := &contentline.Component{Name: "VCARD", Props: []contentline.Property{{Name: "VERSION", Value: to.format().Version}}}
	return Contact{&Item{class: Contacts, d: to, root: root}}, nil
}

// Item gives the item behind the view.
func (c Contact) Item() *Item { return c.it }

// clean makes any text fit for a value: valid UTF-8 with LF line ends.
func clean(s string) string {
	return contentline.Text([]byte(s), "")
}

// find gives the first property that says something under the name, or nil; also one that goes by
// another name.
func (c Contact) find(name string) *contentline.Property {
	if at := c.at(name); at >= 0 {
		return &c.it.root.Props[at]
	}
	return nil
}

// at gives the place of that property, or -1.
func (c Contact) at(name string) int {
	props, aliased := c.it.root.Props, hasAliases[name]
	for i := range props {
		p := &props[i]
		switch {
		case p.Junk:
		case p.Is(name), aliased && c.goesBy(i, name):
			return i
		}
	}
	return -1
}

// goesBy reports whether a property stands for another one of the name.
func (c Contact) goesBy(i int, name string) bool {
	list := aliasesOf[upper(c.it.root.Props[i].Name)]
	if len(list) == 0 || !slices.ContainsFunc(list, func(a alias) bool { return a.key == name }) {
		return false
	}
	r := reading{d: c.it.d, root: c.it.root, name: -1}
	r.owners, r.mates = groups(c.it.root)
	a := r.alias(i)
	return a != nil && a.key == name
}

func (c Contact) add(p contentline.Property) {
	c.it.root.Props = append(c.it.root.Props, p)
}

// remove removes the properties at the places, with what describes only them.
func (c Contact) remove(places ...int) {
	if len(places) == 0 {
		return
	}
	gone := make(map[int]bool, len(places))
	_, mates := groups(c.it.root)
	for _, i := range places {
		gone[i] = true
		for _, j := range mates[i] {
			gone[j] = true
		}
	}
	kept := make([]contentline.Property, 0, len(c.it.root.Props))
	for i, p := range c.it.root.Props {
		if !gone[i] {
			kept = append(kept, p)
		}
	}
	c.it.root.Props = kept
}

// Text gives the text of the first property with the name, such as NOTE; empty if there is none.
func (c Contact) Text(name string) string {
	if p := c.it.root.Find(name); p != nil && !p.Base64 {
		return c.it.d.unescape(p.Value)
	}
	return ""
}

// SetText replaces the text of the first property with the name, or adds one. An empty text
// removes every property of that name. The name has to be one that holds a single text.
func (c Contact) SetText(name, text string) {
	if text == "" {
		c.Remove(name)
		return
	}
	d, seps := c.it.d, textSeps(c.it.d)
	if cardTrait(upper(name)).kind == kindURI {
		seps = ""
	}
	p := c.it.root.Find(name)
	switch {
	case p == nil:
		c.add(contentline.Property{Name: name, Value: d.escape(clean(text), seps)})
	case p.Base64 || d.unescape(p.Value) != text:
		p.Value, p.Base64 = d.escape(clean(text), seps), false
	}
}

// Remove removes every property with the name.
func (c Contact) Remove(name string) {
	if c.it.root.Find(name) == nil {
		return
	}
	kept := c.it.root.Props[:0:0]
	for _, p := range c.it.root.Props {
		if !p.Is(name) || p.Junk {
			kept = append(kept, p)
		}
	}
	c.it.root.Props = kept
}

// setParts changes those components of a structured value that say something else, and adds those
// that are missing; components behind the given ones stay.
func (c Contact) setParts(p *contentline.Property, fields []string) {
	d := c.it.d
	raw := contentline.Split(p.Value, ";")
	changed := p.Base64
	for i, f := range fields {
		switch {
		case i >= len(raw):
			raw = append(raw, d.escape(clean(f), partSeps(d)))
			changed = changed || f != ""
		case d.unescape(raw[i]) != f:
			raw[i], changed = d.escape(clean(f), partSeps(d)), true
		}
	}
	if changed {
		p.Value, p.Base64 = strings.Join(raw, ";"), false
	}
}

// Note gives NOTE.
func (c Contact) Note() string { return c.Text("NOTE") }

// SetNote replaces NOTE; an empty note is removed.
func (c Contact) SetNote(s string) { c.SetText("NOTE", s) }

// UID gives the identifier the card carries. It is no content and no link.
func (c Contact) UID() string { return c.Text("UID") }

// Categories gives the categories, in order.
func (c Contact) Categories() []string {
	var out []string
	for i := range c.it.root.Props {
		if p := &c.it.root.Props[i]; p.Is("CATEGORIES") && !p.Junk {
			out = append(out, rawCategories(p, c.it.d)...)
		}
	}
	return out
}

// SetCategories replaces the categories; without any, CATEGORIES is removed. They stand where the
// first ones stood.
func (c Contact) SetCategories(list ...string) {
	if slices.Equal(list, c.Categories()) {
		return
	}
	var more []int
	first := -1
	for i := range c.it.root.Props {
		if p := &c.it.root.Props[i]; !p.Is("CATEGORIES") || p.Junk {
			continue
		}
		if first < 0 && len(list) > 0 {
			first = i
		} else {
			more = append(more, i)
		}
	}
	switch value := joinCategories(list, c.it.d); {
	case first >= 0:
		p := &c.it.root.Props[first]
		p.Value, p.Base64 = value, false
	case len(list) > 0:
		c.add(contentline.Property{Name: "CATEGORIES", Value: value})
	}
	c.remove(more...)
}

func joinCategories(list []string, d dialect) string {
	out := make([]string, len(list))
	for i, s := range list {
		if s = clean(s); category(s, d) != s {
			s = "X-" + s
		}
		out[i] = d.escape(s, ",;")
	}
	return strings.Join(out, ",")
}

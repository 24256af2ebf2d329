package dataclass

import (
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

// A Contact is the typed view of an item of Contacts. It reads from the item's tree and edits it
// in place; properties and parameters that an edit does not name stay.
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

// A Name is the structured name, N (RFC 2426 3.1.2).
type Name struct{ Family, Given, Additional, Prefix, Suffix string }

// A Typed is one value of a list, with its types as written: a number or an e-mail address.
type Typed struct {
	Value string
	Types []string
}

// An Address is one postal address, ADR (RFC 2426 3.2.1).
type Address struct {
	POBox, Extended, Street, Locality, Region, PostalCode, Country string
	Types                                                          []string
}

func (c Contact) dialect() dialect { return c.it.d }

// Name gives the structured name; zero if there is none.
func (c Contact) Name() Name {
	if p := c.it.root.Find("N"); p != nil {
		return nameFrom(p, c.dialect())
	}
	return Name{}
}

func nameFrom(p *contentline.Property, d dialect) Name {
	var v [5]string
	copy(v[:], parts(p, d))
	return Name{Family: v[0], Given: v[1], Additional: v[2], Prefix: v[3], Suffix: v[4]}
}

// SetName replaces the structured name. The formatted name is another property: see
// SetFormattedName.
func (c Contact) SetName(n Name) {
	c.set("N", c.join(n.Family, n.Given, n.Additional, n.Prefix, n.Suffix))
}

// join makes a structured value.
func (c Contact) join(fields ...string) string {
	d := c.dialect()
	for i, f := range fields {
		fields[i] = d.escape(clean(f), ";"+strings.TrimSuffix(textSeps(d), ";"))
	}
	return strings.Join(fields, ";")
}

// clean makes any text fit for a value: valid UTF-8 with LF line ends.
func clean(s string) string {
	return contentline.Text([]byte(s), "")
}

// set puts an escaped value into the first property of the name, or adds one. Others of that
// name stay.
func (c Contact) set(name, value string) {
	if p := c.it.root.Find(name); p != nil {
		p.Value, p.Base64 = value, false
		return
	}
	c.add(contentline.Property{Name: name, Value: value})
}

func (c Contact) add(p contentline.Property) {
	c.it.root.Props = append(c.it.root.Props, p)
}

// Text gives the text of the first property with the name, such as NOTE; empty if there is none.
func (c Contact) Text(name string) string {
	if p := c.it.root.Find(name); p != nil && !p.Base64 {
		return c.dialect().unescape(p.Value)
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
	d := c.dialect()
	seps := textSeps(d)
	if cardTrait(upper(name)).kind == kindURI {
		seps = ""
	}
	c.set(name, d.escape(clean(text), seps))
}

// Remove removes every property with the name.
func (c Contact) Remove(name string) {
	kept := c.it.root.Props[:0:0]
	for _, p := range c.it.root.Props {
		if !p.Is(name) || p.Junk {
			kept = append(kept, p)
		}
	}
	c.it.root.Props = kept
}

// FormattedName gives FN.
func (c Contact) FormattedName() string { return c.Text("FN") }

// SetFormattedName replaces FN.
func (c Contact) SetFormattedName(s string) { c.SetText("FN", s) }

// Note gives NOTE.
func (c Contact) Note() string { return c.Text("NOTE") }

// SetNote replaces NOTE; an empty note is removed.
func (c Contact) SetNote(s string) { c.SetText("NOTE", s) }

// Title gives TITLE, the position in the organisation.
func (c Contact) Title() string { return c.Text("TITLE") }

// SetTitle replaces TITLE; an empty one is removed.
func (c Contact) SetTitle(s string) { c.SetText("TITLE", s) }

// Birthday gives BDAY as written, such as 1950-01-01 or 19500101.
func (c Contact) Birthday() string { return c.Text("BDAY") }

// SetBirthday replaces BDAY; an empty one is removed.
func (c Contact) SetBirthday(s string) { c.SetText("BDAY", s) }

// UID gives the identifier the card carries. It is no content and no link.
func (c Contact) UID() string { return c.Text("UID") }

// Org gives the organisation and its units; nil if there is none.
func (c Contact) Org() []string {
	if p := c.it.root.Find("ORG"); p != nil {
		return parts(p, c.dialect())
	}
	return nil
}

// SetOrg replaces the organisation and its units; without any, ORG is removed.
func (c Contact) SetOrg(units ...string) {
	if len(units) == 0 {
		c.Remove("ORG")
		return
	}
	c.set("ORG", c.join(append([]string(nil), units...)...))
}

// Photo gives the bytes of the picture and its type in upper case, such as JPEG. It gives nil
// if there is none or if it is only an address.
func (c Contact) Photo() (data []byte, mediaType string) {
	p := c.it.root.Find("PHOTO")
	if p == nil {
		return nil, ""
	}
	text, inline := p.Value, p.Base64
	if !inline {
		text, inline = dataURI(p.Value)
	}
	data, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(text, "="))
	if !inline || err != nil {
		return nil, ""
	}
	if types := typesOf(nil, p, kindMedia); len(types) > 0 {
		mediaType = mediaWord(types[0])
	}
	return data, mediaType
}

// SetPhoto replaces the picture; without bytes it is removed.
func (c Contact) SetPhoto(data []byte, mediaType string) {
	if len(data) == 0 {
		c.Remove("PHOTO")
		return
	}
	c.set("PHOTO", "")
	p := c.it.root.Find("PHOTO")
	p.Value, p.Base64, p.Params = base64.StdEncoding.EncodeToString(data), true, nil
	if mediaType != "" {
		p.Params = []contentline.Param{{Name: "TYPE", Value: mediaWord(mediaType)}}
	}
}

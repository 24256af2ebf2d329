package entry

import (
	"slices"
	"strings"
	"unicode"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// A postal is one postal address: gd:structuredPostalAddress, or the flat gd:postalAddress of version 2.
type postal struct {
	said
	a dataclass.Address
}

// addressParts are the children of gd:structuredPostalAddress, largest last as they stand on an envelope.
var addressParts = []struct {
	local string
	of    func(a *dataclass.Address) *string
}{
	{"street", func(a *dataclass.Address) *string { return &a.Street }},
	{"pobox", func(a *dataclass.Address) *string { return &a.POBox }},
	{"neighborhood", func(a *dataclass.Address) *string { return &a.Extended }},
	{"city", func(a *dataclass.Address) *string { return &a.Locality }},
	{"region", func(a *dataclass.Address) *string { return &a.Region }},
	{"postcode", func(a *dataclass.Address) *string { return &a.PostalCode }},
	{"country", func(a *dataclass.Address) *string { return &a.Country }},
}

func (p postal) parts() [7]string {
	a := &p.a
	return [...]string{clean(a.Street), clean(a.POBox), clean(a.Extended), clean(a.Locality), clean(a.Region), clean(a.PostalCode), clean(a.Country)}
}

func (p postal) keys() keys {
	k, parts := p.said.keys(), p.parts()
	k.value = strings.Join(append(parts[:len(parts):len(parts)], p.a.Delivery), "\x00")
	k.all += "\x00" + k.value
	return k
}

// tidy gives the address as both sides can say it: one that is nothing but its form on an envelope stands in the
// street, where phones show it, and such a form that says only what the parts say is none.
func (p postal) tidy() postal {
	parts := p.parts()
	for i, part := range addressParts {
		*part.of(&p.a) = parts[i]
	}
	p.a.Delivery = clean(p.a.Delivery)
	switch {
	case parts == [7]string{}:
		p.a.Street, p.a.Delivery = p.a.Delivery, ""
	case p.a.Delivery == "", follows(p.a.Delivery, parts[:]):
		p.a.Delivery = ""
	}
	return p
}

// follows reports whether a text says only what stands in the parts, in whatever order.
func follows(text string, parts []string) bool {
	byLength := slices.Clone(parts)
	slices.SortStableFunc(byLength, func(a, b string) int { return len(b) - len(a) })
	for _, s := range byLength {
		if s == "" {
			continue
		}
		before, after, ok := strings.Cut(text, s)
		if !ok {
			return false
		}
		text = before + "\n" + after
	}
	return !strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsSpace(r) && !unicode.IsPunct(r) })
}

// lines gives the address in the form of version 2.
func (p postal) lines() string {
	if p.a.Delivery != "" {
		return p.a.Delivery
	}
	parts := p.parts()
	return strings.Join(slices.DeleteFunc(parts[:], func(s string) bool { return s == "" }), "\n")
}

// addressKeys gives the keys of an address; in version 2, where parts are lines, addresses with the same lines are the same.
func (x Context) addressKeys(p postal) keys {
	if x.Version == 2 {
		p.a = dataclass.Address{Street: p.lines()}
	}
	return p.keys()
}

func (x Context) addresses() *list[postal] {
	return &list[postal]{
		keys: x.addressKeys,
		hear: hearAddress,
		edit: x.editAddress,
		blank: func(x Context) *xmltree.Element {
			if x.Version == 2 {
				return xmltree.New(GD, "postalAddress")
			}
			return xmltree.New(GD, "structuredPostalAddress")
		},
	}
}

func hearAddress(el *xmltree.Element) (postal, bool) {
	if el.Space != GD || el.Local != "postalAddress" && el.Local != "structuredPostalAddress" {
		return postal{}, false // before there is one: every element is asked
	}
	p := postal{}
	if el.Local == "postalAddress" {
		p.a.Street = clean(el.Text())
	} else {
		for _, part := range addressParts {
			*part.of(&p.a) = text(el, GD, part.local)
		}
		p.a.Delivery = text(el, GD, "formattedAddress")
	}
	if p = p.tidy(); p.lines() == "" {
		return p, false
	}
	p.said = addressRels.hear(el)
	return p, true
}

func (x Context) editAddress(el *xmltree.Element, have, want postal, blank bool) {
	addressRels.edit(el, have.said, want.said, blank)
	if x.addressKeys(have).value == x.addressKeys(want).value {
		return
	}
	if el.Local == "postalAddress" {
		if x.Version == 2 || want.lines() == want.a.Street {
			intoText(el, want.lines())
			return
		}
		el.Local, el.Nodes = "structuredPostalAddress", nil // now that there are parts to be told apart
	}
	for _, part := range addressParts {
		setText(el, GD, part.local, *part.of(&want.a))
	}
	setText(el, GD, "formattedAddress", want.a.Delivery) // without one the server makes it of the new parts
}

var addressField = contactField{
	what: "postal addresses", elements: "gd:structuredPostalAddress; gd:postalAddress in version 2", props: "ADR, LABEL",
	lost: "PREF beyond 1; a LABEL that says no more than the address; in version 2 where a part ends",
	read: func(e *xmltree.Element, c dataclass.Contact, x Context) {
		for _, p := range x.addresses().values(e) {
			t := addressRels.back(p.said)
			p.a.Types, p.a.Pref, p.a.Label = t.Types, t.Pref, t.Label
			c.AddAddress(p.a)
		}
	},
	edit: editAddresses,
	says: func(c dataclass.Contact, x Context) []string { return x.addresses().says(addressesOf(c)) },
	write: func(e *xmltree.Element, c dataclass.Contact, x Context) {
		x.addresses().write(e, addressesOf(c), x)
	},
}

func addressesOf(c dataclass.Contact) []postal {
	var out []postal
	for _, a := range c.Addresses() {
		if p := postalOf(a); p.lines() != "" {
			out = append(out, p)
		}
	}
	return primaryOnce(out)
}

func postalOf(a dataclass.Address) postal {
	return postal{addressRels.of(dataclass.Typed{Types: a.Types, Pref: a.Pref, Label: a.Label}), a}.tidy()
}

package dataclass

import (
	"net/url"
	"slices"
	"strings"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

// A Typed is one value of a list: a number, an e-mail address, a web page, a person.
type Typed struct {
	Value string
	// Types are words in lower case such as home, work, cell, fax, spouse, in the order of the card.
	// Words that say nothing (voice of a number, internet of a mail address) are not among them.
	Types []string
	// Pref is 1 for what is preferred, 2 to 100 for what comes after, and 0 where nothing is said.
	Pref int
	// Label is the name that somebody gave the value; empty if there is none.
	Label string
}

// An Address is one postal address, ADR (RFC 6350 6.3.1).
type Address struct {
	POBox, Extended, Street, Locality, Region, PostalCode, Country string
	// Delivery is the address as it is written on an envelope (LABEL).
	Delivery string
	Types    []string
	Pref     int
	Label    string
}

// An IM is one address of a messenger.
type IM struct {
	// Service is the scheme of the address in lower case: aim, icq, xmpp, msnim, ymsgr, skype, gtalk, qq …
	Service string
	Address string
	Types   []string
	Pref    int
	Label   string
}

// Phones gives the numbers, in order.
func (c Contact) Phones() []Typed { return c.list("TEL") }

// SetPhones makes the numbers of the card equal to the list. A value that is there already keeps its
// line as it is; one that is new takes the line of one that is gone, with the parameters and the
// group that the list does not speak of.
func (c Contact) SetPhones(list []Typed) { c.setList("TEL", list) }

// Emails gives the e-mail addresses, in order.
func (c Contact) Emails() []Typed { return c.list("EMAIL") }

// SetEmails makes the e-mail addresses of the card equal to the list; see SetPhones.
func (c Contact) SetEmails(list []Typed) { c.setList("EMAIL", list) }

// URLs gives the addresses of web pages, in order.
func (c Contact) URLs() []Typed { return c.list("URL") }

// SetURLs makes the web pages of the card equal to the list; see SetPhones.
func (c Contact) SetURLs(list []Typed) { c.setList("URL", list) }

// Relations gives the people that the card names, or their addresses, with what they are as types:
// spouse, child, friend, manager, assistant, agent …
func (c Contact) Relations() []Typed { return append(c.list("RELATED"), c.list(abRelated)...) }

// SetRelations makes the people of the card equal to the list; see SetPhones. One with a label and without
// types is written with that label.
func (c Contact) SetRelations(list []Typed) {
	var typed, labelled []Typed
	for _, t := range list {
		if t.Label != "" && len(t.Types) == 0 {
			labelled = append(labelled, t)
		} else {
			typed = append(typed, t)
		}
	}
	c.setList("RELATED", typed)
	c.setList(abRelated, labelled)
}

// Dates gives the dates that have a label of their own, in the form of Birthday; neither birthday nor
// anniversary.
func (c Contact) Dates() []Typed { return c.list(abDate) }

// SetDates makes those dates equal to the list; see SetPhones.
func (c Contact) SetDates(list []Typed) { c.setList(abDate, list) }

// IMs gives the addresses of messengers, in order.
func (c Contact) IMs() []IM {
	var out []IM
	for _, t := range c.list("IMPP") {
		service, address, _ := strings.Cut(t.Value, ":")
		if plain, err := url.PathUnescape(address); err == nil {
			address = plain
		}
		out = append(out, IM{strings.ToLower(service), address, t.Types, t.Pref, t.Label})
	}
	return out
}

// SetIMs makes the addresses of messengers equal to the list; see SetPhones.
func (c Contact) SetIMs(list []IM) {
	want := make([]Typed, len(list))
	for i, m := range list {
		want[i] = Typed{m.Service + ":" + escapeURI(m.Address), m.Types, m.Pref, m.Label}
	}
	c.setList("IMPP", want)
}

// Addresses gives the postal addresses, in order.
func (c Contact) Addresses() []Address {
	l := c.lister("ADR")
	var out []Address
	for i := range c.it.root.Props {
		p := &c.it.root.Props[i]
		if !p.Is("ADR") || p.Junk || p.Base64 {
			continue
		}
		var v [7]string
		rest, more := p.Value, true
		for n := 0; n < len(v) && more; n++ {
			var s string
			s, rest, more = cutPart(rest)
			v[n] = c.it.d.unescape(s)
		}
		t := l.typed(i, p)
		out = append(out, Address{v[0], v[1], v[2], v[3], v[4], v[5], v[6], l.delivery(i, p), t.Types, t.Pref, t.Label})
	}
	return out
}

// SetAddresses makes the postal addresses of the card equal to the list. The n-th address of the list
// is the n-th of the card.
func (c Contact) SetAddresses(list []Address) {
	have := c.Addresses()
	n := len(have)
	for k := min(n, len(list)) - 1; k >= 0; k-- { // from behind: a label is put in after it
		if !sameAddress(have[k], list[k]) {
			c.setAddress(c.nth("ADR", k), have[k], list[k])
		}
	}
	r := readCard(c.it.root, c.it.d)
	var more []int
	for k := len(list); k < n; k++ {
		i := c.nth("ADR", k)
		more = append(append(more, i), r.mates[i]...)
	}
	c.remove(more...)
	for _, a := range list[min(n, len(list)):] {
		c.AddAddress(a)
	}
}

// nth gives the place of the n-th property of a name.
func (c Contact) nth(name string, n int) int {
	for i := range c.it.root.Props {
		if p := &c.it.root.Props[i]; p.Is(name) && !p.Junk && !p.Base64 {
			if n--; n < 0 {
				return i
			}
		}
	}
	return -1
}

func sameAddress(a, b Address) bool {
	return slices.Equal(a.fields(), b.fields()) && a.Delivery == b.Delivery && slices.Equal(a.Types, b.Types) && a.Pref == b.Pref && a.Label == b.Label
}

func (a Address) fields() []string {
	return []string{a.POBox, a.Extended, a.Street, a.Locality, a.Region, a.PostalCode, a.Country}
}

// AddAddress adds a postal address.
func (c Contact) AddAddress(a Address) {
	c.add(contentline.Property{Name: "ADR"})
	c.setAddress(len(c.it.root.Props)-1, Address{}, a)
}

// setAddress makes the address at a place another one.
func (c Contact) setAddress(at int, have, want Address) {
	d := c.it.d
	r := readCard(c.it.root, d)
	label := slices.IndexFunc(r.mates[at], func(j int) bool { return c.it.root.Props[j].Is("LABEL") })
	p := &c.it.root.Props[at]
	c.setParts(p, want.fields())
	typesChanged := c.retype(p, Typed{Types: have.Types, Pref: have.Pref}, Typed{Types: want.Types, Pref: want.Pref})
	text := d.escape(clean(want.Delivery), textSeps(d))
	switch {
	case label >= 0:
		m := &c.it.root.Props[r.mates[at][label]]
		if want.Delivery != have.Delivery {
			m.Value = text
		}
		if typesChanged {
			m.Params = typeParams(p.Params)
		}
	case want.Delivery == have.Delivery:
	case d == card40:
		p.Params = withoutParam(p.Params, "LABEL")
		if want.Delivery != "" {
			p.Params = append(p.Params[:len(p.Params):len(p.Params)], descriptionParam("LABEL", clean(want.Delivery)))
		}
	default:
		m := contentline.Property{Name: "LABEL", Value: text, Params: typeParams(p.Params)}
		c.it.root.Props = slices.Insert(c.it.root.Props, at+1, m)
	}
	if _, gone := c.relabel(at, have.Label, want.Label); gone >= 0 {
		c.it.root.Props = slices.Delete(c.it.root.Props, gone, gone+1)
	}
}

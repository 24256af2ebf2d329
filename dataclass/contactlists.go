package dataclass

import (
	"strings"

	"github.com/emersion/go-vcard"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

// Phones gives the numbers, in order.
func (c Contact) Phones() []Typed { return c.list("TEL") }

// SetPhones makes the numbers of the card equal to the list. A number that is there already
// keeps its parameters and its group.
func (c Contact) SetPhones(list []Typed) { c.setList("TEL", list) }

// Emails gives the e-mail addresses, in order.
func (c Contact) Emails() []Typed { return c.list("EMAIL") }

// SetEmails makes the e-mail addresses of the card equal to the list; see SetPhones.
func (c Contact) SetEmails(list []Typed) { c.setList("EMAIL", list) }

// URLs gives the addresses of web pages, in order.
func (c Contact) URLs() []Typed { return c.list("URL") }

// SetURLs makes the web pages of the card equal to the list; see SetPhones.
func (c Contact) SetURLs(list []Typed) { c.setList("URL", list) }

func (c Contact) list(name string) []Typed {
	var out []Typed
	for i := range c.it.root.Props {
		p := &c.it.root.Props[i]
		if v := strings.TrimSpace(c.dialect().unescape(p.Value)); p.Is(name) && v != "" {
			out = append(out, Typed{Value: v, Types: typesOf(nil, p, kindText)})
		}
	}
	return out
}

// setList rewrites the properties of a name. Each wanted value takes the property that holds it
// setList rewrites the properties of a name. Each wanted value takes the property that holds it
// already, else one that is left over, so that what else stands there is not lost.
func (c Contact) setList(name string, want []Typed) {
	seps := textSeps(c.dialect())
	if cardTrait(name).kind == kindURI {
		seps = ""
	}
	taken, given := c.assign(name, want)
	next := 0
	kept := c.it.root.Props[:0:0]
	for i, p := range c.it.root.Props {
		if !p.Is(name) {
			kept = append(kept, p)
			continue
		}
		w, ok := taken[i]
		for ; !ok && next < len(want); next++ {
			if w, ok = next, !given[next]; ok {
				given[next] = true
			}
		}
		if ok {
			kept = append(kept, c.typed(p, want[w], seps))
		}
	}
	for w := range want {
		if !given[w] {
			kept = append(kept, c.typed(contentline.Property{Name: name}, want[w], seps))
		}
	}
	c.it.root.Props = kept
}

// assign finds for each property of the name the wanted value that it holds already.
func (c Contact) assign(name string, want []Typed) (taken map[int]int, given []bool) {
	taken, given = make(map[int]int), make([]bool, len(want))
	free := make(map[string][]int)
	for w, t := range want {
		free[t.Value] = append(free[t.Value], w)
	}
	for i := range c.it.root.Props {
		p := &c.it.root.Props[i]
		v := strings.TrimSpace(c.dialect().unescape(p.Value))
		if queue := free[v]; p.Is(name) && len(queue) > 0 {
			taken[i], given[queue[0]] = queue[0], true
			free[v] = queue[1:]
		}
	}
	return taken, given
}

// typed gives p with another value and other types, if they differ from those it has.
func (c Contact) typed(p contentline.Property, t Typed, seps string) contentline.Property {
	p.Value, p.Base64 = c.dialect().escape(clean(t.Value), seps), false
	if have := typesOf(nil, &p, kindText); strings.Join(have, "\x00") != strings.Join(t.Types, "\x00") {
		p.Params = withTypes(p.Params, t.Types, c.dialect())
	}
	return p
}

// withTypes replaces the types among the parameters.
func withTypes(params []contentline.Param, types []string, d dialect) []contentline.Param {
	var out []contentline.Param
	if d.versit() {
		for _, t := range types {
			out = append(out, versitType(t, kindText))
		}
	} else if len(types) > 0 {
		quoted := make([]string, len(types))
		for i, t := range types {
			quoted[i] = quoteParam(t)
		}
		out = append(out, contentline.Param{Name: "TYPE", Value: strings.Join(quoted, ",")})
	}
	for _, q := range params {
		if n, _ := named(q, kindText); n != "TYPE" {
			out = append(out, q)
		}
	}
	return out
}

// Addresses gives the postal addresses, in order.
func (c Contact) Addresses() []Address {
	var out []Address
	for i := range c.it.root.Props {
		p := &c.it.root.Props[i]
		if !p.Is("ADR") {
			continue
		}
		var v [7]string
		copy(v[:], parts(p, c.dialect()))
		out = append(out, Address{v[0], v[1], v[2], v[3], v[4], v[5], v[6], typesOf(nil, p, kindParts)})
	}
	return out
}

// AddAddress adds a postal address.
func (c Contact) AddAddress(a Address) {
	value := c.join(a.POBox, a.Extended, a.Street, a.Locality, a.Region, a.PostalCode, a.Country)
	c.add(contentline.Property{Name: "ADR", Value: value, Params: withTypes(nil, a.Types, c.dialect())})
}

// Categories gives the categories, in order.
func (c Contact) Categories() []string {
	var out []string
	for i := range c.it.root.Props {
		if p := &c.it.root.Props[i]; p.Is("CATEGORIES") {
			out = append(out, rawCategories(p, c.dialect())...)
		}
	}
	return out
}

// SetCategories replaces the categories; without any, CATEGORIES is removed.
func (c Contact) SetCategories(list ...string) {
	c.Remove("CATEGORIES")
	if len(list) > 0 {
		c.add(contentline.Property{Name: "CATEGORIES", Value: joinCategories(list, c.dialect())})
	}
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

// Card fills a go-vcard container for the APIs that speak it. Values are unescaped; where a
// value has components they are joined by semicolons, as the accessors of that package expect.
// The card shares nothing with the item, and going back through it would lose data.
func (c Contact) Card() vcard.Card {
	card := make(vcard.Card)
	for i := range c.it.root.Props {
		p := &c.it.root.Props[i]
		if p.Junk || p.Name == "" {
			continue
		}
		name := upper(p.Name)
		k := cardTrait(name).kind
		f := &vcard.Field{Value: p.Value, Group: p.Group, Params: make(vcard.Params)}
		if !p.Base64 && k != kindUnknown {
			f.Value = c.dialect().unescape(p.Value)
		}
		for _, q := range p.Params {
			n, q := named(q, k)
			f.Params[n] = append(f.Params[n], q.Values()...)
		}
		if p.Base64 {
			f.Params.Set("ENCODING", "b")
		}
		card.Add(name, f)
	}
	return card
}

package dataclass

import (
	"slices"
	"strings"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

// A Name is the structured name, N (RFC 6350 6.2.2).
type Name struct{ Family, Given, Additional, Prefix, Suffix string }

// Name gives the structured name; zero if there is none.
func (c Contact) Name() Name {
	if p := c.it.root.Find("N"); p != nil {
		return nameFrom(p, c.it.d)
	}
	return Name{}
}

func nameFrom(p *contentline.Property, d dialect) Name {
	var v [5]string
	rest, more := p.Value, !p.Base64
	for i := 0; i < len(v) && more; i++ {
		var s string
		s, rest, more = cutPart(rest)
		v[i] = d.unescape(s)
	}
	return Name{Family: v[0], Given: v[1], Additional: v[2], Prefix: v[3], Suffix: v[4]}
}

// SetName replaces the structured name. A formatted name that was made of the old one is made of the
// new one; any other stays.
func (c Contact) SetName(n Name) {
	if n == c.Name() {
		return
	}
	before := readCard(c.it.root, c.it.d)
	var made []int
	for i := range before.silent {
		made = append(made, i)
	}
	if before.name >= 0 && c.it.root.Props[before.name].Is("FN") {
		made = append(made, before.name)
	}
	p := c.it.root.Find("N")
	if p == nil {
		c.add(contentline.Property{Name: "N"})
		p = &c.it.root.Props[len(c.it.root.Props)-1]
	}
	c.setParts(p, []string{n.Family, n.Given, n.Additional, n.Prefix, n.Suffix})
	if len(made) == 0 {
		return
	}
	after := readCard(c.it.root, c.it.d)
	if text := after.display(); text != "" {
		for _, i := range made {
			c.it.root.Props[i].Value = c.it.d.escape(text, textSeps(c.it.d))
		}
	}
}

// SetNames replaces the structured name and FN. It does the same as SetName between two calls of SetFormattedName, in less
// time where the card is new.
func (c Contact) SetNames(n Name, formatted string) {
	c.SetFormattedName(formatted)
	if n == c.Name() {
		return
	}
	if fresh := len(c.it.root.Props) <= 2 && c.it.root.Find("N") == nil; !fresh {
		c.SetName(n)
		c.SetFormattedName(formatted)
		return
	}
	p := contentline.Property{Name: "N"}
	c.setParts(&p, []string{n.Family, n.Given, n.Additional, n.Prefix, n.Suffix})
	c.add(p)
}

// FormattedName gives FN.
func (c Contact) FormattedName() string { return c.Text("FN") }

// SetFormattedName replaces FN.
func (c Contact) SetFormattedName(s string) { c.SetText("FN", s) }

// Phonetic gives how the name is spoken: X-PHONETIC-LAST-NAME and its like, or the SOUND;X-IRMC-N of
// Japanese phones. Prefix and suffix are empty.
func (c Contact) Phonetic() Name {
	n := Name{Family: c.Text("X-PHONETIC-LAST-NAME"), Given: c.Text("X-PHONETIC-FIRST-NAME"), Additional: c.Text("X-PHONETIC-MIDDLE-NAME")}
	if n == (Name{}) {
		if p := c.find("X-IRMC-N"); p != nil {
			n = nameFrom(p, c.it.d)
		}
	}
	return n
}

// SetPhonetic replaces how the name is spoken, in the properties where it stands. Prefix and suffix
// are ignored.
func (c Contact) SetPhonetic(n Name) {
	if p := c.find("X-IRMC-N"); p != nil && n != (Name{}) {
		c.setParts(p, []string{n.Family, n.Given})
		if c.it.root.Find("X-PHONETIC-LAST-NAME") == nil && c.it.root.Find("X-PHONETIC-FIRST-NAME") == nil && n.Additional == "" {
			return
		}
	} else if at := c.at("X-IRMC-N"); at >= 0 {
		c.remove(at)
	}
	c.SetText("X-PHONETIC-LAST-NAME", n.Family)
	c.SetText("X-PHONETIC-FIRST-NAME", n.Given)
	c.SetText("X-PHONETIC-MIDDLE-NAME", n.Additional)
}

// Nicknames gives the nicknames, in order.
func (c Contact) Nicknames() []string {
	at := c.at("NICKNAME")
	if at < 0 {
		return nil
	}
	r := reading{d: c.it.d, root: c.it.root, name: -1}
	var out []string
	for _, s := range contentline.Split(r.said(at).Value, ",") {
		if s = strings.TrimSpace(c.it.d.unescape(s)); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// SetNicknames replaces the nicknames; without any they are removed.
func (c Contact) SetNicknames(list ...string) {
	if slices.Equal(list, c.Nicknames()) {
		return
	}
	d, at := c.it.d, c.at("NICKNAME")
	if len(list) == 0 {
		c.remove(at)
		return
	}
	fields := make([]string, len(list))
	for i, s := range list {
		fields[i] = d.escape(clean(s), ","+strings.TrimSuffix(textSeps(d), ","))
	}
	if at < 0 {
		c.add(contentline.Property{Name: "NICKNAME"})
		at = len(c.it.root.Props) - 1
	}
	p := &c.it.root.Props[at]
	if p.Is(android) {
		p.Name = "NICKNAME"
	}
	p.Value, p.Base64 = strings.Join(fields, ","), false
}

// An Organization is where somebody works (RFC 6350 6.6), and as what.
type Organization struct {
	Name        string   // first component of ORG
	Units       []string // the others: department, team
	Title, Role string   // TITLE and ROLE of the same place in the card
}

// Organizations gives the organisations, in order, each with the title and the role that stand in the
// same place among theirs. A title without an organisation is one without a name.
func (c Contact) Organizations() []Organization {
	var out []Organization
	at := func(n int) *Organization {
		for len(out) <= n {
			out = append(out, Organization{})
		}
		return &out[n]
	}
	var orgs, titles, roles int
	for i := range c.it.root.Props {
		switch p := &c.it.root.Props[i]; {
		case p.Junk || p.Base64 || len(p.Name) < 3 || len(p.Name) > 5:
		case p.Is("ORG"):
			all := parts(p, c.it.d)
			o := at(orgs)
			o.Name, o.Units = all[0], all[1:]
			orgs++
		case p.Is("TITLE"):
			at(titles).Title = c.it.d.unescape(p.Value)
			titles++
		case p.Is("ROLE"):
			at(roles).Role = c.it.d.unescape(p.Value)
			roles++
		}
	}
	return out
}

// SetOrganizations replaces organisations, titles and roles.
func (c Contact) SetOrganizations(list []Organization) {
	for _, name := range []string{"ORG", "TITLE", "ROLE"} {
		texts := make([][]string, len(list))
		for i, o := range list {
			switch name {
			case "ORG":
				texts[i] = append([]string{o.Name}, o.Units...)
			case "TITLE":
				texts[i] = []string{o.Title}
			case "ROLE":
				texts[i] = []string{o.Role}
			}
		}
		c.setAll(name, texts)
	}
}

// setAll writes one property of the name for each value, up to the last that is not empty.
func (c Contact) setAll(name string, values [][]string) {
	for len(values) > 0 && strings.Join(values[len(values)-1], "") == "" {
		values = values[:len(values)-1]
	}
	var more []int
	n := 0
	for i := range c.it.root.Props {
		p := &c.it.root.Props[i]
		if !p.Is(name) || p.Junk {
			continue
		}
		if n >= len(values) {
			more = append(more, i)
			continue
		}
		c.setValue(p, values[n])
		n++
	}
	for ; n < len(values); n++ {
		p := contentline.Property{Name: name}
		c.setValue(&p, values[n])
		c.add(p)
	}
	c.remove(more...)
}

// setValue sets a text, or the components of an ORG.
func (c Contact) setValue(p *contentline.Property, fields []string) {
	d := c.it.d
	if p.Is("ORG") {
		if raw := contentline.Split(p.Value, ";"); len(raw) > len(fields) {
			p.Value = strings.Join(raw[:len(fields)], ";")
		}
		c.setParts(p, fields)
	} else if text := strings.Join(fields, ";"); p.Base64 || d.unescape(p.Value) != text {
		p.Value, p.Base64 = d.escape(clean(text), textSeps(d)), false
	}
}

// Org gives the first organisation and its units; nil if there is none.
func (c Contact) Org() []string {
	if p := c.it.root.Find("ORG"); p != nil {
		return parts(p, c.it.d)
	}
	return nil
}

// SetOrg replaces the first organisation and its units; without any, ORG is removed.
func (c Contact) SetOrg(units ...string) {
	switch p := c.it.root.Find("ORG"); {
	case len(units) == 0:
		c.Remove("ORG")
	case p == nil:
		p := contentline.Property{Name: "ORG"}
		c.setValue(&p, units)
		c.add(p)
	default:
		c.setValue(p, units)
	}
}

// Title gives TITLE, the position in the organisation.
func (c Contact) Title() string { return c.Text("TITLE") }

// SetTitle replaces TITLE; an empty one is removed.
func (c Contact) SetTitle(s string) { c.SetText("TITLE", s) }

// Role gives ROLE, what somebody does in the organisation.
func (c Contact) Role() string { return c.Text("ROLE") }

// SetRole replaces ROLE; an empty one is removed.
func (c Contact) SetRole(s string) { c.SetText("ROLE", s) }

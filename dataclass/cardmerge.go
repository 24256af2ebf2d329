package dataclass

import (
	"slices"
	"strings"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

// cardProperty writes the element of a card, without those that describe it, in a dialect: word for
// word if it comes from that dialect, else in the way of the dialect, as long as that says the
// same.
func (c *composed) cardProperty(d dialect) contentline.Property {
	src := c.source(partValue)
	p := *src.said
	if c.pure() == nil {
		p.Params = c.cardParams(d)
	} else if labelled := (src.prop.Is(abDate) || src.prop.Is(abRelated)) && src.mate(matePart("X-ABLABEL", 0)) == nil; src.d == d && (!labelled || src.said == src.prop) {
		return *src.prop // a label that is part of what it says would be left behind
	}
	if src.prop.Is("FN") && src.key == "N" {
		if q := express(*src.prop, src.d, d); c.isSaidBy(q, d) {
			return q
		}
	}
	if q := express(p, src.d, d); c.isSaidBy(q, d) {
		return q
	}
	return projectProperty(p, src.d, d)
}

// cardParams gives the parameters of the parts, in words that all dialects share.
func (c *composed) cardParams(d dialect) []contentline.Param {
	k := c.of.trait.kind
	out := withTypes(nil, c.types(), d)
	value := c.source(partValue).said
	for _, q := range value.Params {
		name, q := named(q, k)
		switch bound := isImplied(value, name, q.Value, k) && name != "PREF" && name != "LABEL" && name != "SORT-AS" && name != customParam; {
		case bound, name == "VALUE" && valueParam(strings.Trim(q.Value, `"`), k) == "":
			out = append(out, contentline.Param{Name: name, Value: q.Value})
		case name == "TYPE" && k == kindMedia:
			for _, t := range typeWords(q) {
				if typeWord(upper(t), "", k) == "" {
					out = append(out, contentline.Param{Name: "TYPE", Value: quoteParam(t)})
				}
			}
		}
	}
	for _, s := range c.parts {
		if strings.HasPrefix(s.name, ";") {
			out = append(out, s.src.saidParams(s.name[1:])...)
		}
	}
	return out
}

// saidParams gives the parameters of a name.
func (e *element) saidParams(name string) []contentline.Param {
	var out []contentline.Param
	for _, q := range e.said.Params {
		if n, q := named(q, e.trait.kind); n == name {
			out = append(out, contentline.Param{Name: n, Value: q.Value})
		}
	}
	return out
}

// isSaidBy reports whether a property says the parts.
func (c *composed) isSaidBy(p contentline.Property, d dialect) bool {
	r := elementReader{d: d, places: make(map[string]int), seen: make(map[string]*element)}
	r.component(&contentline.Component{Name: "VCARD", Props: []contentline.Property{p}})
	if len(r.out) != 1 || r.out[0].key != c.of.key {
		return false
	}
	n := 0
	for _, s := range c.parts {
		if strings.HasPrefix(s.name, ".") {
			continue
		}
		if got, ok := r.out[0].get(s.name); !ok || got != s.val {
			return false
		}
		n++
	}
	for _, q := range r.out[0].parts {
		if strings.HasPrefix(q.name, ".") {
			n++
		}
	}
	return n == len(r.out[0].parts)
}

// isAttached reports whether a part is a description that belongs to the property itself in vCard
// 4.0.
func isAttached(part string) bool {
	return strings.HasPrefix(part, ".LABEL#") || strings.HasPrefix(part, ".SORT-STRING#")
}

// attach gives a property with the descriptions that vCard 4.0 has as parameters, the mates that are
// left, and the descriptions that stand behind the property.
func attach(p contentline.Property, mates []contentline.Property, d dialect) (_ contentline.Property, rest, behind []contentline.Property) {
	if label := labelProperty(&p); label != nil {
		same := func(m contentline.Property) bool {
			return m.Is(label.Name) && m.Value == label.Value && len(m.Params) == 0
		}
		if at := slices.IndexFunc(mates, same); at >= 0 && d == card21 && p.Group == "" {
			mates = slices.Delete(slices.Clone(mates), at, at+1)
		} else {
			p.Params = withoutParam(p.Params, customParam)
		}
	}
	of, ok := descriptions[upper(p.Name)]
	if !ok || p.Junk {
		return p, mates, nil
	}
	if _, _, has := describedBy(&p); has && d != card40 {
		p.Params = withoutParam(p.Params, of.param)
	}
	for _, m := range mates {
		switch {
		case m.Group != "" || !m.Is(of.prop):
			rest = append(rest, m)
		case d != card40:
			m.Params = nil
			if of.prop == "LABEL" {
				m.Params = typeParams(p.Params)
			}
			behind = append(behind, m)
		default:
			param := descriptionParam(of.param, strings.TrimSpace(d.unescape(m.Value)))
			if !slices.Contains(p.Params, param) {
				p.Params = append(withoutParam(p.Params, of.param), param)
			}
		}
	}
	return p, rest, behind
}

// withNames gives a card that was put together the names that it had before: an FN that repeated the
// old name goes, and one of the new name is made.
func (it *Item) withNames(root *contentline.Component) *contentline.Component {
	before, after := readCard(it.root, it.d), readCard(root, it.d)
	if before.name < 0 && after.name >= 0 {
		root.Props = slices.DeleteFunc(root.Props, func(p contentline.Property) bool {
			if !p.Is("FN") || p.Junk {
				return false
			}
			for i := range before.silent {
				if old := &it.root.Props[i]; old.Value == p.Value {
					return !after.silent[slices.IndexFunc(root.Props, func(q contentline.Property) bool { return q.Is("FN") && q.Value == p.Value })]
				}
			}
			return false
		})
	}
	complete(root, it.d, before.find("FN") >= 0, before.find("N") >= 0)
	return root
}

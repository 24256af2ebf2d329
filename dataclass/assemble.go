package dataclass

import (
	"slices"
	"strconv"
	"strings"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

// A composed element takes its parts from several elements.
type composed struct {
	of    *element
	parts []sourced
}

type sourced struct {
	part
	src *element
}

// compose gives e as it is.
func compose(e *element) *composed {
	c := &composed{of: e, parts: make([]sourced, len(e.parts))}
	for i, p := range e.parts {
		c.parts[i] = sourced{p, e}
	}
	return c
}

// put sets one part.
func (c *composed) put(p part, src *element) {
	for i := range c.parts {
		if c.parts[i].name == p.name {
			c.parts[i] = sourced{p, src}
			return
		}
	}
	c.parts = append(c.parts, sourced{p, src})
}

// apply carries out one change.
func (c *composed) apply(change partEdit) {
	if !change.gone {
		c.put(change.part, change.src)
		return
	}
	c.parts = slices.DeleteFunc(c.parts, func(s sourced) bool { return s.name == change.name })
}

// source gives the element that a part comes from, or nil.
func (c *composed) source(name string) *element {
	for _, s := range c.parts {
		if s.name == name {
			return s.src
		}
	}
	return nil
}

// pure gives the one element that c is equal to, or nil if it is mixed.
func (c *composed) pure() *element {
	src := c.parts[0].src
	for _, s := range c.parts {
		if s.src != src {
			return nil
		}
	}
	if len(c.parts) != len(src.parts) {
		return nil
	}
	return src
}

// property writes the element, without those that describe it, in a dialect.
func (c *composed) property(d dialect) contentline.Property {
	src := c.source(partValue)
	p := projectProperty(*src.prop, src.d, d)
	if c.pure() != nil {
		return p
	}
	k := c.of.trait.kind
	var params []contentline.Param
	if k != kindMedia {
		params = withTypes(nil, c.types(), d)
	}
	for _, q := range p.Params {
		if boundToValue(q, k) {
			params = append(params, q)
		}
	}
	for _, s := range c.parts {
		if strings.HasPrefix(s.name, ";") {
			params = append(params, s.src.params(s.name[1:], d)...)
		}
	}
	if p.Params = params; d.versit() && c.of.key == "EMAIL" {
		p.Params = withInternet(params)
	}
	return p
}

// boundToValue reports whether a parameter belongs to the value and goes where it goes.
func boundToValue(q contentline.Param, k kind) bool {
	switch n, _ := named(q, k); n {
	case "TYPE", "MEDIATYPE":
		return k == kindMedia
	case "VALUE":
		return valueParam(q.Value, k) == "" // otherwise it is a part of its own
	}
	return false
}

// types gives the types of the parts, as their sources write them, PREF last.
func (c *composed) types() []string {
	var out []string
	if src := c.source(partTypes); src != nil {
		for _, t := range typesOf(nil, src.prop, src.trait.kind) {
			if !strings.EqualFold(t, partPref) {
				out = append(out, t)
			}
		}
	}
	if c.source(partPref) != nil {
		out = append(out, partPref)
	}
	return out
}

// params gives the parameters of a name in a dialect.
func (e *element) params(name string, d dialect) []contentline.Param {
	var out []contentline.Param
	p := projectProperty(*e.prop, e.d, d)
	for _, q := range p.Params {
		if n, q := named(q, e.trait.kind); n == name {
			out = append(out, q)
		}
	}
	return out
}

// mates writes those that describe the element.
func (c *composed) mates(d dialect) []contentline.Property {
	var out []contentline.Property
	for _, s := range c.parts {
		if !strings.HasPrefix(s.name, ".") {
			continue
		}
		if m := s.src.mate(s.name); m != nil {
			out = append(out, projectProperty(*m, s.src.d, d))
		}
	}
	return out
}

// assemble gives the item with some of its elements replaced (nil: removed) and others added at
// the end. Everything else stays as it is, word for word. If nothing changes it gives it itself.
func assemble(it *Item, elements []*element, final map[*element]*composed, adds []*composed) *Item {
	a := assembler{
		d: it.d, src: it.root, used: make(map[string]bool),
		replace: make(map[int]*composed), drop: make(map[int]bool),
	}
	for i := range it.root.Props {
		a.used[upper(it.root.Props[i].Group)] = true
	}
	a.plan(elements, final, adds)
	if len(a.replace)+len(a.drop)+len(a.adds) == 0 && !a.relist {
		return it
	}
	return &Item{class: it.class, d: it.d, root: a.build()}
}

type assembler struct {
	d       dialect
	src     *contentline.Component
	used    map[string]bool // groups, in upper case
	groups  int             // the number of the last group made
	replace map[int]*composed
	drop    map[int]bool
	adds    []*composed
	list    []string // categories
	relist  bool     // they have to be written anew
	out     []contentline.Property
}

// plan finds out which properties are touched.
func (a *assembler) plan(elements []*element, final map[*element]*composed, adds []*composed) {
	for _, e := range elements {
		c, touched := final[e]
		if touched && c != nil && c.pure() == e {
			touched = false
		}
		switch {
		case e.trait.kind == kindList:
			a.category(e, c, touched)
		case touched:
			a.drop[e.index] = c == nil
			a.replace[e.index] = c
			for _, j := range slices.Concat(e.mateAt, e.twins) {
				a.drop[j] = true
			}
		}
	}
	for _, c := range adds {
		if c.of.trait.kind == kindList {
			a.list, a.relist = append(a.list, c.source(partValue).text), true
		} else {
			a.adds = append(a.adds, c)
		}
	}
}

func (a *assembler) category(e *element, c *composed, touched bool) {
	switch {
	case !touched:
		a.list = append(a.list, e.text)
	case c == nil:
		a.relist = true
	default:
		a.list, a.relist = append(a.list, c.source(partValue).text), true
	}
}

func (a *assembler) build() *contentline.Component {
	a.out = make([]contentline.Property, 0, len(a.src.Props)+len(a.adds)+1)
	listed := !a.relist || len(a.list) == 0
	for i, p := range a.src.Props {
		switch {
		case a.relist && p.Is("CATEGORIES") && !p.Junk:
			if !listed {
				a.categories(p)
				listed = true
			}
		case a.drop[i]:
		case a.replace[i] != nil:
			a.put(a.replace[i], &a.src.Props[i])
		default:
			a.out = append(a.out, p)
		}
	}
	if !listed {
		a.categories(contentline.Property{Name: "CATEGORIES"})
	}
	for _, c := range a.adds {
		a.put(c, nil)
	}
	return &contentline.Component{Name: a.src.Name, Props: a.out}
}

func (a *assembler) categories(p contentline.Property) {
	p.Value, p.Base64 = joinCategories(a.list, a.d), false
	a.out = append(a.out, p)
}

// put writes one element in the place of old, or at the end. Those that describe it follow in
// its group; a group that is in use gets another name.
func (a *assembler) put(c *composed, old *contentline.Property) {
	p, mates := c.property(a.d), c.mates(a.d)
	if old != nil && !old.Junk && !p.Junk { // a line without a name has none to give or to take
		hadMates := strings.HasPrefix(c.of.parts[len(c.of.parts)-1].name, ".")
		p.Name, p.Group = old.Name, old.Group
		if len(mates) > 0 && (p.Group == "" || !hadMates) {
			p.Group = a.freshGroup()
		}
	} else if p.Group != "" && a.used[upper(p.Group)] {
		if p.Group = ""; len(mates) > 0 {
			p.Group = a.freshGroup()
		}
	}
	a.used[upper(p.Group)] = true
	a.out = append(a.out, p)
	for _, m := range mates {
		m.Group = p.Group
		a.out = append(a.out, m)
	}
}

func (a *assembler) freshGroup() string {
	for {
		a.groups++
		if g := "item" + strconv.Itoa(a.groups); !a.used[upper(g)] {
			return g
		}
	}
}

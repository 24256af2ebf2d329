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
	texts []string // of a list of times: what its property is to hold
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
	if c.texts != nil {
		return c.timesProperty()
	}
	if d.isCard() {
		return c.cardProperty(d)
	}
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
		for _, t := range typesOf(nil, src.said, src.trait.kind) {
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
	if !it.d.isCard() {
		return assembleCalendar(it, elements, final, adds)
	}
	if root := assembleComponent(it.root, it.d, elements, final, adds); root != it.root {
		return &Item{class: it.class, d: it.d, root: it.withNames(root)}
	}
	return it
}

// assembleComponent does it for one component, whose elements are given.
func assembleComponent(src *contentline.Component, d dialect, elements []*element, final map[*element]*composed, adds []*composed) *contentline.Component {
	a := assembler{
		d: d, src: src, used: make(map[string]bool), spoken: make(map[int]bool),
		replace: make(map[int]*composed), drop: make(map[int]bool), lists: make(map[string]*list),
	}
	for i := range src.Props {
		a.used[upper(src.Props[i].Group)] = true
	}
	a.plan(elements, final, adds)
	if !a.changed() {
		return src
	}
	return a.build()
}

type assembler struct {
	d       dialect
	src     *contentline.Component
	used    map[string]bool // groups, in upper case
	groups  int             // the number of the last group made
	replace map[int]*composed
	drop    map[int]bool
	spoken  map[int]bool // properties that say something
	adds    []*composed
	lists   map[string]*list
	order   []string // the names of the lists
	out     []contentline.Property
}

// A list is what the properties of a name list together.
type list struct {
	texts   []string
	relist  bool // they have to be written anew
	written bool
}

func (a *assembler) list(name string) *list {
	l := a.lists[name]
	if l == nil {
		l = &list{}
		a.lists[name] = l
		a.order = append(a.order, name)
	}
	return l
}

func (a *assembler) changed() bool {
	for _, l := range a.lists {
		if l.relist {
			return true
		}
	}
	return len(a.replace)+len(a.drop)+len(a.adds) > 0
}

// plan finds out which properties are touched.
func (a *assembler) plan(elements []*element, final map[*element]*composed, adds []*composed) {
	for _, e := range elements {
		a.spoken[e.index] = true
		c, touched := final[e]
		if touched && c != nil && c.pure() == e {
			touched = false
		}
		switch {
		case e.trait.kind == kindList:
			a.listed(e, c, touched)
		case e.trait.kind == kindTimes:
			a.time(e, c, touched)
		case touched && e.index < 0:
			if c != nil {
				a.adds = append(a.adds, c)
			}
		case touched:
			a.drop[e.index] = c == nil
			a.replace[e.index] = c
			for _, j := range slices.Concat(e.mateAt, e.twins) {
				a.drop[j] = true
			}
		}
	}
	for _, c := range adds {
		a.add(c)
	}
}

// add plans an addition. What a component has once takes the place of a property that says
// nothing, such as an empty one.
func (a *assembler) add(c *composed) {
	if c.of.trait.kind == kindList {
		l := a.list(c.of.key)
		l.texts, l.relist = append(l.texts, c.source(partValue).text), true
		return
	}
	if c.of.trait.kind == kindTimes {
		a.addTime(c)
		return
	}
	if c.of.trait.single {
		for i := range a.src.Props {
			if p := &a.src.Props[i]; p.Is(c.of.key) && !p.Junk && !a.spoken[i] && !a.drop[i] && a.replace[i] == nil {
				a.replace[i] = c
				return
			}
		}
	}
	a.adds = append(a.adds, c)
}

func (a *assembler) listed(e *element, c *composed, touched bool) {
	l := a.list(e.key)
	switch {
	case !touched:
		l.texts = append(l.texts, e.text)
	case c == nil:
		l.relist = true
	default:
		l.texts, l.relist = append(l.texts, c.source(partValue).text), true
	}
}

func (a *assembler) build() *contentline.Component {
	a.out = make([]contentline.Property, 0, len(a.src.Props)+len(a.adds)+1)
	for i, p := range a.src.Props {
		l := a.lists[upper(p.Name)]
		switch {
		case l != nil && l.relist && !p.Junk:
			if !l.written {
				a.writeList(l, p)
			}
		case a.drop[i]:
		case a.replace[i] != nil:
			a.put(a.replace[i], &a.src.Props[i])
		default:
			a.out = append(a.out, p)
		}
	}
	for _, name := range a.order {
		if l := a.lists[name]; l.relist && !l.written {
			a.writeList(l, contentline.Property{Name: name})
		}
	}
	for _, c := range a.adds {
		a.put(c, nil)
	}
	out := *a.src
	out.Props = a.out
	return &out
}

func (a *assembler) writeList(l *list, p contentline.Property) {
	l.written = true
	if len(l.texts) == 0 {
		return
	}
	p.Value, p.Base64 = joinCategories(l.texts, a.d), false
	a.out = append(a.out, p)
}

// put writes one element in the place of old, or at the end. Those that describe it follow in
// its group; a group that is in use gets another name.
func (a *assembler) put(c *composed, old *contentline.Property) {
	p, mates := c.property(a.d), c.mates(a.d)
	var behind []contentline.Property
	if a.d.isCard() {
		p, mates, behind = attach(p, mates, a.d)
	}
	if old != nil && !old.Junk && !p.Junk { // a line without a name has none to give or to take
		hadMates := slices.ContainsFunc(c.of.parts, func(p part) bool { return strings.HasPrefix(p.name, ".") && !isAttached(p.name) })
		if p.Group = old.Group; p.Is(old.Name) {
			p.Name = old.Name
		}
		if len(mates) > 0 && (p.Group == "" || !hadMates) {
			p.Group = a.freshGroup()
		}
	} else if p.Group != "" && a.used[upper(p.Group)] {
		if p.Group = ""; len(mates) > 0 {
			p.Group = a.freshGroup()
		}
	}
	a.used[upper(p.Group)] = true
	a.out = append(append(a.out, p), behind...)
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

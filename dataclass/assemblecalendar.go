package dataclass

import (
	"slices"
	"strings"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

// time plans one time of a list such as EXDATE. A property that loses one is written anew; what
// is added gets a property of its own, because the others may be in another time zone.
func (a *assembler) time(e *element, c *composed, touched bool) {
	if !touched {
		return
	}
	if c != nil {
		a.addTime(c)
	}
	kept := a.replace[e.index]
	if kept == nil {
		kept = compose(e)
		kept.texts = splitTimes(e.prop.Value)
		a.replace[e.index] = kept
	}
	if kept.texts = withoutText(kept.texts, e.text); len(kept.texts) == 0 {
		a.drop[e.index] = true
	}
}

// addTime adds one time, beside another one that is written in the same way if there is one.
func (a *assembler) addTime(c *composed) {
	src := c.source(partValue)
	for _, other := range a.adds {
		if s := other.source(partValue); other.of.key == c.of.key && other.texts != nil && sameParams(s.prop.Params, src.prop.Params) {
			other.texts = append(other.texts, src.text)
			return
		}
	}
	c.texts = []string{src.text}
	a.adds = append(a.adds, c)
}

func sameParams(a, b []contentline.Param) bool { return slices.Equal(a, b) }

// timesProperty writes the times of a composed list.
func (c *composed) timesProperty() contentline.Property {
	p := *c.source(partValue).prop
	p.Value = strings.Join(c.texts, ",")
	return p
}

func splitTimes(v string) []string {
	var out []string
	for _, t := range strings.Split(v, ",") {
		if t = strings.TrimSpace(t); t != "" {
			out = append(out, t)
		}
	}
	return out
}

// withoutText removes every copy of a text.
func withoutText(list []string, text string) []string {
	kept := make([]string, 0, len(list))
	for _, t := range list {
		if t != text {
			kept = append(kept, t)
		}
	}
	return kept
}

// assembleCalendar does for a calendar item what assemble promises, section by section. A section
// that loses all its elements goes; one that is new is made of what is added to it. The time zones
// that the result names come along.
func assembleCalendar(it *Item, elements []*element, final map[*element]*composed, adds []*composed) *Item {
	b := calendarBuilder{
		it: it, out: &contentline.Component{}, zones: newZones(it.root),
		elements: make(map[string][]*element), adds: make(map[string][]*composed),
	}
	*b.out = *it.root
	b.out.Props = append([]contentline.Property(nil), it.root.Props...)
	for _, e := range elements {
		b.elements[e.in.key] = append(b.elements[e.in.key], e)
	}
	for _, c := range adds {
		key := c.of.in.key
		if len(b.adds[key]) == 0 {
			b.order = append(b.order, key)
		}
		b.adds[key] = append(b.adds[key], c)
	}
	if !b.sections(final) {
		return it
	}
	b.bringZones(elements, final, adds)
	return &Item{class: it.class, d: it.d, root: b.out}
}

type calendarBuilder struct {
	it       *Item
	out      *contentline.Component
	zones    *zones
	elements map[string][]*element
	adds     map[string][]*composed
	order    []string // keys of adds
}

// sections rebuilds what is touched and reports whether anything is.
func (b *calendarBuilder) sections(final map[*element]*composed) bool {
	changed := false
	var gone []int
	for _, s := range sectionsOf(b.it.root, b.zones) {
		list, adds := b.elements[s.key], b.adds[s.key]
		delete(b.adds, s.key)
		if len(adds) == 0 && len(list) > 0 && allGone(list, final) {
			gone, changed = append(gone, s.index), true
			continue
		}
		if c := assembleSection(s.comp, list, final, adds); c != s.comp {
			b.out.Props[s.index].Comp, changed = c, true
		}
	}
	for _, key := range b.order {
		if adds := b.adds[key]; len(adds) > 0 {
			b.out.Props = append(b.out.Props, contentline.Property{Comp: newSection(adds)})
			changed = true
		}
	}
	slices.Sort(gone)
	for _, i := range slices.Backward(gone) {
		b.out.Props = slices.Delete(b.out.Props, i, i+1)
	}
	return changed
}

func allGone(list []*element, final map[*element]*composed) bool {
	for _, e := range list {
		if c, touched := final[e]; !touched || c != nil {
			return false
		}
	}
	return true
}

// newSection makes a component of what one side, or both, say about it. The bookkeeping is that
// of the first.
func newSection(adds []*composed) *contentline.Component {
	src := adds[0].of.in.comp
	out := *src
	out.Props = nil
	for i := range src.Props {
		if p := &src.Props[i]; p.Comp == nil && !p.Junk && calendarTrait(upper(p.Name)).kind == kindRecord {
			out.Props = append(out.Props, *p)
		}
	}
	return assembleSection(&out, nil, nil, adds)
}

// assembleSection assembles one component. An end that was only implied where it comes from is
// left implied if it is so here as well.
func assembleSection(src *contentline.Component, list []*element, final map[*element]*composed, adds []*composed) *contentline.Component {
	out := assembleComponent(src, cal20, list, final, adds)
	if out == src {
		return src
	}
	for _, e := range list {
		if c := final[e]; c != nil && c.source(partValue).index < 0 {
			return withoutImpliedEnd(out, c)
		}
	}
	for _, c := range adds {
		if c.source(partValue).index < 0 {
			return withoutImpliedEnd(out, c)
		}
	}
	return out
}

// withoutImpliedEnd takes the end of an event away if it says what is meant without it.
func withoutImpliedEnd(c *contentline.Component, end *composed) *contentline.Component {
	at := slices.IndexFunc(c.Props, func(p contentline.Property) bool { return p.Is("DTEND") })
	if at < 0 {
		return c
	}
	bare := *c
	bare.Props = slices.Delete(slices.Clone(c.Props), at, at+1)
	r := elementReader{d: cal20, places: make(map[string]int), seen: make(map[string]*element)}
	r.section = newCalendarReader(section{comp: &bare, zones: end.of.in.zones})
	r.implied()
	if len(r.out) == 1 && r.out[0].parts[0].val == end.source(partValue).parts[0].val {
		return &bare
	}
	return c
}

// bringZones adds the time zones of properties that came from another item.
func (b *calendarBuilder) bringZones(elements []*element, final map[*element]*composed, adds []*composed) {
	for _, e := range elements {
		if c := final[e]; c != nil {
			b.bringZone(c)
		}
	}
	for _, c := range adds {
		b.bringZone(c)
	}
}

// bringZone adds those of one element.
func (b *calendarBuilder) bringZone(c *composed) {
	for _, s := range c.parts {
		in, tzid := s.src.in, tzidOf(s.src.prop)
		if in.zones.root == b.it.root || tzid == "" || zoneComponent(b.out, tzid) != nil {
			continue
		}
		if def := zoneComponent(in.zones.root, tzid); def != nil {
			b.insertZone(def.Clone())
		}
	}
}

// insertZone puts a VTIMEZONE before the first component.
func (b *calendarBuilder) insertZone(c *contentline.Component) {
	at := len(b.out.Props)
	for i := range b.out.Props {
		if b.out.Props[i].Comp != nil {
			at = i
			break
		}
	}
	b.out.Props = slices.Insert(b.out.Props, at, contentline.Property{Comp: c})
}

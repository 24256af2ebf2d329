package dataclass

import (
	"slices"
	"strings"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

// A limiter cuts a tree, which is its own, down to what a side holds.
type limiter struct {
	d       dialect
	c       *Capabilities
	cs      *charset
	limits  map[string][]*Limit
	changed bool
}

// component applies the limits to one card, event, task or note.
func (l *limiter) component(c *contentline.Component) {
	var gone []int
	for i := range c.Props {
		if !l.value(&c.Props[i]) {
			gone = append(gone, i)
		}
	}
	l.leaveOut(c, gone)
	l.counts(c)
	for i := range c.Props {
		l.types(&c.Props[i])
	}
}

func (l *limiter) leaveOut(c *contentline.Component, gone []int) {
	if len(gone) > 0 {
		l.changed = true
		leaveOut(c, l.d, gone)
	}
}

// leaveOut removes properties, in order, and what describes them.
func leaveOut(c *contentline.Component, d dialect, gone []int) {
	if len(gone) == 0 {
		return
	}
	mates := readCard(c, d).mates
	drop := make(map[int]bool, len(gone))
	for _, i := range gone {
		drop[i] = true
		for _, j := range mates[i] {
			drop[j] = true
		}
	}
	kept := c.Props[:0]
	for i, p := range c.Props {
		if !drop[i] {
			kept = append(kept, p)
		}
	}
	c.Props = kept
}

// name is what limits call a property: its name, or that of the component that it is.
func (l *limiter) name(p *contentline.Property) string {
	switch {
	case p.Junk:
		return junkKey
	case p.Name == "" && p.Comp != nil:
		return upper(p.Comp.Name)
	}
	return upper(p.Name)
}

// mandatory reports whether a rendition without the property would be none, or would be another
// item.
func (l *limiter) mandatory(name string) bool {
	switch name {
	case "VERSION":
		return true
	case "N":
		return l.d == card21 || l.d == card30
	case "FN":
		return l.d == card30 || l.d == card40
	case "PRODID", "UID", "DTSTAMP", "RECURRENCE-ID", "DTSTART", "VTIMEZONE":
		return !l.d.isCard()
	case "BODY":
		return l.d == note11 || l.d == plain
	}
	return false
}

// value applies what limits a property by itself; false if it is not held.
func (l *limiter) value(p *contentline.Property) bool {
	name := l.name(p)
	if n, ok := l.c.Parts[name]; ok && l.d.trait(name).kind == kindParts {
		l.firstParts(p, n)
	}
	must, types := l.mandatory(name), l.typesFor(p, name)
	for _, lim := range l.limits[name] {
		if !lim.applies(types) {
			continue
		}
		if (lim.Never || !l.allowed(p, lim) || !l.fits(p, lim)) && !must {
			return false
		}
	}
	if must || p.Is("BEGIN") {
		return true
	}
	if l.c.NoEmpty && saysNothing(p) {
		return false
	}
	return !l.c.Complete || len(l.limits[name]) > 0
}

// typesFor gives the types of a property if there are limits that could ask for them.
func (l *limiter) typesFor(p *contentline.Property, name string) []string {
	if len(l.limits[name]) == 0 {
		return nil
	}
	return typesOf(nil, p, l.d.trait(name).kind)
}

// applies reports whether the limit is for a property with these types.
func (lim *Limit) applies(types []string) bool {
	for _, t := range lim.Only {
		if !holdsWord(types, t) {
			return false
		}
	}
	return true
}

// firstParts keeps the first n components.
func (l *limiter) firstParts(p *contentline.Property, n int) {
	parts := contentline.Split(p.Value, ";")
	if len(parts) <= n || p.Junk {
		return
	}
	p.Value, l.changed = strings.Join(parts[:n], ";"), true
}

// allowed takes what is not among the values of the limit out of a list. It is false if nothing
// is left of the value.
func (l *limiter) allowed(p *contentline.Property, lim *Limit) bool {
	if len(lim.Values) == 0 || p.Base64 || p.Comp != nil || saysNothing(p) {
		return true
	}
	k := textKind(p, l.d)
	if k != kindList {
		return holdsWord(lim.Values, strings.TrimSpace(readPart(p.Value, k, l.d)))
	}
	parts, sep := partsOf(p, l.d)
	kept := slices.DeleteFunc(slices.Clone(parts), func(part string) bool {
		return !holdsWord(lim.Values, strings.TrimSpace(readPart(part, k, l.d)))
	})
	if len(kept) < len(parts) {
		p.Value, l.changed = strings.Join(kept, sep), true
	}
	return len(kept) > 0
}

// fits makes a value as short as the limit wants; false if that is not possible. Dates, numbers
// and the like that are mandatory stay as they are.
func (l *limiter) fits(p *contentline.Property, lim *Limit) bool {
	if lim.Size == 0 || l.c.IgnoreSizes || p.Junk || (l.mandatory(l.name(p)) && !isProse(upper(p.Name))) {
		return true
	}
	m := measure{limit: lim.Size}
	if lim.Octets {
		m.octets = l.cs
	}
	held, changed := shorten(p, l.d, m, lim.Whole)
	l.changed = l.changed || changed
	return held
}

// A counted property is one of several of its name.
type counted struct {
	at    int
	types []string
	rank  int
	gone  bool
}

// counts leaves out what is more than the limits allow.
func (l *limiter) counts(c *contentline.Component) {
	byName := make(map[string][]*counted)
	for i := range c.Props {
		p := &c.Props[i]
		if name := l.name(p); l.isCounted(name) && !saysNothing(p) {
			byName[name] = append(byName[name], &counted{at: i, types: typesOf(nil, p, l.d.trait(name).kind), rank: preference(p)})
		}
	}
	var gone []int
	for name, list := range byName {
		slices.SortStableFunc(list, func(a, b *counted) int { return a.rank - b.rank })
		for _, lim := range l.limits[name] {
			if lim.Count > 0 {
				l.count(c, name, lim, list)
			}
		}
		for _, n := range list {
			if n.gone {
				gone = append(gone, n.at)
			}
		}
	}
	slices.Sort(gone)
	l.leaveOut(c, gone)
}

// isCounted reports whether there may be too many of a property.
func (l *limiter) isCounted(name string) bool {
	return !l.mandatory(name) && slices.ContainsFunc(l.limits[name], func(lim *Limit) bool { return lim.Count > 0 })
}

// count marks what is more than a limit allows. The list is in the order in which its properties
// are held.
func (l *limiter) count(c *contentline.Component, name string, lim *Limit, list []*counted) {
	var held []*counted
	for _, n := range list {
		switch {
		case n.gone || !lim.applies(n.types):
		case len(held) < lim.Count:
			held = append(held, n)
		default:
			if n.gone = true; l.d.trait(name).isList() {
				l.join(c, held, n)
			}
		}
	}
}

// join adds the texts or times of a surplus property to one that is held, if there is one that is
// written in the same way.
func (l *limiter) join(c *contentline.Component, held []*counted, surplus *counted) {
	k, sep := l.d.trait(l.name(&c.Props[surplus.at])).kind, ","
	if l.d.versit() && k == kindTimes {
		sep = ";"
	}
	for _, n := range slices.Backward(held) {
		if a, b := &c.Props[n.at], &c.Props[surplus.at]; k == kindList || sameParams(a.Params, b.Params) {
			a.Value += sep + b.Value
			return
		}
	}
}

// preference is lower for what is preferred: the number of PREF in vCard 4.0, 0 for the type.
func preference(p *contentline.Property) int {
	best := 101
	for _, q := range p.Params {
		switch {
		case strings.EqualFold(q.Name, "PREF"):
			best = min(best, prefNumber(q.Value))
		case q.Name == "" && strings.EqualFold(q.Value, partPref):
			best = 0
		case strings.EqualFold(q.Name, "TYPE") && holdsWord(q.Values(), partPref):
			best = 0
		}
	}
	return best
}

// prefNumber reads the number of a PREF parameter; what is none comes last but one.
func prefNumber(v string) int {
	n := 0
	for _, r := range strings.Trim(v, `"`) {
		if r < '0' || r > '9' || n > 100 {
			return 100
		}
		n = 10*n + int(r-'0')
	}
	return min(max(n, 1), 100)
}

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
	for _, name := range l.names(c) {
		for _, lim := range l.limits[name] {
			l.count(c, name, lim)
		}
	}
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

// names lists the names that have limits, each once, in the order in which c has them.
func (l *limiter) names(c *contentline.Component) []string {
	var out []string
	seen := make(map[string]bool)
	for i := range c.Props {
		name := l.name(&c.Props[i])
		if len(l.limits[name]) > 0 && !seen[name] {
			seen[name] = true
			out = append(out, name)
		}
	}
	return out
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
	must := l.mandatory(name)
	for _, lim := range l.limits[name] {
		if !lim.applies(p, name, l.d) {
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

// applies reports whether a property has all types that the limit is for.
func (lim *Limit) applies(p *contentline.Property, name string, d dialect) bool {
	if len(lim.Only) == 0 {
		return true
	}
	types := typesOf(nil, p, d.trait(name).kind)
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

// count leaves out what is more than the limit allows.
func (l *limiter) count(c *contentline.Component, name string, lim *Limit) {
	if lim.Count == 0 || l.mandatory(name) {
		return
	}
	var found []int
	for i := range c.Props {
		p := &c.Props[i]
		if l.name(p) == name && !saysNothing(p) && lim.applies(p, name, l.d) {
			found = append(found, i)
		}
	}
	if len(found) <= lim.Count {
		return
	}
	slices.SortStableFunc(found, func(a, b int) int {
		return preference(&c.Props[a]) - preference(&c.Props[b])
	})
	surplus := found[lim.Count:]
	if l.d.trait(name).isList() {
		l.join(c, found[:lim.Count], surplus)
	}
	slices.Sort(surplus)
	l.leaveOut(c, surplus)
}

// join adds the texts or times of surplus properties to one that is held, if there is one that is
// written in the same way.
func (l *limiter) join(c *contentline.Component, held, surplus []int) {
	sep := ","
	if l.d.versit() && !c.Props[held[0]].Is("CATEGORIES") && l.d.trait(upper(c.Props[held[0]].Name)).kind == kindTimes {
		sep = ";"
	}
	for _, i := range surplus {
		for _, j := range slices.Backward(held) {
			if a, b := &c.Props[j], &c.Props[i]; l.d.trait(upper(a.Name)).kind == kindList || sameParams(a.Params, b.Params) {
				a.Value += sep + b.Value
				break
			}
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

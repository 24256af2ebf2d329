package dataclass

import (
	"slices"

	"github.com/bindery-sync/bindery/dataclass/contentline"
	"github.com/bindery-sync/bindery/dataclass/recur"
)

// oneEntry gives a series without its exceptions, for devices that take one component as an item and make one of several:
// the exceptions become what the series says of their times (EXDATE, RDATE, the end of its rules), as in vCalendar 1.0.
// Of exceptions without a series the first stays. The item itself if it has one component anyway.
func (it *Item) oneEntry() *Item {
	l := newLowerer(it.root, lowering{})
	out := &contentline.Component{Name: it.root.Name, Props: make([]contentline.Property, 0, len(it.root.Props))}
	for _, p := range it.root.Props {
		c := p.Comp
		switch {
		case c == nil || !isTimed(c):
		case c.Find("RECURRENCE-ID") == nil && c == l.master:
			p.Comp = newItemLowering(l, c).alone()
		case c.Find("RECURRENCE-ID") != nil && (l.lone || l.master != nil):
			continue
		case c.Find("RECURRENCE-ID") != nil:
			l.lone = true
		}
		out.Props = append(out.Props, p)
	}
	if len(out.Props) == len(it.root.Props) {
		return it
	}
	return &Item{class: it.class, d: it.d, root: out}
}

// alone gives the component as it is where nothing but its own times is known of its exceptions.
func (e *itemLowering) alone() *contentline.Component {
	if !recurs(e.c) || !e.start.ok {
		return e.c
	}
	s := e.readSeries()
	was := series{rules: slices.Clone(s.rules), except: slices.Clone(s.except)}
	e.exceptions(&s)
	ended := !sameRules(was.rules, s.rules) || !sameRules(was.except, s.except)
	out := &contentline.Component{Name: e.c.Name}
	for _, p := range e.c.Props {
		if p.Junk || p.Group != "" || !(p.Is("EXDATE") || p.Is("RDATE") || ended && (p.Is("RRULE") || p.Is("EXRULE"))) {
			out.Props = append(out.Props, p)
		}
	}
	if ended {
		out.Props = append(append(out.Props, ruleLines("RRULE", s.rules)...), ruleLines("EXRULE", s.except)...)
	}
	out.Props = append(append(out.Props, dateLines("RDATE", s.more)...), dateLines("EXDATE", s.less)...)
	return out
}

func sameRules(a, b []recur.Rule) bool {
	return slices.EqualFunc(a, b, func(x, y recur.Rule) bool { return x.String() == y.String() })
}

func ruleLines(name string, rules []recur.Rule) []contentline.Property {
	out := make([]contentline.Property, len(rules))
	for i, r := range rules {
		out[i] = contentline.Property{Name: name, Value: r.String()}
	}
	return out
}

func dateLines(name string, list []moment) []contentline.Property {
	out := make([]contentline.Property, len(list))
	for i, m := range list {
		out[i] = timed(contentline.Property{Name: name}, m)
	}
	return out
}

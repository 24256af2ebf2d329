package davitem

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/dataclass/contentline"
	"github.com/bindery-sync/bindery/dataclass/recur"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// ErrInstances means that something takes place more often than is told at once.
var ErrInstances = errors.New("too many instances")

// ErrRule means that something recurs by a rule that nobody can read.
var ErrRule = errors.New("a recurrence that cannot be read")

// maxInstances is how many instances of one item are told at once.
const maxInstances = 3000

// A Part is what a report asks for of an item's content. The zero value asks for all of it as it is.
type Part struct {
	// Expand asks for the instances in a range instead of the rules.
	Expand *Range
	// Limit asks to leave out the changed instances that have nothing to do with a range.
	Limit *Range
	// Floating is where days and times without a zone are taken to be, for
	// Expand and Limit.
	Floating *time.Location
	// Props are the only properties of a card that are asked for, those of NoValue without what they say.
	Props, NoValue []string
	// Comp says which parts of a calendar are asked for.
	Comp *CompPart
}

// A CompPart says which parts of a component are asked for.
type CompPart struct {
	Name               string
	AllProps, AllComps bool
	Props, NoValue     []string
	Comps              []*CompPart
}

// ParsePart reads an address-data or calendar-data of a report; nil asks for everything.
func ParsePart(e *xmltree.Element) (Part, error) {
	var p Part
	var err error
	n := new(counter)
	for c := range e.Elements() {
		switch c.Local {
		case "expand":
			if c.Attr("", "start") == "" || c.Attr("", "end") == "" {
				return p, fmt.Errorf("%w: expand needs start and end", ErrFilter)
			}
			p.Expand, err = ParseRange(c)
		case "limit-recurrence-set":
			if c.Attr("", "start") == "" || c.Attr("", "end") == "" {
				return p, fmt.Errorf("%w: limit-recurrence-set needs start and end", ErrFilter)
			}
			p.Limit, err = ParseRange(c)
		case "prop":
			p.Props = append(p.Props, c.Attr("", "name"))
			if c.Attr("", "novalue") == "yes" {
				p.NoValue = append(p.NoValue, c.Attr("", "name"))
			}
			err = n.more()
		case "comp":
			p.Comp, err = compPart(c, n)
		}
		if err != nil {
			return p, err
		}
	}
	if p.Expand != nil && p.Limit != nil {
		return p, fmt.Errorf("%w: expand and limit-recurrence-set", ErrFilter)
	}
	return p, nil
}

func compPart(e *xmltree.Element, n *counter) (*CompPart, error) {
	p := &CompPart{Name: e.Attr("", "name"), AllProps: e.Child("allprop") != nil, AllComps: e.Child("allcomp") != nil}
	for c := range e.Elements() {
		if err := n.more(); err != nil {
			return nil, err
		}
		switch c.Local {
		case "prop":
			p.Props = append(p.Props, c.Attr("", "name"))
			if c.Attr("", "novalue") == "yes" {
				p.NoValue = append(p.NoValue, c.Attr("", "name"))
			}
		case "comp":
			k, err := compPart(c, n)
			if err != nil {
				return nil, err
			}
			p.Comps = append(p.Comps, k)
		}
	}
	return p, nil
}

// Cut gives of an item, as a client is sent it, the part that is asked for. It returns ErrInstances or
// ErrRule if that is instances which cannot all be told.
func (p Part) Cut(class dataclass.Class, data []byte) ([]byte, error) {
	if p.Expand != nil && class != dataclass.Contacts {
		var err error
		if data, err = p.expanded(class, data); err != nil {
			return nil, err
		}
	}
	if p.Limit != nil && class != dataclass.Contacts {
		data = p.limited(class, data)
	}
	if len(p.Props) == 0 && p.Comp == nil {
		return data, nil
	}
	root, err := parse(data)
	if err != nil {
		return data, nil
	}
	switch {
	case p.Comp != nil && strings.EqualFold(p.Comp.Name, root.Name):
		root = p.Comp.cut(root)
	case len(p.Props) > 0:
		root = (&CompPart{Props: append(p.Props, "VERSION"), NoValue: p.NoValue}).cut(root)
	}
	return contentline.Print(root, contentline.MIMEDir), nil
}

func (p *CompPart) cut(c *contentline.Component) *contentline.Component {
	all := p.AllProps || len(p.Props) == 0 && len(p.Comps) == 0
	var keep []contentline.Property
	for _, l := range c.Props {
		switch {
		case l.Comp != nil:
			if p.AllComps || len(p.Comps) == 0 && all {
				keep = append(keep, l)
				continue
			}
			for _, k := range p.Comps {
				if strings.EqualFold(k.Name, l.Comp.Name) {
					l.Comp = k.cut(l.Comp)
					keep = append(keep, l)
					break
				}
			}
		case anyName(p.NoValue, &l):
			keep = append(keep, contentline.Property{Group: l.Group, Name: l.Name, Params: l.Params})
		case all || anyName(p.Props, &l):
			keep = append(keep, l)
		}
	}
	return c.With(keep)
}

func anyName(names []string, l *contentline.Property) bool {
	for _, n := range names {
		if l.Is(n) {
			return true
		}
	}
	return false
}

// expanded gives the instances of an item in the range, in UTC and without rules (RFC 4791 section 9.6.5).
func (p Part) expanded(class dataclass.Class, data []byte) ([]byte, error) {
	if class == dataclass.Notes {
		events, ok := renamed(data, "VJOURNAL", "VEVENT")
		if !ok {
			return data, nil
		}
		out, err := p.expanded(dataclass.Events, events)
		if err != nil {
			return nil, err
		}
		data, _ = renamed(out, "VEVENT", "VJOURNAL")
		return data, nil
	}
	data = withCancelled(data)
	it, err := dataclass.Decode(class, dataclass.Body{Type: dataclass.ICalendar20.String(), Data: data})
	if err != nil {
		return restored(data), nil
	}
	root, err := parse(data)
	if err != nil {
		return restored(data), nil
	}
	loc := p.Floating
	if loc == nil {
		loc = time.UTC
	}
	r := p.Expand.in(loc)
	var list []dataclass.Occurrence
	end := "DTEND"
	switch class {
	case dataclass.Events:
		e, aerr := dataclass.AsEvent(it)
		if aerr != nil || e.Start().IsZero() {
			return restored(data), nil
		}
		list, err = e.Occurrences(r.From, r.To, maxInstances)
	case dataclass.Tasks:
		t, aerr := dataclass.AsTask(it)
		if aerr != nil || t.Start().IsZero() && t.Due().IsZero() {
			return restored(data), nil
		}
		end = "DUE"
		list, err = t.Occurrences(r.From, r.To, maxInstances)
	default:
		return restored(data), nil
	}
	if errors.Is(err, recur.ErrLimit) {
		return nil, ErrInstances
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRule, err)
	}
	return restored(printed(root, list, end, isSeries(root))), nil
}

// limited gives an item without the changed instances that neither take place in the range nor would have without the
// change (RFC 4791 section 9.6.6).
func (p Part) limited(class dataclass.Class, data []byte) []byte {
	root, err := parse(data)
	it, derr := dataclass.DecodeBare(class, dataclass.Body{Type: dataclass.ICalendar20.String(), Data: data})
	if err != nil || derr != nil {
		return data
	}
	loc := p.Floating
	if loc == nil {
		loc = time.UTC
	}
	r, z := p.Limit.in(loc), zones{root, loc}
	var list []dataclass.Occurrence
	length := time.Duration(0)
	if t, terr := dataclass.AsTask(it); terr == nil {
		list, err = t.Occurrences(r.From, r.To, maxInstances)
		length = t.Duration()
	} else if e, eerr := dataclass.AsEvent(it); eerr == nil {
		list, err = e.Occurrences(r.From, r.To, maxInstances)
		length = e.Duration()
	}
	if err != nil {
		return data
	}
	inside := make(map[string]bool)
	for _, o := range list {
		inside[idOf(o.Entry.Section())] = true
	}
	keep := slices.DeleteFunc(slices.Clone(root.Props), func(l contentline.Property) bool {
		if l.Comp == nil || idOf(l.Comp) == "" || inside[idOf(l.Comp)] {
			return false
		}
		id := l.Comp.Find("RECURRENCE-ID")
		was, _, ok := z.at(id)
		_, onwards := id.Param("RANGE")
		return ok && !onwards && (!was.Before(r.To) || !was.Add(max(length, time.Second)).After(r.From))
	})
	return contentline.Print(root.With(keep), contentline.MIMEDir)
}

// isSeries reports whether a calendar holds something that recurs.
func isSeries(root *contentline.Component) bool {
	list := entries(root)
	for _, c := range list {
		for _, name := range []string{"RRULE", "RDATE", "RECURRENCE-ID"} {
			if c.Find(name) != nil {
				return true
			}
		}
	}
	return false
}

// printed prints a calendar with instances in place of its entries.
func printed(root *contentline.Component, list []dataclass.Occurrence, end string, series bool) []byte {
	var props []contentline.Property
	for _, p := range root.Props {
		if p.Comp == nil {
			props = append(props, p)
		}
	}
	for _, o := range list {
		c := o.Entry.Section()
		var keep []contentline.Property
		hasStart, hasEnd := end == "DTEND", false
		for _, p := range c.Props {
			switch strings.ToUpper(p.Name) {
			case "DTEND", "DUE", "DURATION":
				if staysLong(p, o.AllDay) {
					break // as the examples of the RFC have it
				}
				hasEnd = hasEnd || p.Comp == nil
				continue
			case "DTSTART":
				hasStart = true
				continue
			case "RRULE", "RDATE", "EXDATE", "EXRULE", "RECURRENCE-ID":
				continue
			}
			keep = append(keep, p)
		}
		var times []contentline.Property
		if hasStart {
			times = append(times, timeLine("DTSTART", o.Start, o.AllDay))
		}
		if hasEnd {
			times = append(times, timeLine(end, o.End, o.AllDay))
		}
		if series {
			times = append(times, timeLine("RECURRENCE-ID", o.ID, o.AllDay))
		}
		props = append(props, contentline.Property{Comp: c.With(append(times, keep...))})
	}
	return contentline.Print(root.With(props), contentline.MIMEDir)
}

// staysLong reports whether a duration is as long in UTC as it was in the zone of its entry: a day may not be.
func staysLong(p contentline.Property, allDay bool) bool {
	return p.Comp == nil && p.Is("DURATION") && (allDay || !strings.ContainsAny(strings.ToUpper(p.Value), "DW"))
}

func timeLine(name string, t time.Time, day bool) contentline.Property {
	if day {
		return contentline.Property{Name: name, Params: []contentline.Param{contentline.NewParam("VALUE", "DATE")}, Value: t.Format("20060102")}
	}
	return contentline.Property{Name: name, Value: t.UTC().Format(utcLayout)}
}

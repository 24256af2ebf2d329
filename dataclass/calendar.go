package dataclass

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

// classOf gives the class of an item by the name of its components in iCalendar.
var classOf = map[string]Class{"VEVENT": Events, "VTODO": Tasks, "VJOURNAL": Notes}

// decodeCalendar reads one event, task or journal entry: a VCALENDAR with its components.
func decodeCalendar(class Class, data []byte, f Format) (*Item, error) {
	return decodeCalendarBy(contentline.Parse, class, data, f)
}

func decodeCalendarBy(parse parser, class Class, data []byte, f Format) (*Item, error) {
	guess := cal20
	if bytes.Contains(data, []byte("VERSION:1.0")) {
		guess = cal10
	}
	it, err := decodeAs(parse, class, data, f, "VCALENDAR", guess)
	if err != nil {
		return nil, err
	}
	if it.d != cal10 && it.d != cal20 {
		return nil, fmt.Errorf("%w: VCALENDAR as %s", ErrMalformed, it.d.format())
	}
	name, err := oneItem(it.root)
	if err != nil {
		return nil, err
	}
	actual := classOf[name]
	if class != actual && (class != Calendar || actual == Notes) {
		return nil, fmt.Errorf("%w: %s in an item of %s", ErrMalformed, name, class)
	}
	it.class = actual
	return it, nil
}

// oneItem gives the name of the components that make up the item. It is an error if they make up
// several or none: an item is one component without RECURRENCE-ID, or none, and any number with.
func oneItem(root *contentline.Component) (name string, err error) {
	masters, uid := 0, ""
	for i := range root.Props {
		c := root.Props[i].Comp
		if c == nil || classOf[upper(c.Name)] == "" {
			continue
		}
		switch n := upper(c.Name); {
		case name == "":
			name, uid = n, uidOf(c)
		case n != name:
			return "", fmt.Errorf("%w: %s beside %s", ErrMalformed, n, name)
		case uidOf(c) != uid:
			return "", fmt.Errorf("%w: several items in one %s", ErrMalformed, root.Name)
		}
		if c.Find("RECURRENCE-ID") == nil {
			masters++
		}
	}
	switch {
	case name == "":
		return "", fmt.Errorf("%w: no event, task or journal entry", ErrMalformed)
	case masters > 1:
		return "", fmt.Errorf("%w: several items in one %s", ErrMalformed, root.Name)
	}
	return name, nil
}

func uidOf(c *contentline.Component) string {
	if p := c.Find("UID"); p != nil {
		return strings.TrimSpace(p.Value)
	}
	return ""
}

// A section is one component of a calendar item. All its elements carry the key of the section:
// empty for the master, the time it replaces for an exception (RFC 5545 3.8.4.4).
type section struct {
	key   string
	comp  *contentline.Component
	index int // of the component in its parent
	zones *zones
}

// sectionsOf lists the components that make up the item, the master first if there is one.
func sectionsOf(root *contentline.Component, z *zones) []section {
	var out []section
	seen := make(map[string]int)
	for i := range root.Props {
		c := root.Props[i].Comp
		if c == nil || classOf[upper(c.Name)] == "" {
			continue
		}
		s := section{comp: c, index: i, zones: z}
		if p := c.Find("RECURRENCE-ID"); p != nil {
			s.key = exceptionKey(p, z)
			if n := seen[s.key]; n > 0 { // nobody may write this; both are kept
				s.key += fmt.Sprintf("#%d", n+1)
			}
			seen[s.key]++
		}
		if s.key == "" {
			out = append([]section{s}, out...)
		} else {
			out = append(out, s)
		}
	}
	return out
}

// exceptionKey normalises a RECURRENCE-ID: the instant, the day or the local time that it
// replaces, and whether the later ones go with it.
func exceptionKey(p *contentline.Property, z *zones) string {
	key := "R" + z.key(p, false)
	if r, ok := p.Param("RANGE"); ok && strings.EqualFold(r, "THISANDFUTURE") {
		key += "+"
	}
	return key
}

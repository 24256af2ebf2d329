package entry

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/dataclass/contentline"
)

// treeOf gives the property tree of an item, to be changed.
func treeOf(it *dataclass.Item) (*contentline.Component, error) {
	roots, err := contentline.Parse(it.Body().Data, contentline.MIMEDir, contentline.Limits{})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", dataclass.ErrMalformed, err)
	}
	if len(roots) != 1 {
		return nil, fmt.Errorf("%w: not one calendar", dataclass.ErrMalformed)
	}
	return roots[0], nil
}

// eventOf gives the event of a property tree.
func eventOf(root *contentline.Component) (dataclass.Event, error) {
	it, err := dataclass.Decode(dataclass.Events, dataclass.Body{Type: dataclass.ICalendar20.String(), Data: contentline.Print(root, contentline.MIMEDir)})
	if err != nil {
		return dataclass.Event{}, err
	}
	return dataclass.AsEvent(it)
}

func isException(p contentline.Property) bool {
	return p.Comp != nil && strings.EqualFold(p.Comp.Name, "VEVENT") && p.Comp.Find("RECURRENCE-ID") != nil
}

// alone gives the master of an event in an item of its own.
func alone(ev dataclass.Event) (dataclass.Event, error) {
	root, err := treeOf(ev.Item())
	if err != nil {
		return ev, err
	}
	root.Props = slices.DeleteFunc(root.Props, isException)
	return eventOf(root)
}

// withExceptions puts exceptions, each in an item with its master, into one item, with the zones that they need. One by
// one in the same item each would look at all others.
func withExceptions(master dataclass.Event, list []dataclass.Event) (dataclass.Event, error) {
	if len(list) == 0 {
		return master, nil
	}
	root, err := treeOf(master.Item())
	if err != nil {
		return master, err
	}
	var zones, sections []contentline.Property
	known := make(map[string]bool)
	for _, id := range zoneNames(root.Props) {
		known[id] = true
	}
	for _, ev := range list {
		tree, err := treeOf(ev.Item())
		if err != nil {
			return master, err
		}
		for _, p := range tree.Props {
			if id := zoneName(p); id != "" && !known[id] {
				known[id] = true
				zones = append(zones, p)
			}
			if isException(p) {
				sections = append(sections, p)
			}
		}
	}
	at := slices.IndexFunc(root.Props, func(p contentline.Property) bool { return p.Comp != nil })
	root.Props = slices.Concat(root.Props[:max(at, 0)], zones, root.Props[max(at, 0):], sections)
	return eventOf(root)
}

// zoneName gives the TZID of a VTIMEZONE; empty for anything else.
func zoneName(p contentline.Property) string {
	if p.Comp == nil || !strings.EqualFold(p.Comp.Name, "VTIMEZONE") {
		return ""
	}
	id := p.Comp.Find("TZID")
	if id == nil {
		return ""
	}
	return contentline.Unescape(contentline.MIMEDir, id.Value)
}

func zoneNames(props []contentline.Property) []string {
	var out []string
	for _, p := range props {
		if id := zoneName(p); id != "" {
			out = append(out, id)
		}
	}
	return out
}

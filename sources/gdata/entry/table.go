package entry

import (
	"strings"

	"github.com/bindery-sync/bindery/sources/xmltree"
)

// A Row is one line of the table of what crosses between an entry and an item.
type Row struct {
	// What names it for people.
	What string
	// Elements are what holds it in an entry.
	Elements string
	// Properties are what holds it in an item, by their names in upper case.
	Properties []string
	// Lost is what of it does not cross; empty if all of it does.
	Lost string
}

// ContactRows gives the table for contacts, from the same fields that ReadContact and WriteContact go through.
func ContactRows() []Row {
	out := make([]Row, 0, len(contactFields))
	for i := range contactFields {
		f := &contactFields[i]
		out = append(out, row(f.what, f.elements, f.props, f.lost))
	}
	return out
}

// EventRows gives the table for events; see ContactRows.
func EventRows() []Row {
	out := []Row{
		row("times", "gd:when/@startTime, @endTime", "DTSTART, DTEND, DURATION",
			"the zone of an event that takes place once, which becomes that of the calendar or UTC: its instants stay; that a time floats; parts of a second"),
		row("recurrence", "gd:recurrence", "RRULE, RDATE, EXDATE, EXRULE", "that the times float"),
		row("exceptions", "entries with gd:originalEvent", "RECURRENCE-ID, EXDATE",
			"one that changes all later occurrences cannot be written; one that says what its series says is none; cancelled ones are EXDATE"),
	}
	for i := range eventFields {
		f := &eventFields[i]
		out = append(out, row(f.what, f.elements, f.props, f.lost))
	}
	return out
}

func row(what, elements, props, lost string) Row {
	return Row{What: what, Elements: elements, Properties: strings.Split(props, ", "), Lost: lost}
}

// Append appends a feed or an entry as a document, with the prefixes that everybody uses.
func Append(dst []byte, e *xmltree.Element) []byte {
	return e.Append(dst, xmltree.Options{Declaration: true, Prefixes: []xmltree.Prefix{
		{Prefix: "gd", Space: GD}, {Prefix: "gContact", Space: GContact}, {Prefix: "gCal", Space: GCal},
		{Prefix: "batch", Space: Batch}, {Prefix: "app", Space: App}, {Prefix: "openSearch", Space: OpenSearch},
	}})
}

package stream

import (
	"bytes"
	"strings"
)

// Names lists the properties of an item's text in order, in upper case and without groups: those of a card
// or note, those of a VCALENDAR and of what stands in it. What is in a VTIMEZONE, a VALARM or another
// nested component is left out, and so are lines without a colon.
func Names(text []byte) []string {
	var out []string
	var open nest
	l := newScanner(newSource(bytes.NewReader(text), min(len(text)+10, bufferSize)), 2*len(text)+2)
	for l.reset(); l.next(); l.reset() {
		switch name := l.field.name; {
		case name == "":
		case name == "BEGIN":
			open.push(strings.ToUpper(l.value()))
		case name == "END":
			open.pop(strings.ToUpper(l.value()))
		case open.depth() == 1, open.depth() == 2 && open.names[0] == "VCALENDAR" && open.names[1] != "VTIMEZONE":
			out = append(out, name)
		}
	}
	return out
}

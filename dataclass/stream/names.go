package stream

import "bytes"

// Names lists the properties of an item's text in order, in upper case and without groups. BEGIN and END
// lines and lines without a colon are left out.
func Names(text []byte) []string {
	var out []string
	l := newScanner(newSource(bytes.NewReader(text), min(len(text)+10, bufferSize)), 2*len(text)+2)
	for l.reset(); l.next(); l.reset() {
		switch name := l.field.name; name {
		case "", "BEGIN", "END":
		default:
			out = append(out, name)
		}
	}
	return out
}

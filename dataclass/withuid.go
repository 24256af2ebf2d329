package dataclass

import (
	"bytes"
	"strings"
)

// WithUID gives the bytes of a contact, an event or a task that has no UID with that one: a line in the card, or in each entry
// of a calendar. Nothing else of it changes, also where it cannot be read. It costs little, as Peek does, and never fails: bytes
// of anything else are given as they are. The UID must need no escaping.
func WithUID(data []byte, uid string) []byte {
	n := namer{uid: uid, out: make([]byte, 0, len(data)+len("UID:\r\n")+len(uid))}
	for rest := data; len(rest) > 0; {
		var line []byte
		line, rest = quotedLine(rest)
		n.line(line)
	}
	n.settle()
	return n.out
}

// A namer copies the lines of an item, with a UID where one belongs.
type namer struct {
	uid      string
	out      []byte
	depth    int
	calendar bool
	// end is how the lines end, due whether the UID is to come next, after the VERSION of a card.
	end string
	due bool
}

// maxMark is how long a line is read that may begin or end a component.
const maxMark = 80

func (n *namer) line(line []byte) {
	if len(line) > 0 && bytes.IndexByte([]byte("BEVbev"), line[0]) < 0 { // most of them
		n.settle()
		n.out = append(n.out, line...)
		return
	}
	name, value, _ := strings.Cut(unfolder.Replace(string(line[:min(len(line), maxMark)])), ":")
	switch strings.ToUpper(name) {
	case "BEGIN":
		n.settle()
		n.out = append(n.out, line...)
		n.begin(strings.ToUpper(strings.TrimSpace(value)), line)
		return
	case "VERSION": // RFC 6350 section 6.7.9: nothing stands before it
		n.out = append(n.out, line...)
		n.settle()
		return
	case "END":
		n.depth--
	}
	n.settle()
	n.out = append(n.out, line...)
}

// begin notes a component, in which the UID is to stand or not.
func (n *namer) begin(what string, line []byte) {
	switch {
	case n.depth == 0:
		n.calendar = what == "VCALENDAR"
		n.due = what == "VCARD"
	case n.depth == 1 && n.calendar:
		n.due = what != "VTIMEZONE"
	}
	n.depth++
	switch {
	case bytes.HasSuffix(line, []byte("\r\n")):
		n.end = "\r\n"
	case bytes.HasSuffix(line, []byte("\n")):
		n.end = "\n"
	default: // it is cut off
		n.due = false
	}
	if n.calendar {
		n.settle()
	}
}

// settle writes the UID if it is to come.
func (n *namer) settle() {
	if n.due {
		n.out = append(append(append(n.out, "UID:"...), n.uid...), n.end...)
		n.due = false
	}
}

// quotedLine cuts one logical line off, with its folds and, in quoted-printable, its soft breaks.
func quotedLine(data []byte) (line, rest []byte) {
	line, rest = peekLine(data)
	head, _, _ := bytes.Cut(line, []byte(":"))
	if !bytes.Contains(bytes.ToUpper(head), []byte("QUOTED-PRINTABLE")) {
		return line, rest
	}
	for bytes.HasSuffix(bytes.TrimRight(line, " \t\r\n"), []byte("=")) && len(rest) > 0 {
		var more []byte
		more, rest = peekLine(rest)
		line = data[:len(line)+len(more)]
	}
	return line, rest
}

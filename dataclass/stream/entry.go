package stream

import (
	"bytes"
	"strings"
)

// An entry is what a Reader has to know of a component of a VCALENDAR before it is decoded.
type entry struct {
	uid    string
	tzid   string // of a VTIMEZONE
	mime   bool   // VERSION says that no nested card begins on the line of an AGENT
	master bool   // it has no RECURRENCE-ID
	series bool   // it recurs or has a RECURRENCE-ID
	names  []string
	seen   map[string]bool // those in names: the TZIDs of its properties
}

// note takes in a line of the component; depth tells how many components it stands in.
func (e *entry) note(l *scanner, depth int) {
	if z := zoneIn(l.field.head); z != "" && !e.seen[z] {
		if e.seen == nil {
			e.seen = make(map[string]bool)
		}
		e.seen[z] = true
		e.names = append(e.names, z)
	}
	if depth > 1 {
		return
	}
	switch l.field.name {
	case "UID":
		if e.uid == "" {
			e.uid = l.value()
		}
	case "VERSION":
		v := l.value()
		e.mime = v == "3.0" || v == "4.0"
	case "TZID":
		if e.tzid == "" {
			e.tzid = plainText(l.value())
		}
	case "RECURRENCE-ID":
		e.series, e.master = true, false
	case "RRULE", "RDATE", "EXDATE", "EXRULE":
		e.series = true
	}
}

// zoneIn finds the TZID among the parameters before a value.
func zoneIn(head []byte) string {
	at := indexWord(head, ";TZID=")
	if at < 0 {
		return ""
	}
	v := head[at+len(";TZID="):]
	if len(v) > 0 && v[0] == '"' {
		quoted, _, _ := bytes.Cut(v[1:], []byte(`"`))
		return string(quoted)
	}
	v, _, _ = bytes.Cut(v, []byte(";"))
	return strings.TrimSpace(string(v))
}

// indexWord finds a word in upper case in the parameters before a value, whatever their case is.
func indexWord(head []byte, word string) int {
	if bytes.IndexByte(head, ';') < 0 {
		return -1
	}
	return indexFold(head, word)
}

// indexFold finds a word in upper case in text of whatever case. Only ASCII has cases here: other letters
// may have another length in upper case.
func indexFold(text []byte, word string) int {
	upper := bytes.Clone(text)
	for i, c := range upper {
		if c >= 'a' && c <= 'z' {
			upper[i] = c - 'a' + 'A'
		}
	}
	return bytes.Index(upper, []byte(word))
}

// plainText takes the escapes off a text.
func plainText(s string) string {
	return strings.NewReplacer(`\,`, ",", `\;`, ";", `\\`, `\`).Replace(s)
}

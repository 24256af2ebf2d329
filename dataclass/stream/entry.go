package stream

import (
	"bytes"
	"slices"
	"strings"
)

// An entry is what a Reader has to know of a component of a VCALENDAR before it is decoded.
type entry struct {
	uid    string
	master bool     // it has no RECURRENCE-ID
	series bool     // it recurs or has a RECURRENCE-ID
	zones  []string // the TZIDs it names, in order
}

// entryOf looks at a component.
func entryOf(raw []byte) entry {
	e := entry{master: true}
	depth := 0
	for l := reread(raw); l.next(); {
		f := l.field
		if z := zoneIn(f.head); z != "" && !slices.Contains(e.zones, z) {
			e.zones = append(e.zones, z)
		}
		switch f.name {
		case "BEGIN":
			depth++
		case "END":
			depth--
		case "UID":
			if depth == 1 && e.uid == "" {
				e.uid = l.value()
			}
		case "RECURRENCE-ID":
			if depth == 1 {
				e.series, e.master = true, false
			}
		case "RRULE", "RDATE", "EXDATE", "EXRULE":
			e.series = e.series || depth == 1
		}
	}
	return e
}

// zoneIn finds the TZID among the parameters before a value.
func zoneIn(head []byte) string {
	at := bytes.Index(bytes.ToUpper(head), []byte(";TZID="))
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

package dataclass

import (
	"strings"
	"unicode/utf8"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

// A measure counts the length of text.
type measure struct {
	limit  int
	octets *charset // nil counts characters
}

func (m measure) of(r rune) int {
	if m.octets == nil {
		return 1
	}
	return m.octets.octets(r)
}

func (m measure) fits(s string) bool {
	if m.octets == nil && len(s) <= m.limit {
		return true
	}
	n := 0
	for _, r := range s {
		if n += m.of(r); n > m.limit {
			return false
		}
	}
	return true
}

// cut gives the longest beginning of s that fits and does not end inside of what is seen as one
// character: marks, joiners and skin tones stay with what they belong to, and half a flag goes.
func (m measure) cut(s string) string {
	n, end := 0, 0
	for i, r := range s {
		if n += m.of(r); n > m.limit {
			return s[:boundary(s, end)]
		}
		end = i + utf8.RuneLen(r)
	}
	return s
}

// boundary gives the last place at or before end where s may be cut.
func boundary(s string, end int) int {
	for end > 0 && !mayCut(s, end) {
		_, size := utf8.DecodeLastRuneInString(s[:end])
		end -= size
	}
	return end
}

func mayCut(s string, at int) bool {
	next, _ := utf8.DecodeRuneInString(s[at:])
	last, _ := utf8.DecodeLastRuneInString(s[:at])
	if attached(next) || last == 0x200D {
		return false
	}
	return !isFlag(next) || !isFlag(last) || flagsBefore(s[:at])%2 == 0
}

// isFlag reports whether r is one of the letters of which two make a flag.
func isFlag(r rune) bool { return r >= 0x1F1E6 && r <= 0x1F1FF }

func flagsBefore(s string) int {
	n := 0
	for s != "" {
		r, size := utf8.DecodeLastRuneInString(s)
		if !isFlag(r) {
			break
		}
		n, s = n+1, s[:len(s)-size]
	}
	return n
}

// isProse reports whether a property is text that still says something when its end is missing.
// What is not is left out instead: a date, an address, a number, a rule, a picture, a word, and
// what nobody understands.
func isProse(name string) bool {
	switch name {
	case "N", "FN", "ORG", "ADR", "NOTE", "TITLE", "ROLE", "NICKNAME", "LABEL", "SORT-STRING", "X-EVOLUTION-FILE-AS",
		"SUMMARY", "DESCRIPTION", "LOCATION", "COMMENT", "CONTACT", "BODY":
		return true
	}
	return false
}

// partsOf splits a value into what is measured by itself, still escaped, and gives what joins it.
func partsOf(p *contentline.Property, d dialect) (parts []string, sep string) {
	switch textKind(p, d) {
	case kindParts:
		return contentline.Split(p.Value, ";"), ";"
	case kindTexts:
		return contentline.Split(p.Value, ","), ","
	case kindList:
		return contentline.Split(p.Value, listSeps(d)), ","
	}
	return []string{p.Value}, ""
}

// escapeFor gives the separators that a part of a property has to escape.
func escapeFor(k kind, d dialect) string {
	switch k {
	case kindParts:
		return ";" + strings.TrimSuffix(textSeps(d), ";")
	case kindList:
		return ",;"
	case kindTexts:
		return "," + strings.TrimSuffix(textSeps(d), ",")
	case kindURI, kindMedia:
		return ""
	}
	return textSeps(d)
}

// readPart takes the escapes off a part of a value. Plain text has none, and nobody knows those of
// a value that nobody knows.
func readPart(part string, k kind, d dialect) string {
	if d == plain || k == kindUnknown {
		return part
	}
	return d.unescape(part)
}

// writePart makes a part of a value of a text again. What was cut off a value that nobody knows may
// have left half an escape.
func writePart(text string, k kind, d dialect) string {
	switch {
	case d == plain:
		return text
	case k != kindUnknown:
		return d.escape(text, escapeFor(k, d))
	}
	if bare := strings.TrimRight(text, "\\"); (len(text)-len(bare))%2 == 1 {
		return text[:len(text)-1]
	}
	return text
}

// textKind gives the kind of a property; the text of a note is text.
func textKind(p *contentline.Property, d dialect) kind {
	if p.Is("BODY") {
		return kindText
	}
	return d.trait(upper(p.Name)).kind
}

// dataSize gives how many bytes base64 text stands for.
func dataSize(text string) int { return len(strings.TrimRight(text, "=")) * 3 / 4 }

// shorten makes p fit. The first result is false if it does not fit and cannot be cut.
func shorten(p *contentline.Property, d dialect, m measure, whole bool) (held, changed bool) {
	name := upper(p.Name)
	k := textKind(p, d)
	if p.Comp != nil {
		return true, false
	}
	if p.Base64 {
		return dataSize(p.Value) <= m.limit, false
	}
	parts, sep := partsOf(p, d)
	kept := parts[:0]
	for _, part := range parts {
		text := readPart(part, k, d)
		switch {
		case m.fits(text):
		case whole || !isProse(name):
			changed = true
			if k == kindParts {
				part = ""
				break
			}
			continue
		default:
			part, changed = writePart(m.cut(text), k, d), true
		}
		kept = append(kept, part)
	}
	if changed {
		p.Value = strings.Join(kept, sep)
	}
	return !changed || !saysNothing(p), changed
}

// saysNothing reports whether a property has no value, or one whose components are all empty.
func saysNothing(p *contentline.Property) bool {
	blank := " \t\n"
	if p.Is("N") || p.Is("ADR") || p.Is("ORG") {
		blank += ";"
	}
	return p.Comp == nil && strings.Trim(p.Value, blank) == ""
}

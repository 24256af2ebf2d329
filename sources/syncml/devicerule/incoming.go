package devicerule

import (
	"bytes"
	"mime"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/bindery-sync/bindery/dataclass"
)

// Read gives an item as a phone meant it that wrote b. Without options about that it is b itself.
func (r *Options) Read(b dataclass.Body) dataclass.Body {
	if len(b.Data) == 0 || r.InputCharset == nil && r.IncomingTimes == nil && r.Ignore == nil {
		return b
	}
	switch f := dataclass.ParseFormat(b.Type); {
	case f.Type == dataclass.PlainText.Type:
		return r.readText(b)
	case f.Type == dataclass.VCalendar10.Type:
		return dataclass.Body{Type: b.Type, Data: r.readLines(b.Data, true)}
	}
	return dataclass.Body{Type: b.Type, Data: r.readLines(b.Data, false)}
}

// readText names the character set of plain text that is no UTF-8.
func (r *Options) readText(b dataclass.Body) dataclass.Body {
	_, params, err := mime.ParseMediaType(b.Type)
	if r.InputCharset == nil || utf8.Valid(b.Data) || err != nil || params["charset"] != "" {
		return b
	}
	params["charset"] = *r.InputCharset
	return dataclass.Body{Type: mime.FormatMediaType(dataclass.PlainText.Type, params), Data: b.Data}
}

func (r *Options) readLines(data []byte, calendar bool) []byte {
	fix := r.clock(data, calendar)
	out := make([]byte, 0, len(data)+len(data)/8)
	for l := range logicalLines(data) {
		switch {
		case l.name != "BEGIN" && l.name != "END" && slices.ContainsFunc(r.Ignore, func(n string) bool { return strings.EqualFold(n, l.name) }):
			continue
		case fix != nil && timed[l.name] && !strings.Contains(strings.ToUpper(string(l.head)), "TZID"):
			out = append(append(append(out, l.head...), ':'), fix(l.value)...)
		case r.InputCharset != nil && l.foreign():
			out = append(append(append(out, l.head...), ";CHARSET="+*r.InputCharset+":"...), l.value...)
		default:
			out = append(out, l.raw...)
		}
	}
	return out
}

// timed are the properties of vCalendar 1.0 whose values are times.
var timed = map[string]bool{"DTSTART": true, "DTEND": true, "DUE": true, "COMPLETED": true, "EXDATE": true, "RDATE": true,
	"RRULE": true, "EXRULE": true, "AALARM": true, "DALARM": true, "MALARM": true, "PALARM": true}

var (
	anyTime   = regexp.MustCompile(`\b(\d{8}T\d{6})Z?`)
	wholeDays = regexp.MustCompile(`T(000000|235900|235959|240000)Z?$`)
)

// clock gives what is to be done to the times of an item, nil if nothing. Where all times are those of whole
// days none of them is in a zone.
func (r *Options) clock(data []byte, calendar bool) func([]byte) []byte {
	if r.IncomingTimes == nil || !calendar {
		return nil
	}
	clocked := false
	for l := range logicalLines(data) {
		if l.name == "DTSTART" || l.name == "DTEND" || l.name == "DUE" {
			clocked = clocked || !wholeDays.Match(bytes.TrimSpace(l.value))
		}
	}
	if !clocked {
		return nil
	}
	with := []byte("$1")
	if *r.IncomingTimes == "utc" {
		with = []byte("${1}Z")
	}
	return func(v []byte) []byte { return anyTime.ReplaceAll(v, with) }
}

// A line is a property with all its physical lines.
type line struct {
	raw []byte
	// name is in upper case, without a group; empty for what is no property.
	name string
	// head is what stands before the colon, value what stands behind, with the line ends.
	head  []byte
	value []byte
}

// logicalLines cuts an item into properties. Data in base64 that is not indented counts as lines without a name.
func logicalLines(data []byte) func(yield func(line) bool) {
	return func(yield func(line) bool) {
		for len(data) > 0 {
			n := lineEnd(data)
			quoted := isQuoted(data[:n])
			for n < len(data) && (data[n] == ' ' || data[n] == '\t' || quoted && bytes.HasSuffix(bytes.TrimRight(data[:n], "\r\n"), []byte("="))) {
				n += lineEnd(data[n:])
			}
			if !yield(newLine(data[:n])) {
				return
			}
			data = data[n:]
		}
	}
}

// lineEnd is where the first physical line ends, with its line end.
func lineEnd(data []byte) int {
	if i := bytes.IndexByte(data, '\n'); i >= 0 {
		return i + 1
	}
	return len(data)
}

// isQuoted reports whether a property is in QUOTED-PRINTABLE, so that a line that ends with = goes on.
func isQuoted(first []byte) bool {
	head, _, ok := bytes.Cut(first, []byte(":"))
	return ok && bytes.Contains(bytes.ToUpper(head), []byte("QUOTED-PRINTABLE"))
}

func newLine(raw []byte) line {
	l := line{raw: raw}
	head, value, ok := bytes.Cut(raw, []byte(":"))
	if !ok {
		return l
	}
	name, _, _ := bytes.Cut(head, []byte(";"))
	if i := bytes.LastIndexByte(name, '.'); i >= 0 {
		name = name[i+1:]
	}
	l.name, l.head, l.value = strings.ToUpper(strings.TrimSpace(string(name))), head, value
	return l
}

// foreign reports whether the line names no character set and holds text that is no UTF-8.
func (l line) foreign() bool {
	upper := bytes.ToUpper(l.head)
	if l.name == "" || bytes.Contains(upper, []byte("CHARSET=")) || bytes.Contains(upper, []byte("BASE64")) {
		return false
	}
	if isQuoted(l.raw) {
		return !utf8.Valid(unquotePrintable(l.value))
	}
	return !utf8.Valid(l.value)
}

// unquotePrintable takes QUOTED-PRINTABLE off; what is wrong in it stays.
func unquotePrintable(v []byte) []byte {
	out := make([]byte, 0, len(v))
	for i := 0; i < len(v); i++ {
		if v[i] == '=' && i+2 < len(v) {
			if b, ok := hexByte(v[i+1], v[i+2]); ok {
				out, i = append(out, b), i+2
				continue
			}
		}
		out = append(out, v[i])
	}
	return out
}

func hexByte(a, b byte) (byte, bool) {
	x, y := strings.IndexByte(hexDigits, upperByte(a)), strings.IndexByte(hexDigits, upperByte(b))
	if x < 0 || y < 0 {
		return 0, false
	}
	return byte(x<<4 | y), true
}

const hexDigits = "0123456789ABCDEF"

func upperByte(c byte) byte {
	if c >= 'a' && c <= 'z' {
		return c - 'a' + 'A'
	}
	return c
}

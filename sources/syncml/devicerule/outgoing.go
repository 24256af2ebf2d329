package devicerule

import (
	"bytes"
	"fmt"
	"strings"

	"golang.org/x/text/encoding/htmlindex"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/dataclass/contentline"
)

// Write gives an item in the form that a phone wants: it was projected to what the phone holds (see Shape) and
// has the format f. It says the same as before. Without options about that it is data itself.
func (r *Options) Write(f dataclass.Format, data []byte) []byte {
	lines, ok := linesOfFormat(f)
	if !ok || !r.rewrites() {
		return data
	}
	all, err := contentline.Parse(data, lines, contentline.Limits{})
	if err != nil {
		return data // cannot be: it was printed from a tree
	}
	var out []byte
	for _, c := range all {
		out = append(out, contentline.Print(r.dress(c, lines), lines)...)
	}
	if lines == contentline.Versit && r.OutputCharset != nil {
		out = recharged(out, *r.OutputCharset)
	}
	if Is(r.NoFolding) {
		out = unfolded(out)
	}
	return out
}

func (r *Options) rewrites() bool {
	return Is(r.NoFolding) || Is(r.EmailInternet) || r.OutputCharset != nil
}

// linesOfFormat gives the spelling of a format; false for plain text, which has none.
func linesOfFormat(f dataclass.Format) (contentline.Dialect, bool) {
	switch {
	case f.Type == dataclass.PlainText.Type:
		return 0, false
	case f == dataclass.VCard21, f.Type == dataclass.VCalendar10.Type, f.Type == dataclass.VNote11.Type:
		return contentline.Versit, true
	}
	return contentline.MIMEDir, true
}

// dress gives the tree with what some phones demand. Every line of it will be written anew.
func (r *Options) dress(c *contentline.Component, lines contentline.Dialect) *contentline.Component {
	c = c.Canonical()
	if !Is(r.EmailInternet) || !strings.EqualFold(c.Name, "VCARD") {
		return c
	}
	for i := range c.Props {
		p := &c.Props[i]
		if !p.Is("EMAIL") || p.Junk || mentions(p.Params, "INTERNET", "X400") {
			continue
		}
		q := contentline.Param{Value: "INTERNET"}
		if lines == contentline.MIMEDir {
			q.Name = "TYPE"
		}
		p.Params = append(p.Params[:len(p.Params):len(p.Params)], q)
	}
	return c
}

// mentions reports whether a parameter holds one of the words.
func mentions(params []contentline.Param, words ...string) bool {
	for _, q := range params {
		for _, w := range words {
			if strings.Contains(strings.ToUpper(q.Value), w) {
				return true
			}
		}
	}
	return false
}

// utf8Head is how the canonical form marks text that is not ASCII.
const utf8Head = ";CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE"

// recharged writes what is marked as UTF-8 in another character set. A line that has characters which the set
// lacks stays as it is.
func recharged(data []byte, charset string) []byte {
	out := make([]byte, 0, len(data))
	for l := range logicalLines(data) {
		head, marked := bytes.CutSuffix(l.head, []byte(utf8Head))
		value := strings.ReplaceAll(string(l.value), "=\r\n", "")
		text, ok := encoded(string(unquotePrintable([]byte(strings.TrimSuffix(value, "\r\n")))), charset)
		if !marked || !ok {
			out = append(out, l.raw...)
			continue
		}
		out = fmt.Appendf(out, "%s;CHARSET=%s;ENCODING=QUOTED-PRINTABLE:", head, strings.ToUpper(charset))
		out = append(appendQuoted(out, text, len(out)-lastLine(out)), "\r\n"...)
	}
	return out
}

// encoded gives text in a character set; false where the set is not known or lacks a character.
func encoded(text, charset string) ([]byte, bool) {
	switch strings.ToLower(charset) { // the Encoding Standard means windows-1252 by these
	case "us-ascii", "ascii":
		return latin(text, 0x80)
	case "iso-8859-1", "iso8859-1", "iso_8859-1", "latin1", "l1":
		return latin(text, 0x100)
	}
	enc, err := htmlindex.Get(charset)
	if err != nil {
		return nil, false
	}
	out, err := enc.NewEncoder().Bytes([]byte(text))
	return out, err == nil
}

// latin gives text of characters below a limit, each as one byte.
func latin(text string, limit rune) ([]byte, bool) {
	out := make([]byte, 0, len(text))
	for _, r := range text {
		if r >= limit {
			return nil, false
		}
		out = append(out, byte(r))
	}
	return out, true
}

// lastLine is where the last line begins.
func lastLine(out []byte) int { return bytes.LastIndexByte(out, '\n') + 1 }

// appendQuoted writes QUOTED-PRINTABLE of at most 76 octets a line (RFC 2045 6.7), of which used are taken.
func appendQuoted(out, text []byte, used int) []byte {
	for i, c := range text {
		room := 1
		if c < ' ' || c >= 0x7F || c == '=' || c == ' ' && i == len(text)-1 {
			room = 3
		}
		if used+room > 75 {
			out, used = append(out, "=\r\n"...), 0
		}
		if room == 1 {
			out = append(out, c)
		} else {
			out = append(out, '=', hexDigits[c>>4], hexDigits[c&15])
		}
		used += room
	}
	return out
}

// unfolded writes every property on one line. The empty line behind base64 stays.
func unfolded(data []byte) []byte {
	out := make([]byte, 0, len(data))
	for l := range logicalLines(data) {
		text := l.raw
		if isQuoted(text) {
			text = bytes.ReplaceAll(text, []byte("=\r\n"), nil)
		}
		out = append(out, bytes.ReplaceAll(text, []byte("\r\n "), nil)...)
	}
	return out
}

package contentline

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// Print writes the component in the dialect, with CRLF line ends. Lines that were well-formed when
// they were read, and whose properties still say the same, are written as they were, with the empty
// lines behind them. All others have the canonical form: MIMEDir lines fold at 75 octets, never
// inside a character; Versit values that are not plain ASCII are QUOTED-PRINTABLE in UTF-8, and
// base64 ends with a blank line; newlines in names, parameters, base64 and Junk become spaces.
// Parse reads the result back to an equal tree, if the tree came from Parse in the same dialect.
func Print(c *Component, d Dialect) []byte {
	w := &printer{dialect: d, out: make([]byte, 0, size(c))}
	w.component(c, false)
	return w.out
}

// size guesses how many bytes the print of c takes.
func size(c *Component) int {
	n := 32
	for i := range c.Props {
		p := &c.Props[i]
		if p.src != nil {
			n += len(p.src.raw)
		} else {
			n += len(p.Name) + len(p.Value)*26/25 + 24*len(p.Params) + 24
		}
		if p.Comp != nil {
			n += size(p.Comp)
		}
	}
	return n
}

type printer struct {
	dialect Dialect
	out     []byte
	base64  bool // the property written last is base64
}

// component writes c. With inline, its BEGIN line is there already.
func (w *printer) component(c *Component, inline bool) {
	f := c.frameIn(w.dialect)
	if !inline {
		w.frame("BEGIN:", c, f, f != nil && f.begin != "")
	}
	for i := range c.Props {
		inline = w.line(&c.Props[i])
		if nested := c.Props[i].Comp; nested != nil {
			w.component(nested, inline)
		}
		w.base64 = c.Props[i].Base64
	}
	w.frame("END:", c, f, f != nil && f.end != "")
}

// frame writes a BEGIN or END line, as it was if asked to.
func (w *printer) frame(word string, c *Component, f *frame, same bool) {
	switch {
	case !same:
		w.out = append(append(append(w.out, word...), oneLine(c.Name)...), "\r\n"...)
	case word == "END:":
		w.out = appendRaw(w.out, f.end, f.oddEnd)
	default:
		w.out = appendRaw(w.out, f.begin, f.oddBegin)
	}
}

// line writes what stands on the line of a property, and tells whether that opens the component
// inside it too.
func (w *printer) line(p *Property) (inline bool) {
	if o := p.current(w.dialect); o != nil {
		w.out = appendRaw(w.out, o.raw, o.odd)
		return o.inline
	}
	switch {
	case p.Junk:
		w.junk(p)
	case p.Name != "" || p.Group != "" || p.Comp == nil:
		w.property(p)
	}
	return false
}

// junk writes a line without a colon. It must be kept apart from base64 above it.
func (w *printer) junk(p *Property) {
	if w.base64 && !bytes.HasSuffix(w.out, []byte("\r\n\r\n")) {
		w.out = append(w.out, "\r\n"...)
	}
	w.out = append(append(w.out, oneLine(p.Value)...), "\r\n"...)
}

// oneLine keeps what a caller put into a tree from breaking the line that it stands on.
func oneLine(s string) string {
	if strings.IndexByte(s, '\n') < 0 && strings.IndexByte(s, '\r') < 0 {
		return s
	}
	return strings.ReplaceAll(normalNewlines(s), "\n", " ")
}

func (w *printer) property(p *Property) {
	start := len(w.out)
	if p.Group != "" {
		w.out = append(append(w.out, oneLine(p.Group)...), '.')
	}
	w.out = append(w.out, oneLine(p.Name)...)
	for _, q := range p.Params {
		w.param(q)
	}
	if w.dialect == Versit {
		w.versitValue(p, start)
		return
	}
	if p.Base64 {
		w.out = append(w.out, ";ENCODING=b"...)
	}
	w.out = append(w.out, ':')
	w.out = append(w.out, strings.ReplaceAll(normalNewlines(p.Value), "\n", `\n`)...)
	w.fold(start)
	w.out = append(w.out, "\r\n"...)
}

func (w *printer) param(q Param) {
	w.out = append(w.out, ';')
	if q.Name != "" {
		w.out = append(append(w.out, oneLine(q.Name)...), '=')
	}
	w.out = append(w.out, oneLine(q.Value)...)
}

func (w *printer) versitValue(p *Property, start int) {
	switch {
	case p.Base64:
		w.out = append(w.out, ";ENCODING=BASE64:"...)
		start = max(start, len(w.out)-70) // a fold inside the head would put white space there
		w.out = append(w.out, oneLine(p.Value)...)
		w.fold(start)
		w.out = append(w.out, "\r\n\r\n"...)
		return
	case plainText(p.Value) && !opensCard(p):
		w.out = append(append(w.out, ':'), p.Value...)
	default:
		if !isASCII(p.Value) {
			w.out = append(w.out, ";CHARSET=UTF-8"...)
		}
		w.out = append(w.out, ";ENCODING=QUOTED-PRINTABLE:"...)
		w.out = appendQuotedPrintable(w.out, normalNewlines(p.Value), len(w.out)-start)
	}
	w.out = append(w.out, "\r\n"...)
}

// plainText reports whether a value can stand in Versit as it is.
func plainText(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < ' ' || s[i] >= 0x7F {
			return false
		}
	}
	return true
}

// fold breaks what was written since start into lines of at most 75 octets.
func (w *printer) fold(start int) {
	const width = 75
	if len(w.out)-start <= width {
		return
	}
	long := append([]byte(nil), w.out[start:]...)
	w.out = w.out[:start]
	room := width
	for len(long) > room {
		cut := room
		for cut > 1 && !utf8.RuneStart(long[cut]) {
			cut--
		}
		w.out = append(append(w.out, long[:cut]...), "\r\n "...)
		long, room = long[cut:], width-1
	}
	w.out = append(w.out, long...)
}

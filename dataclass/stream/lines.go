package stream

import (
	"bytes"
	"strings"
)

// A scanner groups physical lines into logical ones the way package contentline does, so that a BEGIN
// in folded text or in QUOTED-PRINTABLE is not taken for the beginning of an item.
type scanner struct {
	src   *source
	buf   []byte // what was kept of the component that is being read
	limit int    // how long buf may become
	start int    // where in buf the logical line read last begins
	last  int    // where in buf its last physical line begins
	line  int    // the physical line on which it begins
	again bool   // it shall be given once more
	over  bool   // buf was too small; what did not fit is lost
	field field  // what the line says
}

// A field is what the scanner understands of a logical line.
type field struct {
	name  string // in upper case, without group; empty if there is no colon
	bare  bool   // there is neither a group nor a parameter
	blank bool   // there is nothing at all
	head  []byte // what stands before the value; only valid until the next line is read
}

func newScanner(src *source, limit int) *scanner { return &scanner{src: src, limit: limit} }

// reset empties the buffer, but keeps the line that shall be given again.
func (s *scanner) reset() {
	if s.again {
		s.buf = append(s.buf[:0], s.buf[s.start:]...)
	} else {
		s.buf = s.buf[:0]
	}
	s.start, s.over = 0, false
}

// unread makes next give the line read last once more, and takes it off the buffer's text.
func (s *scanner) unread() { s.again = true }

// raw is the text of the component so far, up to a line that shall be given again.
func (s *scanner) raw() []byte {
	if s.again {
		return s.buf[:s.start]
	}
	return s.buf
}

// next reads a logical line; false at the end.
func (s *scanner) next() bool {
	if s.again {
		s.again = false
		s.field = fieldOf(s.buf[s.start:])
		return true
	}
	if s.over {
		s.buf = s.buf[:0]
	}
	s.start = len(s.buf)
	if !s.src.more() {
		return false
	}
	s.physical()
	s.line = s.src.line
	s.field = field{}
	if isBlank(s.buf[s.start:]) {
		s.field.blank = true
		return true
	}
	if bytes.IndexByte(s.buf[s.start:], ':') < 0 {
		s.indented()
	}
	s.field = fieldOf(s.buf[s.start:])
	if isQuotedPrintable(s.field.head) {
		s.soft()
	}
	s.indented()
	s.unglue()
	return true
}

// unglue parts END:VCARDBEGIN:VCARD, which is what becomes of files without a last line end when they are
// put together.
func (s *scanner) unglue() {
	line := s.buf[s.start:]
	if s.field.name != "END" || !s.field.bare || len(line) > 100 {
		return
	}
	at := indexFold(line, "BEGIN:")
	if at < 0 {
		return
	}
	s.src.glue = bytes.Clone(bytes.TrimRight(line[at:], "\r\n"))
	s.buf = append(bytes.TrimSuffix(s.buf[:s.start+at], []byte(mark)), "\r\n"...)
}

// physical reads one physical line.
func (s *scanner) physical() {
	// A little of every line is kept even where the buffer is full: it tells where the item ends.
	s.last = len(s.buf)
	s.buf = s.src.next(s.buf, max(s.limit, s.start+1000))
	s.buf = append(s.buf, "\r\n"...)
	s.over = s.over || s.src.over || len(s.buf) > s.limit
	if len(s.buf) > s.limit+2000 { // a line of many short pieces
		s.buf = s.buf[:s.limit+1000]
		s.last = len(s.buf)
	}
}

// indented reads the lines that continue this one by white space.
func (s *scanner) indented() {
	for s.src.indented() {
		s.physical()
	}
}

// soft reads on behind soft line breaks. One before an END line is a phone's mistake.
func (s *scanner) soft() {
	for s.src.more() {
		text := bytes.TrimRight(s.buf[s.last:], " \t\r\n")
		switch {
		case bytes.HasSuffix(text, []byte("=")) && !s.src.ahead("END:"), s.src.indented():
			s.physical()
		default:
			return
		}
	}
}

// value gives what stands behind the colon of the line read last, unfolded and without blanks around.
func (s *scanner) value() string {
	text := unfold(s.buf[s.start:])
	colon, _ := colonOf(text)
	return strings.TrimSpace(string(text[colon+1:]))
}

// isBlank reports whether a line says nothing: white space, NUL, and the mark that ended files once.
func isBlank(line []byte) bool {
	return len(bytes.Trim(bytes.TrimPrefix(line, []byte(mark)), " \t\r\n\x00\x1a")) == 0
}

// fieldOf takes a logical line apart, of which only the head has to be there.
func fieldOf(raw []byte) field {
	first := raw
	if i := bytes.IndexByte(raw, '\n'); i >= 0 {
		first = raw[:i]
	}
	colon, closed := colonOf(first)
	if (colon < 0 || !closed) && len(first) < len(raw)-1 {
		first = unfold(raw)
		colon, _ = colonOf(first)
	}
	if colon < 0 {
		return field{}
	}
	f := field{head: first[:colon]}
	name := f.head
	if i := bytes.IndexByte(name, ';'); i >= 0 {
		name = name[:i]
	}
	dot := bytes.LastIndexByte(name, '.')
	f.bare = dot < 0 && len(name) == len(f.head)
	name = bytes.TrimPrefix(bytes.TrimSpace(name[dot+1:]), []byte(mark))
	f.name = strings.ToUpper(string(name[:min(len(name), 64)]))
	return f
}

// colonOf finds the colon before the value: the first outside of quotes, unless those are not closed.
func colonOf(line []byte) (at int, closed bool) {
	colon := bytes.IndexByte(line, ':')
	if colon < 0 || bytes.IndexByte(line[:colon], '"') < 0 {
		return colon, true
	}
	quoted := false
	for i, c := range line {
		switch {
		case c == '"':
			quoted = !quoted
		case c == ':' && !quoted:
			return i, true
		}
	}
	return colon, false
}

func isQuotedPrintable(head []byte) bool {
	return indexWord(head, "QUOTED-PRINTABLE") >= 0
}

// unfold joins physical lines, each without the first octet of those that follow.
func unfold(raw []byte) []byte {
	raw = bytes.TrimSuffix(raw, []byte("\r\n"))
	if bytes.IndexByte(raw, '\n') < 0 {
		return raw
	}
	out := make([]byte, 0, len(raw))
	for i, line := range bytes.Split(raw, []byte("\r\n")) {
		if i > 0 && len(line) > 0 {
			line = line[1:]
		}
		out = append(out, line...)
	}
	return out
}

func countLines(raw []byte) int { return bytes.Count(raw, []byte("\n")) }

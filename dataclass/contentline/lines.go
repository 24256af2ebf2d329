package contentline

import "strings"

// lines cuts a text into physical lines. CRLF, LF and a lone CR end a line; a CR before CRLF is
// taken with it, as twice converted files have it.
type lines struct {
	s    string
	pos  int  // where the next line begins
	lf   int  // where the next LF is, at or after pos; len(s) if there is none
	line int  // number of the line returned last
	odd  bool // a line ended in another way than with CRLF since somebody cleared this
}

func newLines(s string) lines {
	l := lines{s: s, lf: -1}
	l.findLF()
	return l
}

func (l *lines) findLF() {
	if l.lf >= l.pos {
		return
	}
	if i := strings.IndexByte(l.s[l.pos:], '\n'); i >= 0 {
		l.lf = l.pos + i
	} else {
		l.lf = len(l.s)
	}
}

// more reports whether there is another line.
func (l *lines) more() bool { return l.pos < len(l.s) }

// next returns the next line without its end.
func (l *lines) next() string {
	l.line++
	seg := l.s[l.pos:l.lf]
	cr := strings.IndexByte(seg, '\r')
	if cr >= 0 && cr == len(seg)-1 && l.lf < len(l.s) { // CRLF
		l.pos = l.lf + 1
		l.findLF()
		return seg[:cr]
	}
	l.odd = true
	if cr < 0 {
		l.pos = min(l.lf+1, len(l.s))
		l.findLF()
		return seg
	}
	end := cr + 1
	if l.pos+end+1 == l.lf && l.lf < len(l.s) && seg[end] == '\r' { // CR CRLF
		end += 2
	}
	l.pos += end
	l.findLF()
	return seg[:cr]
}

// indented reports whether the next line begins with white space, and so continues this one.
func (l *lines) indented() bool {
	return l.pos < len(l.s) && isBlank(l.s[l.pos])
}

// peek returns the next line without consuming it.
func (l *lines) peek() string {
	c := *l
	return c.next()
}

// skipEmpty consumes the lines that have nothing in them, not even white space.
func (l *lines) skipEmpty() (some bool) {
	for l.more() && l.s[l.pos] < ' ' && l.peek() == "" {
		l.next()
		some = true
	}
	return some
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

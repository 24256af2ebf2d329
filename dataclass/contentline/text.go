package contentline

import "strings"

// Unescape takes the escapes of a text value off. MIMEDir knows \n, \N, \\, \, and \; (and \:,
// which some write); a backslash before anything else is a backslash.
//
// Versit has no escape but \; in components. Programs write \, and \: as well, and some double every
// backslash, while phones write C:\temp and \\server\share as they are. So in front of one of the three
// marks two backslashes are one, as they are in a value where they stand in pairs throughout; where a
// single one stands elsewhere, nobody doubled it, and all of them are text. At the end an even number
// of them is half as many, so that a component can end with one.
func Unescape(d Dialect, s string) string {
	switch {
	case strings.IndexByte(s, '\\') < 0:
		return s
	case d == Versit:
		return unescapeVersit(s)
	}
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		switch c := s[i+1]; {
		case c == 'n' || c == 'N':
			b.WriteByte('\n')
		case c == '\\' || isSeparator(c):
			b.WriteByte(c)
		default:
			b.WriteByte('\\')
			continue
		}
		i++
	}
	return b.String()
}

func unescapeVersit(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	asIs := isSingle(s, true)
	for s != "" {
		run, rest := backslashes(s)
		n := len(run)
		if !asIs || endsRun(rest) && (rest != "" || n%2 == 0) {
			n /= 2
		}
		b.WriteString(run[:n])
		end := strings.IndexByte(rest, '\\')
		if end < 0 {
			end = len(rest)
		}
		b.WriteString(rest[:end])
		s = rest[end:]
	}
	return b.String()
}

// isSingle reports whether s has a backslash that nobody can have doubled: an odd number of them in
// front of what needs no escape, or, if that counts, at the end.
func isSingle(s string, atEnd bool) bool {
	for {
		at := strings.IndexByte(s, '\\')
		if at < 0 {
			return false
		}
		run, rest := backslashes(s[at:])
		if len(run)%2 == 1 && (!endsRun(rest) || rest == "" && atEnd) {
			return true
		}
		s = rest
	}
}

// endsRun reports whether backslashes in front of rest have a meaning of their own.
func endsRun(rest string) bool { return rest == "" || isSeparator(rest[0]) }

// backslashes cuts the backslashes off that s begins with.
func backslashes(s string) (run, rest string) {
	rest = strings.TrimLeft(s, `\`)
	return s[:len(s)-len(rest)], rest
}

// isSeparator reports whether c is what programs put a backslash in front of.
func isSeparator(c byte) bool { return c == ',' || c == ';' || c == ':' }

// Escape puts on the escapes of a text value: in MIMEDir backslash, newline and, as far as seps
// names them, comma and semicolon; in Versit seps, and backslashes only where they would be taken
// for escapes: people read them on phones that know none. Newlines of any sort become LF before.
// Unescape undoes it.
func Escape(d Dialect, s, seps string) string {
	s = normalNewlines(s)
	if !strings.ContainsAny(s, "\\\n") && !strings.ContainsAny(s, seps) {
		return s
	}
	if d == Versit {
		return escapeVersit(s, seps)
	}
	var b strings.Builder
	b.Grow(len(s) + 8)
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\n':
			b.WriteString(`\n`)
		case c == '\\' || strings.IndexByte(seps, c) >= 0:
			b.WriteByte('\\')
			b.WriteByte(c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

func escapeVersit(s, seps string) string {
	var b strings.Builder
	b.Grow(len(s) + 8)
	whole := seps == ""
	asIs := isSingle(s, whole)
	for s != "" {
		run, rest := backslashes(s)
		b.WriteString(run)
		if atEnd := rest == "" && whole && len(run)%2 == 1; !asIs || endsRun(rest) && !atEnd {
			b.WriteString(run)
		}
		if rest == "" {
			break
		}
		if strings.IndexByte(seps, rest[0]) >= 0 {
			b.WriteByte('\\')
		}
		b.WriteByte(rest[0])
		s = rest[1:]
	}
	return b.String()
}

// Split cuts an escaped value at every unescaped octet that occurs in seps. The parts are still
// escaped. An empty value is one empty part.
func Split(s, seps string) []string {
	if !strings.ContainsAny(s, seps) {
		return []string{s}
	}
	out := make([]string, 0, 8)
	start := 0
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' {
			i++
		} else if strings.IndexByte(seps, s[i]) >= 0 {
			out = append(out, s[start:i])
			start = i + 1
		}
	}
	return append(out, s[start:])
}

package contentline

import "strings"

// Unescape takes the escapes of a text value off. MIMEDir knows \n, \N, \\, \, and \; (and \:,
// which some write); Versit knows the same without the newline. A backslash before anything
// else is a backslash.
func Unescape(d Dialect, s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		switch c := s[i+1]; {
		case (c == 'n' || c == 'N') && d == MIMEDir:
			b.WriteByte('\n')
		case c == '\\' || c == ',' || c == ';' || c == ':':
			b.WriteByte(c)
		default:
			b.WriteByte('\\')
			continue
		}
		i++
	}
	return b.String()
}

// Escape puts on the escapes of a text value: in MIMEDir backslash, newline and, as far as seps
// names them, comma and semicolon; in Versit backslash and seps. Newlines of any sort become LF
// before. Unescape undoes it.
func Escape(d Dialect, s, seps string) string {
	s = normalNewlines(s)
	if !strings.ContainsAny(s, "\\\n") && !strings.ContainsAny(s, seps) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 8)
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\n' && d == MIMEDir:
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

package xmltree

import (
	"strings"
	"unicode/utf8"
)

// IsName tells whether s can be the local name of an element or attribute: a name without colon
// (Namespaces in XML 1.0, NCName).
func IsName(s string) bool {
	n := nameLen(s)
	return n > 0 && n == len(s) && strings.IndexByte(s, ':') < 0
}

// nameLen gives the length of the name that s begins with, colons included; 0 if there is none.
func nameLen(s string) int {
	i := 0
	for i < len(s) {
		if c := s[i]; c < utf8.RuneSelf {
			if !nameByte[c] || i == 0 && (c == '-' || c == '.' || '0' <= c && c <= '9') {
				return i
			}
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n < 2 || !nameRune(r, i == 0) {
			return i
		}
		i += n
	}
	return i
}

// nameByte marks the ASCII bytes that a name may hold.
var nameByte = func() (t [utf8.RuneSelf]bool) {
	for c := range t {
		lower := byte(c) | 0x20
		t[c] = 'a' <= lower && lower <= 'z' || '0' <= c && c <= '9' || strings.IndexByte("-._:", byte(c)) >= 0
	}
	return t
}()

// nameRune tells whether a rune beyond ASCII may stand in a name (XML 1.0 fifth edition, section 2.3).
func nameRune(r rune, first bool) bool {
	switch {
	case r < 0x300:
		return r >= 0xC0 && r != 0xD7 && r != 0xF7 || r == 0xB7 && !first
	case r <= 0x36F, r == 0x203F, r == 0x2040:
		return !first
	case r < 0x2000:
		return r != 0x37E
	case r < 0x3001:
		return r == 0x200C || r == 0x200D || 0x2070 <= r && r <= 0x218F || 0x2C00 <= r && r <= 0x2FEF
	}
	return r <= 0xD7FF || 0xF900 <= r && r <= 0xFDCF || 0xFDF0 <= r && r <= 0xFFFD || 0x10000 <= r && r <= 0xEFFFF
}

// legalRune tells whether XML can hold the rune (XML 1.0, section 2.2).
func legalRune(r rune) bool {
	switch {
	case r < 0x20:
		return r == '\t' || r == '\n' || r == '\r'
	case r <= 0xD7FF:
		return true
	}
	return 0xE000 <= r && r <= 0xFFFD || 0x10000 <= r && r <= 0x10FFFF
}

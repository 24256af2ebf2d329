package contentline

import (
	"strings"
	"unicode/utf8"
)

// unquotedPrintable decodes the text of one value whose soft breaks are already gone. It is
// forgiving: an equals sign that begins no pair of hexadecimal digits is taken literally, or
// dropped where it stands directly before another encoded byte, as some phones double it.
func unquotedPrintable(s string) string {
	if strings.IndexByte(s, '=') < 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '=' {
			b.WriteByte(s[i])
			continue
		}
		if c, ok := hexPair(s, i+1); ok {
			b.WriteByte(c)
			i += 2
			continue
		}
		if i+1 < len(s) && s[i+1] == '=' {
			if _, ok := hexPair(s, i+2); ok {
				continue
			}
		}
		b.WriteByte('=')
	}
	return b.String()
}

// splitsEncoded reports whether the blank that begins the line behind a soft break is a fold, as some write
// beside it: it stands between the encoded octets of one character.
func splitsEncoded(before []byte, next string) bool {
	if len(next) < 4 || (next[0] != ' ' && next[0] != '\t') || next[1] != '=' {
		return false
	}
	c, ok := hexPair(next, 2)
	if !ok || c&0xC0 != 0x80 {
		return false
	}
	var tail []byte
	for end := len(before); end >= 3 && before[end-3] == '=' && len(tail) < utf8.UTFMax; end -= 3 {
		c, ok := hexPair(string(before[end-2:end]), 0)
		if !ok {
			return false
		}
		if tail = append([]byte{c}, tail...); utf8.RuneStart(c) {
			return !utf8.FullRune(tail)
		}
	}
	return false
}

func hexPair(s string, i int) (byte, bool) {
	if i+1 >= len(s) {
		return 0, false
	}
	hi, ok1 := hexDigit(s[i])
	lo, ok2 := hexDigit(s[i+1])
	return hi<<4 | lo, ok1 && ok2
}

func hexDigit(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10, true
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10, true
	}
	return 0, false
}

// normalNewlines turns CRLF, lone CR and the LFCR of confused phones into LF.
func normalNewlines(s string) string {
	if strings.IndexByte(s, '\r') < 0 {
		return s
	}
	return newlines.Replace(s)
}

var newlines = strings.NewReplacer("\r\n", "\n", "\n\r", "\n", "\r", "\n")

const upperHex = "0123456789ABCDEF"

// appendQuotedPrintable encodes s behind the col octets that already stand on the line. Every
// newline becomes =0D=0A followed by a soft break; lines stay within 76 octets,
// begin with no blank and never look like an END line.
func appendQuotedPrintable(dst []byte, s string, col int) []byte {
	for i := 0; i < len(s); i++ {
		c := s[i]
		width := 1
		if !plainQP(c) || (c == ' ' && (i+1 == len(s) || s[i+1] == '\n')) {
			width = 3
		}
		if c == '\n' {
			width = 6
		}
		if col+width > 75 {
			dst, col = append(dst, "=\r\n"...), 0
		}
		if col == 0 && (c == ' ' || isEnd(s[i:])) { // it would look like a fold, or like the end
			width = 3
		}
		switch {
		case c == '\n':
			dst = append(dst, "=0D=0A"...)
			if i+1 < len(s) {
				dst, col, width = append(dst, "=\r\n"...), 0, 0
			}
		case width == 3:
			dst = append(dst, '=', upperHex[c>>4], upperHex[c&15])
		default:
			dst = append(dst, c)
		}
		col += width
	}
	return dst
}

func plainQP(c byte) bool { return c >= ' ' && c < 0x7F && c != '=' }

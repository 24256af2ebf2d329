package davitem

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// casemap gives a text so that those that are the same to i;unicode-casemap (RFC 5051) are equal: each character in title
// case, taken apart into what it is composed of, one after another. So an ö is the same in one piece and in two, and so are ﬁ
// and fi. As the RFC has it the pieces are not put in another order: what is part of a text is part of it afterwards.
func casemap(s string) string {
	if isASCII(s) {
		return strings.ToLower(s)
	}
	var b strings.Builder
	b.Grow(len(s) + len(s)/4)
	for _, r := range s {
		b.WriteString(strings.ToLower(pieces(unicode.ToTitle(r))))
	}
	return b.String()
}

// pieces gives what a character is composed of.
func pieces(r rune) string {
	var buf [utf8.UTFMax]byte
	whole := buf[:utf8.EncodeRune(buf[:], r)]
	if r < utf8.RuneSelf || norm.NFKD.IsNormal(whole) {
		return string(r)
	}
	return string(norm.NFKD.Bytes(whole))
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

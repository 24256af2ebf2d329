package xmltree

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// where says what sort of characters unescape looks at.
type where int

const (
	inText where = iota
	inAttr
	inCDATA
)

// What a byte asks for.
const (
	rewrite   = 1 << iota // & and CR: to be replaced in reading
	illegal               // cannot stand in XML
	high                  // part of a longer rune, to be checked
	bracket               // perhaps a stray "]]>"
	attrSpace             // a space in an attribute value
	escape                // to be replaced in writing only
)

var class = func() (t [256]byte) {
	for c := range t {
		switch {
		case c == '\t' || c == '\n':
			t[c] = attrSpace
		case c == '&' || c == '\r':
			t[c] = rewrite
		case c < 0x20:
			t[c] = illegal
		case c >= utf8.RuneSelf:
			t[c] = high
		case c == ']':
			t[c] = bracket
		case c == '<' || c == '>' || c == '"':
			t[c] = escape
		}
	}
	return t
}()

// unescape checks the characters of raw, which stands at offset at, and gives what they mean.
func (p *parser) unescape(raw string, at int, w where) (string, error) {
	var found byte
	for i := 0; i < len(raw); i++ {
		found |= class[raw[i]]
	}
	if !p.l.Lax {
		if err := p.checkChars(raw, at, found, w); err != nil {
			return "", err
		}
	}
	if found&rewrite == 0 && (w != inAttr || found&attrSpace == 0) {
		return raw, nil
	}
	return p.replace(raw, at, w)
}

func (p *parser) checkChars(raw string, at int, found byte, w where) error {
	if found&illegal != 0 {
		return p.fail(ErrSyntax, at, "control character")
	}
	if found&high != 0 && (!utf8.ValidString(raw) || strings.Contains(raw, "\uFFFE") || strings.Contains(raw, "\uFFFF")) {
		return p.fail(ErrSyntax, at, "character that is not UTF-8 or not legal in XML")
	}
	if found&bracket != 0 && w == inText && strings.Contains(raw, "]]>") {
		return p.fail(ErrSyntax, at, `"]]>" in text`)
	}
	return nil
}

// replace does references, line ends and the white space of attributes.
func (p *parser) replace(raw string, at int, w where) (string, error) {
	var b strings.Builder
	b.Grow(len(raw))
	done := 0
	for i := 0; i < len(raw); {
		c := raw[i]
		if class[c]&(rewrite|attrSpace) == 0 || class[c] == attrSpace && w != inAttr || c == '&' && w == inCDATA {
			i++
			continue
		}
		with, n := replacement(raw[i:], w)
		if n == 0 {
			if !p.l.Lax {
				return "", p.fail(ErrSyntax, at+i, "unknown reference")
			}
			i++
			continue
		}
		b.WriteString(raw[done:i])
		b.WriteString(with)
		i += n
		done = i
	}
	b.WriteString(raw[done:])
	return b.String(), nil
}

// replacement gives what stands for the first n bytes of s; n is 0 for a reference without meaning.
func replacement(s string, w where) (with string, n int) {
	if s[0] == '&' {
		return reference(s)
	}
	n = 1
	if strings.HasPrefix(s, "\r\n") {
		n = 2
	}
	if w == inAttr {
		return " ", n
	}
	return "\n", n
}

// maxReference is more than the longest reference needs: leading zeros are the only thing that could
// make it longer.
const maxReference = 32

// reference resolves the reference that s begins with.
func reference(s string) (with string, n int) {
	end := strings.IndexByte(s[:min(len(s), maxReference)], ';')
	if end < 0 {
		return "", 0
	}
	switch name := s[1:end]; {
	case name == "lt":
		with = "<"
	case name == "gt":
		with = ">"
	case name == "amp":
		with = "&"
	case name == "quot":
		with = `"`
	case name == "apos":
		with = "'"
	case strings.HasPrefix(name, "#"):
		with = charReference(name[1:])
	}
	if with == "" {
		return "", 0
	}
	return with, end + 1
}

// charReference gives the character with that number, "" if it is none or not legal in XML.
func charReference(number string) string {
	base := 10
	if strings.HasPrefix(number, "x") {
		number, base = number[1:], 16
	}
	r, err := strconv.ParseUint(number, base, 21)
	if err != nil || !legalRune(rune(r)) {
		return ""
	}
	return string(rune(r))
}

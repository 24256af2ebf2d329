package dataclass

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/unicode/norm"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

// A charset tells which characters a side has, and how many octets they take there.
type charset struct {
	below rune              // it has the characters below this one
	enc   encoding.Encoding // and those that this can encode; nil for no more
	known map[rune]int      // octets of characters that were looked up; 0 for those it lacks
}

var utf8Charset = &charset{below: utf8.MaxRune + 1}

// charsetNamed finds a character set. The Encoding Standard means Windows-1252 by ISO-8859-1 and by
// US-ASCII; devices do not.
func charsetNamed(name string) (*charset, bool) {
	switch n := strings.ToLower(strings.TrimSpace(name)); n {
	case "", "utf-8", "utf8":
		return utf8Charset, true
	case "us-ascii", "ascii", "ansi_x3.4-1968", "iso646-us":
		return &charset{below: 0x80}, true
	case "iso-8859-1", "iso8859-1", "iso_8859-1", "latin1", "l1":
		return &charset{below: 0x100}, true
	default:
		enc, err := htmlindex.Get(n)
		if err != nil {
			return nil, false
		}
		if canonical, err := htmlindex.Name(enc); err != nil || canonical == "replacement" || canonical == "x-user-defined" {
			return nil, false
		}
		return &charset{enc: enc, known: make(map[rune]int)}, true
	}
}

// octets gives the length of r, 0 if the character set lacks it.
func (c *charset) octets(r rune) int {
	switch {
	case c == utf8Charset:
		return utf8.RuneLen(r)
	case r < c.below:
		return 1
	case c.enc == nil:
		return 0
	}
	n, ok := c.known[r]
	if !ok {
		if out, err := c.enc.NewEncoder().String(string(r)); err == nil {
			n = len(out)
		}
		c.known[r] = n
	}
	return n
}

func (c *charset) has(s string) bool {
	if c == utf8Charset {
		return true
	}
	for _, r := range s {
		if c.octets(r) == 0 {
			return false
		}
	}
	return true
}

// fold gives s with the characters that c has. It makes neither separators nor backslashes, so
// that it can be used on escaped text.
func (c *charset) fold(s string) string {
	if c.has(s) {
		return s
	}
	var b strings.Builder
	for _, r := range norm.NFC.String(s) {
		if c.octets(r) > 0 {
			b.WriteRune(r)
			continue
		}
		b.WriteString(c.instead(r))
	}
	return b.String()
}

// instead gives what stands for a character that c lacks: itself without its marks, what it is
// made of, what it is spelled with, or a question mark. A mark of its own is left out.
func (c *charset) instead(r rune) string {
	if attached(r) {
		return ""
	}
	if s, ok := spelled[r]; ok && c.has(s) {
		return s
	}
	var b strings.Builder
	for _, d := range norm.NFKD.String(string(r)) {
		switch {
		case unicode.Is(unicode.Mn, d):
		case d < ' ' || strings.ContainsRune("\\,;:\"", d) || c.octets(d) == 0:
			return "?"
		default:
			b.WriteRune(d)
		}
	}
	if b.Len() == 0 {
		return "?"
	}
	return b.String()
}

// spelled gives what people write where a character is missing.
var spelled = map[rune]string{
	'ß': "ss", 'ẞ': "SS", 'æ': "ae", 'Æ': "AE", 'ø': "o", 'Ø': "O", 'œ': "oe", 'Œ': "OE", 'å': "a", 'Å': "A",
	'đ': "d", 'Đ': "D", 'ð': "d", 'Ð': "D", 'ł': "l", 'Ł': "L", 'þ': "th", 'Þ': "Th", 'ħ': "h", 'Ħ': "H", 'ı': "i",
	'‘': "'", '’': "'", '‚': "'", '‛': "'", '′': "'", '“': `"`, '”': `"`, '„': `"`, '‟': `"`, '″': `"`,
	'«': "<<", '»': ">>", '‹': "<", '›': ">",
	'‐': "-", '‑': "-", '‒': "-", '–': "-", '—': "-", '―': "-", '−': "-", '•': "*", '·': ".", '…': "...",
	'€': "EUR", '£': "GBP", '¥': "JPY", '©': "(c)", '®': "(R)", '™': "TM", '×': "x", '÷': "/", '⁄': "/",
	'\u00A0': " ", '\u2028': " ", '\u2029': " ",
}

// attached reports whether r belongs to the character before it and shows nothing alone.
func attached(r rune) bool {
	switch {
	case unicode.In(r, unicode.Mn, unicode.Me), r == 0x200C, r == 0x200D, r >= 0xFE00 && r <= 0xFE0F, r >= 0x1F3FB && r <= 0x1F3FF:
		return true
	}
	return r >= 0xE0020 && r <= 0xE007F
}

// foldComponent writes everything in c with the characters of cs, also in components inside it.
// What would not work any more with other characters (mail and web addresses) is left out.
func foldComponent(c *contentline.Component, d dialect, cs *charset) (changed bool) {
	var gone []int
	for i := range c.Props {
		p := &c.Props[i]
		if p.Comp != nil && foldComponent(p.Comp, d, cs) {
			changed = true
		}
		if !p.Base64 && !cs.has(p.Value) {
			changed = true
			if p.Value = cs.fold(p.Value); isAddress(p, d) {
				gone = append(gone, i)
			}
		}
		if params, ok := foldParams(p.Params, cs); ok {
			p.Params, changed = params, true
		}
	}
	leaveOut(c, d, gone)
	return changed
}

// isAddress reports whether a value is nothing any more if one character of it is another one.
func isAddress(p *contentline.Property, d dialect) bool {
	name := upper(p.Name)
	k := d.trait(name).kind
	return !p.Junk && (k == kindURI || k == kindMedia || name == "EMAIL")
}

// foldParams gives parameters with other characters; false if there is nothing to do.
func foldParams(params []contentline.Param, cs *charset) ([]contentline.Param, bool) {
	var out []contentline.Param
	for i, q := range params {
		if cs.has(q.Value) {
			continue
		}
		if out == nil {
			out = append(out, params...)
		}
		out[i].Value = cs.fold(paramQuotes.Replace(q.Value))
	}
	return out, out != nil
}

// paramQuotes takes away what would become the quote that a parameter cannot hold.
var paramQuotes = strings.NewReplacer("“", "'", "”", "'", "„", "'", "‟", "'", "″", "'")

package dataclass

import (
	"encoding/base64"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// A modelProp is one property by meaning; render writes it in one of the many possible ways.
type modelProp struct {
	group, name string
	types       []string
	sep         string // between fields; empty for a single text
	fields      []string
	media       []byte
	unknown     string // the escaped value, for properties without meaning
}

type modelCard []modelProp

// A style is one way to write a card.
type style struct {
	f       Format
	fold    int  // octets of a line in 3.0
	lower   bool // names and types in lower case
	split   bool // TYPE=a;TYPE=b instead of TYPE=a,b
	named   bool // 2.1 types as TYPE=
	latin1  bool // 2.1 text in ISO-8859-1 where possible
	raw8    bool // 2.1 text in eight bits instead of QUOTED-PRINTABLE
	lf      bool
	reverse bool
	prodid  bool
}

var textRunes = []rune("abcXYZ 019äöüß€😀é\\;,:=\"'\n-+/")

func drawText(t *rapid.T, label string) string {
	s := rapid.StringOfN(rapid.SampledFrom(textRunes), 1, 40, -1).Draw(t, label)
	return "t" + s + "t"
}

func drawTypes(t *rapid.T) []string {
	return rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"HOME", "WORK", "CELL", "FAX", "PREF"}), 0, 3,
		func(s string) string { return s }).Draw(t, "types")
}

func drawDigits(t *rapid.T) string {
	return "+" + rapid.StringMatching(`[1-9][0-9]{0,2} [0-9]{4,8}`).Draw(t, "number")
}

// drawCard draws a card whose single properties occur once.
func drawCard(t *rapid.T) modelCard {
	var c modelCard
	has := func(name string) bool { return rapid.Bool().Draw(t, "has "+name) }
	c = append(c, modelProp{name: "N", sep: ";", fields: []string{drawText(t, "family"), drawText(t, "given")}})
	for _, name := range []string{"FN", "NOTE", "TITLE"} {
		if has(name) {
			c = append(c, modelProp{name: name, fields: []string{drawText(t, name)}})
		}
	}
	for range rapid.IntRange(0, 4).Draw(t, "phones") {
		c = append(c, modelProp{name: "TEL", types: drawTypes(t), fields: []string{drawDigits(t)}})
	}
	for range rapid.IntRange(0, 2).Draw(t, "mails") {
		mail := rapid.StringMatching(`[a-z]{1,6}@example\.org`).Draw(t, "mail")
		c = append(c, modelProp{name: "EMAIL", types: drawTypes(t), fields: []string{mail}})
	}
	if has("ADR") {
		c = append(c, modelProp{name: "ADR", types: drawTypes(t), sep: ";",
			fields: []string{"", "", drawText(t, "street"), drawText(t, "city"), "", "", ""}})
	}
	if has("CATEGORIES") {
		c = append(c, modelProp{name: "CATEGORIES", sep: ",", fields: []string{drawText(t, "c1"), drawText(t, "c2")}})
	}
	if has("PHOTO") {
		c = append(c, modelProp{name: "PHOTO", media: rapid.SliceOfN(rapid.Byte(), 1, 200).Draw(t, "photo")})
	}
	if has("X-SPOUSE") {
		c = append(c, modelProp{name: "X-SPOUSE", unknown: rapid.StringMatching(`[a-z;,]{1,80}`).Draw(t, "x")})
	}
	if has("label") {
		c = append(c, modelProp{group: "item1", name: "URL", fields: []string{"http://example.org/a,b;c"}},
			modelProp{group: "item1", name: "X-ABLabel", unknown: rapid.StringMatching(`[a-z]{1,9}`).Draw(t, "label")})
	}
	return c
}

func drawStyle(t *rapid.T) style {
	f := VCard30
	if rapid.Bool().Draw(t, "2.1") {
		f = VCard21
	}
	b := func(name string) bool { return rapid.Bool().Draw(t, name) }
	return style{f: f, fold: rapid.SampledFrom([]int{0, 7, 20, 75}).Draw(t, "fold"), lower: b("lower"), split: b("split"),
		named: b("named"), latin1: b("latin1"), raw8: b("raw8"), lf: b("lf"), reverse: b("reverse"), prodid: b("prodid")}
}

// render writes the card in the style.
func (c modelCard) render(s style) []byte {
	var b strings.Builder
	b.WriteString("BEGIN:VCARD\r\nVERSION:" + s.f.Version + "\r\n")
	if s.prodid {
		b.WriteString("PRODID:-//Example//EN\r\nREV:20100328T103410Z\r\nUID:7\r\nTITLE2:\r\n")
	}
	props := slices.Clone(c)
	if s.reverse {
		slices.Reverse(props)
	}
	for _, p := range props {
		if s.f == VCard21 {
			b.WriteString(p.render21(s))
		} else {
			b.WriteString(p.render30(s))
		}
	}
	b.WriteString("END:VCARD\r\n")
	out := b.String()
	if s.lf {
		out = strings.ReplaceAll(out, "\r\n", "\n")
	}
	return []byte(out)
}

func (p modelProp) head(s style) string {
	h := p.name
	if p.group != "" {
		h = p.group + "." + h
	}
	if s.lower {
		h = strings.ToLower(h)
	}
	return h
}

func (p modelProp) render30(s style) string {
	h := p.head(s)
	switch {
	case s.split:
		for _, t := range p.types {
			h += ";TYPE=" + t
		}
	case len(p.types) > 0:
		h += ";TYPE=" + strings.Join(p.types, ",")
	}
	if s.lower {
		h = strings.ToLower(h)
	}
	esc := strings.NewReplacer(`\`, `\\`, "\n", `\n`, ";", `\;`, ",", `\,`)
	v := p.unknown
	switch {
	case p.media != nil:
		h, v = h+";TYPE=image/jpeg;ENCODING=b", base64.StdEncoding.EncodeToString(p.media)
	case p.unknown == "":
		fields := make([]string, len(p.fields))
		for i, f := range p.fields {
			fields[i] = esc.Replace(f)
		}
		v = strings.Join(fields, p.sep)
	}
	line := h + ":" + v
	if s.fold == 0 {
		return line + "\r\n"
	}
	var b strings.Builder
	for len(line) > s.fold {
		b.WriteString(line[:s.fold] + "\r\n ")
		line = line[s.fold:]
	}
	return b.String() + line + "\r\n"
}

func (p modelProp) render21(s style) string {
	h := p.head(s)
	for _, t := range p.types {
		if s.named {
			t = "TYPE=" + t
		}
		if s.lower {
			t = strings.ToLower(t)
		}
		h += ";" + t
	}
	if p.media != nil {
		text := base64.StdEncoding.EncodeToString(p.media)
		if s.raw8 {
			return h + ";JPEG;BASE64:\r\n  " + text + "\r\n\r\n"
		}
		return h + ";TYPE=JPEG;ENCODING=BASE64:" + text + "\r\n\r\n"
	}
	v := p.unknown
	if v == "" {
		esc := strings.NewReplacer()
		if p.sep != "" {
			esc = strings.NewReplacer(p.sep, `\`+p.sep, ";", `\;`)
		}
		fields := make([]string, len(p.fields))
		for i, f := range p.fields {
			if singleBackslash.MatchString(f) {
				f = escapeLike.ReplaceAllString(f, "$1$1$2")
			} else {
				f = strings.ReplaceAll(f, `\`, `\\`)
			}
			fields[i] = esc.Replace(f)
		}
		v = strings.Join(fields, p.sep)
	}
	return h + p.encode21(v, s) + "\r\n"
}

// escapeLike finds backslashes that would be taken for escapes in 2.1.
var escapeLike = regexp.MustCompile(`(\\+)([,;:])`)

// singleBackslash finds backslashes that nobody would take for doubled ones.
var singleBackslash = regexp.MustCompile(`(^|[^\\])(\\\\)*\\[^\\,;:]`)

// encode21 gives parameters, colon and value.
func (p modelProp) encode21(v string, s style) string {
	v = strings.ReplaceAll(v, "\n", "\r\n")
	charset := ";CHARSET=UTF-8"
	if l, ok := latin1(v); ok && s.latin1 {
		v, charset = l, ";CHARSET=ISO-8859-1"
	}
	if s.raw8 && !strings.Contains(v, "\n") {
		return charset + ":" + v
	}
	var b strings.Builder
	b.WriteString(charset + ";ENCODING=QUOTED-PRINTABLE:")
	for i := range len(v) {
		if c := v[i]; c < ' ' || c >= 0x7F || c == '=' {
			fmt.Fprintf(&b, "=%02X", c)
		} else {
			b.WriteByte(c)
		}
		if i%30 == 29 && !s.latin1 {
			b.WriteString("=\r\n")
		}
	}
	return b.String()
}

func latin1(s string) (string, bool) {
	var b []byte
	for _, r := range s {
		if r > 0xFF {
			return "", false
		}
		b = append(b, byte(r))
	}
	return string(b), true
}

func mustDecode(t interface {
	Helper()
	Fatalf(string, ...any)
}, data string) *Item {
	t.Helper()
	it, err := Decode(Contacts, Body{Data: []byte(data)})
	if err != nil {
		t.Fatalf("decode %q: %v", data, err)
	}
	return it
}

// card makes a 3.0 card of content lines.
func card(t *testing.T, lines ...string) *Item {
	t.Helper()
	return mustDecode(t, "BEGIN:VCARD\r\nVERSION:3.0\r\n"+join(lines)+"END:VCARD\r\n")
}

// oldCard makes a 2.1 card of content lines.
func oldCard(t *testing.T, lines ...string) *Item {
	t.Helper()
	return mustDecode(t, "BEGIN:VCARD\r\nVERSION:2.1\r\n"+join(lines)+"END:VCARD\r\n")
}

func join(lines []string) string {
	if len(lines) == 0 {
		return ""
	}
	return strings.Join(lines, "\r\n") + "\r\n"
}

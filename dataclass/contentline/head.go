package contentline

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Encodings as the reader tells them apart. Anything else stays an ordinary parameter.
const (
	encNone   = ""
	encQP     = "QP"
	encBase64 = "B"
)

// A head is where a logical line is cut.
type head struct {
	line  string
	colon int  // -1 if there is none
	bare  bool // quotes are ordinary characters: one is not closed
}

// A scanner looks for the colon between the parameters and the value, piece by piece: a colon
// inside quotes does not count.
type scanner struct {
	quoted bool
	any    int // the first colon, quoted or not; -1 before it was seen
}

// scan looks at s from the offset on and gives the colon, or -1.
func (sc *scanner) scan(s []byte, from int) int {
	for i := from; i < len(s); i++ {
		switch s[i] {
		case '"':
			sc.quoted = !sc.quoted
		case ':':
			if !sc.quoted {
				return i
			}
			if sc.any < 0 {
				sc.any = i
			}
		}
	}
	return -1
}

// cut finds the colon of the line that begins with first. Lines that continue it are joined only
// as far as the colon stands in one of them. Where no colon stands outside quotes, the quotes are
// not closed, and the first colon counts.
func (p *parser) cut(first string) (head, error) {
	colon := strings.IndexByte(first, ':')
	if colon >= 0 && strings.IndexByte(first[:colon], '"') < 0 {
		return head{first, colon, false}, nil
	}
	sc := scanner{any: -1}
	b := []byte(first)
	if at := sc.scan(b, 0); at >= 0 {
		return head{first, at, false}, nil
	}
	single := p.lines
	for p.indented() {
		was := len(b)
		var err error
		if b, err = p.join(b); err != nil {
			return head{}, err
		}
		if at := sc.scan(b, was); at >= 0 {
			p.loose = p.loose || p.dialect == Versit
			return head{string(b), at, false}, nil
		}
	}
	if sc.any < 0 {
		return head{string(b), -1, false}, nil
	}
	p.loose = true
	if colon >= 0 {
		p.lines = single
		return head{first, colon, true}, nil
	}
	return head{string(b), sc.any, true}, nil
}

// head reads group, name and parameters; encoding and character set are returned apart.
func (p *parser) head(h head, prop *Property) (enc, charset string, err error) {
	text := p.headText(h)
	name, rest := cutParam(text)
	p.name(prop, name)
	if rest == "" {
		return encNone, "", nil
	}
	if need := min(strings.Count(rest, ";"), 64); cap(p.params)-len(p.params) < need {
		p.params = make([]Param, 0, max(need, min(p.expect, 256)))
	}
	start, values := len(p.params), 0
	for rest != "" {
		var raw string
		raw, rest = cutParam(rest[1:])
		q := p.param(raw)
		switch e, isEnc := q.encoding(); {
		case q == Param{}:
			p.loose = true
		case isEnc:
			enc = e
			p.loose = p.loose || (p.dialect == MIMEDir && e == encQP)
		case isName(q.Name, "CHARSET"):
			charset = q.Value
			p.loose = p.loose || p.dialect == MIMEDir
		default:
			if values += 1 + strings.Count(q.Value, ","); values > p.lim.Params {
				return "", "", p.fail(ErrLimit, "too many parameters")
			}
			p.params = append(p.params, q)
		}
	}
	if end := len(p.params); end > start {
		prop.Params = p.params[start:end:end]
	}
	return enc, charset, nil
}

// headText gives the head in UTF-8 and without quotes that are not closed.
func (p *parser) headText(h head) string {
	text := h.line[:h.colon]
	if !p.valid && !utf8.ValidString(text) {
		text, p.loose = toUTF8(text, ""), true
	}
	if h.bare { // a stray quote would pair with one in the value when it is read again
		text = strings.ReplaceAll(text, `"`, "'")
	}
	return text
}

// name splits group and name.
func (p *parser) name(prop *Property, s string) {
	prop.Name = p.trim(s)
	if dot := strings.LastIndexByte(prop.Name, '.'); dot >= 0 {
		prop.Group, prop.Name = p.trim(prop.Name[:dot]), p.trim(prop.Name[dot+1:])
		p.loose = p.loose || prop.Group == ""
	}
	if prop.Name == "" || strings.IndexByte(s, '"') >= 0 {
		p.loose = true
	}
}

// trim takes white space off, which makes the line a loose one.
func (p *parser) trim(s string) string {
	if s == "" || (s[0] > ' ' && s[0] < utf8.RuneSelf && s[len(s)-1] > ' ' && s[len(s)-1] < utf8.RuneSelf) {
		return s
	}
	t := strings.TrimSpace(s)
	p.loose = p.loose || len(t) != len(s)
	return t
}

// cutParam cuts s before the next semicolon outside quotes; rest begins with that semicolon.
func cutParam(s string) (first, rest string) {
	semi := strings.IndexByte(s, ';')
	if semi < 0 {
		return s, ""
	}
	if strings.IndexByte(s[:semi], '"') < 0 {
		return s[:semi], s[semi:]
	}
	quoted := false
	for i := 0; i < len(s); i++ {
		if s[i] == '"' {
			quoted = !quoted
		} else if s[i] == ';' && !quoted {
			return s[:i], s[i:]
		}
	}
	return s, ""
}

// param reads one parameter, with white space and needless equals signs before it.
func (p *parser) param(raw string) Param {
	if raw == "" || raw[0] <= '=' || raw[0] >= utf8.RuneSelf {
		trimmed := strings.TrimLeftFunc(raw, func(r rune) bool { return r == '=' || unicode.IsSpace(r) })
		p.loose = p.loose || len(trimmed) != len(raw)
		raw = trimmed
	}
	if strings.IndexByte(raw, '"') >= 0 && !wellQuoted(raw) {
		p.loose = true
	}
	name, value, ok := strings.Cut(raw, "=")
	if !ok {
		p.loose = p.loose || p.dialect == MIMEDir
		return Param{Value: p.trim(raw)}
	}
	return Param{Name: p.trim(name), Value: p.trim(value)}
}

// wellQuoted reports whether quotes enclose whole values of a parameter: A="b",c,"d".
func wellQuoted(raw string) bool {
	quoted := false
	for i := 0; i < len(raw); i++ {
		if raw[i] != '"' {
			continue
		}
		switch {
		case quoted && i+1 < len(raw) && raw[i+1] != ',',
			!quoted && (i == 0 || (raw[i-1] != '=' && raw[i-1] != ',')):
			return false
		}
		quoted = !quoted
	}
	return !quoted && !strings.Contains(raw, `""=`)
}

// encoding tells whether the parameter says how the value is encoded, bare or by name.
func (q Param) encoding() (enc string, ok bool) {
	if q.Name != "" && !isName(q.Name, "ENCODING") {
		return "", false
	}
	v := unquote(q.Value)
	switch {
	case strings.EqualFold(v, "QUOTED-PRINTABLE"):
		return encQP, true
	case strings.EqualFold(v, "BASE64"), strings.EqualFold(v, "B") && q.Name != "":
		return encBase64, true
	case strings.EqualFold(v, "8BIT"), strings.EqualFold(v, "7BIT"):
		return encNone, true
	}
	return "", false
}

package contentline

import (
	"strings"
	"unicode"
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
	colon int
	bare  bool // quotes are ordinary characters: one is not closed
}

// cutHead finds the colon between the parameters and the value. A colon inside quotes does not
// count, unless the quotes are not closed.
func cutHead(line string) (head, bool) {
	colon := strings.IndexByte(line, ':')
	if colon < 0 {
		return head{}, false
	}
	if strings.IndexByte(line[:colon], '"') < 0 {
		return head{line, colon, false}, true
	}
	quoted := false
	for i := 0; i < len(line); i++ {
		switch line[i] {
		case '"':
			quoted = !quoted
		case ':':
			if !quoted {
				return head{line, i, false}, true
			}
		}
	}
	return head{line, colon, true}, true
}

// head reads group, name and parameters; encoding and character set are returned apart.
func (p *parser) head(h head) (prop Property, enc, charset string, err error) {
	text := toUTF8(h.line[:h.colon], "")
	if h.bare { // a stray quote would pair with one in the value when it is read again
		text = strings.ReplaceAll(text, `"`, "'")
	}
	name, rest := cutParam(text, h.bare)
	prop.Name = strings.TrimSpace(name)
	if dot := strings.LastIndexByte(prop.Name, '.'); dot >= 0 {
		prop.Group, prop.Name = strings.TrimSpace(prop.Name[:dot]), strings.TrimSpace(prop.Name[dot+1:])
	}
	if cap(p.arena)-len(p.arena) < 8 {
		p.arena = make([]Param, 0, 32)
	}
	start, values := len(p.arena), 0
	for rest != "" {
		var raw string
		raw, rest = cutParam(rest[1:], h.bare)
		q := parseParam(raw)
		switch e, isEnc := q.encoding(); {
		case q == Param{}:
		case isEnc:
			enc = e
		case strings.EqualFold(q.Name, "CHARSET"):
			charset = unquote(q.Value)
		default:
			if values += 1 + strings.Count(q.Value, ","); values > p.lim.Params {
				return prop, "", "", p.fail(ErrLimit, "too many parameters")
			}
			p.arena = append(p.arena, q)
		}
	}
	if end := len(p.arena); end > start {
		prop.Params = p.arena[start:end:end]
	}
	return prop, enc, charset, nil
}

// cutParam cuts s before the next semicolon outside quotes; rest begins with that semicolon.
func cutParam(s string, bare bool) (first, rest string) {
	semi := strings.IndexByte(s, ';')
	if semi < 0 {
		return s, ""
	}
	if bare || strings.IndexByte(s[:semi], '"') < 0 {
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

func parseParam(raw string) Param {
	raw = strings.TrimLeftFunc(raw, func(r rune) bool { return r == '=' || unicode.IsSpace(r) })
	name, value, ok := strings.Cut(raw, "=")
	if !ok {
		return Param{Value: strings.TrimSpace(raw)}
	}
	return Param{Name: strings.TrimSpace(name), Value: strings.TrimSpace(value)}
}

// encoding tells whether the parameter says how the value is encoded, bare or by name.
func (q Param) encoding() (enc string, ok bool) {
	if q.Name != "" && !strings.EqualFold(q.Name, "ENCODING") {
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

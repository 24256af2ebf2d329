package contentline

import (
	"bytes"
	"strings"
)

// Parse reads all components of data, in the given dialect and within the limits. Blank lines
// between components are skipped; anything else outside a component is ErrSyntax, and so are a
// component that is not ended and an END that ends another one. Parse never panics.
//
// Parse copies data once, whole; the strings of the tree share that copy where a value stood on
// one line and in UTF-8.
func Parse(data []byte, d Dialect, lim Limits) ([]*Component, error) {
	lim = lim.withDefaults()
	if len(data) > lim.Bytes {
		return nil, &Error{Kind: ErrLimit, Msg: "too many bytes"}
	}
	s := strings.TrimRight(source(data), "\x00\x1a \t\r\n")
	p := &parser{lines: newLines(s), dialect: d, lim: lim}
	if err := p.run(); err != nil {
		return nil, err
	}
	return p.done, nil
}

// A parser holds what is open while reading.
type parser struct {
	lines
	dialect Dialect
	lim     Limits
	done    []*Component
	open    []*Component
	props   int
	quoted  bool    // the value read last was QUOTED-PRINTABLE
	arena   []Param // parameters are cut from here, so that a property costs no allocation
}

func (p *parser) fail(kind error, msg string) error {
	return &Error{Line: p.line, Kind: kind, Msg: msg}
}

func (p *parser) run() error {
	for p.more() {
		if strings.Trim(p.peek(), " \t") == "" {
			p.next()
			continue
		}
		prop, err := p.property()
		if err != nil {
			return err
		}
		if err := p.place(prop); err != nil {
			return err
		}
	}
	if len(p.open) > 0 {
		return p.fail(ErrSyntax, "END is missing")
	}
	return nil
}

// place puts one line where it belongs: it opens, closes or fills a component.
func (p *parser) place(prop Property) error {
	bare := prop.Group == "" && len(prop.Params) == 0 && !prop.Junk
	switch {
	case bare && prop.Is("BEGIN"):
		return p.begin(strings.TrimSpace(prop.Value))
	case len(p.open) == 0:
		return p.fail(ErrSyntax, "text outside a component")
	case bare && prop.Is("END"):
		return p.end(strings.TrimSpace(prop.Value))
	}
	if p.props++; p.props > p.lim.Props {
		return p.fail(ErrLimit, "too many properties")
	}
	top := p.open[len(p.open)-1]
	if p.dialect == Versit && !p.quoted && opensCard(&prop) {
		prop.Value = ""
		top.Props = append(top.Props, prop)
		return p.begin("VCARD")
	}
	top.Props = append(top.Props, prop)
	return nil
}

// opensCard reports whether an AGENT opens its card on its own line.
func opensCard(p *Property) bool {
	return p.Is("AGENT") && strings.EqualFold(strings.Trim(p.Value, " \t"), "BEGIN:VCARD")
}

func (p *parser) begin(name string) error {
	if len(p.open) >= p.lim.Depth {
		return p.fail(ErrLimit, "nested too deeply")
	}
	if name == "" {
		return p.fail(ErrSyntax, "BEGIN without a name")
	}
	c := &Component{Name: name}
	if len(p.open) == 0 {
		c.Props = make([]Property, 0, 16)
		p.done = append(p.done, c)
	} else if err := p.nest(c); err != nil {
		return err
	}
	p.open = append(p.open, c)
	return nil
}

// nest hangs c into the open component, on the AGENT before it if there is one.
func (p *parser) nest(c *Component) error {
	if p.props++; p.props > p.lim.Props {
		return p.fail(ErrLimit, "too many components")
	}
	top := p.open[len(p.open)-1]
	if n := len(top.Props); n > 0 {
		last := &top.Props[n-1]
		if last.Is("AGENT") && last.Value == "" && last.Comp == nil && !last.Junk {
			last.Comp = c
			return nil
		}
	}
	top.Props = append(top.Props, Property{Comp: c})
	return nil
}

func (p *parser) end(name string) error {
	top := p.open[len(p.open)-1]
	if !strings.EqualFold(top.Name, name) {
		return p.fail(ErrSyntax, "END names another component")
	}
	p.open = p.open[:len(p.open)-1]
	return nil
}

// property reads one logical line.
func (p *parser) property() (Property, error) {
	line := strings.TrimLeft(p.next(), " \t")
	h, ok := cutHead(line)
	if !ok && p.indented() { // the head itself is folded
		var err error
		if line, err = p.unfold(line); err != nil {
			return Property{}, err
		}
		h, ok = cutHead(line)
	}
	if !ok {
		return Property{Value: toUTF8(strings.TrimRight(line, " \t"), ""), Junk: true}, p.checkLen(line)
	}
	prop, enc, charset, err := p.head(h)
	if err != nil {
		return prop, err
	}
	err = p.value(&prop, line[h.colon+1:], enc, charset)
	return prop, err
}

func (p *parser) checkLen(s string) error {
	if len(s) > p.lim.Line {
		return p.fail(ErrLimit, "line too long")
	}
	return nil
}

// unfold joins line with the indented lines that follow.
func (p *parser) unfold(line string) (string, error) {
	if !p.indented() {
		return line, p.checkLen(line)
	}
	b := append(make([]byte, 0, 2*len(line)+80), line...)
	for p.indented() {
		next := p.next()
		if p.dialect == MIMEDir || splitsRune(b, next[1:]) {
			next = next[1:]
		}
		b = append(b, next...)
		if len(b) > p.lim.Line {
			return "", p.fail(ErrLimit, "line too long")
		}
	}
	return string(b), nil
}

// splitsRune reports whether a fold fell between the octets of one character.
func splitsRune(before []byte, after string) bool {
	return len(before) > 0 && len(after) > 0 && before[len(before)-1] >= 0x80 && after[0]&0xC0 == 0x80
}

// value reads the value that begins with first, in the way its encoding demands.
func (p *parser) value(prop *Property, first, enc, charset string) error {
	var err error
	p.quoted = enc == encQP
	switch enc {
	case encBase64:
		prop.Base64 = true
		if charset != "" {
			prop.Params = append(prop.Params[:len(prop.Params):len(prop.Params)], Param{"CHARSET", charset})
		}
		prop.Value, err = p.base64(first)
		return err
	case encQP:
		if first, err = p.quotedPrintable(first); err != nil {
			return err
		}
		first = unquotedPrintable(first)
	default:
		if first, err = p.unfold(first); err != nil {
			return err
		}
	}
	v := normalNewlines(toUTF8(first, charset))
	if p.dialect == MIMEDir && strings.IndexByte(v, '\n') >= 0 {
		v = strings.ReplaceAll(v, "\n", `\n`)
	}
	prop.Value = v
	return nil
}

// quotedPrintable joins soft line breaks. A soft break before an END line is a phone's mistake.
func (p *parser) quotedPrintable(first string) (string, error) {
	b := []byte(first)
	for p.more() {
		t := bytes.TrimRight(b, " \t")
		switch soft := bytes.HasSuffix(t, []byte("=")); {
		case soft && isEnd(p.peek()):
			return string(t[:len(t)-1]), nil
		case soft:
			b = append(b[:len(t)-1], p.next()...)
		case p.indented():
			next := p.next()
			if p.dialect == MIMEDir {
				next = next[1:]
			}
			b = append(b, next...)
		default:
			return string(b), p.checkLen(first)
		}
		if len(b) > p.lim.Line {
			return "", p.fail(ErrLimit, "line too long")
		}
	}
	return string(b), p.checkLen(first)
}

func isEnd(line string) bool {
	return len(line) >= 4 && strings.EqualFold(line[:4], "END:")
}

// base64 joins the indented lines and the unindented ones that can only be base64, up to a blank
// line. White space goes.
func (p *parser) base64(first string) (string, error) {
	v := strings.Trim(first, " \t")
	if err := p.checkLen(v); err != nil {
		return "", err
	}
	var b []byte
	for p.more() {
		padded := (b == nil && strings.HasSuffix(v, "=")) || bytes.HasSuffix(b, []byte("="))
		if !p.indented() && (padded || !p.moreBase64()) {
			break
		}
		if b == nil {
			b = append(make([]byte, 0, min(16*len(v), len(v)+4096)), v...)
		}
		if b = append(b, strings.Trim(p.next(), " \t")...); len(b) > p.lim.Line {
			return "", p.fail(ErrLimit, "line too long")
		}
	}
	if b != nil {
		v = string(b)
	}
	return dropSpace(v), nil
}

// moreBase64 reports whether the next line, which is not indented, can only be base64. It must
// not be folded: then it is the beginning of a name.
func (p *parser) moreBase64() bool {
	ahead := p.lines
	line := ahead.next()
	return pureBase64(line) && !ahead.indented()
}

func pureBase64(s string) bool {
	s = strings.TrimRight(s, " \t")
	for i := 0; i < len(s); i++ {
		if c := s[i]; (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && (c < '/' || c > '9') && c != '+' && c != '=' {
			return false
		}
	}
	return s != ""
}

// dropSpace removes blanks and makes the rest valid UTF-8.
func dropSpace(s string) string {
	if strings.ContainsAny(s, " \t") {
		b := make([]byte, 0, len(s))
		for i := 0; i < len(s); i++ {
			if s[i] != ' ' && s[i] != '\t' {
				b = append(b, s[i])
			}
		}
		s = string(b)
	}
	return toUTF8(s, "")
}

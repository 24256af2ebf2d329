package contentline

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Parse reads all components of data, in the given dialect and within the limits. Blank lines
// between components are skipped; anything else outside a component is ErrSyntax, and so are a
// component that is not ended and an END that ends another one. Parse never panics, takes time and
// memory linear in its input, and its stack does not grow with it.
//
// Parse copies data once, whole, and never refers to it again; the strings of the tree share that
// copy where a value stood on one line and in UTF-8.
func Parse(data []byte, d Dialect, lim Limits) ([]*Component, error) {
	return parse(data, d, lim, false)
}

// ParseBare is Parse of trees that nobody is going to print: what they say is the same, and the lines that they were
// read from are forgotten, as by Component.Canonical.
func ParseBare(data []byte, d Dialect, lim Limits) ([]*Component, error) {
	return parse(data, d, lim, true)
}

func parse(data []byte, d Dialect, lim Limits, bare bool) ([]*Component, error) {
	lim = lim.withDefaults()
	if len(data) > lim.Bytes {
		return nil, &Error{Line: 1 + bytes.Count(data[:lim.Bytes], []byte("\n")), Kind: ErrLimit, Msg: fmt.Sprintf("more than %d bytes", lim.Bytes)}
	}
	s := strings.TrimRight(source(data), "\x00\x1a \t\r\n")
	p := &parser{lines: newLines(s), dialect: d, lim: lim, bare: bare}
	p.valid = utf8.ValidString(s)
	p.nul = strings.IndexByte(s, 0) >= 0
	p.expect = min(max(lineCount(s), 4), 256)
	if err := p.run(); err != nil {
		return nil, err
	}
	return p.done, nil
}

// lineCount is about how many logical lines there are: those of a folded picture are one.
func lineCount(s string) int {
	return strings.Count(s, "\n") - strings.Count(s, "\n ") - strings.Count(s, "\n\t")
}

// A parser holds what is open while reading.
type parser struct {
	lines
	dialect Dialect
	lim     Limits
	valid   bool // the whole input is UTF-8
	nul     bool // there are NUL bytes in it
	expect  int  // about how many properties there will be, for the first allocations
	bare    bool // nobody asks for the lines
	done    []*Component
	open    []opened
	stack   []Property // of all open components, the outermost first
	props   int
	params  []Param  // parameters are cut from here, so that a property costs no allocation
	origins []origin // as parameters, but where they are they stay

	start  int  // where the logical line begins
	quoted bool // its value was QUOTED-PRINTABLE
	loose  bool // it is not well-formed, or reads otherwise in another place: it has no origin
}

// An opened component has its properties on the stack of the parser, from the given index on.
type opened struct {
	c     *Component
	props int
}

func (p *parser) fail(kind error, msg string) error {
	return &Error{Line: p.line, Kind: kind, Msg: msg}
}

func (p *parser) run() error {
	for p.more() {
		if p.s[p.pos] <= ' ' && strings.Trim(p.peek(), " \t") == "" {
			p.next()
			continue
		}
		p.start, p.odd, p.loose, p.quoted = p.pos, false, false, false
		var prop Property
		if err := p.property(&prop); err != nil {
			return err
		}
		if err := p.place(&prop); err != nil {
			return err
		}
	}
	if len(p.open) > 0 {
		return p.fail(ErrSyntax, "END is missing")
	}
	return nil
}

// place puts one line where it belongs: it opens, closes or fills a component.
func (p *parser) place(prop *Property) error {
	bare := prop.Group == "" && len(prop.Params) == 0 && !prop.Junk
	switch {
	case bare && prop.Is("BEGIN"):
		return p.begin(p.frameName(prop))
	case len(p.open) == 0:
		return p.fail(ErrSyntax, "text outside a component")
	case bare && prop.Is("END"):
		return p.end(p.frameName(prop))
	}
	if p.props++; p.props > p.lim.Props {
		return p.fail(ErrLimit, "too many properties")
	}
	p.setOrigin(prop)
	if p.dialect == Versit && !p.quoted && opensCard(prop) {
		return p.agent(prop)
	}
	p.stack = append(p.stack, *prop)
	return nil
}

// frameName gives the name in a BEGIN or END line. Base64 there would swallow what follows.
func (p *parser) frameName(prop *Property) string {
	p.loose = p.loose || prop.Base64
	return strings.TrimSpace(prop.Value)
}

// agent puts an AGENT that opens its card on its own line.
func (p *parser) agent(prop *Property) error {
	inline := prop.src != nil && !prop.Base64 && prop.Value == "BEGIN:VCARD"
	prop.Value = ""
	if prop.src != nil {
		prop.src.value, prop.src.inline = "", inline
	}
	if !inline {
		prop.src = nil
	}
	p.stack = append(p.stack, *prop)
	p.loose = true // the line of BEGIN is the property's
	if err := p.begin("VCARD"); err != nil {
		return err
	}
	if inline {
		c := p.open[len(p.open)-1].c
		c.src = &frame{name: c.Name, dialect: p.dialect, inline: true}
	}
	return nil
}

// setOrigin remembers the line of a property, with the empty lines behind it.
func (p *parser) setOrigin(prop *Property) {
	p.skipBlank(prop)
	if raw, ok := p.raw(); ok {
		prop.src = p.newOrigin(origin{
			raw: raw, group: prop.Group, name: prop.Name, value: prop.Value, params: prop.Params,
			dialect: p.dialect, base64: prop.Base64, odd: p.odd,
		})
	}
}

// skipBlank takes the empty lines behind a property. In Versit, base64 needs one to be safe.
func (p *parser) skipBlank(prop *Property) {
	if empty := p.skipEmpty(); prop.Base64 && p.dialect == Versit && !empty {
		p.loose = true
	}
}

// raw gives the physical lines from the start on, if they may be printed as they are.
func (p *parser) raw() (string, bool) {
	raw := p.s[p.start:p.pos]
	if p.bare || p.loose || (p.nul && strings.IndexByte(raw, 0) >= 0) {
		return "", false
	}
	return raw, true
}

// opensCard reports whether an AGENT opens its card on its own line.
func opensCard(p *Property) bool {
	return p.Is("AGENT") && strings.EqualFold(strings.Trim(p.Value, " \t"), "BEGIN:VCARD")
}

func (p *parser) begin(name string) error {
	if len(p.open) >= p.lim.Depth {
		return p.fail(ErrLimit, "nested too deeply")
	}
	if name == "" || strings.ContainsAny(name, "\r\n") {
		return p.fail(ErrSyntax, "BEGIN without a name")
	}
	c := p.newComponent(name)
	if len(p.open) == 0 {
		p.done = append(p.done, c)
		p.stack = p.stack[:0]
		if p.stack == nil {
			p.stack = make([]Property, 0, p.expect)
		}
	} else if err := p.nest(c); err != nil {
		return err
	}
	p.open = append(p.open, opened{c, len(p.stack)})
	return nil
}

func (p *parser) newComponent(name string) *Component {
	raw, ok := p.raw()
	if !ok {
		return &Component{Name: name}
	}
	both := &struct {
		c Component
		f frame
	}{Component{Name: name}, frame{name: name, dialect: p.dialect, begin: raw, oddBegin: p.odd}}
	both.c.src = &both.f
	return &both.c
}

// nest hangs c into the open component, on the AGENT before it if there is one.
func (p *parser) nest(c *Component) error {
	if p.props++; p.props > p.lim.Props {
		return p.fail(ErrLimit, "too many components")
	}
	if n := len(p.stack); n > p.open[len(p.open)-1].props {
		last := &p.stack[n-1]
		if last.Is("AGENT") && last.Value == "" && last.Comp == nil && !last.Junk {
			last.Comp = c
			return nil
		}
	}
	p.stack = append(p.stack, Property{Comp: c})
	return nil
}

func (p *parser) end(name string) error {
	top := p.open[len(p.open)-1]
	if !strings.EqualFold(top.c.Name, name) {
		return p.fail(ErrSyntax, "END names another component")
	}
	p.open = p.open[:len(p.open)-1]
	if raw, ok := p.raw(); ok && top.c.src != nil {
		top.c.src.end, top.c.src.oddEnd = raw, p.odd
	}
	props := p.stack[top.props:]
	p.stack = p.stack[:top.props]
	switch {
	case len(props) == 0:
	case len(p.open) == 0 && !p.more(): // nothing will be put there any more
		top.c.Props = props[:len(props):len(props)]
	default:
		top.c.Props = append(make([]Property, 0, len(props)), props...)
	}
	return nil
}

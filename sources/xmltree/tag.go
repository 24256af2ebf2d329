package xmltree

import "strings"

// A binding is what a prefix means; the prefix "" is the default namespace.
type binding struct{ prefix, space string }

// maxSpace bounds namespaces: a long one, declared once, would cost its length again wherever it is
// compared or written.
const maxSpace = 256

func (p *parser) startTag() error {
	start := p.pos
	p.pos++
	name, err := p.name()
	if err != nil {
		return err
	}
	f := frame{name: name, first: len(p.nodes), decls: len(p.bound)}
	if err := p.attributes(); err != nil {
		return err
	}
	if f.elem, err = p.resolve(name, start); err != nil {
		return err
	}
	if err := p.push(f, start); err != nil {
		return err
	}
	if p.s[p.pos] == '/' {
		p.pos++
		p.close()
	}
	if !strings.HasPrefix(p.s[p.pos:], ">") {
		return p.fail(ErrSyntax, p.pos, "tag is not closed")
	}
	p.pos++
	return nil
}

// push puts an element on the stack and among its parent's children.
func (p *parser) push(f frame, start int) error {
	if len(p.open) >= p.l.Depth {
		return p.fail(ErrLimit, start, "deeper than %d elements", p.l.Depth)
	}
	if len(p.open) > 0 {
		if err := p.node(Node{Elem: f.elem}); err != nil {
			return err
		}
		f.first++
	} else {
		if p.root != nil {
			return p.fail(ErrSyntax, start, "second root element")
		}
		p.root = f.elem
		p.count++
	}
	p.open = append(p.open, f)
	return nil
}

// name reads a name as it is written, prefix included.
func (p *parser) name() (string, error) {
	n := nameLen(p.s[p.pos:])
	if n == 0 {
		return "", p.fail(ErrSyntax, p.pos, "name expected")
	}
	name := p.s[p.pos : p.pos+n]
	if i := strings.IndexByte(name, ':'); i >= 0 && (i == 0 || !IsName(name[i+1:])) {
		return "", p.fail(ErrSyntax, p.pos, "bad colon in name %.40q", name)
	}
	p.pos += n
	return name, nil
}

// attributes reads up to the "/" or ">" of a start tag: declarations into bound, the rest into attrs,
// where Local is the name as written until resolve has seen all the declarations.
func (p *parser) attributes() error {
	p.attrs = p.attrs[:0]
	for n := 0; ; n++ {
		before := p.pos
		p.skipSpace()
		if p.pos == len(p.s) {
			return p.fail(ErrSyntax, p.pos, "tag is not closed")
		}
		if c := p.s[p.pos]; c == '/' || c == '>' {
			return nil
		}
		if before == p.pos {
			return p.fail(ErrSyntax, p.pos, "white space expected before attribute")
		}
		if n == p.l.Attrs {
			return p.fail(ErrLimit, p.pos, "more than %d attributes", p.l.Attrs)
		}
		if err := p.attribute(); err != nil {
			return err
		}
	}
}

func (p *parser) attribute() error {
	start := p.pos
	name, err := p.name()
	if err != nil {
		return err
	}
	value, err := p.attrValue(name)
	if err != nil {
		return err
	}
	switch prefix, local := cutName(name); {
	case name == "xmlns":
		return p.bind("", value, start)
	case prefix == "xmlns":
		return p.bind(local, value, start)
	}
	p.attrs = append(p.attrs, Attr{Local: name, Value: value})
	return nil
}

func (p *parser) attrValue(name string) (string, error) {
	p.skipSpace()
	if !strings.HasPrefix(p.s[p.pos:], "=") {
		return "", p.fail(ErrSyntax, p.pos, "attribute %.40q without value", name)
	}
	p.pos++
	p.skipSpace()
	if p.pos == len(p.s) || p.s[p.pos] != '"' && p.s[p.pos] != '\'' {
		return "", p.fail(ErrSyntax, p.pos, "attribute %.40q without quotes", name)
	}
	start := p.pos + 1
	raw, err := p.until(1, p.s[p.pos:p.pos+1], "attribute value")
	if err != nil {
		return "", err
	}
	if strings.IndexByte(raw, '<') >= 0 {
		return "", p.fail(ErrSyntax, start, `"<" in an attribute value`)
	}
	return p.unescape(raw, start, inAttr)
}

// bind takes a namespace declaration.
func (p *parser) bind(prefix, space string, at int) error {
	if prefix == "xml" && space == xmlSpace {
		return nil
	}
	if prefix == "xml" || prefix == "xmlns" || prefix != "" && space == "" {
		return p.fail(ErrSyntax, at, "bad declaration of prefix %.40q", prefix)
	}
	if len(space) > maxSpace {
		return p.fail(ErrLimit, at, "namespace of more than %d bytes", maxSpace)
	}
	if len(p.bound) >= p.l.Attrs {
		return p.fail(ErrLimit, at, "more than %d namespace declarations", p.l.Attrs)
	}
	p.bound = append(p.bound, binding{prefix, space})
	return nil
}

// resolve makes the element, giving namespaces for prefixes.
func (p *parser) resolve(name string, at int) (*Element, error) {
	e := p.newElement()
	prefix, local := cutName(name)
	var err error
	if e.Space, err = p.space(prefix, at); err != nil {
		return nil, err
	}
	e.Local = local
	for i := range p.attrs {
		if err := p.resolveAttr(i, at); err != nil {
			return nil, err
		}
	}
	if len(p.attrs) > 0 {
		e.Attrs = append(make([]Attr, 0, len(p.attrs)), p.attrs...)
	}
	return e, nil
}

func (p *parser) resolveAttr(i, at int) error {
	a := &p.attrs[i]
	prefix, local := cutName(a.Local)
	if prefix != "" {
		space, err := p.space(prefix, at)
		if err != nil {
			return err
		}
		a.Space, a.Local = space, local
	}
	for _, b := range p.attrs[:i] {
		if b.Local == a.Local && b.Space == a.Space {
			return p.fail(ErrSyntax, at, "attribute %.40q twice", local)
		}
	}
	return nil
}

// space gives the namespace that a prefix stands for.
func (p *parser) space(prefix string, at int) (string, error) {
	for i := len(p.bound) - 1; i >= 0; i-- {
		if p.bound[i].prefix == prefix {
			return p.bound[i].space, nil
		}
	}
	switch {
	case prefix == "":
		return "", nil
	case prefix == "xml":
		return xmlSpace, nil
	case p.l.Lax && prefix != "xmlns":
		return prefix, nil
	}
	return "", p.fail(ErrSyntax, at, "prefix %.40q is not declared", prefix)
}

// cutName splits a name at its colon; without one the prefix is "".
func cutName(name string) (prefix, local string) {
	if i := strings.IndexByte(name, ':'); i >= 0 {
		return name[:i], name[i+1:]
	}
	return "", name
}

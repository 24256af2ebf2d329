package contentline

// An origin is the line that a property was read from, and what was read. As long as the property
// still says the same, the line is printed as it came. It holds for lines only that are
// well-formed and read alike wherever they stand; see parser.loose.
type origin struct {
	raw     string // with folds, line ends and the empty lines behind it
	group   string
	name    string
	value   string
	params  []Param
	dialect Dialect
	base64  bool
	odd     bool // not all lines end with CRLF
	inline  bool // an AGENT that opens its card on its own line
}

// A frame is the origin of the BEGIN and END lines of a component.
type frame struct {
	name             string
	begin, end       string // empty where the line is not to be kept
	dialect          Dialect
	oddBegin, oddEnd bool
	inline           bool // BEGIN stands behind the AGENT that introduces the component
}

// current gives the origin if the property is what was read from it in this dialect.
func (p *Property) current(d Dialect) *origin {
	o := p.src
	if o == nil || o.dialect != d || p.Junk || p.Base64 != o.base64 || p.Value != o.value ||
		p.Name != o.name || p.Group != o.group || !sameParams(p.Params, o.params) {
		return nil
	}
	if o.inline && (p.Comp == nil || !p.Comp.inlineIn(d)) {
		return nil
	}
	return o
}

// sameParams reports whether two slices are the same one, not only alike.
func sameParams(a, b []Param) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}

// frameIn gives what is known of the lines around c, if it still has the name that they say.
func (c *Component) frameIn(d Dialect) *frame {
	if f := c.src; f != nil && f.dialect == d && f.name == c.Name {
		return f
	}
	return nil
}

func (c *Component) inlineIn(d Dialect) bool {
	f := c.frameIn(d)
	return f != nil && f.inline
}

// Canonical gives a deep copy that has forgotten how its lines were written: [Print] writes all of
// it in the canonical form, and two trees that say the same are equal to the last field. Strings
// and parameter slices are shared.
func (c *Component) Canonical() *Component {
	d := c.Clone()
	d.forget()
	return d
}

func (c *Component) forget() {
	c.src = nil
	for i := range c.Props {
		c.Props[i].src = nil
		if c.Props[i].Comp != nil {
			c.Props[i].Comp.forget()
		}
	}
}

// newOrigin cuts an origin from slabs that grow, so that a small parse stays small.
func (p *parser) newOrigin(o origin) *origin {
	if len(p.origins) == cap(p.origins) {
		p.origins = make([]origin, 0, min(max(p.expect, 2*cap(p.origins)), 512))
	}
	p.origins = append(p.origins, o)
	return &p.origins[len(p.origins)-1]
}

// appendRaw appends physical lines with CRLF ends.
func appendRaw(dst []byte, raw string, odd bool) []byte {
	if !odd {
		return append(dst, raw...)
	}
	for l := newLines(raw); l.more(); {
		dst = append(append(dst, l.next()...), "\r\n"...)
	}
	return dst
}

// Package contentline is the lossless property tree behind vCard 2.1, 3.0 and 4.0, vCalendar 1.0,
// iCalendar 2.0 and vNote 1.1.
//
// [Parse] turns untrusted bytes into trees of properties in time linear in their number, and
// [Print] turns a tree into bytes that parse to an equal tree. What the package does not
// understand it keeps: unknown properties, parameters, groups and nested components keep their
// place, and a line without a colon is kept word for word as a property marked Junk.
//
// What is a matter of transport is taken off while reading: line ends, folding, QUOTED-PRINTABLE,
// CHARSET, the spelling of base64. All strings of a tree are valid UTF-8. A value stays in the
// escaped form of its dialect, because only the meaning of the property tells how it is to be
// split; see [Unescape] and [Split].
//
// A property remembers the line it was read from, if that was well-formed. As long as none of its
// fields changes, Print writes that line again, byte for byte but for the line ends, wherever the
// property is copied to; a property that was changed or made anew, and a line that was not
// well-formed, is written in the canonical form. [Component.Canonical] forgets the lines.
package contentline

import (
	"errors"
	"fmt"
	"strings"
)

// A Dialect is a family of spellings that share folding, encoding and escaping.
type Dialect int

const (
	// MIMEDir is the family of RFC 2425: vCard 3.0 and 4.0, iCalendar 2.0. Lines fold at any
	// octet and text escapes newline, comma, semicolon and backslash.
	MIMEDir Dialect = iota
	// Versit is the family of vCard 2.1 and vCalendar 1.0. Text that is not plain is
	// QUOTED-PRINTABLE, types stand bare between semicolons, and a fold keeps its white space.
	Versit
)

// A Component is what stands between a BEGIN line and its END line.
type Component struct {
	// Name is the value of the BEGIN line as written, such as VCARD.
	Name string
	// Props are the lines and nested components, in order.
	Props []Property

	src *frame
}

// A Property is one logical line, or a nested component, or (the AGENT of vCard 2.1) both.
type Property struct {
	// Group is what stands before the last dot of the name: "item1" in item1.TEL.
	Group string
	// Name is the name as written; it is compared without case. It is empty for a Junk line
	// and for a component that no property introduces.
	Name string
	// Params are the parameters without CHARSET and ENCODING, which the printer finds itself.
	// The slice is shared between clones: replace it, do not write into it.
	Params []Param
	// Value is the value in UTF-8 and in the escaped form of the dialect. Newlines are LF in
	// Versit and the escape \n in MIMEDir. With Base64 it is the base64 text without white space.
	Value string
	// Base64 says that Value is base64.
	Base64 bool
	// Junk marks a line without a colon: Value is the whole line.
	Junk bool
	// Comp is the nested component, if there is one.
	Comp *Component

	src *origin
}

// A Param is one parameter.
type Param struct {
	// Name is the name as written, compared without case. It is empty for the bare words of
	// Versit, such as the CELL of TEL;CELL.
	Name string
	// Value is what stands behind the equals sign, with its quotes, commas and carets; see Values
	// and EncodeParam.
	Value string
}

// Is reports whether the property has the given name, without regard to case.
func (p *Property) Is(name string) bool {
	return isName(p.Name, name)
}

// isName compares s with a name of ASCII letters, without case.
func isName(s, name string) bool {
	return len(s) == len(name) && strings.EqualFold(s, name)
}

// Param gives the raw value of the first parameter with the given name.
func (p *Property) Param(name string) (string, bool) {
	for _, q := range p.Params {
		if strings.EqualFold(q.Name, name) {
			return q.Value, true
		}
	}
	return "", false
}

// Clone copies the component deeply enough that its properties can be replaced, added and
// removed without touching the original. Strings and parameter slices are shared.
func (c *Component) Clone() *Component {
	d := &Component{Name: c.Name, Props: make([]Property, len(c.Props)), src: c.src}
	copy(d.Props, c.Props)
	for i := range d.Props {
		if d.Props[i].Comp != nil {
			d.Props[i].Comp = d.Props[i].Comp.Clone()
		}
	}
	return d
}

// With gives a component that has the name and the BEGIN and END lines of c, but other properties.
func (c *Component) With(props []Property) *Component {
	return &Component{Name: c.Name, Props: props, src: c.src}
}

// Find gives the first property with the name, or nil.
func (c *Component) Find(name string) *Property {
	for i := range c.Props {
		if c.Props[i].Is(name) && !c.Props[i].Junk {
			return &c.Props[i]
		}
	}
	return nil
}

// Limits bound what Parse accepts. A zero field means the default named beside it. What Print makes
// of an input close to the limits may be beyond them, as it is written with CRLF and in UTF-8.
type Limits struct {
	Bytes  int // of the whole input: 8 MiB
	Line   int // bytes of one logical line, as unfolded: 8 MiB
	Depth  int // nested components: 8; never more than 1,000, as printing goes down into each
	Props  int // properties in all components together: 20,000
	Params int // values of all parameters of one property: 100
}

func (l Limits) withDefaults() Limits {
	or := func(v, def int) int {
		if v > 0 {
			return v
		}
		return def
	}
	return Limits{
		Bytes: or(l.Bytes, 8<<20), Line: or(l.Line, 8<<20), Depth: min(or(l.Depth, 8), 1000),
		Props: or(l.Props, 20_000), Params: or(l.Params, 100),
	}
}

// Errors that Parse returns inside an [Error].
var (
	// ErrSyntax means that the input is no well-nested sequence of components.
	ErrSyntax = errors.New("not a well-formed component")
	// ErrLimit means that the input breaks one of the Limits.
	ErrLimit = errors.New("limit exceeded")
)

// An Error says where the input went wrong. It unwraps to ErrSyntax or ErrLimit.
type Error struct {
	Line int // physical line, from 1; 0 where no line is to blame
	Kind error
	Msg  string
}

// Error gives line, kind and reason.
func (e *Error) Error() string {
	return fmt.Sprintf("line %d: %v: %s", e.Line, e.Kind, e.Msg)
}

// Unwrap gives the kind.
func (e *Error) Unwrap() error { return e.Kind }

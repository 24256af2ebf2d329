// Package xmltree is one bounded, namespace-aware XML tree for every protocol here that speaks XML or
// WBXML: SyncML, Atom, GData, DAV. Parse reads untrusted bytes into a tree within Limits, in linear
// time; Append writes a tree. A tree holds elements, attributes and text. Comments, processing
// instructions, prefixes and the document type are not kept.
//
// # Line ends
//
// XML 1.0 section 2.11 has every parser turn a literal CR LF, or a lone CR, into LF, and Parse does.
// A CR written as the reference &#13; survives. Append therefore writes every CR that way, so a
// payload with CR LF comes out of Append and Parse as it went in; what a peer wrote with literal CR LF
// arrives with LF, which the readers of payloads have to accept.
package xmltree

import (
	"iter"
	"strings"
)

// An Element is one element of a tree. The zero Element is no valid XML: it has no name.
type Element struct {
	// Space is the namespace URI, "" for none. It is never a prefix.
	Space string
	// Local is the name without prefix.
	Local string
	// Attrs are the attributes in document order, without namespace declarations.
	Attrs []Attr
	// Nodes are the child elements and pieces of text in document order. Two pieces of text can be
	// neighbours.
	Nodes []Node
}

// An Attr is one attribute. Space is its namespace URI, "" for an attribute without prefix.
type Attr struct {
	Space, Local, Value string
}

// A Node is a child of an element: an element if Elem is set, else text.
type Node struct {
	Elem *Element
	// Text may hold any bytes. Those that XML has no way to write are lost in Append, not in WBXML.
	Text string
	// Opaque marks text that WBXML has to write as an OPAQUE block. XML writes it like any text.
	Opaque bool
}

// New makes an element.
func New(space, local string, nodes ...Node) *Element {
	return &Element{Space: space, Local: local, Nodes: nodes}
}

// NewText makes an element that holds a text.
func NewText(space, local, text string) *Element {
	both := &struct {
		e Element
		n [1]Node
	}{Element{Space: space, Local: local}, [1]Node{{Text: text}}}
	both.e.Nodes = both.n[:]
	return &both.e
}

// Text makes a text node.
func Text(s string) Node { return Node{Text: s} }

// Opaque makes a text node that WBXML writes as an OPAQUE block.
func Opaque(s string) Node { return Node{Text: s, Opaque: true} }

// Add appends child elements, leaving out nil ones, and returns e.
func (e *Element) Add(child ...*Element) *Element {
	for _, c := range child {
		if c != nil {
			e.Nodes = append(e.Nodes, Node{Elem: c})
		}
	}
	return e
}

// AddText appends a child in e's own namespace that holds text, and returns e.
func (e *Element) AddText(local, text string) *Element {
	return e.Add(NewText(e.Space, local, text))
}

// SetAttr sets the attribute of that namespace and name, or appends it, and returns e.
func (e *Element) SetAttr(space, local, value string) *Element {
	for i, a := range e.Attrs {
		if a.Local == local && a.Space == space {
			e.Attrs[i].Value = value
			return e
		}
	}
	e.Attrs = append(e.Attrs, Attr{Space: space, Local: local, Value: value})
	return e
}

// Attr gives the value of the attribute of that namespace and name, "" if there is none. E may be nil.
func (e *Element) Attr(space, local string) string {
	if e == nil {
		return ""
	}
	for _, a := range e.Attrs {
		if a.Local == local && a.Space == space {
			return a.Value
		}
	}
	return ""
}

// Child gives the first child element with that local name, whatever its namespace; nil if there is
// none. E may be nil, so that calls chain: e.Child("Meta").Child("Type").Text().
func (e *Element) Child(local string) *Element {
	for c := range e.Elements() {
		if c.Local == local {
			return c
		}
	}
	return nil
}

// Children gives every child element with that local name, whatever its namespace. E may be nil.
func (e *Element) Children(local string) []*Element {
	var all []*Element
	for c := range e.Elements() {
		if c.Local == local {
			all = append(all, c)
		}
	}
	return all
}

// Elements goes through the child elements in document order. E may be nil.
func (e *Element) Elements() iter.Seq[*Element] {
	return func(yield func(*Element) bool) {
		if e == nil {
			return
		}
		for _, n := range e.Nodes {
			if n.Elem != nil && !yield(n.Elem) {
				return
			}
		}
	}
}

// Text gives e's own text, all pieces of it joined, without that of child elements. E may be nil.
func (e *Element) Text() string {
	if e == nil {
		return ""
	}
	if len(e.Nodes) == 1 {
		return e.Nodes[0].Text
	}
	var b strings.Builder
	for _, n := range e.Nodes {
		if n.Elem == nil {
			b.WriteString(n.Text)
		}
	}
	return b.String()
}

package entry

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// The namespaces of the protocol.
const (
	Atom     = "http://www.w3.org/2005/Atom"
	GD       = "http://schemas.google.com/g/2005"
	GContact = "http://schemas.google.com/contact/2008"
	GCal     = "http://schemas.google.com/gCal/2005"
	Batch    = "http://schemas.google.com/gdata/batch"
	App      = "http://www.w3.org/2007/app"
	// OpenSearch is the one of version 2 and later; OpenSearchRSS is the one of version 1. Both are read.
	OpenSearch    = "http://a9.com/-/spec/opensearch/1.1/"
	OpenSearchRSS = "http://a9.com/-/spec/opensearchrss/1.0/"
)

// A Kind says what an entry or a feed is about: the term of its category.
type Kind string

// The kinds. The zero Kind is none that is known.
const (
	ContactKind Kind = GContact + "#contact"
	GroupKind   Kind = GContact + "#group"
	EventKind   Kind = GD + "#event"
)

const kindScheme = GD + "#kind"

// maxNodes and maxText bound one entry: its elements and pieces of text, and the bytes of its texts and values.
const (
	maxNodes  = 4000
	maxText   = 4 << 20
	maxDepth  = 32
	maxValues = 500 // elements of one sort
)

// KindOf gives the kind of a feed or an entry; empty if it does not say.
func KindOf(e *xmltree.Element) Kind {
	for c := range e.Elements() {
		if is(c, Atom, "category") && c.Attr("", "scheme") == kindScheme {
			return Kind(c.Attr("", "term"))
		}
	}
	return ""
}

// usualNodes is how many elements there is room for in a new entry: most have no more.
const usualNodes = 16

// New gives an empty entry of the kind, as an insert needs it.
func New(k Kind) *xmltree.Element {
	e := xmltree.New(Atom, "entry")
	e.Nodes = make([]xmltree.Node, 0, usualNodes)
	return e.Add(xmltree.New(Atom, "category").SetAttr("", "scheme", kindScheme).SetAttr("", "term", string(k)))
}

// check refuses what is no entry of the kind, and what is too big.
func check(e *xmltree.Element, k Kind) error {
	if e == nil || !is(e, Atom, "entry") {
		return fmt.Errorf("%w: no atom entry", dataclass.ErrMalformed)
	}
	if have := KindOf(e); have != "" && have != k {
		return fmt.Errorf("%w: an entry of kind %.80q", dataclass.ErrMalformed, string(have))
	}
	var s size
	if !s.add(e, 1) {
		return fmt.Errorf("%w: an entry of more than %d nodes, %d levels or %d bytes", dataclass.ErrTooBig, maxNodes, maxDepth, maxText)
	}
	return sameCounts(e)
}

// A size counts what an entry holds.
type size struct{ nodes, text int }

func (s *size) add(e *xmltree.Element, depth int) bool {
	s.nodes += 1 + len(e.Attrs)
	for _, a := range e.Attrs {
		s.text += len(a.Value)
	}
	for _, n := range e.Nodes {
		s.nodes++
		s.text += len(n.Text)
		if n.Elem != nil && (depth >= maxDepth || !s.add(n.Elem, depth+1)) {
			return false
		}
	}
	return s.nodes <= maxNodes && s.text <= maxText
}

// sameCounts refuses more than maxValues elements of one name.
func sameCounts(e *xmltree.Element) error {
	if len(e.Nodes) <= maxValues {
		return nil
	}
	count := make(map[string]int)
	for c := range e.Elements() {
		count[c.Local]++
		if count[c.Local] > maxValues {
			return fmt.Errorf("%w: more than %d elements %.40s", dataclass.ErrTooBig, maxValues, c.Local)
		}
	}
	return nil
}

func is(e *xmltree.Element, space, local string) bool { return e.Local == local && e.Space == space }

// child gives the first child of that name, or nil.
func child(e *xmltree.Element, space, local string) *xmltree.Element {
	for c := range e.Elements() {
		if is(c, space, local) {
			return c
		}
	}
	return nil
}

// children gives every child of that name.
func children(e *xmltree.Element, space, local string) []*xmltree.Element {
	var out []*xmltree.Element
	for c := range e.Elements() {
		if is(c, space, local) {
			out = append(out, c)
		}
	}
	return out
}

// text gives the text of a child as a value; empty if there is none.
func text(e *xmltree.Element, space, local string) string {
	return clean(child(e, space, local).Text())
}

// insert puts an element behind the last one of the same name, or at the end.
func insert(e, c *xmltree.Element) {
	at := len(e.Nodes)
	for i, n := range e.Nodes {
		if n.Elem != nil && is(n.Elem, c.Space, c.Local) {
			at = i + 1
		}
	}
	if at == len(e.Nodes) {
		e.Nodes = append(e.Nodes, xmltree.Node{Elem: c})
		return
	}
	nodes := make([]xmltree.Node, 0, len(e.Nodes)+1)
	nodes = append(append(nodes, e.Nodes[:at]...), xmltree.Node{Elem: c})
	e.Nodes = append(nodes, e.Nodes[at:]...)
}

// remove takes children out.
func remove(e *xmltree.Element, gone ...*xmltree.Element) {
	if len(gone) == 0 {
		return
	}
	out := make(map[*xmltree.Element]bool, len(gone))
	for _, g := range gone {
		out[g] = true
	}
	nodes := make([]xmltree.Node, 0, len(e.Nodes))
	for _, n := range e.Nodes {
		if n.Elem == nil || !out[n.Elem] {
			nodes = append(nodes, n)
		}
	}
	e.Nodes = nodes
}

// setText gives the child of that name a text; the empty text removes it. What says the same already stays.
func setText(e *xmltree.Element, space, local, s string) {
	c := child(e, space, local)
	switch {
	case s == "":
		remove(e, children(e, space, local)...)
	case c == nil:
		insert(e, xmltree.NewText(space, local, s))
	case clean(c.Text()) != s:
		c.Nodes = []xmltree.Node{xmltree.Text(s)}
	}
}

// setAttr sets an attribute without a namespace; the empty value removes it.
func setAttr(e *xmltree.Element, local, value string) {
	if value != "" {
		e.SetAttr("", local, value)
		return
	}
	if !slices.ContainsFunc(e.Attrs, func(a xmltree.Attr) bool { return a.Space == "" && a.Local == local }) {
		return
	}
	attrs := make([]xmltree.Attr, 0, len(e.Attrs))
	for _, a := range e.Attrs {
		if a.Space != "" || a.Local != local {
			attrs = append(attrs, a)
		}
	}
	e.Attrs = attrs
}

// clean makes a value of what stands in an element or in a card: one line end, no blanks around, and no character
// that XML forbids.
func clean(s string) string { return strings.TrimSpace(legal(s)) }

// legal takes the characters out that XML forbids, and makes every line end LF.
func legal(s string) string {
	if plain(s) {
		return s
	}
	s = strings.ToValidUTF8(strings.ReplaceAll(s, "\r\n", "\n"), "\uFFFD")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\r':
			return '\n'
		case r < ' ' && r != '\n' && r != '\t', r == '\uFFFE', r == '\uFFFF':
			return -1
		}
		return r
	}, s)
}

func plain(s string) bool {
	for i := range len(s) {
		if (s[i] < ' ' && s[i] != '\n' && s[i] != '\t') || s[i] >= 0x7f {
			return false
		}
	}
	return true
}

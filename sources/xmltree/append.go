package xmltree

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// xmlSpace is the namespace that the prefix xml always stands for.
const xmlSpace = "http://www.w3.org/XML/1998/namespace"

// Options choose how Append writes. None of them changes what Parse reads from the result, but Indent,
// which adds white space.
type Options struct {
	// Declaration puts an XML declaration (version 1.0, UTF-8) in front.
	Declaration bool
	// Indent is what every level is indented by, on lines of their own; "" writes no line ends. The
	// inside of an element that holds text of its own is not indented.
	Indent string
	// SpaceEmpty writes an empty element as "<x />", which some phones need, not "<x/>".
	SpaceEmpty bool
	// Prefixes are declared on the root, and what is of their namespaces is written with them. One that is no
	// name, xml, xmlns, or ns with a number behind it is not used.
	Prefixes []Prefix
}

// A Prefix stands for a namespace.
type Prefix struct{ Prefix, Space string }

// usable gives those prefixes that a document may use beside those that Append makes up, each once.
func usable(all []Prefix) []Prefix {
	var out []Prefix
	for _, p := range all {
		number, made := strings.CutPrefix(p.Prefix, "ns")
		if made && isNumber(number) || !IsName(p.Prefix) || strings.HasPrefix(p.Prefix, "xml") {
			continue
		}
		again := slices.ContainsFunc(out, func(q Prefix) bool { return q.Prefix == p.Prefix || q.Space == p.Space })
		if p.Space != "" && p.Space != xmlSpace && !again {
			out = append(out, p)
		}
	}
	return out
}

// Append appends e as XML in UTF-8 and gives the extended buffer. It declares a namespace where an
// element's differs from its parent's, as the default one unless o.Prefixes has it; other namespaces of attributes
// get a prefix: xml for its own, else ns1, ns2 and so on.
//
// The result is always well-formed. What XML has no way to write is replaced, so the caller cleans
// before if that matters: a byte that is not UTF-8 or a character that XML forbids by U+FFFD, a
// character that cannot stand in a name by "_". E must be no deeper than 10000.
func (e *Element) Append(dst []byte, o Options) []byte {
	if dst == nil {
		dst = make([]byte, 0, 512)
	}
	if o.Declaration {
		dst = append(dst, `<?xml version="1.0" encoding="UTF-8"?>`...)
		if o.Indent != "" {
			dst = append(dst, '\n')
		}
	}
	w := writer{dst: dst, o: o}
	w.o.Prefixes = usable(o.Prefixes)
	w.element(e, "", 0)
	if o.Indent != "" {
		w.dst = append(w.dst, '\n')
	}
	return w.dst
}

type writer struct {
	dst []byte
	o   Options
}

func (w *writer) element(e *Element, outer string, depth int) {
	prefix := w.prefix(e.Space)
	w.dst = append(w.dst, '<')
	name := len(w.dst)
	w.tag(prefix, e.Local)
	behind := len(w.dst)
	if prefix == "" && e.Space != outer {
		w.attr("xmlns", e.Space)
		outer = e.Space
	}
	if depth == 0 {
		for _, p := range w.o.Prefixes {
			w.attr("xmlns:"+p.Prefix, p.Space)
		}
	}
	if len(e.Attrs) > 0 {
		w.attrs(e.Attrs)
	}
	if len(e.Nodes) == 0 {
		if w.o.SpaceEmpty {
			w.dst = append(w.dst, ' ')
		}
		w.dst = append(w.dst, "/>"...)
		return
	}
	w.dst = append(w.dst, '>')
	w.nodes(e, outer, depth)
	w.dst = append(w.dst, "</"...)
	w.dst = append(append(w.dst, w.dst[name:behind]...), '>')
}

// prefix gives the prefix for a namespace, "" if it has none.
func (w *writer) prefix(space string) string {
	for _, p := range w.o.Prefixes {
		if p.Space == space {
			return p.Prefix
		}
	}
	return ""
}

// tag writes a name with its prefix, if there is one.
func (w *writer) tag(prefix, local string) {
	if prefix != "" {
		w.dst = append(append(w.dst, prefix...), ':')
	}
	w.name(local)
}

func (w *writer) nodes(e *Element, outer string, depth int) {
	indent := w.o.Indent != "" && !hasText(e)
	for _, n := range e.Nodes {
		if indent {
			w.newline(depth + 1)
		}
		if n.Elem != nil {
			w.element(n.Elem, outer, depth+1)
		} else {
			w.dst = appendEscaped(w.dst, n.Text, false)
		}
	}
	if indent {
		w.newline(depth)
	}
}

func hasText(e *Element) bool {
	for _, n := range e.Nodes {
		if n.Elem == nil {
			return true
		}
	}
	return false
}

func (w *writer) newline(depth int) {
	w.dst = append(w.dst, '\n')
	for range depth {
		w.dst = append(w.dst, w.o.Indent...)
	}
}

// attrs writes the attributes. A prefix is good for one element only, so it can be numbered afresh.
func (w *writer) attrs(attrs []Attr) {
	var spaces []string
	for _, a := range attrs {
		switch {
		case a.Local == "xmlns" && a.Space == "":
		case a.Space == "":
			w.dst = append(w.dst, ' ')
			w.name(a.Local)
			w.value(a.Value)
		case a.Space == xmlSpace:
			w.dst = append(w.dst, " xml:"...)
			w.name(a.Local)
			w.value(a.Value)
		case w.prefix(a.Space) != "":
			w.dst = append(w.dst, ' ')
			w.tag(w.prefix(a.Space), a.Local)
			w.value(a.Value)
		default:
			spaces = w.prefixed(a, spaces)
		}
	}
}

// prefixed writes an attribute with a namespace of its own, and declares that if it is not in spaces.
func (w *writer) prefixed(a Attr, spaces []string) []string {
	n := 0
	for n < len(spaces) && spaces[n] != a.Space {
		n++
	}
	prefix := "ns" + strconv.Itoa(n+1)
	if n == len(spaces) {
		spaces = append(spaces, a.Space)
		w.attr("xmlns:"+prefix, a.Space)
	}
	w.dst = append(append(append(w.dst, ' '), prefix...), ':')
	w.name(a.Local)
	w.value(a.Value)
	return spaces
}

func (w *writer) attr(name, value string) {
	w.dst = append(append(w.dst, ' '), name...)
	w.value(value)
}

func (w *writer) value(v string) {
	w.dst = append(w.dst, `="`...)
	w.dst = append(appendEscaped(w.dst, v, true), '"')
}

// name writes a name, with "_" for what cannot stand in one.
func (w *writer) name(s string) {
	if IsName(s) {
		w.dst = append(w.dst, s...)
		return
	}
	if _, n := utf8.DecodeRuneInString(s); nameLen(s) == 0 && nameLen("_"+s[:n]) == 1+n {
		w.dst = append(w.dst, '_') // empty, or begins with what can only come later in a name
	}
	for _, r := range s {
		if r == ':' || nameLen("_"+string(r)) == 1 || r == utf8.RuneError {
			r = '_'
		}
		w.dst = utf8.AppendRune(w.dst, r)
	}
}

// appendEscaped appends s as text or as an attribute value.
func appendEscaped(dst []byte, s string, attr bool) []byte {
	done := 0
	for i := 0; i < len(s); {
		if s[i] < utf8.RuneSelf && class[s[i]]&(rewrite|illegal|escape|attrSpace) == 0 {
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		with := escapeFor(r, n, attr)
		if with != "" {
			dst = append(append(dst, s[done:i]...), with...)
			done = i + n
		}
		i += n
	}
	return append(dst, s[done:]...)
}

// escapeFor gives what to write for a rune of n bytes, "" if the rune itself.
func escapeFor(r rune, n int, attr bool) string {
	switch r {
	case '&':
		return "&amp;"
	case '<':
		return "&lt;"
	case '>':
		return "&gt;"
	case '"':
		return "&#34;"
	case '\r':
		return "&#13;"
	case '\n':
		if attr {
			return "&#10;"
		}
	case '\t':
		if attr {
			return "&#9;"
		}
	}
	if r == utf8.RuneError && n == 1 || !legalRune(r) {
		return "\uFFFD"
	}
	return ""
}

func isNumber(s string) bool {
	_, err := strconv.Atoi(s)
	return err == nil
}

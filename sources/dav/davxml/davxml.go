// Package davxml is the XML of WebDAV (RFC 4918), of its collections' synchronisation (RFC 6578), CardDAV (RFC 6352) and
// CalDAV (RFC 4791): names, what requests ask for, and the writing of multistatus answers piece by piece. It is pure.
package davxml

import (
	"bufio"
	"io"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/bindery-sync/bindery/sources/xmltree"
)

// The namespaces.
const (
	DAV     = "DAV:"
	CardDAV = "urn:ietf:params:xml:ns:carddav"
	CalDAV  = "urn:ietf:params:xml:ns:caldav"
	// CS is that of the extensions of calendar servers, such as getctag.
	CS = "http://calendarserver.org/ns/"
	// Bulk is that of Apple's bulk requests.
	Bulk = "http://me.com/_namespace/"
	// Apple is that of the colour and order of calendars.
	Apple = "http://apple.com/ns/ical/"
)

// prefixes are declared once on every answer.
var prefixes = []xmltree.Prefix{{Prefix: "d", Space: DAV}, {Prefix: "card", Space: CardDAV}, {Prefix: "cal", Space: CalDAV},
	{Prefix: "cs", Space: CS}, {Prefix: "ical", Space: Apple}}

// A Name is that of an element.
type Name struct{ Space, Local string }

// Of gives the name of an element.
func Of(e *xmltree.Element) Name { return Name{e.Space, e.Local} }

// New makes an element of that name with child elements.
func (n Name) New(children ...*xmltree.Element) *xmltree.Element {
	return xmltree.New(n.Space, n.Local).Add(children...)
}

// Text makes an element of that name with a text.
func (n Name) Text(s string) *xmltree.Element { return xmltree.New(n.Space, n.Local, xmltree.Text(s)) }

// Href makes a DAV:href.
func Href(path string) *xmltree.Element { return Name{DAV, "href"}.Text(path) }

// A PropStat is what became of some properties of one resource.
type PropStat struct {
	Status int
	Props  []*xmltree.Element
	// Error is the precondition that was not met, nil for none.
	Error *xmltree.Element
}

// A Writer writes one document, piece by piece. After an error it writes nothing more; Close gives the error.
type Writer struct {
	w    *bufio.Writer
	root Name
	err  error
}

// NewWriter begins a document with that root.
func NewWriter(w io.Writer, root Name) *Writer {
	x := &Writer{w: bufio.NewWriterSize(w, 16<<10), root: root}
	x.put(`<?xml version="1.0" encoding="utf-8"?>` + "\n")
	x.open(root, true)
	return x
}

// Multistatus begins a DAV:multistatus.
func Multistatus(w io.Writer) *Writer { return NewWriter(w, Name{DAV, "multistatus"}) }

// Close ends the document.
func (x *Writer) Close() error {
	x.end(x.root)
	if err := x.w.Flush(); x.err == nil {
		x.err = err
	}
	return x.err
}

// Err gives the first error.
func (x *Writer) Err() error { return x.err }

// Element writes an element into the root.
func (x *Writer) Element(e *xmltree.Element) { x.element(e, "") }

// Response writes what became of the properties of a resource. A PropStat without properties is left out; if none has
// any, the resource has an empty one of 200.
func (x *Writer) Response(href string, stats ...PropStat) {
	response := Name{DAV, "response"}
	x.open(response, false)
	x.Element(Href(href))
	some := false
	for _, s := range stats {
		if len(s.Props) > 0 {
			x.PropStat(s)
			some = true
		}
	}
	if !some {
		x.PropStat(PropStat{Status: http.StatusOK})
	}
	x.end(response)
}

// PropStat writes what became of some properties.
func (x *Writer) PropStat(s PropStat) {
	stat, prop := Name{DAV, "propstat"}, Name{DAV, "prop"}
	x.open(stat, false)
	x.open(prop, false)
	for _, p := range s.Props {
		x.Element(p)
	}
	x.end(prop)
	x.Element(Name{DAV, "status"}.Text(StatusLine(s.Status)))
	if s.Error != nil {
		x.Element(Name{DAV, "error"}.New(s.Error))
	}
	x.end(stat)
}

// Status writes what became of a resource as a whole, with the precondition that was not met; nil for none.
func (x *Writer) Status(href string, status int, failed *xmltree.Element) {
	response := Name{DAV, "response"}
	x.open(response, false)
	x.Element(Href(href))
	x.Element(Name{DAV, "status"}.Text(StatusLine(status)))
	if failed != nil {
		x.Element(Name{DAV, "error"}.New(failed))
	}
	x.end(response)
}

// StatusLine spells a status as DAV:status does.
func StatusLine(code int) string {
	return "HTTP/1.1 " + strconv.Itoa(code) + " " + http.StatusText(code)
}

func (x *Writer) put(s string) {
	if x.err == nil {
		_, x.err = x.w.WriteString(s)
	}
}

func (x *Writer) open(n Name, declare bool) {
	x.put("<" + tag(n))
	if declare {
		for _, p := range prefixes {
			x.put(` xmlns:` + p.Prefix + `="` + p.Space + `"`)
		}
	}
	x.put(">")
}

func (x *Writer) end(n Name) { x.put("</" + tag(n) + ">") }

// prefixOf gives the prefix of a namespace, "" if it has none.
func prefixOf(space string) string {
	for _, p := range prefixes {
		if p.Space == space {
			return p.Prefix
		}
	}
	return ""
}

func tag(n Name) string {
	if p := prefixOf(n.Space); p != "" {
		return p + ":" + n.Local
	}
	return n.Local
}

// element writes a tree. Outer is the default namespace around it.
func (x *Writer) element(e *xmltree.Element, outer string) {
	name := tag(Of(e))
	x.put("<" + name)
	if prefixOf(e.Space) == "" && e.Space != outer {
		x.put(` xmlns="`)
		x.text(e.Space, true)
		x.put(`"`)
		outer = e.Space
	}
	x.attrs(e.Attrs)
	if len(e.Nodes) == 0 {
		x.put("/>")
		return
	}
	x.put(">")
	for _, n := range e.Nodes {
		if n.Elem != nil {
			x.element(n.Elem, outer)
		} else {
			x.text(n.Text, false)
		}
	}
	x.put("</" + name + ">")
}

func (x *Writer) attrs(list []xmltree.Attr) {
	for i, a := range list {
		name := a.Local
		switch p := prefixOf(a.Space); {
		case a.Space == "http://www.w3.org/XML/1998/namespace":
			name = "xml:" + name
		case p != "":
			name = p + ":" + name
		case a.Space != "":
			p = "ns" + strconv.Itoa(i+1)
			x.put(` xmlns:` + p + `="`)
			x.text(a.Space, true)
			x.put(`"`)
			name = p + ":" + name
		}
		x.put(" " + name + `="`)
		x.text(a.Value, true)
		x.put(`"`)
	}
}

// plain are the bytes that stand for themselves wherever they are.
var plain = func() (t [256]bool) {
	for c := ' '; c < utf8.RuneSelf; c++ {
		t[c] = c != '&' && c != '<' && c != '>' && c != '"'
	}
	return t
}()

// text writes a text so that every parser reads it as it is: a CR as a reference, and what XML cannot say as U+FFFD.
func (x *Writer) text(s string, attr bool) {
	from := 0
	for i := 0; i < len(s); {
		if plain[s[i]] {
			i++
			continue
		}
		c, n := s[i], 1
		with := ""
		switch {
		case c == '&':
			with = "&amp;"
		case c == '<':
			with = "&lt;"
		case c == '>':
			with = "&gt;"
		case c == '\r':
			with = "&#13;"
		case attr && c == '"':
			with = "&quot;"
		case attr && (c == '\n' || c == '\t'):
			with = "&#" + strconv.Itoa(int(c)) + ";"
		case c < ' ' && c != '\n' && c != '\t':
			with = "\uFFFD"
		case c >= utf8.RuneSelf:
			var r rune
			r, n = utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && n < 2 || r == 0xFFFE || r == 0xFFFF {
				with = "\uFFFD"
			}
		}
		if with != "" {
			x.put(s[from:i])
			x.put(with)
			from = i + n
		}
		i += n
	}
	x.put(s[from:])
}

// Inner gives what stands inside an element, as it can be stored and written again.
func Inner(e *xmltree.Element) string {
	return string(e.Append(nil, xmltree.Options{}))
}

// Outer reads what Inner gave; nil if it is nothing that Inner gives.
func Outer(s string) *xmltree.Element {
	e, err := xmltree.Parse([]byte(s), xmltree.Limits{})
	if err != nil {
		return nil
	}
	return e
}

// IsSpace reports whether a node is the white space between elements.
func IsSpace(n xmltree.Node) bool { return n.Elem == nil && strings.TrimSpace(n.Text) == "" }

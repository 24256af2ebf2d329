package sessionlog

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/bindery-sync/bindery/sources/syncml/wbxml"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

const (
	// maxElements is how many elements of one message are kept, maxValue how many bytes of one value, and
	// maxText how many bytes of the whole.
	maxElements = 100_000
	maxValue    = 2000
	maxText     = 4 << 20
)

// readable gives a message as XML, without what is nobody's business. A message beyond the bounds is cut,
// and says so.
func readable(root *xmltree.Element, content bool) []byte {
	b := blotter{content: content, left: maxElements}
	kept := b.element(root, path{})
	text := kept.Append(make([]byte, 0, 40*(maxElements-max(b.left, 0))), xmltree.Options{})
	if len(text) > maxText {
		text = append(text[:maxText], "\n(the rest is left out)"...)
	}
	if b.left < 0 {
		text = append(text, "\n<!-- "+strconv.Itoa(-b.left)+" more elements are left out -->"...)
	}
	return text
}

// plain are the elements whose text says nothing of items and secrets. What is not here is left out: new
// elements are private until somebody has thought about them.
var plain = map[string]bool{
	"Cmd": true, "CmdID": true, "CmdRef": true, "FieldLevel": true, "FilterType": true, "Format": true,
	"FreeID": true, "FreeMem": true, "Lang": true, "Last": true, "LocURI": true, "Mark": true,
	"MaxMsgSize": true, "MaxObjSize": true, "MsgID": true, "MsgRef": true, "Next": true,
	"NumberOfChanges": true, "RespURI": true, "SessionID": true, "Size": true, "SourceRef": true,
	"TargetRef": true, "Type": true, "VerDTD": true, "VerProto": true, "Version": true,
}

// A blotter makes a copy of a document that may be kept.
type blotter struct {
	content bool
	// left is how many elements may still be copied.
	left int
}

// A path names the two elements around one.
type path struct{ inner, outer string }

func (p path) up(n int) string {
	if n == 0 {
		return p.inner
	}
	return p.outer
}

func (b *blotter) element(e *xmltree.Element, at path) *xmltree.Element {
	b.left--
	if asItIs(e) {
		return e
	}
	c := &xmltree.Element{Space: e.Space, Local: e.Local, Nodes: make([]xmltree.Node, 0, len(e.Nodes))}
	if known, whole := b.data(e, at); whole {
		c.Nodes = known
		return c
	}
	here := path{inner: e.Local, outer: at.inner}
	for _, n := range e.Nodes {
		switch {
		case n.Elem == nil:
		case b.left > 0:
			c.Add(b.element(n.Elem, here))
		default:
			b.left-- // so that the reader is told how many
		}
	}
	if t := e.Text(); strings.TrimSpace(t) != "" {
		c.Nodes = append(c.Nodes, xmltree.Text(b.value(t, e.Local, at)))
	}
	return c
}

// asItIs reports whether an element can stand in the copy without being copied: most can.
func asItIs(e *xmltree.Element) bool {
	if len(e.Attrs) > 0 || len(e.Nodes) > 1 {
		return false
	}
	if len(e.Nodes) == 0 {
		return true
	}
	n := e.Nodes[0]
	return n.Elem == nil && plain[e.Local] && len(n.Text) <= maxValue && !strings.Contains(n.Text, "=")
}

// data gives the nodes of a Data element that is kept, or left out, as a whole.
func (b *blotter) data(e *xmltree.Element, at path) (nodes []xmltree.Node, whole bool) {
	if e.Local != "Data" || at.up(0) != "Item" {
		return nil, false
	}
	if c := at.up(1); c == "Put" || c == "Results" {
		if d := deviceInformation(e); d != nil {
			return []xmltree.Node{{Elem: d}}, true
		}
	}
	if b.content {
		return e.Nodes, true
	}
	// Anchors in the item of a status are elements; whatever else has the form of elements is content.
	if len(e.Nodes) == 1 && e.Nodes[0].Elem != nil && e.Nodes[0].Elem.Local == "Anchor" {
		return nil, false
	}
	return []xmltree.Node{xmltree.Text(leftOut(size(e)))}, true
}

func deviceInformation(e *xmltree.Element) *xmltree.Element {
	d, err := wbxml.DevInf(e, xmltree.Limits{Bytes: 1 << 20, Nodes: 20_000, Lax: true})
	if err != nil || d.Local != "DevInf" {
		return nil
	}
	return d
}

// value is what is kept of an element's text.
func (b *blotter) value(text, local string, at path) string {
	switch {
	case local == "NextNonce", local == "Data" && at.up(0) == "Cred":
		return "(left out)"
	case local == "Data" && (at.up(0) == "Status" || at.up(0) == "Alert") && number(text),
		local == "LocName" && at.up(1) == "SyncHdr", plain[local]:
		if strings.Contains(text, "=") {
			text = token.ReplaceAllString(text, "${1}(left out)")
		}
		return short(text)
	case b.content:
		return short(text)
	}
	return leftOut(len(text))
}

// token finds the secret of a session in an address.
var token = regexp.MustCompile(`((?i:sessionid)=)[^&;#]*`)

func number(s string) bool {
	s = strings.TrimSpace(s)
	return len(s) <= 10 && strings.Trim(s, "0123456789") == ""
}

func short(s string) string {
	if len(s) > maxValue {
		return s[:maxValue] + leftOut(len(s)-maxValue)
	}
	return s
}

func leftOut(n int) string { return "(" + strconv.Itoa(n) + " bytes left out)" }

// size is how many bytes of text an element holds.
func size(e *xmltree.Element) int {
	n := 0
	for _, c := range e.Nodes {
		if c.Elem != nil {
			n += size(c.Elem)
		} else {
			n += len(c.Text)
		}
	}
	return n
}

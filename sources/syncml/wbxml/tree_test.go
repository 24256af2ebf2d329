package wbxml

import (
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-sync/bindery/sources/xmltree"
)

// plain gives a copy of a tree with what the XML encoding of the same message cannot tell apart made
// equal: pieces of text are joined, white space between elements is gone, line ends are LF, text is not
// Opaque, and device information is a tree in the document and has the XML type.
func plain(t *testing.T, e *xmltree.Element) *xmltree.Element {
	t.Helper()
	c := xmltree.New(e.Space, e.Local)
	if text := e.Text(); text != "" && text[0] <= 3 {
		inf, err := DevInf(e, xmltree.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		return c.Add(plain(t, inf))
	}
	for child := range e.Elements() {
		c.Add(plain(t, child))
	}
	text := strings.ReplaceAll(e.Text(), "\r\n", "\n")
	if e.Local == "Type" {
		text = strings.Replace(text, "devinf+wbxml", "devinf+xml", 1)
	}
	if len(c.Nodes) > 0 && strings.TrimSpace(text) == "" || text == "" {
		return c
	}
	c.Nodes = append(c.Nodes, xmltree.Text(text))
	return c
}

// same compares two trees by plain.
func same(t *testing.T, what string, want, got *xmltree.Element) {
	t.Helper()
	want, got = plain(t, want), plain(t, got)
	if reflect.DeepEqual(want, got) {
		return
	}
	lines := xmltree.Options{Indent: " "}
	t.Errorf("%s (-want +got):\n%s", what, cmp.Diff(string(want.Append(nil, lines)), string(got.Append(nil, lines))))
}

// asWBXML makes a plain tree say that its device information is in WBXML, as the sender of a WBXML
// message does. The peer goes by it.
func asWBXML(e *xmltree.Element) *xmltree.Element {
	for i, n := range e.Nodes {
		if n.Elem != nil {
			asWBXML(n.Elem)
		} else if e.Local == "Type" {
			e.Nodes[i].Text = strings.Replace(n.Text, "devinf+xml", "devinf+wbxml", 1)
		}
	}
	return e
}

func parse(t *testing.T, data []byte) *xmltree.Element {
	t.Helper()
	e, err := xmltree.Parse(data, xmltree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func decode(t *testing.T, data []byte) *Document {
	t.Helper()
	d, err := Decode(data, xmltree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

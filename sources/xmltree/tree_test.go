package xmltree

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTreeIsNilSafe(t *testing.T) {
	var none *Element
	if none.Child("a").Child("b").Text() != "" || none.Children("a") != nil || none.Attr("", "x") != "" {
		t.Error("a nil element is not empty")
	}
	for range none.Elements() {
		t.Error("a nil element has children")
	}
}

func TestTreeBuilds(t *testing.T) {
	e := New("urn:a", "Item", Text("one")).
		AddText("Data", "first").
		Add(New("urn:b", "Data", Opaque("second")), nil)
	e.Nodes = append(e.Nodes, Text(" two"))
	e.SetAttr("", "k", "1").SetAttr("", "k", "2").SetAttr("urn:c", "k", "3")

	if got := e.Text(); got != "one two" {
		t.Errorf("text = %q", got)
	}
	if got := e.Child("Data"); got.Space != "urn:a" || got.Text() != "first" {
		t.Errorf("first child = %+v", got)
	}
	if got := e.Children("Data"); len(got) != 2 || got[1].Text() != "second" || !got[1].Nodes[0].Opaque {
		t.Errorf("children = %+v", got)
	}
	if e.Child("None") != nil {
		t.Error("found a child that is not there")
	}
	want := []Attr{{"", "k", "2"}, {"urn:c", "k", "3"}}
	if diff := cmp.Diff(want, e.Attrs); diff != "" {
		t.Error(diff)
	}
	if e.Attr("urn:c", "k") != "3" || e.Attr("urn:c", "j") != "" {
		t.Error("attribute looked up wrongly")
	}
}

func TestElementsStops(t *testing.T) {
	n := 0
	for range New("", "a").AddText("b", "").AddText("c", "").Elements() {
		n++
		break
	}
	if n != 1 {
		t.Errorf("went on to %d elements", n)
	}
}

package atom

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/sources/xmltree"
)

// added are the Atom elements that RFC 4287 demands and the API's examples forget.
var added = []string{"updated", "published", "summary", "author"}

// infosetDiff compares a document with one of the API's: every element, attribute and text of want must
// be in got, in its order, and nothing else but what added names. It gives the places that differ.
func infosetDiff(want, got *xmltree.Element) []string {
	return diffElement("/"+want.Local, want, got)
}

func diffElement(at string, want, got *xmltree.Element) []string {
	if want.Space != got.Space || want.Local != got.Local {
		return []string{fmt.Sprintf("%s: {%s}%s, want {%s}%s", at, got.Space, got.Local, want.Space, want.Local)}
	}
	var diffs []string
	if w, g := attrsOf(want), attrsOf(got); !slices.Equal(w, g) {
		diffs = append(diffs, fmt.Sprintf("%s: attributes %v, want %v", at, g, w))
	}
	if w, g := strings.TrimSpace(want.Text()), strings.TrimSpace(got.Text()); w != g {
		diffs = append(diffs, fmt.Sprintf("%s: text %q, want %q", at, g, w))
	}
	return append(diffs, diffChildren(at, want, got)...)
}

func diffChildren(at string, want, got *xmltree.Element) []string {
	var diffs []string
	expected := slices.Collect(want.Elements())
	for g := range got.Elements() {
		switch {
		case len(expected) > 0 && sameName(expected[0], g):
			diffs = append(diffs, diffElement(at+"/"+g.Local, expected[0], g)...)
			expected = expected[1:]
		case g.Space == nsAtom && got.Space == nsAtom && slices.Contains(added, g.Local):
		default:
			diffs = append(diffs, fmt.Sprintf("%s: unexpected {%s}%s", at, g.Space, g.Local))
		}
	}
	for _, w := range expected {
		diffs = append(diffs, fmt.Sprintf("%s: {%s}%s is missing or out of order", at, w.Space, w.Local))
	}
	return diffs
}

func sameName(a, b *xmltree.Element) bool { return a.Space == b.Space && a.Local == b.Local }

func attrsOf(e *xmltree.Element) []string {
	var list []string
	for _, a := range e.Attrs {
		list = append(list, fmt.Sprintf("{%s}%s=%q", a.Space, a.Local, a.Value))
	}
	slices.Sort(list)
	return list
}

func parse(t *testing.T, doc string) *xmltree.Element {
	t.Helper()
	e, err := xmltree.Parse([]byte(doc), xmltree.Limits{})
	if err != nil {
		t.Fatalf("parse: %v\n%s", err, doc)
	}
	return e
}

// The comparer must see every sort of fault that a document can have.
func TestInfosetDiff(t *testing.T) {
	const want = `<feed xmlns="http://www.w3.org/2005/Atom"><id>1</id><link href="x" rel="self" />` +
		`<entry><id>2</id><source xmlns="http://schemas.obexcode.com/syncserver/2009"><uuid>a</uuid></source></entry></feed>`
	change := func(old, repl string) string {
		if !strings.Contains(want, old) {
			t.Fatalf("%q is not in the document", old)
		}
		return strings.Replace(want, old, repl, 1)
	}
	head, _, _ := strings.Cut(want, "<entry>")
	for _, tc := range []struct {
		name, got string
		equal     bool
	}{
		{"same", want, true},
		{"white space between elements", strings.ReplaceAll(want, "><", ">\n  <"), true},
		{"attributes turned", change(`href="x" rel="self"`, `rel="self" href="x"`), true},
		{"prefixes", change(`<id>1</id>`, `<a:id xmlns:a="http://www.w3.org/2005/Atom">1</a:id>`), true},
		{"updated added", change(`<entry>`, `<updated>now</updated><entry>`), true},
		{"author added", change(`<id>1`, `<author><name>n</name></author><id>1`), true},
		{"text", change(`<id>2</id>`, `<id>3</id>`), false},
		{"attribute value", change(`href="x"`, `href="y"`), false},
		{"attribute missing", change(` rel="self"`, ``), false},
		{"attribute added", change(` rel="self"`, ` rel="self" type="t"`), false},
		{"element missing", change(`<uuid>a</uuid>`, ``), false},
		{"element added", change(`<uuid>a</uuid>`, `<uuid>a</uuid><kind>b</kind>`), false},
		{"element twice", change(`<id>2</id>`, `<id>2</id><id>2</id>`), false},
		{"order", change(`<id>1</id><link href="x" rel="self" />`, `<link href="x" rel="self" /><id>1</id>`), false},
		{"namespace", change(`http://schemas.obexcode.com/syncserver/2009`, `http://www.w3.org/2005/Atom`), false},
		{"updated in another namespace", change(`<uuid>a</uuid>`, `<uuid>a</uuid><updated>now</updated>`), false},
		{"root", strings.ReplaceAll(want, "feed", "food"), false},
		{"entry missing", head + "</feed>", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			diffs := infosetDiff(parse(t, want), parse(t, tc.got))
			if (len(diffs) == 0) != tc.equal {
				t.Errorf("differences %q; want equal = %v", diffs, tc.equal)
			}
		})
	}
}

package xmltree

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestAppend(t *testing.T) {
	nested := New("urn:a", "a").Add(New("urn:a", "b").Add(New("", "c")), New("urn:d", "d", Text("x")), New("", "e"))
	tests := []struct {
		name string
		e    *Element
		o    Options
		want string
	}{
		{"empty", New("", "a"), Options{}, `<a/>`},
		{"empty with a space", New("", "a").SetAttr("", "b", ""), Options{SpaceEmpty: true}, `<a b="" />`},
		{"empty text", New("", "a", Text("")), Options{}, `<a></a>`},
		{"declaration", New("", "a"), Options{Declaration: true}, `<?xml version="1.0" encoding="UTF-8"?><a/>`},
		{"namespaces", nested, Options{}, `<a xmlns="urn:a"><b><c xmlns=""/></b><d xmlns="urn:d">x</d><e xmlns=""/></a>`},
		{"indented", nested, Options{Indent: "  ", Declaration: true}, strings.Join([]string{
			`<?xml version="1.0" encoding="UTF-8"?>`, `<a xmlns="urn:a">`, `  <b>`, `    <c xmlns=""/>`, `  </b>`,
			`  <d xmlns="urn:d">x</d>`, `  <e xmlns=""/>`, `</a>`, ``}, "\n")},
		{"mixed is not indented", New("", "a", Text("x")).Add(New("", "b")), Options{Indent: " "}, "<a>x<b/></a>\n"},
		{"attributes", New("urn:a", "a").SetAttr("", "x", "1").SetAttr(xmlSpace, "lang", "de").
			SetAttr("urn:p", "x", "2").SetAttr("urn:q", "x", "3").SetAttr("urn:p", "y", "4"), Options{},
			`<a xmlns="urn:a" x="1" xml:lang="de" xmlns:ns1="urn:p" ns1:x="2" xmlns:ns2="urn:q" ns2:x="3" ns1:y="4"/>`},
		{"prefixes", New("urn:a", "a").SetAttr("urn:p", "x", "1").SetAttr("urn:q", "y", "2").Add(
			New("urn:p", "b").Add(New("urn:a", "c"), New("urn:d", "d"), New("", "e")), New("urn:d", "f").Add(New("urn:p", "g"))),
			Options{Prefixes: []Prefix{{"p", "urn:p"}, {"ns1", "urn:d"}, {"xmlish", "urn:d"}, {"n s", "urn:d"}, {"p", "urn:d"}, {"q", "urn:p"}}},
			`<a xmlns="urn:a" xmlns:p="urn:p" p:x="1" xmlns:ns1="urn:q" ns1:y="2"><p:b><c/><d xmlns="urn:d"/><e xmlns=""/></p:b>` +
				`<f xmlns="urn:d"><p:g/></f></a>`},
		{"prefixed root", New("urn:p", "a").Add(New("", "b").Add(New("urn:p", "c"))), Options{Prefixes: []Prefix{{"p", "urn:p"}}},
			`<p:a xmlns:p="urn:p"><b><p:c/></b></p:a>`},
		{"declaration among the attributes", New("", "a").SetAttr("", "xmlns", "urn:b"), Options{}, `<a/>`},
		{"escapes in text", New("", "a", Text("<&>\"'\r\n\t]]>ä")), Options{}, "<a>&lt;&amp;&gt;&#34;'&#13;\n\t]]&gt;ä</a>"},
		{"escapes in attributes", New("", "a").SetAttr("", "b", "<&>\"'\r\n\t ä"), Options{},
			`<a b="&lt;&amp;&gt;&#34;'&#13;&#10;&#9; ä"/>`},
		{"what XML cannot hold", New("", "a", Opaque("\x00x\xff\uFFFEy\uFFFD\x7f")), Options{}, "<a>\uFFFDx\uFFFD\uFFFDy\uFFFD\x7f</a>"},
		{"what cannot be a name", New("", "a b:c\xff").SetAttr("", "1é<", "").SetAttr("", "", ""), Options{}, `<a_b_c_ _1é_="" _=""/>`},
		{"what cannot begin a name", New("", "\u0301a"), Options{}, "<_\u0301a/>"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := string(tt.e.Append([]byte("before"), tt.o)); got != "before"+tt.want {
				t.Errorf("got\n%s, want\n%s", got, tt.want)
			}
		})
	}
}

// What Append writes, Parse reads: the same names, namespaces, attributes and text.
func TestAppendParseRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := anyElement(t, 4)
		o := Options{Declaration: rapid.Bool().Draw(t, "declaration"), SpaceEmpty: rapid.Bool().Draw(t, "space")}
		if rapid.Bool().Draw(t, "prefixes") {
			o.Prefixes = []Prefix{{"p", "urn:b"}, {"q", "http://x/?a=1&b='2'"}}
		}
		data := want.Append(nil, o)
		got, err := Parse(data, Limits{})
		if err != nil {
			t.Fatalf("%v in %s", err, data)
		}
		if diff := cmp.Diff(joined(want), joined(got)); diff != "" {
			t.Fatalf("%s\n%s", data, diff)
		}
	})
}

// Whatever bytes a tree is made of, the result is well-formed.
func TestAppendIsWellFormed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bytes := rapid.Custom(func(t *rapid.T) string { return string(rapid.SliceOfN(rapid.Byte(), 0, 50).Draw(t, "bytes")) })
		e := New(bytes.Draw(t, "space"), bytes.Draw(t, "name"), Text(bytes.Draw(t, "text"))).
			SetAttr(bytes.Draw(t, "space"), bytes.Draw(t, "name"), bytes.Draw(t, "value")).
			Add(New(rapid.StringN(0, 50, 100).Draw(t, "space"), rapid.String().Draw(t, "name")))
		data := e.Append(nil, Options{})
		if !utf8.Valid(data) {
			t.Fatalf("not UTF-8: %q", data)
		}
		if _, err := Parse(data, Limits{}); err != nil {
			t.Fatalf("%v in %q", err, data)
		}
	})
}

// joined gives a copy of a tree without empty text and with neighbouring pieces of text as one.
func joined(e *Element) *Element {
	c := &Element{Space: e.Space, Local: e.Local, Attrs: e.Attrs}
	for _, n := range e.Nodes {
		last := len(c.Nodes) - 1
		switch {
		case n.Elem != nil:
			c.Nodes = append(c.Nodes, Node{Elem: joined(n.Elem)})
		case n.Text == "":
		case last >= 0 && c.Nodes[last].Elem == nil:
			c.Nodes[last].Text += n.Text
		default:
			c.Nodes = append(c.Nodes, Text(n.Text))
		}
	}
	return c
}

func anyElement(t *rapid.T, depth int) *Element {
	name := rapid.StringMatching(`[a-zA-Z_é][a-z0-9.ü-]{0,3}`)
	space := rapid.SampledFrom([]string{"", "urn:a", "urn:b", "http://x/?a=1&b='2'"})
	text := rapid.StringMatching(`[a-z <>&"'\r\n\t\]äß😀]{0,6}`)
	e := New(space.Draw(t, "space"), name.Draw(t, "name"))
	for range rapid.IntRange(0, 3).Draw(t, "attributes") {
		if local := name.Draw(t, "attribute"); local != "xmlns" {
			e.SetAttr(space.Draw(t, "space"), local, text.Draw(t, "value"))
		}
	}
	for range rapid.IntRange(0, depth).Draw(t, "nodes") {
		if rapid.Bool().Draw(t, "text?") {
			e.Nodes = append(e.Nodes, Text(text.Draw(t, "text")))
		} else {
			e.Add(anyElement(t, depth-1))
		}
	}
	return e
}

func TestIsName(t *testing.T) {
	tests := []struct {
		name string
		want bool
	}{
		{"a", true}, {"_", true}, {"Rx-Pref", true}, {"a.1", true}, {"é", true}, {"a\u0301", true}, {"日本", true}, {"😀", true},
		{"", false}, {"1", false}, {"-a", false}, {"a:b", false}, {":", false}, {"a b", false}, {"a\x00", false},
		{"\u0301", false}, {"×", false}, {"a\xff", false}, {"\u2028", false}, {"\uFFFD", true}, {"\uFFFE", false},
	}
	for _, tt := range tests {
		if got := IsName(tt.name); got != tt.want {
			t.Errorf("%q: %v", tt.name, got)
		}
	}
}

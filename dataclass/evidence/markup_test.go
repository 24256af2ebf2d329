package evidence

import (
	"strings"
	"testing"
)

func TestPlain(t *testing.T) {
	for s, want := range map[string]string{
		"":                                 "",
		"if a < b and c > d":               "if a < b and c > d",
		"<none> of <these>":                "<none> of <these>",
		"<p>one</p><p>two &amp; three</p>": "one\n\ntwo & three",
		"a<br>b<br/>c":                     "a\nb\nc",
		"<div>bold <b>word</b>s</div>":     "bold words",
		"<html><head><style>p{}</style></head><body>x": "x",
		"<div>open <":                       "open",
		"<script>alert(1)":                  "<script>alert(1)",
		"<div><style>p{color:red}</style>y": "y",
	} {
		if got := plain(s); got != want {
			t.Errorf("plain(%q) = %q, want %q", s, got, want)
		}
	}
	if got := plain("<div>" + strings.Repeat("<", 1<<17)); got != "" {
		t.Errorf("%d octets", len(got))
	}
}

// FuzzPlain takes the tags out of any text: it never grows, and ends.
func FuzzPlain(f *testing.F) {
	for _, s := range []string{"<p>a</p>", "<style>", "a<br", "&amp;<b>", "<div><head"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if got := plain(s); len(got) > 2*len(s)+2 {
			t.Fatalf("%d octets of %d", len(got), len(s))
		}
	})
}

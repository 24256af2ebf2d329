package contentline

import (
	"bytes"
	"reflect"
	"testing"
)

func FuzzParse(f *testing.F) {
	f.Add([]byte("BEGIN:X\r\nA;B=\"c\";D:e\r\n f\r\nEND:X\r\n"), true)
	f.Add([]byte("BEGIN:X\nA;QUOTED-PRINTABLE:=C3=BC=\nb\ng.P;BASE64:AAAA\nBB==\n\njunk\nEND:X\n"), false)
	f.Fuzz(func(t *testing.T, data []byte, mime bool) {
		d := Versit
		if mime {
			d = MIMEDir
		}
		source := bytes.Clone(data)
		all, err := Parse(source, d, Limits{})
		if err != nil {
			return
		}
		clear(source) // the tree does not refer to it
		for _, c := range all {
			checkPrint(t, c, d)
		}
	})
}

// checkPrint wants a tree that was parsed to survive both of its prints, and them to be stable.
func checkPrint(t interface {
	Helper()
	Fatalf(string, ...any)
}, c *Component, d Dialect) {
	t.Helper()
	said := c.Canonical()
	for _, tree := range []*Component{c, said} {
		out := Print(tree, d)
		again, err := Parse(out, d, Limits{})
		if err != nil || len(again) != 1 {
			t.Fatalf("%q: %v", out, err)
		}
		if got := again[0].Canonical(); !reflect.DeepEqual(got, said) {
			t.Fatalf("print %q\ngives %q\nnot   %q", out, Print(got, d), Print(said, d))
		}
		if twice := Print(again[0], d); string(twice) != string(out) {
			t.Fatalf("not stable:\n%q\n%q", out, twice)
		}
	}
}

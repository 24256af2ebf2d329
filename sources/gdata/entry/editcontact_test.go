package entry

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// Whoever edits an entry edits the card: what he changed is changed, what he left stays byte for byte, and what entries
// cannot say is not lost.
func TestEditContactLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := context
		x.Version = rapid.SampledFrom([]int{3, 3, 2}).Draw(t, "version")
		it := drawCard(t)
		c, _ := dataclass.AsContact(it)
		c.SetText("X-ODD", "kept")
		have := New(ContactKind)
		if err := WriteContact(have, it, x); err != nil {
			t.Fatal(err)
		}
		have = reread(t, have)
		same, err := EditContact(it, have, reread(t, have), x)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(it.Body().Data), string(same.Body().Data)); diff != "" {
			t.Fatalf("put as it was got:\n%s", diff)
		}
		read, err := ReadContact(have, x)
		if err != nil {
			t.Fatal(err)
		}
		edited, _ := dataclass.AsContact(read)
		editCard(t, edited)
		want := reread(t, have)
		if err := WriteContact(want, read, x); err != nil {
			t.Fatal(err)
		}
		checkEdited(t, it, have, reread(t, want), x)
	})
}

func checkEdited(t *rapid.T, it *dataclass.Item, have, want *xmltree.Element, x Context) {
	out, err := EditContact(it, have, want, x)
	if err != nil {
		t.Fatal(err)
	}
	asked, err := ReadContact(want, x)
	if err != nil {
		t.Fatal(err)
	}
	wanted, _ := dataclass.AsContact(asked)
	got, _ := dataclass.AsContact(out)
	for _, f := range contactFields {
		if f.what == addressField.what && it.Format() != dataclass.VCard40 {
			continue // a LABEL of these versions does not say whose it is
		}
		if diff := cmp.Diff(f.says(wanted, x), f.says(got, x)); diff != "" {
			t.Fatalf("%s: -want +got\n%s\n%s\n%s\n%s", f.what, diff, it.Body().Data, print(want), out.Body().Data)
		}
	}
	if got.Text("X-ODD") != "kept" {
		t.Fatalf("lost X-ODD:\n%s", out.Body().Data)
	}
}

func TestEditContact(t *testing.T) {
	card := strings.Join([]string{"BEGIN:VCARD", "VERSION:3.0", "UID:7", "N:Lie;Ann;;;", "FN:Ann Lie", "TEL;TYPE=cell,x-odd;X-SIM=1:123",
		"TEL;TYPE=home:456", "PHOTO;ENCODING=b;TYPE=JPEG:AAAA", "KEY:secret", "X-MINE;A=b:c", "ORG:Acme;Sales\\; north", "GENDER:O", "END:VCARD", ""}, "\r\n")
	for name, tt := range map[string]struct{ from, to, line, becomes string }{
		"nothing":           {"Ann Lie", "Ann Lie", "", ""},
		"a number":          {">123<", ">789<", "TEL;TYPE=cell,x-odd;X-SIM=1:123", "TEL;TYPE=cell,x-odd;X-SIM=1:789"},
		"the other number":  {">456<", ">789<", "TEL;TYPE=home:456", "TEL;TYPE=home:789"},
		"the type of one":   {"#home", "#work", "TEL;TYPE=home:456", "TEL;TYPE=work:456"},
		"the organisation":  {"Acme", "Bcme", "ORG:Acme;Sales\\; north", "ORG:Bcme;Sales;north"},
		"half of the name":  {"familyName>Lie", "familyName>Low", "N:Lie;Ann;;;", "N:Low;Ann;;;"},
		"somebody who left": {`<phoneNumber xmlns="http://schemas.google.com/g/2005" rel="http://schemas.google.com/g/2005#home">456</phoneNumber>`, "", "TEL;TYPE=home:456\r\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			it, err := dataclass.Decode(dataclass.Contacts, dataclass.Body{Type: dataclass.VCard30.String(), Data: []byte(card)})
			if err != nil {
				t.Fatal(err)
			}
			have := New(ContactKind)
			if err := WriteContact(have, it, Context{}); err != nil {
				t.Fatal(err)
			}
			text := print(have)
			if !strings.Contains(text, tt.from) {
				t.Fatalf("no %s in %s", tt.from, text)
			}
			want, err := xmltree.Parse([]byte(strings.Replace(text, tt.from, tt.to, 1)), xmltree.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			out, err := EditContact(it, have, want, Context{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(strings.Replace(card, tt.line, tt.becomes, 1), string(out.Body().Data)); diff != "" {
				t.Errorf("%s\n%s", diff, text)
			}
		})
	}
}

package dataclass

import (
	"bytes"
	"testing"

	"github.com/emersion/go-vcard"
)

// twelve is a card of twelve properties that both libraries of the benchmark read without loss.
const twelve = "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Sample;Ada;M.;Dr.;\r\nFN:Dr. Ada M. Sample\r\nNICKNAME:ada\r\n" +
	"ORG:Example Ltd.;Research\r\nTITLE:Chief Tester\r\nTEL;TYPE=cell,pref:+1 555 0000001\r\nTEL;TYPE=work,voice:+1 555 0000002\r\n" +
	"EMAIL;TYPE=internet,home:ada@example.org\r\nADR;TYPE=home:;;1 Sample Street;Sampleton;;10000;Nowhere\r\nBDAY:1950-01-01\r\n" +
	"URL:http://www.example.org/ada\r\nNOTE:first\\nsecond\\, third\r\nEND:VCARD\r\n"

var sink int

// BenchmarkCard decodes a card, reads every typed field and encodes it again.
func BenchmarkCard(b *testing.B) {
	body := Body{Type: "text/vcard;version=3.0", Data: []byte(twelve)}
	b.Run("bindery", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			it, err := Decode(Contacts, body)
			if err != nil {
				b.Fatal(err)
			}
			sink += readTyped(Contact{it}) + len(it.Body().Data)
		}
	})
	b.Run("go-vcard", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			card, err := vcard.NewDecoder(bytes.NewReader(body.Data)).Decode()
			if err != nil {
				b.Fatal(err)
			}
			var out bytes.Buffer
			sink += readFields(card)
			if err := vcard.NewEncoder(&out).Encode(card); err != nil {
				b.Fatal(err)
			}
			sink += out.Len()
		}
	})
}

// readTyped reads everything that the typed view has.
func readTyped(c Contact) int {
	photo, _ := c.Photo()
	n := len(c.Name().Family) + len(c.FormattedName()) + len(c.Phonetic().Family) + len(c.Nicknames()) + len(c.Organizations()) +
		len(c.Phones()) + len(c.Emails()) + len(c.Addresses()) + len(c.URLs()) + len(c.IMs()) + len(c.Relations()) + len(c.Dates()) +
		len(c.Birthday()) + len(c.Anniversary()) + len(photo) + len(c.PhotoURL()) + len(c.Categories()) + len(c.Note()) + len(c.UID())
	return n
}

// readFields reads the same as far as the other library can.
func readFields(c vcard.Card) int {
	n := len(c.Name().FamilyName) + len(c.FormattedNames()) + len(c.Values(vcard.FieldNickname)) + len(c.Values(vcard.FieldOrganization)) +
		len(c.Value(vcard.FieldTitle)) + len(c.Value(vcard.FieldRole)) + len(c.Addresses()) + len(c.Values(vcard.FieldURL)) +
		len(c.Values(vcard.FieldIMPP)) + len(c.Values(vcard.FieldRelated)) + len(c.Value(vcard.FieldBirthday)) +
		len(c.Value(vcard.FieldAnniversary)) + len(c.Value(vcard.FieldPhoto)) + len(c.Categories()) + len(c.Value(vcard.FieldNote)) + len(c.Value(vcard.FieldUID))
	for _, name := range []string{vcard.FieldTelephone, vcard.FieldEmail} {
		for _, f := range c[name] {
			n += len(f.Value) + len(f.Params.Types())
		}
	}
	return n
}

package entry

import (
	"fmt"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// benchCard is a card of a dozen properties, as most address books have them.
const benchCard = "BEGIN:VCARD\r\nVERSION:%s\r\nN:Borborjor;Gambor;;;\r\nFN:Gambor Borborjor\r\nTEL;TYPE=CELL:+1 555 0000000\r\n" +
	"EMAIL;TYPE=HOME:person0@example.org\r\nTEL;TYPE=WORK:+44 20 0000000\r\nTEL;TYPE=FAX:+44 20 9000000\r\n" +
	"ADR;TYPE=HOME:;;0 Sample Street\\nBack door;Exampleton;;00000;Nowhere\r\nNOTE:first line\\nsecond\\, with a comma\\; and äöü €\r\n" +
	"ORG:Sample 0 Ltd.;Testing\r\nTITLE:Specimen\r\nEND:VCARD\r\n"

// BenchmarkCard is one contact on its way into an entry and back.
func BenchmarkCard(b *testing.B) {
	body := dataclass.Body{Type: "text/vcard", Data: []byte(fmt.Sprintf(benchCard, "3.0"))}
	x := Context{Version: 3, GroupBase: "/groups", Groups: map[string]Group{"6": {ID: "6", Title: "My Contacts", System: myContacts}}}
	it, err := dataclass.Decode(dataclass.Contacts, body)
	if err != nil {
		b.Fatal(err)
	}
	e := New(ContactKind)
	if err := WriteContact(e, it, x); err != nil {
		b.Fatal(err)
	}
	document := Append(nil, e)
	for name, do := range map[string]func() error{
		"write": func() error { return WriteContact(New(ContactKind), it, x) },
		"same":  func() error { return WriteContact(e, it, x) },
		"read": func() error {
			_, err := ReadContact(e, x)
			return err
		},
		"decode": func() error {
			_, err := dataclass.Decode(dataclass.Contacts, body)
			return err
		},
		"print": func() error { document = Append(document[:0], e); return nil },
		"parse": func() error {
			_, err := xmltree.Parse(document, xmltree.Limits{})
			return err
		},
		"fingerprint": func() error {
			again, err := dataclass.Decode(dataclass.Contacts, body)
			again.Fingerprint()
			return err
		},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := do(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

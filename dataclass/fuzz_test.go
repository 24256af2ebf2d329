package dataclass

import (
	"testing"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

// normalRoot makes trees comparable: an empty slice is as good as none.
func normalRoot(c *contentline.Component) *contentline.Component {
	d := c.Canonical()
	for i := range d.Props {
		p := &d.Props[i]
		if len(p.Params) == 0 {
			p.Params = nil
		}
		if p.Comp != nil {
			p.Comp = normalRoot(p.Comp)
		}
	}
	return d
}

// forgetful gives an item that has forgotten how its lines were written.
func forgetful(it *Item) *Item {
	again := it.Clone()
	again.root = again.root.Canonical()
	return again
}

func FuzzDecode(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	for _, c := range conversions {
		f.Add([]byte("BEGIN:VCARD\r\nVERSION:2.1\r\n" + c.v21 + "\r\nEND:VCARD\r\n"))
		f.Add([]byte("BEGIN:VCARD\r\nVERSION:4.0\r\n" + c.v40 + "\r\nEND:VCARD\r\n"))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		it, err := Decode(Contacts, Body{Data: data})
		if err != nil {
			return
		}
		it.Title()
		Sent(nil).With(it)
		if c, err := AsContact(it); err != nil || len(c.Card()) == 0 {
			t.Fatal("a card has at least its version")
		}
		checkItem(t, it)
	})
}

var seeds = []string{
	"BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller;J=C3=B6=\r\nrg\r\nTEL;CELL:+47 1\r\nEND:VCARD\r\n",
	"BEGIN:VCARD\r\nVERSION:3.0\r\nN:a\\;b;c\r\nNOTE:x\\ny\\N\\,z\r\nPHOTO;ENCODING=b;TYPE=JPEG:AA\r\n AA\r\nEND:VCARD\r\n",
	"BEGIN:VCARD\nVERSION:2.1\nPHOTO;JPEG;BASE64:\n AAAA\nBBBB\n\nAGENT:\nBEGIN:VCARD\nVERSION:2.1\nFN:b\nEND:VCARD\nFN:a\nEND:VCARD\n",
	"\xEF\xBB\xBFBEGIN:VCARD\rVERSION:3.0\rX-A=\"q;r:s\":1\ritem1.TEL:2\ritem1.X-ABLabel:l\rjunk\rEND:VCARD\r",
	"BEGIN:VCARD\nVERSION:4.0\nN;SORT-AS=a:b;a\nFN:a b\nTEL;VALUE=uri;PREF=1:tel:+1;ext=2\nADR;LABEL=x:;;y\nBDAY:--0203\nRELATED;TYPE=spouse;VALUE=text:c\nIMPP:aim:a%20b\nEND:VCARD",
	"BEGIN:VCARD\nVERSION:3.0\nFN:d\nORG:d\nLABEL:x\nADR:y\ng.X-ABDATE:1604-01-02\ng.X-ABLabel:anniversary\nX-AIM:q\nGEO:1;2\nTZ:+1\nX-SPOUSE:s\nEND:VCARD",
	"BEGIN:VCARD\nVERSION:3.0\nAGENT:BEGIN:VCARD\\nVERSION:3.0\\nFN:c\\nEND:VCARD\nCATEGORIES:a,b\\,c\nBDAY:1950-01-01\nEND:VCARD",
}

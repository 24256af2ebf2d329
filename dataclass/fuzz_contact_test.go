package dataclass

import "testing"

// FuzzContact reads and edits any card through the typed view. What comes out can be read again.
func FuzzContact(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s), uint8(0))
	}
	for i, c := range conversions {
		f.Add([]byte("BEGIN:VCARD\r\nVERSION:2.1\r\n"+c.v21+"\r\nEND:VCARD\r\n"), uint8(i))
		f.Add([]byte("BEGIN:VCARD\r\nVERSION:4.0\r\n"+c.v40+"\r\nEND:VCARD\r\n"), uint8(i))
	}
	f.Fuzz(func(t *testing.T, data []byte, which uint8) {
		it, err := Decode(Contacts, Body{Data: data})
		if err != nil {
			return
		}
		c, err := AsContact(it)
		if err != nil {
			t.Fatal(err)
		}
		readTyped(c)
		e := typedEdits[int(which)%len(typedEdits)]
		if e.name == "address" && len(c.Addresses()) == 0 {
			c.AddAddress(Address{Street: "s"})
		}
		e.edit(c)
		if _, err := Decode(Contacts, it.Body()); err != nil {
			t.Fatalf("%s: %v:\n%s", e.name, err, it.Body().Data)
		}
	})
}

package dataclass

import (
	"bytes"
	"testing"
)

// FuzzMerge3 merges three cards, which are written one after the other with a NUL between them.
func FuzzMerge3(f *testing.F) {
	vcard := func(body string) string { return "BEGIN:VCARD\r\nVERSION:3.0\r\n" + body + "END:VCARD\r\n" }
	f.Add([]byte(vcard("FN:a\r\nTEL;TYPE=HOME:1\r\n")+"\x00"+vcard("FN:b\r\n")+"\x00"+vcard("TEL:2\r\nFN:a\r\n")), uint8(0))
	f.Add([]byte(vcard("g.TEL:1\r\ng.X-ABLabel:l\r\nCATEGORIES:a,b\r\n")+"\x00"+vcard("h.TEL:1\r\nh.X-ABLabel:m\r\n")+
		"\x00BEGIN:VCARD\r\nVERSION:2.1\r\nCATEGORIES:a;c\r\nTEL;CELL:3\r\nEND:VCARD\r\n"), uint8(7))
	f.Fuzz(func(t *testing.T, data []byte, flags uint8) {
		var items [3]*Item
		for i, part := range bytes.SplitN(data, []byte{0}, 3) {
			it, err := Decode(Contacts, Body{Data: part})
			if err != nil {
				return
			}
			items[i] = it
		}
		if items[2] == nil {
			return
		}
		base, w := items[0], Winner(flags&1)
		a := Version{Shadow: base, Now: items[1], Keeps: Keeps{All: flags&2 != 0}}
		b := Version{Shadow: base, Now: items[2], Keeps: Keeps{All: flags&4 != 0}}
		if flags&8 != 0 {
			a.Shadow = items[2]
		}
		if flags&16 != 0 {
			a.Sent = a.Sent.With(base)
		}
		if flags&32 != 0 {
			base = nil
		}
		if flags&64 != 0 {
			b.Now = nil
		}
		checkMerge(t, base, a, b, w)
	})
}

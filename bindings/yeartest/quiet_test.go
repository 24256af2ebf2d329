package yeartest

import (
	"strconv"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/syncml/phonetest"
)

// BenchmarkQuiet is a session of three messages in which nobody has anything to say, with 100 contacts on both
// sides.
func BenchmarkQuiet(b *testing.B) {
	w := newWorld(b, phonetest.Plain, 1)
	w.phone.Trace = nil
	for range 100 {
		w.phone.Add(w.contact(false))
	}
	for range 2 {
		if _, err := w.phone.Sync(200); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		if r, err := w.phone.Sync(200); err != nil || r.Mode != 200 || r.Sent+r.Got > 0 {
			b.Fatalf("%+v, %v", r, err)
		}
	}
}

// BenchmarkPull is the first sync of a new phone, which gets 1,000 contacts and sends none.
func BenchmarkPull(b *testing.B) {
	w := newWorld(b, phonetest.Plain, 1)
	for range 1000 {
		body := dataclass.Body{Type: "text/vcard;version=3.0", Data: []byte(w.contact(false).Card30())}
		if _, err := w.items.Put(b.Context(), dataclass.Contacts, "", "", body); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		w.names++
		p := phonetest.New(phonetest.Plain, "IMEI:"+strconv.Itoa(w.names), w)
		p.Binary, p.Now = true, w.now
		if r, err := p.Sync(200); err != nil || r.Got != 1000 {
			b.Fatalf("%+v, %v", r, err)
		}
	}
}

// BenchmarkSlow is a slow sync of a phone whose 1,000 contacts are all there.
func BenchmarkSlow(b *testing.B) {
	w := newWorld(b, phonetest.Plain, 1)
	w.phone.Trace, w.phone.Binary = nil, true
	for range 1000 {
		w.phone.Add(w.contact(false))
	}
	if _, err := w.phone.Sync(200); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if r, err := w.phone.Sync(201); err != nil || r.Sent != 1000 || r.Got != 0 {
			b.Fatalf("%+v, %v", r, err)
		}
	}
}

package yeartest

import (
	"testing"

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

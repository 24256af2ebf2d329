package bindings

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
)

// listed is a world whose phone cuts notes, and how it shows its people: Ann is one of eight.
func listed(t *testing.T) (w *world, ann string) {
	t.Helper()
	w = newWorld(t)
	for i := range 8 {
		mustPut(w, card(one(i), longNote, fmt.Sprintf("TEL;TYPE=CELL:+4930%06d", 100000+7919*i)))
	}
	w.mustSync()
	cut := byLine(cutNote(20))
	for id, b := range w.phone.items {
		w.phone.items[id] = cut(b)
	}
	for range 2 { // the engine learns it
		if err := w.syncPhone(true); err != nil {
			t.Fatal(err)
		}
	}
	return w, w.phone.find(one(3))
}

// TestRule_6_3_AListIsNoEdit: what is deleted in the datastore does not come back because a phone that holds it cut lists
// all that it holds, in a whole slow sync, in one that breaks off, or while the deletion is on its way; an edit in the list
// does bring it back.
func TestRule_6_3_AListIsNoEdit(t *testing.T) {
	for _, c := range []struct {
		name          string
		whole, edited bool
	}{
		{"a whole slow sync", true, false},
		{"one that breaks off", false, false},
		{"a whole slow sync with an edit", true, true},
		{"one that breaks off, with an edit", false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, ann := listed(t)
			if err := w.peer.Delete(dataclass.Contacts, peerID(w, one(3))); err != nil {
				t.Fatal(err)
			}
			if c.edited {
				b := w.phone.items[ann]
				b.Data = []byte(strings.Replace(string(b.Data), "NOTE:She", "NOTE:He", 1))
				w.phone.items[ann] = b
			}
			if !c.whole {
				s := w.session()
				for id, b := range w.phone.items {
					s.put(true, replace(id, b))
				}
				s = w.session()
				s.ok(w.phones.Flush(context.Background(), s.ph, simDB))
			}
			if err := w.syncPhone(c.whole); err != nil {
				t.Fatal(err)
			}
			w.mustSync()
			want := 7
			if c.edited {
				want = 8
			}
			w.mustCount(want, want)
		})
	}
}

package bindings

import (
	"fmt"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
)

// TestRule_2_1_ABrokenSlowSyncOfARestoredPhone: a phone that was given back its backup has new ids for its items. Its slow
// sync breaks off in the middle, and what it had sent is planned before it comes again: no item is doubled by that, whatever
// becomes of the phone meanwhile; and what only the phone had is kept.
func TestRule_2_1_ABrokenSlowSyncOfARestoredPhone(t *testing.T) {
	const people = 30
	ids := map[string]func(int) string{
		"ids that were given before": func(i int) string { return fmt.Sprint(1 + (i+7)%people) },
		"ids that are new":           func(i int) string { return fmt.Sprint(1000 + i) },
	}
	for name, id := range ids {
		for _, wiped := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, wiped then: %v", name, wiped), func(t *testing.T) {
				w := newWorld(t)
				for i := range people {
					mustPut(w, card(one(i), fmt.Sprintf("TEL;TYPE=CELL:+4930%06d", 100000+7919*i)))
				}
				w.mustSync()
				w.mustAgree(people)
				clear(w.phone.items)
				s := w.session()
				for i := range people {
					b := card(one(i), fmt.Sprintf("TEL;TYPE=CELL:+4930%06d", 100000+7919*i))
					if i == 3 { // changed since the backup was made, by nobody but the phone
						b = card(one(i), fmt.Sprintf("TEL;TYPE=CELL:+4930%06d", 100000+7919*i), "NOTE:only here")
					}
					w.phone.items[id(i)] = b
					if i < people/2 {
						s.put(true, add(id(i), b))
					}
				}
				s.finish(false)
				if wiped {
					clear(w.phone.items)
				}
				if err := w.syncPhone(true); err != nil {
					t.Fatal(err)
				}
				w.mustSync()
				w.mustAgree(people)
				if got := noteOf(t, w.phone.items[w.phone.find(one(3))]); got != "only here" {
					t.Errorf("the note is %q", got)
				}
			})
		}
	}
}

func noteOf(t *testing.T, b dataclass.Body) string {
	t.Helper()
	it, err := dataclass.Decode(dataclass.Contacts, b)
	if err != nil {
		t.Fatal(err)
	}
	c, err := dataclass.AsContact(it)
	if err != nil {
		t.Fatal(err)
	}
	return c.Note()
}

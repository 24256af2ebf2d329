package datastore_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/datastore"
)

// Who wrote what is known until it was noted, and what was written between a look and its note is known afterwards.
func TestTouched(t *testing.T) {
	h := newHouse(t, datastore.Options{})
	calls := 0
	h.d.OnWrite(func() { calls++ })
	touched := func(want ...[]datastore.Write) []datastore.Touched {
		t.Helper()
		list, err := h.d.Touched(t.Context(), 10)
		if err != nil {
			t.Fatal(err)
		}
		var got [][]datastore.Write
		for _, c := range list {
			got = append(got, c.Writes)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		return list
	}
	note := func(list []datastore.Touched) {
		t.Helper()
		for _, c := range list {
			if err := h.d.Noted(t.Context(), c); err != nil {
				t.Fatal(err)
			}
		}
	}
	user := datastore.Write{Class: dataclass.Notes}
	engine := datastore.Write{Class: dataclass.Notes, Origin: "engine"}
	touched()
	ann, bea := h.client(t, "ann"), h.client(t, "bea")
	it := ann.put("a")
	apply := func(ops ...sources.Op) {
		t.Helper()
		s := ann.session("")
		if _, err := s.Apply(t.Context(), ops); err != nil {
			t.Fatal(err)
		}
	}
	apply(sources.Op{Verb: sources.Add, Body: dataclass.Body{Type: "text/plain", Data: []byte("b")}})
	bea.put("c")
	list := touched([]datastore.Write{user, engine}, []datastore.Write{user})
	ann.put("d") // between look and note
	note(list)
	note(touched([]datastore.Write{user}))
	touched()
	apply(sources.Op{Verb: sources.Delete, ID: it.ID}) // a deletion is a change too
	note(touched([]datastore.Write{engine}))
	apply(sources.Op{Verb: sources.Delete, ID: it.ID}) // there is nothing left to delete
	touched()
	if err := ann.Delete(notes, "nowhere"); err == nil {
		t.Error("deleted what there is not")
	}
	if calls < 5 {
		t.Errorf("told of %d writes", calls)
	}
}

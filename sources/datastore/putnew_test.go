package datastore_test

import (
	"errors"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/datastore"
)

// New items that are put together are all there, in their order, and seen by whoever looked before; or none is there.
func TestPutNew(t *testing.T) {
	c := newHouse(t, datastore.Options{MaxItemSize: 10}).client(t, "ann")
	c.put("first")
	_, before := c.look("")
	if _, err := c.items().PutNew(t.Context(), notes, []dataclass.Body{note("fits"), note("eleven byte")}); !errors.Is(err, sources.ErrTooBig) {
		t.Errorf("one too big: %v", err)
	}
	if n, err := c.items().Count(t.Context(), notes); n != 1 || err != nil {
		t.Fatalf("%d items after nothing was put (%v)", n, err)
	}
	made, err := c.items().PutNew(t.Context(), notes, []dataclass.Body{note("a"), note("b"), note("a")})
	if err != nil || len(made) != 3 {
		t.Fatal(made, err)
	}
	list, _ := c.look(before)
	if len(list) != 3 {
		t.Fatalf("%d changes, want 3", len(list))
	}
	for i, want := range []string{"a", "b", "a"} {
		if it := made[i]; it.ID != list[i].ID || it.Rev != list[i].Rev || string(it.Body.Data) != want || string(list[i].Body.Data) != want || list[i].Verb != sources.Add {
			t.Errorf("item %d: put %+v, seen %+v", i, it, list[i])
		}
	}
}

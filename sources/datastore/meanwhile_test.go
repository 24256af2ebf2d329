package datastore_test

import (
	"errors"
	"testing"

	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/datastore"
)

// TestAddOfWhatWasEnteredMeanwhile: a sync that read the store before somebody entered an item does not add an equal one;
// each such item stands for one Add, and a repeated Add is answered as before.
func TestAddOfWhatWasEnteredMeanwhile(t *testing.T) {
	c := newHouse(t, datastore.Options{}).client(t, "ann")
	c.put("before")
	s := c.session("")
	add := func(key, text string) sources.Result {
		t.Helper()
		res, err := s.Apply(t.Context(), []sources.Op{{Key: sources.Key(key), Verb: sources.Add, Body: note(text)}})
		if err != nil || len(res) != 1 {
			t.Fatalf("%v, %v", res, err)
		}
		return res[0]
	}
	first := add("k1", "own")
	c.put("meanwhile")
	gone := c.put("gone again")
	if err := c.items().Delete(t.Context(), notes, gone.ID, ""); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name, key, text string
		refused         bool
	}{
		{"what was there when it began", "k2", "before", false},
		{"what it added itself", "k3", "own", false},
		{"what somebody entered meanwhile", "k4", "meanwhile", true},
		{"the same once more", "k5", "meanwhile", false},
		{"what was deleted again", "k6", "gone again", false},
		{"an Add whose outcome was unknown", "k1", "own", false},
	} {
		res := add(tc.key, tc.text)
		if refused := res.State == sources.Failed && errors.Is(res.Err, sources.ErrConflict); refused != tc.refused {
			t.Errorf("%s: %+v", tc.name, res)
		}
		if tc.key == "k1" && res.ID != first.ID {
			t.Errorf("%s: %+v, was %+v", tc.name, res, first)
		}
	}
	other := c.put("after the last look")
	if res := add("k7", "after the last look"); !errors.Is(res.Err, sources.ErrConflict) {
		t.Errorf("beside %s: %+v", other.ID, res)
	}
}

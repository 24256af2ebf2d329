package datastore_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/datastore"
)

func (c *client) remove(it datastore.Item) {
	c.t.Helper()
	if err := c.Delete(notes, it.ID); err != nil {
		c.t.Fatal(err)
	}
}

func (c *client) lost(since sources.Cursor) bool {
	c.t.Helper()
	s, err := c.Source("engine").Begin(c.t.Context(), notes, since)
	if err != nil {
		return errors.Is(err, sources.ErrCursorLost)
	}
	_ = s.Close()
	return false
}

// TestRule_7_1_TombstonesEndAfterAYear: whoever comes within a year is told of each deletion; whoever comes
// later is told that he is too late, never less than happened.
func TestRule_7_1_TombstonesEndAfterAYear(t *testing.T) {
	now := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	c := newHouse(t, datastore.Options{Now: func() time.Time { return now }}).client(t, "ann")
	first, second := c.put("a"), c.put("b")
	_, before := c.look("")
	c.remove(first)
	_, between := c.look("")
	now = now.AddDate(0, 6, 0)
	c.remove(second)
	_, after := c.look("")
	now = now.AddDate(0, 5, 0)
	c.put("c")
	if list, _ := c.look(before); len(list) != 3 {
		t.Errorf("after eleven months %d changes, wanted two deletions and an item", len(list))
	}
	now = now.AddDate(0, 2, 0)
	c.put("d")
	if !c.lost(before) {
		t.Error("after thirteen months a cursor is good that has not read a deletion")
	}
	if c.lost(between) || c.lost(after) {
		t.Error("a cursor is lost that has read the deletion that ended")
	}
	if list, _ := c.look(between); len(list) != 3 {
		t.Errorf("%d changes, wanted a deletion and two items", len(list))
	}
}

// Many tombstones end a part at a time; none that is left misleads a cursor.
func TestRule_7_1_TombstonesEndInParts(t *testing.T) {
	now := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	c := newHouse(t, datastore.Options{Now: func() time.Time { return now }}).client(t, "ann")
	var all []datastore.Item
	for i := range 600 {
		all = append(all, c.put(fmt.Sprint(i)))
	}
	var cursors []sources.Cursor
	for _, it := range all {
		s := c.session("")
		cur, err := s.Commit(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		cursors = append(cursors, cur)
		c.remove(it)
	}
	now = now.AddDate(2, 0, 0)
	lost := func() (n int) {
		for i, cur := range cursors {
			if c.lost(cur) {
				n++
			} else if list, _ := c.look(cur); len(list) < 600-i {
				t.Fatalf("cursor %d is good and shows %d changes", i, len(list))
			}
		}
		return n
	}
	c.put("x")
	if n := lost(); n != 500 {
		t.Errorf("%d cursors lost after one write, wanted 500", n)
	}
	c.put("y")
	if n := lost(); n != 600 {
		t.Errorf("%d cursors lost after two writes, wanted all", n)
	}
}

// A look goes on while a write ends the tombstones that it is to show.
func TestRule_7_1_TombstonesThatEndUnderALook(t *testing.T) {
	now := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	c := newHouse(t, datastore.Options{Now: func() time.Time { return now }}).client(t, "ann")
	it := c.put("a")
	_, before := c.look("")
	c.remove(it)
	now = now.AddDate(2, 0, 0)
	s := c.session(before)
	c.put("b")
	var last error
	for _, err := range s.Changes(t.Context()) {
		last = err
	}
	if !errors.Is(last, sources.ErrCursorLost) {
		t.Errorf("the look ended with %v", last)
	}
}

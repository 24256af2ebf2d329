package datastore_test

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/datastore"
	"github.com/bindery-sync/bindery/sources/faulty"
	"github.com/bindery-sync/bindery/sources/sqlstore"
)

// TestCrashes: an engine that repeats an add after any crash has one item, and the counter never gives
// a revision twice.
func TestCrashes(t *testing.T) {
	for n := 1; ; n++ {
		points := faulty.CrashAt(n)
		path := filepath.Join(t.TempDir(), "x.db")
		if err := openStore(t, path).Close(); err != nil {
			t.Fatal(err)
		}
		broken, err := sqlstore.Open(t.Context(), sqlstore.Options{
			Path: path, Unsafe: true, Fault: func(p sqlstore.Point) error { return points.Hit(string(p)) },
		})
		if err != nil {
			t.Fatal(err)
		}
		apply := func(store *sqlstore.Store) error {
			c := &client{t: t, house: &house{d: datastore.New(store, datastore.Options{})}, owner: "ann", id: "1"}
			_, err := c.session("").Apply(t.Context(), []sources.Op{
				{Key: "1", Verb: sources.Add, Body: note("a")}, {Key: "2", Verb: sources.Add, Body: note("b")},
			})
			return err
		}
		err = apply(broken)
		if points.Crashed() != errors.Is(err, faulty.ErrCrash) {
			t.Fatalf("point %d: %v", n, err)
		}
		if err := broken.Close(); err != nil {
			t.Fatal(err)
		}
		h := &house{path: path}
		h.open(t)
		if err := apply(h.store); err != nil {
			t.Fatal(err)
		}
		c := &client{t: t, house: h, owner: "ann", id: "1"}
		list, _ := c.look("")
		if len(list) != 2 || list[0].Rev == list[1].Rev {
			t.Fatalf("point %d: %v", n, list)
		}
		if err := h.store.Close(); err != nil {
			t.Fatal(err)
		}
		if !points.Crashed() {
			break
		}
	}
}

// TestCursorOfAnotherLife: a client that was removed and made again does not take its old cursors.
func TestCursorOfAnotherLife(t *testing.T) {
	h := newHouse(t, datastore.Options{})
	c := h.client(t, "ann")
	c.put("a")
	_, cur := c.look("")
	err := h.store.Update(t.Context(), func(_ context.Context, tx *gorm.DB) error {
		return errors.Join(tx.Exec("DELETE FROM datastore_items").Error, tx.Exec("DELETE FROM datastore_clients").Error)
	})
	if err != nil {
		t.Fatal(err)
	}
	c.put("b")
	c.put("c")
	if _, err := c.Source("").Begin(t.Context(), notes, cur); !errors.Is(err, sources.ErrCursorLost) {
		t.Fatalf("error %v", err)
	}
}

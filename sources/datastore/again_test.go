package datastore_test

import (
	"path/filepath"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/datastore"
)

// What is written anew says which deleted item it stands for, if it names itself as that did or the writer knows it.
func TestPutAgain(t *testing.T) {
	for _, c := range []struct {
		name   string
		had    string // the UID of item a, which is deleted
		id     sources.ID
		uid    string
		writes sources.ID // what the writer knows
		want   sources.ID
	}{
		{"under its name", "one", "a", "one", "", "a"},
		{"under another name", "one", "b", "one", "", "a"},
		{"with another UID", "one", "b", "two", "", ""},
		{"its name, for another", "one", "a", "two", "", ""},
		{"no UID, and the writer knows", "", "b", "two", "a", "a"},
		{"no UID, and nobody knows", "", "b", "", "", ""},
		{"the writer names what is not there", "", "b", "two", "c", ""},
		{"the writer names what is there", "", "b", "two", "alive", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := datastore.New(openStore(t, filepath.Join(t.TempDir(), "x.db")), datastore.Options{})
			it := d.Items("owner", "client")
			put := func(id sources.ID, uid string, stands sources.ID) {
				t.Helper()
				if _, _, err := it.PutIf(t.Context(), dataclass.Contacts, id, datastore.Condition{Unique: true, For: stands}, vcard(uid)); err != nil {
					t.Fatal(err)
				}
			}
			put("alive", "other", "")
			put("a", c.had, "")
			if err := it.Delete(t.Context(), dataclass.Contacts, "a", ""); err != nil {
				t.Fatal(err)
			}
			for range 2 { // an edit changes nothing of that
				put(c.id, c.uid, c.writes)
				if got := keyOf(t, d, c.id); sources.RevivalOf(got) != c.want {
					t.Errorf("key %q, want one of %q", got, c.want)
				}
			}
		})
	}
}

// The user's fear: an event is deleted, a phone brings it back, it is deleted again, and two devices that did not know of it
// each bring it back once more: it is there twice. The key by which it was brought back the first time is free by then.
func TestPutAgainAfterTheSecondDeath(t *testing.T) {
	for _, name := range []sources.ID{"b", "a"} {
		t.Run("under the name "+string(name), func(t *testing.T) {
			store := openStore(t, filepath.Join(t.TempDir(), "x.db"))
			w := uidWorld{t: t, store: store, d: datastore.New(store, datastore.Options{})}
			w.put("a", vcard("one"))
			for range 2 {
				w.op(sources.Delete, "a", "", dataclass.Body{})
				w.op(sources.Add, "", sources.RevivalKey("a"), vcard("one"))
			}
			w.op(sources.Delete, "a", "", dataclass.Body{})
			it := w.d.Items("owner", "client")
			if _, _, err := it.PutIf(t.Context(), dataclass.Contacts, name, datastore.Condition{Unique: true}, vcard("one")); err != nil {
				t.Fatal(err)
			}
			if got := keyOf(t, w.d, name); got != sources.RevivalKey("a") {
				t.Errorf("key %q", got)
			}
			w.op(sources.Add, "", sources.RevivalKey("a"), vcard("one"))
			if list, err := it.Heads(t.Context(), dataclass.Contacts, -1, true, 10); err != nil || len(alive(list)) != 1 || alive(list)[0] != name {
				t.Errorf("alive are %v, %v", alive(list), err)
			}
		})
	}
}

func alive(list []datastore.Head) (ids []sources.ID) {
	for _, h := range list {
		if !h.Dead {
			ids = append(ids, h.ID)
		}
	}
	return ids
}

// keyOf gives the key that a look shows for an item.
func keyOf(t *testing.T, d *datastore.Datastore, id sources.ID) sources.Key {
	t.Helper()
	src, err := d.Kind().Open(t.Context(), sources.Client{Owner: "owner", ID: "client"})
	if err != nil {
		t.Fatal(err)
	}
	s, err := src.Begin(t.Context(), dataclass.Contacts, "")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	for ch, err := range s.Changes(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if ch.ID == id {
			return ch.Key
		}
	}
	t.Fatalf("no item %s", id)
	return ""
}

package datastore_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/datastore"
)

// The user's fear: a device that keeps no UIDs edits a contact, and every program that knows it by its UID takes it for
// deleted and for another one.
func TestAnItemKeepsItsUID(t *testing.T) {
	none := dataclass.Body{Type: "text/vcard", Data: []byte("BEGIN:VCARD\r\nVERSION:3.0\r\nFN:x\r\nEND:VCARD\r\n")}
	for _, c := range []struct {
		name string
		do   func(w uidWorld)
		want string
	}{
		{"never had one", func(w uidWorld) { w.put("a", none) }, ""},
		{"lost it", func(w uidWorld) { w.put("a", vcard("one")); w.put("a", none) }, "one"},
		{"lost it twice", func(w uidWorld) { w.put("a", vcard("one")); w.put("a", none); w.put("a", none) }, "one"},
		{"by a sync", func(w uidWorld) { w.put("a", vcard("one")); w.op(sources.Replace, "a", "", none) }, "one"},
		{"has another", func(w uidWorld) { w.put("a", vcard("one")); w.put("a", none); w.put("a", vcard("two")) }, "two"},
		{"comes back", func(w uidWorld) {
			w.put("a", vcard("one"))
			w.op(sources.Delete, "a", "", dataclass.Body{})
			w.op(sources.Add, "", sources.RevivalKey("a"), none)
		}, "one"},
		{"gains one", func(w uidWorld) { w.put("a", none); w.put("a", vcard("one")) }, "bindery-a"},
		{"gains one by a sync", func(w uidWorld) { w.put("a", none); w.op(sources.Replace, "a", "", vcard("one")) }, "bindery-a"},
		{"gains one, and another", func(w uidWorld) { w.put("a", none); w.put("a", vcard("one")); w.put("a", vcard("two")) }, "bindery-a"},
		{"gains one before UIDs were read", func(w uidWorld) { w.put("a", none); w.unread(); w.put("a", vcard("one")) }, "bindery-a"},
		{"comes back with one", func(w uidWorld) {
			w.put("a", none)
			w.op(sources.Delete, "a", "", dataclass.Body{})
			w.op(sources.Add, "", sources.RevivalKey("a"), vcard("one"))
		}, "bindery-a"},
		{"gains one and comes back", func(w uidWorld) {
			w.put("a", none)
			w.put("a", vcard("one"))
			w.op(sources.Delete, "a", "", dataclass.Body{})
			w.op(sources.Add, "", sources.RevivalKey("a"), vcard("one"))
		}, "bindery-a"},
		{"gains one, and its id is used again", func(w uidWorld) {
			w.put("a", none)
			w.put("a", vcard("one"))
			w.op(sources.Delete, "a", "", dataclass.Body{})
			w.put("a", vcard("two"))
		}, "two"},
		{"its id is used again", func(w uidWorld) {
			w.put("a", vcard("one"))
			w.op(sources.Delete, "a", "", dataclass.Body{})
			w.put("a", none)
		}, ""},
		{"was written before UIDs were read", func(w uidWorld) {
			w.put("a", vcard("one"))
			w.unread()
			w.put("a", none)
		}, "one"},
	} {
		t.Run(c.name, func(t *testing.T) {
			store := openStore(t, filepath.Join(t.TempDir(), "x.db"))
			w := uidWorld{t: t, store: store, d: datastore.New(store, datastore.Options{})}
			c.do(w)
			if got := w.uids(); got != strings.Repeat(c.want+" ", 6) {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

// A uidWorld is a datastore that an item is written to in several ways.
type uidWorld struct {
	t     *testing.T
	store interface {
		Update(ctx context.Context, fn func(context.Context, *gorm.DB) error) error
	}
	d *datastore.Datastore
}

func (w uidWorld) put(id sources.ID, body dataclass.Body) {
	w.t.Helper()
	if _, err := w.d.Items("owner", "client").Put(w.t.Context(), dataclass.Contacts, id, "", body); err != nil {
		w.t.Fatal(err)
	}
}

// op does what a sync does.
func (w uidWorld) op(verb sources.Verb, id sources.ID, key sources.Key, body dataclass.Body) {
	w.t.Helper()
	src, err := w.d.Kind().Open(w.t.Context(), sources.Client{Owner: "owner", ID: "client"})
	if err != nil {
		w.t.Fatal(err)
	}
	s, err := src.Begin(w.t.Context(), dataclass.Contacts, "")
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	results, err := s.Apply(w.t.Context(), []sources.Op{{Verb: verb, ID: id, Key: key, Body: body}})
	if err != nil || len(results) != 1 || results[0].Err != nil {
		w.t.Fatal(results, err)
	}
}

// unread makes the UIDs unknown.
func (w uidWorld) unread() {
	w.t.Helper()
	err := w.store.Update(w.t.Context(), func(_ context.Context, tx *gorm.DB) error {
		return tx.Exec("UPDATE datastore_items SET uid = NULL").Error
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// uids gives the UID of item a, as each way to read it tells it.
func (w uidWorld) uids() string {
	w.t.Helper()
	it, ctx, class := w.d.Items("owner", "client"), w.t.Context(), dataclass.Contacts
	one, err := it.Get(ctx, class, "a")
	if err != nil {
		w.t.Fatal(err)
	}
	small, _, err := it.GetSmall(ctx, class, "a", 1<<20)
	if err != nil {
		w.t.Fatal(err)
	}
	head, err := it.Head(ctx, class, "a")
	if err != nil {
		w.t.Fatal(err)
	}
	list, err := it.List(ctx, class, "", 0)
	if err != nil || len(list) != 1 {
		w.t.Fatal(list, err)
	}
	since, err := it.Since(ctx, class, 0, datastore.Order{})
	if err != nil || len(since) != 1 {
		w.t.Fatal(since, err)
	}
	some, _, err := it.GetSome(ctx, class, []sources.ID{"a"})
	if err != nil {
		w.t.Fatal(err)
	}
	return strings.Join([]string{one.UID, small.UID, head.UID, list[0].UID, since[0].UID, some["a"].UID, ""}, " ")
}

package datastore_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/datastore"
)

func vcard(uid string) dataclass.Body {
	return dataclass.Body{Type: "text/vcard", Data: []byte("BEGIN:VCARD\r\nVERSION:3.0\r\nUID:" + uid + "\r\nFN:x\r\nEND:VCARD\r\n")}
}

// A condition is looked at in the transaction of the write, so of two programs that make the same item one is told.
func TestPutIf(t *testing.T) {
	d := datastore.New(openStore(t, filepath.Join(t.TempDir(), "x.db")), datastore.Options{MaxItemSize: 1000})
	it := d.Items("owner", "client")
	put := func(id string, c datastore.Condition, uid string) (datastore.Item, bool, error) {
		return it.PutIf(t.Context(), dataclass.Contacts, sources.ID(id), c, vcard(uid))
	}
	first, made, err := put("a", datastore.Condition{Absent: true, Unique: true}, "one")
	if err != nil || !made {
		t.Fatal(made, err)
	}
	for name, c := range map[string]datastore.Condition{
		"it is there": {Absent: true}, "another revision": {Revs: []sources.Revision{"77"}}, "no revision": {Revs: []sources.Revision{}},
	} {
		if _, _, err := put("a", c, "one"); !errors.Is(err, sources.ErrConflict) {
			t.Errorf("%s: %v", name, err)
		}
		if err := it.DeleteIf(t.Context(), dataclass.Contacts, "a", c); !errors.Is(err, sources.ErrConflict) {
			t.Errorf("delete, %s: %v", name, err)
		}
	}
	if _, _, err := put("b", datastore.Condition{Present: true}, "two"); !errors.Is(err, sources.ErrConflict) {
		t.Errorf("it is not there: %v", err)
	}
	var taken *datastore.TakenError
	if _, _, err := put("b", datastore.Condition{Unique: true}, "one"); !errors.As(err, &taken) || taken.By != "a" {
		t.Errorf("the UID of another: %v", err)
	}
	if _, _, err := put("a", datastore.Condition{Unique: true}, "two"); !errors.As(err, &taken) || taken.By != "a" {
		t.Errorf("another UID: %v", err)
	}
	if _, made, err := put("a", datastore.Condition{Revs: []sources.Revision{first.Rev}, Unique: true}, "one"); err != nil || made {
		t.Errorf("%v %v", made, err)
	}
	// Who does not ask may write the same UID twice; that is then not made worse.
	if _, err := it.Put(t.Context(), dataclass.Contacts, "c", "", vcard("one")); err != nil {
		t.Fatal(err)
	}
	if _, _, err := put("c", datastore.Condition{Unique: true}, "one"); err != nil {
		t.Errorf("its own UID: %v", err)
	}
	for _, bad := range []string{"", "a\nb"} {
		if _, _, err := put(bad, datastore.Condition{}, "x"); !errors.Is(err, sources.ErrUnsupported) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if err := it.DeleteIf(t.Context(), dataclass.Contacts, "none", datastore.Condition{}); !errors.Is(err, sources.ErrGone) {
		t.Errorf("%v", err)
	}
}

// Items that were written before their UIDs were known are known by them all the same.
func TestUIDsOfOldItems(t *testing.T) {
	store := openStore(t, filepath.Join(t.TempDir(), "x.db"))
	it := datastore.New(store, datastore.Options{}).Items("owner", "client")
	for i := range 3 {
		if _, err := it.Put(t.Context(), dataclass.Contacts, sources.ID(fmt.Sprint(i)), "", vcard(fmt.Sprint("uid-", i))); err != nil {
			t.Fatal(err)
		}
	}
	err := store.Update(t.Context(), func(_ context.Context, tx *gorm.DB) error {
		return tx.Exec("UPDATE datastore_items SET uid = NULL").Error
	})
	if err != nil {
		t.Fatal(err)
	}
	var taken *datastore.TakenError
	_, _, err = it.PutIf(t.Context(), dataclass.Contacts, "new", datastore.Condition{Unique: true}, vcard("uid-1"))
	if !errors.As(err, &taken) || taken.By != "1" {
		t.Errorf("%v", err)
	}
}

func TestHeads(t *testing.T) {
	it := datastore.New(openStore(t, filepath.Join(t.TempDir(), "x.db")), datastore.Options{}).Items("owner", "client")
	ctx := t.Context()
	if st, err := it.Mark(ctx, dataclass.Contacts); err != nil || st != (datastore.Mark{Tag: "0"}) {
		t.Errorf("%+v %v", st, err)
	}
	for _, id := range []sources.ID{"a", "b", "c"} {
		if _, err := it.Put(ctx, dataclass.Contacts, id, "", vcard(string(id))); err != nil {
			t.Fatal(err)
		}
	}
	if err := it.Delete(ctx, dataclass.Contacts, "b", ""); err != nil {
		t.Fatal(err)
	}
	list := func(after int64, tombstones bool, limit int) string {
		t.Helper()
		heads, err := it.Heads(ctx, dataclass.Contacts, after, tombstones, limit)
		if err != nil {
			t.Fatal(err)
		}
		out := ""
		for _, h := range heads {
			out += fmt.Sprintf("%s%d", h.ID, h.Number)
			if h.Dead {
				out += "-"
			}
		}
		return out
	}
	for _, c := range []struct{ got, want string }{
		{list(-1, false, 0), "a1c3"}, {list(-1, true, 0), "a1c3b4-"}, {list(1, true, 1), "c3"}, {list(4, true, 0), ""},
	} {
		if c.got != c.want {
			t.Errorf("%s instead of %s", c.got, c.want)
		}
	}
	found, more, err := it.GetSome(ctx, dataclass.Contacts, []sources.ID{"a", "b", "none"})
	if err != nil || more || len(found) != 1 || string(found["a"].Body.Data) != string(vcard("a").Data) {
		t.Errorf("%v %v %v", found, more, err)
	}
	if st, err := it.Mark(ctx, dataclass.Contacts); err != nil || st.Last != 4 || st.Epoch == "" {
		t.Errorf("%+v %v", st, err)
	}
}

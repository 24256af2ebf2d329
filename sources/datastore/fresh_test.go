package datastore

import (
	"context"
	"path/filepath"
	"testing"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/sqlstore"
)

// TestNewRowsOverwriteNothing: a row that is taken for new and is not is an error that leaves what was there.
func TestNewRowsOverwriteNothing(t *testing.T) {
	store, err := sqlstore.Open(t.Context(), sqlstore.Options{Path: filepath.Join(t.TempDir(), "x.db"), Unsafe: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := store.Migrate(t.Context(), Migrations()); err != nil {
		t.Fatal(err)
	}
	d := New(store, Options{})
	it := d.Items("ann", "store")
	body := dataclass.Body{Type: "text/vcard;version=3.0", Data: []byte("BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ada\r\nEND:VCARD\r\n")}
	was, err := it.Put(t.Context(), dataclass.Contacts, "a", "", body)
	if err != nil {
		t.Fatal(err)
	}
	row := &itemRow{Owner: "ann", Client: "store", Class: string(dataclass.Contacts), ID: "a", Body: []byte("other"), fresh: true}
	err = store.Update(t.Context(), func(_ context.Context, tx *gorm.DB) error { return saveItems(tx, []*itemRow{row}) })
	if err == nil {
		t.Error("no error")
	}
	if now, err := it.Get(t.Context(), dataclass.Contacts, "a"); err != nil || string(now.Body.Data) != string(was.Body.Data) {
		t.Errorf("%q, %v", now.Body.Data, err)
	}
}

package gdata_test

import (
	"context"
	"strings"
	"testing"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

// Items that an earlier version read, which noted no UIDs, get theirs with the next listing, without being told to have
// changed: a new item of one of these UIDs is then seen to be another one.
func TestUIDsAreNotedLater(t *testing.T) {
	w := newWorld(t, dataclass.Events)
	w.user("uid-1", "uid-2")
	w.look()
	count := func() (n int64) {
		w.must(w.house.store.View(t.Context(), func(_ context.Context, db *gorm.DB) error {
			return db.Table("gdata_items").Where("owner_id = ? AND uid <> ''", w.owner).Count(&n).Error
		}))
		return n
	}
	w.must(w.house.store.Update(t.Context(), func(_ context.Context, tx *gorm.DB) error {
		return tx.Exec("UPDATE gdata_items SET uid = '' WHERE owner_id = ?", w.owner).Error
	}))
	if n := count(); n != 0 {
		t.Fatalf("%d are noted", n)
	}
	if all, _, err := w.try(""); err != nil || len(all) != 2 || count() != 2 {
		t.Errorf("%d listed, %d noted, %v", len(all), count(), err)
	}
	w.shows(w.look())
	w.done(w.apply(w.op(sources.Add, "", w.sample("uid-1"))))
	same := 0
	for _, b := range w.holds(3) {
		same += strings.Count(string(b.Data), "UID:uid-1\r\n")
	}
	if same != 1 {
		t.Errorf("%d items have the UID of the first", same)
	}
}

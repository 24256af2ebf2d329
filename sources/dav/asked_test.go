package dav_test

import (
	"context"
	"net/http"
	"slices"
	"testing"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
)

// upgraded makes what is known of the server what a version knew that asked for less.
func (w *world) upgraded() {
	w.Helper()
	w.must(w.house.store.Update(w.Context(), func(_ context.Context, tx *gorm.DB) error {
		return tx.Exec(`UPDATE dav_client_feeds SET knows = json_remove(knows, '$.asked', '$.bulk', '$.bulk_bytes') WHERE owner_id = ?`, w.owner).Error
	}))
	w.l.requests()
	w.l.bulks = nil
}

// After an upgrade a server is asked once what it can do, with the next look, so that the first great write goes in few
// requests; and never again for that.
func TestWhatIsNewIsAskedForOnce(t *testing.T) {
	for name, c := range map[string]struct {
		set         func(*liar)
		first, then []string
	}{
		"by tokens": {func(*liar) {}, []string{"PROPFIND", "REPORT"}, []string{"REPORT"}},
		"by ctag":   {func(l *liar) { l.noSync = true }, []string{"PROPFIND"}, []string{"PROPFIND"}},
		"says nothing": {func(l *liar) {
			l.meddle = func(wr http.ResponseWriter, r *http.Request) bool {
				return r.Method == "PROPFIND" && l.bulk == "" && saying(500, "text/plain", "")(wr, r)
			}
		}, []string{"PROPFIND", "PROPFIND", "PROPFIND", "PROPFIND", "REPORT"}, []string{"REPORT"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, dataclass.Contacts, func(l *liar) { l.bulk = taking(50); c.set(l) })
			ids := w.user(many(8)...)
			w.look()
			w.upgraded()
			if name == "says nothing" {
				w.l.bulk = ""
			}
			w.shows(w.look())
			if got := w.l.requests(); !slices.Equal(got, c.first) {
				t.Errorf("the first look asked %v", got)
			}
			w.shows(w.look())
			if got := w.l.requests(); !slices.Equal(got, c.then) {
				t.Errorf("the second look asked %v", got)
			}
			ops := w.bulkOps(ids)
			w.done(w.apply(ops...))
			if got := len(w.l.bulks); (got > 0) != (name != "says nothing") {
				t.Errorf("%d bulk requests", got)
			}
			w.holds(8 - 3 + 12)
		})
	}
}

// The very first sync after an upgrade that has something to write sends it together.
func TestWhatIsNewServesTheFirstWrite(t *testing.T) {
	w := newWorld(t, dataclass.Contacts, func(l *liar) { l.bulk = taking(50) })
	ids := w.user(many(8)...)
	w.look()
	w.upgraded()
	w.done(w.apply(w.bulkOps(ids)...))
	if len(w.l.bulks) != 1 {
		t.Errorf("%v", w.l.bulks)
	}
}

// A server that once did not take many writes although it says so is not believed anew because of an upgrade.
func TestWhatIsNewIsNotBelievedAgain(t *testing.T) {
	w := newWorld(t, dataclass.Contacts, func(l *liar) { l.bulk = taking(50) })
	ids := w.user(many(8)...)
	w.look()
	w.must(w.house.store.Update(w.Context(), func(_ context.Context, tx *gorm.DB) error {
		return tx.Exec(`UPDATE dav_client_feeds SET knows = json_set(json_remove(knows, '$.asked'), '$.bulk', -1) WHERE owner_id = ?`, w.owner).Error
	}))
	w.done(w.apply(w.bulkOps(ids)...))
	if len(w.l.bulks) != 0 {
		t.Errorf("%v", w.l.bulks)
	}
}

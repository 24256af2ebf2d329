package yeartest

import (
	"slices"
	"time"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/sources/datastore"
	"github.com/bindery-sync/bindery/sources/sqlstore"
)

// examine looks for what no life may leave in the database. While it goes on, a sync may be under way.
func (w *world) examine(goesOn bool) {
	w.t.Helper()
	o := bindings.CheckOptions{
		Now:         w.clock.Add(60 * 24 * time.Hour), // the clock goes back at times, and what was noted then is not odd
		HistoryKept: 365 * 24 * time.Hour, Kinds: map[string]bindings.KeptItems{datastore.KindName: datastore.Kept{}},
	}
	for _, c := range slices.Concat(bindings.Checks(o), datastore.Checks()) {
		if goesOn && c.Name == "sync-left" {
			continue
		}
		var found []sqlstore.Finding
		found, err := c.Find(w.t.Context(), w.db)
		if err != nil || len(found) > 0 {
			w.fail("%s finds %+v, %v", c.Name, found, err)
		}
	}
}

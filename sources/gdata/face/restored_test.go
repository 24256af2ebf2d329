package face_test

import (
	"testing"
	"time"

	"github.com/bindery-sync/bindery/sources/datastore"
)

// Who goes by the time of a feed reads everything again when the server was brought back from a backup: what he knows may
// be of the time that was lost. From then on changes are enough for him again.
func TestBroughtBack(t *testing.T) {
	w := newWorld(t)
	w.now = time.Now().Add(-time.Hour)
	w.post("Ann", "")
	w.do("POST", groupsPath, group("Club", "")).is(201)
	since := w.now.Add(time.Minute).UTC().Format("2006-01-02T15:04:05.000Z")
	query := "?showdeleted=true&requirealldeleted=true&updated-min="
	for _, path := range []string{contactsPath, groupsPath} {
		w.do("GET", path+query+since, "").is(200)
	}
	if err := datastore.BroughtBack(t.Context(), w.db); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{contactsPath, groupsPath} {
		w.do("GET", path+query+since, "").is(410)
		whole := w.do("GET", path, "").is(200).tree()
		next := w.do("GET", path+query+whole.Child("updated").Text(), "").is(200).page()
		if len(next.Entries) != 0 {
			t.Errorf("told again of %s", titles(next))
		}
	}
	w.do("POST", groupsPath, group("New", "")).is(201)
}

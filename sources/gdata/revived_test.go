package gdata_test

import (
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/gdata/gdatatest"
)

// allDead says of every entry that it was deleted.
var allDead = gdatatest.Rewrite(func(b []byte) []byte {
	return []byte(strings.ReplaceAll(string(b), "</entry>", `<gd:deleted xmlns:gd="http://schemas.google.com/g/2005"/></entry>`))
})

// What a server says to have deleted and then has again, under the same id, was not deleted: who knew it is told of an edit,
// and who had believed it of a new item.
func TestBackFromTheDead(t *testing.T) {
	w := newWorld(t, dataclass.Contacts)
	ids := w.user("one", "two", "three")
	w.shows(w.look(), ids...)
	before := w.since
	w.Trouble(&gdatatest.Trouble{Path: "/contacts", Do: allDead})
	for id, ch := range w.look() {
		if ch.Verb != sources.Delete {
			t.Fatalf("item %s: %s", id, ch.Verb)
		}
	}
	w.Honest()
	w.must(w.Edit(w.class, ids[0], card("uno")))
	for since, verb := range map[sources.Cursor]sources.Verb{before: sources.Replace, w.since: sources.Add} {
		list := w.looks(since)
		w.shows(list, ids...)
		for id, ch := range list {
			if ch.Verb != verb || ch.Renewed {
				t.Errorf("item %s is told as %s, renewed %t, want %s", id, ch.Verb, ch.Renewed, verb)
			}
		}
	}
}

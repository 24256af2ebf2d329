package gdata_test

import (
	"slices"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/gdata/gdatatest"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// grouped is a client with three contacts in the group Chess, which its user then calls Go.
func grouped(t *testing.T) (*world, []sources.Result) {
	t.Helper()
	w := newWorld(t, dataclass.Contacts)
	w.look()
	results := w.done(w.apply(w.op(sources.Add, "", card("one", "CATEGORIES:Chess")), w.op(sources.Add, "", card("two", "CATEGORIES:Chess")),
		w.op(sources.Add, "", card("three", "CATEGORIES:Chess"))))
	w.shows(w.look())
	for _, id := range w.IDs(gdatatest.Groups) {
		w.must(w.Raw(gdatatest.Groups, id, func(e *xmltree.Element) { e.Child("title").Nodes = []xmltree.Node{xmltree.Text("Go")} }))
	}
	return w, results
}

// inGo checks that contacts are told to be in Go, and no others.
func (w *world) inGo(list map[sources.ID]sources.Change, of ...sources.ID) {
	w.Helper()
	w.shows(list, of...)
	for id, ch := range list {
		if got := w.categories(ch.Body); !slices.Equal(got, []string{"Go"}) {
			w.Errorf("%s is in %q", id, got)
		}
	}
}

// A server that gives the contacts of a group a new time when that gets another name is believed at once.
func TestGroupRenamedShowsInTimes(t *testing.T) {
	w, results := grouped(t)
	w.must(w.Raw(gdatatest.Contacts, string(results[1].ID), func(*xmltree.Element) {}))
	w.inGo(w.look(), results[0].ID, results[1].ID, results[2].ID)
	w.shows(w.look())
}

// A look at everything reads the names of groups.
func TestGroupRenamedShowsInAFullLook(t *testing.T) {
	w, results := grouped(t)
	list, _, err := w.try("")
	w.must(err)
	w.inGo(list, results[0].ID, results[1].ID, results[2].ID)
}

// A write that reads the names of groups keeps no contact from being told of with the new name.
func TestGroupRenamedBeforeAWrite(t *testing.T) {
	w, results := grouped(t)
	op := w.op(sources.Replace, results[0].ID, card("uno", "CATEGORIES:Go"))
	w.done(w.apply(op))
	list := w.look()
	delete(list, results[0].ID)
	w.inGo(list, results[1].ID, results[2].ID)
	w.shows(w.look())
}

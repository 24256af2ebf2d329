package peertest

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/bindery-sync/bindery/sources/xmltree"
)

// A book is what is behind the four doors: an address book, a calendar, a list of tasks, or notes. Its items are people, or
// have numbers too.
type book struct {
	class, suffix string
	// database is what a phone calls it; pair is that of vdirsyncer, and collection is the book in the pair and, on
	// the server, in the home.
	database, pair, collection, home string
	// feed is the address of it for GData, version what its client speaks. What GData does not have goes by a second DAV
	// client instead.
	feed, version string
	// phone is how a phone has the items, nil for as everybody else.
	phone *book
	// all are what users edit; instead is what they edit where a door cannot hold what they would.
	all []string
	// empty are the slots whose value a user may remove.
	empty   []string
	instead string
	// slots are those that an item has.
	slots func(n int) []string
	value func(slot string, n, k int) string
	text  func(n int, have map[string]string) []byte
	// edited gives a text with another value in a slot, and everything else as it was.
	edited func(text, slot, value string, n int) []byte
	look   func(text string) who
	entry  func(n int) *xmltree.Element
	set    func(e *xmltree.Element, slot, value string, n int)
	says   func(e *xmltree.Element) who
	// lacks are the properties that a door cannot hold, unedited the slots that its users leave alone.
	lacks, unedited [4][]string
	// foreign reports whether the user of a door cannot enter an item.
	foreign func(door, n int) bool
}

var people = &book{
	class: "Contacts", suffix: ".vcf", database: "addressbook", pair: "cards", collection: "contacts", home: "addressbooks",
	feed: "/m8/feeds/contacts/default/full", version: "3.0", all: slots, empty: mayBeEmpty, instead: "cell",
	slots: func(int) []string { return slots },
	value: func(slot string, _, k int) string { return valueOf(slot, k) },
	text:  cardOf, edited: edited, look: lookAt, entry: entryOf, set: setEntry, says: entrySays,
	lacks: [4][]string{{"X-"}, nil, nil, {"X-", "PHOTO"}}, unedited: [4][]string{{"x"}, nil, nil, {"x"}},
	foreign: func(int, int) bool { return false },
}

// at gives the slot that a user edits who wants to edit one.
func (b *book) at(door int, slot string) string {
	if slices.Contains(b.unedited[door], slot) {
		return b.instead
	}
	return slot
}

// open gives the four doors. Overwrote is told what a GData client has written over.
func (b *book) open(t *testing.T, s *Server, overwrote func(n int, slot, old, value string)) [4]door {
	t.Helper()
	all := [4]door{phoneDoor(t, s, b), davDoor(t, s, b), folderDoor(t, s, b), nil}
	if b.feed == "" {
		all[3] = davDoor(t, s, b)
		return all
	}
	g := newGDataDoor(s, b)
	g.overwrote = overwrote
	all[3] = g
	return all
}

// teach enters person 0, with whom the phone shows that it keeps several values of a property, and long ones: before, what a user removes on it is
// not believed (docs/engine.md 5.3).
func (w *doors) teach(t *testing.T) {
	t.Helper()
	have := map[string]string{}
	for _, s := range w.slots(0) {
		have[s] = w.value(s, 0, 89_999)
	}
	lines := splitCard(string(w.text(0, have)))
	for k := range 3 {
		for _, s := range listed {
			if w.book != people {
				break
			}
			lines = slices.Insert(lines, len(lines)-1, slotLine(s, valueOf(s, 89_990+k), 0))
		}
	}
	folder, phone := w.door[2].(*fileDoor), w.door[0].(*fileDoor)
	put(t, filepath.Join(folder.dir, "taught"+w.suffix), joinCard(lines))
	sync := func(i int) {
		if err := w.door[i].sync(t.Context(), false); err != nil {
			t.Fatal(err)
		}
	}
	sync(2)
	sync(0)
	slot := "title"
	if !slices.Contains(w.all, slot) {
		slot = w.instead
	}
	for k := range 3 {
		phone.edit(t, 0, slot, w.value(slot, 0, 89_980+k))
		sync(0)
	}
}

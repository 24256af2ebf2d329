package peertest

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/bindery-sync/bindery/sources/xmltree"
)

// A book is what is behind the four doors: an address book, or a calendar. Its items are people, or events with numbers.
type book struct {
	class, suffix string
	// feed is the address of it for GData, version what its client speaks.
	feed, version string
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
	class: "Contacts", suffix: ".vcf", feed: "/m8/feeds/contacts/default/full", version: "3.0", all: slots, empty: mayBeEmpty, instead: "cell",
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

// open gives the four doors.
func (b *book) open(t *testing.T, s *Server) ([4]door, *gdataDoor) {
	t.Helper()
	g := newGDataDoor(s, b)
	return [4]door{phoneDoor(t, s, b), davDoor(t, s, b), folderDoor(t, s, b), g}, g
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
	for k := range 3 {
		phone.edit(t, 0, "title", w.value("title", 0, 89_980+k))
		sync(0)
	}
}

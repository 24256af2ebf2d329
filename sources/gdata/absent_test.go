package gdata_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/gdata/gdatatest"
)

// noneAtAll is a correct feed without entries, whatever the server has.
var noneAtAll = gdatatest.Rewrite(func(b []byte) []byte {
	text := string(b)
	if from, to := strings.Index(text, "<entry"), strings.LastIndex(text, "</entry>"); from > 0 && to > from {
		text = text[:from] + text[to+len("</entry>"):]
	}
	from := strings.Index(text, "totalResults>") + len("totalResults>")
	return []byte(text[:from] + "0" + text[from+strings.Index(text[from:], "<"):])
})

// A feed that is empty once the place in it was lost is not believed as long as entries are there: else the engine would
// enter all of them a second time.
func TestFeedLeavesOut(t *testing.T) {
	for _, class := range bothClasses {
		for _, n := range []int{3, 20} {
			t.Run(fmt.Sprint(class, n), func(t *testing.T) {
				w := newWorld(t, class)
				var ids []sources.ID
				for i := range n {
					ids = append(ids, w.user(fmt.Sprint("item ", i))...)
				}
				w.shows(w.look(), ids...)
				w.Trouble(&gdatatest.Trouble{Do: gdatatest.Status(410), Times: 2})
				if _, _, err := w.try(w.since); !isErr(err, sources.ErrCursorLost) {
					t.Fatalf("error %v, want that the cursor is lost", err)
				}
				w.Honest()
				w.Trouble(&gdatatest.Trouble{Path: "/" + feedOf(class), Do: noneAtAll})
				for range 2 {
					if list, _, err := w.try(""); !isErr(err, dataclass.ErrMalformed) {
						t.Fatalf("a look shows %d items and %v, want that the feed leaves out entries", len(list), err)
					}
				}
				w.Honest()
				w.shows(w.looks(""), ids...)
				w.shows(w.look())
			})
		}
	}
}

// looks looks at everything, or since a cursor, and goes on from there.
func (w *world) looks(since sources.Cursor) map[sources.ID]sources.Change {
	w.Helper()
	list, cur, err := w.try(since)
	w.must(err)
	w.since = cur
	return list
}

// A feed that lacks what is not found either is believed, and deletes nothing by that; what comes back is known.
func TestFeedLacksWhatIsGone(t *testing.T) {
	w := newWorld(t, dataclass.Contacts)
	ids := w.user("one", "two", "three")
	w.look()
	w.Trouble(&gdatatest.Trouble{Path: "/contacts", Do: noneAtAll}, &gdatatest.Trouble{Path: "/batch", Do: gdatatest.Status(404)})
	for _, id := range ids {
		w.Trouble(&gdatatest.Trouble{Path: string(id), Do: gdatatest.Status(404)})
	}
	w.shows(w.looks(""))
	w.Requests()
	w.shows(w.looks(""))
	if got := w.Requests(); len(got) != 1 {
		t.Errorf("requests %q: what is gone is asked for again", got)
	}
	w.Honest()
	w.shows(w.looks(""), ids...)
	w.Trouble(&gdatatest.Trouble{Path: "/contacts", Do: noneAtAll})
	if _, _, err := w.try(""); !isErr(err, dataclass.ErrMalformed) {
		t.Errorf("what came back is left out: %v", err)
	}
}

// The address of another feed is no feed that leaves out entries.
func TestAnotherFeed(t *testing.T) {
	w := newWorld(t, dataclass.Contacts)
	w.user("one", "two", "three")
	w.look()
	w.house.moved = "?x=1"
	w.Trouble(&gdatatest.Trouble{Path: "/contacts", Do: noneAtAll})
	for range 2 {
		w.shows(w.looks(""))
	}
}

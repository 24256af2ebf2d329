package gdata_test

import (
	"bytes"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/gdata/gdatatest"
)

// A server that was moved has new ids for all; they are the same items, however often that happens.
func TestNewIDsAreTheSameItems(t *testing.T) {
	for _, class := range bothClasses {
		t.Run(string(class), func(t *testing.T) {
			w := newWorld(t, class)
			ids := w.user("one", "two", "three", "three")
			added := w.done(w.apply(w.op(sources.Add, "", w.sample("four"))))[0].ID
			w.shows(w.look(), append(ids, added)...)
			for range 3 {
				now := w.Renumber(feedOf(class))
				w.shows(w.look())
				if len(now) != 5 {
					t.Fatalf("%d entries have new ids", len(now))
				}
			}
			list, _, err := w.try("")
			w.must(err)
			w.shows(list, append(ids, added)...)
			w.done(w.apply(w.op(sources.Replace, ids[0], w.sample("edited")), w.op(sources.Delete, ids[1], dataclass.Body{})))
			w.holds(4)
			list = w.look()
			delete(list, ids[1])
			w.shows(list)
			now := w.Renumber(feedOf(class))
			list, _, err = w.try("") // asked for everything
			w.must(err)
			w.shows(list, ids[0], ids[2], ids[3], added)
			if len(now) != 4 {
				t.Fatalf("%d entries have new ids", len(now))
			}
			for id := range w.holds(4) { // what the user deletes is told by the first name
				w.must(w.Delete(class, id))
			}
			list = w.look()
			for _, id := range []sources.ID{ids[0], ids[2], ids[3], added} {
				if list[id].Verb != sources.Delete {
					t.Errorf("item %s is told to be %v", id, list[id].Verb)
				}
			}
		})
	}
}

// A series that was moved with its exceptions keeps them.
func TestNewIDsOfSeries(t *testing.T) {
	w := newWorld(t, dataclass.Events)
	id, err := w.Put(w.class, seriesWithException("s"))
	w.must(err)
	w.shows(w.look(), id)
	w.Renumber(gdatatest.Events)
	for _, ch := range w.look() {
		if ch.ID != id || ch.Verb != sources.Replace || !same(seriesWithException("s"), ch.Body) {
			t.Fatalf("told %v of %s: %s", ch.Verb, ch.ID, ch.Body.Data)
		}
	}
	w.shows(w.look())
}

// An exact copy that the user made beside an item is another item, and does not take its place.
func TestCopiesAreNotRenamed(t *testing.T) {
	for _, class := range bothClasses {
		w := newWorld(t, class)
		ids := w.user("one")
		added := w.done(w.apply(w.op(sources.Add, "", w.sample("two"))))[0].ID
		w.shows(w.look(), ids[0], added)
		again := []sources.ID{
			sources.ID(w.Insert(feedOf(class), w.Entry(feedOf(class), string(ids[0])))),
			sources.ID(w.Insert(feedOf(class), w.Entry(feedOf(class), string(added)))),
		}
		w.shows(w.look(), again...)
		list, _, err := w.try("")
		w.must(err)
		w.shows(list, append(again, ids[0], added)...)
	}
}

// A new entry of which the server gave another id than it lists is found by its mark, or by what it says.
func TestAnotherIDAnswered(t *testing.T) {
	for _, drops := range []bool{false, true} {
		for _, class := range bothClasses {
			w := newWorld(t, class)
			w.DropsMarks = drops
			ids := w.user("one")
			w.look()
			wrong := gdatatest.Rewrite(func(b []byte) []byte {
				return regexp.MustCompile(`(/base/|/feeds/(?:contacts|events)/)([0-9a-f]+)([<"])`).ReplaceAll(b, []byte("${1}zz${2}$3"))
			})
			w.Trouble(&gdatatest.Trouble{Method: http.MethodPost, Do: wrong})
			added := w.done(w.apply(w.op(sources.Add, "", w.sample("two"))))[0].ID
			w.Honest()
			for range 3 {
				w.shows(w.look())
			}
			list, _, err := w.try("")
			w.must(err)
			w.shows(list, ids[0], added)
			w.done(w.apply(w.op(sources.Replace, added, w.sample("three"))))
			w.holds(2)
			w.done(w.apply(w.op(sources.Delete, added, dataclass.Body{})))
			w.holds(1)
		}
	}
}

// The answers of a batch belong to what their entries say, also if the server numbers them wrongly.
func TestBatchNumberedWrongly(t *testing.T) {
	swap := func(b []byte) []byte {
		number := regexp.MustCompile(`(<batch:id[^>]*>)([0-9]+)<`)
		return number.ReplaceAllFunc(b, func(m []byte) []byte {
			return bytes.Map(func(r rune) rune {
				if strings.ContainsRune("01234", r) {
					return '0' + (r-'0'+1)%3
				}
				return r
			}, m)
		})
	}
	for _, drops := range []bool{false, true} {
		for _, class := range bothClasses {
			w := newWorld(t, class)
			w.DropsMarks = drops
			w.look()
			w.Trouble(&gdatatest.Trouble{Method: http.MethodPost, Path: "/batch", Do: gdatatest.Rewrite(swap)})
			results := w.done(w.apply(w.op(sources.Add, "", w.sample("a")), w.op(sources.Add, "", w.sample("b")), w.op(sources.Add, "", w.sample("c"))))
			for i, body := range []dataclass.Body{w.sample("a"), w.sample("b"), w.sample("c")} {
				if !same(body, w.holds(3)[results[i].ID]) {
					t.Errorf("op %d made %s", i, w.holds(3)[results[i].ID].Data)
				}
			}
			results = w.done(w.apply(w.op(sources.Replace, results[0].ID, w.sample("d")), w.op(sources.Replace, results[1].ID, w.sample("e")), w.op(sources.Replace, results[2].ID, w.sample("f"))))
			if !same(w.sample("f"), w.holds(3)[results[2].ID]) {
				t.Errorf("the last is %s", w.holds(3)[results[2].ID].Data)
			}
			w.shows(w.look())
		}
	}
}

func seriesWithException(uid string) dataclass.Body {
	return event(uid, "DTSTART:20261124T090000Z", "DTEND:20261124T100000Z", "RRULE:FREQ=DAILY;COUNT=5", "SUMMARY:standing",
		"END:VEVENT", "BEGIN:VEVENT", "UID:"+uid, "DTSTAMP:20260101T000000Z", "RECURRENCE-ID:20261126T090000Z", "DTSTART:20261126T110000Z",
		"DTEND:20261126T120000Z", "SUMMARY:moved")
}

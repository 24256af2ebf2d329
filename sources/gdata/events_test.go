package gdata_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/gdata/entry"
	"github.com/bindery-sync/bindery/sources/gdata/gdatatest"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// series is a weekly meeting of ten weeks from 3 November 2026 at some hour, with exceptions by week: a summary, or "" for
// one that does not take place.
func series(uid string, hour int, except map[int]string) dataclass.Body {
	at := func(week int) string {
		day := 3 + 7*week
		month := 11
		if day > 30 {
			day, month = day-30, 12
		}
		if month == 12 && day > 31 {
			return fmt.Sprintf("202701%02dT%02d0000", day-31, hour)
		}
		return fmt.Sprintf("2026%02d%02dT%02d0000", month, day, hour)
	}
	lines := []string{"DTSTART;TZID=Europe/Oslo:" + at(0), "DURATION:PT1H", "RRULE:FREQ=WEEKLY;COUNT=10", "SUMMARY:Meeting " + uid}
	var weeks []int
	for w := range except {
		weeks = append(weeks, w)
	}
	slices.Sort(weeks)
	var sections []string
	for _, w := range weeks {
		if except[w] == "" {
			lines = append(lines, "EXDATE;TZID=Europe/Oslo:"+at(w))
			continue
		}
		sections = append(sections, "END:VEVENT", "BEGIN:VEVENT", "UID:"+uid, "DTSTAMP:20260101T000000Z", "RECURRENCE-ID;TZID=Europe/Oslo:"+at(w),
			"DTSTART;TZID=Europe/Oslo:"+at(w), "DURATION:PT2H", "SUMMARY:"+except[w])
	}
	return event(uid, append(lines, sections...)...)
}

// is compares items. An occurrence that takes place again is confirmed: a server has no other word for that.
func (w *world) is(got, want dataclass.Body) {
	w.Helper()
	if !same(plain(want), plain(got)) {
		w.Fatalf("got\n%s\nwant\n%s", got.Data, want.Data)
	}
}

func plain(b dataclass.Body) dataclass.Body {
	b.Data = []byte(strings.ReplaceAll(string(b.Data), "STATUS:CONFIRMED\r\n", ""))
	return b
}

// A series and its exceptions are one item, whichever of them changes.
func TestSeries(t *testing.T) {
	w := newWorld(t, dataclass.Events)
	body := series("s", 9, map[int]string{2: "Moved", 4: ""})
	id, err := w.Put(w.class, body)
	w.must(err)
	other := w.user("one")
	list := w.look()
	w.shows(list, append(other, id)...)
	w.is(list[id].Body, body)
	for _, next := range []dataclass.Body{
		series("s", 9, map[int]string{2: "Moved again", 4: ""}),
		series("s", 9, map[int]string{2: "Moved again", 4: "", 5: "Another"}),
		series("s", 9, map[int]string{2: "Moved again", 4: "", 5: ""}),
		series("s", 10, map[int]string{2: "Moved again"}),
	} {
		w.must(w.Edit(w.class, id, next))
		list = w.look()
		w.shows(list, id)
		w.is(list[id].Body, next)
		w.shows(w.look())
	}
	w.must(w.Delete(w.class, id))
	if list = w.look(); list[id].Verb != sources.Delete || len(list) != 1 {
		t.Errorf("after the deletion: %v", list)
	}
}

// What the engine writes of a series is what the server has, whatever that does with exceptions of a series that moves.
func TestSeriesWritten(t *testing.T) {
	for _, drops := range []bool{false, true} {
		for _, noBatch := range []bool{false, true} {
			w := newWorld(t, dataclass.Events)
			w.DropsExceptions, w.NoBatch = drops, noBatch
			w.look()
			add := w.op(sources.Add, "", series("s", 9, map[int]string{2: "Moved", 4: ""}))
			id := w.done(w.apply(add))[0].ID
			w.is(w.holds(1)[id], add.Body)
			for _, next := range []dataclass.Body{
				series("s", 9, map[int]string{2: "Moved again", 4: "", 5: "Another"}),
				series("s", 9, map[int]string{2: "Moved again", 4: "", 5: ""}),
				series("s", 14, map[int]string{2: "Moved again", 3: "And this", 4: ""}),
				series("s", 14, nil),
			} {
				w.done(w.apply(w.op(sources.Replace, id, next)))
				w.is(w.holds(1)[id], next)
				w.shows(w.look())
			}
			again := w.done(w.apply(add))[0]
			if again.ID != id {
				t.Errorf("the Add that is repeated gives %s, want %s", again.ID, id)
			}
			w.done(w.apply(w.op(sources.Delete, id, dataclass.Body{})))
			w.holds(0)
			if ids := w.IDs(gdatatest.Events); len(ids) != 0 {
				t.Errorf("left behind: %q", ids)
			}
		}
	}
}

// A new series of which only a part got through is finished when it is repeated.
func TestSeriesHalfWritten(t *testing.T) {
	for name, c := range map[string]gdatatest.Way{
		"lost": gdatatest.Lost, "down": gdatatest.Down, "500": gdatatest.Status(500),
	} {
		for _, drops := range []bool{false, true} {
			w := newWorld(t, dataclass.Events)
			w.DropsMarks = drops
			w.look()
			add := w.op(sources.Add, "", series("s", 9, map[int]string{2: "Moved", 4: "", 6: "Moved too"}))
			w.Trouble(&gdatatest.Trouble{Path: "/batch", After: 0, Times: 1, Do: c})
			if _, err := w.apply(add); err == nil {
				t.Errorf("%s: the Add ends well", name)
			}
			id := w.repeat([]sources.Op{add})[0].ID
			w.is(w.holds(1)[id], add.Body)
			w.shows(w.look())
		}
	}
}

// A new series whose exceptions the server refuses is taken back.
func TestSeriesRefused(t *testing.T) {
	w := newWorld(t, dataclass.Events)
	w.NoBatch = true
	w.Trouble(&gdatatest.Trouble{Method: http.MethodPost, After: 1, Times: 1, Do: gdatatest.Status(400)})
	add := w.op(sources.Add, "", series("s", 9, map[int]string{2: "Moved"}))
	results, err := w.apply(add)
	w.must(err)
	if results[0].State != sources.Failed {
		t.Errorf("%+v", results[0])
	}
	w.holds(0)
	w.done(w.apply(add))
	w.holds(1)
}

// Exceptions without their series are nobody's; those whose series was not listed bring it along.
func TestOrphans(t *testing.T) {
	w := newWorld(t, dataclass.Events)
	orphan := func(of string) {
		e := entry.New(entry.EventKind)
		e.Add(xmltree.New(entry.Atom, "title", xmltree.Text("Alone")),
			xmltree.New(entry.GD, "originalEvent").SetAttr("", "id", of).SetAttr("", "href", w.Feed(gdatatest.Events)+"/"+of).Add(xmltree.New(entry.GD, "when").SetAttr("", "startTime", "2026-11-10T09:00:00+01:00")),
			xmltree.New(entry.GD, "when").SetAttr("", "startTime", "2026-11-10T11:00:00+01:00").SetAttr("", "endTime", "2026-11-10T12:00:00+01:00"))
		w.Insert(gdatatest.Events, e)
	}
	id, err := w.Put(w.class, series("s", 9, nil))
	w.must(err)
	orphan("nobody")
	list := w.look()
	w.shows(list, id)
	orphan(string(id))
	list = w.look()
	w.shows(list, id)
	if !strings.Contains(string(list[id].Body.Data), "SUMMARY:Alone") {
		t.Errorf("the exception is missing:\n%s", list[id].Body.Data)
	}
}

// What nobody here understands stays in entries that are written.
func TestKeepsWhatItDoesNotUnderstand(t *testing.T) {
	for _, class := range bothClasses {
		w := newWorld(t, class)
		id := w.user("one")[0]
		odd := xmltree.New("http://example.org/odd", "thing", xmltree.Text("kept"))
		w.must(w.Raw(feedOf(class), string(id), func(e *xmltree.Element) { e.Add(odd) }))
		w.look()
		w.done(w.apply(w.op(sources.Replace, id, w.sample("uno"))))
		if got := w.Entry(feedOf(class), string(id)).Child("thing").Text(); got != "kept" {
			t.Errorf("%s: %q is left of what is not understood", class, got)
		}
		w.is(w.holds(1)[id], w.sample("uno"))
	}
}

// Events are written with their own identifier, and without mails to guests.
func TestEventsAreSynchronised(t *testing.T) {
	w := newWorld(t, dataclass.Events)
	id := w.done(w.apply(w.op(sources.Add, "", w.sample("uid-1"))))[0].ID
	e := w.Entry(gdatatest.Events, string(id))
	for name, want := range map[string]string{"uid": "uid-1", "syncEvent": "true", "sendEventNotifications": "false"} {
		if got := e.Child(name).Attr("", "value"); got != want {
			t.Errorf("gCal:%s is %q, want %q", name, got, want)
		}
	}
}

// Whatever the user and the engine do with series in turn, each sees what the other one did.
func TestSeriesAtRandom(t *testing.T) {
	for seed := range uint64(6) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		w := newWorld(t, dataclass.Events)
		w.DropsExceptions = seed%2 == 0
		any := func(n int) dataclass.Body {
			except := map[int]string{}
			for range rnd.IntN(4) {
				except[1+rnd.IntN(8)] = []string{"", "", "Moved", fmt.Sprint("Moved ", n)}[rnd.IntN(4)]
			}
			return series(fmt.Sprint("s", seed), 9+rnd.IntN(3), except)
		}
		want := any(0)
		id, err := w.Put(w.class, want)
		w.must(err)
		w.look()
		for n := range 25 {
			next := any(n)
			if rnd.IntN(2) == 0 {
				w.done(w.apply(w.op(sources.Replace, id, next)))
				w.is(w.holds(1)[id], next)
				w.shows(w.look())
			} else {
				w.must(w.Edit(w.class, id, next))
				held := w.holds(1)[id]
				if ch, told := w.look()[id]; told {
					w.is(ch.Body, held)
				} else if !same(plain(want), plain(held)) {
					t.Fatalf("seed %d: an edit is not told", seed)
				}
				next = held
			}
			want = next
		}
	}
}

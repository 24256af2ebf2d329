package gdata_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/gdata/gdatatest"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// An entry that is asked for and not found, while the feed has it or is silent, is not gone: nobody is to make it anew, or
// to forget it.
func TestEntryNotFoundOnce(t *testing.T) {
	for _, class := range bothClasses {
		for _, method := range []string{"", http.MethodPut, http.MethodDelete} {
			t.Run(fmt.Sprint(class, method), func(t *testing.T) {
				w := newWorld(t, class)
				w.NoBatch = true
				ids := w.user("one", "two", "three")
				w.look()
				for _, id := range ids[:2] {
					w.Trouble(&gdatatest.Trouble{Method: method, Path: "/" + string(id), Do: gdatatest.Status(404)})
				}
				edit, remove := w.op(sources.Replace, ids[0], w.sample("uno")), w.op(sources.Delete, ids[1], dataclass.Body{})
				results, err := w.apply(edit, remove, w.op(sources.Replace, ids[2], w.sample("tres")))
				w.must(err)
				for i, r := range results[:2] {
					touched := method == "" || method == [2]string{http.MethodPut, http.MethodDelete}[i]
					if !touched && r.State != sources.Done || touched && (r.State != sources.Failed || !errors.Is(r.Err, sources.ErrBusy)) {
						t.Errorf("op %d ends with %v and %v, want that the server is busy", i, r.State, r.Err)
					}
				}
				if results[2].State != sources.Done {
					t.Errorf("the op beside them: %v", results[2].Err)
				}
				w.Honest()
				w.done(w.apply(edit, remove))
				if all := w.holds(2); !same(w.sample("uno"), all[ids[0]]) {
					t.Error("the server does not hold the edit")
				}
			})
		}
	}
}

// What the user of the server deleted is gone, whether the server says so or has forgotten it.
func TestEntryNotFoundAnyMore(t *testing.T) {
	for _, class := range bothClasses {
		for _, silent := range []bool{false, true} {
			t.Run(fmt.Sprint(class, " silent ", silent), func(t *testing.T) {
				w := newWorld(t, class)
				ids := w.user("one", "two")
				w.look()
				s, err := w.Source("engine").Begin(t.Context(), class, w.since)
				w.must(err)
				for _, id := range ids {
					w.must(w.Delete(class, id))
				}
				if silent {
					w.Trouble(&gdatatest.Trouble{Method: http.MethodGet, Path: "/" + feedOf(class), Do: noneAtAll})
				}
				results, err := s.Apply(t.Context(), []sources.Op{
					w.op(sources.Replace, ids[0], w.sample("uno")), w.op(sources.Delete, ids[1], dataclass.Body{}),
				})
				w.must(err)
				w.must(s.Close())
				if !errors.Is(results[0].Err, sources.ErrGone) || results[1].State != sources.Done {
					t.Errorf("results %v", results)
				}
			})
		}
	}
}

// Read tells of a deletion only if there was one.
func TestReadNotFound(t *testing.T) {
	w := newWorld(t, dataclass.Contacts)
	w.NoBatch = true
	ids := w.user("one", "two")
	w.look()
	w.must(w.Delete(w.class, ids[1]))
	read := func() (verbs []sources.Verb, err error) {
		s, err := w.Source("engine").Begin(t.Context(), w.class, w.since)
		w.must(err)
		defer func() { w.must(s.Close()) }()
		for ch, err := range s.Read(t.Context(), ids) {
			if err != nil {
				return nil, err
			}
			verbs = append(verbs, ch.Verb)
		}
		return verbs, nil
	}
	w.Trouble(&gdatatest.Trouble{Path: "/" + string(ids[0]), Do: gdatatest.Status(404)})
	if verbs, err := read(); !isErr(err, sources.ErrBusy) {
		t.Errorf("an item that is not found is told as %v, %v", verbs, err)
	}
	w.Honest()
	verbs, err := read()
	w.must(err)
	if verbs[0] == sources.Delete || verbs[1] != sources.Delete {
		t.Errorf("verbs %v", verbs)
	}
}

// An Add whose item is not found right after it was made has made it all the same.
func TestNewEntryNotFound(t *testing.T) {
	w := newWorld(t, dataclass.Contacts)
	w.NoBatch = true
	w.look()
	photo := "PHOTO;ENCODING=b;TYPE=PNG:" + base64.StdEncoding.EncodeToString([]byte("\x89PNG\r\n\x1a\ninvented"))
	add := w.op(sources.Add, "", card("one", photo))
	found := false
	w.Trouble(&gdatatest.Trouble{Method: http.MethodGet, Do: gdatatest.Do(func(r *http.Request, ask gdatatest.Ask) (*http.Response, error) {
		if r.URL.Path == "/feeds/contacts" || found {
			return ask(r)
		}
		return gdatatest.Status(404).Answer(r, ask)
	})})
	for range 2 {
		results, err := w.apply(add)
		if err == nil && !errors.Is(results[0].Err, sources.ErrUnknownOutcome) {
			t.Fatalf("an Add whose item is not found ends with %v, %v", results[0].State, results[0].Err)
		}
	}
	found = true
	result := w.done(w.apply(add))[0]
	if all := w.holds(1); !same(add.Body, all[result.ID]) {
		t.Error("the server holds something else")
	}
}

// What a look could not show, because its entry was not found, the next look shows.
func TestShownLater(t *testing.T) {
	for _, class := range bothClasses {
		w := newWorld(t, class)
		w.NoBatch = true
		ids := w.user("one", "two")
		w.look()
		w.must(w.Edit(class, ids[0], w.sample("uno")))
		s, err := w.Source("another engine").Begin(t.Context(), class, w.since) // takes the entry with it
		w.must(err)
		w.must(s.Close())
		w.Trouble(&gdatatest.Trouble{Path: "/" + string(ids[0]), Do: gdatatest.Status(404)})
		for range 2 {
			w.shows(w.look())
		}
		w.Honest()
		w.shows(w.look(), ids[0])
		w.shows(w.look())
	}
}

// An exception or a picture that is not found once is not taken for one that its user removed.
func TestPartNotFoundOnce(t *testing.T) {
	for _, again := range []bool{false, true} { // whether somebody else's look takes the entries with it
		w := newWorld(t, dataclass.Events)
		w.NoBatch = true
		series := func(title string) dataclass.Body {
			return event("s", "DTSTART:20261124T090000Z", "DTEND:20261124T100000Z", "RRULE:FREQ=DAILY;COUNT=5", "SUMMARY:"+title,
				"END:VEVENT", "BEGIN:VEVENT", "UID:s", "DTSTAMP:20260101T000000Z", "RECURRENCE-ID:20261126T090000Z", "DTSTART:20261126T110000Z",
				"DTEND:20261126T120000Z", "SUMMARY:late")
		}
		id, err := w.Put(w.class, series("one"))
		w.must(err)
		w.look()
		w.SetClock(w.Clock().Add(time.Hour))
		w.look()
		w.must(w.Raw(gdatatest.Events, string(id), func(e *xmltree.Element) { e.Child("title").Nodes = []xmltree.Node{{Text: "two"}} }))
		if again {
			s, err := w.Source("another engine").Begin(t.Context(), w.class, w.since)
			w.must(err)
			w.must(s.Close())
		}
		for _, other := range w.IDs(gdatatest.Events) {
			if other != string(id) {
				w.Trouble(&gdatatest.Trouble{Method: http.MethodGet, Path: "/" + other, Times: 1, Do: gdatatest.Status(404)})
			}
		}
		if got := w.look()[id]; !same(series("two"), got.Body) {
			t.Errorf("another look before: %t: the item is told as %s", again, got.Body.Data)
		}
	}
	w := newWorld(t, dataclass.Contacts)
	ids := w.user("one")
	w.must(w.SetPhoto(ids[0], []byte("\x89PNG\r\n\x1a\ninvented"), "image/png"))
	w.Trouble(&gdatatest.Trouble{Method: http.MethodGet, Path: "/photos/" + string(ids[0]), Times: 1, Do: gdatatest.Status(404)})
	if got, _ := w.contact(w.look()[ids[0]].Body).Photo(); len(got) == 0 {
		t.Error("a picture that was not found once is told as removed")
	}
}

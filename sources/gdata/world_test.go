package gdata_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/gdata"
	"github.com/bindery-sync/bindery/sources/gdata/gdatatest"
)

// world is one client, and the engine that synchronises it.
type world struct {
	*testing.T
	*client
	class dataclass.Class
	since sources.Cursor
	keys  int
}

func newWorld(t *testing.T, class dataclass.Class) *world {
	return newWorldWith(t, class, gdata.Options{})
}

func newWorldWith(t *testing.T, class dataclass.Class, o gdata.Options) *world {
	t.Helper()
	return &world{T: t, client: newHouse(t, o).client(t, "ann", ""), class: class}
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func card(name string, more ...string) dataclass.Body {
	lines := append([]string{"BEGIN:VCARD", "VERSION:3.0", "N:" + name + ";Test;;;", "FN:Test " + name}, more...)
	return dataclass.Body{Type: "text/vcard;version=3.0", Data: []byte(strings.Join(append(lines, "END:VCARD", ""), "\r\n"))}
}

func event(uid string, lines ...string) dataclass.Body {
	all := append([]string{"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Invented//Test//EN", "BEGIN:VEVENT", "UID:" + uid, "DTSTAMP:20260101T000000Z"}, lines...)
	return dataclass.Body{Type: "text/calendar;version=2.0", Data: []byte(strings.Join(append(all, "END:VEVENT", "END:VCALENDAR", ""), "\r\n"))}
}

// user lets the user enter contacts of these names.
func (w *world) user(names ...string) []sources.ID {
	w.Helper()
	var ids []sources.ID
	for _, n := range names {
		id, err := w.Put(w.class, w.sample(n))
		w.must(err)
		ids = append(ids, id)
	}
	return ids
}

func (w *world) sample(name string) dataclass.Body {
	if w.class == dataclass.Contacts {
		return card(name)
	}
	return event(name, "DTSTART:20261124T090000Z", "DTEND:20261124T100000Z", "SUMMARY:"+name)
}

// try looks and commits; it gives the changes by id and the new cursor.
func (w *world) try(since sources.Cursor) (map[sources.ID]sources.Change, sources.Cursor, error) {
	s, err := w.Source("engine").Begin(w.Context(), w.class, since)
	if err != nil {
		return nil, "", err
	}
	defer func() { w.must(s.Close()) }()
	list := make(map[sources.ID]sources.Change)
	for ch, err := range s.Changes(w.Context()) {
		if err != nil {
			return nil, "", err
		}
		list[ch.ID] = ch
	}
	cur, err := s.Commit(w.Context())
	return list, cur, err
}

// look looks since the last look.
func (w *world) look() map[sources.ID]sources.Change {
	w.Helper()
	list, cur, err := w.try(w.since)
	w.must(err)
	w.since = cur
	return list
}

// shows checks that a look has these items, and no deletion.
func (w *world) shows(list map[sources.ID]sources.Change, ids ...sources.ID) {
	w.Helper()
	for id, ch := range list {
		if ch.Verb == sources.Delete {
			w.Fatalf("item %s is told to be deleted", id)
		}
		if !slices.Contains(ids, id) {
			w.Fatalf("item %s is told to have changed", id)
		}
	}
	if len(list) != len(ids) {
		w.Fatalf("%d items are told, want %d", len(list), len(ids))
	}
}

func (w *world) op(verb sources.Verb, id sources.ID, body dataclass.Body) sources.Op {
	w.keys++
	return sources.Op{Key: sources.Key(fmt.Sprint("key-", w.keys)), Verb: verb, ID: id, Body: body}
}

// apply carries out ops in a session of its own.
func (w *world) apply(ops ...sources.Op) ([]sources.Result, error) {
	w.Helper()
	s, err := w.Source("engine").Begin(w.Context(), w.class, w.since)
	if err != nil {
		return nil, err
	}
	defer func() { w.must(s.Close()) }()
	return s.Apply(w.Context(), ops)
}

func (w *world) done(results []sources.Result, err error) []sources.Result {
	w.Helper()
	w.must(err)
	for i, r := range results {
		if r.State != sources.Done {
			w.Fatalf("op %d: %v", i, r.Err)
		}
	}
	return results
}

// holds checks how many items the server has.
func (w *world) holds(n int) map[sources.ID]dataclass.Body {
	w.Helper()
	all, err := w.List(w.class)
	w.must(err)
	if len(all) != n {
		w.Fatalf("the server holds %d items, want %d", len(all), n)
	}
	return all
}

func feedOf(class dataclass.Class) string {
	if class == dataclass.Contacts {
		return gdatatest.Contacts
	}
	return gdatatest.Events
}

// isErr reports whether an error is of one of the classes; nil stands for any error.
func isErr(err, class error) bool { return err != nil && (class == nil || errors.Is(err, class)) }

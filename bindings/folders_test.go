package bindings_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/engine/journaltest"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/filedir"
	"github.com/bindery-sync/bindery/sources/sqlstore"
)

// folders is two folders of events and the binding between them.
type folders struct {
	t       *testing.T
	engine  *engine.Engine
	journal *journaltest.Memory
	ref     engine.Ref
	dirs    [2]string
	sides   [2]engine.Party
	memory  int
}

func newFolders(t *testing.T) *folders {
	w := &folders{t: t, ref: engine.Ref{Owner: "ann", Binding: 1, Class: dataclass.Events}}
	now, keys := time.Now(), 0
	w.journal = journaltest.New(func() time.Time {
		now = now.Add(time.Second)
		return now
	})
	w.engine = &engine.Engine{Journal: w.journal, Log: slog.New(slog.DiscardHandler), NewKey: func() sources.Key {
		keys++
		return sources.Key(fmt.Sprint("k", keys))
	}}
	for s := range w.dirs {
		w.dirs[s] = filepath.Join(t.TempDir(), fmt.Sprint("folder-", s))
		w.ok(os.Mkdir(w.dirs[s], 0o700))
	}
	w.forget()
	return w
}

func (w *folders) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// forget takes from both folders what was remembered of them: their cursors are lost.
func (w *folders) forget() {
	w.memory++
	db, err := sqlstore.Open(w.t.Context(), sqlstore.Options{Path: filepath.Join(w.t.TempDir(), fmt.Sprint(w.memory, ".db")), Unsafe: true})
	w.ok(err)
	w.t.Cleanup(func() { _ = db.Close() })
	w.ok(db.Migrate(w.t.Context(), filedir.Migrations()))
	all := filedir.New(db, filedir.Options{Unsafe: true})
	for s, dir := range w.dirs {
		id := fmt.Sprint("folder-", s)
		w.ok(all.Register(w.t.Context(), "ann", id, dir))
		src, err := all.Kind().Open(w.t.Context(), sources.Client{Owner: "ann", ID: id, Origin: "binding-1"})
		w.ok(err)
		w.sides[s] = engine.Party{Source: src, Caps: all.Kind().Caps}
	}
	w.journal.Bind(w.ref, [2]string{"folder-0", "folder-1"})
}

// put writes a file.
func (w *folders) put(side int, name string, lines ...string) {
	w.t.Helper()
	body := "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nDTSTAMP:20260101T000000Z\r\n" + strings.Join(lines, "\r\n") + "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
	w.ok(os.WriteFile(filepath.Join(w.dirs[side], name), []byte(body), 0o600))
}

// sync runs the binding once.
func (w *folders) sync() engine.Report {
	w.t.Helper()
	rep, err := w.engine.Start(context.Background(), engine.Job{Ref: w.ref, Mode: engine.TwoWay, Sides: w.sides})
	w.ok(err)
	return rep
}

// titles are those of the items of a folder, in order.
func (w *folders) titles(side int) []string {
	w.t.Helper()
	files, err := filepath.Glob(filepath.Join(w.dirs[side], "*.ics"))
	w.ok(err)
	out := []string{}
	for _, name := range files {
		data, err := os.ReadFile(name)
		w.ok(err)
		it, err := dataclass.Decode(dataclass.Events, dataclass.Body{Type: "text/calendar", Data: data})
		w.ok(err)
		e, err := dataclass.AsEvent(it)
		w.ok(err)
		out = append(out, e.Summary()+" at "+e.Location())
	}
	slices.Sort(out)
	return out
}

// weekly is a series of which a number tells which it is.
func weekly(uid, title string, n int) []string {
	return []string{"UID:" + uid, "SUMMARY:" + title, fmt.Sprintf("LOCATION:Town hall\\, room %03d", n),
		"DTSTART:20260907T170000Z", "DTEND:20260907T190000Z", "RRULE:FREQ=WEEKLY;BYDAY=MO"}
}

// Two folders that were synced have one UID for each item. When what was remembered of them is lost, two new series that are
// alike but for their numbers and UIDs are two; neither is overwritten, and a person is asked at most.
func TestRule_7_5_SeriesOfDifferentUIDsAreTwo(t *testing.T) {
	for _, numbered := range []bool{true, false} {
		for _, items := range []int{1, 3, 20} {
			t.Run(fmt.Sprintf("titles with numbers %v, %d known", numbered, items), func(t *testing.T) {
				w := newFolders(t)
				for i := range items {
					w.put(0, fmt.Sprint(i, ".ics"), fmt.Sprint("UID:known-", i), fmt.Sprint("SUMMARY:Known ", i), fmt.Sprintf("DTSTART:202601%02dT100000Z", i+1))
				}
				w.sync()
				w.sync()
				titles := [2]string{"Rehearsal of the choir", "Rehearsal of the choir"}
				if numbered {
					titles = [2]string{"Rehearsal of group 417", "Rehearsal of group 471"}
				}
				w.put(0, "left.ics", weekly("left", titles[0], 417)...)
				w.put(1, "right.ics", weekly("right", titles[1], 471)...)
				w.forget()
				for range 2 {
					w.sync()
				}
				for s, mine := range []int{417, 471} {
					want := fmt.Sprintf("%s at Town hall, room %03d", titles[s], mine)
					if got := w.titles(s); !slices.Contains(got, want) {
						t.Errorf("side %d lost its series: %v", s, got)
					}
				}
			})
		}
	}
}

// Two folders that were synced: an item that was entered on both under two UIDs is one if it says the same on both, as an
// invitation does that was read in twice. Nothing is doubled.
func TestRule_7_3_WhatSaysTheSameIsOneWhateverItsUID(t *testing.T) {
	w := newFolders(t)
	w.put(0, "known.ics", "UID:known", "SUMMARY:Known", "DTSTART:20260101T100000Z")
	w.sync()
	w.put(0, "left.ics", weekly("left", "Rehearsal", 417)...)
	w.put(1, "right.ics", weekly("right", "Rehearsal", 417)...)
	w.forget()
	if rep := w.sync(); rep.Tally.Duplicates != 1 || rep.Tally.Held != 0 {
		t.Errorf("%+v", rep.Tally)
	}
	for s := range w.dirs {
		if got := w.titles(s); len(got) != 2 {
			t.Errorf("side %d: %v", s, got)
		}
	}
}

// Two folders that meet for the first time may have a UID each for one thing: what is plainly one is one.
func TestRule_7_3_SidesThatMeetGoByWhatIsSaid(t *testing.T) {
	w := newFolders(t)
	for i, name := range []string{"Dentist in Altenau", "Choir in the castle", "Tax adviser", "Open day at school"} {
		for s := range w.dirs {
			w.put(s, fmt.Sprint(i, ".ics"), fmt.Sprintf("UID:side-%d-%d", s, i), "SUMMARY:"+name, fmt.Sprintf("DTSTART:202601%02dT1%d0000Z", i+1, i), [2]string{"LOCATION:There", "DESCRIPTION:Mind the step"}[s])
		}
	}
	if rep := w.sync(); rep.Tally.Duplicates != 4 || rep.Tally.Held != 0 {
		t.Errorf("%+v", rep.Tally)
	}
	if len(w.titles(0)) != 4 || len(w.titles(1)) != 4 {
		t.Errorf("%v, %v", w.titles(0), w.titles(1))
	}
}

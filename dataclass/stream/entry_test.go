package stream

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-sync/bindery/dataclass"
)

// tells lists what a phone shows of an event or a task, but when it takes place.
func tells(t *testing.T, it *dataclass.Item) []string {
	t.Helper()
	var out []string
	var e dataclass.Entry
	var end dataclass.When
	switch it.Class() {
	case dataclass.Events:
		v, err := dataclass.AsEvent(it)
		if err != nil {
			t.Fatal(err)
		}
		e, end = v.Entry, v.End()
		out = append(out, fmt.Sprint("free ", v.Transparent()))
	default:
		v, err := dataclass.AsTask(it)
		if err != nil {
			t.Fatal(err)
		}
		e, end = v.Entry, v.Due()
		out = append(out, "due "+at(v.Due()), "completed "+at(v.Completed()), "begins "+at(v.Start()), fmt.Sprint("done ", v.PercentComplete(), "%"))
	}
	out = append(out, "summary "+e.Summary(), "body "+e.Body(), "location "+e.Location(), "status "+e.Status(), "class "+e.Class(),
		fmt.Sprint("priority ", e.Priority()), fmt.Sprintf("categories %q", e.Categories()), fmt.Sprint("whole days ", e.AllDay()), "URL "+e.URL())
	for _, a := range e.Attendees() {
		if a.Name == a.Address {
			a.Name = ""
		}
		out = append(out, fmt.Sprintf("attendee %s %s %s %v", a.Address, a.Name, a.Status, a.RSVP))
	}
	out = append(out, "organizer "+e.Organizer().Address)
	return append(out, alarms(e, end)...)
}

func at(w dataclass.When) string {
	switch {
	case w.IsZero():
		return ""
	case w.Date:
		return w.Time.Format("2006-01-02")
	case w.Floating:
		return w.Time.Format("2006-01-02T15:04")
	}
	return stamp(w.Time)
}

// alarms lists when one is reminded. How is left to the phone.
func alarms(e dataclass.Entry, end dataclass.When) []string {
	var out []string
	for _, a := range e.Alarms() {
		if a.Action == "NONE" {
			continue
		}
		from := a.At
		switch {
		case !from.IsZero():
		case a.FromEnd, e.Start().IsZero():
			from = end
		default:
			from = e.Start()
		}
		s := "alarm " + stamp(from.Time.Add(a.Offset))
		if a.Repeat > 0 {
			s += fmt.Sprintf(" %d times every %v", a.Repeat, a.Every)
		}
		out = append(out, s)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// What a phone shows of an event or a task is the same in both formats.
func TestEntriesTellTheSame(t *testing.T) {
	for _, file := range files(t) {
		if !strings.Contains(file, "cal") {
			continue
		}
		t.Run(filepath.Base(file), func(t *testing.T) {
			for _, it := range itemsOf(t, file, load(t, file)) {
				if it.Class() == dataclass.Notes {
					continue
				}
				want := tells(t, it.Item)
				for _, f := range calendarFormats {
					there, err := it.Project(f)
					if err != nil {
						t.Fatal(err)
					}
					if diff := cmp.Diff(want, tells(t, through(t, there))); diff != "" {
						t.Errorf("%s as %s:\n%s", label(it.Item), f, diff)
					}
				}
			}
		})
	}
}

// What a note says is the same in every format, its text to the letter.
func TestNotesSayTheSame(t *testing.T) {
	seen := 0
	for _, file := range files(t) {
		for _, it := range itemsOf(t, file, load(t, file)) {
			if it.Class() != dataclass.Notes {
				continue
			}
			seen++
			n, err := dataclass.AsNote(it.Item)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range noteFormats {
				there, err := it.Project(f)
				if err != nil {
					t.Fatal(err)
				}
				m, err := dataclass.AsNote(through(t, there))
				if err != nil {
					t.Fatal(err)
				}
				if m.Full() != n.Full() || m.Title() != n.Title() {
					t.Errorf("%s as %s: %q is %q", filepath.Base(file), f, n.Full(), m.Full())
				}
				if f != dataclass.PlainText && (m.Class() != n.Class() || !slices.Equal(m.Categories(), n.Categories())) {
					t.Errorf("%s as %s: %s %q is %s %q", filepath.Base(file), f, n.Class(), n.Categories(), m.Class(), m.Categories())
				}
			}
		}
	}
	if seen < 8 {
		t.Errorf("only %d notes", seen)
	}
}

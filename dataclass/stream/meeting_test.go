package stream

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-sync/bindery/dataclass"
)

// takesPlace lists when an event takes place in the years in which the corpus lives.
func takesPlace(t *testing.T, it *dataclass.Item, here *time.Location) []string {
	t.Helper()
	e, err := dataclass.AsEvent(it)
	if err != nil {
		t.Fatal(err)
	}
	from := time.Date(1999, 1, 1, 0, 0, 0, 0, here)
	list, err := e.Occurrences(from, from.AddDate(40, 0, 0), 60)
	out := []string{}
	for _, o := range list {
		out = append(out, fmt.Sprintf("%s until %s", stamp(o.Start), stamp(o.End)))
	}
	if err != nil && len(list) < 60 {
		out = append(out, err.Error())
	}
	return out
}

// fewer are the events of the corpus that vCalendar 1.0 cannot say in full: their exceptions have times of
// their own, or their rule has no end and no words in its grammar. What it says must be true.
var fewer = map[string]bool{
	"Exception comes first": true, "Choir": true, "Bottles weekly (moved)": true, "Thanks": true, "Week numbers": true,
}

// wrong are those that come out wrong. Whoever mends one takes it off the list.
var wrong = map[string]string{}

// No conversion moves a meeting: it takes place when it did, wherever one looks at it from.
func TestMeetingsStay(t *testing.T) {
	for _, file := range files(t) {
		if !strings.Contains(file, "cal") {
			continue
		}
		t.Run(filepath.Base(file), func(t *testing.T) {
			for _, it := range itemsOf(t, file, load(t, file)) {
				if it.Class() != dataclass.Events {
					continue
				}
				for _, here := range []string{"UTC", "Europe/Oslo", "Australia/Sydney", "America/New_York"} {
					loc, err := time.LoadLocation(here)
					if err != nil {
						t.Fatal(err)
					}
					want := takesPlace(t, it.Item, loc)
					for _, f := range calendarFormats {
						there, err := it.Project(f)
						if err != nil {
							t.Fatal(err)
						}
						got := takesPlace(t, through(t, there), loc)
						compare(t, label(it.Item), f, want, got)
					}
				}
			}
		})
	}
}

func stamp(at time.Time) string { return at.UTC().Format("2006-01-02T15:04Z") }

// compare wants the same times, or where the format cannot say all of them none that are not so.
func compare(t *testing.T, name string, f dataclass.Format, want, got []string) {
	t.Helper()
	diff := cmp.Diff(want, got)
	if f == dataclass.VCalendar10 && fewer[name] {
		diff = ""
		for _, at := range got {
			if !slices.Contains(want, at) && at < want[len(want)-1] {
				diff += at + "\n"
			}
		}
	}
	why, known := wrong[name]
	known = known && f == dataclass.VCalendar10
	switch {
	case known && diff == "":
		t.Errorf("%s as %s is right now; the list says that %s", name, f, why)
	case !known && diff != "":
		t.Errorf("%s as %s:\n%s", name, f, diff)
	}
}

package entry

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// Whoever edits the entries of an event edits the event: see TestEditContactLaws. The edits arrive as a client sends them:
// the series, then each exception.
func TestEditEventLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := Context{Zone: places.Draw(t, "calendar")}
		ev := drawEvent(t, x)
		ev.SetText("X-ODD", "kept")
		it := ev.Item()
		master := New(EventKind)
		w, err := WriteEvent(it, master, nil, x)
		if err != nil {
			t.Skip("it cannot be said")
		}
		list := w.Add
		same, err := EditEvent(it, reread(t, master), reread(t, master), x)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range list {
			if same, err = EditInstance(same, reread(t, e), reread(t, e), x); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(string(it.Body().Data), string(same.Body().Data)); diff != "" {
			t.Fatalf("put as it was got:\n%s", diff)
		}
		checkEventEdits(t, it, master, list, x)
	})
}

// checkEventEdits lets a client edit what it reads and send it, and looks at what is stored then.
func checkEventEdits(t *rapid.T, it *dataclass.Item, master *xmltree.Element, list []*xmltree.Element, x Context) {
	read, err := ReadEvent(reread(t, master), list, x)
	if err != nil {
		t.Fatal(err)
	}
	theirs, _ := dataclass.AsEvent(read)
	editEvent(t, theirs, x)
	want := reread(t, master)
	var exceptions []*xmltree.Element
	for _, e := range list {
		exceptions = append(exceptions, reread(t, e))
	}
	w, err := WriteEvent(theirs.Item(), want, exceptions, x)
	if err != nil {
		t.Skip("it cannot be said")
	}
	out := it
	if w.Master != nil {
		if out, err = EditEvent(out, master, reread(t, want), x); err != nil {
			t.Fatal(err)
		}
	}
	for _, e := range append(w.Put, w.Add...) {
		have, _, err := Instance(out, InstanceKey(e, x), x)
		if err != nil {
			t.Fatal(err)
		}
		if out, err = EditInstance(out, have, reread(t, e), x); err != nil {
			t.Fatal(err)
		}
	}
	for _, e := range w.Delete {
		if it, err := CancelInstance(out, e, x); err == nil {
			out = it // else it is no series any more
		}
	}
	got, _ := dataclass.AsEvent(out)
	if got.Text("X-ODD") != "kept" {
		t.Fatalf("lost X-ODD:\n%s", out.Body().Data)
	}
	a, b := x.saysAll(theirs), x.saysAll(got)
	if diff := cmp.Diff(a, b); diff != "" {
		t.Fatalf("-wanted +got: %s\n%s\nwas\n%s\nis\n%s", diff, theirs.Item().Body().Data, it.Body().Data, out.Body().Data)
	}
	if diff := cmp.Diff(x.takesPlace(t, theirs), x.takesPlace(t, got)); diff != "" {
		t.Fatalf("-wanted +got: %s\n%s\nwas\n%s\nis\n%s", diff, theirs.Item().Body().Data, it.Body().Data, out.Body().Data)
	}
}

// takesPlace gives when an event takes place, and what it is called then.
func (x Context) takesPlace(t *rapid.T, ev dataclass.Event) []string {
	loc, _, _ := x.place()
	all, _ := ev.Occurrences(time.Date(2018, 1, 1, 0, 0, 0, 0, loc), time.Date(2034, 1, 1, 0, 0, 0, 0, loc), 40)
	var out []string
	for _, o := range all {
		out = append(out, fmt.Sprint(o.Start.UTC(), o.End.UTC(), clean(o.Entry.Summary()), clean(o.Entry.Location())))
	}
	return out
}

func TestEditEvent(t *testing.T) {
	single := []string{"BEGIN:VCALENDAR", "VERSION:2.0", "BEGIN:VEVENT", "UID:1", "DTSTART:20261124T140000Z", "DURATION:PT1H", "SUMMARY:Tea",
		"ATTENDEE;ROLE=CHAIR;CUTYPE=ROOM:mailto:a@x.org", "ATTENDEE;PARTSTAT=ACCEPTED:mailto:b@x.org", "BEGIN:VALARM", "ACTION:PROCEDURE", "TRIGGER:-PT5M", "END:VALARM",
		"BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:-PT10M", "DESCRIPTION:Now!", "END:VALARM", "X-A:b", "END:VEVENT", "END:VCALENDAR", ""}
	for name, tt := range map[string]struct{ from, to, line, becomes string }{
		"nothing":    {"Tea", "Tea", "", ""},
		"the title":  {">Tea<", ">Coffee<", "SUMMARY:Tea", "SUMMARY:Coffee"},
		"the time":   {`startTime="2026-11-24T15:00:00.000+01:00" endTime="2026-11-24T16:00:00.000+01:00"`, `startTime="2026-11-24T16:00:00.000+01:00" endTime="2026-11-24T17:00:00.000+01:00"`, "20261124T140000Z", "20261124T150000Z"},
		"an answer":  {"event.accepted", "event.declined", "PARTSTAT=ACCEPTED", "PARTSTAT=DECLINED"},
		"a reminder": {`minutes="10"`, `minutes="20"`, "TRIGGER:-PT10M", "TRIGGER:-PT20M"},
	} {
		t.Run(name, func(t *testing.T) {
			x := Context{Zone: "Europe/Oslo"}
			it, err := dataclass.Decode(dataclass.Events, dataclass.Body{Type: dataclass.ICalendar20.String(), Data: []byte(strings.Join(single, "\r\n"))})
			if err != nil {
				t.Fatal(err)
			}
			have := New(EventKind)
			if _, err := WriteEvent(it, have, nil, x); err != nil {
				t.Fatal(err)
			}
			text := print(have)
			if !strings.Contains(text, tt.from) {
				t.Fatalf("no %s in %s", tt.from, text)
			}
			want, err := xmltree.Parse([]byte(strings.Replace(text, tt.from, tt.to, 1)), xmltree.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			out, err := EditEvent(it, have, want, x)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(strings.Replace(strings.Join(single, "\r\n"), tt.line, tt.becomes, 1), string(out.Body().Data)); diff != "" {
				t.Errorf("%s\n%s", diff, text)
			}
		})
	}
}

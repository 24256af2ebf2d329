package dataclass

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-sync/bindery/dataclass/recur"
)

// phoneEvent is an event of vCalendar 1.0 in the words of a phone.
const phoneEvent = `BEGIN:VCALENDAR
VERSION:1.0
PRODID:a phone
BEGIN:VEVENT
X-EPOCAGENDAENTRYTYPE:APPOINTMENT
summary;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:M=C3=B8te=20med=
=20Kari
DESCRIPTION:first; second
LOCATION:Room 1
DTSTART:20240304T080000Z
DTEND:20240304T090000Z
RRULE:W1 MO #0
EXDATE:20240311T080000Z;20240318T080000Z
DALARM:20240304T074500Z;;;soon
CATEGORIES:APPOINTMENT;MEETING
CLASS:PRIVATE
PRIORITY:1
X-SYMBIAN-LUID:42
LAST-MODIFIED:20240101T000000Z
END:VEVENT
END:VCALENDAR
`

func TestPhoneEventGetters(t *testing.T) {
	e := mustEvent(t, phoneEvent)
	if e.Item().d != cal10 {
		t.Fatal("not vCalendar 1.0")
	}
	got := []string{
		e.Summary(), e.Body(), e.Location(), e.Class(), e.Start().Time.String(), e.Duration().String(), e.Rules()[0].String(),
		e.ExceptionDates()[1].Time.String(), strings.Join(e.Categories(), "|"), e.Alarms()[0].Text,
	}
	want := []string{
		"Møte med Kari", "first; second", "Room 1", "PRIVATE", "2024-03-04 08:00:00 +0000 UTC", "1h0m0s", "FREQ=WEEKLY;BYDAY=MO",
		"2024-03-18 08:00:00 +0000 UTC", "APPOINTMENT|MEETING", "soon",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	list, err := e.Occurrences(time.Date(2024, 3, 1, 0, 0, 0, 0, time.UTC), time.Date(2024, 4, 1, 0, 0, 0, 0, time.UTC), 0)
	if d := cmp.Diff([]string{"0304T0800-0304T0900", "0325T0800-0325T0900"}, starts(list, time.UTC)); err != nil || d != "" {
		t.Errorf("%v %s", err, d)
	}
}

// An edit changes the lines of a phone that it has to change, and no others.
func TestPhoneEventSettersChangeOneLine(t *testing.T) {
	for _, tt := range []struct {
		name        string
		edit        func(Event)
		gone, fresh []string // how the lines begin
	}{
		{"nothing", setAgain, nil, nil},
		{"summary", func(e Event) { e.SetSummary("a") }, []string{"summary;", "=20Kari"}, []string{"summary:a"}},
		{"body", func(e Event) { e.SetBody("a") }, []string{"DESCRIPTION:"}, []string{"DESCRIPTION:a"}},
		{"no body", func(e Event) { e.SetBody("") }, []string{"DESCRIPTION:"}, nil},
		{"location", func(e Event) { e.SetLocation("Room 2") }, []string{"LOCATION:"}, []string{"LOCATION:Room 2"}},
		{"start", func(e Event) { e.SetStart(When{Time: time.Date(2024, 3, 4, 8, 30, 0, 0, time.UTC)}) },
			[]string{"DTSTART:", "DALARM:"}, []string{"DTSTART:20240304T083000Z", "DALARM:20240304T081500Z;;;soon"}},
		{"end", func(e Event) { e.SetEnd(When{Time: time.Date(2024, 3, 4, 9, 30, 0, 0, time.UTC)}) }, []string{"DTEND:"}, []string{"DTEND:20240304T093000Z"}},
		{"rule", func(e Event) { e.SetRules(recur.Rule{Freq: recur.Daily, Count: 3}) }, []string{"RRULE:"}, []string{"RRULE:D1 #3"}},
		{"no rule", func(e Event) { e.SetRules() }, []string{"RRULE:"}, nil},
		{"one exception date less", func(e Event) { e.SetExceptionDates(e.ExceptionDates()[0]) }, []string{"EXDATE:"}, []string{"EXDATE:20240311T080000Z"}},
		{"category", func(e Event) { e.SetCategories("MEETING") }, []string{"CATEGORIES:"}, []string{"CATEGORIES:MEETING"}},
		{"class", func(e Event) { e.SetClass("CONFIDENTIAL") }, []string{"CLASS:"}, []string{"CLASS:CONFIDENTIAL"}},
		{"no alarm", func(e Event) { e.SetAlarms(nil) }, []string{"DALARM:"}, nil},
		{"URL", func(e Event) { e.SetURL("http://example.org/") }, nil, []string{"URL:http://example.org/"}},
		{"attendee", func(e Event) { e.SetAttendees([]Attendee{{Address: "a@example.org"}}) }, nil, []string{"ATTENDEE"}},
		{"remove", func(e Event) { e.Remove("X-SYMBIAN-LUID") }, []string{"X-SYMBIAN-LUID:"}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := mustEvent(t, phoneEvent)
			before := e.Item().Body()
			tt.edit(e)
			gone, fresh := changed(before, e.Item().Body())
			if !begin(gone, tt.gone) || !begin(fresh, tt.fresh) {
				t.Errorf("gone %q\nfresh %q", gone, fresh)
			}
		})
	}
}

// begin reports whether the lines begin so.
func begin(lines, heads []string) bool {
	return slices.EqualFunc(lines, heads, strings.HasPrefix)
}

func TestPhoneZone(t *testing.T) {
	e := mustEvent(t, phoneEvent)
	w := When{Time: time.Date(2024, 7, 1, 8, 0, 0, 0, time.UTC), Zone: "Europe/Oslo"}
	e.SetStart(w)
	if got := e.Start(); !got.Time.Equal(w.Time) {
		t.Errorf("start %v in\n%s", got, e.Item().Body().Data)
	}
	if _, err := e.AddException(w); err == nil {
		t.Error("an exception in vCalendar 1.0")
	}
	e.RemoveException(w)
}

func TestNewPhoneEvent(t *testing.T) {
	e, err := NewEvent(VCalendar10)
	if err != nil {
		t.Fatal(err)
	}
	e.SetSummary("blåbær")
	e.SetStart(When{Time: time.Date(2024, 7, 1, 0, 0, 0, 0, time.UTC), Date: true})
	again, err := Decode(Events, e.Item().Body())
	if err != nil {
		t.Fatal(err)
	}
	v, err := AsEvent(again)
	if err != nil || v.Summary() != "blåbær" || !v.AllDay() || v.Start().Time.Month() != time.July {
		t.Errorf("%v in\n%s", err, e.Item().Body().Data)
	}
}

func TestPatch(t *testing.T) {
	lines := func(s string) string {
		return "BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\n" + s + "\nEND:VEVENT\nEND:VCALENDAR\n"
	}
	for _, tt := range []struct{ name, item, was, is, want string }{
		{"nothing", "A:1\nB:2", "A:x\nB:y", "A:x\nB:y", "A:1\nB:2"},
		{"one", "A:1\nB:2", "A:x\nB:y", "A:z\nB:y", "A:z\nB:2"},
		{"parameters stay", "A;P=1:1", "A;Q=2:x", "A;Q=2:z", "A;P=1:z"},
		{"parameters change", "A;P=1:1", "A;Q=2:x", "A;Q=3:x", "A;Q=3:x"},
		{"gone", "A:1\nB:2", "A:x\nB:y", "B:y", "B:2"},
		{"fresh", "A:1", "A:x", "A:x\nC:z", "A:1\nC:z"},
		{"one of several", "A:1\nA:2\nB:3\nA:4", "A:x\nA:y\nA:z", "A:x\nA:w\nA:z", "A:1\nA:w\nB:3\nA:4"},
		{"one less", "A:1\nA:2\nB:3\nA:4", "A:x\nA:y\nA:z", "A:x\nA:z", "A:1\nB:3\nA:4"},
		{"one more", "A:1\nB:3\nA:4", "A:x\nA:z", "A:x\nA:z\nA:v", "A:1\nB:3\nA:4\nA:v"},
		{"written as fewer", "A:1,2\nB:3", "A:1\nA:2", "A:1", "A:1\nB:3"},
		{"in lower case", "a:1", "A:x", "A:z", "a:z"},
		{"inner", "BEGIN:C\nA:1\nEND:C", "BEGIN:C\nA:x\nEND:C", "BEGIN:C\nA:y\nEND:C", "BEGIN:C\nA:y\nEND:C"},
		{"inner gone", "A:1\nBEGIN:C\nA:1\nEND:C", "BEGIN:C\nA:x\nEND:C", "", "A:1"},
		{"inner fresh", "A:1", "", "BEGIN:C\nA:y\nEND:C", "A:1\nBEGIN:C\nA:y\nEND:C"},
		{"line without a colon", "A:1\nsomething", "something else", "other", "A:1\nother"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			item := mustEvent(t, lines(tt.item)).Item()
			patch(item.root, mustEvent(t, lines(tt.was)).Item().root, mustEvent(t, lines(tt.is)).Item().root, true)
			if got := strings.ReplaceAll(string(item.Body().Data), "\r\n", "\n"); got != lines(tt.want) {
				t.Errorf("got %s", got)
			}
		})
	}
}

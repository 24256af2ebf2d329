package dataclass

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// richEvent has something of everything, in other words and in another order than Bindery would write it.
const richEvent = `BEGIN:VCALENDAR
PRODID:-//somebody//else
version:2.0
METHOD:PUBLISH
X-WR-CALNAME:work
BEGIN:VTIMEZONE
TZID:Our Zone
X-LIC-LOCATION:Europe/Oslo
BEGIN:STANDARD
DTSTART:19701025T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:19700329T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE
BEGIN:VEVENT
uid:1234
dtstart;X-A=b;TZID="Our Zone":20240304T090000
DTEND;TZID=Our Zone:20240304T103000
x-unknown;x-p="a;b":c\,d
Summary;LANGUAGE=nb:Møte\, kaf
 fe
DESCRIPTION;ALTREP="cid:1":first line\nsecond
X-ALT-DESC;FMTTYPE=text/html:<p>first line</p>
LOCATION:Room 1
RRULE:freq=WEEKLY;BYDAY=MO
EXDATE;TZID=Our Zone:20240311T090000,20240318T090000
EXDATE:20240325T080000Z
RDATE;VALUE=PERIOD:20240306T080000Z/PT1H
CATEGORIES:work,a\,b
CATEGORIES:second
STATUS:confirmed
CLASS:PRIVATE
PRIORITY:5
TRANSP:OPAQUE
URL:http://example.org/a,b
GEO:59.9;10.7
ORGANIZER;CN="Example, Kari":MAILTO:kari@example.org
ATTENDEE;CN=Ola;X-B=c;PARTSTAT=ACCEPTED;ROLE=CHAIR:mailto:ola@example.org
ATTENDEE;RSVP=TRUE:mailto:per@example.org
ATTACH;FMTTYPE=text/plain:http://example.org/x.txt
a line without a colon
BEGIN:VALARM
TRIGGER:-PT15M
ACTION:display
X-IN:alarm
DESCRIPTION:soon
END:VALARM
BEGIN:VALARM
TRIGGER;VALUE=DATE-TIME:20240304T070000Z
ACTION:AUDIO
REPEAT:2
DURATION:PT5M
END:VALARM
END:VEVENT
BEGIN:VEVENT
UID:1234
RECURRENCE-ID;TZID=Our Zone:20240401T090000
DTSTART;TZID=Our Zone:20240401T110000
DTEND;TZID=Our Zone:20240401T120000
SUMMARY:moved
END:VEVENT
END:VCALENDAR
`

func mustEvent(t fataler, text string) Event {
	t.Helper()
	it, err := decodeCalendar(Calendar, []byte(text), Format{})
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	e, err := AsEvent(it)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return e
}

func mustTask(t fataler, text string) Task {
	t.Helper()
	it, err := decodeCalendar(Calendar, []byte(text), Format{})
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	v, err := AsTask(it)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return v
}

// eventOf gives an event with the lines in it.
func eventOf(lines ...string) string {
	return "BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\nUID:1\n" + strings.Join(lines, "\n") + "\nEND:VEVENT\nEND:VCALENDAR\n"
}

// changed gives the lines of the body that an edit removed and added.
func changed(before, after Body) (gone, fresh []string) {
	left := strings.SplitAfter(string(before.Data), "\r\n")
	for _, line := range strings.SplitAfter(string(after.Data), "\r\n") {
		if i := slices.Index(left, line); i >= 0 {
			gone = append(gone, left[:i]...)
			left = left[i+1:]
		} else {
			fresh = append(fresh, line)
		}
	}
	return append(gone, left...), fresh
}

func oslo(t fataler) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation("Europe/Oslo")
	if err != nil {
		t.Fatalf("%v", err)
	}
	return loc
}

func TestEventGetters(t *testing.T) {
	e := mustEvent(t, richEvent)
	loc := oslo(t)
	lat, lon, _ := e.Geo()
	type all struct {
		UID, Summary, Body, Location, URL, Status, Class string
		Priority                                         int
		Free, AllDay                                     bool
		Start, End                                       string
		Duration                                         time.Duration
		Lat, Lon                                         float64
		Rules                                            string
		Dates, Except                                    int
		Categories                                       []string
		Attendees                                        []Attendee
		Organizer                                        Attendee
		Alarms                                           []Alarm
		Attachments                                      []Attachment
	}
	got := all{
		e.UID(), e.Summary(), e.Body(), e.Location(), e.URL(), e.Status(), e.Class(), e.Priority(), e.Transparent(), e.AllDay(),
		e.Start().Time.In(loc).String(), e.End().Time.In(loc).String(), e.Duration(), lat, lon, e.Rules()[0].String(),
		len(e.RecurrenceDates()), len(e.ExceptionDates()), e.Categories(), e.Attendees(), e.Organizer(), e.Alarms(), e.Attachments(),
	}
	want := all{
		"1234", "Møte, kaffe", "first line\nsecond", "Room 1", "http://example.org/a,b", "CONFIRMED", "PRIVATE", 5, false, false,
		"2024-03-04 09:00:00 +0100 CET", "2024-03-04 10:30:00 +0100 CET", 90 * time.Minute, 59.9, 10.7, "FREQ=WEEKLY;BYDAY=MO",
		1, 3,
		[]string{"work", "a,b", "second"},
		[]Attendee{{Address: "ola@example.org", Name: "Ola", Role: "CHAIR", Status: "ACCEPTED"}, {Address: "per@example.org", RSVP: true}},
		Attendee{Address: "kari@example.org", Name: "Example, Kari"},
		[]Alarm{
			{Action: "DISPLAY", Offset: -15 * time.Minute, Text: "soon"},
			{Action: "AUDIO", At: When{Time: time.Date(2024, 3, 4, 7, 0, 0, 0, time.UTC)}, Repeat: 2, Every: 5 * time.Minute},
		},
		[]Attachment{{URI: "http://example.org/x.txt", MediaType: "text/plain"}},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if x := e.Exceptions(); len(x) != 1 || x[0].Summary() != "moved" {
		t.Errorf("%d exceptions", len(x))
	}
}

// Giving every setter what its getter says changes nothing.
func TestEventSettersOfTheSame(t *testing.T) {
	e := mustEvent(t, richEvent)
	before := string(e.Item().Body().Data)
	for _, v := range append(e.Exceptions(), e) {
		setAgain(v)
	}
	if after := string(e.Item().Body().Data); after != before {
		t.Errorf("changed:\n%s", cmp.Diff(before, after))
	}
}

func setAgain(e Event) {
	e.SetUID(e.UID())
	e.SetSummary(e.Summary())
	e.SetBody(e.Body())
	e.SetLocation(e.Location())
	e.SetURL(e.URL())
	e.SetStatus(e.Status())
	e.SetClass(e.Class())
	e.SetPriority(e.Priority())
	e.SetTransparent(e.Transparent())
	if lat, lon, ok := e.Geo(); ok {
		e.SetGeo(lat, lon)
	}
	e.SetStart(e.Start())
	e.SetEnd(e.End())
	e.SetDuration(e.Duration())
	e.SetRules(e.Rules()...)
	e.SetRecurrenceDates(e.RecurrenceDates()...)
	e.SetExceptionDates(e.ExceptionDates()...)
	e.SetCategories(e.Categories()...)
	e.SetAttendees(e.Attendees())
	e.SetOrganizer(e.Organizer())
	e.SetAttachments(e.Attachments())
	e.SetAlarms(e.Alarms())
}

func TestEventEnd(t *testing.T) {
	at := func(d, h, m int) time.Time { return time.Date(2024, 3, d, h, m, 0, 0, time.UTC) }
	for _, tt := range []struct {
		name  string
		lines []string
		want  When
		lasts time.Duration
	}{
		{"nothing", nil, When{}, 0},
		{"start only", []string{"DTSTART:20240304T090000Z"}, When{Time: at(4, 9, 0)}, 0},
		{"day only", []string{"DTSTART;VALUE=DATE:20240304"}, When{Time: at(5, 0, 0), Date: true}, 24 * time.Hour},
		{"end", []string{"DTSTART:20240304T090000Z", "DTEND:20240304T093000Z"}, When{Time: at(4, 9, 30)}, 30 * time.Minute},
		{"duration", []string{"DTSTART:20240304T090000Z", "DURATION:PT30M"}, When{Time: at(4, 9, 30)}, 30 * time.Minute},
		{"duration of a day", []string{"DTSTART;VALUE=DATE:20240304", "DURATION:P2D"}, When{Time: at(6, 0, 0), Date: true}, 48 * time.Hour},
		{"floating", []string{"DTSTART:20240304T090000", "DURATION:PT1H"}, When{Time: at(4, 10, 0), Floating: true}, time.Hour},
		{"day over a change of clocks", []string{"DTSTART;TZID=Europe/Oslo:20240330T120000", "DURATION:P1D"}, When{Time: at(31, 10, 0), Zone: "Europe/Oslo"}, 24 * time.Hour},
		{"hours over a change of clocks", []string{"DTSTART;TZID=Europe/Oslo:20240330T120000", "DURATION:PT24H"}, When{Time: at(31, 11, 0), Zone: "Europe/Oslo"}, 24 * time.Hour},
		{"zone that nobody knows", []string{"DTSTART;TZID=Nowhere:20240304T090000"}, When{Time: at(4, 9, 0), Floating: true, Zone: "Nowhere"}, 0},
		{"no time", []string{"DTSTART:soon", "DTEND:later"}, When{}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := mustEvent(t, eventOf(tt.lines...))
			if got := e.End(); !got.Equal(tt.want) || got.Zone != tt.want.Zone || e.Duration() != tt.lasts {
				t.Errorf("%+v, %s", got, e.Duration())
			}
		})
	}
}

func TestTask(t *testing.T) {
	v := mustTask(t, "BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VTODO\nUID:1\nDUE;VALUE=DATE:20240304\nSUMMARY:a\nSTATUS:NEEDS-ACTION\nPERCENT-COMPLETE:0\nX-A:b\nEND:VTODO\nEND:VCALENDAR\n")
	if d := v.Due(); !d.Date || d.Time.Day() != 4 || !v.Start().IsZero() || v.PercentComplete() != 0 || !v.Completed().IsZero() || v.Duration() != 0 {
		t.Errorf("read %v", v)
	}
	before := v.Item().Body()
	v.SetDue(When{Time: time.Date(2024, 3, 5, 0, 0, 0, 0, time.UTC), Date: true})
	v.SetCompleted(When{Time: time.Date(2024, 3, 5, 12, 0, 0, 0, time.UTC)})
	v.SetPercentComplete(120)
	v.SetStatus("completed")
	gone, fresh := changed(before, v.Item().Body())
	if d := cmp.Diff([]string{"DUE;VALUE=DATE:20240304\r\n", "STATUS:NEEDS-ACTION\r\n", "PERCENT-COMPLETE:0\r\n"}, gone); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"DUE;VALUE=DATE:20240305\r\n", "STATUS:COMPLETED\r\n", "PERCENT-COMPLETE:100\r\n", "COMPLETED:20240305T120000Z\r\n"}, fresh); d != "" {
		t.Error(d)
	}
	v.SetPercentComplete(-1)
	if v.PercentComplete() != -1 || v.Text("PERCENT-COMPLETE") != "" {
		t.Error("still a percentage")
	}
	v.SetStart(When{Time: time.Date(2024, 3, 1, 0, 0, 0, 0, time.UTC), Date: true})
	v.SetDuration(48 * time.Hour)
	if d := v.Due(); d.Time.Day() != 3 || v.Text("DUE") != "" {
		t.Errorf("due %v", d)
	}
}

func TestViewsOfOtherClasses(t *testing.T) {
	e := mustEvent(t, richEvent).Item()
	v := mustTask(t, "BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VTODO\nEND:VTODO\nEND:VCALENDAR\n").Item()
	for name, err := range map[string]error{
		"task as event": errOf(AsEvent(v)), "event as task": errOf(AsTask(e)), "event as note": errOf(AsNote(e)),
		"nothing as event": errOf(AsEvent(nil)), "nothing as task": errOf(AsTask(nil)), "nothing as note": errOf(AsNote(nil)),
		"event in a card": errOf(NewEvent(VCard30)), "task in text": errOf(NewTask(PlainText)), "note in a card": errOf(NewNote(VCard30)),
		"note in vCalendar": errOf(NewNote(VCalendar10)), "format": errOf(NewEvent(Format{Type: "a/b"})),
	} {
		if !errors.Is(err, ErrUnsupported) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func errOf[T any](_ T, err error) error { return err }

func TestNewEvent(t *testing.T) {
	e, err := NewEvent(ICalendar20)
	if err != nil {
		t.Fatal(err)
	}
	e.SetUID("1")
	e.SetSummary("a")
	e.SetAlarms([]Alarm{{Offset: -time.Minute}})
	e.SetLocation("b")
	want := "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Bindery//Bindery//EN\nBEGIN:VEVENT\nUID:1\nSUMMARY:a\nLOCATION:b\n" +
		"BEGIN:VALARM\nACTION:DISPLAY\nTRIGGER:-PT1M\nDESCRIPTION:\nEND:VALARM\nEND:VEVENT\nEND:VCALENDAR\n"
	if got := strings.ReplaceAll(string(e.Item().Body().Data), "\r\n", "\n"); got != want {
		t.Errorf("%s", got)
	}
	v, err := NewTask(ICalendar20)
	if err != nil || !strings.Contains(string(v.Item().Body().Data), "BEGIN:VTODO") {
		t.Errorf("task: %v", err)
	}
}

package entry

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

var oslo = Context{Zone: "Europe/Oslo"}

func event(t testing.TB, lines ...string) *dataclass.Item {
	t.Helper()
	return calendar(t, append(append([]string{"BEGIN:VEVENT"}, lines...), "END:VEVENT")...)
}

func calendar(t testing.TB, lines ...string) *dataclass.Item {
	t.Helper()
	text := strings.Join(append(append([]string{"BEGIN:VCALENDAR", "VERSION:2.0"}, lines...), "END:VCALENDAR", ""), "\r\n")
	it, err := dataclass.Decode(dataclass.Events, dataclass.Body{Type: "text/calendar;version=2.0", Data: []byte(text)})
	if err != nil {
		t.Fatal(err)
	}
	return it
}

// eventLines gives the lines of the events of an item, without VTIMEZONE.
func eventLines(it *dataclass.Item) []string {
	text := strings.ReplaceAll(string(it.Body().Data), "\r\n ", "")
	var out []string
	in := false
	for line := range strings.SplitSeq(text, "\r\n") {
		switch line {
		case "BEGIN:VEVENT":
			if in = true; len(out) > 0 {
				out = append(out, "--")
			}
		case "END:VEVENT":
			in = false
		default:
			if in {
				out = append(out, line)
			}
		}
	}
	return out
}

const (
	nineToTen     = `<gd:when startTime="2026-11-24T09:00:00.000+01:00" endTime="2026-11-24T10:00:00.000+01:00"/>`
	flags         = `<gCal:syncEvent value="true"/><gCal:sendEventNotifications value="false"/>`
	remindingNine = `<gd:when startTime="2026-11-24T09:00:00.000+01:00" endTime="2026-11-24T10:00:00.000+01:00">`
)

var nineLines = []string{"DTSTART;TZID=Europe/Oslo:20261124T090000", "DTEND;TZID=Europe/Oslo:20261124T100000"}

// eventTests shows each field in both directions.
var eventTests = []struct {
	field, name, entry string
	event              []string
}{
	{"times", "in the zone of the calendar", nineToTen, nineLines},
	{"times", "another offset", `<gd:when startTime="2026-11-24T09:00:00.000Z" endTime="2026-11-24T10:00:00.000Z"/>`, nil},
	{"times", "days", `<gd:when startTime="2026-11-24" endTime="2026-11-26"/>`, []string{"DTSTART;VALUE=DATE:20261124", "DTEND;VALUE=DATE:20261126"}},
	{"title", "", nineToTen + `<title>Choir, rehearsal</title>`, []string{`SUMMARY:Choir\, rehearsal`}},
	{"description", "", nineToTen + `<content type="text">a` + "\n" + `b</content>`, []string{`DESCRIPTION:a\nb`}},
	{"place", "", nineToTen + `<gd:where valueString="Hall; left"/>`, []string{`LOCATION:Hall\; left`}},
	{"people", "", nineToTen + `<gd:who rel="#event.attendee" email="bo@example.org" valueString="Bo"><gd:attendeeStatus value="#event.accepted"/><gd:attendeeType value="#event.optional"/></gd:who>` +
		`<gd:who rel="#event.organizer" email="ann@example.org" valueString="Ann"/>`,
		[]string{"ORGANIZER;CN=Ann:mailto:ann@example.org", "ATTENDEE;CN=Bo;ROLE=OPT-PARTICIPANT;PARTSTAT=ACCEPTED:mailto:bo@example.org"}},
	{"reminders", "before", remindingNine + `<gd:reminder method="alert" minutes="15"/><gd:reminder method="email" minutes="1440"/></gd:when>`,
		[]string{"BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:-PT15M", "DESCRIPTION:", "END:VALARM", "BEGIN:VALARM", "ACTION:EMAIL", "TRIGGER:-P1D", "END:VALARM"}},
	{"reminders", "at a time", remindingNine + `<gd:reminder method="alert" absoluteTime="2026-11-24T07:00:00.000Z"/></gd:when>`,
		[]string{"BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER;VALUE=DATE-TIME:20261124T070000Z", "DESCRIPTION:", "END:VALARM"}},
	{"status", "", nineToTen + `<gd:eventStatus value="#event.tentative"/>`, []string{"STATUS:TENTATIVE"}},
	{"transparency", "", nineToTen + `<gd:transparency value="#event.transparent"/>`, []string{"TRANSP:TRANSPARENT"}},
	{"visibility", "", nineToTen + `<gd:visibility value="#event.private"/>`, []string{"CLASS:PRIVATE"}},
	{"identifier", "", nineToTen + `<gCal:uid value="1@example.org"/>`, []string{"UID:1@example.org"}},
	{"sequence", "", nineToTen + `<gCal:sequence value="3"/>`, []string{"SEQUENCE:3"}},
	{"recurrence", "", `<gd:recurrence>` + "DTSTART;VALUE=DATE:20261124\nDTEND;VALUE=DATE:20261125\nRRULE:FREQ=WEEKLY;COUNT=3\nEXDATE;VALUE=DATE:20261201\n" + `</gd:recurrence>`,
		[]string{"DTSTART;VALUE=DATE:20261124", "DTEND;VALUE=DATE:20261125", "RRULE:FREQ=WEEKLY;COUNT=3", "EXDATE;VALUE=DATE:20261201"}},
}

func TestEventFields(t *testing.T) {
	shownFields := map[string]bool{"exceptions": true}
	for _, tt := range eventTests {
		shownFields[tt.field] = true
		t.Run(tt.field+"/"+tt.name, func(t *testing.T) {
			it, err := ReadEvent(parse(t, tt.entry), nil, oslo)
			if err != nil {
				t.Fatal(err)
			}
			want := tt.event
			switch {
			case tt.event == nil:
				want = []string{"DTSTART:20261124T090000Z", "DTEND:20261124T100000Z"}
			case !strings.HasPrefix(tt.event[0], "DTSTART"):
				want = append(append([]string{}, nineLines...), tt.event...)
			}
			if diff := cmp.Diff(want, eventLines(it)); diff != "" {
				t.Errorf("read: -want +got\n%s", diff)
			}
			e := New(EventKind)
			w, err := WriteEvent(event(t, want...), e, nil, oslo)
			if err != nil || w.Master != e {
				t.Fatal(err)
			}
			again, err := ReadEvent(e, nil, oslo)
			if err != nil {
				t.Fatal(err)
			}
			if tt.event == nil {
				if again.Fingerprint() != it.Fingerprint() {
					t.Errorf("%s", again.Body().Data)
				}
				return
			}
			if diff := cmp.Diff(inside(t, parse(t, tt.entry+flags)), inside(t, e)); diff != "" {
				t.Errorf("written: -want +got\n%s", diff)
			}
		})
	}
	for _, f := range eventFields {
		if !shownFields[f.what] {
			t.Errorf("%s is not shown", f.what)
		}
	}
}

func TestRecurrenceText(t *testing.T) {
	zone := []string{"BEGIN:VTIMEZONE", "TZID:Far", "BEGIN:STANDARD", "DTSTART:19700101T000000", "TZOFFSETFROM:+0930", "TZOFFSETTO:+0930", "TZNAME:Far Time", "END:STANDARD", "END:VTIMEZONE"}
	lines := append([]string{"DTSTART;TZID=Far:20261124T090000", "DURATION:PT1H", "RRULE:FREQ=WEEKLY;BYDAY=MO,TU;UNTIL=20261231T000000Z"}, zone...)
	tests := []struct{ name, text string }{
		{"lines", strings.Join(lines, "\n")},
		{"lines of files", strings.Join(lines, "\r\n") + "\r\n"},
		{"lone CR", strings.Join(lines, "\r")},
		{"joined with blanks", strings.Join(lines, " ")},
		{"joined without", strings.Join(lines, "")},
		{"indented", "\n    " + strings.Join(lines, "\n    ") + "\n  "},
		{"empty lines", strings.Join(lines, "\n\n\n")},
		{"folded", strings.NewReplacer("BYDAY=MO,", "BYDAY=MO\n ,", "UNTIL=2026", "UNTIL=20\r\n 26", "Far Time", "Far\n  Time").Replace(strings.Join(lines, "\r\n"))},
		{"folded and indented", strings.ReplaceAll(strings.Join(lines, "\n\t"), "BYDAY=MO,", "BYDAY=MO,\n\t    ")},
		{"semicolon at the end of a rule", strings.Join(lines, ";\n")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := unmangled(tt.text)
			if err != nil {
				t.Fatal(err)
			}
			for i := range got {
				got[i] = strings.TrimSuffix(got[i], ";")
			}
			if diff := cmp.Diff(lines, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

const weekly = `<id>http://host/calendar/feeds/x/private/full/abc</id><link rel="self" href="http://host/calendar/feeds/x/private/full/abc"/><title>Choir</title><gd:recurrence>` +
	"DTSTART;TZID=Europe/Oslo:20261124T090000\nDTEND;TZID=Europe/Oslo:20261124T100000\nRRULE:FREQ=WEEKLY;COUNT=5\n" +
	`</gd:recurrence><gd:where valueString="Hall"/><gd:reminder minutes="10" method="alert"/>`

// exceptionAt is the entry of an exception that moves an occurrence at nine to a time of the same day.
func exceptionAt(day, more string) string {
	return `<id>http://host/calendar/feeds/x/private/full/abc_` + day + `</id><title>Choir</title><gd:where valueString="Hall"/>` +
		`<gd:originalEvent id="abc" href="http://host/x/abc"><gd:when startTime="` + day + `T09:00:00.000+01:00"/></gd:originalEvent>` + more
}

const canceledStatus = `<gd:eventStatus value="#event.canceled"/>`

func TestReadSeries(t *testing.T) {
	it, err := ReadEvent(parse(t, weekly), []*xmltree.Element{
		parse(t, exceptionAt("2026-12-08", canceledStatus)),
		parse(t, exceptionAt("2026-12-01", `<gd:when startTime="2026-12-01T11:00:00+01:00" endTime="2026-12-01T12:30:00+01:00"><gd:reminder method="alert" minutes="10"/></gd:when><gd:comments/>`)),
		parse(t, exceptionAt("2026-12-15", `<gd:when startTime="2026-12-15T09:00:00+01:00" endTime="2026-12-15T10:00:00+01:00"><gd:reminder method="alert" minutes="10"/></gd:when>`)),
	}, oslo)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"DTSTART;TZID=Europe/Oslo:20261124T090000", "DTEND;TZID=Europe/Oslo:20261124T100000", "RRULE:FREQ=WEEKLY;COUNT=5", "SUMMARY:Choir", "LOCATION:Hall",
		"EXDATE;TZID=Europe/Oslo:20261208T090000", "BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:-PT10M", "DESCRIPTION:", "END:VALARM",
		"--", "RECURRENCE-ID;TZID=Europe/Oslo:20261201T090000", "DTSTART;TZID=Europe/Oslo:20261201T110000", "DTEND;TZID=Europe/Oslo:20261201T123000",
		"SUMMARY:Choir", "LOCATION:Hall", "BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:-PT10M", "DESCRIPTION:", "END:VALARM",
	}
	if diff := cmp.Diff(want, eventLines(it)); diff != "" {
		t.Error(diff)
	}
}

// sent gives what is sent in a few words.
func sent(w Writes) []string {
	var out []string
	if w.Master != nil {
		out = append(out, "master")
	}
	for _, l := range []struct {
		name string
		list []*xmltree.Element
	}{{"put", w.Put}, {"add", w.Add}, {"delete", w.Delete}} {
		for _, e := range l.list {
			what := l.name + " " + child(child(e, GD, "originalEvent"), GD, "when").Attr("", "startTime")[:10]
			if Deleted(e) {
				what += " cancelled"
			}
			out = append(out, what)
		}
	}
	if w.Moved {
		out = append(out, "moved")
	}
	return out
}

func TestWriteSeries(t *testing.T) {
	tests := []struct {
		name string
		edit func(ev dataclass.Event)
		want []string
	}{
		{"nothing", func(dataclass.Event) {}, nil},
		{"title", func(ev dataclass.Event) { ev.SetSummary("Band") }, []string{"master", "put 2026-12-15"}},
		{"time", func(ev dataclass.Event) {
			s := ev.Start()
			s.Time = s.Time.Add(-time.Hour)
			ev.SetStart(s)
		}, []string{"master", "put 2026-12-01", "delete 2026-12-15", "moved"}},
		{"an occurrence less", func(ev dataclass.Event) {
			at := ev.Start()
			at.Time = at.Time.AddDate(0, 0, 28)
			ev.SetExceptionDates(append(ev.ExceptionDates(), at)...)
		}, []string{"add 2026-12-22 cancelled"}},
		{"an exception less", func(ev dataclass.Event) {
			at, _ := ev.Exceptions()[0].RecurrenceID()
			ev.RemoveException(at)
		}, []string{"put 2026-12-01"}},
		{"an exception cancelled", func(ev dataclass.Event) {
			at, _ := ev.Exceptions()[0].RecurrenceID()
			ev.RemoveException(at)
			ev.SetExceptionDates(append(ev.ExceptionDates(), at)...)
		}, []string{"put 2026-12-01 cancelled"}},
		{"an occurrence more", func(ev dataclass.Event) { ev.SetExceptionDates() }, []string{"put 2026-12-08"}},
		{"another place once", func(ev dataclass.Event) { ev.Exceptions()[0].SetLocation("Barn") }, []string{"put 2026-12-01"}},
		{"a new exception", func(ev dataclass.Event) {
			at := ev.Start()
			at.Time = at.Time.AddDate(0, 0, 28)
			ex, _ := ev.AddException(at)
			ex.SetSummary("Concert")
		}, []string{"add 2026-12-22"}},
		{"no series any more", func(ev dataclass.Event) {
			at, _ := ev.Exceptions()[0].RecurrenceID()
			ev.RemoveException(at)
			ev.SetRules()
			ev.SetExceptionDates()
		}, []string{"master", "delete 2026-12-01", "delete 2026-12-08 cancelled", "delete 2026-12-15"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			master, exceptions := parse(t, weekly), []*xmltree.Element{
				parse(t, exceptionAt("2026-12-01", `<gd:when startTime="2026-12-01T11:00:00+01:00" endTime="2026-12-01T12:00:00+01:00"><gd:reminder method="sms" minutes="10"/></gd:when><gd:comments/>`)),
				parse(t, exceptionAt("2026-12-08", canceledStatus)),
				parse(t, exceptionAt("2026-12-15", `<gd:when startTime="2026-12-15T09:00:00+01:00" endTime="2026-12-15T10:00:00+01:00"><gd:reminder method="alert" minutes="10"/></gd:when>`)),
			}
			it, err := ReadEvent(master, exceptions, oslo)
			if err != nil {
				t.Fatal(err)
			}
			ev, err := dataclass.AsEvent(it)
			if err != nil {
				t.Fatal(err)
			}
			tt.edit(ev)
			w, err := WriteEvent(it, master, exceptions, oslo)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, sent(w)); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
			if got := print(exceptions[0]); !strings.Contains(got, "<comments") || !strings.Contains(got, `"sms"`) {
				t.Errorf("what nobody understands is gone: %s", got)
			}
			after := w.at(exceptions, false)
			again, err := ReadEvent(master, after, oslo)
			if err != nil {
				t.Fatal(err)
			}
			if again.Fingerprint() != it.Fingerprint() {
				t.Errorf("-want +got\n%s", cmp.Diff(eventLines(it), eventLines(again)))
			}
			second, err := WriteEvent(it, master, after, oslo)
			if diff := cmp.Diff([]string(nil), sent(second)); diff != "" || err != nil {
				t.Errorf("written again: %v\n%s", err, diff)
			}
		})
	}
}

// at gives the exceptions that a server has once all is sent: of a series that moved those that were put or added, if
// it does not keep the others.
func (w Writes) at(list []*xmltree.Element, keeps bool) []*xmltree.Element {
	if w.Moved && !keeps {
		return append(append([]*xmltree.Element{}, w.Put...), w.Add...)
	}
	var out []*xmltree.Element
	for _, e := range list {
		gone := false
		for _, d := range w.Delete {
			gone = gone || d == e
		}
		if !gone {
			out = append(out, e)
		}
	}
	return append(out, w.Add...)
}

func TestEventTurnsIntoSeriesAndBack(t *testing.T) {
	e := parse(t, remindingNine+`<gd:reminder method="sms" minutes="5"/><gd:reminder method="alert" minutes="15"/></gd:when>`)
	single, err := ReadEvent(e, nil, oslo)
	if err != nil {
		t.Fatal(err)
	}
	before := print(e)
	series := event(t, append(nineLines, "RRULE:FREQ=DAILY;COUNT=2", "BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:-PT15M", "END:VALARM")...)
	if _, err := WriteEvent(series, e, nil, oslo); err != nil {
		t.Fatal(err)
	}
	if child(e, GD, "when") != nil || len(children(e, GD, "reminder")) != 2 {
		t.Errorf("no series: %s", print(e))
	}
	if _, err := WriteEvent(single, e, nil, oslo); err != nil {
		t.Fatal(err)
	}
	remove(e, child(e, GCal, "syncEvent"), child(e, GCal, "sendEventNotifications"))
	if diff := cmp.Diff(before, print(e)); diff != "" {
		t.Error(diff)
	}
}

func TestEventRefused(t *testing.T) {
	masterless := event(t, "RECURRENCE-ID:20261124T090000Z", "DTSTART:20261124T100000Z")
	future := calendar(t, "BEGIN:VEVENT", "DTSTART:20261124T090000Z", "RRULE:FREQ=DAILY", "END:VEVENT",
		"BEGIN:VEVENT", "RECURRENCE-ID;RANGE=THISANDFUTURE:20261125T090000Z", "DTSTART:20261125T100000Z", "END:VEVENT")
	writes := []struct {
		name string
		it   *dataclass.Item
		want error
	}{
		{"no series", masterless, dataclass.ErrUnsupported}, {"all later ones", future, dataclass.ErrUnsupported},
		{"a contact", card(t, "FN:x"), dataclass.ErrUnsupported}, {"nothing", nil, dataclass.ErrUnsupported},
		{"no start", event(t, "SUMMARY:x"), dataclass.ErrMalformed},
	}
	for _, tt := range writes {
		t.Run(tt.name, func(t *testing.T) {
			e := New(EventKind)
			if _, err := WriteEvent(tt.it, e, nil, oslo); !errors.Is(err, tt.want) || print(e) != print(New(EventKind)) {
				t.Errorf("%v: %s", err, print(e))
			}
		})
	}
	reads := []struct {
		name, entry string
		want        error
	}{
		{"no time", ``, dataclass.ErrMalformed}, {"a time that is none", `<gd:when startTime="soon"/>`, dataclass.ErrMalformed},
		{"a series without a start", `<gd:recurrence>RRULE:FREQ=DAILY</gd:recurrence>`, dataclass.ErrMalformed},
		{"an exception", exceptionAt("2026-12-01", nineToTen), dataclass.ErrMalformed},
		{"too long a series", `<gd:recurrence>DTSTART:20261124T090000Z` + strings.Repeat(" ", maxRecurrence) + `</gd:recurrence>`, dataclass.ErrTooBig},
		{"too many lines", `<gd:recurrence>DTSTART:20261124T090000Z` + strings.Repeat("\nX-A:b", maxLines) + `</gd:recurrence>`, dataclass.ErrTooBig},
		{"too many rules", `<gd:recurrence>DTSTART:20261124T090000Z` + strings.Repeat("\nRRULE:FREQ=DAILY", 300) + `</gd:recurrence>`, dataclass.ErrTooBig},
	}
	for _, tt := range reads {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := ReadEvent(parse(t, tt.entry), nil, oslo); !errors.Is(err, tt.want) {
				t.Error(err)
			}
		})
	}
	bad := []*xmltree.Element{parse(t, `<gd:originalEvent id="abc"/>`)}
	if _, err := ReadEvent(parse(t, weekly), bad, oslo); !errors.Is(err, dataclass.ErrMalformed) {
		t.Error(err)
	}
	if _, err := ReadEvent(parse(t, weekly), make([]*xmltree.Element, maxExceptions+1), oslo); !errors.Is(err, dataclass.ErrTooBig) {
		t.Error(err)
	}
}

package dataclass

import (
	"errors"
	"strings"
	"testing"
)

// event makes an event of content lines.
func event(t *testing.T, lines ...string) *Item {
	t.Helper()
	return calendar(t, Events, "BEGIN:VEVENT\r\n"+join(lines)+"END:VEVENT\r\n")
}

// calendar makes an item of components.
func calendar(t *testing.T, class Class, components string) *Item {
	t.Helper()
	text := "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n" + components + "END:VCALENDAR\r\n"
	it, err := Decode(class, Body{Type: "text/calendar", Data: []byte(text)})
	if err != nil {
		t.Fatalf("decode %q: %v", text, err)
	}
	return it
}

const (
	ownZone = "BEGIN:VTIMEZONE\r\nTZID:Office\r\nBEGIN:STANDARD\r\nDTSTART:19701025T030000\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\n" +
		"RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\nEND:STANDARD\r\nBEGIN:DAYLIGHT\r\nDTSTART:19700329T020000\r\nTZOFFSETFROM:+0100\r\n" +
		"TZOFFSETTO:+0200\r\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\nEND:DAYLIGHT\r\nEND:VTIMEZONE\r\n"
	otherZone = "BEGIN:VTIMEZONE\r\nTZID:Office\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0500\r\nTZOFFSETTO:+0500\r\n" +
		"END:STANDARD\r\nEND:VTIMEZONE\r\n"
)

func TestDecodeCalendar(t *testing.T) {
	for _, tt := range []struct {
		name, in, mediaType string
		class, want         Class
		err                 error
	}{
		{"event", "BEGIN:VEVENT\nSUMMARY:a\nEND:VEVENT", "text/calendar", Events, Events, nil},
		{"event without a type", "BEGIN:VEVENT\nSUMMARY:a\nEND:VEVENT", "", Events, Events, nil},
		{"event in a calendar", "BEGIN:VEVENT\nSUMMARY:a\nEND:VEVENT", "text/calendar", Calendar, Events, nil},
		{"task in a calendar", "BEGIN:VTODO\nSUMMARY:a\nEND:VTODO", "text/calendar", Calendar, Tasks, nil},
		{"journal entry in a calendar", "BEGIN:VJOURNAL\nSUMMARY:a\nEND:VJOURNAL", "text/calendar", Calendar, "", ErrMalformed},
		{"task as an event", "BEGIN:VTODO\nSUMMARY:a\nEND:VTODO", "text/calendar", Events, "", ErrMalformed},
		{"lower case", "begin:vevent\nsummary:a\nend:vevent", "text/calendar", Events, Events, nil},
		{"exception", "BEGIN:VEVENT\nUID:1\nEND:VEVENT\nBEGIN:VEVENT\nUID:1\nRECURRENCE-ID:20240101T090000Z\nEND:VEVENT", "", Events, Events, nil},
		{"exception alone", "BEGIN:VEVENT\nUID:1\nRECURRENCE-ID:20240101T090000Z\nEND:VEVENT", "", Events, Events, nil},
		{"two events", "BEGIN:VEVENT\nUID:1\nEND:VEVENT\nBEGIN:VEVENT\nUID:1\nEND:VEVENT", "", Events, "", ErrMalformed},
		{"two identifiers", "BEGIN:VEVENT\nUID:1\nEND:VEVENT\nBEGIN:VEVENT\nUID:2\nRECURRENCE-ID:20240101T090000Z\nEND:VEVENT", "", Events, "", ErrMalformed},
		{"event and task", "BEGIN:VEVENT\nEND:VEVENT\nBEGIN:VTODO\nEND:VTODO", "", Calendar, "", ErrMalformed},
		{"nothing", "", "text/calendar", Events, "", ErrMalformed},
		{"time zone alone", ownZone, "text/calendar", Events, "", ErrMalformed},
		{"free and busy times", "BEGIN:VFREEBUSY\nEND:VFREEBUSY", "text/calendar", Events, "", ErrMalformed},
		{"card type", "BEGIN:VEVENT\nEND:VEVENT", "text/vcard", Events, "", ErrUnsupported},
		{"too many times", "BEGIN:VEVENT\nEXDATE:" + strings.Repeat("20240101,", 5001) + "\nEND:VEVENT", "", Events, "", ErrTooBig},
	} {
		t.Run(tt.name, func(t *testing.T) {
			it, err := Decode(tt.class, Body{Type: tt.mediaType, Data: []byte("BEGIN:VCALENDAR\nVERSION:2.0\n" + tt.in + "\nEND:VCALENDAR\n")})
			if !errors.Is(err, tt.err) || (err == nil) != (it != nil) {
				t.Fatalf("got %v", err)
			}
			if it != nil && (it.Class() != tt.want || it.Format() != ICalendar20) {
				t.Errorf("got %s as %v", it.Class(), it.Format())
			}
		})
	}
}

func TestSameEvent(t *testing.T) {
	zoned := func(tzid string) string {
		return "BEGIN:VEVENT\r\nDTSTART;TZID=" + tzid + ":20240401T090000\r\nRRULE:FREQ=DAILY\r\nEND:VEVENT\r\n"
	}
	lines := func(l ...string) string { return "BEGIN:VEVENT\r\n" + join(l) + "END:VEVENT\r\n" }
	for _, tt := range []struct{ name, a, b string }{
		{"order", lines("SUMMARY:a", "LOCATION:b"), lines("LOCATION:b", "SUMMARY:a")},
		{"bookkeeping", lines("SUMMARY:a"), "PRODID:x\r\nMETHOD:PUBLISH\r\n" + lines("SUMMARY:a", "UID:1", "DTSTAMP:20240101T000000Z", "SEQUENCE:2", "CREATED:20240101T000000Z", "LAST-MODIFIED:20240101T000000Z")},
		{"implied values", lines("SUMMARY:a"), lines("SUMMARY:a", "CLASS:PUBLIC", "TRANSP:OPAQUE", "PRIORITY:0", "DESCRIPTION:")},
		{"day without end", lines("DTSTART;VALUE=DATE:20240401"), lines("DTSTART;VALUE=DATE:20240401", "DTEND;VALUE=DATE:20240402")},
		{"time without end", lines("DTSTART:20240401T090000Z"), lines("DTSTART:20240401T090000Z", "DTEND:20240401T090000Z")},
		{"duration", lines("DTSTART:20240401T090000Z", "DURATION:PT1H"), lines("DTSTART:20240401T090000Z", "DTEND:20240401T100000Z")},
		{"duration over the change", ownZone + lines("DTSTART;TZID=Europe/Oslo:20240330T120000", "DURATION:P1D"), lines("DTSTART:20240330T110000Z", "DTEND:20240331T100000Z")},
		{"zone of a single time", lines("DTSTART;TZID=Europe/Oslo:20240401T090000"), lines("DTSTART:20240401T070000Z")},
		{"text of a zone", zoned("Europe/Oslo"), ownZone + zoned("Europe/Oslo")},
		{"name of a zone", zoned("Europe/Berlin"), zoned(`"W. Europe Standard Time"`)},
		{"escaped name of a zone", strings.Replace(ownZone, "Office", `A\, B`, 1) + strings.Replace(zoned(`"A, B"`), "RRULE:FREQ=DAILY", "X-A:1", 1), lines("DTSTART:20240401T070000Z", "X-A:1")},
		{"rule", lines("DTSTART:20240401T090000Z", "RRULE:FREQ=WEEKLY;INTERVAL=1;BYDAY=MO"), lines("DTSTART:20240401T090000Z", "RRULE:BYDAY=mo;FREQ=WEEKLY")},
		{"times left out", lines("DTSTART:20240401T090000Z", "EXDATE:20240402T090000Z,20240403T090000Z"), lines("DTSTART:20240401T090000Z", "EXDATE;TZID=Europe/Oslo:20240403T110000", "EXDATE:20240402T090000Z")},
		{"attendee", lines("ATTENDEE;ROLE=REQ-PARTICIPANT;RSVP=FALSE;CN=A:MAILTO:a@example.org"), lines("ATTENDEE;CN=\"A\";PARTSTAT=needs-action:MAILTO:a@example.org")},
		{"alarm", lines("DTSTART:20240401T090000Z", "BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:-PT60M", "X-WR-ALARMUID:1", "END:VALARM"),
			lines("DTSTART:20240401T090000Z", "BEGIN:VALARM", "TRIGGER;RELATED=START:-PT1H", "ACTION:display", "END:VALARM")},
		{"order of exceptions", lines("UID:1") + lines("UID:1", "RECURRENCE-ID:20240401T090000Z", "SUMMARY:a") + lines("UID:1", "RECURRENCE-ID:20240402T090000Z", "SUMMARY:b"),
			lines("UID:1", "RECURRENCE-ID;TZID=Europe/Oslo:20240402T110000", "SUMMARY:b") + lines("UID:1", "RECURRENCE-ID:20240401T090000Z", "SUMMARY:a") + lines("UID:1")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a, b := calendar(t, Events, tt.a), calendar(t, Events, tt.b)
			if a.Fingerprint() != b.Fingerprint() {
				t.Errorf("fingerprints differ:\n%q\n%q", wholes(a), wholes(b))
			}
		})
	}
}

func wholes(it *Item) (out []string) {
	for _, e := range elementsOf(it.neutral()) {
		out = append(out, e.whole)
	}
	return out
}

func TestOtherEvent(t *testing.T) {
	base := []string{"UID:1", "DTSTART;TZID=Europe/Oslo:20240401T090000", "DTEND;TZID=Europe/Oslo:20240401T100000", "RRULE:FREQ=DAILY", "SUMMARY:a",
		"EXDATE:20240402T070000Z", "ATTENDEE;CN=A:mailto:a@example.org", "BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:-PT1H", "END:VALARM", "X-A:1", "STATUS:CONFIRMED"}
	seen := map[Fingerprint]string{event(t, base...).Fingerprint(): "base"}
	for _, e := range [][2]string{
		{"SUMMARY:a", "SUMMARY:b"}, {"SUMMARY:a", "LOCATION:a"}, {"RRULE:FREQ=DAILY", "RRULE:FREQ=DAILY;COUNT=3"}, {"EXDATE:20240402T070000Z", "EXDATE:20240403T070000Z"},
		{"DTSTART;TZID=Europe/Oslo:20240401T090000", "DTSTART;TZID=Europe/London:20240401T080000"}, {"DTSTART;TZID=Europe/Oslo:20240401T090000", "DTSTART:20240401T090000"},
		{"DTSTART;TZID=Europe/Oslo:20240401T090000", "DTSTART;VALUE=DATE:20240401"}, {"DTEND;TZID=Europe/Oslo:20240401T100000", "DTEND;TZID=Europe/Oslo:20240401T100001"},
		{"TRIGGER:-PT1H", "TRIGGER:-PT2H"}, {"TRIGGER:-PT1H", "TRIGGER;RELATED=END:-PT1H"}, {"ACTION:DISPLAY", "ACTION:AUDIO"}, {"X-A:1", "X-A:2"}, {"STATUS:CONFIRMED", "STATUS:TENTATIVE"},
		{"ATTENDEE;CN=A:mailto:a@example.org", "ATTENDEE;CN=A;PARTSTAT=ACCEPTED:mailto:a@example.org"}, {"STATUS:CONFIRMED", "junk"}, {"X-A:1", "CLASS:PRIVATE"},
	} {
		fp := event(t, replaced(base, e[0], e[1])...).Fingerprint()
		if with, ok := seen[fp]; ok {
			t.Errorf("%q looks like %q", e[1], with)
		}
		seen[fp] = e[1]
	}
	task := calendar(t, Tasks, "BEGIN:VTODO\r\nSUMMARY:a\r\nEND:VTODO\r\n")
	if task.Fingerprint() == event(t, "SUMMARY:a").Fingerprint() {
		t.Error("a task looks like an event")
	}
}

func TestContradictoryEvents(t *testing.T) {
	base := event(t, "DTSTART:20240401T090000Z", "SUMMARY:Dentist, Mr Müller")
	for _, tt := range []struct {
		name  string
		other *Item
		want  bool
	}{
		{"itself", base, false},
		{"moved", event(t, "DTSTART:20240402T090000Z", "SUMMARY:dentist mr muller"), false},
		{"renamed", event(t, "DTSTART;TZID=Europe/Oslo:20240401T110000", "SUMMARY:Doctor"), false},
		{"another", event(t, "DTSTART:20240402T090000Z", "SUMMARY:Doctor"), true},
		{"nothing to compare", event(t, "LOCATION:here"), false},
		{"a task", calendar(t, Tasks, "BEGIN:VTODO\r\nSUMMARY:Dentist, Mr Müller\r\nEND:VTODO\r\n"), true},
	} {
		if got := Contradicts(base, tt.other); got != tt.want || Contradicts(tt.other, base) != got {
			t.Errorf("%s: got %v", tt.name, got)
		}
	}
}

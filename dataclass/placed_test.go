package dataclass

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestPlaced: what a phone shows at ten o'clock happens at ten o'clock where the phone is, and every other device is told
// so; what has no time of day, or says where it is, stays what it is.
func TestPlaced(t *testing.T) {
	const vienna = "TZ:+01\r\nDAYLIGHT:TRUE;+02;20260329T020000;20261025T030000;CET;CEST\r\n"
	for _, tc := range []struct {
		name, clock, head, lines string
		// want are lines that must be there then; "" means that it is the same item.
		want string
	}{
		{"one", "Europe/Oslo", "", "DTSTART:20261201T100000|DTEND:20261201T110000", "DTSTART;TZID=Europe/Oslo:20261201T100000|DTEND;TZID=Europe/Oslo:20261201T110000|TZID:Europe/Oslo"},
		{"a series", "Europe/Oslo", "", "DTSTART:20261001T100000|DTEND:20261001T110000|RRULE:W1 TH #10|EXDATE:20261008T100000", "DTSTART;TZID=Europe/Oslo:20261001T100000|RRULE:FREQ=WEEKLY;COUNT=10;BYDAY=TH|EXDATE;TZID=Europe/Oslo:20261008T100000"},
		{"a series until", "Europe/Oslo", "", "DTSTART:20261001T100000|DTEND:20261001T110000|RRULE:W1 TH 20261126T100000", "RRULE:FREQ=WEEKLY;UNTIL=20261126T090000Z;BYDAY=TH"},
		{"an alarm", "America/New_York", "", "DTSTART:20261201T100000|DTEND:20261201T110000|AALARM:20261201T094500;;0;", "TRIGGER:-PT15M|DTSTART;TZID=America/New_York:20261201T100000"},
		{"no zone", "", "", "DTSTART:20261201T100000", ""},
		{"an unknown zone", "Nowhere/Land", "", "DTSTART:20261201T100000", ""},
		{"UTC", "UTC", "", "DTSTART:20261201T100000", ""},
		{"in UTC already", "Europe/Oslo", "", "DTSTART:20261201T100000Z|DTEND:20261201T110000Z", ""},
		{"left out in UTC", "Europe/Oslo", "", "DTSTART:20261001T100000|RRULE:D1 #10|EXDATE:20261008T080000Z", ""},
		{"says its zone", "Europe/Oslo", vienna, "DTSTART:20261201T100000", ""},
		{"a whole day", "Europe/Oslo", "", "DTSTART:20261201T000000|DTEND:20261202T000000|X-EPOCAGENDAENTRYTYPE:EVENT", ""},
		{"a date", "Europe/Oslo", "", "DTSTART:20261201", ""},
		{"no time", "Europe/Oslo", "", "DTSTART:soon", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			it := oldEvent(t, tc.head, append(strings.Split(tc.lines, "|"), "SUMMARY:a", "UID:1")...)
			before := string(it.Body().Data)
			got := it.Placed(CalendarStyle{Local: tc.clock})
			if string(it.Body().Data) != before {
				t.Fatalf("the item itself changed:\n%s", it.Body().Data)
			}
			if tc.want == "" {
				if got != it {
					t.Errorf("got\n%s", got.Body().Data)
				}
				return
			}
			text := string(got.Body().Data)
			for _, line := range strings.Split(tc.want, "|") {
				if !strings.Contains(text, line+"\r\n") {
					t.Errorf("no %s in\n%s", line, text)
				}
			}
			back, err := got.projectStyled(VCalendar10, CalendarStyle{Local: tc.clock})
			if err != nil {
				t.Fatal(err)
			}
			if !timesAlike(it, back) {
				t.Errorf("the phone would be sent\n%s", back.Body().Data)
			}
		})
	}
}

// TestPlacedTask: a task without a beginning is due where the phone is.
func TestPlacedTask(t *testing.T) {
	text := "BEGIN:VCALENDAR\r\nVERSION:1.0\r\nBEGIN:VTODO\r\nSUMMARY:a\r\nDUE:20261201T100000\r\nEND:VTODO\r\nEND:VCALENDAR\r\n"
	it, err := Decode(Tasks, Body{Type: "text/x-vcalendar", Data: []byte(text)})
	if err != nil {
		t.Fatal(err)
	}
	if got := string(it.Placed(CalendarStyle{Local: "Europe/Oslo"}).Body().Data); !strings.Contains(got, "DUE;TZID=Europe/Oslo:20261201T100000\r\n") {
		t.Errorf("got\n%s", got)
	}
}

// TestPlacedIsNoEdit: to the device that wrote an item its place is no news, whatever the device holds of it, and an edit
// of it changes nothing else.
func TestPlacedIsNoEdit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		it, held, f, c := drawHeldEvent(t)
		if c.Calendar.Local == "" || it.d == cal10 { // such an item need not be in the style of the device
			return
		}
		placed := held.Placed(c.Calendar)
		v := Version{Shadow: held, Now: again(t, held), Declares: Declaration{Holds: c}}
		m := mustMerge(t, placed, v, Version{Shadow: placed}, drawWinner(t))
		if m.Item != placed || m.Conflict || m.Lossy[1] {
			t.Fatalf("conflict %v, lossy %v: of\n%s\nplaced\n%s\ngot\n%s", m.Conflict, m.Lossy, held.Body().Data, placed.Body().Data, m.Item.Body().Data)
		}
		sent, err := placed.ProjectFor(f, c)
		if err != nil || sent.Fingerprint() != held.Fingerprint() {
			t.Fatalf("%v: of\n%s\nplaced\n%s\nwould be sent\n%s", err, held.Body().Data, placed.Body().Data, sent.Body().Data)
		}
	})
}

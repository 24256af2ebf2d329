package dataclass

import (
	"bytes"
	"testing"

	"github.com/emersion/go-ical"
)

// benchEvent is what a CalDAV server holds for one meeting.
const benchEvent = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example//calendar 1.0//EN\r\nCALSCALE:GREGORIAN\r\n" +
	"BEGIN:VEVENT\r\nUID:20240304T080000Z-1234@example.org\r\nDTSTAMP:20240301T120000Z\r\nCREATED:20240301T120000Z\r\n" +
	"LAST-MODIFIED:20240301T120000Z\r\nSEQUENCE:2\r\nDTSTART;TZID=Europe/Oslo:20240304T090000\r\nDTEND;TZID=Europe/Oslo:20240304T103000\r\n" +
	"SUMMARY:Planning\\, first part\r\nDESCRIPTION:Bring the numbers.\\nAnd coffee\\; there is none.\r\nLOCATION:Room 1\r\n" +
	"RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=10\r\nEXDATE;TZID=Europe/Oslo:20240311T090000\r\nCATEGORIES:work,planning\r\nSTATUS:CONFIRMED\r\n" +
	"CLASS:PUBLIC\r\nPRIORITY:5\r\nTRANSP:OPAQUE\r\nORGANIZER;CN=Kari:mailto:kari@example.org\r\n" +
	"ATTENDEE;CN=Ola;PARTSTAT=ACCEPTED;ROLE=REQ-PARTICIPANT:mailto:ola@example.org\r\nATTENDEE;CN=Per;RSVP=TRUE:mailto:per@example.org\r\n" +
	"BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT15M\r\nDESCRIPTION:Planning\r\nEND:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"

// readAll reads every typed field and says how many there are.
func readAll(e Event) int {
	n := len(e.UID()) + len(e.Summary()) + len(e.Body()) + len(e.Location()) + len(e.URL()) + len(e.Status()) + len(e.Class()) + e.Priority()
	if lat, lon, ok := e.Geo(); ok {
		n += int(lat + lon)
	}
	n += int(e.Start().Time.Unix()+e.End().Time.Unix()) + int(e.Duration())
	n += int(e.Created().Unix() + e.Modified().Unix())
	n += len(e.Rules()) + len(e.RecurrenceDates()) + len(e.ExceptionDates()) + len(e.Categories()) + len(e.Attendees())
	n += len(e.Organizer().Name) + len(e.Attachments()) + len(e.Alarms()) + len(e.Exceptions())
	if e.AllDay() || e.Transparent() {
		n++
	}
	return n
}

func BenchmarkEvent(b *testing.B) {
	data := []byte(benchEvent)
	b.ReportAllocs()
	for b.Loop() {
		it, err := Decode(Events, Body{Type: "text/calendar", Data: data})
		if err != nil {
			b.Fatal(err)
		}
		if readAll(Event{entryOf(it)}) == 0 {
			b.Fatal("nothing")
		}
		if len(it.Body().Data) != len(data) {
			b.Fatal("not the same")
		}
	}
}

func BenchmarkEventDecode(b *testing.B) {
	data := []byte(benchEvent)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Decode(Events, Body{Type: "text/calendar", Data: data}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEventRead(b *testing.B) {
	it, err := Decode(Events, Body{Type: "text/calendar", Data: []byte(benchEvent)})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		readAll(Event{entryOf(it)})
	}
}

// BenchmarkEventGoIcal decodes and encodes the same bytes and reads nothing.
func BenchmarkEventGoIcal(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		cal, err := ical.NewDecoder(bytes.NewReader([]byte(benchEvent))).Decode()
		if err != nil {
			b.Fatal(err)
		}
		var out bytes.Buffer
		if err := ical.NewEncoder(&out).Encode(cal); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkEventGoIcalRead reads as much as that package has readers for as well.
func BenchmarkEventGoIcalRead(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		cal, err := ical.NewDecoder(bytes.NewReader([]byte(benchEvent))).Decode()
		if err != nil {
			b.Fatal(err)
		}
		e := cal.Events()[0]
		for _, name := range []string{"UID", "SUMMARY", "DESCRIPTION", "LOCATION", "STATUS", "CLASS", "TRANSP"} {
			if _, err := e.Props.Text(name); err != nil {
				b.Fatal(err)
			}
		}
		if _, err := e.DateTimeStart(nil); err != nil {
			b.Fatal(err)
		}
		if _, err := e.DateTimeEnd(nil); err != nil {
			b.Fatal(err)
		}
		if _, err := e.RecurrenceSet(nil); err != nil {
			b.Fatal(err)
		}
		var out bytes.Buffer
		if err := ical.NewEncoder(&out).Encode(cal); err != nil {
			b.Fatal(err)
		}
	}
}

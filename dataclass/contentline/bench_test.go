package contentline

import (
	"bytes"
	"strings"
	"testing"

	"github.com/emersion/go-ical"
	"github.com/emersion/go-vcard"
)

// benchCard is an address-book entry of twelve properties.
var benchCard = []byte(strings.ReplaceAll(`BEGIN:VCARD
VERSION:3.0
PRODID:-//Example Corp.//Contacts 1.0//EN
UID:4fbe8971-0bc3-424c-9c26-36c3e1eff6b1
N:Sample;Ada;Marie;Dr.;
FN:Dr. Ada Marie Sample
ORG:Sample\, Inc.;Research;Room 12
TITLE:Chief Tester
EMAIL;TYPE=INTERNET,HOME,PREF:ada.sample@example.org
TEL;TYPE=CELL,VOICE:+1 555 000 0001
ADR;TYPE=HOME:;;1 Long Street\nBack door;Sampleton;SA;12345;Nowhere
NOTE:Two\nlines\; and a comma\, here\, and enough text to make the line one t
 hat has to be folded
REV:20260101T120000Z
END:VCARD
`, "\n", "\r\n"))

// benchEvent is a meeting with an alarm and attendees.
var benchEvent = []byte(strings.ReplaceAll(`BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Example Corp.//Calendar 1.0//EN
BEGIN:VEVENT
UID:2f9b0a60-7a1e-4a53-9a8e-7a0c3f2d1b11
DTSTAMP:20260101T120000Z
DTSTART;TZID=Europe/Oslo:20260105T090000
DTEND;TZID=Europe/Oslo:20260105T100000
RRULE:FREQ=WEEKLY;BYDAY=MO;UNTIL=20261231T080000Z
SUMMARY:Weekly meeting\, all of us
LOCATION:Room 12
DESCRIPTION:Bring the numbers of last week\nand cake\; the cake most of all
ORGANIZER;CN=Ada Sample:mailto:ada@example.org
ATTENDEE;CN="Sample, Bob";ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;RSVP=TRUE:
 mailto:bob@example.org
ATTENDEE;CN=Carol;ROLE=OPT-PARTICIPANT;PARTSTAT=NEEDS-ACTION:mailto:carol@e
 xample.org
STATUS:CONFIRMED
SEQUENCE:3
BEGIN:VALARM
ACTION:DISPLAY
TRIGGER;RELATED=START:-PT15M
DESCRIPTION:Weekly meeting
END:VALARM
END:VEVENT
END:VCALENDAR
`, "\n", "\r\n"))

// A contender reads and writes the same bytes. read gives what write takes.
type contender struct {
	name  string
	read  func(testing.TB) any
	write func(testing.TB, any)
}

func check(tb testing.TB, err error) {
	if err != nil {
		tb.Fatal(err)
	}
}

func ours(data []byte) contender {
	return contender{"contentline", func(tb testing.TB) any {
		all, err := Parse(data, MIMEDir, Limits{})
		check(tb, err)
		return all[0]
	}, func(_ testing.TB, v any) { Print(v.(*Component), MIMEDir) }}
}

var (
	cardContenders = []contender{ours(benchCard), {"go-vcard", func(tb testing.TB) any {
		c, err := vcard.NewDecoder(bytes.NewReader(benchCard)).Decode()
		check(tb, err)
		return c
	}, func(tb testing.TB, v any) {
		var b bytes.Buffer
		check(tb, vcard.NewEncoder(&b).Encode(v.(vcard.Card)))
	}}}
	eventContenders = []contender{ours(benchEvent), {"go-ical", func(tb testing.TB) any {
		c, err := ical.NewDecoder(bytes.NewReader(benchEvent)).Decode()
		check(tb, err)
		return c
	}, func(tb testing.TB, v any) {
		var b bytes.Buffer
		check(tb, ical.NewEncoder(&b).Encode(v.(*ical.Calendar)))
	}}}
)

func BenchmarkCard(b *testing.B)  { contest(b, benchCard, cardContenders) }
func BenchmarkEvent(b *testing.B) { contest(b, benchEvent, eventContenders) }

func contest(b *testing.B, data []byte, all []contender) {
	for _, c := range all {
		b.Run("read/"+c.name, func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				c.read(b)
			}
		})
	}
	for _, c := range all {
		v := c.read(b)
		b.Run("write/"+c.name, func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				c.write(b, v)
			}
		})
	}
}

// BenchmarkCanonical prints without the lines that were read, as for a phone.
func BenchmarkCanonical(b *testing.B) {
	for _, data := range [][]byte{benchCard, benchEvent} {
		c := ours(data).read(b).(*Component).Canonical()
		b.Run(c.Name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Print(c, MIMEDir)
			}
		})
	}
}

// TestFewAllocations holds the number of allocations at what it is, which is far below that of
// the readers and writers for one format.
func TestFewAllocations(t *testing.T) {
	for _, tt := range []struct {
		name        string
		all         []contender
		read, write float64
	}{
		{"card", cardContenders, 12, 1},
		{"event", eventContenders, 20, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var reads, writes [2]float64
			for i, c := range tt.all {
				v := c.read(t)
				reads[i] = testing.AllocsPerRun(10, func() { c.read(t) })
				writes[i] = testing.AllocsPerRun(10, func() { c.write(t, v) })
			}
			if reads[0] > tt.read || writes[0] > tt.write {
				t.Errorf("%.0f and %.0f allocations, more than %.0f and %.0f", reads[0], writes[0], tt.read, tt.write)
			}
			if reads[0] >= reads[1] || writes[0] >= writes[1] {
				t.Errorf("%.0f and %.0f allocations, %s needs %.0f and %.0f", reads[0], writes[0], tt.all[1].name, reads[1], writes[1])
			}
		})
	}
}

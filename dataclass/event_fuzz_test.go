package dataclass

import (
	"bytes"
	"testing"
	"time"

	"github.com/emersion/go-ical"
)

// Whatever an entry holds, it can be read, expanded, edited and handed to other packages, and an edit can be
// read again from the bytes.
func FuzzEvent(f *testing.F) {
	for _, s := range []string{richEvent, phoneEvent, benchEvent, eventOf("DTSTART;TZID=x", "RDATE;VALUE=PERIOD:20240304T080000Z/P1D,x", "RRULE:FREQ=DAILY")} {
		f.Add([]byte(s))
	}
	from := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, data []byte) {
		it, err := decodeCalendar(Calendar, data, Format{})
		if err != nil {
			return
		}
		e := Event{entryOf(it)}
		readAll(e)
		if list, _ := e.Occurrences(from, from.AddDate(1, 0, 0), 50); len(list) > 50 {
			t.Errorf("%d occurrences", len(list))
		}
		var b bytes.Buffer
		_ = ical.NewEncoder(&b).Encode(e.Calendar()) // it may refuse, but not panic
		it.Title()
		calendarTitle(it.root, it.d)
		again := Event{entryOf(it.Clone())}
		setAgain(again)
		again.SetSummary("edited, by hand")
		read, err := Decode(Calendar, again.Item().Body())
		if err != nil {
			t.Fatalf("not read again: %v\n%s", err, again.Item().Body().Data)
		}
		if got := (Event{entryOf(read)}).Summary(); got != "edited, by hand" {
			t.Errorf("%q in\n%s", got, again.Item().Body().Data)
		}
	})
}

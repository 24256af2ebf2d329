package dataclass_test

import (
	"strings"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
)

func rangeEvent(t *testing.T, lines ...string) *dataclass.Item {
	t.Helper()
	body := "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Invented//Test//EN\r\nBEGIN:VEVENT\r\nUID:e-1\r\nDTSTAMP:20260101T000000Z\r\nSUMMARY:Meeting\r\n" +
		strings.Join(lines, "\r\n") + "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
	it, err := dataclass.Decode(dataclass.Events, dataclass.Body{Type: "text/calendar;version=2.0", Data: []byte(body)})
	if err != nil {
		t.Fatal(err)
	}
	return it
}

func day(month, d int) time.Time { return time.Date(2026, time.Month(month), d, 0, 0, 0, 0, time.UTC) }

func TestRule_3_5_Within(t *testing.T) {
	tests := []struct {
		name  string
		lines []string
		want  bool // in March 2026
	}{
		{"in it", []string{"DTSTART:20260310T100000Z", "DTEND:20260310T110000Z"}, true},
		{"before it", []string{"DTSTART:20260210T100000Z", "DTEND:20260210T110000Z"}, false},
		{"after it", []string{"DTSTART:20260410T100000Z", "DTEND:20260410T110000Z"}, false},
		{"over when it begins", []string{"DTSTART:20260228T230000Z", "DTEND:20260301T000000Z"}, false},
		{"reaches into it", []string{"DTSTART:20260228T230000Z", "DTEND:20260301T000001Z"}, true},
		{"all around it", []string{"DTSTART;VALUE=DATE:20260101", "DTEND;VALUE=DATE:20270101"}, true},
		{"begins when it is over", []string{"DTSTART:20260401T000000Z", "DTEND:20260401T010000Z"}, false},
		{"a day in it", []string{"DTSTART;VALUE=DATE:20260331", "DTEND;VALUE=DATE:20260401"}, true},
		{"without length", []string{"DTSTART:20260301T000000Z"}, true},
		{"a series from before", []string{"DTSTART:20200310T100000Z", "DTEND:20200310T110000Z", "RRULE:FREQ=YEARLY"}, true},
		{"a series that misses it", []string{"DTSTART:20200610T100000Z", "DTEND:20200610T110000Z", "RRULE:FREQ=YEARLY"}, false},
		{"a series that has ended", []string{"DTSTART:20200310T100000Z", "DTEND:20200310T110000Z", "RRULE:FREQ=YEARLY;COUNT=3"}, false},
		{"a single date", []string{"DTSTART:20200310T100000Z", "DTEND:20200310T110000Z", "RDATE:20260315T100000Z"}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			it := rangeEvent(t, tt.lines...)
			if got := it.Within(day(3, 1), day(4, 1)); got != tt.want {
				t.Errorf("within: %v", got)
			}
			if !it.Within(time.Time{}, time.Time{}) {
				t.Error("outside of everything")
			}
			if before, after := it.Within(time.Time{}, day(4, 1)), it.Within(day(3, 1), time.Time{}); tt.want && !(before && after) {
				t.Errorf("one bound: %v, %v", before, after)
			}
		})
	}
}

func TestRule_3_5_RangeHolds(t *testing.T) {
	work := rangeEvent(t, "DTSTART:20260310T100000Z", "CATEGORIES:Club,Work")
	note, err := dataclass.Decode(dataclass.Notes, dataclass.Body{Type: "text/plain", Data: []byte("Milk")})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		r    dataclass.Range
		it   *dataclass.Item
		want bool
	}{
		{"everything", dataclass.Range{}, work, true},
		{"its category", dataclass.Range{Category: "work"}, work, true},
		{"another category", dataclass.Range{Category: "Family"}, work, false},
		{"its category in another time", dataclass.Range{Category: "Work", From: day(5, 1)}, work, false},
		{"a note has neither", dataclass.Range{Category: "Family", From: day(5, 1)}, note, true},
	} {
		if got := tt.r.Holds(tt.it); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
		if back, err := dataclass.ParseRange(tt.r.String()); err != nil || back != tt.r {
			t.Errorf("%s: %q is read as %+v, %v", tt.name, tt.r.String(), back, err)
		}
	}
	for _, bad := range []string{"x", "a/b/c", "/"} {
		if r, err := dataclass.ParseRange(bad); err == nil {
			t.Errorf("%q is read as %+v", bad, r)
		}
	}
}

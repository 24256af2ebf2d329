package dataclass

import (
	"strings"
	"testing"
)

// oldEvent is an event of vCalendar 1.0; head stands before it.
func oldEvent(t *testing.T, head string, lines ...string) *Item {
	t.Helper()
	text := "BEGIN:VCALENDAR\r\nVERSION:1.0\r\n" + head + "BEGIN:VEVENT\r\n" + strings.Join(lines, "\r\n") + "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
	it, err := Decode(Events, Body{Type: "text/x-vcalendar", Data: []byte(text)})
	if err != nil {
		t.Fatal(err)
	}
	return it
}

// TestMergeKeepsTheZone: a device of vCalendar 1.0 that does not keep what it was told of the zone, and on which
// somebody wrote a place, moves nothing; what its user moves stays in the zone.
func TestMergeKeepsTheZone(t *testing.T) {
	const vienna = "TZ:+01\r\nDAYLIGHT:TRUE;+02;20260329T020000;20261025T030000;CET;CEST\r\n"
	series := event(t, "UID:1", "SUMMARY:a", "DTSTART;TZID=Europe/Vienna:20261001T100000", "DTEND;TZID=Europe/Vienna:20261001T110000", "RRULE:FREQ=WEEKLY;COUNT=10")
	single := event(t, "UID:1", "SUMMARY:a", "DTSTART;TZID=Europe/Vienna:20261201T100000", "DTEND;TZID=Europe/Vienna:20261201T110000")
	night := event(t, "UID:1", "SUMMARY:a", "DTSTART;TZID=Europe/Vienna:20261001T003000", "RRULE:FREQ=WEEKLY;COUNT=10")
	plain := event(t, "UID:1", "SUMMARY:a", "DTSTART:20261201T090000Z", "DTEND:20261201T100000Z")
	for _, tc := range []struct {
		name       string
		base       *Item
		clock      string
		head       string
		lines      string
		start, end string // as they must be then
	}{
		{"a series in UTC", series, "", "", "DTSTART:20261001T080000Z|DTEND:20261001T090000Z|RRULE:W1 TH #10", "Europe/Vienna:20261001T100000", "Europe/Vienna:20261001T110000"},
		{"a series with the offsets of another zone", series, "", vienna, "DTSTART:20261001T080000Z|DTEND:20261001T090000Z|RRULE:W1 TH #10", "Europe/Vienna:20261001T100000", "Europe/Vienna:20261001T110000"},
		{"a series by the clock", series, "", "", "DTSTART:20261001T100000|DTEND:20261001T110000|RRULE:W1 TH #10", "Europe/Vienna:20261001T100000", "Europe/Vienna:20261001T110000"},
		{"a series by another clock", series, "America/New_York", "", "DTSTART:20261001T040000|DTEND:20261001T050000|RRULE:W1 TH #10", "Europe/Vienna:20261001T100000", "Europe/Vienna:20261001T110000"},
		{"a series that is moved in UTC", series, "", "", "DTSTART:20261001T093000Z|DTEND:20261001T103000Z|RRULE:W1 TH #10", "Europe/Vienna:20261001T113000", "Europe/Vienna:20261001T123000"},
		{"one in UTC", single, "", "", "DTSTART:20261201T090000Z|DTEND:20261201T100000Z", "Europe/Vienna:20261201T100000", "Europe/Vienna:20261201T110000"},
		{"one by the clock", single, "", "", "DTSTART:20261201T100000|DTEND:20261201T110000", "Europe/Vienna:20261201T100000", "Europe/Vienna:20261201T110000"},
		{"one by another clock", single, "America/New_York", "", "DTSTART:20261201T040000|DTEND:20261201T050000", "Europe/Vienna:20261201T100000", "Europe/Vienna:20261201T110000"},
		{"one that is moved by another clock", single, "America/New_York", "", "DTSTART:20261202T060000|DTEND:20261202T070000", "Europe/Vienna:20261202T120000", "Europe/Vienna:20261202T130000"},
		{"one by a clock that nobody knows", single, "", "", "DTSTART:20261201T040000|DTEND:20261201T050000", ":20261201T040000", ":20261201T050000"},
		{"one in UTC by a clock", plain, "Europe/Vienna", "", "DTSTART:20261201T100000|DTEND:20261201T110000", ":20261201T090000Z", ":20261201T100000Z"},
		{"a series whose day is another one in UTC", night, "", "", "DTSTART:20260930T223000Z|RRULE:W1 WE #10", ":20260930T223000Z", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			now := oldEvent(t, tc.head, append(strings.Split(tc.lines, "|"), "SUMMARY:a", "LOCATION:r")...)
			v := Version{Shadow: tc.base, Now: now}
			v.Declares.Holds.Calendar.Local = tc.clock
			m, err := Merge3(tc.base, v, Version{Shadow: tc.base}, First)
			if err != nil {
				t.Fatal(err)
			}
			c := masterIn(m.Item.root)
			at := func(name string) string {
				p := c.Find(name)
				if p == nil {
					return ""
				}
				return tzidOf(p) + ":" + p.Value
			}
			if at("DTSTART") != tc.start || at("DTEND") != tc.end || c.Find("LOCATION") == nil || m.Conflict {
				t.Errorf("conflict %v, got\n%s", m.Conflict, m.Item.Body().Data)
			}
		})
	}
}

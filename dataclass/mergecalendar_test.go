package dataclass

import (
	"slices"
	"strings"
	"testing"
)

// TestMergeEvents merges what two lossless sides made of one event.
func TestMergeEvents(t *testing.T) {
	l := func(s string) []string { return strings.Split(s, "|") }
	one := "UID:1|DTSTART:20240401T090000Z|DTEND:20240401T100000Z|SUMMARY:a|CLASS:PUBLIC"
	series := "UID:1|DTSTART:20240401T090000Z|RRULE:FREQ=DAILY|SUMMARY:a|END:VEVENT|BEGIN:VEVENT|UID:1|RECURRENCE-ID:20240402T090000Z|DTSTART:20240402T110000Z|SUMMARY:late"
	alone, _, _ := strings.Cut(series, "|END:VEVENT")
	moved := strings.Replace(series, "T09", "T08", 2)
	for _, tt := range []struct {
		name, base, first, second, want string
		conflict                        bool
	}{
		{"two properties", one, strings.Replace(one, "SUMMARY:a", "SUMMARY:b", 1), one + "|LOCATION:c", strings.Replace(one, "SUMMARY:a", "SUMMARY:b", 1) + "|LOCATION:c", false},
		{"the same property", one, strings.Replace(one, "SUMMARY:a", "SUMMARY:b", 1), strings.Replace(one, "SUMMARY:a", "SUMMARY:c", 1), strings.Replace(one, "SUMMARY:a", "SUMMARY:b", 1), true},
		{"a value that was implied", one, strings.Replace(one, "CLASS:PUBLIC", "CLASS:PRIVATE", 1), one, strings.Replace(one, "CLASS:PUBLIC", "CLASS:PRIVATE", 1), false},
		{"an end that was implied", "DTSTART;VALUE=DATE:20240401", "DTSTART;VALUE=DATE:20240403", "DTSTART;VALUE=DATE:20240401|LOCATION:c", "DTSTART;VALUE=DATE:20240403|LOCATION:c", false},
		{"start and end that fit", one, strings.Replace(one, "T090000Z", "T080000Z", 1), strings.Replace(one, "T100000Z", "T110000Z", 1), strings.Replace(strings.Replace(one, "T090000Z", "T080000Z", 1), "T100000Z", "T110000Z", 1), false},
		{"start and end that do not fit", one, strings.Replace(one, "T090000Z", "T093000Z", 1), strings.Replace(one, "T100000Z", "T091500Z", 1), strings.Replace(one, "T090000Z", "T093000Z", 1), true},
		{"days left out on both sides", series, strings.Replace(series, "SUMMARY:a", "SUMMARY:a|EXDATE:20240404T090000Z", 1), strings.Replace(series, "SUMMARY:a", "SUMMARY:a|EXDATE:20240405T090000Z,20240406T090000Z", 1),
			strings.Replace(series, "SUMMARY:a", "SUMMARY:a|EXDATE:20240404T090000Z,20240405T090000Z,20240406T090000Z", 1), false},
		{"a day put back", strings.Replace(series, "SUMMARY:a", "EXDATE:20240404T090000Z,20240405T090000Z|SUMMARY:a", 1), strings.Replace(series, "SUMMARY:a", "EXDATE:20240405T090000Z|SUMMARY:a", 1),
			strings.Replace(series, "SUMMARY:a", "EXDATE:20240404T090000Z,20240405T090000Z|SUMMARY:b", 1), strings.Replace(series, "SUMMARY:a", "EXDATE:20240405T090000Z|SUMMARY:b", 1), false},
		{"exception and master", series, strings.Replace(series, "SUMMARY:late", "SUMMARY:later", 1), strings.Replace(series, "SUMMARY:a", "SUMMARY:b", 1),
			strings.Replace(strings.Replace(series, "SUMMARY:late", "SUMMARY:later", 1), "SUMMARY:a", "SUMMARY:b", 1), false},
		{"exception deleted", series, alone, strings.Replace(series, "SUMMARY:a", "SUMMARY:b", 1), strings.Replace(alone, "SUMMARY:a", "SUMMARY:b", 1), false},
		{"exception deleted and edited", series, alone, strings.Replace(series, "SUMMARY:late", "SUMMARY:later", 1), strings.Replace(series, "SUMMARY:late", "SUMMARY:later", 1), true},
		{"series moved and exception edited", series, moved, strings.Replace(series, "SUMMARY:late", "SUMMARY:later", 1), strings.Replace(moved, "SUMMARY:late", "SUMMARY:later", 1), false},
		{"series moved without its exception, which was edited", series, strings.Replace(alone, "T09", "T08", 1), strings.Replace(series, "SUMMARY:late", "SUMMARY:later", 1), strings.Replace(strings.Replace(series, "SUMMARY:late", "SUMMARY:later", 1), "T09", "T08", 2), true},
		{"series moved and its exception left", series, strings.Replace(series, "T09", "T08", 1), strings.Replace(series, "SUMMARY:late", "SUMMARY:later", 1), strings.Replace(strings.Replace(series, "SUMMARY:late", "SUMMARY:later", 1), "T09", "T08", 1), false},
		{"series moved and a day left out", alone, strings.Replace(alone, "T09", "T08", 1), alone + "|EXDATE:20240405T090000Z", strings.Replace(alone, "T09", "T08", 1) + "|EXDATE:20240405T080000Z", false},
		{"exception added", one, one + "|RRULE:FREQ=DAILY|END:VEVENT|BEGIN:VEVENT|UID:1|RECURRENCE-ID:20240402T090000Z|SUMMARY:x", one + "|LOCATION:y",
			one + "|RRULE:FREQ=DAILY|LOCATION:y|END:VEVENT|BEGIN:VEVENT|UID:1|RECURRENCE-ID:20240402T090000Z|SUMMARY:x", false},
		{"exceptions added on both sides", alone, series, alone + "|END:VEVENT|BEGIN:VEVENT|UID:1|RECURRENCE-ID:20240403T090000Z|SUMMARY:x",
			series + "|END:VEVENT|BEGIN:VEVENT|UID:1|RECURRENCE-ID:20240403T090000Z|SUMMARY:x", false},
		{"alarm moved", one + "|BEGIN:VALARM|ACTION:DISPLAY|TRIGGER:-PT5M|X-A:1|END:VALARM", one + "|BEGIN:VALARM|ACTION:DISPLAY|TRIGGER:-PT10M|END:VALARM", one + "|BEGIN:VALARM|ACTION:DISPLAY|TRIGGER:-PT5M|X-A:1|END:VALARM|LOCATION:c",
			one + "|BEGIN:VALARM|ACTION:DISPLAY|TRIGGER:-PT10M|END:VALARM|LOCATION:c", false},
		{"attendee answers", one + "|ATTENDEE;CN=A:mailto:a@example.org", one + "|ATTENDEE;CN=A;PARTSTAT=ACCEPTED:mailto:a@example.org", one + "|ATTENDEE;CN=A:mailto:a@example.org|ATTENDEE:mailto:b@example.org",
			one + "|ATTENDEE;CN=A;PARTSTAT=ACCEPTED:mailto:a@example.org|ATTENDEE:mailto:b@example.org", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			base, want := event(t, l(tt.base)...), event(t, l(tt.want)...)
			first := Version{Shadow: base, Now: event(t, l(tt.first)...), Keeps: Keeps{All: true}}
			second := Version{Shadow: base, Now: event(t, l(tt.second)...), Keeps: Keeps{All: true}}
			for _, swap := range []bool{false, true} {
				a, b, w := first, second, First
				if swap {
					a, b, w = second, first, Second
				}
				got, err := Merge3(base, a, b, w)
				if err != nil {
					t.Fatal(err)
				}
				if got.Item.Fingerprint() != want.Fingerprint() || got.Conflict != tt.conflict {
					t.Errorf("conflict %v, got\n%s\nwant\n%s", got.Conflict, got.Item.Body().Data, want.Body().Data)
				}
				if !swap && string(got.Item.Body().Data) != string(want.Body().Data) {
					t.Errorf("got\n%s\nwant\n%s", got.Item.Body().Data, want.Body().Data)
				}
			}
		})
	}
}

func TestMergeBringsTimeZones(t *testing.T) {
	master := func(zone, lines string) *Item {
		return calendar(t, Events, zone+"BEGIN:VEVENT\r\n"+lines+"END:VEVENT\r\n")
	}
	base := master("", "DTSTART:20240401T090000Z\r\nRRULE:FREQ=DAILY\r\n")
	moved := master(ownZone, "DTSTART;TZID=Office:20240401T120000\r\nRRULE:FREQ=DAILY\r\n")
	got, err := Merge3(base, Version{Shadow: base}, Version{Shadow: base, Now: moved, Keeps: Keeps{All: true}}, First)
	if err != nil || got.Item.Fingerprint() != moved.Fingerprint() {
		t.Errorf("%v: got\n%s", err, got.Item.Body().Data)
	}
	base = master(otherZone, "DTSTART;TZID=Office:20240401T120000\r\nRRULE:FREQ=DAILY\r\nEXDATE;TZID=Office:20240402T120000\r\n")
	got, err = Merge3(base, Version{Shadow: base}, Version{Shadow: base, Now: moved}, First)
	if err != nil {
		t.Fatal(err)
	}
	text := string(got.Item.Body().Data)
	if strings.Count(text, "BEGIN:VTIMEZONE") != 2 || !strings.Contains(text, "EXDATE;TZID=Office:20240402T120000") {
		t.Errorf("a zone is missing, or means another one:\n%s", text)
	}
	if !slices.Contains(wholes(got.Item), wholes(moved)[0]) {
		t.Errorf("the event moved:\n%q\n%q", wholes(got.Item), wholes(moved))
	}
}

func TestANoteLosesWhatAPhoneDeletes(t *testing.T) {
	base, err := Decode(Notes, Body{Type: "text/calendar", Data: []byte("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VJOURNAL\r\nSUMMARY:a\r\nDESCRIPTION:b\r\nCATEGORIES:c\r\nEND:VJOURNAL\r\nEND:VCALENDAR\r\n")})
	if err != nil {
		t.Fatal(err)
	}
	shadow, err := base.Project(PlainText)
	if err != nil {
		t.Fatal(err)
	}
	now, err := Decode(Notes, Body{Type: "text/plain", Data: []byte("a")})
	if err != nil {
		t.Fatal(err)
	}
	m, err := Merge3(base, Version{Shadow: shadow, Now: now}, Version{Shadow: base}, Second)
	if err != nil || strings.Contains(string(m.Item.Body().Data), "DESCRIPTION") || !strings.Contains(string(m.Item.Body().Data), "CATEGORIES:c") {
		t.Errorf("%v: got\n%s", err, m.Item.Body().Data)
	}
	if got := m.Item.Title(); got != "a" {
		t.Errorf("title %q", got)
	}
}

// TestAMovedTimeKeepsItsZone merges what a phone without zones did to times that have one.
func TestAMovedTimeKeepsItsZone(t *testing.T) {
	for _, tt := range []struct{ name, base, shadow, now, want string }{
		{"single", "DTSTART;TZID=Europe/Oslo:20240401T090000|DTEND;TZID=Europe/Oslo:20240401T100000", "DTSTART:20240401T070000Z|DTEND:20240401T080000Z", "DTSTART:20240401T080000Z|DTEND:20240401T090000Z",
			"DTSTART;TZID=Europe/Oslo:20240401T100000|DTEND;TZID=Europe/Oslo:20240401T110000"},
		{"over the change of the clock", "DTSTART;TZID=Europe/Oslo:20240401T090000", "DTSTART:20240401T070000Z", "DTSTART:20240110T080000Z", "DTSTART;TZID=Europe/Oslo:20240110T090000"},
		{"series in another zone of the same time", "DTSTART;TZID=Europe/Oslo:20240401T090000|RRULE:FREQ=DAILY", "DTSTART;TZID=Europe/Berlin:20240401T090000|RRULE:FREQ=DAILY", "DTSTART;TZID=Europe/Berlin:20240401T100000|RRULE:FREQ=DAILY",
			"DTSTART;TZID=Europe/Oslo:20240401T100000|RRULE:FREQ=DAILY"},
		{"another zone was chosen", "DTSTART;TZID=Europe/Oslo:20240401T090000|RRULE:FREQ=DAILY", "DTSTART:20240401T070000Z|RRULE:FREQ=DAILY", "DTSTART;TZID=Asia/Tokyo:20240401T090000|RRULE:FREQ=DAILY",
			"DTSTART;TZID=Asia/Tokyo:20240401T090000|RRULE:FREQ=DAILY"},
		{"became a day", "DTSTART;TZID=Europe/Oslo:20240401T090000", "DTSTART:20240401T070000Z", "DTSTART;VALUE=DATE:20240401", "DTSTART;VALUE=DATE:20240401"},
		{"on a phone that knows local times only", "DTSTART;TZID=Europe/Oslo:20240401T090000|DTEND;TZID=Europe/Oslo:20240401T100000|RRULE:FREQ=DAILY", "DTSTART:20240401T090000|DTEND:20240401T100000|RRULE:FREQ=DAILY",
			"DTSTART:20240110T110000|DTEND:20240110T120000|RRULE:FREQ=DAILY", "DTSTART;TZID=Europe/Oslo:20240110T110000|DTEND;TZID=Europe/Oslo:20240110T120000|RRULE:FREQ=DAILY"},
		{"on a phone whose local time is another", "DTSTART;TZID=Asia/Tokyo:20240401T160000", "DTSTART:20240401T090000", "DTSTART:20240401T100000", "DTSTART:20240401T100000"},
		{"of a day that floats", "DTSTART;TZID=Europe/Oslo:20240401T000000", "DTSTART;VALUE=DATE:20240401", "DTSTART:20240401T100000", "DTSTART:20240401T100000"},
		{"floating in the base", "DTSTART:20240401T090000", "DTSTART:20240401T070000Z", "DTSTART:20240401T080000Z", "DTSTART:20240401T080000Z"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ev := func(s string) *Item { return event(t, strings.Split("UID:1|"+s, "|")...) }
			m, err := Merge3(ev(tt.base), Version{Shadow: ev(tt.shadow), Now: ev(tt.now), Keeps: Keeps{All: true}}, Version{Shadow: ev(tt.base)}, First)
			if err != nil {
				t.Fatal(err)
			}
			if got := string(m.Item.Body().Data); got != string(ev(tt.want).Body().Data) || m.Conflict {
				t.Errorf("conflict %v, got\n%s", m.Conflict, got)
			}
		})
	}
}

package dataclass

import (
	"strings"
	"testing"
)

// oneEntry is a device that knows one component in an item.
var oneEntry = Capabilities{Calendar: CalendarStyle{OneEntry: true}}

// A weekly meeting of an hour is written for a device that knows one component in an item, with these exceptions.
func TestOneEntry(t *testing.T) {
	const oslo = ";TZID=Europe/Oslo:"
	exception := func(id, start, end, more string) string {
		return "BEGIN:VEVENT\nUID:1\nRECURRENCE-ID" + id + "\nDTSTART" + oslo + start + "\nDTEND" + oslo + end + "\n" + more + "END:VEVENT\n"
	}
	const title, later = "SUMMARY:Tea\n", ";RANGE=THISANDFUTURE"
	const rule = "RRULE:FREQ=WEEKLY"
	for _, c := range []struct{ name, rule, exceptions, want string }{
		{"none", rule, "", rule},
		{"moved", rule, exception(oslo+"20240311T090000", "20240311T110000", "20240311T120000", title),
			rule + "\nRDATE" + oslo + "20240311T110000\nEXDATE" + oslo + "20240311T090000"},
		{"moved under another title", rule + ";COUNT=9\nEXDATE" + oslo + "20240318T090000", exception(oslo+"20240311T090000", "20240311T110000", "20240311T120000", "SUMMARY:Cake\n"),
			rule + ";COUNT=9\nEXDATE" + oslo + "20240318T090000\nEXDATE" + oslo + "20240311T090000"},
		{"in UTC", rule, exception(":20240311T080000Z", "20240311T110000", "20240311T120000", "SUMMARY:Cake\n"), rule + "\nEXDATE" + oslo + "20240311T090000"},
		{"in another place", rule, exception(oslo+"20240311T090000", "20240311T090000", "20240311T100000", title+"LOCATION:Roof\n"), rule},
		{"all later ones longer", rule + ";COUNT=5", exception(later+oslo+"20240325T090000", "20240325T090000", "20240325T110000", title),
			rule + ";UNTIL=20240325T075959Z\nEXDATE" + oslo + "20240325T090000"},
		{"all later ones renamed", rule, exception(later+oslo+"20240325T090000", "20240325T090000", "20240325T100000", "SUMMARY:Cake\n"), rule},
	} {
		t.Run(c.name, func(t *testing.T) {
			const head, foot = "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//T//EN\nBEGIN:VEVENT\nUID:1\nDTSTAMP:20240101T000000Z\n" + title + "DTSTART" + oslo + "20240304T090000\nDTEND" + oslo + "20240304T100000\n", "\nEND:VEVENT\n"
			it := itemFrom(t, head+c.rule+foot+c.exceptions+"END:VCALENDAR\n")
			for range 2 { // the second time there is nothing to do
				out, err := Render(it, ICalendar20, oneEntry)
				if err != nil {
					t.Fatal(err)
				}
				if got, want := unfolded(out), head+c.want+foot+"END:VCALENDAR\n"; got != want {
					t.Errorf("%s\nwant\n%s", got, want)
				}
				it = out
			}
		})
	}
}

func itemFrom(t *testing.T, text string) *Item {
	t.Helper()
	it, err := Decode(Events, Body{Type: "text/calendar;version=2.0", Data: []byte(text)})
	if err != nil {
		t.Fatal(err)
	}
	return it
}

func unfolded(it *Item) string {
	return strings.NewReplacer("\r\n ", "", "\r\n", "\n").Replace(string(it.Body().Data))
}

// What has no series, or several exceptions of none, is one component as well, and a vCalendar 1.0 is as it was.
func TestOneEntryOfOthers(t *testing.T) {
	alone := "BEGIN:VEVENT\nUID:1\nRECURRENCE-ID:20240311T080000Z\nDTSTART:20240311T090000Z\nEND:VEVENT\n"
	text := "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//T//EN\n" + alone + strings.ReplaceAll(alone, "0311T", "0318T") + "END:VCALENDAR\n"
	out, err := Render(itemFrom(t, text), ICalendar20, oneEntry)
	if err != nil {
		t.Fatal(err)
	}
	if got := unfolded(out); strings.Count(got, "BEGIN:VEVENT") != 1 || !strings.Contains(got, "20240311T080000Z") {
		t.Errorf("%s", got)
	}
	a, err := Render(itemFrom(t, text), VCalendar10, Capabilities{})
	if err != nil {
		t.Fatal(err)
	}
	for _, it := range []*Item{a, itemFrom(t, text)} {
		b, err := Render(it, VCalendar10, oneEntry)
		if err != nil {
			t.Fatal(err)
		}
		if unfolded(a) != unfolded(b) {
			t.Errorf("%s\nbecame\n%s", unfolded(a), unfolded(b))
		}
	}
}

// The user's fear: a phone that mixes up a series and its exceptions edits the title, and half of the series is gone
// everywhere.
func TestRule_5_2_APhoneThatKnowsOneEntryEditsASeries(t *testing.T) {
	was := itemFrom(t, "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//T//EN\nBEGIN:VEVENT\nUID:1\nSUMMARY:Choir\nDTSTART:20240304T090000Z\nDTEND:20240304T100000Z\n"+
		"RRULE:FREQ=WEEKLY;COUNT=9\nEXDATE:20240318T090000Z\nEND:VEVENT\nBEGIN:VEVENT\nUID:1\nSUMMARY:Band\nRECURRENCE-ID:20240311T090000Z\nDTSTART:20240311T120000Z\nDTEND:20240311T140000Z\nEND:VEVENT\nEND:VCALENDAR\n")
	shadow, err := Expect(was, ICalendar20, oneEntry)
	if err != nil {
		t.Fatal(err)
	}
	now := itemFrom(t, strings.Replace(strings.Replace(unfolded(shadow), "Choir", "Chorus", 1), "END:VEVENT", "EXDATE:20240325T090000Z\nEND:VEVENT", 1))
	k := &Known{}
	k.Observe(now)
	v := Version{Shadow: shadow, Now: now, Known: k, Sent: Sent(nil).With(shadow), Declares: Declaration{Takes: ICalendar20, Holds: oneEntry}}
	m, err := Merge3(was, Version{Shadow: was}, v, Second)
	if err != nil {
		t.Fatal(err)
	}
	got := unfolded(m.Item)
	for _, w := range []string{"SUMMARY:Chorus", "SUMMARY:Band\nRECURRENCE-ID:20240311T090000Z\nDTSTART:20240311T120000Z", "COUNT=9", "EXDATE:20240318T090000Z", "EXDATE:20240325T090000Z"} {
		if !strings.Contains(got, w) {
			t.Errorf("%s is lost:\n%s", w, got)
		}
	}
	if strings.Contains(got, "EXDATE:20240311T090000Z") {
		t.Errorf("the exception is left out:\n%s", got)
	}
	if !SameHeld(m.Item, m.Shadow[1], ICalendar20, oneEntry, k) {
		t.Errorf("the phone is sent what it holds:\n%s", unfolded(m.Shadow[1]))
	}
}

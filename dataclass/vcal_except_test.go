package dataclass

import (
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

// TestLowerWithExceptions lowers a weekly meeting of an hour with these exceptions.
func TestLowerWithExceptions(t *testing.T) {
	const oslo = ";TZID=Europe/Oslo:"
	exception := func(id, start, end, more string) string {
		return "BEGIN:VEVENT\nUID:1\nRECURRENCE-ID" + id + "\nDTSTART" + oslo + start + "\nDTEND" + oslo + end + "\n" + more + "END:VEVENT\n"
	}
	const title, later = "SUMMARY:Tea\n", ";RANGE=THISANDFUTURE"
	const rule = "RRULE:FREQ=WEEKLY"
	for _, c := range []struct{ name, rule, exceptions, want string }{
		{"moved", rule, exception(oslo+"20240311T090000", "20240311T110000", "20240311T120000", title),
			"RRULE:W1 MO #0\nRDATE:20240311T100000Z\nEXDATE:20240311T080000Z"},
		{"moved and longer", rule, exception(oslo+"20240311T090000", "20240311T110000", "20240311T130000", title),
			"RRULE:W1 MO #0\nEXDATE:20240311T080000Z"},
		{"moved under another title", rule, exception(oslo+"20240311T090000", "20240311T110000", "20240311T120000", "SUMMARY:Cake\n"),
			"RRULE:W1 MO #0\nEXDATE:20240311T080000Z"},
		{"moved and cancelled", rule, exception(oslo+"20240311T090000", "20240311T110000", "20240311T120000", title+"STATUS:CANCELLED\n"),
			"RRULE:W1 MO #0\nEXDATE:20240311T080000Z"},
		{"in another place", rule, exception(oslo+"20240311T090000", "20240311T090000", "20240311T100000", title+"LOCATION:Roof\n"),
			"RRULE:W1 MO #0"},
		{"moved to where an EXDATE is", rule + "\nEXDATE" + oslo + "20240318T090000",
			exception(oslo+"20240311T090000", "20240318T090000", "20240318T100000", title),
			"RRULE:W1 MO #0\nRDATE:20240318T080000Z\nEXDATE:20240311T080000Z"},
		{"moved by the first of the summer", rule, exception(oslo+"20240401T090000", "20240402T090000", "20240402T100000", title),
			"RRULE:W1 MO #0\nRDATE:20240402T070000Z\nEXDATE:20240401T070000Z"},
		{"all later ones moved", rule + ";COUNT=5", exception(later+oslo+"20240325T090000", "20240325T110000", "20240325T120000", title),
			"RRULE:W1 MO 20240318T080000Z\nRDATE:20240325T100000Z;20240401T090000Z\nEXDATE:20240325T080000Z"},
		{"all later ones longer", rule + ";COUNT=5", exception(later+oslo+"20240325T090000", "20240325T090000", "20240325T110000", title),
			"RRULE:W1 MO 20240318T080000Z\nEXDATE:20240325T080000Z"},
		{"all later ones cancelled", rule, exception(later+oslo+"20240325T090000", "20240325T090000", "20240325T100000", title+"STATUS:CANCELLED\n"),
			"RRULE:W1 MO 20240318T080000Z\nEXDATE:20240325T080000Z"},
		{"all later ones renamed", rule, exception(later+oslo+"20240325T090000", "20240325T090000", "20240325T100000", "SUMMARY:Cake\n"),
			"RRULE:W1 MO #0"},
		{"all moved", rule + ";COUNT=3", exception(later+oslo+"20240304T090000", "20240304T110000", "20240304T120000", title),
			"RDATE:20240304T100000Z;20240311T100000Z;20240318T100000Z\nEXDATE:20240304T080000Z"},
		{"one of the later ones stays", rule + ";COUNT=4", exception(later+oslo+"20240311T090000", "20240311T110000", "20240311T120000", title) +
			exception(oslo+"20240318T090000", "20240318T090000", "20240318T100000", title),
			"RRULE:W1 MO 20240304T080000Z\nRDATE:20240311T100000Z;20240325T100000Z;20240318T080000Z\nEXDATE:20240311T080000Z"},
		{"a day of the meeting left out", rule + "\nEXDATE;VALUE=DATE:20240311,20240401", "",
			"RRULE:W1 MO #0\nEXDATE:20240311T080000Z;20240401T070000Z"},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := "BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\nUID:1\n" + title + "DTSTART" + oslo + "20240304T090000\nDTEND" + oslo +
				"20240304T100000\n" + c.rule + "\nEND:VEVENT\n" + c.exceptions + "END:VCALENDAR\n"
			all, err := contentline.Parse([]byte(text), contentline.MIMEDir, contentline.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			got := itemLines(lowerCalendar(all[0], lowering{}), contentline.Versit)
			if _, got, _ = strings.Cut(got, "DTEND:20240304T090000Z\n"); got != c.want {
				t.Errorf("lowered:\n%s\nwant:\n%s", got, c.want)
			}
		})
	}
}

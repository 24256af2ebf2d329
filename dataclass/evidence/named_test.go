package evidence

import (
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
)

// Where sides give each other their UIDs, two that have different ones are not one, however alike they are.
func TestRule_7_5_DifferentUIDsAreNotOne(t *testing.T) {
	series := []string{"DTSTART:20260601T090000Z", "DTEND:20260601T100000Z", "RRULE:FREQ=WEEKLY;BYDAY=MO"}
	with := func(lines ...string) []string { return append(lines, series...) }
	person := []string{"N:Abendroth;Wilhelmina;;;", "TEL;TYPE=CELL:+49 151 2345678", "EMAIL:wa@abendroth.example"}
	for _, tt := range []struct {
		name  string
		class dataclass.Class
		a, b  []string
		// want is the verdict where nothing is known of the sides, named where they have one UID for each of 50 items.
		want, named Verdict
	}{
		{"series that say the same", dataclass.Events, with("UID:a", "SUMMARY:Planning of the fair"), with("UID:b", "SUMMARY:Planning of the fair"), Same, Same},
		{"series, one at another place", dataclass.Events, with("UID:a", "SUMMARY:Planning of the fair"), with("UID:b", "SUMMARY:Planning of the fair", "LOCATION:Hall"), Same, Doubtful},
		{"series of one UID", dataclass.Events, with("UID:a", "SUMMARY:Planning of the fair"), with("UID:a", "SUMMARY:Planning of the fair", "LOCATION:Hall"), Same, Same},
		{"a series without a UID", dataclass.Events, with("UID:a", "SUMMARY:Planning of the fair"), with("SUMMARY:Planning of the fair", "LOCATION:Hall"), Same, Same},
		{"a series whose UID was made of an id", dataclass.Events, with("UID:a", "SUMMARY:Planning of the fair"), with("UID:bindery-7", "SUMMARY:Planning of the fair", "LOCATION:Hall"), Same, Same},
		{"one person", dataclass.Contacts, append(person, "UID:a"), append(person, "UID:b", "NOTE:Sings"), Same, Doubtful},
		{"one person of one UID", dataclass.Contacts, append(person, "UID:a"), append(person, "UID:urn:uuid:A", "NOTE:Sings"), Same, Same},
	} {
		t.Run(tt.name, func(t *testing.T) {
			of := func(id string, lines []string) []Entry {
				if tt.class == dataclass.Contacts {
					return []Entry{card(t, id, lines...)}
				}
				return []Entry{entry(t, tt.class, id, lines...)}
			}
			for named, want := range map[int]Verdict{0: tt.want, 50: tt.named} {
				pairs := Match(of("a", tt.a), of("b", tt.b), Options{Settled: 50, Named: named})
				var got Verdict
				if len(pairs) > 0 {
					got = pairs[0].Verdict
				}
				if got != want {
					t.Errorf("%d items have one UID: %v, wanted %v", named, got, want)
				}
			}
		})
	}
}

// Two entries whose titles differ in a number only are two of a kind, whatever else they share, unless their UID says that they
// are one.
func TestRule_7_5_TitlesThatDifferInANumber(t *testing.T) {
	for _, tt := range []struct {
		name string
		a, b string // the titles
		more [2]string
		want bool // they may be one
	}{
		{"rounds", "Table tennis cup round 12", "Table tennis cup round 13", [2]string{}, false},
		{"groups of one size", "Rehearsal of group 417", "Rehearsal of group 471", [2]string{}, false},
		{"more digits", "Rehearsal of group 41", "Rehearsal of group 417", [2]string{}, false},
		{"one UID", "Rehearsal of group 417", "Rehearsal of group 471", [2]string{"UID:one", "UID:one"}, true},
		{"a number written in another way", "Rehearsal of group 7", "Rehearsal of group 07", [2]string{}, true},
		{"a slip in a word", "Rehearsal of groop 417", "Rehearsal of group 417", [2]string{}, true},
	} {
		for _, class := range []dataclass.Class{dataclass.Events, dataclass.Tasks} {
			t.Run(tt.name+" "+string(class), func(t *testing.T) {
				when := map[dataclass.Class]string{dataclass.Events: "DTSTART:20260907T170000Z", dataclass.Tasks: "DUE:20260907T170000Z"}[class]
				of := func(title, more string) []Entry {
					lines := []string{"SUMMARY:" + title, when, "LOCATION:Town hall", "DESCRIPTION:Bring the blue folder and the keys of the cellar\\, please"}
					if more != "" {
						lines = append(lines, more)
					}
					return []Entry{entry(t, class, title, lines...)}
				}
				pairs := Match(of(tt.a, tt.more[0]), of(tt.b, tt.more[1]), Options{Settled: 500})
				if got := len(pairs) > 0 && pairs[0].Verdict == Same; got != tt.want {
					t.Errorf("%+v", pairs)
				}
			})
		}
	}
}

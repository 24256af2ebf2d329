package entry

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// What comes back from a server comes back the same ever after, whatever it was: nothing goes round and round.
func TestExpectIsStable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := context
		x.Zone = places.Draw(t, "calendar")
		x.Card = rapid.SampledFrom([]dataclass.Format{{}, dataclass.VCard30, dataclass.VCard21}).Draw(t, "card")
		it := drawCard(t)
		if c, _ := dataclass.AsContact(it); len(c.Addresses()) > 1 {
			x.Card = dataclass.VCard40 // the others cannot say which address a LABEL is of
		}
		if rapid.Bool().Draw(t, "event") {
			it = drawEvent(t, x).Item()
		}
		once, err := Expect(it, x)
		if err != nil {
			t.Fatalf("%v\n%s", err, it.Body().Data)
		}
		twice, err := Expect(once, x)
		if err != nil {
			t.Fatal(err)
		}
		if once.Fingerprint() != twice.Fingerprint() {
			t.Fatalf("once and twice:\n%s\n%s\n%s", it.Body().Data, once.Body().Data, twice.Body().Data)
		}
	})
}

// What crosses whole comes back with the fingerprint that it had: no sync sees a difference.
func TestExpectOfWhatCrossesWhole(t *testing.T) {
	zoned := []string{"DTSTART;TZID=Europe/Oslo:20261024T023000", "DTEND;TZID=Europe/Oslo:20261024T033000"}
	items := map[string]*dataclass.Item{
		"card": card(t, "FN:Ann Lie", "N:Lie;Ann;;;", "TEL;TYPE=cell;PREF=1:+47 900 00 000", "EMAIL;TYPE=work:ann@example.org", "ADR;TYPE=home:;;Road 1;Oslo;;0123;Norway",
			"ORG:Acme;Sales", "TITLE:Boss", "BDAY:--0229", "ANNIVERSARY:20040506", "URL;TYPE=work:http://example.org/", `NOTE:a\nb`, "CATEGORIES:Choir", "RELATED;TYPE=spouse;VALUE=text:Bo"),
		"single": event(t, append(zoned, "UID:1", "SUMMARY:Choir", "TRANSP:TRANSPARENT", "CLASS:PRIVATE", "STATUS:CONFIRMED",
			"BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:-PT15M", "DESCRIPTION:", "END:VALARM")...),
		"series": event(t, append(zoned, "UID:1", "RRULE:FREQ=WEEKLY;UNTIL=20261231T000000Z", "EXDATE;TZID=Europe/Oslo:20261031T023000", "SUMMARY:Choir", "STATUS:TENTATIVE")...),
		"day":    event(t, "DTSTART;VALUE=DATE:20261124", "UID:1", "RRULE:FREQ=YEARLY", "SUMMARY:Birthday", "STATUS:CONFIRMED"),
		"with an exception": calendar(t, "BEGIN:VEVENT", zoned[0], zoned[1], "UID:1", "RRULE:FREQ=DAILY;COUNT=4", "SUMMARY:Choir", "STATUS:CONFIRMED", "END:VEVENT",
			"BEGIN:VEVENT", "RECURRENCE-ID;TZID=Europe/Oslo:20261025T023000", "DTSTART;TZID=Europe/Oslo:20261025T043000", "DTEND;TZID=Europe/Oslo:20261025T053000", "UID:1", "SUMMARY:Late choir", "STATUS:CONFIRMED", "END:VEVENT"),
	}
	x := context
	x.Zone = "America/New_York"
	for name, it := range items {
		t.Run(name, func(t *testing.T) {
			got, err := Expect(it, x)
			if err != nil {
				t.Fatal(err)
			}
			if got.Fingerprint() != it.Fingerprint() {
				t.Error(cmp.Diff(string(it.Body().Data), string(got.Body().Data)))
			}
		})
	}
	if _, err := Expect(nil, x); !errors.Is(err, dataclass.ErrUnsupported) {
		t.Error(err)
	}
}

// A tombstone is never read as an empty item, nor written over.
func TestDeletedIsNoItem(t *testing.T) {
	contact := parse(t, `<id>x/1</id><gd:deleted/>`)
	gone := parse(t, `<id>x/1</id>`+nineToTen+canceledStatus)
	for _, e := range []*xmltree.Element{contact, gone} {
		before := print(e)
		if it, err := ReadContact(e, context); !errors.Is(err, dataclass.ErrMalformed) {
			t.Error(it, err)
		}
		if it, err := ReadEvent(e, nil, oslo); !errors.Is(err, dataclass.ErrMalformed) {
			t.Error(it, err)
		}
		if err := WriteContact(e, card(t, "FN:x"), context); !errors.Is(err, dataclass.ErrMalformed) || print(e) != before {
			t.Error(err)
		}
		if _, err := WriteEvent(event(t, nineLines...), e, nil, oslo); !errors.Is(err, dataclass.ErrMalformed) || print(e) != before {
			t.Error(err)
		}
	}
}

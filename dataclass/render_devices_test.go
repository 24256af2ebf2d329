package dataclass

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What some devices are known to hold; a table of devices comes with their rules.
var (
	// a small phone: one text per card, few numbers, addresses without types
	smallPhone = Capabilities{
		Limits: []Limit{
			{Name: "NOTE", Size: 80}, {Name: "ADR", Count: 1}, {Name: "EMAIL", Count: 3, NoTypes: true}, {Name: "TEL", Count: 5},
			{Name: "N", Size: 50}, {Name: "FN"}, {Name: "ORG"}, {Name: "URL", Count: 1}, {Name: "PHOTO", Size: 256},
		},
		Complete: true, IgnoreSizes: false, Parts: map[string]int{"ORG": 1},
	}
	// the same, whose declared sizes are known to be wrong
	smallPhoneAnySize = func() Capabilities { c := smallPhone; c.IgnoreSizes = true; return c }()
	latinPhone        = Capabilities{Charset: "ISO-8859-1", Calendar: CalendarStyle{AlarmsUTC: true}}
	noEmptyPhone      = Capabilities{NoEmpty: true, Calendar: CalendarStyle{Local: "Europe/Oslo", Since: 1980}}
	organizer         = Capabilities{Calendar: CalendarStyle{
		Local: "Europe/Oslo", AllDay: "24h", EpocEntryType: true, Since: 1980, PrefixCategories: true,
	}}
)

func TestDevicesAndCards(t *testing.T) {
	full := []string{
		"N:Müller;Änne", "FN:Änne Müller", "ORG:Example AG;Küche", "TEL;TYPE=HOME:1", "TEL:2", "TEL:3", "TEL:4", "TEL:5",
		"TEL;TYPE=PREF,CELL:6", "EMAIL;TYPE=HOME:a@example.org", "EMAIL:b@example.org", "EMAIL:c@example.org", "EMAIL:d@example.org",
		"ADR;TYPE=HOME:;;Weg 1;Ort", "ADR;TYPE=WORK,PREF:;;Weg 2;Ort", "URL:", "TITLE:“Köchin” 日本",
	}
	for _, tt := range []struct {
		name string
		f    Format
		c    Capabilities
		want []string
	}{
		{"small", VCard21, smallPhone, []string{
			"N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller;=C3=84nne", "FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=C3=84nne M=C3=BCller",
			"ORG:Example AG", "TEL;HOME:1", "TEL:2", "TEL:3", "TEL:4", "TEL;PREF;CELL:6",
			"EMAIL;INTERNET:a@example.org", "EMAIL;INTERNET:b@example.org", "EMAIL;INTERNET:c@example.org", "ADR;WORK;PREF:;;Weg 2;Ort", "URL:",
		}},
		{"Latin 1", VCard30, latinPhone, append(full[:16:16], `TITLE:"Köchin" ??`)},
		{"nothing empty", VCard30, noEmptyPhone, append(full[:15:15], full[16])},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Render(card(t, full...), tt.f, tt.c)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, heldLines(got)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDevicesAndPictures(t *testing.T) {
	it := card(t, "N:a", "FN:a", "PHOTO;TYPE=JPEG;ENCODING=b:"+string(make64(400)))
	for _, tt := range []struct {
		name string
		c    Capabilities
		has  bool
	}{{"256 bytes", smallPhone, false}, {"not really", smallPhoneAnySize, true}} {
		got, err := Render(it, VCard21, tt.c)
		if err != nil || (got.root.Find("PHOTO") != nil) != tt.has {
			t.Errorf("%s: %v: %q", tt.name, err, heldLines(got))
		}
	}
}

func make64(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = 'A'
	}
	return b
}

func TestDevicesAndEvents(t *testing.T) {
	day := event(t, "DTSTART;VALUE=DATE:20240610", "DTEND;VALUE=DATE:20240612", "SUMMARY:a", "CATEGORIES:MEETING,own")
	hour := event(t, "DTSTART;TZID=Europe/Oslo:20240610T090000", "DTEND;TZID=Europe/Oslo:20240610T100000", "SUMMARY:ü€",
		"BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:-PT5M", "END:VALARM")
	old := event(t, "DTSTART;VALUE=DATE:19500610", "SUMMARY:a", "RRULE:FREQ=YEARLY")
	for _, tt := range []struct {
		name string
		it   *Item
		c    Capabilities
		want []string
	}{
		{"whole days", day, organizer, []string{
			"DTSTART:20240610T000000Z", "DTEND:20240611T240000Z", "SUMMARY:a", "CATEGORIES:MEETING;X-own", "X-EPOCAGENDAENTRYTYPE:EVENT",
		}},
		{"whole days in UTC", day, latinPhone, []string{"DTSTART:20240610T000000", "DTEND:20240612T000000", "SUMMARY:a", "CATEGORIES:MEETING;own"}},
		{"local", hour, noEmptyPhone, []string{
			"DTSTART:20240610T090000", "DTEND:20240610T100000", "SUMMARY;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=C3=BC=E2=82=AC",
			"AALARM:20240610T085500;;;", "DALARM:20240610T085500;;;",
		}},
		{"UTC", hour, latinPhone, []string{
			"DTSTART:20240610T070000Z", "DTEND:20240610T080000Z", "SUMMARY;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=C3=BCEUR",
			"AALARM:20240610T065500Z;;;", "DALARM:20240610T065500Z;;;",
		}},
		{"not before 1980", old, noEmptyPhone, []string{"DTSTART:19800610T000000", "SUMMARY:a", "RRULE:YM1 6 #0", "DTEND:19800611T000000"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Render(tt.it, VCalendar10, tt.c)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, heldLines(got)); diff != "" {
				t.Error(diff)
			}
			again, err := Render(got, VCalendar10, tt.c)
			if err != nil || string(again.Body().Data) != string(got.Body().Data) {
				t.Errorf("again: %v, %q", err, heldLines(again))
			}
		})
	}
}

// An event that one phone sent is written for another one, which takes every time for local.
func TestDevicesThatDiffer(t *testing.T) {
	it, err := event(t, "DTSTART:20240610T090000Z", "DTEND:20240610T100000Z").ProjectFor(VCalendar10, latinPhone)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Render(it, VCalendar10, noEmptyPhone)
	if err != nil || !cmp.Equal(heldLines(got)[1:], []string{"DTSTART:20240610T110000", "DTEND:20240610T120000"}) {
		t.Errorf("%v: %q", err, heldLines(got))
	}
}

package dataclass

import (
	"strings"
	"testing"
)

// What a side holds only an image of is not touched by an edit of something else, and an edit of
// the image is an edit of that value and no other.
func TestImagesOfCards(t *testing.T) {
	cut := Capabilities{Limits: []Limit{{Name: "NOTE", Size: 5}, {Name: "ADR", Size: 5}, {Name: "LABEL", Size: 5}}}
	for _, tt := range []struct {
		name     string
		c        Capabilities
		f        Format
		base     []string
		old, now string // in the rendition
		want     []string
	}{
		{"cut text", cut, VCard30, []string{"N:a", "FN:b", "NOTE:long text"}, "FN:b", "FN:c", []string{"N:a", "FN:c", "NOTE:long text"}},
		{"cut text itself", cut, VCard30, []string{"N:a", "FN:b", "NOTE:long text"}, "NOTE:long ", "NOTE:new", []string{"N:a", "FN:b", "NOTE:new"}},
		{"cut address behind one left out", Capabilities{Limits: []Limit{{Name: "ADR", Count: 1, Size: 5}}}, VCard30,
			[]string{"N:a", "FN:b", "ADR:;;Longstreet 1", "ADR;TYPE=PREF:;;Wideroad 2"}, ";;Wider", ";;New 3", []string{"N:a", "FN:b", "ADR:;;Longstreet 1", "ADR;TYPE=PREF:;;New 3"}},
		{"upper case", Capabilities{Losses: []Loss{{Name: "NOTE", Upper: true}}}, VCard30, []string{"N:a", "FN:b", "NOTE:text"}, "FN:b", "FN:c", []string{"N:a", "FN:c", "NOTE:text"}},
		{"ASCII", Capabilities{Charset: "US-ASCII"}, VCard30, []string{"N:ä", "FN:b", "NOTE:Ж"}, "FN:b", "FN:c", []string{"N:ä", "FN:c", "NOTE:Ж"}},
		{"one slot of several", Capabilities{Limits: []Limit{{Name: "TEL", Count: 1}}}, VCard30,
			[]string{"N:a", "FN:b", "TEL:1", "TEL;TYPE=PREF:2", "TEL:3"}, "TEL;TYPE=PREF:2", "TEL;TYPE=PREF:4", []string{"N:a", "FN:b", "TEL:1", "TEL;TYPE=PREF:4", "TEL:3"}},
		{"digits", Capabilities{Losses: []Loss{{Name: "TEL", Digits: true}}}, VCard30, []string{"N:a", "FN:b", "TEL:+1 (2)"}, "FN:b", "FN:c", []string{"N:a", "FN:c", "TEL:+1 (2)"}},
		{"cut number", Capabilities{Losses: []Loss{{Name: "TEL", Length: 6}}}, VCard30,
			[]string{"N:a", "FN:b", "TEL;TYPE=HOME:12345678", "TEL;TYPE=HOME:87654321"}, "TEL;TYPE=HOME:876543", "TEL;TYPE=HOME:999",
			[]string{"N:a", "FN:b", "TEL;TYPE=HOME:12345678", "TEL;TYPE=HOME:999"}},
		{"types", Capabilities{Limits: []Limit{{Name: "TEL", NoTypes: true}}}, VCard21,
			[]string{"N:a;b", "FN:b a", "TEL;TYPE=HOME,CELL:1", "TEL;TYPE=WORK:2"}, "TEL:2", "TEL:3", []string{"N:a;b", "FN:b a", "TEL;TYPE=HOME,CELL:1", "TEL;TYPE=WORK:3"}},
		{"first component", Capabilities{Parts: map[string]int{"ORG": 1}}, VCard30, []string{"N:a", "FN:b", "ORG:c;d"}, "FN:b", "FN:e", []string{"N:a", "FN:e", "ORG:c;d"}},
		{"name made for the dialect", Capabilities{}, VCard40, []string{"N:a;b", "NOTE:c"}, "N:a;b", "N:d;b", []string{"N:d;b", "NOTE:c"}},
		{"name made and alone", Capabilities{Limits: []Limit{{Name: "N", Never: true}}}, VCard40, []string{"N:a;b", "FN:c", "NOTE:c"}, "FN:c", "FN:d", []string{"N:a;b", "FN:d", "NOTE:c"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			base := card(t, tt.base...)
			held, err := base.ProjectFor(tt.f, tt.c)
			if err != nil {
				t.Fatal(err)
			}
			text := string(held.Body().Data)
			if strings.Count(text, tt.old+"\r\n") != 1 {
				t.Fatalf("held is %q", heldLines(held))
			}
			now := mustDecode(t, strings.Replace(text, tt.old, tt.now, 1))
			m := checkMerge(t, base, Version{Shadow: held, Now: now}, Version{Shadow: base}, Second)
			wantLines(t, "merged", m.Item, tt.want)
		})
	}
}

func TestImagesOfEvents(t *testing.T) {
	for name, lines := range map[string][]string{
		"whole days":     {"DTSTART;VALUE=DATE:20240610", "DTEND;VALUE=DATE:20240612", "SUMMARY:a"},
		"relative alarm": {"DTSTART;TZID=Europe/Oslo:20240610T090000", "DURATION:PT1H", "SUMMARY:a", "BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:-PT5M", "END:VALARM"},
		"series":         {"DTSTART;TZID=Europe/Oslo:20240610T090000", "DURATION:PT1H", "SUMMARY:a", "RRULE:FREQ=WEEKLY;BYDAY=MO,TU", "EXDATE;TZID=Europe/Oslo:20240617T090000"},
		"old series":     {"DTSTART;VALUE=DATE:19500610", "SUMMARY:a", "RRULE:FREQ=YEARLY"},
		"words":          {"DTSTART:20240610T090000Z", "SUMMARY:a", "PRIORITY:4", "STATUS:CONFIRMED", "CLASS:PRIVATE", "CATEGORIES:own,MEETING", "ATTENDEE;CN=\"B, C\";PARTSTAT=ACCEPTED:mailto:b@example.org"},
	} {
		for device, c := range map[string]Capabilities{"any": {}, "Latin": latinPhone, "local": noEmptyPhone, "organizer": organizer} {
			t.Run(name+" "+device, func(t *testing.T) {
				base := event(t, lines...)
				held, err := base.ProjectFor(VCalendar10, c)
				if err != nil {
					t.Fatal(err)
				}
				now, err := Decode(Events, Body{Type: "text/x-vcalendar", Data: []byte(strings.Replace(string(held.Body().Data), "SUMMARY:a", "SUMMARY:b", 1))})
				if err != nil {
					t.Fatal(err)
				}
				m, err := Merge3(base, Version{Shadow: held, Now: now, Sent: Sent(nil).With(held)}, Version{Shadow: base}, First)
				want := strings.Replace(string(base.Body().Data), "SUMMARY:a", "SUMMARY:b", 1)
				if err != nil || string(m.Item.Body().Data) != want {
					t.Errorf("%v: held\n%s\nmerged\n%s", err, held.Body().Data, m.Item.Body().Data)
				}
			})
		}
	}
}

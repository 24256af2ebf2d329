package dataclass

import (
	"strings"
	"testing"
)

// TestRule_5_2_AnEventOnAPhoneThatDeclaresLittle: a phone of vCalendar 1.0 that lists a title and times only sends an
// event back with another title. The alarm, the text, the rule and its exception are the other side's, and stay.
func TestRule_5_2_AnEventOnAPhoneThatDeclaresLittle(t *testing.T) {
	const head, tail = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//T//EN\r\nBEGIN:VEVENT\r\nUID:u1\r\nDTSTAMP:20090318T095817Z\r\n", "END:VEVENT\r\nEND:VCALENDAR\r\n"
	was, err := Decode(Events, Body{Type: "text/calendar;version=2.0", Data: []byte(head + "SUMMARY:Choir\r\nDTSTART:20090318T095817Z\r\nDTEND:20090318T105817Z\r\n" +
		"RRULE:FREQ=WEEKLY;COUNT=9\r\nEXDATE:20090325T095817Z\r\nDESCRIPTION:Bring notes\r\nCATEGORIES:Music\r\nBEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:Choir\r\nTRIGGER:-PT15M\r\nEND:VALARM\r\n" + tail)})
	if err != nil {
		t.Fatal(err)
	}
	c := Capabilities{Complete: true, Limits: []Limit{{Name: "SUMMARY", Size: 20}, {Name: "DTSTART"}, {Name: "DTEND"}}}
	sent, err := Render(was, VCalendar10, c)
	if err != nil {
		t.Fatal(err)
	}
	text := string(sent.Body().Data)
	for _, w := range []string{"ALARM", "RRULE", "EXDATE", "DESCRIPTION", "CATEGORIES"} {
		if strings.Contains(text, w) {
			t.Errorf("the phone is sent %s:\n%s", w, text)
		}
	}
	now, err := Decode(Events, Body{Type: "text/x-vcalendar;version=1.0", Data: []byte(strings.Replace(text, "SUMMARY:Choir", "SUMMARY:Band", 1))})
	if err != nil {
		t.Fatal(err)
	}
	k := &Known{}
	k.Declares(c)
	k.Observe(now)
	v := Version{Shadow: was, Now: now, Known: k, Sent: Sent(nil).With(was), Declares: Declaration{Takes: VCalendar10, Holds: c}}
	m, err := Merge3(was, Version{Shadow: was}, v, Second)
	if err != nil {
		t.Fatal(err)
	}
	got := string(m.Item.Body().Data)
	for _, w := range []string{"SUMMARY:Band", "TRIGGER:-PT15M", "RRULE:FREQ=WEEKLY;COUNT=9", "EXDATE:20090325T095817Z", "Bring notes", "Music"} {
		if !strings.Contains(got, w) {
			t.Errorf("%s is lost:\n%s", w, got)
		}
	}
	if !SameHeld(m.Item, m.Shadow[1], VCalendar10, c, k) {
		t.Errorf("the phone is sent what it holds:\n%s", m.Shadow[1].Body().Data)
	}
}

package dataclass

import (
	"strings"
	"testing"
)

const loweredSeries = "DTSTART;TZID=Europe/Oslo:20260310T090000\nDTEND;TZID=Europe/Oslo:20260310T100000\n"

// notSaid are items of which vCalendar 1.0 cannot say something.
var notSaid = []struct{ name, text string }{
	{"the last working day", loweredSeries + "RRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1"},
	{"the last working day, twelve times", loweredSeries + "RRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=12"},
	{"a week of the year", loweredSeries + "RRULE:FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO"},
	{"Friday the 13th", loweredSeries + "RRULE:FREQ=MONTHLY;BYMONTHDAY=13;BYDAY=FR"},
	{"a day of the year", loweredSeries + "RRULE:FREQ=YEARLY;BYYEARDAY=100,-1\nEXDATE;TZID=Europe/Oslo:20271231T090000\nRDATE;TZID=Europe/Oslo:20260501T090000"},
	{"every six hours", loweredSeries + "RRULE:FREQ=HOURLY;INTERVAL=6;COUNT=20"},
	{"three thousand days", loweredSeries + "RRULE:FREQ=DAILY;COUNT=3000"},
	{"a rule that is none", loweredSeries + "RRULE:FREQ=WEEKLY;COUNT=0"},
	{"a rule with a word of its own", loweredSeries + "RRULE:FREQ=WEEKLY;BYDAY=TU;X-FOO=1"},
	{"periods", "DTSTART:20260310T090000Z\nDTEND:20260310T100000Z\nRDATE;VALUE=PERIOD:20260315T090000Z/PT2H,20260320T100000Z/20260320T110000Z"},
	{"a day left out of a series of hours", loweredSeries + "RRULE:FREQ=WEEKLY;COUNT=5\nEXDATE;VALUE=DATE:20260324"},
	{"a day with an hour as its end", "DTSTART;VALUE=DATE:20260310\nDTEND:20260312T000000Z"},
	{"a meeting that listed times were moved of", loweredSeries + "RRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1\nEND:VEVENT\nBEGIN:VEVENT\nUID:1\nSUMMARY:Tea\n" +
		"RECURRENCE-ID;TZID=Europe/Oslo:20260430T090000\nDTSTART;TZID=Europe/Oslo:20260429T090000\nDTEND;TZID=Europe/Oslo:20260429T100000"},
	{"alarms", loweredSeries + "BEGIN:VALARM\nACTION:DISPLAY\nTRIGGER:-PT15M\nDESCRIPTION:Reminder\nEND:VALARM\n" +
		"BEGIN:VALARM\nACTION:AUDIO\nTRIGGER;RELATED=END:-PT5M\nATTACH;VALUE=URI:Chord\nEND:VALARM\n" +
		"BEGIN:VALARM\nACTION:EMAIL\nTRIGGER;VALUE=DATE-TIME:20260310T070000Z\nSUMMARY:mail\nDESCRIPTION:m\nATTENDEE:mailto:a@example.org\nEND:VALARM\n" +
		"BEGIN:VALARM\nACTION:NONE\nTRIGGER;VALUE=DATE-TIME:19760401T005545Z\nEND:VALARM"},
	{"a sound on a whole day", "DTSTART;VALUE=DATE:20260310\nBEGIN:VALARM\nACTION:AUDIO\nTRIGGER:PT9H\nEND:VALARM"},
	{"a task that recurs by its end", "DUE;TZID=Europe/Oslo:20260310T100000\nRRULE:FREQ=DAILY"},
	{"a task on the last working day", "DTSTART;TZID=Europe/Oslo:20260310T100000\nDURATION:PT45M\nRRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1"},
}

// notSaidItem makes the item.
func notSaidItem(t *testing.T, name, text string) *Item {
	t.Helper()
	comp := "VEVENT"
	if strings.HasPrefix(name, "a task") {
		comp = "VTODO"
	}
	return anyItemFrom(t, "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//T//EN\nBEGIN:"+comp+"\nUID:1\nSUMMARY:Tea\n"+text+"\nEND:"+comp+"\nEND:VCALENDAR\n")
}

// anyItemFrom reads an event or a task.
func anyItemFrom(t *testing.T, text string) *Item {
	t.Helper()
	it, err := Decode(Calendar, Body{Type: "text/calendar", Data: []byte(strings.ReplaceAll(text, "\n", "\r\n"))})
	if err != nil {
		t.Fatal(err)
	}
	return it
}

// A loweredPhone is one that is sent vCalendar 1.0 and gives back all that it knows.
type loweredPhone struct {
	base, shadow *Item
	sent         Sent
	known        *Known
	holds        Capabilities
}

// rendered is what the phone is sent.
func (p *loweredPhone) rendered(t *testing.T) string {
	t.Helper()
	held, err := Render(p.base, VCalendar10, p.holds)
	if err != nil {
		t.Fatal(err)
	}
	return unfolded(held)
}

// sends merges what the phone sends into the base, which nobody else changed.
func (p *loweredPhone) sends(t *testing.T, text string) Merged {
	t.Helper()
	now := anyItemFrom(t, text)
	v := Version{Shadow: p.shadow, Now: now, Sent: p.sent, Known: p.known, Declares: Declaration{Takes: VCalendar10, Holds: p.holds}}
	p.known.Learn(text[:20], v)
	m := mustMerge(t, p.base, v, Version{Shadow: p.base}, First)
	p.known.Observe(now)
	p.sent = p.sent.With(now).Union(m.Echoed[0])
	p.base, p.shadow = m.Item, m.Shadow[0]
	return m
}

// wellKnown is a phone that is known to keep rules, times and alarms.
func wellKnown(t *testing.T, was *Item, style CalendarStyle) *loweredPhone {
	p := &loweredPhone{base: was, shadow: was, known: new(Known), holds: Capabilities{Calendar: style}}
	p.known.Observe(itemFrom(t, "BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\nUID:9\nSUMMARY:Tea\nDTSTART:20260310T100000Z\n"+
		"RRULE:FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20\nEXDATE:20260410T100000Z\nRDATE:20260411T100000Z\n"+
		"BEGIN:VALARM\nACTION:DISPLAY\nTRIGGER:-PT15M\nDESCRIPTION:"+strings.Repeat("x", 99)+"\nEND:VALARM\nEND:VEVENT\nEND:VCALENDAR\n"))
	return p
}

var loweredStyles = map[string]CalendarStyle{"UTC": {}, "local times": {Local: "Europe/Oslo"}, "elsewhere": {Local: "Europe/London"}, "since 2027": {Since: 2027}}

// The user's fear: the phone gives back what it was sent, or another title, and the rule of the series is gone for everybody.
func TestRule_5_2_WhatVCalendarCannotSayIsNoEdit(t *testing.T) {
	for _, c := range notSaid {
		for style, s := range loweredStyles {
			t.Run(c.name+", "+style, func(t *testing.T) {
				was := notSaidItem(t, c.name, c.text)
				p := wellKnown(t, was, s)
				text := p.rendered(t)
				for range 2 { // it is compared with what it was sent, and then with what it sent itself
					m := p.sends(t, text)
					if m.Conflict || m.Item.Fingerprint() != was.Fingerprint() {
						t.Fatalf("sent back\n%s\nit became\n%s", text, unfolded(m.Item))
					}
					if !SameHeld(m.Item, m.Shadow[0], VCalendar10, p.holds, p.known) {
						t.Error("the phone is sent again what it holds")
					}
				}
				p.sends(t, strings.Replace(text, "SUMMARY:Tea", "SUMMARY:Coffee", 1))
				if got, want := unfolded(p.base), strings.Replace(unfolded(was), "SUMMARY:Tea", "SUMMARY:Coffee", 1); got != want {
					t.Errorf("with another title\n%s\nit became\n%s\nof\n%s", text, got, want)
				}
				if len(p.known.Losses()) > 0 {
					t.Errorf("learned %v", p.known.Losses())
				}
			})
		}
	}
}

// Another title is all that an edit changes, also where the phone never sent the item before.
func TestRule_5_2_AFirstEditKeepsWhatVCalendarCannotSay(t *testing.T) {
	for _, c := range notSaid {
		t.Run(c.name, func(t *testing.T) {
			was := notSaidItem(t, c.name, c.text)
			p := wellKnown(t, was, CalendarStyle{})
			p.sends(t, strings.Replace(p.rendered(t), "SUMMARY:Tea", "SUMMARY:Coffee", 1))
			if got, want := unfolded(p.base), strings.Replace(unfolded(was), "SUMMARY:Tea", "SUMMARY:Coffee", 1); got != want {
				t.Errorf("became\n%s\nof\n%s", got, want)
			}
		})
	}
}

// What the phone's user does to the listed times of a rule is done to the series.
func TestRule_5_2_EditsOfListedTimes(t *testing.T) {
	const rule = "RRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1"
	for _, c := range []struct {
		name      string
		edit      []string
		has, no   []string
		firstTime bool // the phone had sent nothing of it before
	}{
		{"one left out", []string{"20260529T070000Z;", ""}, []string{rule, "EXDATE;TZID=Europe/Oslo:20260529T090000"}, []string{"RDATE"}, false},
		{"one missing that was never seen there", []string{"20260529T070000Z;", ""}, []string{rule}, []string{"RDATE", "EXDATE"}, true},
		{"all missing that were never seen there", []string{"RDATE", "X-PHONE"}, []string{rule}, []string{"RDATE", "EXDATE"}, true},
		{"one more", []string{"20260529T070000Z;", "20260529T070000Z;20260601T070000Z;"}, []string{rule, "RDATE;TZID=Europe/Oslo:20260601T090000"}, []string{"EXDATE"}, false},
		{"one moved", []string{"20260529T070000Z;", "20260528T070000Z;"},
			[]string{rule, "RDATE;TZID=Europe/Oslo:20260528T090000", "EXDATE;TZID=Europe/Oslo:20260529T090000"}, nil, false},
		{"an hour later", []string{"T070000Z", "T080000Z", "T080000Z", "T090000Z", "T090000Z", "T100000Z"},
			[]string{rule, "DTSTART;TZID=Europe/Oslo:20260310T100000", "DTEND;TZID=Europe/Oslo:20260310T110000"}, []string{"RDATE", "EXDATE"}, false},
		{"another rule", []string{"RDATE:", "RRULE:MP1 1+ TU #0\nX-PHONE:"}, []string{"RRULE:FREQ=MONTHLY;BYDAY=1TU"}, []string{"BYSETPOS", "RDATE"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := wellKnown(t, notSaidItem(t, c.name, loweredSeries+rule), CalendarStyle{})
			text := p.rendered(t)
			if !c.firstTime {
				p.sends(t, text)
			}
			edited := strings.NewReplacer(c.edit...).Replace(text)
			if edited == text {
				t.Fatalf("no edit of\n%s", text)
			}
			for range 2 {
				p.sends(t, edited)
				got := unfolded(p.base)
				for _, w := range c.has {
					if !strings.Contains(got, w) {
						t.Errorf("%s is not in\n%s", w, got)
					}
				}
				for _, w := range c.no {
					if strings.Contains(got, w) {
						t.Errorf("%s is in\n%s", w, got)
					}
				}
			}
		})
	}
}

// What the phone's user does to alarms is done to those that they became.
func TestRule_5_2_EditsOfLoweredAlarms(t *testing.T) {
	const atEnd = "BEGIN:VALARM\nACTION:AUDIO\nTRIGGER;RELATED=END:-PT5M\nATTACH;VALUE=URI:Chord\nEND:VALARM\n"
	const atTime = "BEGIN:VALARM\nACTION:EMAIL\nTRIGGER;VALUE=DATE-TIME:20260310T070000Z\nSUMMARY:mail\nDESCRIPTION:m\nATTENDEE:mailto:a@example.org\nEND:VALARM"
	for _, c := range []struct {
		name    string
		edit    []string
		has, no []string
	}{
		{"one added", []string{"END:VEVENT", "DALARM:20260310T073000Z;;;More\nEND:VEVENT"}, []string{atEnd, "mail", "DESCRIPTION:More"}, nil},
		{"one removed", []string{"MALARM", "X-PHONE"}, []string{atEnd}, []string{"mail", "ACTION:EMAIL"}},
		{"the meeting moved with its alarms", []string{"T080000Z", "T090000Z", "T090000Z", "T100000Z", "T085500Z", "T095500Z", "T070000Z", "T080000Z"},
			[]string{"TRIGGER:PT55M", "TRIGGER:-PT1H"}, []string{"20260310T070000Z"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := wellKnown(t, notSaidItem(t, c.name, loweredSeries+atEnd+atTime), CalendarStyle{})
			text := p.rendered(t)
			p.sends(t, text)
			p.sends(t, strings.NewReplacer(c.edit...).Replace(text))
			got := unfolded(p.base)
			for _, w := range c.has {
				if !strings.Contains(got, w) {
					t.Errorf("%s is not in\n%s", w, got)
				}
			}
			for _, w := range c.no {
				if strings.Contains(got, w) {
					t.Errorf("%s is in\n%s", w, got)
				}
			}
		})
	}
}

// Without a base, in a slow sync, the rule is that of the side that has it, and its times do not stand beside it.
func TestRule_7_3_AnImageIsTheItem(t *testing.T) {
	for _, c := range notSaid {
		for _, way := range []Winner{First, Second} {
			t.Run(c.name, func(t *testing.T) {
				was := notSaidItem(t, c.name, c.text)
				held := anyItemFrom(t, wellKnown(t, was, CalendarStyle{}).rendered(t))
				m := mustMerge(t, nil, Version{Now: was, Keeps: Keeps{All: true}}, Version{Now: held, Declares: Declaration{Takes: VCalendar10}}, way)
				if m.Conflict || m.Item.Fingerprint() != was.Fingerprint() {
					t.Errorf("conflict %v:\n%s\nof\n%s", m.Conflict, unfolded(m.Item), unfolded(was))
				}
			})
		}
	}
}

// A phone of which nothing is known yet is not learned to drop rules because its format cannot say some of them.
func TestRule_5_3_NothingIsLearnedOfWhatVCalendarCannotSay(t *testing.T) {
	p := &loweredPhone{known: new(Known)}
	for i, c := range notSaid {
		p.base = notSaidItem(t, c.name, c.text)
		p.shadow, p.sent = p.base, nil
		held := anyItemFrom(t, p.rendered(t))
		p.known.Learn(string(rune('a'+i)), Version{Shadow: p.shadow, Now: held, Known: p.known, Declares: Declaration{Takes: VCalendar10}})
	}
	if l := p.known.Losses(); len(l) > 0 {
		t.Errorf("learned %v", l)
	}
}

package dataclass

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-ical"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

// What go-ical refuses, garbles or panics at; here all of it is read.
func TestInputsThatOthersFailOn(t *testing.T) {
	march := func(d, h int) time.Time { return time.Date(2024, 3, d, h, 0, 0, 0, time.UTC) }
	phone := func(lines string) string {
		return "BEGIN:VCALENDAR\nVERSION:1.0\nBEGIN:VEVENT\nDTSTART:20240304T080000Z\nDTEND:20240304T090000Z\n" + lines + "\nEND:VEVENT\nEND:VCALENDAR\n"
	}
	for _, tt := range []struct {
		name, in string
		ok       func(Event) bool
	}{
		{"unknown properties and folds", eventOf("X-A;X-B=\"c;d\":e\\,f\n  g", "SUMMARY:a"), func(e Event) bool { return e.Text("X-A") == "e,f g" }},
		{"rule of vCalendar 1.0", phone("RRULE:W1 MO #0"), func(e Event) bool {
			return len(e.Rules()) == 1 && e.Rules()[0].String() == "FREQ=WEEKLY;BYDAY=MO"
		}},
		{"rule of vCalendar 1.0 with an end", phone("RRULE:D2 #4"), func(e Event) bool { return len(e.Rules()) == 1 && e.Rules()[0].Count == 4 }},
		{"DALARM", phone("DALARM:20240304T074500Z;;;soon"), func(e Event) bool {
			return len(e.Alarms()) == 1 && e.Alarms()[0].Text == "soon" && e.Alarms()[0].Action == "DISPLAY"
		}},
		{"AALARM", phone("AALARM;TYPE=WAVE:20240304T074500Z;;;"), func(e Event) bool { return len(e.Alarms()) == 1 && e.Alarms()[0].Offset == -15*time.Minute }},
		{"soft line break", phone("SUMMARY;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:bl=C3=A5=\nb=C3=A6r"), func(e Event) bool { return e.Summary() == "blåbær" }},
		{"bare parameter", phone("SUMMARY;QUOTED-PRINTABLE:a=3Db"), func(e Event) bool { return e.Summary() == "a=b" }},
		{"no colon", eventOf("DTSTART;TZID=x", "SUMMARY:a"), func(e Event) bool { return e.Start().IsZero() && e.Summary() == "a" }},
		{"text behind a quote", eventOf(`A;B="x"y:1`, "SUMMARY:a"), func(e Event) bool { return e.Text("A") == "1" && e.Summary() == "a" }},
		{"Windows name", eventOf("DTSTART;TZID=W. Europe Standard Time:20240304T090000"), func(e Event) bool { return e.Start().Time.Equal(march(4, 8)) }},
		{"Windows name in quotes", eventOf(`DTSTART;TZID="W. Europe Standard Time":20240304T090000`), func(e Event) bool { return e.Start().Time.Equal(march(4, 8)) }},
		{"list of EXDATE", eventOf("DTSTART:20240304T080000Z", "RRULE:FREQ=DAILY", "EXDATE:20240305T080000Z,20240306T080000Z"), func(e Event) bool {
			return len(e.ExceptionDates()) == 2 && e.ExceptionDates()[1].Time.Equal(march(6, 8))
		}},
		{"RDATE", eventOf("DTSTART:20240304T080000Z", "RDATE:20240305T080000Z", "RDATE;VALUE=DATE:20240306"), func(e Event) bool {
			l, err := e.Occurrences(march(1, 0), march(30, 0), 0)
			return err == nil && len(l) == 3
		}},
		{"byte order mark", "\xEF\xBB\xBF" + eventOf("SUMMARY:a"), func(e Event) bool { return e.Summary() == "a" }},
		{"Latin-1", eventOf("SUMMARY:bl\xE5"), func(e Event) bool { return e.Summary() == "blå" }},
		{"NUL", eventOf("SUMMARY:a\x00b"), func(e Event) bool { return e.Summary() != "" }},
		{"NULs behind", eventOf("SUMMARY:a") + "\x00\x00", func(e Event) bool { return e.Summary() == "a" }},
		{"no PRODID, no DTSTAMP, no UID", phone("SUMMARY:a"), func(e Event) bool { return len(e.Item().Body().Data) > 0 }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := mustEvent(t, tt.in)
			if !tt.ok(e) {
				t.Errorf("start %v, summary %q in\n%s", e.Start(), e.Summary(), e.Item().Body().Data)
			}
			readAll(e)
			e.Calendar()
			if _, err := Decode(Events, e.Item().Body()); err != nil {
				t.Errorf("not read again: %v", err)
			}
		})
	}
	for name, in := range map[string]string{
		"text behind":     eventOf("SUMMARY:a") + "x",
		"no event":        "BEGIN:VCALENDAR\nVERSION:2.0\nEND:VCALENDAR\n",
		"nested too deep": strings.Repeat("BEGIN:A\n", 100_000),
	} {
		if _, err := decodeCalendar(Calendar, []byte(in), Format{}); !errors.Is(err, ErrMalformed) && !errors.Is(err, ErrTooBig) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Decoding an event, reading all of it and encoding it takes fewer allocations than go-ical needs to decode and
// encode it.
func TestEventAllocations(t *testing.T) {
	data := []byte(benchEvent)
	ours := testing.AllocsPerRun(100, func() {
		it, err := Decode(Events, Body{Data: data})
		if err != nil {
			t.Fatal(err)
		}
		readAll(Event{entryOf(it)})
		it.Body()
	})
	theirs := testing.AllocsPerRun(100, func() {
		cal, err := ical.NewDecoder(bytes.NewReader(data)).Decode()
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := ical.NewEncoder(&out).Encode(cal); err != nil {
			t.Fatal(err)
		}
	})
	if ours >= theirs/2 {
		t.Errorf("%v allocations, go-ical %v", ours, theirs)
	}
}

// manyOf gives an event with n attendees, categories, dates and alarms.
func manyOf(n int) Event {
	root := newCalendar("VEVENT")
	c := root.Props[2].Comp
	put := func(name, value string) {
		c.Props = append(c.Props, contentline.Property{Name: name, Value: value})
	}
	put("DTSTART", "20240304T080000Z")
	day := time.Date(2024, 3, 4, 8, 0, 0, 0, time.UTC)
	for i := range n {
		id := day.AddDate(0, 0, i).Format("20060102T150405Z")
		put("ATTENDEE", "mailto:"+id+"@example.org")
		put("CATEGORIES", id)
		put("EXDATE", id)
		c.Props = append(c.Props, contentline.Property{Comp: &contentline.Component{Name: "VALARM", Props: []contentline.Property{{Name: "TRIGGER", Value: id}}}})
	}
	return Event{entryOf(&Item{class: Events, d: cal20, root: root})}
}

// Setters take memory that grows with the item, not with its square.
func TestSettersAreLinear(t *testing.T) {
	cost := func(n int) float64 {
		return testing.AllocsPerRun(2, func() {
			e := manyOf(n)
			a, c, x, l := e.Attendees(), e.Categories(), e.ExceptionDates(), e.Alarms()
			e.SetAttendees(a[1:])
			e.SetCategories(c[1:]...)
			e.SetExceptionDates(x[1:]...)
			e.SetAlarms(l[1:])
			if len(e.Attendees()) != n-1 || len(e.Categories()) != n-1 || len(e.ExceptionDates()) != n-1 || len(e.Alarms()) != n-1 {
				t.Fatal("not as many as wanted")
			}
		})
	}
	if small, big := cost(1000), cost(2000); big > 2.5*small {
		t.Errorf("%v allocations for 1000, %v for 2000", small, big)
	}
}

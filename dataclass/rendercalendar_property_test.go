package dataclass

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

var calendarLimitable = []string{"SUMMARY", "DESCRIPTION", "LOCATION", "X-OWN", "STATUS", "CATEGORIES", "ATTENDEE", "PRIORITY",
	"DTEND", "RRULE", "EXDATE", "DALARM", "AALARM", "VALARM", "CLASS", "URL"}

// drawCalendarCapabilities draws what a phone holds of events.
func drawCalendarCapabilities(t *rapid.T) Capabilities {
	b := func(label string) bool { return rapid.Bool().Draw(t, label) }
	c := Capabilities{NoEmpty: b("no empty"), Charset: rapid.SampledFrom([]string{"", "ISO-8859-1", "US-ASCII"}).Draw(t, "charset")}
	for range rapid.IntRange(0, 3).Draw(t, "limits") {
		l := Limit{Name: rapid.SampledFrom(calendarLimitable).Draw(t, "limited")}
		switch rapid.IntRange(0, 2).Draw(t, "how limited") {
		case 0:
			l.Never = l.Name != "DTEND" && l.Name != "RRULE" && l.Name != "EXDATE"
		case 1:
			l.Count = rapid.IntRange(1, 2).Draw(t, "count")
		case 2:
			l.Size, l.Whole = rapid.IntRange(6, 20).Draw(t, "size"), b("whole")
		}
		if l.Name != "EXDATE" && l.Name != "RRULE" && l.Name != "DTEND" {
			c.Limits = append(c.Limits, l)
		}
	}
	c.Losses = append(c.Losses, Loss{Name: rapid.SampledFrom(calendarLimitable[:4]).Draw(t, "lost"), Upper: b("upper"), Length: rapid.SampledFrom([]int{0, 5, 12}).Draw(t, "length")})
	c.Calendar = CalendarStyle{
		Local:         rapid.SampledFrom([]string{"", "", "Europe/Oslo", "America/New_York"}).Draw(t, "local"),
		AllDay:        rapid.SampledFrom([]string{"", "last-minute", "24h", "date"}).Draw(t, "all day"),
		EpocEntryType: b("epoc"), AlarmsUTC: b("alarms in UTC"), DisplayOnly: b("display only"),
		Since:           rapid.SampledFrom([]int{0, 1980}).Draw(t, "since"),
		ThreePriorities: b("three priorities"), PrefixCategories: b("prefix"),
	}
	return c
}

// drawRichEvent draws an event with more of what phones hold.
func drawRichEvent(t *rapid.T) *Item {
	m := drawEvent(t)
	for _, l := range []string{"PRIORITY:" + rapid.StringMatching("[1-7]").Draw(t, "priority"), "CLASS:PRIVATE", "CATEGORIES:MEETING,Birthday,own",
		"TRANSP:TRANSPARENT", "X-ALT:1"} {
		if rapid.Bool().Draw(t, l) {
			m.master = append(m.master, l)
		}
	}
	return drawnEvent(t, m)
}

// drawTask draws a task.
func drawTask(t *rapid.T) *Item {
	lines := []string{"SUMMARY:" + rapid.StringMatching("[a-zö]{1,20}").Draw(t, "summary")}
	for _, l := range []string{"DTSTART;TZID=Europe/Oslo:20240310T090000", "STATUS:IN-PROCESS", "PERCENT-COMPLETE:40", "PRIORITY:5",
		"CATEGORIES:MEETING,own", "DESCRIPTION:" + strings.Repeat("long ", 9), "X-OWN:1", "CLASS:PRIVATE", "RELATED-TO:2", "COMMENT:c"} {
		if rapid.Bool().Draw(t, l) {
			lines = append(lines, l)
		}
	}
	due := rapid.SampledFrom([]string{"", ";VALUE=DATE:20240315", ":20240315T120000Z", ";TZID=Europe/Oslo:20240331T120000", ":20240315T120000"}).Draw(t, "due")
	if due != "" {
		lines = append(lines, "DUE"+due)
		for i := range rapid.IntRange(0, 2).Draw(t, "alarms") {
			lines = append(lines, "BEGIN:VALARM", "ACTION:DISPLAY", fmt.Sprintf("TRIGGER;RELATED=END:-PT%dM", 5*(i+1)), "END:VALARM")
		}
	}
	text := "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example//EN\r\nBEGIN:VTODO\r\nUID:1\r\n" + join(lines) + "END:VTODO\r\nEND:VCALENDAR\r\n"
	it, err := Decode(Tasks, Body{Type: "text/calendar", Data: []byte(text)})
	if err != nil {
		t.Fatal(err)
	}
	return it
}

// drawHeldEvent draws an event or a task and what a phone holds of it.
func drawHeldEvent(t *rapid.T) (it, held *Item, f Format, c Capabilities) {
	if it = drawRichEvent(t); rapid.IntRange(0, 2).Draw(t, "task") == 0 {
		it = drawTask(t)
	}
	if rapid.IntRange(0, 3).Draw(t, "stored as 1.0") == 0 {
		old, err := it.Project(VCalendar10)
		if err != nil {
			t.Fatal(err)
		}
		it = again(t, old)
	}
	f = rapid.SampledFrom([]Format{VCalendar10, VCalendar10, ICalendar20}).Draw(t, "format")
	c = drawCalendarCapabilities(t)
	held, err := it.ProjectFor(f, c)
	if err != nil {
		t.Fatal(err)
	}
	return it, again(t, held), f, c
}

func TestProjectForOfEventsIsIdempotent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		it, held, f, c := drawHeldEvent(t)
		twice, err := held.ProjectFor(f, c)
		if err != nil || twice.Fingerprint() != held.Fingerprint() {
			t.Fatalf("%v: %+v: of\n%s\ngot\n%s\nthen\n%s", err, c, it.Body().Data, held.Body().Data, twice.Body().Data)
		}
	})
}

func TestNoEditChangesNothingOfEvents(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		it, held, _, c := drawHeldEvent(t)
		m := mustMerge(t, it, Version{Shadow: held, Now: again(t, held), Sent: drawSent(t, held)}, Version{Shadow: it}, drawWinner(t))
		if m.Item != it || m.Conflict || m.Lossy[1] {
			t.Fatalf("%+v: conflict %v, lossy %v: of\n%s\nheld\n%s\ngot\n%s", c, m.Conflict, m.Lossy, it.Body().Data, held.Body().Data, m.Item.Body().Data)
		}
	})
}

// drawEventProperty sets, adds or removes one property of an event that a side holds, or moves it.
// It gives the elements that this is about: alarms at a time of their own stay where they are.
func drawEventProperty(t *rapid.T, now *Item) (keys []string) {
	c := limited(now)[0]
	set := func(name, v string) {
		if p := c.Find(name); p != nil {
			p.Value = v
			return
		}
		c.Props = append(c.Props, contentline.Property{Name: name, Value: v})
	}
	remove := func(name string) {
		if c.Find(name) == nil {
			t.Skip("not there")
		}
		c.Props = slices.DeleteFunc(c.Props, func(p contentline.Property) bool { return p.Is(name) })
	}
	key := ""
	switch rapid.IntRange(0, 7).Draw(t, "edit") {
	case 0:
		key = rapid.SampledFrom([]string{"SUMMARY", "LOCATION", "DESCRIPTION", "X-OWN"}).Draw(t, "text")
		set(key, "zz")
	case 1:
		key = "PRIORITY"
		set(key, "8") // drawn are others, or images of them
	case 2:
		key = rapid.SampledFrom([]string{"LOCATION", "DESCRIPTION", "X-OWN", "URL"}).Draw(t, "removed")
		remove(key)
	case 3:
		key = "CATEGORIES"
		set(key, "Travel")
	case 4:
		key = "CLASS"
		set(key, "CONFIDENTIAL")
	case 5:
		key = "ATTENDEE"
		set(key, "mailto:new@example.org")
	case 6:
		key = "VALARM"
		c.Props = slices.DeleteFunc(c.Props, func(p contentline.Property) bool {
			return p.Is("AALARM") || p.Is("DALARM") || p.Comp != nil
		})
	case 7:
		if c.Find("RRULE") != nil || c.Find("RDATE") != nil {
			t.Skip("a series")
		}
		for _, name := range []string{"DTSTART", "DTEND", "DUE"} {
			if p := c.Find(name); p != nil {
				p.Value = strings.Replace(p.Value, "2024", "2028", 1)
			}
		}
		return []string{"DTSTART", "DTEND", "DUE", "VALARM"}
	}
	return []string{key}
}

func isAlarmLine(l string) bool {
	return strings.HasPrefix(l, "TRIGGER") || strings.HasPrefix(l, "ACTION") || strings.HasSuffix(l, ":VALARM\r\n") || strings.HasPrefix(l, "DURATION")
}

func TestOneEditChangesOnePropertyOfEvents(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		it, held, f, c := drawHeldEvent(t)
		now := again(t, held)
		keys := drawEventProperty(t, now)
		if fit, err := now.ProjectFor(f, c); err != nil || fit.Fingerprint() != now.Fingerprint() {
			t.Skip("not held")
		}
		now = again(t, now)
		m := mustMerge(t, it, Version{Shadow: held, Now: now, Sent: Sent(nil).With(held)}, Version{Shadow: it}, drawWinner(t))
		gone, come := changedElements(it, m.Item)
		report := func(what string) {
			t.Helper()
			t.Fatalf("%s after an edit of %q: %+v\nof\n%s\nheld\n%s\nnow\n%s\nmerged\n%s", what, keys, c, it.Body().Data, held.Body().Data, now.Body().Data, m.Item.Body().Data)
		}
		for _, e := range append(gone, come...) {
			if !slices.Contains(keys, e.key) || e.in.key != "" {
				report(e.key + " changed")
			}
		}
		if m.Conflict {
			report("a conflict")
		}
		if edited := now.Fingerprint() != held.Fingerprint(); edited != (m.Item != it) || edited != m.Lossy[1] {
			report("no edit")
		}
		text := string(m.Item.Body().Data)
		for l := range strings.SplitAfterSeq(string(it.Body().Data), "\r\n") {
			if it.d == cal10 { // the lines of an item that is merged in another dialect are written anew
				break
			}
			if name, _, _ := strings.Cut(l, ":"); !slices.Contains(keys, strings.Split(name, ";")[0]) && !isAlarmLine(l) && !strings.Contains(text, l) {
				report("a changed line: " + l)
			}
		}
	})
}

func TestApartAndSentReadAllDialects(t *testing.T) {
	it := event(t, "DTSTART:20240101T090000Z", "DTEND:20240101T100000Z", "SUMMARY:a", "BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:-PT5M", "END:VALARM")
	old, err := it.Project(VCalendar10)
	if err != nil {
		t.Fatal(err)
	}
	if n := Apart(it, old); n != 0 {
		t.Errorf("%d apart", n)
	}
	if Apart(it, nil) == 0 || Apart(nil, nil) != 0 {
		t.Error("nothing is apart from nothing only")
	}
	if s := Sent(nil).With(it); len(s) == 0 || len(s.With(old)) != len(s) || s.With(nil) == nil {
		t.Errorf("sent %d and %d", len(s), len(s.With(old)))
	}
}

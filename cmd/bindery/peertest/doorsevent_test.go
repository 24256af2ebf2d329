package peertest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-sync/bindery/sources/xmltree"
)

// exceptional is the slot of the title of a series' exception.
const exceptional = "etitle"

// The events by their numbers: at an instant, whole days, at a time in a zone, a series in a zone with an exception and a
// time that is left out, whole days of every year.
const (
	atInstant = iota
	wholeDays
	inZone
	weekly
	yearly
	sorts
)

// events are a calendar. All have a note: SyncEvolution sends the title for one that is missing. Phones take one component as an item: they do not have the exception, and its time is left out. A
// GData client does not see the zone of what takes place once; it cannot enter exceptions together with their series.
var events = &book{
	class: "Events", suffix: ".ics", database: "calendar", pair: "entries", collection: "events", home: "calendars",
	feed: "/calendar/feeds/default/private/full", version: "2.0",
	all: []string{"title", "note", "start", exceptional, "x"}, empty: []string{"x"}, instead: "title",
	slots: func(n int) []string {
		return [sorts][]string{{"title", "note", "start", "x"}, {"title", "note", "start", "x"}, {"title", "note", "start", "x"},
			{"title", "note", exceptional, "x"}, {"title", "note", "x"}}[n%sorts]
	},
	value: startOf, text: eventOf, edited: editedEvent, look: lookAtEvent, entry: eventEntry, set: setEventEntry, says: eventEntrySays,
	lacks:    [4][]string{{"X-", "E ", "EXDATE"}, nil, nil, {"X-"}},
	unedited: [4][]string{{"x", exceptional}, nil, nil, {"x"}},
	foreign:  func(door, n int) bool { return door != 1 && door != 2 && n%sorts == weekly },
}

const berlin = "BEGIN:VTIMEZONE\nTZID:Europe/Berlin\nBEGIN:DAYLIGHT\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0200\nTZNAME:CEST\nDTSTART:19700329T020000\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\nEND:DAYLIGHT\n" +
	"BEGIN:STANDARD\nTZOFFSETFROM:+0200\nTZOFFSETTO:+0100\nTZNAME:CET\nDTSTART:19701025T030000\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\nEND:STANDARD\nEND:VTIMEZONE"

const (
	utcForm   = "20060102T150405Z"
	localForm = "20060102T150405"
	dayForm   = "20060102"
)

// startOf is valueOf for events: they begin on a day of their own, at the same time.
func startOf(slot string, n, k int) string {
	if slot != "start" {
		return valueOf(slot, k)
	}
	day := time.Date(2027, 1, 1, 10, 0, 0, 0, time.UTC).AddDate(0, 0, k)
	if n%sorts == wholeDays {
		return day.Format(dayForm)
	}
	return day.Format(utcForm)
}

func zoneOf(tzid string) *time.Location {
	loc, err := time.LoadLocation(strings.Trim(tzid, `"`))
	if err != nil {
		return time.UTC
	}
	return loc
}

// times writes when an event begins and ends: an hour later, or two days.
func times(n int, start string) []string {
	at, err := time.Parse(utcForm, start)
	if err != nil {
		day, _ := time.Parse(dayForm, start) // else the year 1
		return []string{"DTSTART;VALUE=DATE:" + start, "DTEND;VALUE=DATE:" + day.AddDate(0, 0, 2).Format(dayForm)}
	}
	if n%sorts == atInstant {
		return []string{"DTSTART:" + start, "DTEND:" + at.Add(time.Hour).Format(utcForm)}
	}
	local := at.In(zoneOf("Europe/Berlin"))
	const head = ";TZID=Europe/Berlin:"
	return []string{"DTSTART" + head + local.Format(localForm), "DTEND" + head + local.Add(time.Hour).Format(localForm)}
}

// repeats gives the lines of a series, which begins where nobody moves it.
func repeats(n int) []string {
	switch n % sorts {
	case weekly:
		return append(times(n, "20270303T090000Z"), "RRULE:FREQ=WEEKLY;UNTIL=20270630T080000Z", "EXDATE;TZID=Europe/Berlin:20270407T100000")
	case yearly:
		return append(times(n, "20270505"), "RRULE:FREQ=YEARLY")
	}
	return nil
}

func eventOf(n int, have map[string]string) []byte {
	head := []string{fmt.Sprintf("UID:event-%d", n), "DTSTAMP:20260101T000000Z", fmt.Sprintf("LOCATION:person%d@example.org", n)}
	lines := []string{"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Example//Doors//EN"}
	if n%sorts == inZone || n%sorts == weekly {
		lines = append(lines, strings.Split(berlin, "\n")...)
	}
	lines = append(append(append(lines, "BEGIN:VEVENT"), head...), repeats(n)...)
	for _, s := range []string{"title", "note", "x"} {
		if have[s] != "" {
			lines = append(lines, eventLine(s, have[s]))
		}
	}
	if have["start"] != "" {
		lines = append(lines, times(n, have["start"])...)
	}
	lines = append(lines, "END:VEVENT")
	if n%sorts == weekly {
		const head2 = ";TZID=Europe/Berlin:20270317T"
		lines = append(append(append(lines, "BEGIN:VEVENT"), head...), "RECURRENCE-ID"+head2+"100000", "DTSTART"+head2+"120000", "DTEND"+head2+"140000", eventLine("title", have[exceptional]), "END:VEVENT")
	}
	return joinCard(append(lines, "END:VCALENDAR"))
}

func eventLine(slot, value string) string {
	return map[string]string{"title": "SUMMARY", "note": "DESCRIPTION", "x": "X-ODD"}[slot] + ":" + escape.Replace(value)
}

// lookAtEvent reads an event.
func lookAtEvent(text string) who {
	w := who{Slots: map[string]string{}}
	var part []string
	for _, line := range splitCard(text) {
		switch line {
		case "BEGIN:VEVENT":
			part = []string{}
		case "END:VEVENT":
			one := readEvent(part)
			if slices.ContainsFunc(part, func(l string) bool { return strings.HasPrefix(l, "RECURRENCE-ID") }) {
				w.except(one)
			} else {
				for s, v := range one.Slots {
					w.Slots[s] = v
				}
				w.Rest = append(w.Rest, one.Rest...)
			}
		default:
			if part != nil {
				part = append(part, line)
			}
		}
	}
	slices.Sort(w.Rest)
	return w
}

// except adds an exception.
func (w *who) except(one who) {
	w.Slots[exceptional] = one.Slots["title"]
	for _, r := range one.Rest {
		if !strings.HasPrefix(r, "EMAIL") {
			w.Rest = append(w.Rest, "E "+r)
		}
	}
	slices.Sort(w.Rest)
}

// textNames are the texts of an entry, and what a card calls them.
var textNames = map[string]string{"SUMMARY": "TITLE", "DESCRIPTION": "NOTE", "X-ODD": "X-ODD"}

// readEvent reads the lines of one component.
func readEvent(lines []string) who {
	w := who{Slots: map[string]string{}}
	at := map[string]string{}
	for _, line := range lines {
		head, value, _ := strings.Cut(line, ":")
		name, kind, parts := readLine(line)
		switch name {
		case "SUMMARY", "DESCRIPTION", "X-ODD":
			w.take(textNames[name], kind, parts)
		case "LOCATION":
			w.Rest = append(w.Rest, "EMAIL HOME "+parts[0])
		case "DTSTART", "DTEND":
			at[name] = instant(head, value)
		case "RRULE":
			w.Rest = append(w.Rest, "RRULE "+strings.ReplaceAll(value, ";INTERVAL=1", ""))
		case "EXDATE", "RECURRENCE-ID":
			for v := range strings.SplitSeq(value, ",") {
				w.Rest = append(w.Rest, name+" "+instant(head, v))
			}
		}
	}
	w.placed(at["DTSTART"], at["DTEND"], slices.ContainsFunc(lines, func(l string) bool { return strings.HasPrefix(l, "RRULE") || strings.HasPrefix(l, "RECURRENCE-ID") }))
	return w
}

// placed tells when an event takes place.
func (w *who) placed(start, end string, fixed bool) {
	length := "?"
	for _, form := range []string{utcForm, dayForm} {
		a, errA := time.Parse(form, start)
		b, errB := time.Parse(form, end)
		if errA == nil && errB == nil {
			length = b.Sub(a).String()
		}
	}
	w.Rest = append(w.Rest, "LENGTH "+length)
	if fixed {
		w.Rest = append(w.Rest, "START "+start)
	} else {
		w.Slots["start"] = start
	}
	slices.Sort(w.Rest)
}

// instant gives a time in UTC, and a day as it is.
func instant(head, value string) string {
	_, tzid, ok := strings.Cut(head, "TZID=")
	if !ok {
		return value
	}
	tzid, _, _ = strings.Cut(tzid, ";")
	at, err := time.ParseInLocation(localForm, value, zoneOf(tzid))
	if err != nil {
		return value
	}
	return at.UTC().Format(utcForm)
}

// editedEvent gives an event with another value in a slot.
func editedEvent(text, slot, value string, n int) []byte {
	var lines []string
	if slot == "start" {
		lines = times(n, value)
	} else if value != "" {
		lines = []string{eventLine(strings.TrimPrefix(slot, "e"), value)}
	}
	names := map[string][]string{"start": {"DTSTART", "DTEND", "DURATION"}, "title": {"SUMMARY"}, exceptional: {"SUMMARY"}, "note": {"DESCRIPTION"}, "x": {"X-ODD"}}[slot]
	all := splitCard(text)
	var out []string
	for i := 0; i < len(all); i++ {
		if all[i] != "BEGIN:VEVENT" {
			out = append(out, all[i])
			continue
		}
		end := i + slices.Index(all[i:], "END:VEVENT")
		part := all[i:end]
		if isOne := slices.ContainsFunc(part, func(l string) bool { return strings.HasPrefix(l, "RECURRENCE-ID") }); isOne == (slot == exceptional) {
			part = slices.DeleteFunc(slices.Clone(part), func(l string) bool {
				name, _, _ := strings.Cut(strings.ToUpper(l), ":")
				name, _, _ = strings.Cut(name, ";")
				return slices.Contains(names, name)
			})
			part = append(part, lines...)
		}
		out = append(append(out, part...), "END:VEVENT")
		i = end
	}
	return joinCard(withZoneOf(out, n))
}

// withZoneOf adds the zone that times have, if it is not there.
func withZoneOf(lines []string, n int) []string {
	if n%sorts != inZone || slices.Contains(lines, "TZID:Europe/Berlin") {
		return lines
	}
	i := slices.Index(lines, "BEGIN:VEVENT")
	return slices.Insert(lines, i, strings.Split(berlin, "\n")...)
}

const nsCal = "http://schemas.google.com/gCal/2005"

// eventEntry is what the event with the number n is without a value in any slot.
func eventEntry(n int) *xmltree.Element {
	e := xmltree.New(nsAtom, "entry").Add(
		xmltree.New(nsGD, "where").SetAttr("", "valueString", fmt.Sprintf("person%d@example.org", n)),
		xmltree.New(nsCal, "uid").SetAttr("", "value", fmt.Sprintf("event-%d", n)))
	if lines := repeats(n); lines != nil {
		e.Add(xmltree.New(nsGD, "recurrence", xmltree.Text(strings.Join(lines, "\n"))))
	}
	return e
}

// setEventEntry gives an entry another value in a slot.
func setEventEntry(e *xmltree.Element, slot, value string, n int) {
	switch slot {
	case "title":
		setChild(e, "title", value)
	case "note":
		e.Nodes = slices.DeleteFunc(e.Nodes, func(c xmltree.Node) bool { return c.Elem != nil && c.Elem.Local == "content" && value == "" })
		if value != "" {
			setChild(e, "content", value)
		}
	case "start":
		w := e.Child("when")
		if w == nil {
			w = xmltree.New(nsGD, "when")
			e.Add(w)
		}
		at, err := time.Parse(utcForm, value)
		if err != nil {
			day, _ := time.Parse(dayForm, value) // else the year 1
			w.SetAttr("", "startTime", day.Format(time.DateOnly)).SetAttr("", "endTime", day.AddDate(0, 0, 2).Format(time.DateOnly))
			return
		}
		w.SetAttr("", "startTime", at.Format(time.RFC3339)).SetAttr("", "endTime", at.Add(time.Hour).Format(time.RFC3339))
	}
}

// eventEntrySays reads an entry as lookAtEvent reads an event.
func eventEntrySays(e *xmltree.Element) who {
	w := who{Slots: map[string]string{}}
	if r := e.Child("recurrence"); r != nil {
		var lines []string
		for _, l := range splitCard(r.Text()) {
			if l == "BEGIN:VTIMEZONE" {
				break
			}
			lines = append(lines, l)
		}
		w = readEvent(lines)
	} else {
		w.placed(whenSays(e.Child("when").Attr("", "startTime")), whenSays(e.Child("when").Attr("", "endTime")), e.Child("originalEvent") != nil)
	}
	for slot, local := range map[string]string{"title": "title", "note": "content"} {
		if t := e.Child(local).Text(); t != "" {
			w.Slots[slot] = t
		}
	}
	if o := e.Child("originalEvent"); o != nil {
		w.Rest = append(w.Rest, "RECURRENCE-ID "+whenSays(o.Child("when").Attr("", "startTime")))
	}
	w.Rest = append(w.Rest, "EMAIL HOME "+e.Child("where").Attr("", "valueString"))
	slices.Sort(w.Rest)
	return w
}

func whenSays(s string) string {
	if at, err := time.Parse(time.RFC3339, s); err == nil {
		return at.UTC().Format(utcForm)
	}
	return strings.ReplaceAll(s, "-", "")
}

// An event says what was entered, as a text and as an entry, and after edits.
func TestDoorsEvent(t *testing.T) {
	for n := range sorts {
		have := map[string]string{}
		e := eventEntry(n)
		for i, s := range events.slots(n) {
			have[s] = startOf(s, n, 100+i)
			setEventEntry(e, s, have[s], n)
		}
		w := lookAtEvent(string(eventOf(n, have)))
		if diff := cmp.Diff(have, w.Slots); diff != "" || w.numberOf() != n {
			t.Errorf("number %d:\n%s", w.numberOf(), diff)
		}
		if diff := cmp.Diff(w.within("X-"), eventEntrySays(e)); diff != "" && n%sorts != weekly {
			t.Errorf("%d: the entry: %s", n, diff)
		}
		for i, s := range events.slots(n) {
			have[s] = startOf(s, n, 200+i)
			got := lookAtEvent(string(editedEvent(string(eventOf(n, w.Slots)), s, have[s], n)))
			if got.Slots[s] != have[s] || !cmp.Equal(got.Rest, w.Rest) {
				t.Errorf("%d: %s: %v", n, s, got)
			}
		}
	}
	for _, lines := range []string{"X-ODD:1\nX-ODD:2", "X-ODD:2\nX-ODD:1"} {
		if got := lookAtEvent("BEGIN:VEVENT\nSUMMARY:A\nSUMMARY:B\n" + lines + "\nEND:VEVENT"); got.Slots["x"] != "1 | 2" || got.Slots["title"] != "A" || !slices.Contains(got.Rest, "TITLE B") {
			t.Errorf("two values: %v", got)
		}
	}
}

// TestFourDoorsToACalendar is TestFourDoors with events.
func TestFourDoorsToACalendar(t *testing.T) { playDoors(t, events) }

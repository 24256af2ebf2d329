package dataclass

import (
	"strings"
	"testing"
)

// oneEntry is a device that knows one component in an item.
var oneEntry = Capabilities{Calendar: CalendarStyle{OneEntry: true}}

// A weekly meeting of an hour is written for a device that knows one component in an item, with these exceptions.
func TestOneEntry(t *testing.T) {
	const oslo = ";TZID=Europe/Oslo:"
	exception := func(id, start, end, more string) string {
		return "BEGIN:VEVENT\nUID:1\nRECURRENCE-ID" + id + "\nDTSTART" + oslo + start + "\nDTEND" + oslo + end + "\n" + more + "END:VEVENT\n"
	}
	const title, later = "SUMMARY:Tea\n", ";RANGE=THISANDFUTURE"
	const rule = "RRULE:FREQ=WEEKLY"
	for _, c := range []struct{ name, rule, exceptions, want string }{
		{"none", rule, "", rule},
		{"moved", rule, exception(oslo+"20240311T090000", "20240311T110000", "20240311T120000", title),
			rule + "\nRDATE" + oslo + "20240311T110000\nEXDATE" + oslo + "20240311T090000"},
		{"moved under another title", rule + ";COUNT=9\nEXDATE" + oslo + "20240318T090000", exception(oslo+"20240311T090000", "20240311T110000", "20240311T120000", "SUMMARY:Cake\n"),
			rule + ";COUNT=9\nEXDATE" + oslo + "20240318T090000\nEXDATE" + oslo + "20240311T090000"},
		{"in UTC", rule, exception(":20240311T080000Z", "20240311T110000", "20240311T120000", "SUMMARY:Cake\n"), rule + "\nEXDATE" + oslo + "20240311T090000"},
		{"in another place", rule, exception(oslo+"20240311T090000", "20240311T090000", "20240311T100000", title+"LOCATION:Roof\n"), rule},
		{"all later ones longer", rule + ";COUNT=5", exception(later+oslo+"20240325T090000", "20240325T090000", "20240325T110000", title),
			rule + ";UNTIL=20240325T075959Z\nEXDATE" + oslo + "20240325T090000"},
		{"all later ones renamed", rule, exception(later+oslo+"20240325T090000", "20240325T090000", "20240325T100000", "SUMMARY:Cake\n"), rule},
	} {
		t.Run(c.name, func(t *testing.T) {
			const head, foot = "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//T//EN\nBEGIN:VEVENT\nUID:1\nDTSTAMP:20240101T000000Z\n" + title + "DTSTART" + oslo + "20240304T090000\nDTEND" + oslo + "20240304T100000\n", "\nEND:VEVENT\n"
			it := itemFrom(t, head+c.rule+foot+c.exceptions+"END:VCALENDAR\n")
			for range 2 { // the second time there is nothing to do
				out, err := Render(it, ICalendar20, oneEntry)
				if err != nil {
					t.Fatal(err)
				}
				if got, want := unfolded(out), head+c.want+foot+"END:VCALENDAR\n"; got != want {
					t.Errorf("%s\nwant\n%s", got, want)
				}
				it = out
			}
		})
	}
}

func itemFrom(t *testing.T, text string) *Item {
	t.Helper()
	it, err := Decode(Events, Body{Type: "text/calendar;version=2.0", Data: []byte(text)})
	if err != nil {
		t.Fatal(err)
	}
	return it
}

func unfolded(it *Item) string {
	return strings.NewReplacer("\r\n ", "", "\r\n", "\n").Replace(string(it.Body().Data))
}

// What has no series, or several exceptions of none, is one component as well, and a vCalendar 1.0 is as it was.
func TestOneEntryOfOthers(t *testing.T) {
	alone := "BEGIN:VEVENT\nUID:1\nRECURRENCE-ID:20240311T080000Z\nDTSTART:20240311T090000Z\nEND:VEVENT\n"
	text := "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//T//EN\n" + alone + strings.ReplaceAll(alone, "0311T", "0318T") + "END:VCALENDAR\n"
	out, err := Render(itemFrom(t, text), ICalendar20, oneEntry)
	if err != nil {
		t.Fatal(err)
	}
	if got := unfolded(out); strings.Count(got, "BEGIN:VEVENT") != 1 || !strings.Contains(got, "20240311T080000Z") {
		t.Errorf("%s", got)
	}
	a, err := Render(itemFrom(t, text), VCalendar10, Capabilities{})
	if err != nil {
		t.Fatal(err)
	}
	for _, it := range []*Item{a, itemFrom(t, text)} {
		b, err := Render(it, VCalendar10, oneEntry)
		if err != nil {
			t.Fatal(err)
		}
		if unfolded(a) != unfolded(b) {
			t.Errorf("%s\nbecame\n%s", unfolded(a), unfolded(b))
		}
	}
}

// The user's fear: a phone that knows one component in an item edits a series, and its exceptions are gone everywhere.
func TestRule_5_2_APhoneThatKnowsOneEntryEditsASeries(t *testing.T) {
	const rule, band = "RRULE:FREQ=WEEKLY;COUNT=9", "SUMMARY:Band\nRECURRENCE-ID:20240311T090000Z\nDTSTART:20240311T120000Z"
	series := func(rule, exception string) string {
		return "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//T//EN\nBEGIN:VEVENT\nUID:1\nSUMMARY:Choir\nDTSTART:20240304T090000Z\nDTEND:20240304T100000Z\n" + rule +
			"\nEXDATE:20240318T090000Z\nEND:VEVENT\nBEGIN:VEVENT\nUID:1\n" + exception + "\nEND:VEVENT\nEND:VCALENDAR\n"
	}
	another := series(rule, band+"\nDTEND:20240311T140000Z")
	moved := series(rule, "SUMMARY:Choir\nRECURRENCE-ID:20240311T090000Z\nDTSTART:20240311T120000Z\nDTEND:20240311T130000Z")
	elsewhere := series(rule, "SUMMARY:Choir\nLOCATION:Roof\nRECURRENCE-ID:20240311T090000Z\nDTSTART:20240311T090000Z\nDTEND:20240311T100000Z")
	longer := series(rule, "SUMMARY:Choir\nRECURRENCE-ID;RANGE=THISANDFUTURE:20240311T090000Z\nDTSTART:20240311T090000Z\nDTEND:20240311T120000Z")
	title := []string{"Choir", "Chorus"}
	for _, c := range []struct {
		name, was string
		edit      []string // old and new texts of what the phone holds
		has, no   []string
		told      bool // the phone is told what comes of it: the exception has another title than the series now
	}{
		{"the title of one with another exception", another, title, []string{"SUMMARY:Chorus", band, "COUNT=9", "EXDATE:20240318T090000Z"}, []string{"EXDATE:20240311", "RDATE"}, false},
		{"the title of one with a moved time", moved, title, []string{"SUMMARY:Chorus", "SUMMARY:Choir\nRECURRENCE-ID", "COUNT=9"}, []string{"EXDATE:20240311", "RDATE"}, true},
		{"the title of one with another place", elsewhere, title, []string{"SUMMARY:Chorus", "LOCATION:Roof", "COUNT=9"}, []string{"EXDATE:20240311", "RDATE"}, true},
		{"the title of one that is longer from then on", longer, title, []string{"SUMMARY:Chorus", "RANGE=THISANDFUTURE:20240311", "COUNT=9"}, []string{"EXDATE:20240311", "RDATE"}, false},
		{"a time is left out", another, []string{"EXDATE:20240318T090000Z", "EXDATE:20240325T090000Z\nEXDATE:20240318T090000Z"}, []string{band, "EXDATE:20240325T090000Z"}, []string{"EXDATE:20240311"}, false},
		{"the exception is left out", elsewhere, []string{"EXDATE:20240318T090000Z", "EXDATE:20240311T090000Z\nEXDATE:20240318T090000Z"}, []string{"EXDATE:20240311T090000Z"}, []string{"Roof"}, false},
		{"the moved time is left out", moved, []string{"EXDATE:20240318T090000Z", "EXDATE:20240311T120000Z\nEXDATE:20240318T090000Z"}, []string{"EXDATE:20240311T090000Z"}, []string{"RECURRENCE-ID", "RDATE", "20240311T120000Z"}, true},
		{"an hour later", another, []string{"T090000Z", "T110000Z", "T100000Z", "T120000Z"}, []string{"RECURRENCE-ID:20240311T110000Z", "DTSTART:20240311T120000Z", "EXDATE:20240318T110000Z"}, []string{"EXDATE:20240311", "T090000Z"}, false},
	} {
		for _, f := range []Format{VCalendar10, ICalendar20} {
			t.Run(f.Type+" "+c.name, func(t *testing.T) {
				got, told := editedOn(t, f, itemFrom(t, c.was), strings.NewReplacer(c.edit...))
				if told != c.told {
					t.Errorf("told %v", told)
				}
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
}

// A device that keeps rules and sends one event of a series has no exceptions of it either.
func TestOneEntryIsNoSeriesAnyMore(t *testing.T) {
	was := itemFrom(t, "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//T//EN\nBEGIN:VEVENT\nUID:1\nSUMMARY:Choir\nDTSTART:20240304T090000Z\nRRULE:FREQ=WEEKLY\n"+
		"END:VEVENT\nBEGIN:VEVENT\nUID:1\nSUMMARY:Band\nRECURRENCE-ID:20240311T090000Z\nDTSTART:20240311T120000Z\nEND:VEVENT\nEND:VCALENDAR\n")
	got, _ := editedOn(t, ICalendar20, was, strings.NewReplacer("RRULE:FREQ=WEEKLY\n", "", "EXDATE:20240311T090000Z\n", ""))
	if strings.Contains(got, "RRULE") || strings.Contains(got, "Band") || !strings.Contains(got, "Choir") {
		t.Errorf("%s", got)
	}
}

// editedOn gives what an item is after it was edited on a phone of the format, which sends it twice, and whether the phone
// is to be told what came of it.
func editedOn(t *testing.T, f Format, was *Item, edit *strings.Replacer) (is string, told bool) {
	t.Helper()
	held, err := Render(was, f, oneEntry)
	if err != nil {
		t.Fatal(err)
	}
	// The edits are in the words of iCalendar.
	now, err := itemFrom(t, edit.Replace(strings.ReplaceAll(unfolded(held.neutral()), "20240311T090000Z,20240318T090000Z", "20240311T090000Z\nEXDATE:20240318T090000Z"))).Project(f)
	if err != nil {
		t.Fatal(err)
	}
	k := &Known{}
	k.Declares(oneEntry)
	k.Observe(held.neutral())
	shadow, base, sent := was, was, Sent(nil).With(held.neutral())
	for range 2 {
		v := Version{Shadow: shadow, Now: now, Known: k, Sent: sent, Declares: Declaration{Takes: f, Holds: oneEntry}}
		m, err := Merge3(base, Version{Shadow: base}, v, Second)
		if err != nil {
			t.Fatal(err)
		}
		told = !SameHeld(m.Item, m.Shadow[1], f, oneEntry, k)
		if base != was && m.Item.Fingerprint() != base.Fingerprint() {
			t.Errorf("the second time it became\n%s", unfolded(m.Item))
		}
		base, shadow = m.Item, m.Shadow[1]
	}
	return unfolded(base), told
}

// Without a base, in a slow sync, the exceptions are those of the side that has them.
func TestOneEntryInASlowSync(t *testing.T) {
	was := itemFrom(t, "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//T//EN\nBEGIN:VEVENT\nUID:1\nSUMMARY:Choir\nDTSTART:20240304T090000Z\nDTEND:20240304T100000Z\n"+
		"RRULE:FREQ=WEEKLY;COUNT=9\nEND:VEVENT\nBEGIN:VEVENT\nUID:1\nSUMMARY:Band\nRECURRENCE-ID:20240311T090000Z\nDTSTART:20240311T120000Z\nDTEND:20240311T140000Z\nEND:VEVENT\nEND:VCALENDAR\n")
	for _, f := range []Format{VCalendar10, ICalendar20} {
		for _, winner := range []Winner{First, Second} {
			held, err := Render(was, f, oneEntry)
			if err != nil {
				t.Fatal(err)
			}
			m, err := Merge3(nil, Version{Now: was}, Version{Now: held, Declares: Declaration{Takes: f, Holds: oneEntry}}, winner)
			if err != nil {
				t.Fatal(err)
			}
			if got := unfolded(m.Item); strings.Contains(got, "EXDATE") || !strings.Contains(got, "SUMMARY:Band") {
				t.Errorf("%v, winner %v:\n%s", f, winner, got)
			}
		}
	}
}

// The user's fear: his phone sent a series with a meeting that was moved, and when somebody edits the series elsewhere the
// moved meeting disappears from the phone.
func TestAPhoneThatSendsExceptionsIsSentThem(t *testing.T) {
	was := itemFrom(t, "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//T//EN\nBEGIN:VEVENT\nUID:1\nSUMMARY:Choir\nDTSTART:20240304T090000Z\nDTEND:20240304T100000Z\n"+
		"RRULE:FREQ=WEEKLY;COUNT=9\nEND:VEVENT\nBEGIN:VEVENT\nUID:1\nSUMMARY:Band\nRECURRENCE-ID:20240311T090000Z\nDTSTART:20240311T120000Z\nDTEND:20240311T140000Z\nEND:VEVENT\nEND:VCALENDAR\n")
	lone := itemFrom(t, "BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\nUID:1\nRECURRENCE-ID:20240311T090000Z\nDTSTART:20240311T120000Z\nEND:VEVENT\nEND:VCALENDAR\n")
	old, err := was.Project(VCalendar10)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		sent []*Item
		want bool
	}{
		{"nothing", nil, false},
		{"a series with an exception", []*Item{was}, true},
		{"a series without its exceptions", []*Item{was.oneEntry()}, false},
		{"an exception without its series", []*Item{lone}, false},
		{"in vCalendar 1.0", []*Item{old}, false},
		{"first without, then with", []*Item{was.oneEntry(), was}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			k := &Known{}
			for _, it := range c.sent {
				k.Observe(it)
			}
			data, err := k.MarshalJSON()
			if err != nil {
				t.Fatal(err)
			}
			if k, err = ParseKnown(data); err != nil {
				t.Fatal(err)
			}
			held, err := Render(was, ICalendar20, oneEntry.Corrected(k))
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Contains(unfolded(held), "Band"); got != c.want {
				t.Errorf("sent what it knows: %v, instead of %v", got, c.want)
			}
			if SameHeld(was, was.oneEntry(), ICalendar20, oneEntry, k) == c.want {
				t.Error("the engine reckons with something else")
			}
		})
	}
}

// What it was sent without exceptions before, and edits then, keeps them.
func TestAPhoneThatSendsExceptionsKeepsThoseOfOthers(t *testing.T) {
	was := itemFrom(t, "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//T//EN\nBEGIN:VEVENT\nUID:1\nSUMMARY:Choir\nDTSTART:20240304T090000Z\nDTEND:20240304T100000Z\n"+
		"RRULE:FREQ=WEEKLY;COUNT=9\nEND:VEVENT\nBEGIN:VEVENT\nUID:1\nSUMMARY:Band\nRECURRENCE-ID:20240311T090000Z\nDTSTART:20240311T120000Z\nDTEND:20240311T140000Z\nEND:VEVENT\nEND:VCALENDAR\n")
	k := &Known{}
	k.Observe(was)
	now := itemFrom(t, strings.Replace(unfolded(was.oneEntry()), "Choir", "Chorus", 1))
	m, err := Merge3(was, Version{Shadow: was, Now: now, Known: k, Declares: Declaration{Takes: ICalendar20, Holds: oneEntry}}, Version{Shadow: was}, First)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := unfolded(m.Item), strings.Replace(unfolded(was), "Choir", "Chorus", 1); got != want {
		t.Errorf("became\n%s\ninstead of\n%s", got, want)
	}
}

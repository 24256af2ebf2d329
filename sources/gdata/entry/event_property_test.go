package entry

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/dataclass/recur"
	"github.com/bindery-sync/bindery/dataclass/zone"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// places are zones that change their clocks in spring and in autumn of both hemispheres, by an hour and by half an
// hour, that gave it up, and that never did.
var places = rapid.SampledFrom([]string{"Europe/Oslo", "America/New_York", "Australia/Sydney", "America/Santiago", "Australia/Lord_Howe",
	"Pacific/Auckland", "America/Sao_Paulo", "Asia/Kolkata", "Africa/Casablanca", "Asia/Tehran", "UTC"})

// drawWhen draws a time, often within a day of a change of the clock.
func drawWhen(t *rapid.T) dataclass.When {
	name := places.Draw(t, "zone")
	z, _ := zone.Named(name)
	at := time.Unix(rapid.Int64Range(1577836800, 1893456000).Draw(t, "time")/900*900, 0).In(z.Location())
	if _, until := at.ZoneBounds(); !until.IsZero() && rapid.Bool().Draw(t, "near a change") {
		at = until.Add(time.Duration(rapid.IntRange(-96, 96).Draw(t, "quarters")) * 15 * time.Minute)
	}
	switch rapid.IntRange(0, 5).Draw(t, "sort") {
	case 0:
		return dataclass.When{Time: at.UTC()}
	case 1:
		y, m, d := at.Date()
		h, mi, s := at.Clock()
		return dataclass.When{Time: time.Date(y, m, d, h, mi, s, 0, time.UTC), Floating: true}
	case 2:
		y, m, d := at.Date()
		return dataclass.When{Time: time.Date(y, m, d, 0, 0, 0, 0, time.UTC), Date: true}
	}
	return dataclass.When{Time: at, Zone: name}
}

func drawRule(t *rapid.T) recur.Rule {
	r := recur.Rule{Freq: recur.Freq(rapid.IntRange(int(recur.Daily), int(recur.Yearly)).Draw(t, "freq")), Interval: rapid.IntRange(0, 3).Draw(t, "interval")}
	switch rapid.IntRange(0, 2).Draw(t, "end") {
	case 0:
		r.Count = rapid.IntRange(1, 12).Draw(t, "count")
	case 1:
		r.Until = recur.Until{Kind: recur.UntilUTC, Time: time.Unix(rapid.Int64Range(1577836800, 1925000000).Draw(t, "until"), 0).UTC()}
	}
	if r.Freq == recur.Weekly && rapid.Bool().Draw(t, "days") {
		r.ByDay = []recur.Day{{Weekday: recur.Monday}, {Weekday: recur.Sunday}}
	}
	return r
}

// drawEvent draws an event or a series with exceptions.
func drawEvent(t *rapid.T, x Context) dataclass.Event {
	ev, err := dataclass.NewEvent(dataclass.ICalendar20)
	if err != nil {
		t.Fatal(err)
	}
	ev.SetUID("1@example.org")
	start := drawWhen(t)
	ev.SetStart(start)
	if start.Date {
		start.Time = start.Time.AddDate(0, 0, rapid.IntRange(1, 3).Draw(t, "days"))
		ev.SetEnd(start)
	} else {
		ev.SetDuration(time.Duration(rapid.IntRange(0, 8).Draw(t, "hours")) * time.Hour / 2)
	}
	if rapid.IntRange(0, 3).Draw(t, "series") > 0 {
		ev.SetRules(drawRule(t))
	}
	editEvent(t, ev, x)
	return ev
}

// editEvent makes some changes.
func editEvent(t *rapid.T, ev dataclass.Event, x Context) {
	loc, _, _ := x.place()
	for range rapid.IntRange(0, 4).Draw(t, "edits") {
		all, _ := ev.Occurrences(time.Date(2019, 1, 1, 0, 0, 0, 0, loc), time.Date(2032, 1, 1, 0, 0, 0, 0, loc), 8)
		at := dataclass.When{}
		if len(all) > 0 && recurs(ev) {
			at = likeStart(all[rapid.IntRange(0, len(all)-1).Draw(t, "which")].ID, ev.Start())
			if at.Floating && at.Time.Format(time.TimeOnly) != ev.Start().Time.Format(time.TimeOnly) {
				at = dataclass.When{} // the clock leaps over this time, so this is not its name
			}
		}
		switch rapid.IntRange(0, 9).Draw(t, "edit") {
		case 0:
			ev.SetSummary(word.Draw(t, "title"))
		case 1:
			ev.SetAlarms([]dataclass.Alarm{{Action: "DISPLAY", Offset: -time.Duration(rapid.IntRange(0, 99).Draw(t, "minutes")) * time.Minute}})
		case 2:
			ev.SetStatus(rapid.SampledFrom([]string{"", "CONFIRMED", "TENTATIVE"}).Draw(t, "status"))
			ev.SetAttendees([]dataclass.Attendee{{Address: "a@example.org", Status: rapid.SampledFrom([]string{"", "ACCEPTED", "DECLINED"}).Draw(t, "answer")}})
		case 3:
			if !at.IsZero() {
				ev.RemoveException(at) // nobody says both of one time
				ev.SetExceptionDates(append(ev.ExceptionDates(), at)...)
			}
		case 4:
			if list := ev.ExceptionDates(); len(list) > 0 {
				ev.SetExceptionDates(list[1:]...)
			}
		case 5:
			if !at.IsZero() {
				drawException(t, ev, at)
			}
		case 6:
			if list := ev.Exceptions(); len(list) > 0 {
				at, _ := list[0].RecurrenceID()
				ev.RemoveException(at)
			}
		case 7:
			s, e := ev.Start(), ev.End()
			by := time.Duration(rapid.IntRange(-3, 3).Draw(t, "by")) * 24 * time.Hour
			s.Time, e.Time = s.Time.Add(by), e.Time.Add(by)
			ev.SetStart(s)
			ev.SetEnd(e)
		case 8:
			if rules := ev.Rules(); len(rules) > 0 {
				ev.SetRules(drawRule(t))
			}
		case 9:
			for _, ex := range ev.Exceptions() {
				ex.SetLocation("Barn")
			}
		}
	}
}

// likeStart gives the time of an occurrence in the way in which the series is written.
func likeStart(at time.Time, start dataclass.When) dataclass.When {
	if start.Date || start.Floating {
		y, m, d := at.Date()
		h, mi, s := at.Clock()
		return dataclass.When{Time: time.Date(y, m, d, h, mi, s, 0, time.UTC), Date: start.Date, Floating: start.Floating}
	}
	return dataclass.When{Time: at, Zone: start.Zone}
}

func drawException(t *rapid.T, ev dataclass.Event, at dataclass.When) {
	ex, err := ev.AddException(at)
	if err != nil {
		t.Fatal(err)
	}
	switch rapid.IntRange(0, 3).Draw(t, "exception") {
	case 0:
		ex.SetSummary("Concert")
	case 1:
		s, e := ex.Start(), ex.End()
		by := time.Duration(rapid.IntRange(-3, 3).Draw(t, "by")) * 24 * time.Hour
		s.Time, e.Time = s.Time.Add(by), e.Time.Add(by)
		ex.SetStart(s)
		ex.SetEnd(e)
	case 2:
		ex.SetStatus("CANCELLED")
	}
}

// times lists when an event takes place, and under which title.
func times(t interface{ Fatal(...any) }, it *dataclass.Item, x Context) []string {
	ev, err := dataclass.AsEvent(it)
	if err != nil {
		t.Fatal(err)
	}
	loc, _, _ := x.place()
	all, err := ev.Occurrences(time.Date(2019, 1, 1, 0, 0, 0, 0, loc), time.Date(2032, 1, 1, 0, 0, 0, 0, loc), 150)
	if err != nil && len(all) == 0 {
		t.Fatal(err)
	}
	var out []string
	for _, o := range all {
		if o.Start.UTC().Year() < 2031 {
			out = append(out, fmt.Sprint(o.Start.UTC().Format(time.RFC3339), " ", o.End.UTC().Format(time.RFC3339), " ", o.AllDay, " ", clean(o.Entry.Summary())))
		}
	}
	slices.Sort(out)
	return out
}

// No event is ever an hour off: all occurrences of an item are at the same instants after it went through entries,
// in whatever zone the item and the calendar are, also after edits; and nothing is left to be written then.
func TestEventTimesCross(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := Context{Zone: places.Draw(t, "calendar")}
		ev, keeps := drawEvent(t, x), rapid.Bool().Draw(t, "the server keeps exceptions")
		master, exceptions := New(EventKind), []*xmltree.Element(nil)
		for range 3 {
			it := ev.Item()
			w, err := WriteEvent(it, master, exceptions, x)
			if err != nil {
				t.Fatalf("%v\n%s", err, it.Body().Data)
			}
			master, exceptions = stored(t, master), serve(t, w, exceptions, keeps)
			again := checkEvent(t, it, master, exceptions, x)
			next, err := dataclass.AsEvent(again)
			if rapid.Bool().Draw(t, "edit what was read") {
				ev = next
			}
			if err != nil {
				t.Fatal(err)
			}
			editEvent(t, ev, x)
		}
	})
}

// stored gives the entry as a server has it.
func stored(t *rapid.T, e *xmltree.Element) *xmltree.Element {
	e = reread(t, e)
	if child(e, Atom, "id") == nil {
		e.Add(xmltree.New(Atom, "id", xmltree.Text("http://host/abc")))
	}
	return e
}

// serve gives the exceptions of the server after all writes.
func serve(t *rapid.T, w Writes, exceptions []*xmltree.Element, keeps bool) []*xmltree.Element {
	var out []*xmltree.Element
	for _, e := range w.at(exceptions, keeps) {
		out = append(out, stored(t, e))
	}
	return out
}

func checkEvent(t *rapid.T, it *dataclass.Item, master *xmltree.Element, exceptions []*xmltree.Element, x Context) *dataclass.Item {
	again, err := ReadEvent(master, exceptions, x)
	if err != nil {
		t.Fatal(err)
	}
	show := func() string {
		s := fmt.Sprintf("%s\n%s\n%s", it.Body().Data, print(master), again.Body().Data)
		for _, e := range exceptions {
			s += "\n" + print(e)
		}
		return s
	}
	if diff := cmp.Diff(times(t, it, x), times(t, again, x)); diff != "" {
		t.Fatalf("times: -want +got\n%s\n%s", diff, show())
	}
	want, _ := dataclass.AsEvent(it)
	got, _ := dataclass.AsEvent(again)
	for _, f := range eventFields {
		if diff := cmp.Diff(f.says(want, x), f.says(got, x)); diff != "" {
			t.Fatalf("%s: -want +got\n%s\n%s", f.what, diff, show())
		}
	}
	for _, item := range []*dataclass.Item{it, again} {
		w, err := WriteEvent(item, master, exceptions, x)
		if diff := cmp.Diff([]string(nil), sent(w)); diff != "" || err != nil {
			t.Fatalf("written again: %v\n%s\n%s", err, diff, show())
		}
	}
	return again
}

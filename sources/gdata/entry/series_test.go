package entry

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// starts lists when the occurrences of an item begin.
func starts(t *testing.T, it *dataclass.Item) []string {
	t.Helper()
	ev, err := dataclass.AsEvent(it)
	if err != nil {
		t.Fatal(err)
	}
	all, err := ev.Occurrences(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2028, 1, 1, 0, 0, 0, 0, time.UTC), 0)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, o := range all {
		out = append(out, o.Start.UTC().Format("01-02T15:04"))
	}
	return out
}

// Zones that servers describe, or that nobody knows, and what they make of a series over a change of the clock.
func TestSeriesInOddZones(t *testing.T) {
	// Its clocks change on the first of November at two; no place in the world does so.
	own := strings.Join([]string{"BEGIN:VTIMEZONE", "TZID:Customized", "BEGIN:STANDARD", "DTSTART:20001101T020000", "TZOFFSETFROM:+0200", "TZOFFSETTO:+0100",
		"RRULE:FREQ=YEARLY;BYMONTH=11;BYMONTHDAY=1", "END:STANDARD", "BEGIN:DAYLIGHT", "DTSTART:20000401T020000", "TZOFFSETFROM:+0100", "TZOFFSETTO:+0200",
		"RRULE:FREQ=YEARLY;BYMONTH=4;BYMONTHDAY=1", "END:DAYLIGHT", "END:VTIMEZONE"}, "\n")
	tests := []struct {
		name, text string
		want       []string
	}{
		{"its own rules", "DTSTART;TZID=Customized:20261031T090000\nRRULE:FREQ=DAILY;COUNT=3\n" + own, []string{"10-31T07:00", "11-01T08:00", "11-02T08:00"}},
		{"the same in one line", strings.ReplaceAll("DTSTART;TZID=Customized:20261031T090000\nRRULE:FREQ=DAILY;COUNT=3\n"+own, "\n", " "), []string{"10-31T07:00", "11-01T08:00", "11-02T08:00"}},
		{"a name alone", "DTSTART;TZID=Europe/Oslo:20261024T090000\nRRULE:FREQ=DAILY;COUNT=2", []string{"10-24T07:00", "10-25T08:00"}},
		{"a name of Windows", "DTSTART;TZID=W. Europe Standard Time:20261024T090000 RRULE:FREQ=DAILY;COUNT=2", []string{"10-24T07:00", "10-25T08:00"}},
		{"none: that of the calendar", "DTSTART:20261024T090000\nRRULE:FREQ=DAILY;COUNT=2", []string{"10-24T07:00", "10-25T08:00"}},
		{"nobody knows: that of the calendar", "DTSTART;TZID=Nowhere:20261024T090000\nRRULE:FREQ=DAILY;COUNT=2", []string{"10-24T07:00", "10-25T08:00"}},
		{"an end that floats", "DTSTART:20261024T013000\nRRULE:FREQ=DAILY;UNTIL=20261026T013000", []string{"10-23T23:30", "10-24T23:30", "10-26T00:30"}},
		{"UTC", "DTSTART:20261024T090000Z\nRRULE:FREQ=DAILY;COUNT=2", []string{"10-24T09:00", "10-25T09:00"}},
		{"single dates", "DTSTART;TZID=Europe/Oslo:20261024T090000\nRDATE;TZID=Europe/Oslo:20261026T090000,20261027T100000", []string{"10-24T07:00", "10-26T08:00", "10-27T09:00"}},
		{"a rule that takes away", "DTSTART;TZID=Europe/Oslo:20261024T090000\nRRULE:FREQ=DAILY;COUNT=4\nEXRULE:FREQ=DAILY;INTERVAL=2", []string{"10-25T08:00", "10-27T08:00"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			it, err := ReadEvent(parse(t, `<gd:recurrence>`+tt.text+`</gd:recurrence>`), nil, oslo)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, starts(t, it)); diff != "" {
				t.Errorf("read: -want +got\n%s\n%s", diff, it.Body().Data)
			}
			again, err := Expect(it, oslo)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, starts(t, again)); diff != "" {
				t.Errorf("written and read: -want +got\n%s\n%s", diff, again.Body().Data)
			}
		})
	}
}

// However a server names the occurrence that an exception stands for, it is that one.
func TestNamesOfOccurrences(t *testing.T) {
	const timed = "DTSTART;TZID=Europe/Oslo:20261023T090000\nRRULE:FREQ=DAILY;COUNT=4"
	tests := []struct {
		name, series, original string
		want                   []string
	}{
		{"offset", timed, "2026-10-24T09:00:00.000+02:00", []string{"10-23T07:00", "10-25T08:00", "10-26T08:00"}},
		{"UTC", timed, "2026-10-25T08:00:00Z", []string{"10-23T07:00", "10-24T07:00", "10-26T08:00"}},
		{"another offset", timed, "2026-10-25T03:00:00-05:00", []string{"10-23T07:00", "10-24T07:00", "10-26T08:00"}},
		{"no offset", timed, "2026-10-25T09:00:00", []string{"10-23T07:00", "10-24T07:00", "10-26T08:00"}},
		{"a day", timed, "2026-10-25", []string{"10-23T07:00", "10-24T07:00", "10-26T08:00"}},
		{"a day before the clock changes", timed, "2026-10-24", []string{"10-23T07:00", "10-25T08:00", "10-26T08:00"}},
		{"a time that there is not", timed, "2026-10-24T10:00:00Z", []string{"10-23T07:00", "10-24T07:00", "10-25T08:00", "10-26T08:00"}},
		{"day of days", "DTSTART;VALUE=DATE:20261023\nRRULE:FREQ=DAILY;COUNT=3", "2026-10-24", []string{"10-23T00:00", "10-25T00:00"}},
		{"midnight of days", "DTSTART;VALUE=DATE:20261023\nRRULE:FREQ=DAILY;COUNT=3", "2026-10-24T00:00:00.000+02:00", []string{"10-23T00:00", "10-25T00:00"}},
		{"series in UTC", "DTSTART:20261023T090000Z\nRRULE:FREQ=DAILY;COUNT=3", "2026-10-24T11:00:00.000+02:00", []string{"10-23T09:00", "10-25T09:00"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			gone := parse(t, `<gd:originalEvent id="x"><gd:when startTime="`+tt.original+`"/></gd:originalEvent>`+canceledStatus)
			it, err := ReadEvent(parse(t, `<gd:recurrence>`+tt.series+`</gd:recurrence>`), []*xmltree.Element{gone}, oslo)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, starts(t, it)); diff != "" {
				t.Errorf("-want +got\n%s\n%s", diff, it.Body().Data)
			}
		})
	}
}

// An item that leaves out a day of a series of times leaves out the occurrence on it, in a new entry and in an old one.
func TestDayLeftOut(t *testing.T) {
	timed := []string{"DTSTART;TZID=Europe/Oslo:20261023T090000", "RRULE:FREQ=DAILY;COUNT=4"}
	whole, less := event(t, timed...), event(t, append(timed, "EXDATE;VALUE=DATE:20261025")...)
	want := []string{"10-23T07:00", "10-24T07:00", "10-26T08:00"}
	fresh, err := Expect(less, oslo)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, starts(t, fresh)); diff != "" {
		t.Error(diff)
	}
	master := New(EventKind)
	if _, err := WriteEvent(whole, master, nil, oslo); err != nil {
		t.Fatal(err)
	}
	w, err := WriteEvent(less, master, nil, oslo)
	if diff := cmp.Diff([]string{"add 2026-10-25 cancelled"}, sent(w)); diff != "" || err != nil {
		t.Fatal(err, diff)
	}
	again, err := ReadEvent(master, w.Add, oslo)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, starts(t, again)); diff != "" {
		t.Error(diff)
	}
}

// Of two entries for one occurrence the one that is not cancelled counts, whatever comes first.
func TestTwoExceptionsForOneTime(t *testing.T) {
	gone := parse(t, exceptionAt("2026-12-01", canceledStatus))
	moved := parse(t, exceptionAt("2026-12-01", `<gd:when startTime="2026-12-01T11:00:00+01:00" endTime="2026-12-01T12:00:00+01:00"/>`))
	for _, list := range [][]*xmltree.Element{{gone, moved}, {moved, gone}} {
		it, err := ReadEvent(parse(t, weekly), list, oslo)
		if err != nil {
			t.Fatal(err)
		}
		if got := starts(t, it)[1]; got != "12-01T10:00" {
			t.Error(got)
		}
	}
}

// An exception that takes place although its series leaves its time out is read and written so.
func TestExceptionOfWhatIsLeftOut(t *testing.T) {
	master := parse(t, strings.Replace(weekly, "COUNT=5\n", "COUNT=5\nEXDATE;TZID=Europe/Oslo:20261201T090000\n", 1))
	moved := parse(t, exceptionAt("2026-12-01", `<gd:when startTime="2026-12-01T11:00:00+01:00" endTime="2026-12-01T12:00:00+01:00"/>`))
	it, err := ReadEvent(master, []*xmltree.Element{moved}, oslo)
	if err != nil {
		t.Fatal(err)
	}
	if got := starts(t, it)[1]; got != "12-01T10:00" {
		t.Error(got)
	}
	w, err := WriteEvent(it, master, []*xmltree.Element{moved}, oslo)
	if diff := cmp.Diff([]string(nil), sent(w)); diff != "" || err != nil {
		t.Error(err, diff)
	}
}

// longSeries is a series with so many exceptions.
func longSeries(t testing.TB, n int) (*xmltree.Element, []*xmltree.Element) {
	master := parse(t, strings.Replace(weekly, "FREQ=WEEKLY;COUNT=5", "FREQ=DAILY", 1))
	var list []*xmltree.Element
	for i := range n {
		day := time.Date(2026, 11, 25+i, 9, 0, 0, 0, time.UTC).Format(dayLayout)
		list = append(list, parse(t, strings.ReplaceAll(exceptionAt(day, fmt.Sprintf(`<gd:when startTime="%sT11:00:00Z" endTime="%sT12:00:00Z"/>`, day, day)), "09:00:00.000+01:00", "08:00:00Z")))
	}
	return master, list
}

func BenchmarkReadSeries(b *testing.B) {
	for _, n := range []int{1, 100, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			master, list := longSeries(b, n)
			for b.Loop() {
				if _, err := ReadEvent(master, list, oslo); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkWriteSeries(b *testing.B) {
	for _, n := range []int{1, 100, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			master, list := longSeries(b, n)
			it, err := ReadEvent(master, list, oslo)
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if _, err := WriteEvent(it, New(EventKind), nil, oslo); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkContact(b *testing.B) {
	e := parse(b, wholeContact)
	it, err := ReadContact(e, context)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("read", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := ReadContact(e, context); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("write", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := WriteContact(New(ContactKind), it, context); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("nothing to write", func(b *testing.B) {
		for b.Loop() {
			if err := WriteContact(e, it, context); err != nil {
				b.Fatal(err)
			}
		}
	})
}

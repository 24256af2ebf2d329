package dataclass

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-sync/bindery/dataclass/recur"
)

// starts writes the beginnings and ends of occurrences in a zone, "!" behind those of an exception.
func starts(list []Occurrence, loc *time.Location) []string {
	var out []string
	for _, o := range list {
		format := "0102T1504"
		if o.AllDay {
			format = "0102"
		}
		s := o.Start.In(loc).Format(format)
		if !o.End.Equal(o.Start) {
			s += "-" + o.End.In(loc).Format(format)
		}
		if id, _ := o.Entry.RecurrenceID(); !id.IsZero() {
			s += "!"
		}
		out = append(out, s)
	}
	return out
}

var occurrenceCases = []struct {
	name string
	text string
	want string // in Oslo, in March and April 2024
}{
	{"no start", eventOf("SUMMARY:a"), ""},
	{"once", eventOf("DTSTART:20240304T080000Z", "DURATION:PT1H"), "0304T0900-0304T1000"},
	{"before the window", eventOf("DTSTART:20240229T220000Z"), ""},
	{"reaches into the window", eventOf("DTSTART:20240229T220000Z", "DURATION:PT2H"), "0229T2300-0301T0100"},
	{"ends at the window", eventOf("DTSTART:20240229T220000Z", "DURATION:PT1H"), ""},
	{"begins with the window", eventOf("DTSTART:20240229T230000Z"), "0301T0000"},
	{"behind the window", eventOf("DTSTART:20240430T220000Z"), ""},
	{"day", eventOf("DTSTART;VALUE=DATE:20240304"), "0304-0305"},
	{"day at the end", eventOf("DTSTART;VALUE=DATE:20240430"), "0430-0501"},
	{"floating", eventOf("DTSTART:20240304T090000"), "0304T0900"},
	{"zone that nobody knows", eventOf("DTSTART;TZID=Nowhere:20240304T090000"), "0304T0900"},
	{"floating where clocks leap", eventOf("DTSTART:20240331T023000"), "0331T0330"},
	{"weekly over a change of clocks", eventOf("DTSTART;TZID=Europe/Oslo:20240324T090000", "RRULE:FREQ=WEEKLY;COUNT=3"), "0324T0900 0331T0900 0407T0900"},
	{"Windows name", eventOf("DTSTART;TZID=W. Europe Standard Time:20240324T090000", "RRULE:FREQ=WEEKLY;COUNT=2"), "0324T0900 0331T0900"},
	{"UNTIL in UTC", eventOf("DTSTART;TZID=Europe/Oslo:20240324T090000", "RRULE:FREQ=WEEKLY;UNTIL=20240331T070000Z"), "0324T0900 0331T0900"},
	{"UNTIL in UTC a second too early", eventOf("DTSTART;TZID=Europe/Oslo:20240324T090000", "RRULE:FREQ=WEEKLY;UNTIL=20240331T065959Z"), "0324T0900"},
	{"days over a change of clocks", eventOf("DTSTART;VALUE=DATE:20240330", "RRULE:FREQ=DAILY;COUNT=3"), "0330-0331 0331-0401 0401-0402"},
	{"list of EXDATE", eventOf("DTSTART:20240304T080000Z", "RRULE:FREQ=DAILY;COUNT=5", "EXDATE:20240305T080000Z,20240307T080000Z"), "0304T0900 0306T0900 0308T0900"},
	{"several EXDATE", eventOf("DTSTART;TZID=Europe/Oslo:20240304T090000", "RRULE:FREQ=DAILY;COUNT=4", "EXDATE:20240305T080000Z", "EXDATE;TZID=America/New_York:20240306T030000"), "0304T0900 0307T0900"},
	{"EXDATE as a day", eventOf("DTSTART;TZID=Europe/Oslo:20240304T090000", "RRULE:FREQ=DAILY;COUNT=3", "EXDATE;VALUE=DATE:20240305"), "0304T0900 0306T0900"},
	{"EXDATE as a time of an all-day event", eventOf("DTSTART;VALUE=DATE:20240304", "RRULE:FREQ=DAILY;COUNT=3", "EXDATE:20240305T000000"), "0304-0305 0306-0307"},
	{"EXDATE of the start", eventOf("DTSTART:20240304T080000Z", "RRULE:FREQ=DAILY;COUNT=2", "EXDATE:20240304T080000Z"), "0305T0900"},
	{"list of RDATE", eventOf("DTSTART:20240304T080000Z", "DURATION:PT1H", "RDATE:20240306T080000Z,20240309T080000Z"), "0304T0900-0304T1000 0306T0900-0306T1000 0309T0900-0309T1000"},
	{"several RDATE", eventOf("DTSTART;TZID=Europe/Oslo:20240304T090000", "RDATE;TZID=Europe/Oslo:20240306T100000", "RDATE:20240307T080000Z", "RDATE;VALUE=DATE:20240308"), "0304T0900 0306T1000 0307T0900 0308T0900"},
	{"periods", eventOf("DTSTART:20240304T080000Z", "RDATE;VALUE=PERIOD:20240306T080000Z/PT2H,20240307T080000Z/20240307T083000Z"), "0304T0900 0306T0900-0306T1100 0307T0900-0307T0930"},
	{"RDATE that is there already", eventOf("DTSTART:20240304T080000Z", "RRULE:FREQ=DAILY;COUNT=2", "RDATE:20240305T080000Z"), "0304T0900 0305T0900"},
	{"several rules", eventOf("DTSTART:20240304T080000Z", "RRULE:FREQ=DAILY;COUNT=2", "RRULE:FREQ=WEEKLY;COUNT=2"), "0304T0900 0305T0900 0311T0900"},
	{"EXRULE", eventOf("DTSTART:20240304T080000Z", "RRULE:FREQ=DAILY;COUNT=4", "EXRULE:FREQ=DAILY;INTERVAL=2;COUNT=2"), "0305T0900 0307T0900"},
	{"days of a duration over a change of clocks", eventOf("DTSTART;TZID=Europe/Oslo:20240330T090000", "DURATION:P1D"), "0330T0900-0331T0900"},
	{"hours over a change of clocks", eventOf("DTSTART;TZID=Europe/Oslo:20240330T090000", "DURATION:PT24H"), "0330T0900-0331T1000"},
	{"end in another zone", eventOf("DTSTART;TZID=Europe/Oslo:20240304T090000", "DTEND;TZID=America/New_York:20240304T050000"), "0304T0900-0304T1100"},
	{"end before the start", eventOf("DTSTART:20240304T080000Z", "DTEND:20240303T080000Z"), "0304T0900"},
	{"late in the series", eventOf("DTSTART;VALUE=DATE:19700401", "RRULE:FREQ=YEARLY"), "0401-0402"},
}

func TestOccurrences(t *testing.T) {
	loc := oslo(t)
	from, to := time.Date(2024, 3, 1, 0, 0, 0, 0, loc), time.Date(2024, 5, 1, 0, 0, 0, 0, loc)
	for _, tt := range occurrenceCases {
		t.Run(tt.name, func(t *testing.T) {
			got, err := mustEvent(t, tt.text).Occurrences(from, to, 0)
			if s := strings.Join(starts(got, loc), " "); err != nil || s != tt.want {
				t.Errorf("got  %s, %v\nwant %s", s, err, tt.want)
			}
		})
	}
}

// weekly gives a weekly event on Mondays at nine in Oslo, an hour long, with exceptions.
func weekly(exceptions ...string) string {
	s := "BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\nUID:1\nDTSTART;TZID=Europe/Oslo:20240304T090000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;COUNT=5\nEND:VEVENT\n"
	for _, x := range exceptions {
		s += "BEGIN:VEVENT\nUID:1\n" + strings.ReplaceAll(x, "|", "\n") + "\nEND:VEVENT\n"
	}
	return s + "END:VCALENDAR\n"
}

func TestOccurrencesOfExceptions(t *testing.T) {
	loc := oslo(t)
	from, to := time.Date(2024, 3, 1, 0, 0, 0, 0, loc), time.Date(2024, 5, 1, 0, 0, 0, 0, loc)
	const rest = " 0318T0900-0318T1000 0325T0900-0325T1000 0401T0900-0401T1000"
	for _, tt := range []struct {
		name, text, want string
	}{
		{"none", weekly(), "0304T0900-0304T1000 0311T0900-0311T1000" + rest},
		{"moved", weekly("RECURRENCE-ID;TZID=Europe/Oslo:20240311T090000|DTSTART;TZID=Europe/Oslo:20240312T120000|DURATION:PT2H"),
			"0304T0900-0304T1000 0312T1200-0312T1400!" + rest},
		{"moved, named in UTC", weekly("RECURRENCE-ID:20240311T080000Z|DTSTART:20240312T110000Z"),
			"0304T0900-0304T1000 0312T1200!" + rest},
		{"moved, named by its day", weekly("RECURRENCE-ID;VALUE=DATE:20240311|DTSTART:20240312T110000Z"),
			"0304T0900-0304T1000 0312T1200!" + rest},
		{"cancelled", weekly("RECURRENCE-ID:20240311T080000Z|DTSTART:20240311T080000Z|STATUS:cancelled"), "0304T0900-0304T1000" + rest},
		{"without a time", weekly("RECURRENCE-ID:20240311T080000Z|STATUS:CANCELLED"), "0304T0900-0304T1000" + rest},
		{"moved in front", weekly("RECURRENCE-ID:20240401T070000Z|DTSTART:20240302T080000Z"),
			"0302T0900! 0304T0900-0304T1000 0311T0900-0311T1000 0318T0900-0318T1000 0325T0900-0325T1000"},
		{"moved into the window", weekly("RECURRENCE-ID:20250401T070000Z|DTSTART:20240302T080000Z"), "0302T0900! 0304T0900-0304T1000 0311T0900-0311T1000" + rest},
		{"moved out of the window", weekly("RECURRENCE-ID:20240401T070000Z|DTSTART:20250302T080000Z"),
			"0304T0900-0304T1000 0311T0900-0311T1000 0318T0900-0318T1000 0325T0900-0325T1000"},
		{"this and all later ones", weekly("RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Oslo:20240318T090000|DTSTART;TZID=Europe/Oslo:20240319T130000|DURATION:PT30M"),
			"0304T0900-0304T1000 0311T0900-0311T1000 0319T1300-0319T1330! 0326T1300-0326T1330! 0402T1300-0402T1330!"},
		{"two of them and one on its own", weekly(
			"RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Oslo:20240325T090000|DTSTART;TZID=Europe/Oslo:20240325T070000",
			"RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Oslo:20240311T090000|DTSTART;TZID=Europe/Oslo:20240311T100000",
			"RECURRENCE-ID;TZID=Europe/Oslo:20240401T090000|DTSTART;TZID=Europe/Oslo:20240401T150000"),
			"0304T0900-0304T1000 0311T1000! 0318T1000! 0325T0700! 0401T1500!"},
		{"cancelled from there on", weekly("RECURRENCE-ID;RANGE=THISANDFUTURE:20240318T080000Z|DTSTART:20240318T080000Z|STATUS:CANCELLED"),
			"0304T0900-0304T1000 0311T0900-0311T1000"},
		{"only exceptions", "BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\nUID:1\nRECURRENCE-ID:20240311T080000Z\nDTSTART:20240312T080000Z\nEND:VEVENT\nEND:VCALENDAR\n", "0312T0900!"},
		{"exception for no time", weekly("RECURRENCE-ID:soon|DTSTART:20240312T110000Z"), "0304T0900-0304T1000 0311T0900-0311T1000 0312T1200" + rest},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := mustEvent(t, tt.text).Occurrences(from, to, 0)
			if s := strings.Join(starts(got, loc), " "); err != nil || s != tt.want {
				t.Errorf("got  %s, %v\nwant %s", s, err, tt.want)
			}
		})
	}
}

func TestOccurrencesOfTasks(t *testing.T) {
	loc := oslo(t)
	from, to := time.Date(2024, 3, 1, 0, 0, 0, 0, loc), time.Date(2024, 5, 1, 0, 0, 0, 0, loc)
	for _, tt := range []struct{ name, lines, want string }{
		{"nothing", "SUMMARY:a", ""},
		{"due only", "DUE:20240304T080000Z", "0304T0900"},
		{"due on a day", "DUE;VALUE=DATE:20240304", "0304"},
		{"start and due", "DTSTART;VALUE=DATE:20240304\nDUE;VALUE=DATE:20240306\nRRULE:FREQ=WEEKLY;COUNT=2", "0304-0306 0311-0313"},
		{"start only", "DTSTART;VALUE=DATE:20240304", "0304"},
	} {
		v := mustTask(t, "BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VTODO\nUID:1\n"+tt.lines+"\nEND:VTODO\nEND:VCALENDAR\n")
		got, err := v.Occurrences(from, to, 0)
		if s := strings.Join(starts(got, loc), " "); err != nil || s != tt.want {
			t.Errorf("%s: %s, %v", tt.name, s, err)
		}
	}
}

// Days and floating times are where the user is; times in a zone are not.
func TestOccurrencesInAnotherLocation(t *testing.T) {
	loc, err := time.LoadLocation("Pacific/Auckland")
	if err != nil {
		t.Fatal(err)
	}
	from, to := time.Date(2024, 3, 1, 0, 0, 0, 0, loc), time.Date(2024, 5, 1, 0, 0, 0, 0, loc)
	for text, want := range map[string]string{
		eventOf("DTSTART;VALUE=DATE:20240301"):                                          "2024-03-01T00:00:00+13:00",
		eventOf("DTSTART:20240301T090000"):                                              "2024-03-01T09:00:00+13:00",
		eventOf("DTSTART;VALUE=DATE:20240402", "RRULE:FREQ=WEEKLY;COUNT=2"):             "2024-04-02T00:00:00+13:00 2024-04-09T00:00:00+12:00",
		eventOf("DTSTART;TZID=Europe/Oslo:20240304T090000", "RRULE:FREQ=DAILY;COUNT=1"): "2024-03-04T09:00:00+01:00",
	} {
		list, err := mustEvent(t, text).Occurrences(from, to, 0)
		var got []string
		for _, o := range list {
			got = append(got, o.Start.Format(time.RFC3339))
		}
		if s := strings.Join(got, " "); err != nil || s != want {
			t.Errorf("got %s, %v; want %s", s, err, want)
		}
	}
}

func TestOccurrencesAreBounded(t *testing.T) {
	from := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	e := mustEvent(t, eventOf("DTSTART:20200101T080000Z", "RRULE:FREQ=DAILY"))
	got, err := e.Occurrences(from, from.AddDate(100, 0, 0), 3)
	if d := cmp.Diff([]string{"0101T0800", "0102T0800", "0103T0800"}, starts(got, time.UTC)); !errors.Is(err, recur.ErrLimit) || d != "" {
		t.Errorf("%v %s", err, d)
	}
	got, err = e.Occurrences(from, from.AddDate(0, 0, 3), 3)
	if err != nil || len(got) != 3 {
		t.Errorf("exactly as many: %d, %v", len(got), err)
	}
	got, err = mustEvent(t, eventOf("DTSTART:20200101T080000Z", "RRULE:FREQ=SECONDLY")).Occurrences(from, from.AddDate(100, 0, 0), 0)
	if !errors.Is(err, recur.ErrLimit) || len(got) == 0 || len(got) > maxOccurrences {
		t.Errorf("every second: %d, %v", len(got), err)
	}
	if _, err = mustEvent(t, eventOf("DTSTART:20200101T080000Z", "RRULE:whenever")).Occurrences(from, from.AddDate(1, 0, 0), 0); !errors.Is(err, recur.ErrSyntax) {
		t.Errorf("no rule: %v", err)
	}
	if got, err := e.Occurrences(from, from, 0); err != nil || len(got) != 0 {
		t.Errorf("empty window: %d, %v", len(got), err)
	}
	if got, err := e.Occurrences(from, from.AddDate(-1, 0, 0), 0); err != nil || len(got) != 0 {
		t.Errorf("window the wrong way round: %d, %v", len(got), err)
	}
}

// Many exceptions are as cheap as few: an instance is found by its time.
func TestManyExceptions(t *testing.T) {
	var b strings.Builder
	b.WriteString("BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\nUID:1\nDTSTART:20200101T080000Z\nRRULE:FREQ=DAILY;COUNT=3000\nEND:VEVENT\n")
	day := time.Date(2020, 1, 1, 8, 0, 0, 0, time.UTC)
	for i := range 3000 {
		id := day.AddDate(0, 0, i).Format("20060102T150405Z")
		fmt.Fprintf(&b, "BEGIN:VEVENT\nUID:1\nRECURRENCE-ID;RANGE=THISANDFUTURE:%s\nDTSTART:%s\nEND:VEVENT\n", id, id)
	}
	b.WriteString("END:VCALENDAR\n")
	got, err := mustEvent(t, b.String()).Occurrences(day, day.AddDate(20, 0, 0), 0)
	if err != nil || len(got) != 3000 || !slices.IsSortedFunc(got, func(a, b Occurrence) int { return a.Start.Compare(b.Start) }) {
		t.Errorf("%d, %v", len(got), err)
	}
}

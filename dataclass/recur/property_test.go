package recur_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/bindery-sync/bindery/dataclass/recur"
)

// starts draws a start of any sort in a zone of either hemisphere.
func starts(t *testing.T) *rapid.Generator[recur.Start] {
	zones := []*time.Location{place(t, "Europe/Oslo"), place(t, "Australia/Sydney"), place(t, "America/New_York"), time.UTC}
	return rapid.Custom(func(t *rapid.T) recur.Start {
		loc := rapid.SampledFrom(zones).Draw(t, "zone")
		clock := rapid.SampledFrom([]int{0, 30, 150, 540, 1410}).Draw(t, "minutes")
		day := rapid.IntRange(0, 1500).Draw(t, "day")
		sort := rapid.IntRange(0, 3).Draw(t, "sort")
		if sort == 0 {
			clock = 0
		}
		if sort == 1 {
			loc = time.UTC
		}
		at := time.Date(2023, 1, 1+day, clock/60, clock%60, 0, 0, loc)
		// A clock that shows a time twice means the first (RFC 5545 section 3.3.5); time.Date takes either.
		if first := at.Add(-time.Hour); first.Format(time.TimeOnly) == at.Format(time.TimeOnly) {
			at = first
		}
		return recur.Start{Time: at, Date: sort == 0, Floating: sort == 1}
	})
}

func some[T any](t *rapid.T, name string, chance int, g *rapid.Generator[T], most int) []T {
	if rapid.IntRange(0, 9).Draw(t, name+" there") >= chance {
		return nil
	}
	return rapid.SliceOfN(g, 1, most).Draw(t, name)
}

func notZero(from, to int) *rapid.Generator[int] {
	return rapid.IntRange(from, to).Filter(func(n int) bool { return n != 0 })
}

// rules draws rules of days, with and without an end.
var rules = rapid.Custom(func(t *rapid.T) recur.Rule {
	r := recur.Rule{
		Freq:     rapid.SampledFrom([]recur.Freq{recur.Daily, recur.Weekly, recur.Monthly, recur.Yearly}).Draw(t, "freq"),
		Interval: rapid.SampledFrom([]int{0, 1, 1, 2, 3, 4, 6, 7, 12, 14}).Draw(t, "interval"),
	}
	r.ByMonth = some(t, "months", 2, rapid.IntRange(1, 12), 4)
	r.ByMonthDay = some(t, "month days", 2, notZero(-31, 31), 3)
	r.ByDay = some(t, "days", 5, rapid.Custom(func(t *rapid.T) recur.Day {
		d := recur.Day{Weekday: recur.Weekday(rapid.IntRange(1, 7).Draw(t, "day"))}
		if r.Freq >= recur.Monthly && rapid.Bool().Draw(t, "numbered") {
			d.N = notZero(-6, 6).Draw(t, "n")
		}
		return d
	}), 4)
	if r.Freq == recur.Yearly {
		r.ByYearDay = some(t, "year days", 2, notZero(-366, 366), 3)
	}
	if len(r.ByMonth)+len(r.ByMonthDay)+len(r.ByDay)+len(r.ByYearDay) > 0 {
		r.BySetPos = some(t, "positions", 2, notZero(-3, 3), 2)
	}
	r.WeekStart = recur.Weekday(rapid.SampledFrom([]int{0, 0, 1, 7, 6}).Draw(t, "week start"))
	switch rapid.IntRange(0, 3).Draw(t, "end") {
	case 0:
		r.Count = rapid.IntRange(1, 300).Draw(t, "count")
	case 1:
		kind := recur.UntilKind(rapid.IntRange(1, 3).Draw(t, "kind"))
		at := time.Date(2023, 6, rapid.IntRange(1, 3000).Draw(t, "until"), 0, 0, 0, 0, time.UTC)
		if kind != recur.UntilDate {
			at = at.Add(time.Duration(rapid.IntRange(0, 1439).Draw(t, "minute")) * time.Minute)
		}
		r.Until = recur.Until{Kind: kind, Time: at}
	}
	return r
})

func between(t *rapid.T, r recur.Rule, s recur.Start, from, to time.Time, limit int) []string {
	all, err := recur.Set{Start: s, Rules: []recur.Rule{r}}.Between(from, to, limit)
	if err != nil && !errors.Is(err, recur.ErrLimit) {
		t.Fatalf("%s: %v", r, err)
	}
	return local(all)
}

// TestExpansionIsTheDefinition holds Between against the words of RFC 5545 applied to every single day.
func TestExpansionIsTheDefinition(t *testing.T) {
	anyStart := starts(t)
	rapid.Check(t, func(t *rapid.T) {
		r, s := rules.Draw(t, "rule"), anyStart.Draw(t, "start")
		r.Until = recur.Until{}
		to := s.Time.AddDate(6, 0, 0)
		want := defined(r, s, to)
		if diff := cmp.Diff(want, between(t, r, s, s.Time, to, 0)); diff != "" {
			t.Fatalf("%s from %v: %s", r, s, diff)
		}
	})
}

// defined is the occurrences of a rule of days, from the definition.
func defined(r recur.Rule, s recur.Start, to time.Time) []string {
	first := s.Time
	r = implied(r, first)
	begin := time.Date(first.Year(), 1, 1, 12, 0, 0, 0, time.UTC)
	var out []string
	for period, days := range periods(r, begin, to) {
		if (period-periodOf(r, midday(first)))%max(r.Interval, 1) != 0 {
			continue
		}
		for i, d := range days {
			if len(r.BySetPos) > 0 && !slices.Contains(r.BySetPos, i+1) && !slices.Contains(r.BySetPos, i-len(days)) {
				continue
			}
			out = append(out, d.Format("2006-01-02")+first.Format("T15:04"))
		}
	}
	slices.Sort(out)
	own := first.Format("2006-01-02T15:04")
	out = slices.DeleteFunc(out, func(o string) bool { return o <= own })
	out = append([]string{own}, out...)
	if r.Count > 0 && len(out) > r.Count {
		out = out[:r.Count]
	}
	// A time that a change of clocks skips is shown an hour, in no zone here more, later.
	for i, o := range out {
		at, _ := time.ParseInLocation("2006-01-02T15:04", o, first.Location())
		if at.Format("2006-01-02T15:04") != o && !s.Date {
			out[i] = o[:11] + "03" + o[13:]
		}
	}
	end := to.Format("2006-01-02T15:04")
	return slices.DeleteFunc(out, func(o string) bool { return o >= end })
}

func implied(r recur.Rule, first time.Time) recur.Rule {
	if len(r.ByDay)+len(r.ByMonthDay)+len(r.ByYearDay) > 0 {
		return r
	}
	switch r.Freq {
	case recur.Weekly:
		r.ByDay = []recur.Day{{Weekday: weekday(first)}}
	case recur.Yearly:
		if len(r.ByMonth) == 0 {
			r.ByMonth = []int{int(first.Month())}
		}
		r.ByMonthDay = []int{first.Day()}
	case recur.Monthly:
		r.ByMonthDay = []int{first.Day()}
	}
	return r
}

func weekday(t time.Time) recur.Weekday {
	if t.Weekday() == time.Sunday {
		return recur.Sunday
	}
	return recur.Weekday(t.Weekday())
}

// periods sorts the days that match into years, months, weeks or days. The
// first days are those of the whole year, so that positions count what lies before the start.
func periods(r recur.Rule, begin, to time.Time) map[int][]time.Time {
	out := map[int][]time.Time{}
	for d := begin.AddDate(0, 0, -7); d.Before(to.AddDate(1, 0, 14)); d = d.AddDate(0, 0, 1) {
		if matches(r, d) {
			p := periodOf(r, d)
			out[p] = append(out[p], d)
		}
	}
	return out
}

// periodOf numbers the years, months, weeks or days.
func periodOf(r recur.Rule, d time.Time) int {
	days := int(d.Unix() / 86400)
	switch r.Freq {
	case recur.Yearly:
		return d.Year()
	case recur.Monthly:
		return d.Year()*12 + int(d.Month())
	case recur.Weekly:
		// Day 0 was a Thursday; go back to the first day of the week.
		return (days - (int(weekday(d)-max(r.WeekStart, recur.Monday))+7)%7 + 7) / 7
	}
	return days
}

func midday(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 12, 0, 0, 0, time.UTC)
}

func matches(r recur.Rule, d time.Time) bool {
	length := d.AddDate(0, 1, -d.Day()).Day()
	year := time.Date(d.Year(), 12, 31, 0, 0, 0, 0, time.UTC).YearDay()
	if len(r.ByMonth) > 0 && !slices.Contains(r.ByMonth, int(d.Month())) ||
		len(r.ByMonthDay) > 0 && !slices.Contains(r.ByMonthDay, d.Day()) && !slices.Contains(r.ByMonthDay, d.Day()-length-1) ||
		len(r.ByYearDay) > 0 && !slices.Contains(r.ByYearDay, d.YearDay()) && !slices.Contains(r.ByYearDay, d.YearDay()-year-1) {
		return false
	}
	nth, last := (d.Day()-1)/7+1, -((length-d.Day())/7 + 1)
	if r.Freq == recur.Yearly && len(r.ByMonth) == 0 {
		nth, last = (d.YearDay()-1)/7+1, -((year-d.YearDay())/7 + 1)
	}
	return len(r.ByDay) == 0 || slices.ContainsFunc(r.ByDay, func(b recur.Day) bool {
		return b.Weekday == weekday(d) && (b.N == 0 || b.N == nth || b.N == last)
	})
}

// TestWindows shows that what Between finds in a part of the time is that part of what it finds in all.
func TestWindows(t *testing.T) {
	anyStart := starts(t)
	rapid.Check(t, func(t *rapid.T) {
		r, s := rules.Draw(t, "rule"), anyStart.Draw(t, "start")
		from := s.Time.AddDate(0, 0, rapid.IntRange(-10, 2000).Draw(t, "from"))
		to := from.AddDate(0, 0, rapid.IntRange(0, 400).Draw(t, "length"))
		all, err := recur.Set{Start: s, Rules: []recur.Rule{r}}.Between(s.Time.AddDate(0, -1, 0), to, 0)
		if err != nil {
			t.Fatal(err)
		}
		all = slices.DeleteFunc(all, func(o time.Time) bool { return o.Before(from) })
		if diff := cmp.Diff(local(all), between(t, r, s, from, to, 0)); diff != "" {
			t.Fatalf("%s: %s", r, diff)
		}
	})
}

// within draws rules of hours and minutes that count.
var within = rapid.Custom(func(t *rapid.T) recur.Rule {
	r := recur.Rule{Freq: rapid.SampledFrom([]recur.Freq{recur.Secondly, recur.Minutely, recur.Hourly, recur.Daily, recur.Weekly}).Draw(t, "freq")}
	least := map[recur.Freq]int{recur.Secondly: 300, recur.Minutely: 7}[r.Freq]
	r.Interval = least + rapid.IntRange(1, 9).Draw(t, "interval")
	r.ByDay = some(t, "days", 4, rapid.Custom(func(t *rapid.T) recur.Day {
		return recur.Day{Weekday: recur.Weekday(rapid.IntRange(1, 7).Draw(t, "day"))}
	}), 3)
	r.ByHour = some(t, "hours", 4, rapid.IntRange(0, 23), 4)
	r.ByMinute = some(t, "minutes", 3, rapid.IntRange(0, 59), 4)
	r.ByMonth = some(t, "months", 1, rapid.IntRange(1, 12), 4)
	r.Count = rapid.IntRange(1, 3000).Draw(t, "count")
	return r
})

// TestWindowsWithinDays is TestWindows for rules of hours and minutes that count: what lies before the window is counted
// as if it had been walked through.
func TestWindowsWithinDays(t *testing.T) {
	anyStart := starts(t).Filter(func(s recur.Start) bool { return !s.Date })
	rapid.Check(t, func(t *rapid.T) {
		r, s := within.Draw(t, "rule"), anyStart.Draw(t, "start")
		from := s.Time.AddDate(0, 0, rapid.IntRange(0, 60).Draw(t, "from"))
		to := from.AddDate(0, 0, rapid.IntRange(1, 20).Draw(t, "length"))
		all, err := recur.Set{Start: s, Rules: []recur.Rule{r}}.Between(s.Time.AddDate(0, 0, -3), to, 0)
		if err != nil {
			t.Fatal(err)
		}
		all = slices.DeleteFunc(all, func(o time.Time) bool { return o.Before(from) })
		if diff := cmp.Diff(local(all), between(t, r, s, from, to, 0)); diff != "" {
			t.Fatalf("%s: %s", r, diff)
		}
	})
}

func TestTextIsKept(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rules.Draw(t, "rule")
		back, err := recur.Parse(r.String())
		if diff := cmp.Diff(r, back); diff != "" || err != nil {
			t.Fatal(diff, err)
		}
	})
}

// TestVersitKeepsTheRule shows that what Versit says it can say is the same rule when read again.
func TestVersitKeepsTheRule(t *testing.T) {
	anyStart := starts(t)
	said := 0
	rapid.Check(t, func(t *rapid.T) {
		r, s := rules.Draw(t, "rule"), anyStart.Draw(t, "start")
		text, ok := r.Versit(s)
		if !ok {
			return
		}
		said++
		back, err := recur.ParseVersit(text, s)
		if err != nil || back.Key(s) != r.Key(s) {
			t.Fatalf("%s from %v: %s is %s: %v", r, s, text, back, err)
		}
		far := s.Time.AddDate(400, 0, 0)
		if diff := cmp.Diff(between(t, r, s, s.Time, far, 200), between(t, back, s, s.Time, far, 200)); diff != "" {
			t.Fatalf("%s from %v: %s is %s: %s", r, s, text, back, diff)
		}
	})
	if said < 5 {
		t.Errorf("only %d rules could be said", said)
	}
}

// TestWithUntilKeepsTheRule shows that an UNTIL of another type ends the rule at the same occurrence.
func TestWithUntilKeepsTheRule(t *testing.T) {
	anyStart := starts(t)
	rapid.Check(t, func(t *rapid.T) {
		r, s := rules.Draw(t, "rule"), anyStart.Draw(t, "start")
		far := s.Time.AddDate(20, 0, 0)
		with := r.WithUntil(s)
		if diff := cmp.Diff(between(t, r, s, s.Time, far, 500), between(t, with, s, s.Time, far, 500)); diff != "" {
			t.Fatalf("%s is %s: %s", r, with, diff)
		}
	})
}

// TestSameKeySameOccurrences says rules in other ways and in changed ones: where the Key is the same,
// five years of occurrences are.
func TestSameKeySameOccurrences(t *testing.T) {
	anyStart := starts(t)
	same := 0
	rapid.Check(t, func(t *rapid.T) {
		a, s := rules.Draw(t, "rule"), anyStart.Draw(t, "start")
		b := altered(t, a, s)
		if a.Key(s) != b.Key(s) {
			return
		}
		same++
		to := s.Time.AddDate(5, 0, 0)
		if diff := cmp.Diff(between(t, a, s, s.Time, to, 0), between(t, b, s, s.Time, to, 0)); diff != "" {
			t.Fatalf("%s and %s have the key %s: %s", a, b, a.Key(s), diff)
		}
	})
	if same < 5 {
		t.Errorf("only %d pairs had the same key", same)
	}
}

// altered is the rule in other words, or another one that is near it.
func altered(t *rapid.T, r recur.Rule, s recur.Start) recur.Rule {
	switch rapid.IntRange(0, 8).Draw(t, "alteration") {
	case 0:
		r.WeekStart = recur.Weekday(rapid.IntRange(0, 7).Draw(t, "other week start"))
	case 1:
		r.Interval = rapid.SampledFrom([]int{1, 2, 12, 7}).Draw(t, "other interval")
	case 2:
		r.Freq = rapid.SampledFrom([]recur.Freq{recur.Daily, recur.Weekly, recur.Monthly, recur.Yearly}).Draw(t, "other freq")
	case 3:
		r.ByDay = append(slices.Clone(r.ByDay), recur.Day{Weekday: weekday(s.Time)})
	case 4:
		r.ByMonthDay = append(slices.Clone(r.ByMonthDay), s.Time.Day())
	case 5:
		r.ByMonth = append(slices.Clone(r.ByMonth), int(s.Time.Month()))
	case 6:
		r.ByHour = []int{s.Time.Hour()}
	case 7:
		if last, ok := r.Last(s); ok {
			r.Count = 0
			r.Until = recur.Until{Kind: recur.UntilUTC, Time: last.UTC()}
		}
	case 8:
		if r.Freq == recur.Monthly {
			r.Freq, r.Interval = recur.Yearly, 1
			r.ByMonth = []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}
		}
	}
	return r
}

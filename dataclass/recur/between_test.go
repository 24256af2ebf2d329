package recur_test

import (
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-sync/bindery/dataclass/recur"
)

// TestExpand holds rules against occurrences counted by hand on a calendar. The start is 1997-09-02,
// a Tuesday, at nine in New York, unless the case names another.
func TestExpand(t *testing.T) {
	for _, c := range []struct {
		name, rule, start string
		want              []string
	}{
		{"ten days", "FREQ=DAILY;COUNT=3", "", []string{"1997-09-02T09:00", "1997-09-03T09:00", "1997-09-04T09:00"}},
		{"every other week, week start Monday", "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO", "1997-08-05T09:00",
			[]string{"1997-08-05T09:00", "1997-08-10T09:00", "1997-08-19T09:00", "1997-08-24T09:00"}},
		{"every other week, week start Sunday", "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU", "1997-08-05T09:00",
			[]string{"1997-08-05T09:00", "1997-08-17T09:00", "1997-08-19T09:00", "1997-08-31T09:00"}},
		{"first and last Sunday", "FREQ=MONTHLY;INTERVAL=2;COUNT=4;BYDAY=1SU,-1SU", "1997-09-07T09:00",
			[]string{"1997-09-07T09:00", "1997-09-28T09:00", "1997-11-02T09:00", "1997-11-30T09:00"}},
		{"third to the last day", "FREQ=MONTHLY;BYMONTHDAY=-3;COUNT=3", "1997-09-28T09:00",
			[]string{"1997-09-28T09:00", "1997-10-29T09:00", "1997-11-28T09:00"}},
		{"the 31st", "FREQ=MONTHLY;COUNT=3", "1997-10-31T09:00", []string{"1997-10-31T09:00", "1997-12-31T09:00", "1998-01-31T09:00"}},
		{"leap day", "FREQ=YEARLY;COUNT=3", "1996-02-29T09:00", []string{"1996-02-29T09:00", "2000-02-29T09:00", "2004-02-29T09:00"}},
		{"days of the year", "FREQ=YEARLY;INTERVAL=3;COUNT=4;BYYEARDAY=1,100,200", "1997-01-01T09:00",
			[]string{"1997-01-01T09:00", "1997-04-10T09:00", "1997-07-19T09:00", "2000-01-01T09:00"}},
		{"last day of the year", "FREQ=YEARLY;COUNT=3;BYYEARDAY=-1", "1999-12-31T09:00", []string{"1999-12-31T09:00", "2000-12-31T09:00", "2001-12-31T09:00"}},
		{"20th Monday", "FREQ=YEARLY;BYDAY=20MO;COUNT=3", "1997-05-19T09:00", []string{"1997-05-19T09:00", "1998-05-18T09:00", "1999-05-17T09:00"}},
		{"week 20", "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO;COUNT=3", "1997-05-12T09:00", []string{"1997-05-12T09:00", "1998-05-11T09:00", "1999-05-17T09:00"}},
		{"week 20 on the start's day", "FREQ=YEARLY;BYWEEKNO=20;COUNT=3", "1997-05-12T09:00", []string{"1997-05-12T09:00", "1998-05-11T09:00", "1999-05-17T09:00"}},
		{"Friday the 13th", "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13;COUNT=3", "1998-02-13T09:00", []string{"1998-02-13T09:00", "1998-03-13T09:00", "1998-11-13T09:00"}},
		{"Tuesday behind the first Monday of November", "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8;COUNT=3", "1996-11-05T09:00",
			[]string{"1996-11-05T09:00", "2000-11-07T09:00", "2004-11-02T09:00"}},
		{"last workday", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=3", "1997-09-30T09:00", []string{"1997-09-30T09:00", "1997-10-31T09:00", "1997-11-28T09:00"}},
		{"position in the first week counts from its Monday", "FREQ=WEEKLY;BYDAY=MO,TU,FR;BYSETPOS=2;COUNT=3", "", []string{"1997-09-02T09:00", "1997-09-09T09:00", "1997-09-16T09:00"}},
		{"every Monday and the second Tuesday", "FREQ=MONTHLY;BYDAY=MO,2TU;COUNT=4", "1997-09-08T09:00",
			[]string{"1997-09-08T09:00", "1997-09-09T09:00", "1997-09-15T09:00", "1997-09-22T09:00"}},
		{"sixth Monday of a month", "FREQ=MONTHLY;BYDAY=6MO,-6MO,1MO;COUNT=3", "1997-09-01T09:00", []string{"1997-09-01T09:00", "1997-10-06T09:00", "1997-11-03T09:00"}},
		{"three hours", "FREQ=HOURLY;INTERVAL=3;UNTIL=19970902T210000Z", "", []string{"1997-09-02T09:00", "1997-09-02T12:00", "1997-09-02T15:00"}},
		{"quarters of hours of a Friday", "FREQ=MINUTELY;INTERVAL=15;BYDAY=FR;BYHOUR=9;COUNT=3", "", []string{"1997-09-02T09:00", "1997-09-05T09:00", "1997-09-05T09:15"}},
		{"hours never met", "FREQ=HOURLY;INTERVAL=2;BYHOUR=10;COUNT=2", "", []string{"1997-09-02T09:00"}},
		{"minutes across midnight", "FREQ=MINUTELY;INTERVAL=601;COUNT=3", "", []string{"1997-09-02T09:00", "1997-09-02T19:01", "1997-09-03T05:02"}},
		{"seconds of the minute", "FREQ=MINUTELY;INTERVAL=1440;BYSECOND=0,30;BYSETPOS=-1;COUNT=2", "", []string{"1997-09-02T09:00", "1997-09-02T09:00"}},
		{"the start is not matched but counts", "FREQ=WEEKLY;BYDAY=FR;COUNT=3", "", []string{"1997-09-02T09:00", "1997-09-05T09:00", "1997-09-12T09:00"}},
		{"two times a day", "FREQ=DAILY;BYHOUR=9,17;BYMINUTE=0,30;COUNT=4", "", []string{"1997-09-02T09:00", "1997-09-02T09:30", "1997-09-02T17:00", "1997-09-02T17:30"}},
		{"both ends", "FREQ=DAILY;COUNT=9;UNTIL=19970903", "", []string{"1997-09-02T09:00", "1997-09-03T09:00"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			start := recur.Start{Time: time.Date(1997, 9, 2, 9, 0, 0, 0, place(t, "America/New_York"))}
			if c.start != "" {
				start.Time, _ = time.ParseInLocation("2006-01-02T15:04", c.start, start.Time.Location())
			}
			if diff := cmp.Diff(c.want, occurrences(t, parse(t, c.rule), start, 4)[:len(c.want)]); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestClocks follows nine o'clock, and times that a change of clocks skips or repeats, through a year.
func TestClocks(t *testing.T) {
	for _, c := range []struct {
		name, zone, start string
		want              []string // in UTC
	}{
		{"Oslo in spring", "Europe/Oslo", "2024-03-30T09:00", []string{"03-30T08:00", "03-31T07:00", "04-01T07:00"}},
		{"Oslo in autumn", "Europe/Oslo", "2024-10-26T09:00", []string{"10-26T07:00", "10-27T08:00", "10-28T08:00"}},
		{"Sydney in spring", "Australia/Sydney", "2024-10-05T09:00", []string{"10-04T23:00", "10-05T22:00", "10-06T22:00"}},
		{"Sydney in autumn", "Australia/Sydney", "2024-04-06T09:00", []string{"04-05T22:00", "04-06T23:00", "04-07T23:00"}},
		{"New York in spring", "America/New_York", "2024-03-09T09:00", []string{"03-09T14:00", "03-10T13:00", "03-11T13:00"}},
		{"New York in autumn", "America/New_York", "2024-11-02T09:00", []string{"11-02T13:00", "11-03T14:00", "11-04T14:00"}},
		{"Oslo, a time that is skipped", "Europe/Oslo", "2024-03-30T02:30", []string{"03-30T01:30", "03-31T01:30", "04-01T00:30"}},
		{"New York, a time that is skipped", "America/New_York", "2024-03-09T02:30", []string{"03-09T07:30", "03-10T07:30", "03-11T06:30"}},
		{"Sydney, a time that is skipped", "Australia/Sydney", "2024-10-05T02:30", []string{"10-04T16:30", "10-05T16:30", "10-06T15:30"}},
		{"Oslo, a time that comes twice", "Europe/Oslo", "2024-10-26T02:30", []string{"10-26T00:30", "10-27T00:30", "10-28T01:30"}},
		{"New York, a time that comes twice", "America/New_York", "2024-11-02T01:30", []string{"11-02T05:30", "11-03T05:30", "11-04T06:30"}},
		{"Sydney, a time that comes twice", "Australia/Sydney", "2024-04-06T02:30", []string{"04-05T15:30", "04-06T15:30", "04-07T16:30"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			begin, err := time.ParseInLocation("2006-01-02T15:04", c.start, place(t, c.zone))
			if err != nil {
				t.Fatal(err)
			}
			set := recur.Set{Start: recur.Start{Time: begin}, Rules: []recur.Rule{parse(t, "FREQ=DAILY;COUNT=3")}}
			all, err := set.Between(begin, begin.AddDate(1, 0, 0), 0)
			var got []string
			for _, o := range all {
				got = append(got, o.UTC().Format("01-02T15:04"))
			}
			if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
				t.Error(diff, err)
			}
		})
	}
}

func TestSet(t *testing.T) {
	s := monday(t)
	oslo := s.Time.Location()
	day := func(n, hour int) time.Time { return time.Date(2024, 3, n, hour, 0, 0, 0, oslo) }
	daily := parse(t, "FREQ=DAILY;COUNT=4")
	allDay := recur.Start{Time: day(4, 0), Date: true}
	floating := recur.Start{Time: time.Date(2024, 3, 4, 9, 0, 0, 0, time.UTC), Floating: true}
	for _, c := range []struct {
		name string
		set  recur.Set
		want []string
	}{
		{"only the start", recur.Set{Start: s}, []string{"04T09"}},
		{"count is counted before exceptions", recur.Set{Start: s, Rules: []recur.Rule{daily}, ExDates: []time.Time{day(5, 9), day(6, 9)}},
			[]string{"04T09", "07T09"}},
		{"the start can be an exception", recur.Set{Start: s, Rules: []recur.Rule{daily}, ExDates: []time.Time{day(4, 9)}},
			[]string{"05T09", "06T09", "07T09"}},
		{"every value of the lists", recur.Set{Start: s, RDates: []time.Time{day(20, 11), day(8, 9), day(8, 9)}, ExDates: []time.Time{day(21, 9)}},
			[]string{"04T09", "08T09", "20T11"}},
		{"a date that the rule has too", recur.Set{Start: s, Rules: []recur.Rule{daily}, RDates: []time.Time{day(5, 9)}},
			[]string{"04T09", "05T09", "06T09", "07T09"}},
		{"exception in UTC", recur.Set{Start: s, Rules: []recur.Rule{daily}, ExDates: []time.Time{day(5, 9).UTC()}},
			[]string{"04T09", "06T09", "07T09"}},
		{"exception at another time is none", recur.Set{Start: s, Rules: []recur.Rule{parse(t, "FREQ=DAILY;COUNT=2")}, ExDates: []time.Time{day(5, 10)}},
			[]string{"04T09", "05T09"}},
		{"two rules", recur.Set{Start: s, Rules: []recur.Rule{parse(t, "FREQ=WEEKLY;COUNT=2"), parse(t, "FREQ=DAILY;COUNT=2")}},
			[]string{"04T09", "05T09", "11T09"}},
		{"exception rule", recur.Set{Start: s, Rules: []recur.Rule{parse(t, "FREQ=DAILY;COUNT=8")}, ExRules: []recur.Rule{parse(t, "FREQ=DAILY;BYDAY=SA,SU")}},
			[]string{"04T09", "05T09", "06T09", "07T09", "08T09", "11T09"}},
		{"exception rule with an end", recur.Set{Start: s, Rules: []recur.Rule{parse(t, "FREQ=DAILY;COUNT=5")}, ExRules: []recur.Rule{parse(t, "FREQ=DAILY;INTERVAL=2;COUNT=2")}},
			[]string{"05T09", "07T09", "08T09"}},
		{"exception rule until", recur.Set{Start: s, Rules: []recur.Rule{parse(t, "FREQ=DAILY;COUNT=5")}, ExRules: []recur.Rule{parse(t, "FREQ=DAILY;UNTIL=20240305")}},
			[]string{"06T09", "07T09", "08T09"}},
		{"all day by date", recur.Set{Start: allDay, Rules: []recur.Rule{daily}, ExDates: []time.Time{time.Date(2024, 3, 5, 0, 0, 0, 0, time.UTC)}},
			[]string{"04T00", "06T00", "07T00"}},
		{"floating by clock", recur.Set{Start: floating, Rules: []recur.Rule{daily}, ExDates: []time.Time{day(5, 9)}},
			[]string{"04T09", "06T09", "07T09"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			all, err := c.set.Between(day(1, 0), day(31, 0), 100)
			var got []string
			for _, o := range all {
				got = append(got, o.Format("02T15"))
			}
			if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
				t.Error(diff, err)
			}
		})
	}
}

func TestBetweenWindow(t *testing.T) {
	s := monday(t)
	set := recur.Set{Start: s, Rules: []recur.Rule{parse(t, "FREQ=DAILY;INTERVAL=3")}}
	from, to := s.Time.AddDate(40, 0, 0), s.Time.AddDate(40, 0, 7)
	all, err := set.Between(from, to, 10)
	// 40 years are 14610 days here, a multiple of three.
	want := []string{"2064-03-04T09:00", "2064-03-07T09:00", "2064-03-10T09:00"}
	if diff := cmp.Diff(want, local(all)); diff != "" || err != nil {
		t.Error(diff, err)
	}
	if all, err := set.Between(from, from, 10); len(all) != 0 || err != nil {
		t.Errorf("empty window: %v, %v", all, err)
	}
	if all, err := set.Between(to, from, 10); len(all) != 0 || err != nil {
		t.Errorf("window turned round: %v, %v", all, err)
	}
}

func TestBetweenLimits(t *testing.T) {
	for _, c := range []struct {
		name, rule string
		limit      int
		want       int
		err        error
	}{
		{"at the limit", "FREQ=DAILY;COUNT=10", 10, 10, nil},
		{"beyond the limit", "FREQ=DAILY;COUNT=11", 10, 10, recur.ErrLimit},
		{"for ever", "FREQ=DAILY", 10, 10, recur.ErrLimit},
		{"every second", "FREQ=SECONDLY", 1000, 1000, recur.ErrLimit},
		{"every second, no limit of the caller", "FREQ=SECONDLY", 0, 100000, recur.ErrLimit},
		{"never", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", 10, 1, recur.ErrLimit},
		{"never, by the second", "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30;BYHOUR=3", 10, 1, recur.ErrLimit},
		{"never, at no hour", "FREQ=SECONDLY;INTERVAL=7200;BYHOUR=0", 10, 1, recur.ErrLimit},
		{"seldom", "FREQ=YEARLY;INTERVAL=100;BYMONTH=3;BYDAY=MO;BYMONTHDAY=4", 10, 3, nil},
		{"a hundred thousand times a day", "FREQ=YEARLY;BYHOUR=" + upTo(24) + ";BYMINUTE=" + upTo(60) + ";BYSECOND=" + upTo(60), 10, 1, recur.ErrLimit},
		{"another calendar", "FREQ=DAILY;RSCALE=HEBREW", 10, 0, recur.ErrUnsayable},
		{"days that are moved instead of left out", "FREQ=MONTHLY;RSCALE=GREGORIAN;SKIP=BACKWARD", 10, 0, recur.ErrUnsayable},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := monday(t)
			set := recur.Set{Start: s, Rules: []recur.Rule{parse(t, c.rule)}}
			all, err := set.Between(s.Time, s.Time.AddDate(900, 0, 0), c.limit)
			if !errors.Is(err, c.err) || len(all) != c.want {
				t.Errorf("%d occurrences, error %v; want %d, %v", len(all), err, c.want, c.err)
			}
		})
	}
}

// upTo lists the numbers from 0 on.
func upTo(n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = strconv.Itoa(i)
	}
	return strings.Join(list, ",")
}

// TestExceptionsForEver shows that an exception rule without an end does not keep Between from the
// first occurrences.
func TestExceptionsForEver(t *testing.T) {
	s := monday(t)
	set := recur.Set{Start: s, Rules: []recur.Rule{parse(t, "FREQ=HOURLY")}, ExRules: []recur.Rule{parse(t, "FREQ=HOURLY;BYHOUR=10")}}
	all, err := set.Between(s.Time, s.Time.AddDate(7000, 0, 0), 3)
	want := []string{"2024-03-04T09:00", "2024-03-04T11:00", "2024-03-04T12:00"}
	if diff := cmp.Diff(want, local(all)); diff != "" || !errors.Is(err, recur.ErrLimit) {
		t.Error(diff, err)
	}
}

func TestLast(t *testing.T) {
	for _, c := range []struct{ name, rule, want string }{
		{"endless", "FREQ=DAILY", ""},
		{"counted", "FREQ=DAILY;COUNT=3", "2024-03-06T09:00"},
		{"date", "FREQ=WEEKLY;UNTIL=20240331", "2024-03-25T09:00"},
		{"a seldom one", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;UNTIL=20470101", "2044-02-29T09:00"},
		{"none behind the start", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;UNTIL=20470101", "2024-03-04T09:00"},
		{"before the start", "FREQ=DAILY;UNTIL=20200101", "2024-03-04T09:00"},
		{"within the day", "FREQ=HOURLY;UNTIL=20240304T110000Z", "2024-03-04T12:00"},
		{"another calendar", "FREQ=DAILY;COUNT=3;RSCALE=HEBREW", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			last, ok := parse(t, c.rule).Last(monday(t))
			if ok != (c.want != "") || ok && last.Format("2006-01-02T15:04") != c.want {
				t.Errorf("got %v, %v; want %s", last, ok, c.want)
			}
		})
	}
}

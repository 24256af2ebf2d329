package recur_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/dataclass/recur"
)

// start is a start made of what a fuzzer can turn.
func start(t testing.TB, zone, minutes uint32, sort uint8) recur.Start {
	names := []string{"Europe/Oslo", "Australia/Sydney", "America/New_York", "UTC", "Asia/Kathmandu"}
	loc := place(t, names[int(zone)%len(names)])
	// From 1970 on, for 200 years.
	at := time.Unix(int64(minutes%(200*365*24*60))*60, 0).In(loc)
	return recur.Start{Time: at, Date: sort%3 == 0, Floating: sort%3 == 1}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"FREQ=DAILY", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE;WKST=SU", "FREQ=MONTHLY;BYDAY=-1FR;UNTIL=20240101T225959Z",
		"RSCALE=CHINESE;FREQ=YEARLY;BYMONTH=5L;SKIP=FORWARD", "freq=yearly;bymonth=3,10;byday=-1su;", "FREQ=SECONDLY;COUNT=999999999;BYSECOND=60",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, err := recur.Parse(s)
		if err != nil {
			if !errors.Is(err, recur.ErrSyntax) {
				t.Fatalf("untyped error: %v", err)
			}
			return
		}
		text := r.String()
		back, err := recur.Parse(text)
		if err != nil || back.String() != text {
			t.Fatalf("%q is printed %q and read again %q: %v", s, text, back, err)
		}
	})
}

func FuzzParseVersit(f *testing.F) {
	for _, s := range []string{
		"D1 #10", "W2 MO WE #0", "MP1 2+ WE 1- FR #3", "MD1 1 15 LD #0", "YM1 6 7 #10", "YD1 100 200 #4", "D1 19980101T000000Z",
		"W1 TU 1200 TH 1130 #10", "YM1 6 9 10 #10 MP1 1+ 2+ 3+ 4+ 1- SA SU #1", "MP6 1+ MO #5 D2 0600 1200 1500 #10 M5 #3", "D2 0600 1200$ 1500 #3",
		"D1 #5;W1 #3", "mp12 1- su #0",
	} {
		f.Add(s, uint32(0), uint32(28000000), uint8(2))
	}
	f.Fuzz(func(t *testing.T, s string, zone, minutes uint32, sort uint8) {
		begin := start(t, zone, minutes, sort)
		r, err := recur.ParseVersit(s, begin)
		if err != nil {
			if !errors.Is(err, recur.ErrSyntax) && !errors.Is(err, recur.ErrUnsayable) {
				t.Fatalf("untyped error: %v", err)
			}
			return
		}
		if back, err := recur.Parse(r.String()); err != nil || back.String() != r.String() {
			t.Fatalf("%q is %s and read again %s: %v", s, r, back, err)
		}
		text, ok := r.Versit(begin)
		if !ok {
			return
		}
		back, err := recur.ParseVersit(text, begin)
		if err != nil || back.Key(begin) != r.Key(begin) {
			t.Fatalf("%q is %s, written %q, read again %s: %v", s, r, text, back, err)
		}
	})
}

func FuzzBetween(f *testing.F) {
	for _, s := range []string{
		"FREQ=DAILY", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE;WKST=SU", "FREQ=MONTHLY;BYDAY=-1FR,6MO,TU;UNTIL=20240101T225959Z",
		"FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30;BYHOUR=3", "FREQ=HOURLY;INTERVAL=2;BYHOUR=1",
		"FREQ=YEARLY;BYWEEKNO=53,-1,1;BYDAY=MO;WKST=TH", "FREQ=YEARLY;BYDAY=53MO,-53TU;BYSETPOS=-1", "FREQ=DAILY;COUNT=999999999",
		"FREQ=MINUTELY;INTERVAL=999999999;BYSECOND=1,2;BYSETPOS=-3",
	} {
		f.Add(s, uint32(0), uint32(28000000), uint8(2), uint16(10), uint16(400))
	}
	f.Fuzz(func(t *testing.T, s string, zone, minutes uint32, sort uint8, after, days uint16) {
		r, err := recur.Parse(s)
		if err != nil || len(s) > 200 {
			return
		}
		begin := start(t, zone, minutes, sort)
		from := begin.Time.AddDate(0, 0, int(after))
		to := from.AddDate(0, 0, int(days))
		set := recur.Set{Start: begin, Rules: []recur.Rule{r}}
		all, err := set.Between(from, to, 50)
		if err != nil && !errors.Is(err, recur.ErrLimit) && !errors.Is(err, recur.ErrUnsayable) {
			t.Fatalf("%s: untyped error: %v", r, err)
		}
		if len(all) > 50 || !slices.IsSortedFunc(all, time.Time.Compare) {
			t.Fatalf("%s: %d occurrences, in order: %v", r, len(all), all)
		}
		for _, o := range all {
			if o.Before(from) || !o.Before(to) {
				t.Fatalf("%s: %v is not between %v and %v", r, o, from, to)
			}
		}
		set.ExRules = []recur.Rule{r}
		left, err := set.Between(from, to, 50)
		if err == nil && len(left) > 1 {
			t.Fatalf("%s: its own exceptions leave %v", r, left)
		}
		if r.Key(begin) == "" {
			t.Fatalf("%s: no key", r)
		}
	})
}

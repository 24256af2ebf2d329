package schedule

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// times gives the next n times of a schedule, in the zone.
func times(t *testing.T, s Schedule, after string, n int) string {
	t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04", after, s.zone)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for range n {
		next, ok := s.Next(at)
		if !ok || !next.After(at) {
			t.Fatalf("after %s: %s, %v", at, next, ok)
		}
		at = next
		out = append(out, at.In(s.zone).Format("02T15:04-07"))
	}
	return strings.Join(out, " ")
}

func parse(t *testing.T, spec Spec) Schedule {
	t.Helper()
	s, err := Parse(spec)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestCron(t *testing.T) {
	for _, tc := range []struct {
		cron, zone, after string
		n                 int
		want              string
	}{
		{"30 7 * * *", "", "2026-11-21 07:30", 2, "22T07:30+00 23T07:30+00"},
		{"30 7 * * *", "", "2026-11-21 07:29", 1, "21T07:30+00"},
		{"*/20 9-10 * * mon-fri", "", "2026-11-21 09:00", 4, "23T09:00+00 23T09:20+00 23T09:40+00 23T10:00+00"},
		{"0 0 1 jan *", "", "2026-11-21 00:00", 1, "01T00:00+00"},
		{"0 12 13 * fri", "", "2026-11-10 13:00", 3, "13T12:00+00 20T12:00+00 27T12:00+00"}, // either of two
		{"0 12 */2 * sun", "", "2026-11-01 13:00", 2, "15T12:00+00 29T12:00+00"},            // a star: both
		{"5,10-12 0 * * 7", "", "2026-11-21 12:00", 4, "22T00:05+00 22T00:10+00 22T00:11+00 22T00:12+00"},
		{"50/5 23 * * *", "", "2026-11-21 12:00", 3, "21T23:50+00 21T23:55+00 22T23:50+00"},
		{"0 0 29 2 *", "", "2026-11-21 00:00", 1, "29T00:00+00"},

		// Clocks that are put forward: in Oslo at 2 on 29 March 2026, in Auckland at 2 on 27 September.
		{"30 2 * * *", "Europe/Oslo", "2026-03-28 03:00", 2, "29T03:00+02 30T02:30+02"},
		{"30 2 * * *", "Pacific/Auckland", "2026-09-26 03:00", 2, "27T03:00+13 28T02:30+13"},
		{"*/30 * * * *", "Europe/Oslo", "2026-03-29 01:15", 3, "29T01:30+01 29T03:00+02 29T03:30+02"},
		{"0,30 2,3 * * *", "Europe/Oslo", "2026-03-29 01:15", 3, "29T03:00+02 29T03:30+02 30T02:00+02"},
		// Clocks that are put back: in Oslo at 3 on 25 October 2026, in Auckland at 3 on 5 April.
		{"30 2 * * *", "Europe/Oslo", "2026-10-25 00:00", 2, "25T02:30+02 26T02:30+01"},
		{"30 2 * * *", "Pacific/Auckland", "2026-04-05 00:00", 2, "05T02:30+13 06T02:30+12"},
		{"*/30 * * * *", "Europe/Oslo", "2026-10-25 01:45", 5, "25T02:00+02 25T02:30+02 25T02:00+01 25T02:30+01 25T03:00+01"},
		// Half an hour, at midnight, and a day that never was.
		{"45 1 * * *", "Australia/Lord_Howe", "2026-04-04 12:00", 2, "05T01:45+11 06T01:45+10"},
		{"0 0 * * *", "America/Havana", "2026-03-07 12:00", 2, "08T01:00-04 09T00:00-04"},
		{"0 12 30 12 *", "Pacific/Apia", "2011-12-29 13:00", 2, "31T00:00+14 30T12:00+14"},
	} {
		t.Run(tc.cron+" "+tc.zone+" "+tc.after, func(t *testing.T) {
			if got := times(t, parse(t, Spec{Cron: tc.cron, Zone: tc.zone}), tc.after, tc.n); got != tc.want {
				t.Errorf("%s\nwant %s", got, tc.want)
			}
		})
	}
}

// TestEveryDayIsOneDay: a daily schedule is due exactly once on each day of many years, in zones of both hemispheres.
func TestEveryDayIsOneDay(t *testing.T) {
	for _, zone := range []string{"Europe/Oslo", "Pacific/Auckland", "America/New_York", "America/Sao_Paulo", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Tehran", "America/Havana"} {
		for _, clock := range []string{"0 0", "30 0", "59 23", "30 2", "0 3"} {
			s := parse(t, Spec{Cron: clock + " * * *", Zone: zone})
			at := time.Date(2008, 1, 1, 5, 0, 0, 0, s.zone)
			days := 0
			for seen := ""; at.Year() < 2012; days++ {
				next, ok := s.Next(at)
				day := next.In(s.zone).Format("2006-01-02")
				if !ok || day <= seen || next.Sub(at) > 50*time.Hour {
					t.Fatalf("%s %s: after %s comes %s", zone, clock, at.In(s.zone), next.In(s.zone))
				}
				at, seen = next, day
			}
			if days < 1460 || days > 1462 {
				t.Errorf("%s %s: %d days in four years", zone, clock, days)
			}
		}
	}
}

func TestEvery(t *testing.T) {
	base := time.Date(2026, 11, 21, 8, 7, 0, 0, time.UTC)
	for _, tc := range []struct {
		every time.Duration
		after string
		want  string
	}{
		{6 * time.Hour, "2026-11-21 08:07", "21T14:07+00 21T20:07+00"},
		{6 * time.Hour, "2026-11-21 08:06", "21T08:07+00 21T14:07+00"},
		{6 * time.Hour, "2026-11-20 08:06", "20T08:07+00 20T14:07+00"}, // before its base too
		{time.Minute, "2027-01-01 00:00", "01T00:01+00 01T00:02+00"},
	} {
		if got := times(t, parse(t, Spec{Every: tc.every, Base: base}), tc.after, 2); got != tc.want {
			t.Errorf("%s after %s: %s, want %s", tc.every, tc.after, got, tc.want)
		}
	}
	// An interval goes by what passes, not by what clocks show.
	s := parse(t, Spec{Every: time.Hour, Base: base, Zone: "Europe/Oslo"})
	if got := times(t, s, "2026-10-25 01:30", 4); got != "25T02:07+02 25T02:07+01 25T03:07+01 25T04:07+01" {
		t.Error(got)
	}
}

func TestQuietHours(t *testing.T) {
	for _, tc := range []struct{ cron, from, to, zone, after, want string }{
		{"0 * * * *", "22:00", "06:30", "", "2026-11-21 20:30", "21T21:00+00 22T06:30+00 22T07:00+00"},
		{"0 * * * *", "12:00", "14:00", "", "2026-11-21 10:30", "21T11:00+00 21T14:00+00 21T15:00+00"},
		{"0 3 * * *", "22:00", "06:30", "", "2026-11-21 02:00", "21T06:30+00 22T06:30+00 23T06:30+00"},
		{"0 3 * * *", "22:00", "06:30", "", "2026-11-21 04:00", "21T06:30+00 22T06:30+00 23T06:30+00"}, // asked in the middle
		{"0 6 * * *", "22:00", "06:00", "", "2026-11-21 05:00", "21T06:00+00 22T06:00+00 23T06:00+00"}, // their end is not quiet
		{"30 0 * * *", "22:00", "02:30", "Europe/Oslo", "2026-03-28 22:30", "29T03:00+02 30T02:30+02 31T02:30+02"},
		{"30 0 * * *", "22:00", "02:30", "Europe/Oslo", "2026-10-24 22:30", "25T02:30+02 26T02:30+01 27T02:30+01"},
	} {
		if got := times(t, parse(t, Spec{Cron: tc.cron, QuietFrom: tc.from, QuietTo: tc.to, Zone: tc.zone}), tc.after, 3); got != tc.want {
			t.Errorf("%+v: %s", tc, got)
		}
	}
}

// TestQuietHoursAreQuiet asks a busy schedule through two years: it is never due in quiet hours, and always again after.
func TestQuietHoursAreQuiet(t *testing.T) {
	for _, zone := range []string{"Europe/Oslo", "Pacific/Auckland", "America/Havana"} {
		s := parse(t, Spec{Cron: "*/45 * * * *", QuietFrom: "22:15", QuietTo: "06:30", Zone: zone})
		at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		for at.Year() < 2027 {
			next, ok := s.Next(at)
			clock := next.In(s.zone).Format("15:04")
			if !ok || next.Sub(at) > 10*time.Hour || clock >= "22:15" || clock < "06:30" {
				t.Fatalf("%s: after %s comes %s", zone, at.In(s.zone), next.In(s.zone))
			}
			at = next
		}
	}
}

// TestJitter: the same schedule is always late by the same, two schedules are not, and none is too late.
func TestJitter(t *testing.T) {
	spec := Spec{Cron: "0 7 * * *", Jitter: 10 * time.Minute, Seed: 15}
	s, same := parse(t, spec), parse(t, spec)
	spec.Seed = 16
	other := parse(t, spec)
	at := time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)
	apart, late := 0, map[time.Duration]bool{}
	for range 30 {
		next, _ := s.Next(at)
		again, _ := same.Next(at)
		third, _ := other.Next(at)
		d := next.Sub(time.Date(next.Year(), next.Month(), next.Day(), 7, 0, 0, 0, time.UTC))
		if !next.Equal(again) || d < 0 || d >= 10*time.Minute {
			t.Fatalf("%s, %s", next, again)
		}
		if !next.Equal(third) {
			apart++
		}
		late[d] = true
		at = next
	}
	if apart < 20 || len(late) < 20 {
		t.Errorf("%d of 30 apart, %d delays", apart, len(late))
	}
	quiet := parse(t, Spec{Cron: "0 7 * * *", Jitter: time.Hour, QuietFrom: "06:00", QuietTo: "08:00"})
	for range 30 {
		at, _ = quiet.Next(at)
		if h := at.Hour(); h != 8 {
			t.Fatalf("due at %s", at)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, tc := range []struct {
		spec Spec
		want string
	}{
		{Spec{}, "either an interval or a cron expression"},
		{Spec{Every: time.Hour, Cron: "* * * * *"}, "either an interval or a cron expression"},
		{Spec{Every: time.Second}, "the interval must be"},
		{Spec{Every: -time.Hour}, "the interval must be"},
		{Spec{Every: 400 * 24 * time.Hour}, "the interval must be"},
		{Spec{Every: time.Hour, Jitter: -1}, "the jitter"},
		{Spec{Every: time.Hour, Jitter: 13 * time.Hour}, "the jitter"},
		{Spec{Every: time.Hour, Zone: "Mars/North"}, "is no time zone"},
		{Spec{Every: time.Hour, Zone: "Local"}, "is no time zone"},
		{Spec{Every: time.Hour, QuietFrom: "22:00"}, "quiet hours are written"},
		{Spec{Every: time.Hour, QuietFrom: "22:00", QuietTo: "25:00"}, "quiet hours are written"},
		{Spec{Every: time.Hour, QuietFrom: "22:00", QuietTo: "22:00"}, "different times"},
		{Spec{Cron: "* * * *"}, "five fields"},
		{Spec{Cron: "* * * * * *"}, "five fields"},
		{Spec{Cron: "* * * * " + strings.Repeat("1,", 200) + "1"}, "five fields"},
		{Spec{Cron: "60 * * * *"}, `"60" is no minute`},
		{Spec{Cron: "-1 * * * *"}, "is no minute"},
		{Spec{Cron: "+1 * * * *"}, "is no minute"},
		{Spec{Cron: "* 24 * * *"}, "is no hour"},
		{Spec{Cron: "* * 0 * *"}, "is no day of the month"},
		{Spec{Cron: "* * * 13 *"}, "is no month"},
		{Spec{Cron: "* * * foo *"}, "is no month"},
		{Spec{Cron: "* * * * 8"}, "is no day of the week"},
		{Spec{Cron: "5-1 * * * *"}, "is no minute"},
		{Spec{Cron: "*/0 * * * *"}, "is no minute"},
		{Spec{Cron: "*/x * * * *"}, "is no minute"},
		{Spec{Cron: "1,,2 * * * *"}, "is no minute"},
		{Spec{Cron: "1- * * * *"}, "is no minute"},
		{Spec{Cron: "0 0 30 2 *"}, "no day is ever"},
	} {
		if _, err := Parse(tc.spec); !errors.Is(err, ErrInvalid) || !strings.Contains(fmt.Sprint(err), tc.want) {
			t.Errorf("%+v: %v, want %s", tc.spec, err, tc.want)
		}
	}
	if _, ok := (Schedule{}).Next(time.Now()); ok {
		t.Error("a schedule of nothing is due")
	}
}

func FuzzCron(f *testing.F) {
	for _, text := range []string{"* * * * *", "0 0 29 2 sun", "*/7 1-5/2,9 1 jan-dec/3 mon", "59 23 31 12 7"} {
		f.Add(text)
	}
	after := time.Date(2026, 3, 29, 0, 30, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text string) {
		s, err := Parse(Spec{Cron: text, Zone: "Europe/Oslo"})
		if err != nil {
			return
		}
		if next, ok := s.Next(after); ok && !next.After(after) {
			t.Errorf("%q: after %s comes %s", text, after, next)
		}
	})
}

func BenchmarkNext(b *testing.B) {
	s, err := Parse(Spec{Cron: "* * * * *", QuietFrom: "22:00", QuietTo: "06:00", Jitter: 12 * time.Hour, Zone: "Europe/Oslo"})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		s.Next(time.Date(2026, 3, 29, 5, 0, 0, 0, time.UTC))
	}
}

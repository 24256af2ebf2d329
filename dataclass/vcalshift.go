package dataclass

import (
	"time"

	"github.com/bindery-sync/bindery/dataclass/recur"
)

// shiftRule gives a rule for times that are written by other clocks: the occurrences of the rule for the
// start from are, by the clocks in which that is to, those of the rule given back. Clocks may be a day apart, and
// the days of the rule with them. It is false where no rule says that: the second Tuesday is not the day
// before the second Wednesday. UNTIL is not touched.
func shiftRule(r recur.Rule, from, to time.Time) (recur.Rule, bool) {
	if from.Equal(to) {
		return r, true
	}
	if len(r.ByHour)+len(r.ByMinute)+len(r.BySecond) > 0 || r.Freq < recur.Daily {
		return r, false
	}
	delta := int(dayOf(to).Sub(dayOf(from)) / (24 * time.Hour))
	if delta == 0 {
		return r, true
	}
	if len(r.BySetPos)+len(r.ByWeekNo)+len(r.Other) > 0 || delta < -1 || delta > 1 {
		return r, false
	}
	s := shift{rule: r, delta: delta}
	switch r.Freq {
	case recur.Daily, recur.Weekly:
		return s.weekly()
	case recur.Monthly:
		return s.monthly(from)
	}
	return s.yearly(from)
}

func dayOf(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
}

type shift struct {
	rule  recur.Rule
	delta int
}

// weekly shifts the days of the week, and with them the day on which a week begins.
func (s shift) weekly() (recur.Rule, bool) {
	r := s.rule
	days := make([]recur.Day, len(r.ByDay))
	for i, d := range r.ByDay {
		if d.N != 0 {
			return r, false
		}
		days[i] = recur.Day{Weekday: s.weekday(d.Weekday)}
	}
	if r.ByDay != nil {
		r.ByDay = days
	}
	if r.Interval > 1 && len(days) > 1 {
		if r.WeekStart == 0 {
			r.WeekStart = recur.Monday
		}
		r.WeekStart = s.weekday(r.WeekStart)
	}
	return r, len(r.ByMonth)+len(r.ByMonthDay)+len(r.ByYearDay) == 0
}

func (s shift) weekday(w recur.Weekday) recur.Weekday {
	return recur.Weekday((int(w)+6+s.delta)%7 + 1)
}

// monthly shifts days of the month that every month has. The day before the first is the last.
func (s shift) monthly(from time.Time) (recur.Rule, bool) {
	r := s.rule
	if len(r.ByDay)+len(r.ByMonth)+len(r.ByYearDay) > 0 {
		return r, false
	}
	days := r.ByMonthDay
	if len(days) == 0 {
		days = []int{from.Day()}
	}
	shifted, wrapped := make([]int, len(days)), 0
	for i, d := range days {
		n, wraps, ok := s.monthDay(d)
		if !ok {
			return r, false
		}
		if shifted[i] = n; wraps {
			wrapped++
		}
	}
	r.ByMonthDay = shifted
	return r, r.Interval <= 1 || wrapped == 0 || wrapped == len(days)
}

// monthDay shifts one day of the month, and says whether that leads into another month.
func (s shift) monthDay(d int) (n int, wraps, ok bool) {
	switch n = d + s.delta; {
	case d == 1 && s.delta < 0:
		return -1, true, true
	case d == -1 && s.delta > 0:
		return 1, true, true
	case d > 0:
		return n, false, d <= 28 && n <= 28
	}
	return n, false, d >= -28 && n >= -28
}

// yearly shifts a date, or days counted from New Year.
func (s shift) yearly(from time.Time) (recur.Rule, bool) {
	r := s.rule
	if len(r.ByDay) > 0 || len(r.ByYearDay) > 0 && len(r.ByMonth)+len(r.ByMonthDay) > 0 {
		return r, false
	}
	if len(r.ByYearDay) > 0 {
		return s.yearDays()
	}
	months, days := r.ByMonth, r.ByMonthDay
	if len(months) == 0 && len(days) > 0 {
		return r, false
	}
	if len(months) == 0 {
		months = []int{int(from.Month())}
	}
	if len(days) == 0 {
		days = []int{from.Day()}
	}
	if len(months) == 1 && len(days) == 1 {
		return s.date(months[0], days[0])
	}
	shifted := make([]int, len(days))
	for i, d := range days {
		n, wraps, ok := s.monthDay(d)
		if !ok || wraps {
			return r, false
		}
		shifted[i] = n
	}
	r.ByMonth, r.ByMonthDay = months, shifted
	return r, true
}

// date shifts one date, unless leap years make a difference.
func (s shift) date(month, day int) (recur.Rule, bool) {
	r := s.rule
	if day < 1 {
		return r, false
	}
	const leap, common = 2024, 2023
	a := time.Date(leap, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	b := time.Date(common, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	exists := int(a.Month()) == month && int(b.Month()) == month
	a, b = a.AddDate(0, 0, s.delta), b.AddDate(0, 0, s.delta)
	r.ByMonth, r.ByMonthDay = []int{int(a.Month())}, []int{a.Day()}
	return r, exists && a.Month() == b.Month() && a.Day() == b.Day()
}

func (s shift) yearDays() (recur.Rule, bool) {
	r := s.rule
	days := make([]int, len(r.ByYearDay))
	for i, d := range r.ByYearDay {
		if days[i] = d + s.delta; d < 1 || d > 365 || days[i] < 1 || days[i] > 365 {
			return r, false
		}
	}
	r.ByYearDay = days
	return r, true
}

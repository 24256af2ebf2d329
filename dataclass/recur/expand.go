package recur

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/teambition/rrule-go"
)

const (
	maxVisits = 100000  // occurrences looked at in one walk
	maxSteps  = 2000000 // work within days in one walk
	maxPeriod = 1 << 17 // occurrences in one year, month or week
	chunk     = 400     // years asked for at once
	patience  = 400     // years without an occurrence after which a search ends
)

// walk yields the digits of the moments between lo and hi (both included) that the rule matches, in
// order, and none before the start. It heeds neither COUNT nor UNTIL, and the start is among them only
// if it matches. It returns ErrLimit if it had to end before hi.
func (r Rule) walk(start Start, lo, hi time.Time, yield func(time.Time) bool) error {
	if !r.gregorian() || start.Date && r.Freq < Daily {
		return fmt.Errorf("%w: %.80s", ErrUnsayable, r)
	}
	first := start.wall()
	lo, hi = later(lo, first), inYears(hi)
	w := walker{rule: r.explicit(first, start.Date), start: first, last: lo, yield: yield}
	w.rule.sortLists()
	for !lo.After(hi) && !w.done {
		end := sooner(hi, lo.AddDate(chunk, 0, 0))
		if err := w.between(lo, end); err != nil {
			return err
		}
		if end.Year()-w.last.Year() >= patience && end.Before(hi) && !w.done {
			return fmt.Errorf("%w: none in %d years", ErrLimit, patience)
		}
		lo = end.Add(time.Second)
	}
	return nil
}

// gregorian says whether the rule is one of the calendar that this package counts in.
func (r Rule) gregorian() bool {
	for _, p := range r.Other {
		if p.Name == "BYMONTH" || p.Name == "RSCALE" && !strings.EqualFold(p.Value, "GREGORIAN") ||
			p.Name == "SKIP" && !strings.EqualFold(p.Value, "OMIT") {
			return false
		}
	}
	return r.Freq >= Secondly && r.Freq <= Yearly
}

// explicit is the rule with everything said that it takes from the start.
func (r Rule) explicit(first time.Time, date bool) Rule {
	r.Interval = max(r.Interval, 1)
	if r.WeekStart == 0 {
		r.WeekStart = Monday
	}
	if len(r.ByYearDay)+len(r.ByMonthDay)+len(r.ByDay) == 0 {
		r.impliedDays(first)
	}
	if date {
		r.ByHour, r.ByMinute, r.BySecond = nil, nil, nil
	}
	if len(r.ByHour) == 0 && r.Freq >= Daily {
		r.ByHour = []int{first.Hour()}
	}
	if len(r.ByMinute) == 0 && r.Freq >= Hourly {
		r.ByMinute = []int{first.Minute()}
	}
	if len(r.BySecond) == 0 && r.Freq >= Minutely {
		r.BySecond = []int{first.Second()}
	}
	return r
}

func (r *Rule) impliedDays(first time.Time) {
	switch {
	case len(r.ByWeekNo) > 0 && r.Freq == Yearly, r.Freq == Weekly:
		r.ByDay = []Day{{Weekday: weekdayOf(first)}}
	case r.Freq == Yearly && len(r.ByMonth) == 0:
		r.ByMonth = []int{int(first.Month())}
		r.ByMonthDay = []int{first.Day()}
	case r.Freq >= Monthly:
		r.ByMonthDay = []int{first.Day()}
	}
}

// A walker is one walk through what a rule matches.
type walker struct {
	rule   Rule // explicit
	start  time.Time
	yield  func(time.Time) bool
	last   time.Time // the last that was yielded
	done   bool      // yield wants no more
	visits int
	steps  int
}

func (w *walker) take(t time.Time) error {
	if w.visits++; w.visits > maxVisits {
		return fmt.Errorf("%w: more than %d looked at", ErrLimit, maxVisits)
	}
	w.last = t
	w.done = !w.yield(t)
	return nil
}

// between yields what lies between lo and hi, which are not more than a chunk apart.
func (w *walker) between(lo, hi time.Time) error {
	option, ok := w.option(lo)
	if !ok || option.Dtstart.After(hi) {
		return nil
	}
	if n := len(option.Byhour) * len(option.Byminute) * len(option.Bysecond) * w.rule.longest(); n > maxPeriod {
		return fmt.Errorf("%w: %d in one round", ErrLimit, n)
	}
	// The library goes on until the year 9999 where nothing matches. The Gregorian calendar repeats
	// itself every 400 years, so it is asked as late as it can be, where its end is near.
	shift := (9998 - hi.Year()) / 400 * 400
	option.Dtstart = option.Dtstart.AddDate(shift, 0, 0)
	option.Until = hi.AddDate(shift, 0, 0)
	rule, err := rrule.NewRRule(option)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrSyntax, err)
	}
	next := rule.Iterator()
	for t, ok := next(); ok && !w.done; t, ok = next() {
		t = t.AddDate(-shift, 0, 0)
		if w.rule.Freq < Daily {
			err = w.day(t, lo, hi)
		} else if !t.Before(lo) {
			err = w.take(t)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// option is the rule for the library: from the last period that begins at or before lo, so that
// nothing is looked at which lies before it. It is not ok if the rule can match nothing.
func (w *walker) option(lo time.Time) (rrule.ROption, bool) {
	r := w.rule
	days, ok := libraryDays(r)
	option := rrule.ROption{
		Interval: r.Interval, Wkst: libraryDay(Day{Weekday: r.WeekStart}), Dtstart: r.period(w.start, lo),
		Bymonth: r.ByMonth, Bymonthday: r.ByMonthDay, Byyearday: r.ByYearDay, Byweekno: r.ByWeekNo,
		Byweekday: days,
	}
	if r.Freq < Daily {
		option.Freq, option.Interval, option.Dtstart = rrule.DAILY, 1, midnight(lo)
		option.Byhour, option.Byminute, option.Bysecond = []int{0}, []int{0}, []int{0}
		return option, ok
	}
	option.Freq = rrule.Frequency(Yearly - r.Freq)
	option.Byhour, option.Byminute, option.Bysecond = r.ByHour, r.ByMinute, r.BySecond
	most := r.longest() * len(r.ByHour) * len(r.ByMinute) * len(r.BySecond)
	for _, n := range r.BySetPos {
		if n >= -most && n <= most {
			option.Bysetpos = append(option.Bysetpos, n)
		}
	}
	return option, ok && (len(option.Bysetpos) > 0 || len(r.BySetPos) == 0)
}

// longest is the most days that a period of the rule has.
func (r Rule) longest() int {
	switch r.Freq {
	case Yearly:
		return 366
	case Monthly:
		return 31
	case Weekly:
		return 7
	}
	return 1
}

// wholeSeconds is the list without the leap second, which is counted as the one before it.
func wholeSeconds(list []int) []int {
	list = slices.Clone(list)
	for i := range list {
		list[i] = min(list[i], 59)
	}
	return sorted(list)
}

var libraryWeekdays = [...]rrule.Weekday{rrule.MO, rrule.TU, rrule.WE, rrule.TH, rrule.FR, rrule.SA, rrule.SU}

func libraryDay(d Day) rrule.Weekday {
	w := libraryWeekdays[((int(d.Weekday)+6)%7+7)%7]
	return w.Nth(d.N)
}

// libraryDays is BYDAY for the library, which joins days with and without a number by "and" and goes
// astray where a month cannot have so many. Not ok means that no day is left.
func libraryDays(r Rule) (days []rrule.Weekday, ok bool) {
	if r.Freq < Monthly {
		for _, d := range r.ByDay {
			days = append(days, libraryDay(Day{Weekday: d.Weekday}))
		}
		return days, true
	}
	numbered := slices.ContainsFunc(r.ByDay, func(d Day) bool { return d.N != 0 })
	most := 5
	if r.Freq == Yearly && len(r.ByMonth) == 0 {
		most = 53
	}
	for _, d := range r.ByDay {
		switch {
		case d.N == 0 && numbered:
			for n := 1; n <= most; n++ {
				days = append(days, libraryDay(Day{n, d.Weekday}))
			}
		case d.N >= -most && d.N <= most:
			days = append(days, libraryDay(d))
		}
	}
	return days, len(days) > 0 || len(r.ByDay) == 0
}

// period is the beginning of the last year, month, week or day of the rule that begins at or before lo.
func (r Rule) period(start, lo time.Time) time.Time {
	y, m, d := start.Date()
	switch r.Freq {
	case Yearly:
		return time.Date(y+ahead(lo.Year()-y, r.Interval), 1, 1, 0, 0, 0, 0, time.UTC)
	case Monthly:
		months := (lo.Year()-y)*12 + int(lo.Month()-m)
		return time.Date(y, m+time.Month(ahead(months, r.Interval)), 1, 0, 0, 0, 0, time.UTC)
	case Weekly:
		d -= (int(weekdayOf(start)) - int(r.WeekStart) + 7) % 7
		weeks := daysBetween(time.Date(y, m, d, 0, 0, 0, 0, time.UTC), lo) / 7
		return time.Date(y, m, d+7*ahead(weeks, r.Interval), 0, 0, 0, 0, time.UTC)
	}
	return time.Date(y, m, d+ahead(daysBetween(start, lo), r.Interval), 0, 0, 0, 0, time.UTC)
}

// ahead is the greatest multiple of interval that is not above n.
func ahead(n, interval int) int {
	return max(n, 0) / interval * interval
}

// daysBetween counts the midnights from one moment to a later one.
func daysBetween(from, to time.Time) int {
	return int((midnight(to).Unix() - midnight(from).Unix()) / 86400)
}

func midnight(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func sooner(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// day yields the moments of one day of a rule that recurs within a day.
func (w *walker) day(day, lo, hi time.Time) error {
	unit := map[Freq]int64{Hourly: 3600, Minutely: 60, Secondly: 1}[w.rule.Freq]
	from, first, step := day.Unix()/unit, w.start.Unix()/unit, int64(w.rule.Interval)
	for p := from + ((first-from)%step+step)%step; p < from+86400/unit; p += step {
		if w.steps++; w.steps > maxSteps {
			return fmt.Errorf("%w: more than %d steps", ErrLimit, maxSteps)
		}
		for _, t := range w.within(time.Unix(p*unit, 0).UTC()) {
			if t.Before(lo) || t.After(hi) {
				continue
			}
			if err := w.take(t); err != nil || w.done {
				return err
			}
		}
	}
	return nil
}

// within is what the rule matches in the hour, minute or second that begins at t.
func (w *walker) within(t time.Time) []time.Time {
	r := w.rule
	if !admits(r.ByHour, t.Hour()) {
		return nil
	}
	minutes, seconds := []int{t.Minute()}, []int{t.Second()}
	if r.Freq == Hourly {
		minutes = r.ByMinute
	} else if !admits(r.ByMinute, t.Minute()) {
		return nil
	}
	if r.Freq >= Minutely {
		seconds = r.BySecond
	} else if !admits(r.BySecond, t.Second()) {
		return nil
	}
	w.steps += len(minutes) * len(seconds) * (1 + len(r.BySetPos))
	var all []time.Time
	for _, minute := range minutes {
		for _, second := range seconds {
			all = append(all, time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), minute, second, 0, time.UTC))
		}
	}
	return positions(all, r.BySetPos)
}

func admits(list []int, n int) bool {
	return len(list) == 0 || slices.Contains(list, n)
}

// positions is what BYSETPOS leaves of the matches of one period.
func positions(all []time.Time, positions []int) []time.Time {
	if len(positions) == 0 {
		return all
	}
	var left []time.Time
	for i, t := range all {
		if slices.Contains(positions, i+1) || slices.Contains(positions, i-len(all)) {
			left = append(left, t)
		}
	}
	return left
}

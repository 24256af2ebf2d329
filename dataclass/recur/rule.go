// Package recur reads, writes, compares and expands recurrence rules. It knows two grammars: the one
// of vCalendar 1.0 (versit, 1996), in which phones say "W2 MO WE #0", and RRULE of RFC 5545, in which
// everybody else says "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE".
//
// A Rule says nothing alone: what it leaves out is taken from the start it belongs to (RFC 5545,
// 3.3.10), therefore nearly everything here takes a Start. Rules of different words that mean the same
// for a start have the same Key.
//
// The package is pure: no clock, no I/O. Every text, list and search is bounded; what is beyond a
// bound ends in a typed error.
package recur

import (
	"errors"
	"fmt"
	"time"
)

// ErrSyntax says that a text is not a recurrence rule in the grammar it was read with. The caller
// keeps the text.
var ErrSyntax = errors.New("not a recurrence rule")

// ErrUnsayable says that a rule is well formed but cannot be said in the other grammar or cannot be
// expanded: a rule of vCalendar 1.0 with no RRULE that means the same, a calendar that is not
// Gregorian. The caller keeps the text.
var ErrUnsayable = errors.New("a recurrence rule that cannot be said here")

// ErrLimit says that a search ended before its end: at the limit of the caller, or where a rule
// matched nothing for centuries.
var ErrLimit = errors.New("too many occurrences")

const (
	maxText   = 8192      // bytes in the text of one rule
	maxList   = 1464      // values of one list: each of ±366 twice
	maxNumber = 999999999 // INTERVAL, and what vCalendar 1.0 counts to
	maxCount  = 1 << 53   // COUNT: some programs say a great number for "for ever"
)

// Freq is the FREQ of a rule. The zero Freq is no frequency; a Rule with it is no rule.
type Freq int

// The frequencies of RFC 5545, from the shortest to the longest.
const (
	Secondly Freq = iota + 1
	Minutely
	Hourly
	Daily
	Weekly
	Monthly
	Yearly
)

var freqNames = [...]string{"", "SECONDLY", "MINUTELY", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY"}

// String is the value of FREQ, "" for what is no frequency.
func (f Freq) String() string {
	if f < 0 || int(f) >= len(freqNames) {
		return ""
	}
	return freqNames[f]
}

// Weekday is a day of the week as ISO 8601 counts it: Monday is 1, Sunday 7. The zero Weekday is none.
type Weekday int

// The days of the week.
const (
	Monday Weekday = iota + 1
	Tuesday
	Wednesday
	Thursday
	Friday
	Saturday
	Sunday
)

var dayNames = [...]string{"", "MO", "TU", "WE", "TH", "FR", "SA", "SU"}

// String is the two letters of both grammars, "" for no day.
func (w Weekday) String() string {
	if w < 0 || int(w) >= len(dayNames) {
		return ""
	}
	return dayNames[w]
}

// weekdayOf is the day of the week on which t falls.
func weekdayOf(t time.Time) Weekday {
	return Weekday((int(t.Weekday())+6)%7 + 1)
}

// weekdayNamed is the day with these two letters in upper case, 0 if there is none.
func weekdayNamed(s string) Weekday {
	for i, name := range dayNames {
		if i > 0 && name == s {
			return Weekday(i)
		}
	}
	return 0
}

// Day is one value of BYDAY: the N-th such day of the month or year, from the end if N is negative,
// each of them if N is 0.
type Day struct {
	N       int
	Weekday Weekday
}

// String is the day as RRULE has it: "MO", "2TU", "-1FR".
func (d Day) String() string {
	if d.N == 0 {
		return d.Weekday.String()
	}
	return fmt.Sprintf("%d%s", d.N, d.Weekday)
}

// UntilKind is what sort of value an UNTIL is.
type UntilKind int

// The kinds of UNTIL: none, a day that is included, a local time, a time in UTC.
const (
	NoUntil UntilKind = iota
	UntilDate
	UntilLocal
	UntilUTC
)

// Until is the end of a rule: the last moment, or the last day, at which an occurrence may start.
// Time carries the digits of the text in UTC, whatever the kind; its clock is zero for UntilDate.
type Until struct {
	Kind UntilKind
	Time time.Time
}

// String is the value of UNTIL, "" for none.
func (u Until) String() string {
	switch u.Kind {
	case UntilDate:
		return u.Time.Format("20060102")
	case UntilLocal:
		return u.Time.Format("20060102T150405")
	case UntilUTC:
		return u.Time.Format("20060102T150405") + "Z"
	}
	return ""
}

// Part is a part of an RRULE that this package does not know, as it was written.
type Part struct {
	Name, Value string
}

// Rule is one recurrence rule (RFC 5545, 3.3.10). The lists are as they were given, in any order;
// two rules are compared by Key.
type Rule struct {
	Freq       Freq
	Interval   int // 0 if not said, which means 1
	Count      int // 0 if not said
	Until      Until
	BySecond   []int
	ByMinute   []int
	ByHour     []int
	ByDay      []Day
	ByMonthDay []int
	ByYearDay  []int
	ByWeekNo   []int
	ByMonth    []int
	BySetPos   []int
	WeekStart  Weekday // 0 if not said, which means Monday
	Other      []Part  // RSCALE, SKIP, X-…: kept and printed behind the known parts
}

// Start is DTSTART, which a rule belongs to and takes from what it does not say.
type Start struct {
	// Time is the start in the Location of its zone. Of an all-day value the date of Time in its own
	// Location counts; of a floating one the date and clock, and the Location is only where
	// occurrences are reported.
	Time     time.Time
	Date     bool // an all-day value
	Floating bool // a time without a zone
}

// wall is the start as digits without a zone, in UTC and in whole seconds.
func (s Start) wall() time.Time {
	if s.Date {
		y, m, d := s.Time.Date()
		return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	}
	return digits(s.Time)
}

// digits is what a clock and a calendar beside t show, as if it were UTC.
func digits(t time.Time) time.Time {
	y, m, d := t.Date()
	hour, minute, sec := t.Clock()
	return time.Date(y, m, d, hour, minute, sec, 0, time.UTC)
}

// at is the moment at which clocks at the start's place show these digits. A time that a change of
// clocks skips is counted with the offset before the change; of a time that comes twice it is the
// first (RFC 5545, 3.3.5).
func (s Start) at(wall time.Time) time.Time {
	loc := s.Time.Location()
	y, m, d := wall.Date()
	hour, minute, sec := wall.Clock()
	t := time.Date(y, m, d, hour, minute, sec, 0, loc)
	began, _ := t.ZoneBounds()
	if shown := digits(t); shown.Before(wall) {
		// time.Date chose the offset behind the gap; the one before it is in force at t.
		return t.Add(wall.Sub(shown))
	}
	if began.IsZero() {
		return t
	}
	_, before := began.Add(-time.Second).Zone()
	if _, now := t.Zone(); before > now || !digits(t).Equal(wall) {
		earlier := time.Unix(wall.Unix()-int64(before), 0).In(loc)
		if earlier.Before(began) || !digits(t).Equal(wall) {
			return earlier
		}
	}
	return t
}

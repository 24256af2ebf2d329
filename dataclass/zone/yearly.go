package zone

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// yearly is a rule that gives at most one day of a year: what every change of the clock has ever been.
type yearly struct {
	month     time.Month
	days      []monthDay
	monthDays []int
	setPos    int   // 0: the first
	clock     int64 // seconds since midnight
	start     int64 // local, as in observance
	startYear int
	interval  int
	until     int64
	untilUTC  bool
	ended     bool
}

// A monthDay is a BYDAY: the weekday and which one of the month, negative from its end, 0 for any.
type monthDay struct {
	n   int
	day time.Weekday
}

var weekdays = map[string]time.Weekday{
	"SU": time.Sunday, "MO": time.Monday, "TU": time.Tuesday, "WE": time.Wednesday,
	"TH": time.Thursday, "FR": time.Friday, "SA": time.Saturday,
}

// readYearly reads an RRULE of an observance, and its COUNT, 0 if it has none. It knows rules that give one day
// of one month in a year, however they say it, and refuses the others.
func readYearly(text string, start int64) (y yearly, count int, ok bool) {
	at := time.Unix(start, 0).UTC()
	y = yearly{start: start, startYear: at.Year(), interval: 1}
	y.clock = int64(at.Hour()*3600 + at.Minute()*60 + at.Second())
	freq := ""
	for part := range strings.SplitSeq(strings.ToUpper(strings.TrimSpace(text)), ";") {
		name, v, _ := strings.Cut(part, "=")
		switch name {
		case "FREQ":
			freq, ok = v, v == "YEARLY" || v == "MONTHLY"
		case "COUNT":
			count, ok = within(v, 1, 10000)
		default:
			ok = y.part(name, v)
		}
		if !ok {
			return y, 0, false
		}
	}
	switch {
	case freq == "", freq == "MONTHLY" && (y.month == 0 || y.interval != 1):
		return y, 0, false
	case y.month == 0 && len(y.days)+len(y.monthDays) > 0:
		return y, 0, false
	case y.month == 0:
		y.month = at.Month()
	}
	if len(y.days)+len(y.monthDays) == 0 {
		y.monthDays = []int{at.Day()}
	}
	return y, count, y.single()
}

// part reads one part of the rule.
func (y *yearly) part(name, v string) (ok bool) {
	n := 0
	switch name {
	case "INTERVAL":
		y.interval, ok = within(v, 1, 100)
	case "UNTIL":
		y.untilUTC, y.ended = strings.HasSuffix(v, "Z"), true
		y.until, ok = readLocal(v)
		if len(v) == 8 {
			y.until += day - 1
		}
	case "BYMONTH":
		n, ok = within(v, 1, 12)
		y.month = time.Month(n)
	case "BYMONTHDAY":
		y.monthDays, ok = readList(v, func(s string) (int, bool) {
			n, ok := within(s, -31, 31)
			return n, ok && n != 0
		})
	case "BYDAY":
		y.days, ok = readList(v, readMonthDay)
	case "BYSETPOS":
		y.setPos, ok = within(v, -31, 31)
	case "BYHOUR":
		n, ok = within(v, 0, 23)
		y.clock = y.clock%3600 + int64(n)*3600
	case "BYMINUTE":
		n, ok = within(v, 0, 59)
		y.clock = y.clock/3600*3600 + int64(n)*60 + y.clock%60
	case "BYSECOND":
		n, ok = within(v, 0, 59)
		y.clock = y.clock/60*60 + int64(n)
	case "WKST", "":
		ok = true
	}
	return ok
}

// readList reads the members of a list, of which a month cannot have more than days.
func readList[T any](v string, read func(string) (T, bool)) ([]T, bool) {
	var list []T
	for s := range strings.SplitSeq(v, ",") {
		e, ok := read(s)
		if !ok || len(list) >= 31 {
			return nil, false
		}
		list = append(list, e)
	}
	return list, true
}

func readMonthDay(s string) (monthDay, bool) {
	s = strings.TrimSpace(s)
	if len(s) < 2 {
		return monthDay{}, false
	}
	wd, ok := weekdays[s[len(s)-2:]]
	n := 0
	if num := s[:len(s)-2]; ok && num != "" {
		n, ok = within(num, -5, 5)
	}
	return monthDay{n, wd}, ok
}

func within(s string, lo, hi int) (int, bool) {
	n, err := strconv.Atoi(strings.TrimSpace(s))
	return n, err == nil && lo <= n && n <= hi
}

// single reports whether no year can have two days by the rule.
func (y *yearly) single() bool {
	if y.setPos != 0 || len(y.days) == 0 && len(y.monthDays) == 1 {
		return true
	}
	if len(y.days) != 1 {
		return false
	}
	if y.days[0].n != 0 || len(y.monthDays) == 1 {
		return true
	}
	// One weekday in days that are no more than a week apart.
	return len(y.monthDays) > 0 && y.monthDays[0]*y.monthDays[len(y.monthDays)-1] > 0 &&
		slices.Max(y.monthDays)-slices.Min(y.monthDays) < 7
}

// dayIn gives the day of the month in a year, or 0.
func (y *yearly) dayIn(year int) int {
	length := monthLength(year, y.month)
	first := weekdayOf(dayNumber(year, y.month, 1))
	if len(y.days) == 1 && y.days[0].n != 0 && len(y.monthDays) == 0 && y.setPos == 0 {
		return y.days[0].in(first, length)
	}
	var buf [31]int
	found := buf[:0]
	for d := 1; d <= length; d++ {
		if y.matches(d, length, (first+time.Weekday(d-1))%7) {
			found = append(found, d)
		}
	}
	pos := max(y.setPos-1, 0)
	if y.setPos < 0 {
		pos = len(found) + y.setPos
	}
	if pos < 0 || pos >= len(found) {
		return 0
	}
	return found[pos]
}

// in gives the day in a month that begins on a weekday, or 0.
func (m monthDay) in(first time.Weekday, length int) int {
	d := 1 + int(m.day-first+7)%7 + 7*(m.n-1)
	if m.n < 0 {
		last := (int(first) + length - 1) % 7
		d = length - (last-int(m.day)+7)%7 + 7*(m.n+1)
	}
	if d < 1 || d > length {
		return 0
	}
	return d
}

// dayNumber counts the days from 1970-01-01 to a date of the Gregorian calendar, which is taken to begin its
// years in March so that the leap day is the last.
func dayNumber(year int, month time.Month, d int) int64 {
	m := (int64(month) + 9) % 12
	y := int64(year) - m/10 + 400 // a whole cycle more, so that nothing is negative
	return 365*y + y/4 - y/100 + y/400 + (153*m+2)/5 + int64(d) - 1 - 719468 - 146097
}

func weekdayOf(day int64) time.Weekday {
	return time.Weekday(((day+4)%7 + 7) % 7)
}

func monthLength(year int, month time.Month) int {
	switch {
	case month == time.February && year%4 == 0 && (year%100 != 0 || year%400 == 0):
		return 29
	case month == time.February:
		return 28
	case month == time.April, month == time.June, month == time.September, month == time.November:
		return 30
	}
	return 31
}

func (y *yearly) matches(d, length int, wd time.Weekday) bool {
	if len(y.monthDays) > 0 && !slices.ContainsFunc(y.monthDays, func(n int) bool {
		return n == d || n == d-length-1
	}) {
		return false
	}
	return len(y.days) == 0 || slices.ContainsFunc(y.days, func(m monthDay) bool {
		return m.day == wd && (m.n == 0 || m.n == (d+6)/7 || m.n == -((length-d)/7+1))
	})
}

// in gives the local time at which the clock changes in a year, if it does. from is the offset before.
func (y *yearly) in(year, from int) (int64, bool) {
	if year < y.startYear || (year-y.startYear)%y.interval != 0 {
		return 0, false
	}
	d := y.dayIn(year)
	if d == 0 {
		return 0, false
	}
	at := dayNumber(year, y.month, d)*day + y.clock
	end := y.until
	if y.untilUTC {
		end += int64(from)
	}
	return at, at >= y.start && (!y.ended || at <= end)
}

// gives reports whether the rule itself gives a local time.
func (y *yearly) gives(local int64) bool {
	at, ok := y.in(time.Unix(local, 0).UTC().Year(), 0)
	return at == local && (ok || y.ended)
}

// first gives the first of a rule that ends after so many.
func (y *yearly) first(count, from int) []int64 {
	var dates []int64
	for year := y.startYear; year <= lastYear && len(dates) < count; year++ {
		if at, ok := y.in(year, from); ok {
			dates = append(dates, at)
		}
	}
	return dates
}

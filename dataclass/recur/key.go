package recur

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Key is a normal form of the rule for this start: rules with the same Key have the same occurrences.
// It does not matter for it what is said and what is taken from the start, nor case and order of lists,
// nor a WKST that changes nothing, nor whether the end is a COUNT, a date, a local time or one in UTC as
// long as the last occurrence is the same, nor which of several frequencies says it: MONTHLY with
// INTERVAL=12 and YEARLY, DAILY on some days of the week and WEEKLY, BYDAY=MO;BYSETPOS=2 and BYDAY=2MO.
//
// The converse is not promised: rules of very different form may mean the same and differ in their Key, and so
// do a COUNT and an UNTIL whose last occurrence is too far away to be counted: more than 2,000 occurrences or
// 200 years.
func (r Rule) Key(start Start) string {
	if !r.gregorian() {
		return "?" + r.String()
	}
	end := r.keyEnd(start)
	if end == "once" {
		return end
	}
	n := r.normal(start)
	n.Count, n.Until = 0, Until{}
	cycle := ""
	if n.Freq == Weekly && len(n.BySetPos) == 0 && len(n.ByDay) > 0 {
		cycle = n.cycle(start)
		n.ByDay, n.WeekStart = nil, 0
	}
	return n.String() + cycle + end
}

// keyEnd is the end of the rule in its Key: the last occurrence if it can be found.
func (r Rule) keyEnd(start Start) string {
	until, ends := r.end(start)
	if !ends && r.Count == 0 {
		return ""
	}
	last, ok := r.last(start)
	switch {
	case ok && last.Equal(start.wall()):
		return "once"
	case ok:
		return ";LAST=" + last.Format("20060102T150405")
	case r.Count > 0:
		return fmt.Sprintf(";COUNT=%d;%s", r.Count, r.Until)
	}
	return ";END=" + until.Format("20060102T150405")
}

// cycle is the days of a weekly rule counted from the start, within as many weeks as its interval. It
// holds what WKST can change, and nothing else of it.
func (r Rule) cycle(start Start) string {
	length := 7 * r.Interval
	week := r.WeekStart
	if week == 0 {
		week = Monday
	}
	place := func(d Weekday) int { return (int(d-week) + 7) % 7 }
	first := place(weekdayOf(start.wall()))
	var days []int
	for _, d := range r.ByDay {
		days = append(days, (place(d.Weekday)-first+length)%length)
	}
	return fmt.Sprintf(";DAYS=%v", sorted(days))
}

// normal is the rule said in the one of many ways that this package prefers.
func (r Rule) normal(start Start) Rule {
	first := start.wall()
	n := r.explicit(first, start.Date)
	n.sortLists()
	n.dropTimes(first)
	n.Other = normalParts(n.Other)
	if n.Freq < Daily {
		n.WeekStart = 0
		return n
	}
	if n.Freq < Monthly {
		for i := range n.ByDay {
			n.ByDay[i].N = 0
		}
		n.ByDay = sorted(n.ByDay)
	}
	n.numberDays()
	n.monthsOfYears(first)
	n.weeks(first)
	if len(n.ByWeekNo) == 0 && (n.Freq != Weekly || n.Interval == 1 && len(n.BySetPos) == 0) {
		n.WeekStart = 0
	}
	return n
}

func (r *Rule) sortLists() {
	for _, name := range []string{"BYMINUTE", "BYHOUR", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYMONTH", "BYSETPOS"} {
		list, _, _ := r.list(name)
		*list = sorted(*list)
	}
	r.BySecond = wholeSeconds(r.BySecond)
	r.ByDay = sorted(r.ByDay)
}

// dropTimes leaves out the clock where it is that of the start.
func (r *Rule) dropTimes(first time.Time) {
	drop := func(list *[]int, own int, from Freq) {
		if r.Freq >= from && len(*list) == 1 && (*list)[0] == own {
			*list = nil
		}
	}
	drop(&r.ByHour, first.Hour(), Daily)
	drop(&r.ByMinute, first.Minute(), Hourly)
	drop(&r.BySecond, first.Second(), Minutely)
}

// normalParts is the unknown parts in order, without what is so anyway.
func normalParts(parts []Part) []Part {
	var left []Part
	for _, p := range parts {
		p.Name = strings.ToUpper(p.Name)
		upper := strings.ToUpper(p.Value)
		if p.Name == "RSCALE" && upper == "GREGORIAN" || p.Name == "SKIP" && upper == "OMIT" {
			continue
		}
		left = append(left, p)
	}
	slices.SortFunc(left, func(a, b Part) int { return strings.Compare(a.Name+"="+a.Value, b.Name+"="+b.Value) })
	return left
}

// onceADay says that the rule has no times of its own.
func (r Rule) onceADay() bool {
	return len(r.ByHour)+len(r.ByMinute)+len(r.BySecond) == 0
}

// numberDays says BYDAY=MO;BYSETPOS=2 of one month as BYDAY=2MO.
func (r *Rule) numberDays() {
	inMonth := r.Freq == Monthly || r.Freq == Yearly && len(r.ByMonth) == 1
	if !inMonth || !r.onceADay() || len(r.BySetPos) == 0 || len(r.ByDay) != 1 || r.ByDay[0].N != 0 ||
		len(r.ByMonthDay)+len(r.ByYearDay)+len(r.ByWeekNo) > 0 ||
		slices.ContainsFunc(r.BySetPos, func(n int) bool { return n < -5 || n > 5 }) {
		return
	}
	day := r.ByDay[0].Weekday
	r.ByDay = nil
	for _, n := range r.BySetPos {
		r.ByDay = append(r.ByDay, Day{n, day})
	}
	r.BySetPos = nil
}

// monthsOfYears says a monthly rule as a yearly one with BYMONTH where the same months come every year.
func (r *Rule) monthsOfYears(first time.Time) {
	if len(r.ByYearDay)+len(r.ByWeekNo) > 0 {
		return
	}
	var months []int
	for m := 1; m <= 12; m++ {
		if (r.Freq == Yearly || (m-int(first.Month()))%min(r.Interval, 12) == 0) && admits(r.ByMonth, m) {
			months = append(months, m)
		}
	}
	if len(months) == 0 || len(r.BySetPos) > 0 && len(months) > 1 {
		return
	}
	numbered := slices.ContainsFunc(r.ByDay, func(d Day) bool { return d.N != 0 })
	switch {
	case r.Freq == Yearly && (len(r.ByMonthDay) == 0 || numbered):
		return
	case r.Freq == Monthly && r.Interval%12 == 0:
		r.Interval /= 12
	case r.Freq == Monthly && 12%r.Interval == 0:
		r.Interval = 1
	case r.Freq != Yearly:
		return
	}
	r.Freq, r.ByMonth = Yearly, months
}

// weeks says as weekly what recurs on days of the week, and as daily what recurs on all of them.
func (r *Rule) weeks(first time.Time) {
	if len(r.BySetPos)+len(r.ByMonthDay)+len(r.ByYearDay)+len(r.ByWeekNo) > 0 {
		return
	}
	own := Day{Weekday: weekdayOf(first)}
	numbered := slices.ContainsFunc(r.ByDay, func(d Day) bool { return d.N != 0 })
	switch {
	case r.Freq == Daily && r.Interval == 1 && len(r.ByDay) > 0:
		r.Freq = Weekly
	case r.Freq == Daily && r.Interval%7 == 0 && (len(r.ByDay) == 0 || slices.Contains(r.ByDay, own)):
		r.Freq, r.Interval, r.ByDay = Weekly, r.Interval/7, []Day{own}
	case r.Freq == Yearly && r.Interval == 1 && !numbered && len(r.ByDay) > 0:
		r.Freq = Weekly
		if len(r.ByMonth) == 12 {
			r.ByMonth = nil
		}
	}
	if r.Freq == Weekly && r.Interval == 1 && len(r.ByDay) == 7 {
		r.Freq, r.ByDay = Daily, nil
	}
}

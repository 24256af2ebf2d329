package recur

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Versit is the rule as vCalendar 1.0 has it, in the part of its grammar that devices read: one of
// D, W, MP, MD, YM and YD with a list, and "#n", "#0" or an end. It is false if that cannot say the
// rule exactly for this start; the caller then keeps the rule for the side that can.
//
// The end is "#n" only where a round of the rule is one occurrence, for some devices count rounds and
// some occurrences. Else it is the start of the last occurrence: in UTC for a start with a zone, local
// for others. So no device, in whichever zone, can take one occurrence more or less.
func (r Rule) Versit(start Start) (string, bool) {
	if !r.gregorian() || r.Count > 0 && r.Until.Kind != NoUntil {
		return "", false
	}
	n := r.normal(start)
	if len(n.Other)+len(n.BySetPos)+len(n.ByWeekNo) > 0 || !n.onceADay() || n.Freq < Daily {
		return "", false
	}
	body, single, ok := n.versitBody(start)
	if !ok {
		return "", false
	}
	end, ok := r.versitEnd(start, single)
	text := body + " " + end
	// The proof: what is read again must be the same rule.
	back, err := ParseVersit(text, start)
	if !ok || err != nil || back.Key(start) != r.Key(start) {
		return "", false
	}
	return text, true
}

// versitEnd is the end of the rule. single says that each round is one occurrence.
func (r Rule) versitEnd(start Start, single bool) (string, bool) {
	switch {
	case r.Count == 0 && r.Until.Kind == NoUntil:
		return "#0", true
	case r.Count > 0 && single:
		return fmt.Sprintf("#%d", r.Count), true
	}
	last, ok := r.last(start)
	kind := UntilUTC
	if start.Date || start.Floating {
		kind = UntilLocal
	}
	return start.until(kind, last).String(), ok
}

// versitBody is a normal rule without its end.
func (r Rule) versitBody(start Start) (text string, single, ok bool) {
	switch r.Freq {
	case Daily:
		return fmt.Sprintf("D%d", r.Interval), true, len(r.ByDay)+len(r.ByMonth)+len(r.ByMonthDay)+len(r.ByYearDay) == 0
	case Weekly:
		return fmt.Sprintf("W%d%s", r.Interval, spaced(r.ByDay)), len(r.ByDay) == 1,
			len(r.ByMonth)+len(r.ByMonthDay)+len(r.ByYearDay) == 0
	case Yearly:
		return r.versitYearly(start)
	}
	text, single, ok = r.versitMonthly(r.Interval)
	return text, single, ok && len(r.ByMonth) == 0
}

func spaced[T fmt.Stringer](list []T) string {
	var b strings.Builder
	for _, v := range list {
		b.WriteString(" " + v.String())
	}
	return b.String()
}

// versitYearly says a yearly rule by its days of the year or by its months, which include all monthly
// rules whose months are the same every year.
func (r Rule) versitYearly(start Start) (text string, single, ok bool) {
	switch {
	case len(r.ByYearDay) > 0:
		return fmt.Sprintf("YD%d%s", r.Interval, versitNumbers(r.ByYearDay)), len(r.ByYearDay) == 1 && r.ByYearDay[0] < 366,
			len(r.ByDay)+len(r.ByMonth)+len(r.ByMonthDay) == 0 && r.ByYearDay[0] > 0
	case len(r.ByMonth) == 0:
		return "", false, false
	}
	day := start.wall().Day()
	if len(r.ByDay) == 0 && slices.Equal(r.ByMonthDay, []int{day}) && len(r.ByMonth) < 12 {
		return fmt.Sprintf("YM%d%s", r.Interval, versitNumbers(r.ByMonth)), len(r.ByMonth) == 1 && day < 29, true
	}
	return r.versitMonthly(r.Interval * 12 / len(r.ByMonth))
}

// versitMonthly says the days of each month. Whether the months are those of the interval is proved by
// reading the text again.
func (r Rule) versitMonthly(interval int) (text string, single, ok bool) {
	switch {
	case interval == 0 || len(r.ByDay) > 0 && len(r.ByMonthDay) > 0 || len(r.ByYearDay) > 0:
		return "", false, false
	case len(r.ByMonthDay) > 0:
		return fmt.Sprintf("MD%d%s", interval, versitNumbers(r.ByMonthDay)),
			len(r.ByMonthDay) == 1 && r.ByMonthDay[0] >= -28 && r.ByMonthDay[0] <= 28, true
	}
	var b strings.Builder
	fmt.Fprintf(&b, "MP%d", interval)
	days := forwardFirst(r.ByDay, func(d Day) int { return d.N })
	for i, d := range days {
		if d.N == 0 || d.N < -5 || d.N > 5 {
			return "", false, false
		}
		if i == 0 || days[i-1].N != d.N {
			b.WriteString(" " + versitNumber(d.N, "+"))
		}
		b.WriteString(" " + d.Weekday.String())
	}
	return b.String(), len(r.ByDay) == 1 && r.ByDay[0].N != 5 && r.ByDay[0].N != -5, len(r.ByDay) > 0
}

// forwardFirst puts what is counted from the end behind the rest.
func forwardFirst[T any](list []T, number func(T) int) []T {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b T) int {
		return cmp.Compare(max(0, -number(a)), max(0, -number(b)))
	})
	return list
}

func versitNumbers(list []int) string {
	var b strings.Builder
	for _, n := range forwardFirst(list, func(n int) int { return n }) {
		b.WriteString(" " + versitNumber(n, ""))
	}
	return b.String()
}

func versitNumber(n int, plus string) string {
	if n < 0 {
		return fmt.Sprintf("%d-", -n)
	}
	return fmt.Sprintf("%d%s", n, plus)
}

package recur

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Parse reads the value of an RRULE or EXRULE (RFC 5545, 3.3.10). Case, blanks around parts and a
// semicolon at the end do not matter. Parts that it does not know are kept in Other. Anything else that
// the grammar forbids is ErrSyntax: no FREQ, a part twice, a number out of its range. COUNT and UNTIL
// in one rule are read although they should not meet; the rule ends where the first of them ends it.
func Parse(s string) (Rule, error) {
	if len(s) > maxText {
		return Rule{}, fmt.Errorf("%w: %d bytes", ErrSyntax, len(s))
	}
	var r Rule
	seen := map[string]bool{}
	for part := range strings.SplitSeq(s, ";") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		name, value, ok := strings.Cut(part, "=")
		name, value = strings.ToUpper(strings.TrimSpace(name)), strings.TrimSpace(value)
		if !ok || name == "" || value == "" || seen[name] {
			return Rule{}, fmt.Errorf("%w: part %.40q", ErrSyntax, part)
		}
		seen[name] = true
		if err := r.set(name, value); err != nil {
			return Rule{}, err
		}
	}
	if r.Freq == 0 {
		return Rule{}, fmt.Errorf("%w: no FREQ", ErrSyntax)
	}
	// Capitals, and what stands for broken UTF-8, may take more bytes than what was read.
	if len(s) > maxText/3 && len(r.String()) > maxText {
		return Rule{}, fmt.Errorf("%w: more than %d bytes in capitals", ErrSyntax, maxText)
	}
	return r, nil
}

// set takes one part into the rule.
func (r *Rule) set(name, value string) (err error) {
	if list, most, ok := r.list(name); ok {
		*list, err = parseNumbers(name, value, most)
		if err != nil && strings.ContainsAny(value, "lL") && name == "BYMONTH" {
			// A leap month of another calendar (RFC 7529): ours has none.
			r.Other = append(r.Other, Part{name, value})
			return nil
		}
		return err
	}
	upper := strings.ToUpper(value)
	switch name {
	case "FREQ":
		r.Freq = Freq(max(0, slices.Index(freqNames[:], upper)))
		if r.Freq == 0 {
			return fmt.Errorf("%w: FREQ=%.20q", ErrSyntax, value)
		}
	case "INTERVAL":
		r.Interval, err = parseNumber(name, value, 1, maxNumber)
	case "COUNT":
		r.Count, err = parseNumber(name, value, 1, maxCount)
	case "UNTIL":
		r.Until, err = parseUntil(upper)
	case "WKST":
		r.WeekStart = weekdayNamed(upper)
		if r.WeekStart == 0 {
			return fmt.Errorf("%w: WKST=%.20q", ErrSyntax, value)
		}
	case "BYDAY":
		r.ByDay, err = parseDays(upper)
	default:
		r.Other = append(r.Other, Part{name, value})
	}
	return err
}

// span is the range of a list's values; where from is negative, zero is not in it.
type span struct{ from, to int }

// list is the list of numbers that a part is kept in, and which numbers it takes.
func (r *Rule) list(name string) (*[]int, span, bool) {
	switch name {
	case "BYSECOND":
		return &r.BySecond, span{0, 60}, true
	case "BYMINUTE":
		return &r.ByMinute, span{0, 59}, true
	case "BYHOUR":
		return &r.ByHour, span{0, 23}, true
	case "BYMONTHDAY":
		return &r.ByMonthDay, span{-31, 31}, true
	case "BYYEARDAY":
		return &r.ByYearDay, span{-366, 366}, true
	case "BYWEEKNO":
		return &r.ByWeekNo, span{-53, 53}, true
	case "BYMONTH":
		return &r.ByMonth, span{1, 12}, true
	case "BYSETPOS":
		return &r.BySetPos, span{-366, 366}, true
	}
	return nil, span{}, false
}

func parseNumber(name, s string, from, to int) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < from || n > to {
		return 0, fmt.Errorf("%w: %s=%.20q", ErrSyntax, name, s)
	}
	return n, nil
}

func parseNumbers(name, s string, most span) ([]int, error) {
	values := strings.Split(s, ",")
	if len(values) > maxList {
		return nil, fmt.Errorf("%w: %s has %d values", ErrSyntax, name, len(values))
	}
	list := make([]int, 0, len(values))
	for _, v := range values {
		n, err := parseNumber(name, strings.TrimSpace(v), most.from, most.to)
		if err != nil {
			return nil, err
		}
		if n == 0 && most.from < 0 {
			return nil, fmt.Errorf("%w: %s=0", ErrSyntax, name)
		}
		list = append(list, n)
	}
	return list, nil
}

func parseDays(s string) ([]Day, error) {
	values := strings.Split(s, ",")
	if len(values) > maxList {
		return nil, fmt.Errorf("%w: BYDAY has %d values", ErrSyntax, len(values))
	}
	list := make([]Day, 0, len(values))
	for _, v := range values {
		d, ok := parseDay(strings.TrimSpace(v))
		if !ok {
			return nil, fmt.Errorf("%w: BYDAY=%.20q", ErrSyntax, v)
		}
		list = append(list, d)
	}
	return list, nil
}

func parseDay(s string) (Day, bool) {
	if len(s) < 2 {
		return Day{}, false
	}
	d := Day{Weekday: weekdayNamed(s[len(s)-2:])}
	if d.Weekday == 0 || len(s) == 2 {
		return d, d.Weekday != 0
	}
	n, err := strconv.Atoi(s[:len(s)-2])
	d.N = n
	return d, err == nil && n != 0 && n >= -53 && n <= 53
}

// parseUntil reads a date, a local time or a time in UTC in the basic format of ISO 8601.
func parseUntil(s string) (Until, error) {
	layout, kind := "20060102T150405", UntilLocal
	text, utc := strings.CutSuffix(s, "Z")
	switch {
	case len(text) == 8 && !utc:
		layout, kind = "20060102", UntilDate
	case utc:
		kind = UntilUTC
	}
	t, err := time.Parse(layout, text)
	// time.Parse takes a fraction behind the seconds; the grammar does not.
	if err != nil || len(text) != len(layout) || t.Year() < 1 {
		return Until{}, fmt.Errorf("%w: UNTIL=%.20q", ErrSyntax, s)
	}
	return Until{kind, t}, nil
}

// String is the rule as an RRULE has it, its parts in the order that most programs use: FREQ, UNTIL,
// COUNT, INTERVAL, the lists from the seconds to BYSETPOS, WKST, and then what this package does not
// know. Nothing is added, left out or converted: Parse of it is the same rule.
func (r Rule) String() string {
	var b strings.Builder
	b.WriteString("FREQ=" + r.Freq.String())
	if r.Until.Kind != NoUntil {
		b.WriteString(";UNTIL=" + r.Until.String())
	}
	for _, n := range []struct {
		name  string
		value int
	}{{"COUNT", r.Count}, {"INTERVAL", r.Interval}} {
		if n.value > 0 {
			fmt.Fprintf(&b, ";%s=%d", n.name, n.value)
		}
	}
	for _, name := range []string{"BYSECOND", "BYMINUTE", "BYHOUR", "BYDAY", "BYMONTHDAY", "BYYEARDAY",
		"BYWEEKNO", "BYMONTH", "BYSETPOS"} {
		if name == "BYDAY" {
			writeList(&b, name, r.ByDay)
			continue
		}
		list, _, _ := r.list(name)
		writeList(&b, name, *list)
	}
	if r.WeekStart != 0 {
		b.WriteString(";WKST=" + r.WeekStart.String())
	}
	for _, p := range r.Other {
		b.WriteString(";" + p.Name + "=" + p.Value)
	}
	return b.String()
}

func writeList[T any](b *strings.Builder, name string, list []T) {
	for i, v := range list {
		if i == 0 {
			b.WriteString(";" + name + "=")
		} else {
			b.WriteByte(',')
		}
		fmt.Fprint(b, v)
	}
}

package schedule

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// A set is the values of one field, a bit each.
type set uint64

func (s set) has(n int) bool { return s&(1<<n) != 0 }

// cron is a parsed expression.
type cron struct {
	minute, hour, day, month, weekday set
	// anyDay and anyWeekday: the field begins with a star. Of two that do not, one is enough (crontab(5)).
	anyDay, anyWeekday bool
	// everyHour: the hours are all. Then it follows the minutes that pass, not those that clocks show.
	everyHour bool
}

// A field is what one of the five may hold.
type field struct {
	name     string
	min, max int
	words    []string // of min and those after it
}

var fields = [5]field{
	{"minute", 0, 59, nil}, {"hour", 0, 23, nil}, {"day of the month", 1, 31, nil},
	{"month", 1, 12, []string{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}},
	{"day of the week", 0, 7, []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}},
}

// maxCron bounds an expression, in bytes.
const maxCron = 200

func parseCron(text string) (cron, error) {
	words := strings.Fields(text)
	if len(words) != len(fields) || len(text) > maxCron {
		return cron{}, fault("a cron expression has five fields: minute, hour, day of the month, month, day of the week")
	}
	var c cron
	sets := [5]*set{&c.minute, &c.hour, &c.day, &c.month, &c.weekday}
	for i, word := range words {
		var err error
		if *sets[i], err = fields[i].parse(word); err != nil {
			return cron{}, err
		}
	}
	if c.weekday.has(7) { // Sunday too
		c.weekday |= 1
	}
	c.anyDay, c.anyWeekday = words[2][0] == '*', words[4][0] == '*'
	c.everyHour = c.hour == 1<<24-1
	return c, nil
}

// parse reads a list of values, ranges and steps.
func (f field) parse(word string) (set, error) {
	var out set
	for part := range strings.SplitSeq(word, ",") {
		span, step, stepped := strings.Cut(part, "/")
		every := 1
		if stepped {
			n, err := strconv.Atoi(step)
			if err != nil || n < 1 || n > f.max {
				return 0, f.fault(part)
			}
			every = n
		}
		from, to, err := f.span(span, stepped)
		if err != nil {
			return 0, f.fault(part)
		}
		for n := from; n <= to; n += every {
			out |= 1 << n
		}
	}
	return out, nil
}

func (f field) fault(part string) error {
	return fault("%.32q is no %s of a cron expression", part, f.name)
}

// span reads a star, a value or a range. A value with a step begins a range to the end.
func (f field) span(text string, stepped bool) (from, to int, err error) {
	if text == "*" {
		if f.max == 7 {
			return 0, 6, nil
		}
		return f.min, f.max, nil
	}
	a, b, isRange := strings.Cut(text, "-")
	if from, err = f.value(a); err != nil {
		return 0, 0, err
	}
	switch {
	case isRange:
		to, err = f.value(b)
	case stepped:
		to = f.max
	default:
		to = from
	}
	if err == nil && to < from {
		err = ErrInvalid
	}
	return from, to, err
}

func (f field) value(text string) (int, error) {
	if i := slices.Index(f.words, strings.ToLower(text)); i >= 0 {
		return f.min + i, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < f.min || n > f.max || text[0] == '+' || text[0] == '-' {
		return 0, ErrInvalid
	}
	return n, nil
}

// matches reports whether a day is one of the expression's.
func (c cron) matches(day time.Time) bool {
	inMonth, inWeek := c.day.has(day.Day()), c.weekday.has(int(day.Weekday()))
	switch {
	case !c.month.has(int(day.Month())):
		return false
	case c.anyDay || c.anyWeekday:
		return inMonth && inWeek
	}
	return inMonth || inWeek
}

// maxDays is how far is looked ahead: a 29 February that is a Sunday comes at last after forty years.
const maxDays = 41 * 366

// next gives the first time after another.
func (c cron) next(after time.Time, zone *time.Location) (time.Time, bool) {
	local := after.In(zone)
	// A day may begin before midnight where clocks were put back over it.
	day := time.Date(local.Year(), local.Month(), local.Day()-1, 0, 0, 0, 0, time.UTC)
	for range maxDays {
		if c.matches(day) {
			if at, ok := c.onDay(day, after, zone); ok {
				return at, true
			}
		}
		day = day.AddDate(0, 0, 1)
	}
	return time.Time{}, false
}

// onDay gives the first time of a day after another.
func (c cron) onDay(day, after time.Time, zone *time.Location) (time.Time, bool) {
	var first time.Time
	for hour := range 24 {
		shown := time.Date(day.Year(), day.Month(), day.Day(), hour, 59, 59, 0, zone)
		if !c.hour.has(hour) || shown.Before(after.Add(-changes)) {
			continue
		}
		for minute := range 60 {
			if !c.minute.has(minute) {
				continue
			}
			for _, at := range c.instants(day, hour, minute, zone) {
				if at.After(after) && (first.IsZero() || at.Before(first)) {
					first = at
				}
			}
		}
		// Later hours come later, but for those that the clocks show twice or not at all.
		if !first.IsZero() && shown.After(first.Add(changes)) {
			break
		}
	}
	return first, !first.IsZero()
}

// instants are when a day has that time. What clocks jump over is due when they have jumped, what they show twice the
// first time; but an expression of every hour goes by the minutes that pass.
func (c cron) instants(day time.Time, hour, minute int, zone *time.Location) []time.Time {
	list := instants(day.Year(), day.Month(), day.Day(), hour, minute, zone)
	if !c.everyHour {
		return list[:1]
	}
	if at := list[0].In(zone); at.Hour() != hour || at.Minute() != minute {
		return nil
	}
	return list
}

// instants gives when clocks in a zone show a time: mostly once; twice if they are put back over it; if they are put
// forward over it, the moment at which they are. There is always one.
func instants(year int, month time.Month, day, hour, minute int, zone *time.Location) []time.Time {
	shown := time.Date(year, month, day, hour, minute, 0, 0, time.UTC)
	var out []time.Time
	for _, near := range []time.Time{shown.AddDate(0, 0, -1), shown, shown.AddDate(0, 0, 1)} {
		_, offset := near.In(zone).Zone()
		at := shown.Add(-time.Duration(offset) * time.Second)
		if _, now := at.In(zone).Zone(); now == offset && !slices.ContainsFunc(out, at.Equal) {
			out = append(out, at)
		}
	}
	if len(out) > 0 {
		slices.SortFunc(out, time.Time.Compare)
		return out
	}
	_, before := shown.AddDate(0, 0, -1).In(zone).Zone()
	start, _ := shown.Add(-time.Duration(before) * time.Second).In(zone).ZoneBounds()
	return []time.Time{start}
}

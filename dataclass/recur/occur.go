package recur

import (
	"cmp"
	"errors"
	"slices"
	"time"
)

// sorted is the list in order and each value once; the list given stays as it is.
func sorted[T int | Day](list []T) []T {
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b T) int { return cmp.Compare(rank(a), rank(b)) })
	return slices.Compact(list)
}

// rank puts days in the order of their numbers and then of the week.
func rank(v any) int {
	switch v := v.(type) {
	case Day:
		return v.N*8 + int(v.Weekday)
	case int:
		return v
	}
	return 0
}

// end is the last moment, as digits, that UNTIL includes; not ok if there is no UNTIL. A date includes
// its day; of an all-day value only the day counts.
func (r Rule) end(start Start) (time.Time, bool) {
	t := r.Until.Time
	switch r.Until.Kind {
	case NoUntil:
		return time.Time{}, false
	case UntilDate:
		return midnight(t).Add(24*time.Hour - time.Second), true
	case UntilUTC:
		t = digits(t.In(start.Time.Location()))
	}
	return t, true
}

// occur yields the digits of the rule's occurrences between lo and hi, both included, in order. The
// start is always the first (RFC 5545, 3.8.5.3), COUNT counts it, and UNTIL does not take it away.
func (r Rule) occur(start Start, lo, hi time.Time, yield func(time.Time) bool) error {
	first := start.wall()
	count, seen := r.Count, 0
	visit := func(t time.Time) bool {
		if seen++; count > 0 && seen > count {
			return false
		}
		return t.Before(lo) || yield(t)
	}
	if !first.After(hi) && !visit(first) {
		return nil
	}
	from := lo
	if until, ok := r.end(start); ok {
		hi = sooner(hi, until)
	}
	if count > 0 {
		var err error
		if from, seen, err = r.skip(start, sooner(lo, hi)); err != nil {
			return err
		}
	}
	return r.walk(start, from, hi, func(t time.Time) bool {
		return t.Equal(first) || visit(t)
	})
}

// Last is the start of the rule's last occurrence. It is not ok for a rule without an end, and for one
// whose end lies beyond a bounded search: a COUNT above 2,000, or one that is not reached in 200 years.
func (r Rule) Last(start Start) (time.Time, bool) {
	t, ok := r.last(start)
	if !ok {
		return time.Time{}, false
	}
	return start.at(t), true
}

// last is the last occurrence as digits.
func (r Rule) last(start Start) (time.Time, bool) {
	end, ok := r.end(start)
	switch {
	case r.Count > 0:
		return r.lastCounted(start)
	case !ok:
		return time.Time{}, false
	}
	first := start.wall()
	if !end.After(first) {
		return first, true
	}
	for reach := r.reach(); ; reach = min(reach, maxReach/8) * 8 {
		lo, last := later(end.Add(-reach), first), time.Time{}
		err := r.walk(start, lo, end, func(t time.Time) bool { last = t; return true })
		switch {
		case err != nil || !last.IsZero():
			return last, err == nil
		case lo.Equal(first):
			return first, true
		case reach >= maxReach/8*8:
			return time.Time{}, false
		}
	}
}

// maxReach is how far before its end the last occurrence of a rule is sought.
const maxReach = 250 * 365 * 24 * time.Hour

// reach is how far before its end a rule most likely matches.
func (r Rule) reach() time.Duration {
	const day = 24 * time.Hour
	days := map[Freq]time.Duration{Daily: 2, Weekly: 14, Monthly: 62, Yearly: 732}[r.Freq]
	interval := time.Duration(min(max(r.Interval, 1), 100))
	return max(days*interval*day, time.Hour)
}

// The bounds within which the last of a COUNT is sought: to find it every occurrence has to be counted.
const (
	maxCounted      = 2000
	maxCountedYears = 200
)

func (r Rule) lastCounted(start Start) (time.Time, bool) {
	if r.Count > maxCounted {
		return time.Time{}, false
	}
	last, n, first := time.Time{}, 0, start.wall()
	err := r.occur(start, first, first.AddDate(maxCountedYears, 0, 0), func(t time.Time) bool {
		last = t
		n++
		return n < r.Count
	})
	return last, err == nil && (n == r.Count || n > 0 && r.endsWithin(start, first.AddDate(maxCountedYears, 0, 0)))
}

// endsWithin reports whether UNTIL ends the rule by that time.
func (r Rule) endsWithin(start Start, by time.Time) bool {
	end, ok := r.end(start)
	return ok && !end.After(by)
}

// A Set is everything that says when something happens: the start, the rules and the single dates of
// one master component.
type Set struct {
	Start   Start
	Rules   []Rule
	ExRules []Rule
	RDates  []time.Time
	ExDates []time.Time
}

// Between lists the starts of all occurrences from from on and before to, in order and each once, in
// the Location of the start. The start itself is always one of them unless an exception takes it away;
// COUNT counts before exceptions do. Exceptions are compared by date if the start is all-day, by date
// and clock if it floats, else as moments.
//
// At most limit occurrences are listed (limit < 1: 100,000). If there are more, or a rule matched
// nothing for centuries, the ones found so far come with ErrLimit. ErrUnsayable says that a rule cannot
// be expanded.
func (s Set) Between(from, to time.Time, limit int) ([]time.Time, error) {
	if limit < 1 || limit > maxVisits {
		limit = maxVisits
	}
	gathering := gathering{set: s, from: from, to: to}
	out, exErr := gathering.exceptions()
	if exErr != nil && !errors.Is(exErr, ErrLimit) {
		return nil, exErr
	}
	all, err := gathering.occurrences(limit, out)
	if err != nil && !errors.Is(err, ErrLimit) {
		return nil, err
	}
	slices.SortFunc(all, time.Time.Compare)
	all = slices.CompactFunc(all, time.Time.Equal)
	all = slices.DeleteFunc(all, func(t time.Time) bool { return out[s.Start.mark(t)] || gathering.cut(t) })
	if len(all) > limit {
		return all[:limit], ErrLimit
	}
	return all, cmp.Or(err, exErr)
}

// mark is what an occurrence and its exception have in common.
func (s Start) mark(t time.Time) int64 {
	switch {
	case s.Date:
		return midnight(t).Unix()
	case s.Floating:
		return digits(t).Unix()
	}
	return t.Unix()
}

// A gathering collects the occurrences of a set within a window.
type gathering struct {
	set      Set
	from, to time.Time
	known    time.Time // where a rule was cut off; nothing is known behind it
}

func (g *gathering) cut(t time.Time) bool {
	return !g.known.IsZero() && t.After(g.known)
}

func (g *gathering) inside(t time.Time) bool {
	return !t.Before(g.from) && t.Before(g.to)
}

// window is a range of digits that is sure to hold the window.
func (g *gathering) window() (lo, hi time.Time) {
	loc := g.set.Start.Time.Location()
	return digits(g.from.In(loc)).Add(-24 * time.Hour), digits(g.to.In(loc)).Add(24 * time.Hour)
}

// upTo notes that a rule was cut off behind t.
func (g *gathering) upTo(t time.Time) {
	if !t.IsZero() && (g.known.IsZero() || t.Before(g.known)) {
		g.known = t
	}
}

// exceptions is what EXDATE and EXRULE take away within the window.
func (g *gathering) exceptions() (out map[int64]bool, err error) {
	out = make(map[int64]bool, len(g.set.ExDates))
	for _, t := range g.set.ExDates {
		out[g.set.Start.mark(t)] = true
	}
	for _, r := range g.set.ExRules {
		last, ruleErr := g.exclude(r, out)
		if ruleErr != nil && !errors.Is(ruleErr, ErrLimit) {
			return nil, ruleErr
		}
		if ruleErr != nil {
			err = ruleErr
			g.upTo(last)
		}
	}
	return out, err
}

// exclude adds what one EXRULE matches; the start is among it only if it matches. It tells how far it
// came.
func (g *gathering) exclude(r Rule, out map[int64]bool) (last time.Time, err error) {
	lo, hi := g.window()
	if r.Count > 0 {
		lo = g.set.Start.wall()
	}
	if until, ok := r.end(g.set.Start); ok {
		hi = sooner(hi, until)
	}
	n := 0
	err = r.walk(g.set.Start, lo, hi, func(t time.Time) bool {
		n++
		last = g.set.Start.at(t)
		out[g.set.Start.mark(last)] = true
		return r.Count == 0 || n < r.Count
	})
	return last, err
}

// occurrences is what the start, RDATE and the rules add within the window, not yet in order. Each rule
// adds no more than can be needed to fill the limit.
func (g *gathering) occurrences(limit int, out map[int64]bool) (all []time.Time, err error) {
	for _, t := range append([]time.Time{g.set.Start.at(g.set.Start.wall())}, g.set.RDates...) {
		if t = t.In(g.set.Start.Time.Location()); g.inside(t) {
			all = append(all, t)
		}
	}
	lo, hi := g.window()
	for _, r := range g.set.Rules {
		found := 0
		last := time.Time{}
		ruleErr := r.occur(g.set.Start, lo, hi, func(wall time.Time) bool {
			t := g.set.Start.at(wall)
			last = t
			if !g.inside(t) {
				return t.Before(g.to)
			}
			all = append(all, t)
			if !out[g.set.Start.mark(t)] {
				found++
			}
			return found <= limit
		})
		if ruleErr != nil && !errors.Is(ruleErr, ErrLimit) {
			return nil, ruleErr
		}
		if ruleErr != nil || found > limit {
			err = ErrLimit
			g.upTo(last)
		}
	}
	return all, err
}

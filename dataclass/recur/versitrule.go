package recur

import (
	"fmt"
	"slices"
)

// rule is the one RRULE that means the same as the chain.
func (c chain) rule(start Start) (Rule, error) {
	times, err := c.times(start)
	if err != nil {
		return Rule{}, err
	}
	r, err := c.shape()
	if err != nil {
		return Rule{}, err
	}
	if err := r.setTimes(times, start); err != nil {
		return Rule{}, err
	}
	if err := r.setEnd(c, len(times), start); err != nil {
		return Rule{}, err
	}
	return r.WithUntil(start), nil
}

func unsayable(why string) error {
	return fmt.Errorf("%w: %s", ErrUnsayable, why)
}

// times is the times of a day, in minutes since midnight; none if it is the start's.
func (c chain) times(start Start) ([]int, error) {
	var times []int
	for i, l := range c {
		for _, run := range l.runs {
			if !slices.Equal(run, l.runs[0]) {
				return nil, unsayable("days with different times")
			}
		}
		switch {
		case l.kind == "M" && i > 0:
			return minutely(times, l, start)
		case len(l.runs) == 0 || len(l.runs[0]) == 0:
		case times != nil || start.Date:
			return nil, unsayable("times of times, or of whole days")
		default:
			times = l.runs[0]
		}
	}
	return times, nil
}

// minutely is the times with what a rule like "M15 #4" adds behind each.
func minutely(times []int, l layer, start Start) ([]int, error) {
	rounds := l.rounds
	if rounds < 0 {
		rounds = 2
	}
	if rounds == 0 || rounds > 1440 || start.Date || l.until.Kind != NoUntil {
		return nil, unsayable("minutes without an end of their own")
	}
	if times == nil {
		first := start.wall()
		times = []int{first.Hour()*60 + first.Minute()}
	}
	var all []int
	for _, t := range times {
		if (1440-t)/l.interval < rounds-1 || t+(rounds-1)*l.interval >= 1440 || len(all) > 1440 {
			return nil, unsayable("minutes beyond the day")
		}
		for i := range rounds {
			all = append(all, t+i*l.interval)
		}
	}
	return sorted(all), nil
}

// shape is the rule without times and end.
func (c chain) shape() (Rule, error) {
	outer := c[0]
	r := Rule{Interval: outer.interval}
	if r.Interval == 1 {
		r.Interval = 0
	}
	switch outer.kind {
	case "M":
		r.Freq = Minutely
	case "D":
		r.Freq = Daily
	case "W":
		r.Freq, r.ByDay = Weekly, outer.days
	case "MP":
		r.Freq, r.ByDay = Monthly, outer.days
	case "MD":
		r.Freq, r.ByMonthDay = Monthly, outer.numbers
	case "YM":
		r.Freq, r.ByMonth = Yearly, outer.numbers
	case "YD":
		r.Freq, r.ByYearDay = Yearly, outer.numbers
	}
	inner := slices.DeleteFunc(slices.Clone(c[1:]), func(l layer) bool { return l.kind == "M" })
	switch {
	case len(inner) == 0:
		return r, nil
	case len(inner) > 1 || outer.kind != "YM" || inner[0].interval != 1 || inner[0].rounds > 1:
		return Rule{}, unsayable("a rule that elaborates another")
	case inner[0].kind == "MP":
		r.ByDay = inner[0].days
	case inner[0].kind == "MD":
		r.ByMonthDay = inner[0].numbers
	default:
		return Rule{}, unsayable("a rule that elaborates another")
	}
	return r, nil
}

// setTimes says the times as BYHOUR and BYMINUTE, which mean every minute of theirs in every hour.
func (r *Rule) setTimes(times []int, start Start) error {
	first := start.wall()
	if len(times) == 0 || len(times) == 1 && times[0] == first.Hour()*60+first.Minute() && first.Second() == 0 {
		return nil
	}
	var hours, minutes []int
	for _, t := range times {
		hours, minutes = append(hours, t/60), append(minutes, t%60)
	}
	r.ByHour, r.ByMinute = sorted(hours), sorted(minutes)
	if len(r.ByHour)*len(r.ByMinute) != len(times) {
		return unsayable("times that are not the same minutes of each hour")
	}
	if first.Second() != 0 {
		r.BySecond = []int{0}
	}
	return nil
}

// setEnd says the end of the chain's first rule, or of the whole chain where only its last has one.
func (r *Rule) setEnd(c chain, times int, start Start) error {
	outer, inner := c[0], c[len(c)-1]
	rounds, until := outer.rounds, outer.until
	if until.Kind == NoUntil {
		until = inner.until
	}
	if rounds < 0 && len(c) > 1 && inner.kind != "M" && inner.rounds == 0 {
		rounds = 0
	}
	r.Until = until
	switch {
	case rounds < 0 && until.Kind == NoUntil:
		rounds = 2
	case rounds <= 0:
		return nil
	}
	items := 1
	for _, l := range c {
		items *= max(1, len(l.days)+len(l.numbers))
	}
	items *= max(1, times)
	if rounds > maxNumber/items {
		return unsayable("too many rounds")
	}
	left, err := c.unmarked(items, times)
	r.Count = rounds*items - left
	if err != nil || until.Kind == NoUntil {
		return err
	}
	return r.endOnce(start)
}

// unmarked counts the items of the last round behind the one that has the end marker.
func (c chain) unmarked(items, times int) (int, error) {
	marks := 0
	for _, l := range c {
		marks += len(l.marked)
	}
	switch {
	case marks == 0:
		return 0, nil
	case marks > 1 || len(c) > 1:
		return 0, unsayable("several end markers, or one in a rule that elaborates another")
	}
	l, m := c[0], c[0].marked[0]
	kept := 0
	switch {
	case m.time && items == times:
		kept = upTo(l.runs[0], m.rank, func(n int) int { return n })
	case m.time:
		return 0, unsayable("an end marker at one of the times of several days")
	case m.rank < 0:
		return 0, unsayable("an end marker at a day counted from the end")
	case l.kind == "W":
		kept = upTo(l.days, m.rank, func(d Day) int { return int(d.Weekday) })
	case l.kind == "MP":
		kept = upTo(l.days, m.rank, Day.place)
	default:
		kept = upTo(l.numbers, m.rank, func(n int) int { return (n + 400) % 400 })
	}
	if !m.time {
		kept *= max(1, times)
	}
	return items - kept, nil
}

func upTo[T any](list []T, rank int, of func(T) int) int {
	n := 0
	for _, v := range list {
		if of(v) <= rank {
			n++
		}
	}
	return n
}

// endOnce keeps of COUNT and UNTIL the one that ends the rule first: an RRULE has only one.
func (r *Rule) endOnce(start Start) error {
	counted, dated := *r, *r
	counted.Until, dated.Count = Until{}, 0
	a, okA := counted.last(start)
	b, okB := dated.last(start)
	switch {
	case !okA && !okB, r.Count > maxCounted:
		return unsayable("an end that cannot be found")
	case okA && (!okB || a.Before(b)):
		*r = counted
	default:
		*r = dated
	}
	return nil
}

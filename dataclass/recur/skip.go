package recur

import "time"

// maxRound bounds the round of a rule: about 300 years. What comes round later is counted one by one.
const maxRound = int64(300 * 366 * 86400)

// round is after how many seconds on the clock everything that the rule matches comes again; not ok for a rule that
// knows of months or years, which are not equally long, and for one that comes round after centuries. The rule is explicit.
func (r Rule) round() (seconds int64, ok bool) {
	if r.Freq > Weekly || len(r.ByMonth)+len(r.ByMonthDay)+len(r.ByYearDay)+len(r.ByWeekNo) > 0 {
		return 0, false
	}
	unit := map[Freq]int64{Secondly: 1, Minutely: 60, Hourly: 3600, Daily: 86400, Weekly: 7 * 86400}[r.Freq]
	seconds = unit * int64(r.Interval)
	for _, narrow := range []struct {
		there bool
		unit  int64
	}{
		{r.Freq == Secondly && len(r.BySecond) > 0, 60}, {r.Freq <= Minutely && len(r.ByMinute) > 0, 3600},
		{r.Freq <= Hourly && len(r.ByHour) > 0, 86400}, {r.Freq <= Daily && len(r.ByDay) > 0, 7 * 86400},
	} {
		if narrow.there && seconds <= maxRound {
			seconds = lcm(seconds, narrow.unit)
		}
	}
	return seconds, seconds <= maxRound
}

func lcm(a, b int64) int64 {
	x, y := a, b
	for y != 0 {
		x, y = y, x%y
	}
	return a / x * b
}

// skip steps over whole rounds of a rule that counts. From is the start, or later and not later than lo; seen is how many
// occurrences lie before from, the start among them. Where there is no round, from and the one that it has seen are the start.
func (r Rule) skip(start Start, lo time.Time) (from time.Time, seen int, err error) {
	first := start.wall()
	seconds, ok := r.explicit(first, start.Date).round()
	if !ok || lo.Unix()-first.Unix() < 2*seconds {
		return first, 1, nil
	}
	each, odd := 0, 1
	err = r.walk(start, first, time.Unix(first.Unix()+seconds-1, 0).UTC(), func(t time.Time) bool {
		if t.Equal(first) {
			odd = 0 // the rule itself matches the start
		}
		each++
		return true
	})
	times := (lo.Unix() - first.Unix()) / seconds
	return time.Unix(first.Unix()+times*seconds, 0).UTC(), odd + int(times)*each, err
}

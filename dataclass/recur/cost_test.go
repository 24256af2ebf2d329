package recur

import (
	"fmt"
	"testing"
	"time"
)

// TestKeysAreCheap lets rules count to very much: it must not cost more than to count to as much as is counted.
func TestKeysAreCheap(t *testing.T) {
	start := Start{Time: time.Date(2024, 3, 4, 9, 0, 0, 0, time.UTC)}
	for _, text := range []string{
		"FREQ=DAILY", "FREQ=WEEKLY;BYDAY=MO,TU", "FREQ=YEARLY", "FREQ=MONTHLY;BYDAY=MO,TU,WE;BYSETPOS=-1", "FREQ=HOURLY;BYDAY=MO",
		"FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29", "FREQ=SECONDLY;INTERVAL=7", "FREQ=YEARLY;INTERVAL=400;BYMONTH=2;BYMONTHDAY=29",
	} {
		r, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		cost := func(count int) float64 {
			counted := r
			counted.Count = count
			return testing.AllocsPerRun(1, func() { counted.Key(start); counted.Last(start); counted.Versit(start) })
		}
		most := testing.AllocsPerRun(1, func() {
			_, _ = Set{Start: start, Rules: []Rule{r}}.Between(start.Time, start.Time.AddDate(200, 0, 0), maxCounted)
		})
		for _, count := range []int{maxCounted, 100_000, maxNumber, maxCount} {
			if got := cost(count); got > 6*most+5000 {
				t.Errorf("%s;COUNT=%d: %v allocations, to list them: %v", text, count, got, most)
			}
		}
	}
}

func TestKeyOfManyCounts(t *testing.T) {
	start := Start{Time: time.Date(2024, 3, 4, 9, 0, 0, 0, time.UTC)}
	for _, c := range []struct {
		name, a, b string
		same       bool
	}{
		{"counted up to the bound", "FREQ=DAILY;COUNT=2000", "FREQ=DAILY;UNTIL=20290824T090000Z", true},
		{"the same count", "FREQ=DAILY;COUNT=100000", "COUNT=100000;INTERVAL=1;FREQ=DAILY", true},
		{"another count", "FREQ=DAILY;COUNT=100000", "FREQ=DAILY;COUNT=100001", false},
		{"a count is not for ever", "FREQ=DAILY;COUNT=100000", "FREQ=DAILY", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			var keys [2]string
			for i, text := range []string{c.a, c.b} {
				r, err := Parse(text)
				if err != nil {
					t.Fatal(err)
				}
				keys[i] = r.Key(start)
			}
			if (keys[0] == keys[1]) != c.same {
				t.Errorf("%s and %s", keys[0], keys[1])
			}
		})
	}
	if _, err := ParseVersit(fmt.Sprintf("D1 #%d 20991231T000000Z", maxNumber), start); err == nil {
		t.Error("an end that nobody can count to was read")
	}
}

// TestCountsAreSteppedOver asks late in series that count to very much: what lies before is not walked through.
func TestCountsAreSteppedOver(t *testing.T) {
	start := Start{Time: time.Date(2024, 3, 4, 9, 30, 0, 0, time.UTC)} // a Monday
	for _, c := range []struct {
		name, rule string
		after      time.Duration
		want       int // of three hours
	}{
		{"every minute", "FREQ=MINUTELY;COUNT=2000000000", 9 * 365 * 24 * time.Hour, 180},
		{"every second", "FREQ=SECONDLY;COUNT=9000000000000000", 300 * 24 * time.Hour, 3 * 3600},
		{"every hour of two", "FREQ=HOURLY;BYHOUR=9,10;COUNT=900000000", 100 * 365 * 24 * time.Hour, 2},
		{"every seventh second, on Mondays", "FREQ=SECONDLY;INTERVAL=70;BYDAY=MO;COUNT=900000000", 5 * 7 * 24 * time.Hour, 155},
		{"many times a day", "FREQ=DAILY;BYHOUR=8,9,10,11,12;BYMINUTE=0,10,20,30;COUNT=100000000", 50 * 365 * 24 * time.Hour, 12},
		{"over, by one", "FREQ=DAILY;COUNT=3650", 3650 * 24 * time.Hour, 0},
		{"the last one", "FREQ=DAILY;COUNT=3651", 3650 * 24 * time.Hour, 1},
		{"the last one, where the start is none of the rule", "FREQ=WEEKLY;BYDAY=TU,WE;COUNT=201", 99*7*24*time.Hour + 48*time.Hour, 1},
		{"over, where the start is none of the rule", "FREQ=WEEKLY;BYDAY=TU,WE;COUNT=200", 99*7*24*time.Hour + 48*time.Hour, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := Parse(c.rule)
			if err != nil {
				t.Fatal(err)
			}
			from := start.Time.Add(c.after)
			set := Set{Start: start, Rules: []Rule{r}}
			var got []time.Time
			work := testing.AllocsPerRun(1, func() { got, err = set.Between(from, from.Add(3*time.Hour), 20000) })
			if err != nil || len(got) != c.want || work > 1_500_000 {
				t.Errorf("%d occurrences, want %d; %v; %v allocations", len(got), c.want, err, work)
			}
		})
	}
}

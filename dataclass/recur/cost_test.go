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
		for _, count := range []int{maxCounted, 100_000, maxNumber} {
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

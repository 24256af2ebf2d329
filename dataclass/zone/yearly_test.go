package zone

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestDayNumber compares with the time package day for day.
func TestDayNumber(t *testing.T) {
	for at := time.Date(1590, 1, 1, 0, 0, 0, 0, time.UTC); at.Year() < 2210; at = at.AddDate(0, 0, 1) {
		y, m, d := at.Date()
		n := dayNumber(y, m, d)
		if n*day != at.Unix() || weekdayOf(n) != at.Weekday() {
			t.Fatalf("%v: %d, %v", at, n, weekdayOf(n))
		}
		if last := at.AddDate(0, 0, 1).Day() == 1; last != (monthLength(y, m) == d) {
			t.Fatalf("%v: %d days", at, monthLength(y, m))
		}
	}
}

// TestMonthDay compares the short way to a Sunday with the long one.
func TestMonthDay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := monthDay{
			n:   rapid.SampledFrom([]int{-5, -4, -3, -2, -1, 1, 2, 3, 4, 5}).Draw(t, "n"),
			day: time.Weekday(rapid.IntRange(0, 6).Draw(t, "weekday")),
		}
		first := time.Weekday(rapid.IntRange(0, 6).Draw(t, "first"))
		length := rapid.IntRange(28, 31).Draw(t, "length")
		y := yearly{days: []monthDay{m}}
		want := 0
		for d := 1; d <= length; d++ {
			if y.matches(d, length, (first+time.Weekday(d-1))%7) {
				want = d
			}
		}
		if got := m.in(first, length); got != want {
			t.Fatalf("got %d, want %d", got, want)
		}
	})
}

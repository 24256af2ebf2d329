package main

import (
	"runtime"
	"runtime/debug"
	"testing"
)

// TestGrowth: the heap grows to the floor, whatever is in use, and doubles from there on.
func TestGrowth(t *testing.T) {
	for _, c := range []struct {
		name string
		live uint64
		want int
	}{
		{"nothing", 0, 100 * garbageFloor / runtimeFloor},
		{"one byte", 1, 100 * garbageFloor / runtimeFloor},
		{"little", 1 << 20, 100 * garbageFloor / runtimeFloor},
		{"a quarter of the floor", garbageFloor / 4, 300},
		{"half of the floor", garbageFloor / 2, 100},
		{"more than the floor", garbageFloor * 3, 100},
		{"more than there is", 1 << 62, 100},
	} {
		if got := growth(c.live); got != c.want {
			t.Errorf("%s: %d %%, want %d", c.name, got, c.want)
		}
	}
}

// percentNow is by how much the heap may grow now.
func percentNow() int {
	percent := debug.SetGCPercent(100)
	debug.SetGCPercent(percent)
	return percent
}

// TestCollectLate: what is put off depends on what is in use at each collection, and what the user has set stands.
func TestCollectLate(t *testing.T) {
	was := debug.SetGCPercent(50)
	t.Cleanup(func() { debug.SetGCPercent(was) })
	t.Setenv("GOMEMLIMIT", "")
	t.Setenv("GOGC", "50")
	collectLate()
	if percent := percentNow(); percent != 50 {
		t.Fatalf("the user has set GOGC, and the heap grows by %d %%", percent)
	}
	t.Setenv("GOGC", "")
	collectLate()
	if percent := percentNow(); percent != growth(0) {
		t.Fatalf("at the start the heap grows by %d %%", percent)
	}
	held := make([]byte, 2*garbageFloor)
	collectUntil(func(percent int) bool { return percent == 100 })
	runtime.KeepAlive(held)
	collectUntil(func(percent int) bool { return percent > 100 })
}

// collectUntil collects garbage until the heap may grow by what is wanted. It ends with the test's own time if that
// never comes.
func collectUntil(is func(percent int) bool) {
	for !is(percentNow()) {
		runtime.GC()
		runtime.Gosched()
	}
}

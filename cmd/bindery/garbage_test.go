package main

import (
	"runtime"
	"runtime/debug"
	"testing"
)

// TestGrowth: the heap grows to the floor, whatever is in use, and doubles from there on.
func TestGrowth(t *testing.T) {
	for _, floor := range []uint64{garbageFloor, bulkFloor} {
		for _, c := range []struct {
			name string
			live uint64
			want int
		}{
			{"nothing", 0, int(100 * floor / runtimeFloor)},
			{"one byte", 1, int(100 * floor / runtimeFloor)},
			{"little", 1 << 20, int(min(100*floor/runtimeFloor, 100*floor>>20-100))},
			{"a quarter of the floor", floor / 4, 300},
			{"half of the floor", floor / 2, 100},
			{"more than the floor", floor * 3, 100},
			{"more than there is", 1 << 62 / 100, 100},
		} {
			if got := growth(floor, c.live); got != c.want {
				t.Errorf("floor %d: %s: %d %%, want %d", floor, c.name, got, c.want)
			}
		}
	}
}

// percentNow is by how much the heap may grow now.
func percentNow() int {
	percent := debug.SetGCPercent(100)
	debug.SetGCPercent(percent)
	return percent
}

// TestCollectLate: what is put off depends on what is in use at each collection and on whether there is much at once, and
// what the user has set stands.
func TestCollectLate(t *testing.T) {
	was := debug.SetGCPercent(50)
	t.Cleanup(func() { debug.SetGCPercent(was) })
	t.Setenv("GOMEMLIMIT", "")
	t.Setenv("GOGC", "50")
	c := collectLate()
	c.Bulk()
	if percent := percentNow(); percent != 50 || c != nil {
		t.Fatalf("the user has set GOGC, and the heap grows by %d %%", percent)
	}
	t.Setenv("GOGC", "")
	c = collectLate()
	if percent := percentNow(); percent != growth(garbageFloor, 0) {
		t.Fatalf("at the start the heap grows by %d %%", percent)
	}
	held := make([]byte, bulkFloor/4)
	collectUntil(func(percent int) bool { return percent == 100 })
	collectUntil(func(percent int) bool { c.Bulk(); return percent > 150 })
	collectUntil(func(percent int) bool { return percent == 100 })
	runtime.KeepAlive(held)
	collectUntil(func(percent int) bool { return percent > 100 })
	held = make([]byte, bulkFloor/4)
	c.Always()
	collectUntil(func(percent int) bool { return percent > 150 && percent < 400 })
	for range 3 {
		collectUntil(func(percent int) bool { return percent > 150 })
	}
	runtime.KeepAlive(held)
	(*collector)(nil).Always()
}

// collectUntil collects garbage until the heap may grow by what is wanted. It ends with the test's own time if that
// never comes.
func collectUntil(is func(percent int) bool) {
	for !is(percentNow()) {
		runtime.GC()
		runtime.Gosched()
	}
}

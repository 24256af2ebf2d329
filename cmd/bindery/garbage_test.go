package main

import (
	"math"
	"runtime"
	"runtime/debug"
	"testing"
)

// TestCollectLate: what is put off is put off until the first collection only, and what the user has set stands.
func TestCollectLate(t *testing.T) {
	was := debug.SetGCPercent(100)
	t.Cleanup(func() {
		debug.SetGCPercent(was)
		debug.SetMemoryLimit(math.MaxInt64)
	})
	t.Setenv("GOMEMLIMIT", "")
	t.Setenv("GOGC", "50")
	collectLate()
	if limit := debug.SetMemoryLimit(-1); limit != math.MaxInt64 {
		t.Fatalf("the user has set GOGC, and the limit is %d", limit)
	}
	t.Setenv("GOGC", "")
	collectLate()
	for debug.SetMemoryLimit(-1) != math.MaxInt64 { // ends with the test's own time if it never comes back
		runtime.GC()
		runtime.Gosched()
	}
	if percent := debug.SetGCPercent(100); percent != 100 {
		t.Errorf("garbage is collected at %d %% after the first time", percent)
	}
}

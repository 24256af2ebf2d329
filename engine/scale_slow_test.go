package engine

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"sync"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/dataclass/evidence/evidencetest"
)

// peak gives the most bytes that are in use on the heap while fn runs, with what it was given, as far as a look every
// few milliseconds sees them; garbage is collected early.
func peak(fn func()) uint64 {
	defer debug.SetGCPercent(debug.SetGCPercent(10))
	runtime.GC()
	var most uint64
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapAlloc)
			select {
			case <-stop:
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
	})
	fn()
	close(stop)
	wg.Wait()
	return most
}

// TestP16_ASlowSyncOfStrangers plans the first contact of people on two sides, one of them a poor device, by their
// evidence, and asks how much memory that takes, digests and all: 400 MB at most for 100,000 against 100,000 (under
// BINDERY_LONG), and 40 MB for 5,000, garbage that was not collected yet included.
func TestP16_ASlowSyncOfStrangers(t *testing.T) {
	n, limit := 5000, uint64(40<<20)
	if os.Getenv("BINDERY_LONG") != "" {
		n, limit = 100_000, 400<<20
	}
	in := strangersInput(1, n, evidencetest.TunedDevices()[2])
	var ds []Decision
	got := peak(func() { ds = Plan(in) })
	pairs := 0
	for _, d := range ds {
		if d.Act == Pair {
			pairs++
		}
	}
	t.Logf("%d people: %d MB, %d pairs", n, got>>20, pairs)
	if got > limit {
		t.Errorf("%d MB, wanted %d at most", got>>20, limit>>20)
	}
	if pairs < n*7/10 {
		t.Errorf("only %d pairs of %d people", pairs, n)
	}
}

// BenchmarkPlanStrangers plans the same, without reading: it must grow as n log n, and 10,000 must take less than a second
// on one core. 100,000 are for BINDERY_LONG.
func BenchmarkPlanStrangers(b *testing.B) {
	for _, n := range []int{1000, 10_000, 100_000} {
		if n > 10_000 && os.Getenv("BINDERY_LONG") == "" {
			continue
		}
		in := strangersInput(1, n, evidencetest.TunedDevices()[2])
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Plan(in)
			}
		})
	}
}

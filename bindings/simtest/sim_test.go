package simtest

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/engine/journaltest"
)

var (
	histories = flag.Int("histories", 18_500, "how many histories TestHistories plays")
	from      = flag.Uint64("from", 1, "the first seed that TestHistories plays")
	oneSeed   = flag.Uint64("seed", 0, "play only the history of this seed, and tell it")
)

func inMemory(now func() time.Time) book { return memoryBook{journaltest.New(now)} }

// playSeed plays a history on the Journal in memory.
func playSeed(seed uint64, tell bool) *world {
	w := newWorld(seed, shapeOf(seed), inMemory)
	w.verbose = tell
	w.play()
	return w
}

// TestHistories plays many histories. One that fails is told: go test ./bindings/simtest -seed N.
func TestHistories(t *testing.T) {
	if *oneSeed != 0 {
		w := playSeed(*oneSeed, true)
		t.Log(strings.Join(w.lines, "\n"))
		for _, s := range w.bad {
			t.Error(s)
		}
		return
	}
	var mu sync.Mutex
	var failed []string
	met := map[string]int{}
	start := time.Now()
	next := make(chan uint64)
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for seed := range next {
				w := playSeed(seed, false)
				mu.Lock()
				for k, n := range w.met {
					met[k] += n
				}
				if len(w.bad) > 0 {
					failed = append(failed, fmt.Sprintf("seed %d %s %s: %s", seed, w.shape.kind, w.class, strings.Join(w.bad, "; ")))
				}
				mu.Unlock()
			}
		})
	}
	for seed := *from; seed < *from+uint64(*histories); seed++ {
		next <- seed
	}
	close(next)
	wg.Wait()
	fmt.Fprintln(os.Stderr, time.Since(start), met)
	slices.SortFunc(failed, func(a, b string) int { return cmp.Compare(len(a), len(b)) })
	for _, f := range failed[:min(len(failed), 30)] {
		t.Error(f)
	}
	if len(failed) > 0 {
		t.Errorf("%d of %d failed", len(failed), *histories)
	}
}

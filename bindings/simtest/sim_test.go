package simtest

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/engine/journaltest"
)

var (
	histories = flag.Int("histories", 300, "how many histories TestHistories plays")
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

// tell fails a test with the whole history of a seed.
func tell(t *testing.T, seed uint64) {
	t.Helper()
	w := playSeed(seed, true)
	t.Errorf("seed %d, %s, %s:\n%s", seed, w.shape.kind, w.class, strings.Join(w.lines, "\n"))
}

// A census counts what went wrong over many histories, so that a simulation in which nothing does is seen.
type census struct {
	mu     sync.Mutex
	met    map[string]int
	kinds  map[string]int
	failed []uint64
}

func (c *census) add(w *world) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for kind, n := range w.met {
		c.met[kind] += n
	}
	c.kinds[w.shape.kind]++
	if len(w.bad) > 0 {
		c.failed = append(c.failed, w.seed)
	}
}

// playMany plays the histories of n seeds, several at once, each on one goroutine.
func playMany(first uint64, n int, enough func(*census) bool) *census {
	c := &census{met: map[string]int{}, kinds: map[string]int{}}
	seeds := make(chan uint64)
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for seed := range seeds {
				c.add(playSeed(seed, false))
			}
		})
	}
	for seed := first; seed < first+uint64(n) && !enough(c); seed++ {
		seeds <- seed
	}
	close(seeds)
	wg.Wait()
	return c
}

// TestHistories plays many histories and asks P1 to P9, P11, P13 and P18 of each. The first that fail are
// told; one is told again by: go test ./bindings/simtest -run TestHistories -seed N.
func TestHistories(t *testing.T) {
	if *oneSeed != 0 {
		w := playSeed(*oneSeed, true)
		t.Log(strings.Join(w.lines, "\n"))
		for _, s := range w.bad {
			t.Error(s)
		}
		return
	}
	n := *histories
	if s := os.Getenv("BINDERY_SIMULATIONS"); s != "" {
		var err error
		if n, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	c := playMany(*from, n, func(c *census) bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return len(c.failed) >= 20
	})
	t.Log(c.kinds, c.met)
	for i, seed := range c.failed {
		if i < 3 {
			tell(t, seed)
		}
	}
	if len(c.failed) > 0 {
		t.Fatalf("these seeds fail: %v", c.failed)
	}
	for _, kind := range []string{crash, fail, refuse, lose, steal, meddle, flat, "mass", "refresh", "one way"} {
		if n >= 1000 && c.met[kind] < n/20 {
			t.Errorf("only %d times %s in %d histories: the simulation does not reach it", c.met[kind], kind, n)
		}
	}
}

// TestP17_SameSeedSameTrace plays some histories twice, to the last call the same.
func TestP17_SameSeedSameTrace(t *testing.T) {
	t.Parallel()
	traces := map[uint64]bool{}
	for seed := range uint64(200) {
		one, two := playSeed(seed+1, false), playSeed(seed+1, false)
		if one.trace.Sum64() != two.trace.Sum64() {
			t.Errorf("seed %d: two traces", seed+1)
		}
		traces[one.trace.Sum64()] = true
	}
	if len(traces) < 200 {
		t.Errorf("200 seeds give only %d traces", len(traces))
	}
}

// TestRegressions plays what failed once. Each seed is named by what it showed, in the engine or in the
// simulation.
func TestRegressions(t *testing.T) {
	for seed, why := range map[uint64]string{
		24:    "an id that an own Add took up again made two Adds and two Deletes in every sync",
		27:    "the item of a half-recorded Add under an id used again was deleted",
		459:   "two links named one item after an id was used again in a batch that broke off",
		2656:  "the deletion of an item whose id garbage took was not told",
		2433:  "an Add of unknown outcome was done again because its repetition was refused",
		509:   "an edit over a Replace of unknown outcome lost against what it was made over",
		4443:  "the same, where more than one property was written",
		9924:  "the same, as histories go today",
		13081: "the same, of a text",
		5573:  "two bindings brought an item back twice: one restored it, one revived it",
		4471:  "the deletion owed to a phone was forgotten when the phone was wiped",
		2081:  "a wiped phone's item that was owed an edit was not known again",
	} {
		t.Run(fmt.Sprint(seed, " ", why), func(t *testing.T) {
			t.Parallel()
			s := shapeOf(seed)
			s.plain = true
			w := newWorld(seed, s, inMemory)
			w.verbose = true
			if w.play(); len(w.bad) > 0 {
				t.Errorf("seed %d:\n%s", seed, strings.Join(w.lines, "\n"))
			}
		})
	}
}

package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync/atomic"
)

// garbageFloor is how many bytes of heap there may be before garbage is collected. The runtime would wait for 4 MiB, or
// for twice of what is in use: a server that has 6 MiB in use would collect twenty times while a phone gets its
// contacts, and a command ten times in the half second that it takes.
const garbageFloor = 16 << 20

// bulkFloor is the same while many items come or go at once. What sends them has a whole processor to do so, unlike a phone,
// and of the time that the server needs for them a quarter would be collecting.
const bulkFloor = 64 << 20

// runtimeFloor is how much heap the runtime lets grow at least, at 100 percent.
const runtimeFloor = 4 << 20

// A collector says when garbage is collected. One that is nil leaves that to the runtime.
type collector struct {
	// bulk counts what Bulk was told, and always is what Always was.
	bulk   atomic.Int64
	always atomic.Bool
}

// collectLate puts garbage collection off until the heap has garbageFloor. From where half of that is in use the
// runtime decides, as it would have, so that what a large sync needs at its peak is not more. What the user has set stands:
// it is nil then.
func collectLate() *collector {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return nil
	}
	c := new(collector)
	debug.SetGCPercent(100 * garbageFloor / runtimeFloor)
	c.afterEachCollection(0)
	return c
}

// Bulk says that one of many large pieces of work was begun, such as a request with a hundred items: what it leaves is
// collected later. That ends with the first collection before which nobody said so.
func (c *collector) Bulk() {
	if c != nil {
		c.bulk.Add(1)
	}
}

// Always says that there will be many large pieces of work until the process ends: all that is left is collected later.
func (c *collector) Always() {
	if c != nil {
		c.always.Store(true)
		debug.SetGCPercent(growth(bulkFloor, 0))
	}
}

// afterEachCollection sets by what part the heap may grow until the next collection. Before is what bulk was at the last one.
func (c *collector) afterEachCollection(before int64) {
	gone := new([64]byte) // nobody holds it: it is gone with the next collection
	runtime.AddCleanup(gone, func(live []metrics.Sample) {
		floor, now := uint64(garbageFloor), c.bulk.Load()
		if now != before || c.always.Load() {
			floor = bulkFloor
		}
		metrics.Read(live)
		debug.SetGCPercent(growth(floor, live[0].Value.Uint64()))
		c.afterEachCollection(now)
	}, []metrics.Sample{{Name: "/gc/heap/live:bytes"}})
}

// growth is by how many percent the heap may grow beyond what is in use, in bytes, to come to the floor; 100 at
// least, and as much as it takes from runtimeFloor at most.
func growth(floor, live uint64) int {
	most := 100 * floor / runtimeFloor
	if live == 0 {
		return int(most)
	}
	return int(min(max(100*floor/live, 200)-100, most))
}

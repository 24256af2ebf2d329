package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// garbageFloor is how many bytes of heap there may be before garbage is collected. The runtime would wait for 4 MiB, or
// for twice of what is in use: a server that has 6 MiB in use would collect twenty times while a phone gets its
// contacts, and a command ten times in the half second that it takes.
const garbageFloor = 16 << 20

// runtimeFloor is how much heap the runtime lets grow at least, at 100 percent.
const runtimeFloor = 4 << 20

// collectLate puts garbage collection off until the heap has garbageFloor. From where half of that is in use the
// runtime decides, as it would have, so that what a large sync needs at its peak is not more. What the user has set stands.
func collectLate() {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	debug.SetGCPercent(100 * garbageFloor / runtimeFloor)
	afterEachCollection()
}

// afterEachCollection sets by what part the heap may grow until the next collection.
func afterEachCollection() {
	gone := new([64]byte) // nobody holds it: it is gone with the next collection
	runtime.AddCleanup(gone, func(live []metrics.Sample) {
		metrics.Read(live)
		debug.SetGCPercent(growth(live[0].Value.Uint64()))
		afterEachCollection()
	}, []metrics.Sample{{Name: "/gc/heap/live:bytes"}})
}

// growth is by how many percent the heap may grow beyond what is in use, in bytes, to come to garbageFloor; 100 at
// least, and as much as it takes to start with at most.
func growth(live uint64) int {
	const most = 100 * garbageFloor / runtimeFloor
	if live == 0 {
		return most
	}
	return int(min(max(100*garbageFloor/live, 200)-100, most))
}

package main

import (
	"math"
	"os"
	"runtime"
	"runtime/debug"
)

// garbageFloor is how many bytes a command may have in memory before the first garbage is collected. The runtime
// would start with 4 MiB and collect ten times on the way here, in a command that is over in half a second.
const garbageFloor = 32 << 20

// collectLate puts garbage collection off until the process has garbageFloor; from then on the runtime decides, as
// it would have, so that what a large sync needs at its peak is not more. What the user has set stands.
func collectLate() {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	debug.SetGCPercent(-1)
	debug.SetMemoryLimit(garbageFloor)
	first := new([64]byte) // nobody holds it: it is gone with the first collection
	runtime.AddCleanup(first, func(percent int) {
		debug.SetGCPercent(percent)
		debug.SetMemoryLimit(math.MaxInt64)
	}, 100)
}

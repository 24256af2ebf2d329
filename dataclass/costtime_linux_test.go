package dataclass

import (
	"time"

	"golang.org/x/sys/unix"
)

// busyTime tells how long the thread has been running. Unlike the time on the clock it does not pass while
// others keep the machine busy.
func busyTime() time.Duration {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &ts); err != nil {
		return 0
	}
	return time.Duration(ts.Nano())
}

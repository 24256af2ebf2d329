//go:build !linux

package dataclass

import "time"

var started = time.Now()

// busyTime tells the time on the clock, where that of the thread is not to be had.
func busyTime() time.Duration { return time.Since(started) }

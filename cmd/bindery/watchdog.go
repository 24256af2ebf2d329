package main

import (
	"context"
	"log/slog"
	"os"
	"strconv"
	"time"
)

// sdAlive is what systemd is told of a service that it watches.
const sdAlive = "WATCHDOG=1"

// watchdogWait is how long the database may take to answer: one that writes much is slow, and not dead.
const watchdogWait = 20 * time.Second

// watchdogSpan is how long systemd waits for a sign of life of this process; 0 if it does not (sd_watchdog_enabled(3)).
func watchdogSpan() time.Duration {
	if pid := os.Getenv("WATCHDOG_PID"); pid != "" && pid != strconv.Itoa(os.Getpid()) {
		return 0
	}
	n, err := strconv.ParseInt(os.Getenv("WATCHDOG_USEC"), 10, 64)
	if err != nil || n <= 0 || n > int64(24*time.Hour/time.Microsecond) {
		return 0
	}
	return time.Duration(n) * time.Microsecond
}

// signOfLife tells systemd that the server lives, four times in the span that it waits, until ctx ends; it says nothing
// while the database does not answer.
func signOfLife(ctx context.Context, span time.Duration, answers func(context.Context) error, log *slog.Logger) {
	if span <= 0 {
		return
	}
	tick := time.NewTicker(span / 4)
	defer tick.Stop()
	for {
		asked, cancel := context.WithTimeout(ctx, min(watchdogWait, span/4))
		err := answers(asked)
		cancel()
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			log.Error("the database does not answer", "error", err)
		default:
			sdNotify(sdAlive)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

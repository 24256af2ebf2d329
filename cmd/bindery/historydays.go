package main

import (
	"context"
	"errors"
	"time"

	"github.com/bindery-sync/bindery/bindings"
)

// historyDays is the option that says how long old versions are kept.
type historyDays struct {
	HistoryDays int `help:"Keep what syncs overwrite or delete for so many days." default:"90" placeholder:"DAYS"`
}

// maxHistoryDays is far beyond what anybody waits for, and well within what a Duration holds.
const maxHistoryDays = 36500

// Validate checks the number. Kong calls it, for serve and sync.
func (d historyDays) Validate() error {
	if d.HistoryDays < 1 || d.HistoryDays > maxHistoryDays {
		return usagef("--history-days: must be between 1 and %d", maxHistoryDays)
	}
	return nil
}

// kept gives the time; zero days, which only a caller within the program has, mean the usual time.
func (d historyDays) kept() time.Duration {
	if d.HistoryDays == 0 {
		return bindings.HistoryKept
	}
	return time.Duration(d.HistoryDays) * 24 * time.Hour
}

// forgetter purges the history of a house.
func (h *house) forgetter(kept time.Duration) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := h.bindings.PurgeHistory(ctx, kept)
		return errors.Join(err, h.bindings.EraseLeft(ctx))
	}
}

// forget purges the history after a sync. That it could not is no reason for the sync to fail.
func (h *house) forget(ctx context.Context, kept time.Duration) {
	if err := h.forgetter(kept)(ctx); err != nil && ctx.Err() == nil {
		h.log.WarnContext(ctx, "forget old versions", "error", err)
	}
}

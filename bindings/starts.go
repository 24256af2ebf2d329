package bindings

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"
)

// How what the server started by itself ended.
const (
	// OutcomeDone: the binding was synchronised.
	OutcomeDone = "done"
	// OutcomeHeld: it was, but for what waits for a person's decision; or all of it waits.
	OutcomeHeld = "held"
	// OutcomeAlerted: its phone was asked to begin the sync.
	OutcomeAlerted = "alerted"
	// OutcomeFailed: it failed, and is tried again.
	OutcomeFailed = "failed"
	// OutcomeSkipped: there was no use in it, and it is no failure.
	OutcomeSkipped = "skipped"
	// OutcomePaused: one of its clients must be authorised anew first.
	OutcomePaused = "paused"
)

// What due_at says that is no time.
const (
	// notDue: nothing is due.
	notDue = 0
	// notPlanned: the runner works out when it is due.
	notPlanned = -1
)

// startRow is one row of starts: the runs of a schedule or, where Schedule is 0, those that follow changes.
type startRow struct {
	Owner    string `gorm:"column:owner_id;primaryKey"`
	Binding  int64  `gorm:"column:binding_id;primaryKey"`
	Schedule int64  `gorm:"column:schedule_id;primaryKey"`
	// Due is when it is to run, in microseconds, notDue or notPlanned. After failures it is when it is tried again.
	Due int64 `gorm:"column:due_at"`
	// Classes are the dataclasses that changed, "" for all. Marks counts the changes; Marked is the time of the last one.
	Classes string `gorm:"column:classes"`
	Marks   int64  `gorm:"column:marks"`
	Marked  int64  `gorm:"column:marked_at"`
	// Lease is until when somebody works on it, and Fence who: it grows with each.
	Lease int64 `gorm:"column:lease_until"`
	Fence int64 `gorm:"column:fence"`
	// Last is when it was begun last, Ended when that was over, and Outcome, Why and Failures how.
	Last     int64  `gorm:"column:last_at"`
	Ended    int64  `gorm:"column:ended_at"`
	Outcome  string `gorm:"column:outcome"`
	Why      string `gorm:"column:why"`
	Failures int    `gorm:"column:failures"`
}

// TableName implements gorm's Tabler.
func (startRow) TableName() string { return "starts" }

// A Failure is a start of the server's own that failed the last time.
type Failure struct {
	Owner   string
	Binding int64
	// Schedule is the number of the schedule that failed; 0 for the runs that follow changes.
	Schedule int64
	// Count is how often it failed in a row, and Why what went wrong the last time, as a sentence.
	Count int
	Why   string
	// Last is when it was tried last, Next when it is tried again.
	Last, Next time.Time
}

// Failures lists what failed the last time that the server started it by itself, in the order of the bindings. Bindings
// that were removed are left out, and so are those whose client must be authorised anew: see Unauthorisations.
func (s *Store) Failures(ctx context.Context, owner string) ([]Failure, error) {
	var rows []startRow
	err := s.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return db.Where("owner_id = ? AND failures > 0 AND outcome <> ?", owner, OutcomePaused).
			Where("binding_id IN (SELECT id FROM bindings WHERE owner_id = starts.owner_id AND removed_at = 0)").
			Order("binding_id, schedule_id").Find(&rows).Error
	})
	if err != nil {
		return nil, fmt.Errorf("list failures: %w", err)
	}
	var out []Failure
	for _, r := range rows {
		out = append(out, Failure{
			Owner: r.Owner, Binding: r.Binding, Schedule: r.Schedule, Count: r.Failures, Why: r.Why,
			Last: fromMicros(r.Last), Next: fromMicros(max(r.Due, 0)),
		})
	}
	return out, nil
}

// A StartState is where a schedule stands or, where Schedule is 0, what follows changes of a binding's clients.
type StartState struct {
	Owner             string
	Binding, Schedule int64
	// Running says that it is under way, Paused that it is left alone until a client of the binding is authorised anew.
	Running, Paused bool
	// Next is when it is due, or is tried again after failures; zero if it is not.
	Next time.Time
	// Last is when it was begun last, and Ended when that was over; zero if it never was. Outcome is how it ended, "" for
	// never, and Why a sentence on that.
	Last, Ended  time.Time
	Outcome, Why string
	// Failures is how often it failed in a row.
	Failures int
}

// StartStates gives where the owner's schedules stand, of one binding or, for 0, of all, in the order of the bindings.
func (s *Store) StartStates(ctx context.Context, owner string, binding int64) ([]StartState, error) {
	var rows []struct {
		Row    startRow `gorm:"embedded"`
		Paused bool
	}
	err := s.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		q := db.Table("starts").Select(`starts.*, EXISTS (SELECT 1 FROM bindings b JOIN unauthorised u ON u.owner_id = b.owner_id
			AND u.client_id IN (b.source_id, b.target_id) WHERE b.owner_id = starts.owner_id AND b.id = starts.binding_id) AS paused`).
			Where("owner_id = ?", owner)
		if binding != 0 {
			q = q.Where("binding_id = ?", binding)
		}
		return q.Order("binding_id, schedule_id").Scan(&rows).Error
	})
	if err != nil {
		return nil, fmt.Errorf("read where schedules stand: %w", err)
	}
	now := micros(s.now())
	var out []StartState
	for _, r := range rows {
		out = append(out, StartState{
			Owner: r.Row.Owner, Binding: r.Row.Binding, Schedule: r.Row.Schedule, Running: r.Row.Lease > now, Paused: r.Paused,
			Next: fromMicros(max(r.Row.Due, 0)), Last: fromMicros(r.Row.Last), Ended: fromMicros(r.Row.Ended), Outcome: r.Row.Outcome,
			Why: r.Row.Why, Failures: r.Row.Failures,
		})
	}
	return out, nil
}

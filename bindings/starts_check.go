package bindings

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/bindings/schedule"
)

// checkStarts puts right what waits for a time that is too far away, since the clock was set back after that was worked
// out. It looks at the rows of all owners, a page at a time.
func (s *Store) checkStarts(ctx context.Context) error {
	last := startKey{}
	for {
		var rows []dueRow
		err := s.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
			return db.Raw(checkColumns, last.owner, last.binding, last.schedule, planPage).Scan(&rows).Error
		})
		if err != nil {
			return fmt.Errorf("read starts: %w", err)
		}
		if err := s.checkPage(ctx, rows); err != nil {
			return fmt.Errorf("check starts: %w", err)
		}
		if len(rows) < planPage {
			return nil
		}
		last = rows[len(rows)-1].Row.key()
	}
}

// checkColumns reads a page of rows by their key.
const checkColumns = dueColumns + `t.due_at > 0 AND (t.owner_id, t.binding_id, t.schedule_id) > (?, ?, ?)
	ORDER BY t.owner_id, t.binding_id, t.schedule_id LIMIT ?`

func (s *Store) checkPage(ctx context.Context, rows []dueRow) error {
	now := s.now()
	for _, r := range rows {
		if r.Row.Due <= r.latest(now) {
			continue
		}
		err := s.db.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
			return tx.Exec("UPDATE starts SET due_at = ? WHERE owner_id = ? AND binding_id = ? AND schedule_id = ? AND due_at = ?",
				notPlanned, r.Row.Owner, r.Row.Binding, r.Row.Schedule, r.Row.Due).Error
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// latest gives when a row is due at the latest, if the clock was never set back.
func (r *dueRow) latest(now time.Time) int64 {
	latest := now.Add(pauseMost + 24*time.Hour) // and not in quiet hours
	if r.Row.Schedule != 0 {
		latest = latest.Add(schedule.MaxJitter)
		if next := r.next(now); next > micros(now) {
			latest = latest.Add(fromMicros(next).Sub(now))
		}
	}
	return micros(latest)
}

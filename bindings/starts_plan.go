package bindings

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"
)

// due gives when a schedule is due next, as startRow.Due; notDue for one that never is again.
func (s Schedule) due(after time.Time) int64 {
	plan, err := s.Plan()
	if err != nil {
		return notDue // it was checked when it was stored
	}
	next, ok := plan.Next(after)
	if !ok {
		return notDue
	}
	return micros(next)
}

// replan has the start of a schedule that was changed follow the new one; that it failed before is forgotten.
func replan(tx *gorm.DB, was, is Schedule, now time.Time) error {
	set := map[string]any{"due_at": is.due(now), "failures": 0, "marks": gorm.Expr("marks + 1")}
	if is.Binding != was.Binding { // who works on it works for the other binding
		set["binding_id"], set["fence"], set["lease_until"] = is.Binding, gorm.Expr("fence + 1"), 0
	}
	return tx.Model(&startRow{}).
		Where("owner_id = ? AND binding_id = ? AND schedule_id = ?", is.Owner, was.Binding, is.ID).Updates(set).Error
}

// RunSchedule has a schedule run now, whatever it waits for; its own times stay. It returns an ErrNotFound.
func (s *Store) RunSchedule(ctx context.Context, owner string, id int64) error {
	err := s.db.Update(ctx, func(ctx context.Context, tx *gorm.DB) error {
		if _, err := s.Schedule(ctx, owner, id); err != nil {
			return err
		}
		return tx.Model(&startRow{}).Where("owner_id = ? AND schedule_id = ?", owner, id).
			Updates(map[string]any{"due_at": micros(s.now()), "marks": gorm.Expr("marks + 1")}).Error
	})
	if err != nil {
		return fmt.Errorf("run schedule %d: %w", id, err)
	}
	return nil
}

// planAnew has the runner work out when the schedules of an owner, or of one binding if it is not 0, are due.
func planAnew(tx *gorm.DB, owner string, binding int64) error {
	q := tx.Model(&startRow{}).Where("owner_id = ? AND schedule_id <> 0", owner)
	if binding != 0 {
		q = q.Where("binding_id = ?", binding)
	}
	return q.Updates(map[string]any{"due_at": notPlanned, "failures": 0, "marks": gorm.Expr("marks + 1")}).Error
}

// SetZone sets the zone of an account, in which its schedules are that name none: an IANA name, or "" for UTC. It
// returns an ErrInvalid for what is no zone, and an ErrNotFound.
func (s *Store) SetZone(ctx context.Context, owner, zone string) error {
	if _, err := time.LoadLocation(zone); err != nil || zone == "Local" {
		return fault(ErrInvalid, "%.64q is no time zone; they are named like Europe/Oslo", zone)
	}
	return s.db.Update(ctx, func(ctx context.Context, tx *gorm.DB) error {
		if err := s.updateAccount(ctx, owner, map[string]any{"zone": zone}); err != nil {
			return err
		}
		return planAnew(tx, owner, 0)
	})
}

package bindings

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
)

// How long a start is kept for who works on it; it is renewed meanwhile. A lease that would last longer than leaseMost
// was made before the clock was set back.
const (
	startLease = time.Minute
	leaseMost  = 5 * time.Minute
)

// errLost means that somebody else has taken a start over, or that it is not wanted any more.
var errLost = errors.New("the start was taken over")

// A dueRow is a start with what says when it is due again. Of these queries only, the owner is not named: the runner
// works for all owners, and everything else is done by the owner of the row.
type dueRow struct {
	Row       startRow `gorm:"embedded"`
	Class     string
	Every     int64
	Cron      string
	QuietFrom string
	QuietTo   string
	Jitter    int64
	Zone      string
	Created   int64
	Account   string
	Removed   int64
	// Unauthorised is why a client of the binding refused its credentials, "" if none did.
	Unauthorised string
	// Bound are the dataclasses of the binding, OnChange is as in bindingRow, and Deferred its phone.
	Bound, OnChange, Deferred string
}

const dueColumns = `SELECT t.*, COALESCE(s.class, '') AS class, s.every_seconds AS every, s.cron, s.quiet_from, s.quiet_to, s.jitter_seconds AS jitter, s.zone,
	s.created_at AS created, a.zone AS account, b.removed_at AS removed, b.classes AS bound, b.on_change, b.deferred_id AS deferred,
	COALESCE((SELECT u.why FROM unauthorised u WHERE u.owner_id = t.owner_id AND u.client_id IN (b.source_id, b.target_id)), '') AS unauthorised
	FROM starts AS t INDEXED BY starts_due CROSS JOIN bindings b ON b.owner_id = t.owner_id AND b.id = t.binding_id
	JOIN accounts a ON a.owner_id = t.owner_id LEFT JOIN schedules s ON s.owner_id = t.owner_id AND s.id = t.schedule_id
	WHERE t.due_at <> 0 AND `

// schedule gives the schedule of a row that has one.
func (r *dueRow) schedule() Schedule {
	row := scheduleRow{
		ID: r.Row.Schedule, Owner: r.Row.Owner, Binding: r.Row.Binding, Class: r.Class, Every: r.Every, Cron: r.Cron, QuietFrom: r.QuietFrom,
		QuietTo: r.QuietTo, Jitter: r.Jitter, Zone: r.Zone, Created: r.Created, AccountZone: r.Account,
	}
	return row.schedule()
}

// next gives when a row is due when it has run; what follows changes is not.
func (r *dueRow) next(after time.Time) int64 {
	if r.Row.Schedule == 0 || r.Removed != 0 {
		return notDue
	}
	return r.schedule().due(after)
}

// of are the dataclasses that a row is about; none for all.
func (r *dueRow) of() []dataclass.Class {
	if r.Row.Schedule != 0 && r.Class != "" {
		return []dataclass.Class{dataclass.Class(r.Class)}
	}
	return classesOf(r.Row.Classes)
}

// planPage is how many rows are planned in a transaction.
const planPage = 500

// planStarts works out when what is not planned is due, and gives how many there were.
func (s *Store) planStarts(ctx context.Context) (int, error) {
	n := 0
	err := s.db.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
		var rows []dueRow
		if err := tx.Raw(dueColumns+"t.due_at = ? ORDER BY t.owner_id, t.binding_id, t.schedule_id LIMIT ?", notPlanned, planPage).Scan(&rows).Error; err != nil {
			return err
		}
		n = len(rows)
		now := s.now()
		for i := range rows {
			due := rows[i].next(now)
			if rows[i].Row.Schedule == 0 {
				due = micros(now)
			}
			if err := setStart(tx, rows[i].Row, "due_at = ?", due); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("plan starts: %w", err)
	}
	return n, nil
}

// setStart changes a row.
func setStart(tx *gorm.DB, r startRow, set string, args ...any) error {
	return tx.Exec("UPDATE starts SET "+set+" WHERE owner_id = ? AND binding_id = ? AND schedule_id = ?",
		append(args, r.Owner, r.Binding, r.Schedule)...).Error
}

// isFree says that nobody works on a row of that name.
const isFree = "(%[1]s.lease_until <= ? OR %[1]s.lease_until > ?)"

// claimStarts leases up to most rows that are due, each of another binding; those that are worked on, and other rows of
// their bindings, wait.
func (s *Store) claimStarts(ctx context.Context, most int) ([]dueRow, error) {
	var out []dueRow
	now := s.now()
	free, late := micros(now), micros(now.Add(leaseMost))
	err := s.db.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
		out = nil
		var rows []dueRow
		err := tx.Raw(dueColumns+"t.due_at > 0 AND t.due_at <= ? AND "+fmt.Sprintf(isFree, "t")+
			` AND NOT EXISTS (SELECT 1 FROM starts o WHERE o.owner_id = t.owner_id AND o.binding_id = t.binding_id AND o.lease_until > ? AND o.lease_until <= ?)
			ORDER BY t.due_at, t.owner_id, t.binding_id, t.schedule_id LIMIT ?`, free, free, late, free, late, most).Scan(&rows).Error
		if err != nil {
			return err
		}
		taken := make(map[int64]bool)
		for _, r := range rows {
			if taken[r.Row.Binding] {
				continue
			}
			taken[r.Row.Binding] = true
			r.Row.Lease, r.Row.Fence = micros(now.Add(startLease)), r.Row.Fence+1
			if err := setStart(tx, r.Row, "lease_until = ?, fence = ?", r.Row.Lease, r.Row.Fence); err != nil {
				return err
			}
			out = append(out, r)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("claim starts: %w", err)
	}
	return out, nil
}

// renewStart prolongs a lease. It returns an errLost if somebody else has the row, or if the schedule is gone.
func (s *Store) renewStart(ctx context.Context, r startRow) error {
	return s.db.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
		res := tx.Exec("UPDATE starts SET lease_until = ? WHERE owner_id = ? AND binding_id = ? AND schedule_id = ? AND fence = ?",
			micros(s.now().Add(startLease)), r.Owner, r.Binding, r.Schedule, r.Fence)
		if res.Error == nil && res.RowsAffected == 0 {
			return errLost
		}
		return res.Error
	})
}

// A settlement is what becomes of a row that was worked on.
type settlement struct {
	row startRow
	// due is when it is due again. It counts even if somebody has said meanwhile that it is due at another time, if
	// insist is set.
	due    int64
	insist bool
	// keep has Last, Ended, Outcome, Why and Failures stay as they are.
	keep bool
	// classes is what of the dataclasses that changed is still to be done.
	classes      string
	last, ended  int64
	outcome, why string
	failures     int
}

// settleStarts stores what became of rows, and ends their leases. What was taken over by somebody else is left to him.
func (s *Store) settleStarts(ctx context.Context, list []settlement) error {
	err := s.db.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
		for _, e := range list {
			if err := e.write(tx); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("settle starts: %w", err)
	}
	return nil
}

func (e *settlement) write(tx *gorm.DB) error {
	set := "lease_until = 0, due_at = CASE WHEN marks = ? OR ? THEN ? ELSE due_at END, classes = CASE WHEN marks = ? THEN ? ELSE classes END"
	args := []any{e.row.Marks, e.insist, e.due, e.row.Marks, e.classes}
	if !e.keep {
		set += ", last_at = ?, ended_at = ?, outcome = ?, why = ?, failures = ?"
		args = append(args, e.last, e.ended, e.outcome, e.why, e.failures)
	}
	args = append(args, e.row.Owner, e.row.Binding, e.row.Schedule, e.row.Fence)
	return tx.Exec("UPDATE starts SET "+set+" WHERE owner_id = ? AND binding_id = ? AND schedule_id = ? AND fence = ?", args...).Error
}

// firstDue gives when the first row is due that nobody works on, and false if none is. It is the zero time if one is not
// planned yet.
func (s *Store) firstDue(ctx context.Context) (time.Time, bool, error) {
	var first int64
	now, late := micros(s.now()), micros(s.now().Add(leaseMost))
	err := s.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return db.Raw("SELECT COALESCE(MIN(due_at), 0) FROM starts WHERE due_at <> 0 AND "+fmt.Sprintf(isFree, "starts"), now, late).Scan(&first).Error
	})
	if err != nil {
		return time.Time{}, false, fmt.Errorf("look for what is due: %w", err)
	}
	return fromMicros(max(first, 0)), first != 0, nil
}

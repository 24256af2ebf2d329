package bindings

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/bindings/schedule"
	"github.com/bindery-sync/bindery/dataclass"
)

// A Timing says when a binding is to be synchronised.
type Timing struct {
	// Binding is the binding's number, Class a dataclass of it, "" for all that it synchronises.
	Binding int64
	Class   dataclass.Class
	// Every, or Cron, says how often, in Zone: see schedule.Spec. Both, and the other fields, are to the second.
	Every              time.Duration
	Cron               string
	QuietFrom, QuietTo string
	Jitter             time.Duration
	// Zone is an IANA name, "" for that of the account.
	Zone string
}

// A Schedule is a Timing that is stored.
type Schedule struct {
	Owner string
	// ID is unique over the installation and never used again.
	ID int64
	Timing
	// AccountZone is the zone of its account, "" for UTC.
	AccountZone      string
	Created, Updated time.Time
}

// Plan gives what says when the schedule is due.
func (s Schedule) Plan() (schedule.Schedule, error) {
	spec := s.spec()
	spec.Zone = cmp.Or(s.Zone, s.AccountZone)
	spec.Seed, spec.Base = uint64(s.ID), s.Created
	return schedule.Parse(spec)
}

func (t Timing) spec() schedule.Spec {
	return schedule.Spec{Every: t.Every, Cron: t.Cron, QuietFrom: t.QuietFrom, QuietTo: t.QuietTo, Jitter: t.Jitter, Zone: t.Zone}
}

// maxSchedules is how many schedules a binding may have.
const maxSchedules = 20

// scheduleRow is one row of schedules.
type scheduleRow struct {
	ID        int64  `gorm:"column:id;primaryKey;autoIncrement"`
	Owner     string `gorm:"column:owner_id"`
	Binding   int64  `gorm:"column:binding_id"`
	Class     string `gorm:"column:class"`
	Every     int64  `gorm:"column:every_seconds"`
	Cron      string `gorm:"column:cron"`
	QuietFrom string `gorm:"column:quiet_from"`
	QuietTo   string `gorm:"column:quiet_to"`
	Jitter    int64  `gorm:"column:jitter_seconds"`
	Zone      string `gorm:"column:zone"`
	Created   int64  `gorm:"column:created_at"`
	Updated   int64  `gorm:"column:updated_at"`
	// AccountZone is filled in where a query says so.
	AccountZone string `gorm:"column:account_zone;->"`
}

// withZone has a query of schedules fill in the zone of their account.
func withZone(db *gorm.DB) *gorm.DB {
	return db.Select("schedules.*, (SELECT zone FROM accounts WHERE accounts.owner_id = schedules.owner_id) AS account_zone")
}

// TableName implements gorm's Tabler.
func (scheduleRow) TableName() string { return "schedules" }

func (r *scheduleRow) schedule() Schedule {
	return Schedule{
		Owner: r.Owner, ID: r.ID, AccountZone: r.AccountZone, Created: fromMicros(r.Created), Updated: fromMicros(r.Updated),
		Timing: Timing{
			Binding: r.Binding, Class: dataclass.Class(r.Class), Every: time.Duration(r.Every) * time.Second, Cron: r.Cron,
			QuietFrom: r.QuietFrom, QuietTo: r.QuietTo, Jitter: time.Duration(r.Jitter) * time.Second, Zone: r.Zone,
		},
	}
}

// row checks a Timing of one of the owner's bindings.
func (s *Store) row(ctx context.Context, owner string, t Timing) (scheduleRow, error) {
	t.Cron = strings.Join(strings.Fields(t.Cron), " ")
	t.Every, t.Jitter = t.Every.Truncate(time.Second), t.Jitter.Truncate(time.Second)
	if _, err := schedule.Parse(t.spec()); err != nil {
		_, why, _ := strings.Cut(err.Error(), ": ")
		return scheduleRow{}, fault(ErrInvalid, "%s", why)
	}
	b, err := s.Binding(ctx, owner, t.Binding)
	if err != nil {
		return scheduleRow{}, err
	}
	if t.Class != "" {
		if _, err := dataclass.ParseClass(string(t.Class)); err != nil {
			return scheduleRow{}, fault(ErrInvalid, "there is no dataclass %.64q", string(t.Class))
		}
		if err := b.admits(t.Class); err != nil {
			return scheduleRow{}, err
		}
	}
	now := micros(s.now())
	return scheduleRow{
		Owner: owner, Binding: b.ID, Class: string(t.Class), Every: int64(t.Every / time.Second), Cron: t.Cron,
		QuietFrom: t.QuietFrom, QuietTo: t.QuietTo, Jitter: int64(t.Jitter / time.Second), Zone: t.Zone, Created: now, Updated: now,
	}, nil
}

// CreateSchedule stores when a binding is to be synchronised. It returns an ErrInvalid for a Timing that makes no sense, an
// ErrInUse for a binding that has 20 already, and what Binding returns.
func (s *Store) CreateSchedule(ctx context.Context, owner string, t Timing) (Schedule, error) {
	var out Schedule
	err := s.db.Update(ctx, func(ctx context.Context, tx *gorm.DB) error {
		row, err := s.row(ctx, owner, t)
		if err != nil {
			return err
		}
		var n int64
		if err := tx.Model(&scheduleRow{}).Where("owner_id = ? AND binding_id = ?", owner, row.Binding).Count(&n).Error; err != nil {
			return err
		}
		if n >= maxSchedules {
			return fault(ErrInUse, "binding %d has %d schedules already", row.Binding, n)
		}
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		if out, err = s.Schedule(ctx, owner, row.ID); err != nil {
			return err
		}
		return tx.Create(&startRow{Owner: owner, Binding: row.Binding, Schedule: row.ID, Due: out.due(s.now())}).Error
	})
	if err != nil {
		return Schedule{}, fmt.Errorf("create schedule: %w", err)
	}
	return out, nil
}

// ofLiveBindings chooses the owner's schedules, but for those of removed bindings, which come back with them.
const ofLiveBindings = "owner_id = ? AND binding_id IN (SELECT id FROM bindings WHERE owner_id = schedules.owner_id AND removed_at = 0)"

// Schedules lists the owner's, in the order in which they were made.
func (s *Store) Schedules(ctx context.Context, owner string) ([]Schedule, error) {
	var rows []scheduleRow
	err := s.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return withZone(db).Where(ofLiveBindings, owner).Order("id").Find(&rows).Error
	})
	if err != nil {
		return nil, fmt.Errorf("list schedules: %w", err)
	}
	var out []Schedule
	for i := range rows {
		out = append(out, rows[i].schedule())
	}
	return out, nil
}

// Schedule gives one of the owner's, or an ErrNotFound.
func (s *Store) Schedule(ctx context.Context, owner string, id int64) (Schedule, error) {
	var row scheduleRow
	err := s.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return withZone(db).Where(ofLiveBindings+" AND id = ?", owner, id).Take(&row).Error
	})
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return Schedule{}, fault(ErrNotFound, "there is no schedule %d", id)
	}
	if err != nil {
		return Schedule{}, fmt.Errorf("read schedule %d: %w", id, err)
	}
	return row.schedule(), nil
}

// ChangeSchedule replaces the Timing of a schedule. Its errors are those of Schedule and CreateSchedule.
func (s *Store) ChangeSchedule(ctx context.Context, owner string, id int64, t Timing) (Schedule, error) {
	var out Schedule
	err := s.db.Update(ctx, func(ctx context.Context, tx *gorm.DB) error {
		was, err := s.Schedule(ctx, owner, id)
		if err != nil {
			return err
		}
		row, err := s.row(ctx, owner, t)
		if err != nil {
			return err
		}
		row.ID, row.Created = id, micros(was.Created)
		if err := tx.Where("owner_id = ?", owner).Save(&row).Error; err != nil {
			return err
		}
		if out, err = s.Schedule(ctx, owner, id); err != nil {
			return err
		}
		return replan(tx, was, out, s.now())
	})
	if err != nil {
		return Schedule{}, fmt.Errorf("change schedule: %w", err)
	}
	return out, nil
}

// RemoveSchedule removes one of the owner's schedules for good, or returns an ErrNotFound.
func (s *Store) RemoveSchedule(ctx context.Context, owner string, id int64) error {
	err := s.db.Update(ctx, func(ctx context.Context, tx *gorm.DB) error {
		if _, err := s.Schedule(ctx, owner, id); err != nil {
			return err
		}
		if err := tx.Where("owner_id = ? AND schedule_id = ?", owner, id).Delete(&startRow{}).Error; err != nil {
			return err
		}
		return tx.Where("owner_id = ? AND id = ?", owner, id).Delete(&scheduleRow{}).Error
	})
	if err != nil {
		return fmt.Errorf("remove schedule: %w", err)
	}
	return nil
}

package bindings

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources/datastore"
)

// Changes tells which clients have changed; a *datastore.Datastore does.
type Changes interface {
	Touched(ctx context.Context, limit int) ([]datastore.Touched, error)
	Noted(ctx context.Context, t datastore.Touched) error
}

// touchedPage is how many changed clients are looked at before something else is done.
const touchedPage = 100

// alertRest is how long a phone is left alone after it was asked to come because of a change.
const alertRest = 5 * time.Minute

// follow makes due what follows changes. It looks in the database, so that changes of other processes are found too, and
// none is forgotten when the program dies.
func (r *Runner) follow(ctx context.Context) {
	if r.o.Changes == nil {
		return
	}
	list, err := r.o.Changes.Touched(ctx, touchedPage)
	r.report(ctx, "look what has changed", err)
	for _, t := range list {
		r.report(ctx, "follow a change", r.store.followOne(ctx, r.o.Changes, t))
	}
	if len(list) == touchedPage {
		r.Wake()
	}
}

// followOne makes the bindings of a changed client due, but for those that made the change.
func (s *Store) followOne(ctx context.Context, changes Changes, t datastore.Touched) error {
	return s.db.Update(ctx, func(ctx context.Context, tx *gorm.DB) error {
		bound, err := s.BindingsOf(ctx, t.Owner, t.Client)
		if err != nil {
			return err
		}
		for _, b := range bound {
			if classes := b.concerned(t); len(classes) > 0 {
				if err := s.mark(tx, b, classes); err != nil {
					return err
				}
			}
		}
		return changes.Noted(ctx, t)
	})
}

// origin is how sources know what a binding has written.
func (b Binding) origin() string { return fmt.Sprintf("binding-%d", b.ID) }

// concerned are the dataclasses that a binding has to carry on: others than itself have written them, and it writes the
// other client.
func (b Binding) concerned(t datastore.Touched) []dataclass.Class {
	if lead, one := b.Direction.lead(); !b.OnChange || one && sideOf(b, t.Client) != lead {
		return nil
	}
	var out []dataclass.Class
	for _, w := range t.Writes {
		if w.Origin != b.origin() && b.Synchronizes(w.Class) && !slices.Contains(out, w.Class) {
			out = append(out, w.Class)
		}
	}
	return out
}

// mark makes a binding due because of changes. What has failed keeps its pause.
func (s *Store) mark(tx *gorm.DB, b Binding, classes []dataclass.Class) error {
	row := startRow{Owner: b.Owner, Binding: b.ID}
	err := tx.Where("owner_id = ? AND binding_id = ? AND schedule_id = 0", b.Owner, b.ID).Take(&row).Error
	if err != nil && !errors.Is(err, gorm.ErrRecordNotFound) {
		return err
	}
	now := s.now()
	due := micros(now)
	if row.Due != notDue {
		if row.Classes == "" {
			classes = single
		}
		classes = append(classes, classesOf(row.Classes)...)
		if row.Failures > 0 {
			due = max(due, row.Due)
		}
	}
	if row.Outcome == OutcomeAlerted {
		due = max(due, row.Ended+alertRest.Microseconds())
	}
	if row.Classes, err = classList(classes); err != nil {
		return err
	}
	row.Due, row.Marks, row.Marked = due, row.Marks+1, micros(now)
	return tx.Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "owner_id"}, {Name: "binding_id"}, {Name: "schedule_id"}},
		DoUpdates: clause.AssignmentColumns([]string{"due_at", "classes", "marks", "marked_at"}),
	}).Create(&row).Error
}

// phoneBusy is how long a phone's session that does not end counts as one that goes on.
const phoneBusy = 10 * time.Minute

// came reports whether a binding was synchronised since it was marked: its phone has come by itself. While the phone is
// in a session it is an engine.ErrBusy.
func (s *Store) came(ctx context.Context, r startRow) (bool, error) {
	var log []logRow
	err := s.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return db.Select("id, state, started_at").Where("owner_id = ? AND binding_id = ?", r.Owner, r.Binding).
			Order("id DESC").Limit(1).Find(&log).Error
	})
	switch {
	case err != nil:
		return false, fmt.Errorf("look whether the phone came: %w", err)
	case len(log) == 0:
		return false, nil
	case log[0].Started >= r.Marked:
		return true, nil
	case log[0].State == engine.StateRunning && log[0].Started > micros(s.now().Add(-phoneBusy)):
		return false, fmt.Errorf("the phone of binding %d is in a session: %w", r.Binding, engine.ErrBusy)
	}
	return false, nil
}

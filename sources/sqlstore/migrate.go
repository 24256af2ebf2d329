package sqlstore

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-gormigrate/gormigrate/v2"
	"gorm.io/gorm"
)

// A Migration is one step of a room's tables, in SQL for each dialect. A step that was ever released is
// never changed.
type Migration struct {
	// ID orders the step and names it for ever: the room's name and four digits, "datastore-0001".
	ID string
	// SQLite holds the statements, one string for each.
	SQLite []string
}

// Migrate runs the steps that the database has not seen, in the order given, each in a transaction. It
// returns an error, and changes nothing, if the database has seen a step that is not given: it belongs
// to a newer program.
func (s *Store) Migrate(ctx context.Context, steps []Migration) error {
	if len(steps) == 0 {
		return nil
	}
	list := make([]*gormigrate.Migration, 0, len(steps))
	for _, m := range steps {
		list = append(list, &gormigrate.Migration{ID: m.ID, Migrate: m.run})
	}
	opts := *gormigrate.DefaultOptions
	opts.UseTransaction = true
	opts.ValidateUnknownMigrations = true
	err := gormigrate.New(s.writer.WithContext(ctx), &opts, list).Migrate()
	if errors.Is(err, gormigrate.ErrUnknownPastMigration) {
		return s.newer(ctx, steps)
	}
	if err != nil {
		return fmt.Errorf("migrate database: %w", err)
	}
	return nil
}

// newer names the first step that only a newer program knows.
func (s *Store) newer(ctx context.Context, steps []Migration) error {
	has, err := s.Seen(ctx)
	if err != nil {
		return err
	}
	_, newer := Pending(has, steps)
	return NewerError{Steps: newer}
}

// A NewerError says that a database was used by a newer program: this one must not touch it.
type NewerError struct {
	// Steps are those that the database has seen and this program does not know.
	Steps []string
}

// Error says what to do.
func (e NewerError) Error() string {
	first := append(e.Steps, "unknown steps")[0]
	return "the database was used by a newer bindery (" + first + "); use that one, or bring back a backup from before"
}

func (m Migration) run(tx *gorm.DB) error {
	for _, stmt := range m.SQLite {
		if err := tx.Exec(stmt).Error; err != nil {
			return fmt.Errorf("step %s: %w", m.ID, err)
		}
	}
	return nil
}

package sqlstore

import (
	"context"
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
	if err := gormigrate.New(s.writer.WithContext(ctx), &opts, list).Migrate(); err != nil {
		return fmt.Errorf("migrate database: %w", err)
	}
	return nil
}

func (m Migration) run(tx *gorm.DB) error {
	for _, stmt := range m.SQLite {
		if err := tx.Exec(stmt).Error; err != nil {
			return fmt.Errorf("step %s: %w", m.ID, err)
		}
	}
	return nil
}

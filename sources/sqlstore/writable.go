package sqlstore

import (
	"context"
	"fmt"

	"gorm.io/gorm"
)

// Writable returns an error unless the database takes a write now: it writes its own version number anew, which changes
// nothing. It waits for others that are writing, until ctx ends.
func (s *Store) Writable(ctx context.Context) error {
	err := s.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
		var version int
		if err := tx.Raw("PRAGMA user_version").Scan(&version).Error; err != nil {
			return err
		}
		return tx.Exec(fmt.Sprintf("PRAGMA user_version = %d", version)).Error
	})
	if err != nil {
		return fmt.Errorf("write to the database: %w", err)
	}
	return nil
}

// Readable returns an error unless the database answers a question now, whoever is writing.
func (s *Store) Readable(ctx context.Context) error {
	err := s.View(ctx, func(_ context.Context, db *gorm.DB) error {
		var version int
		return db.Raw("PRAGMA user_version").Scan(&version).Error
	})
	if err != nil {
		return fmt.Errorf("read the database: %w", err)
	}
	return nil
}

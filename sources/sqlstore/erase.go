package sqlstore

import (
	"context"
	"fmt"
	"strings"

	"gorm.io/gorm"
)

// ownerColumn is the column by which every table says whose a row is.
const ownerColumn = "owner_id"

// EraseOwner deletes every row that belongs to the owner, of every room, in one transaction: all or nothing. What
// other owners have is not touched. An owner who has nothing is no error. It may be called within an Update.
func (s *Store) EraseOwner(ctx context.Context, owner string) error {
	err := s.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
		// Rows refer to each other, and a room does not know another one's.
		if err := tx.Exec("PRAGMA defer_foreign_keys = ON").Error; err != nil {
			return err
		}
		tables, err := ownedTables(tx)
		if err != nil {
			return err
		}
		for _, table := range tables {
			if err := tx.Exec("DELETE FROM "+quoteName(table)+" WHERE "+ownerColumn+" = ?", owner).Error; err != nil {
				return fmt.Errorf("%s: %w", table, err)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("erase an owner: %w", err)
	}
	return nil
}

// ownedTables lists the tables whose rows have an owner.
func ownedTables(tx *gorm.DB) ([]string, error) {
	return tablesWith(tx, ownerColumn)
}

// quoteName quotes the name of a table for SQL.
func quoteName(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

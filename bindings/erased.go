package bindings

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// erasedFor is how long an account that was removed is looked after. Whatever wrote for it when it went, a sync, an
// import, a phone's conversation, in this process or another, has come to its end long before.
const erasedFor = 24 * time.Hour

// erasedRow is one row of erased.
type erasedRow struct {
	Account string `gorm:"column:account;primaryKey"`
	At      int64  `gorm:"column:at"`
}

// TableName implements gorm's Tabler.
func (erasedRow) TableName() string { return "erased" }

// noteErased remembers that an account was removed.
func (s *Store) noteErased(tx *gorm.DB, owner string) error {
	return tx.Clauses(clause.OnConflict{UpdateAll: true}).Create(&erasedRow{owner, micros(s.now())}).Error
}

// EraseLeft deletes what was written for accounts after they had been removed, of all accounts that were removed within
// a day. It is the server's own, and looks at nobody who is there.
func (s *Store) EraseLeft(ctx context.Context) error {
	var rows []erasedRow
	err := s.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return db.Where("account NOT IN (SELECT owner_id FROM accounts)").Find(&rows).Error
	})
	if err != nil {
		return fmt.Errorf("look for accounts that were removed: %w", err)
	}
	old := micros(s.now().Add(-erasedFor))
	for _, r := range rows {
		if err := s.eraseLeft(ctx, r, r.At < old); err != nil {
			return err
		}
	}
	return nil
}

// eraseLeft deletes what is there of one account that was removed, and with last looks no further.
func (s *Store) eraseLeft(ctx context.Context, r erasedRow, last bool) error {
	return s.db.Update(ctx, func(ctx context.Context, tx *gorm.DB) error {
		if err := s.db.EraseOwner(ctx, r.Account); err != nil || !last {
			return err
		}
		return tx.Delete(&r).Error
	})
}

// Registered returns an ErrNoClient unless the owner has that Sync Client, or had it: one that was removed may still be
// written to, as it may be brought back. Given the context of an Update it sees what that wrote.
func (s *Store) Registered(ctx context.Context, owner, client string) error {
	var n int64
	err := s.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return db.Model(&clientRow{}).Where("owner_id = ? AND id = ?", owner, client).Count(&n).Error
	})
	switch {
	case err != nil:
		return fmt.Errorf("look for client: %w", err)
	case n == 0:
		return fault(ErrNoClient, "there is no such Sync Client")
	}
	return nil
}

package bindings

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources/sqlstore"
)

// opsSkipped is more than what the journal gives out between two backups. A phone may still name an op that was sent
// after the backup: that number is not another op's (docs/engine.md 12).
const opsSkipped = 1 << 24

// BroughtBack tells the journal that db was brought back from a backup: no number of a link or an op that was given out
// since is given out again, and the next two-way sync of each binding is a slow one, which knows items by what they
// say. It acts for all owners.
func BroughtBack(ctx context.Context, db *sqlstore.Store) error {
	err := db.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
		if err := tx.Exec("UPDATE journal_counters SET next = next + ?", opsSkipped).Error; err != nil {
			return err
		}
		return tx.Exec("UPDATE journal_states SET slow_next = 1").Error
	})
	if err != nil {
		return fmt.Errorf("restore the journal: %w", err)
	}
	return nil
}

// afterRestore turns a two-way sync of two sides that answer at once into a slow one, if the database came from a backup
// since the last. Phones tell by their anchors.
func (y *Syncs) afterRestore(ctx context.Context, ref engine.Ref, mode int) (int, error) {
	if mode != engine.TwoWay {
		return mode, nil
	}
	k, slow := keyOf(ref), false
	err := y.store.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return db.Raw("SELECT EXISTS (SELECT 1 FROM journal_states WHERE "+journalWhere+" AND slow_next <> 0)", k.args()...).Scan(&slow).Error
	})
	if err != nil {
		return mode, fmt.Errorf("read how binding %d stands: %w", ref.Binding, err)
	}
	if slow {
		return engine.Slow, nil
	}
	return mode, nil
}

// recovered notes that a run has come to its end that was slow.
func recovered(tx *gorm.DB, k journalKey, run int64) error {
	return tx.Exec("UPDATE journal_states SET slow_next = 0 WHERE "+journalWhere+" AND slow_next <> 0 AND EXISTS "+
		"(SELECT 1 FROM sync_log WHERE owner_id = ? AND id = ? AND mode = ?)",
		k.args(k.Owner, run, engine.Slow)...).Error
}

// SealedUnder counts the passwords in db that secrets can open, and those that they cannot: those were sealed under
// another key. It acts for all owners.
func SealedUnder(ctx context.Context, db *sqlstore.Store, secrets *Secrets) (opened, lost int, err error) {
	err = db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		var rows []accountRow
		if err := db.Where("password_secret IS NOT NULL").Find(&rows).Error; err != nil {
			return err
		}
		for _, r := range rows {
			if _, err := secrets.Open(r.Owner, r.Secret); err != nil {
				lost++
			} else {
				opened++
			}
		}
		return nil
	})
	if err != nil {
		err = fmt.Errorf("read stored passwords: %w", err)
	}
	return opened, lost, err
}

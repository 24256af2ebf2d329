package datastore

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/sources/sqlstore"
)

// changesSkipped is more than what a client changes between two backups.
const changesSkipped = 1 << 32

// BroughtBack tells all datastores that db was brought back from a backup: no revision that was given out since is given
// to another content, so that nobody who remembers one overwrites what he has not seen. Cursors stay good; who goes by
// times (Mark.Covered) has to look at everything again.
func BroughtBack(ctx context.Context, db *sqlstore.Store) error {
	err := db.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
		return tx.Exec(`UPDATE datastore_clients SET counter = counter + ?,
			clock = MAX(clock, CAST(unixepoch('subsec') * 1000 AS INTEGER)), floor_at = MAX(clock, CAST(unixepoch('subsec') * 1000 AS INTEGER))`, changesSkipped).Error
	})
	if err != nil {
		return fmt.Errorf("restore datastores: %w", err)
	}
	return nil
}

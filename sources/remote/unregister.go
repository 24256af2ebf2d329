package remote

import (
	"context"
	"fmt"

	"gorm.io/gorm"
)

// Unregister takes a server away. It returns an ErrNotFound, also for one that is everybody's unless shared says that the
// caller may take those away, and an ErrInUse as long as clients are on it.
func (m *Remotes) Unregister(ctx context.Context, owner, id string, shared bool) error {
	s, err := m.Server(ctx, owner, id)
	if err == nil && s.Shared() && !shared {
		err = fault(ErrInvalid, "this source is everybody's; only an administrator can remove it")
	}
	if err != nil {
		return err
	}
	err = m.db.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
		// A server of everybody has clients of all owners.
		var n int64
		q := tx.Model(&clientRow{}).Where("server_owner = ? AND server_id = ? AND secret IS NOT NULL", s.Owner, s.ID)
		if err := q.Count(&n).Error; err != nil {
			return err
		}
		if n > 0 {
			return fault(ErrInUse, "Sync Clients (%d) are on this source; remove them first", n)
		}
		return tx.Model(&serverRow{}).Where("owner_id = ? AND id = ?", s.Owner, s.ID).
			Updates(map[string]any{"removed_at": m.o.Now().UnixMicro(), "secret": nil}).Error
	})
	if err != nil {
		return fmt.Errorf("remove source: %w", err)
	}
	return nil
}

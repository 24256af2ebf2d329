package dav

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
)

// Forget forgets what is known of a client's collections of some classes, because others take their place: every cursor is
// lost, and an id may be another item's then. Given the context of an Update it joins that transaction.
func (d *DAV) Forget(ctx context.Context, owner, client string, classes []dataclass.Class) error {
	k := clientKey{owner, client}
	err := d.store.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
		for _, class := range classes {
			for _, rows := range []any{&feedRow{}, &itemRow{}, &addRow{}, &earlierRow{}} {
				if err := inClass(tx, k, class).Delete(rows).Error; err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("forget collections: %w", err)
	}
	return nil
}

// stillThere returns an error if the collection that a session looked at is not the client's any more: what it wrote there
// is not noted as an item of the other one.
func (s *session) stillThere(row feedRow) error {
	if row.Address != s.wire.base.String() {
		return fmt.Errorf("%s: the client has another collection by now", s.class)
	}
	return nil
}

package datastore

import (
	"context"
	"fmt"
	"slices"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

// Named gives, for those of some UIDs that living items of a class name themselves by, the item: of several the first by
// its id. It joins the transaction that ctx carries.
func (it Items) Named(ctx context.Context, class dataclass.Class, uids ...string) (map[string]sources.ID, error) {
	if err := checkClass(class); err != nil {
		return nil, err
	}
	uids = slices.DeleteFunc(slices.Clone(uids), func(uid string) bool { return uid == "" })
	if len(uids) == 0 {
		return nil, nil
	}
	if err := it.learnUIDs(ctx, class); err != nil {
		return nil, err
	}
	out := make(map[string]sources.ID)
	err := it.d.store.View(ctx, func(_ context.Context, db *gorm.DB) error {
		for chunk := range slices.Chunk(uids, batchRows) {
			var rows []itemRow
			// Left to itself SQLite looks through all items.
			q := inClass(db.Table("datastore_items INDEXED BY datastore_items_uid"), it.client, class)
			if err := q.Where("uid IN ? AND uid <> '' AND dead = 0", chunk).Select("id, uid").Order("id DESC").Find(&rows).Error; err != nil {
				return err
			}
			for _, r := range rows {
				out[r.UID] = sources.ID(r.ID)
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look for UIDs: %w", err)
	}
	return out, nil
}

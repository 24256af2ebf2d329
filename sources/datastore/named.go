package datastore

import (
	"context"
	"fmt"
	"slices"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/sqlstore"
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
			rows, err := it.named(db, class, chunk)
			if err != nil {
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

// named gives living items with some UIDs, the last by its id first.
func (it Items) named(db *gorm.DB, class dataclass.Class, uids []string) (rows []itemRow, err error) {
	with, args := sqlstore.Wanted(uids)
	err = db.Raw(with+`SELECT id, uid FROM wanted CROSS JOIN datastore_items INDEXED BY datastore_items_uid ON uid = value AND uid <> ''
		WHERE owner_id = ? AND client_id = ? AND class = ? AND dead = 0 ORDER BY id DESC`,
		append(args, it.client.owner, it.client.id, string(class))...).Scan(&rows).Error
	return rows, err
}

package face

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/datastore"
	"github.com/bindery-sync/bindery/sources/sqlstore"
)

// keptRow is what of an entry its item cannot say: the entry as a client wrote it last. Posted is the mark of the entry
// that made the item, for a client that posts it again because it got no answer.
type keptRow struct {
	Owner  string `gorm:"column:owner_id;primaryKey"`
	Client string `gorm:"column:client_id;primaryKey"`
	Class  string `gorm:"column:class;primaryKey"`
	ID     string `gorm:"column:id;primaryKey"`
	Posted string `gorm:"column:posted"`
	Entry  []byte `gorm:"column:entry"`
}

// TableName names the table for gorm.
func (keptRow) TableName() string { return "gdata_entries" }

// kept are the rows of one class of one client.
type kept struct {
	db            *sqlstore.Store
	owner, client string
	class         dataclass.Class
}

func (k kept) rows(db *gorm.DB) *gorm.DB {
	return db.Table("gdata_entries").Where("owner_id = ? AND client_id = ? AND class = ?", k.owner, k.client, string(k.class))
}

// get gives the entries that are kept for items. There are at most as many ids as a page of items has.
func (k kept) get(ctx context.Context, ids ...sources.ID) (map[sources.ID][]byte, error) {
	var rows []keptRow
	err := k.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return k.rows(db).Where("id IN ?", ids).Find(&rows).Error
	})
	if err != nil {
		return nil, fmt.Errorf("read kept entries: %w", err)
	}
	out := make(map[sources.ID][]byte, len(rows))
	for _, r := range rows {
		out[sources.ID(r.ID)] = r.Entry
	}
	return out, nil
}

// put keeps an entry; without one, and without a mark, nothing is kept.
func (k kept) put(ctx context.Context, id sources.ID, posted string, entry []byte) error {
	if len(entry) == 0 && posted == "" {
		return k.remove(ctx, id)
	}
	if entry == nil {
		entry = []byte{}
	}
	row := keptRow{Owner: k.owner, Client: k.client, Class: string(k.class), ID: string(id), Posted: posted, Entry: entry}
	err := k.db.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
		return tx.Clauses(clause.OnConflict{UpdateAll: true}).Create(&row).Error
	})
	if err != nil {
		return fmt.Errorf("keep an entry: %w", err)
	}
	return nil
}

// putNew keeps entries of new items; see put.
func (k kept) putNew(ctx context.Context, list []arrival, items []datastore.Item) error {
	var rows []keptRow
	for i, a := range list {
		if len(a.raw) > 0 || a.mark != "" {
			rows = append(rows, keptRow{
				Owner: k.owner, Client: k.client, Class: string(k.class), ID: string(items[i].ID), Posted: a.mark, Entry: append([]byte{}, a.raw...),
			})
		}
	}
	if len(rows) == 0 {
		return nil
	}
	err := k.db.Update(ctx, func(_ context.Context, tx *gorm.DB) error { return tx.Create(&rows).Error })
	if err != nil {
		return fmt.Errorf("keep entries: %w", err)
	}
	return nil
}

// postedAny reports whether an entry with one of the marks made an item.
func (k kept) postedAny(ctx context.Context, marks []string) (bool, error) {
	if len(marks) == 0 {
		return false, nil
	}
	var n int64
	err := k.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		with, args := sqlstore.Wanted(marks)
		return db.Raw(with+`SELECT count(*) FROM wanted CROSS JOIN gdata_entries INDEXED BY gdata_entries_posted ON posted = value AND posted <> ''
			WHERE owner_id = ? AND client_id = ? AND class = ?`, append(args, k.owner, k.client, string(k.class))...).Scan(&n).Error
	})
	return n > 0, err
}

func (k kept) remove(ctx context.Context, ids ...sources.ID) error {
	err := k.db.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
		return k.rows(tx).Where("id IN ?", ids).Delete(&keptRow{}).Error
	})
	if err != nil {
		return fmt.Errorf("drop kept entries: %w", err)
	}
	return nil
}

// posted gives the item that an entry with that mark made; false if there is none.
func (k kept) posted(ctx context.Context, mark string) (sources.ID, bool, error) {
	var row keptRow
	err := k.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		// Left to itself, SQLite goes through the whole class in the order of its key.
		return k.rows(db).Table("gdata_entries INDEXED BY gdata_entries_posted").Where("posted <> '' AND posted = ?", mark).Order("id").Take(&row).Error
	})
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return "", false, nil
	}
	return sources.ID(row.ID), err == nil, err
}

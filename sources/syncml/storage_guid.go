package syncml

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/bindery-sync/bindery/sources/sqlstore"
)

// keepGUIDs is how long a short name is remembered, if no other op gets it before.
const keepGUIDs = 400 * 24 * time.Hour

// guidMigrations make the table of short names.
func guidMigrations() []sqlstore.Migration {
	return []sqlstore.Migration{{ID: "syncml-0020", SQLite: []string{
		`CREATE TABLE syncml_guids (
			owner_id TEXT NOT NULL, client_id TEXT NOT NULL, guid TEXT NOT NULL,
			op INTEGER NOT NULL, number INTEGER NOT NULL, named_at INTEGER NOT NULL,
			PRIMARY KEY (owner_id, client_id, guid))`,
		`CREATE INDEX syncml_guids_op ON syncml_guids (owner_id, client_id, op)`,
		`CREATE INDEX syncml_guids_age ON syncml_guids (named_at)`,
	}}}
}

// guidRow is a short name that a phone was given for an op.
type guidRow struct {
	Owner  string `gorm:"column:owner_id;primaryKey"`
	Client string `gorm:"column:client_id;primaryKey"`
	GUID   string `gorm:"column:guid;primaryKey"`
	Op     int64  `gorm:"column:op"`
	// Number counts the short names of the client.
	Number  int64 `gorm:"column:number"`
	NamedAt int64 `gorm:"column:named_at"`
}

func (guidRow) TableName() string { return "syncml_guids" }

// shortName gives the short name of an op, of at most size characters: the one that it has, or a new one. The
// newest names are the last to be given to another op.
func (st *storage) shortName(ctx context.Context, p Phone, op int64, size int) (string, error) {
	row := guidRow{Owner: p.Owner, Client: p.Client, Op: op, NamedAt: st.now().Unix()}
	err := st.db.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
		var have []guidRow
		q := tx.Where("owner_id = ? AND client_id = ? AND op = ? AND length(guid) <= ?", p.Owner, p.Client, op, size)
		if err := q.Limit(1).Find(&have).Error; err != nil || len(have) > 0 {
			if err == nil {
				row = have[0]
			}
			return err
		}
		var last int64
		err := tx.Model(&guidRow{}).Where("owner_id = ? AND client_id = ?", p.Owner, p.Client).
			Select("coalesce(max(number), 0)").Scan(&last).Error
		if err != nil {
			return err
		}
		row.Number = last + 1
		digits := strconv.FormatInt(row.Number, 36)
		row.GUID = "0" + digits[max(0, len(digits)-size+1):]
		return tx.Clauses(clause.OnConflict{UpdateAll: true}).Create(&row).Error
	})
	if err != nil {
		return "", fmt.Errorf("name an item for a phone: %w", err)
	}
	return row.GUID, nil
}

// opsNamed gives the ops of short names.
func (st *storage) opsNamed(ctx context.Context, p Phone, guids []string) (map[string]int64, error) {
	ops := make(map[string]int64, len(guids))
	err := st.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		for len(guids) > 0 {
			n := min(len(guids), 500)
			var rows []guidRow
			if err := db.Where("owner_id = ? AND client_id = ? AND guid IN ?", p.Owner, p.Client, guids[:n]).Find(&rows).Error; err != nil {
				return err
			}
			for _, r := range rows {
				ops[r.GUID] = r.Op
			}
			guids = guids[n:]
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("find the items that a phone names: %w", err)
	}
	return ops, nil
}

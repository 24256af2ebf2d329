package bindings

import (
	"context"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources/sqlstore"
)

// addHistory keeps versions. Links are the ids of the batch's links.
func addHistory(tx *gorm.DB, k journalKey, list []engine.Version, links []engine.LinkID, run, now int64) error {
	rows := make([]historyRow, 0, len(list))
	for _, v := range list {
		if v.Body.IsZero() {
			continue
		}
		if v.Link == 0 && v.New > 0 {
			v.Link = links[v.New-1]
		}
		row := historyRow{
			Ref: k, Link: int64(v.Link), Run: run, Side: int(v.Side), Item: string(v.Item),
			Verb: int(v.Verb), Type: v.Body.Type, Body: v.Body.Data, At: now,
		}
		switch {
		case v.Agreed && v.Spare:
			row.Agreed = heldByBothBefore
		case v.Agreed:
			row.Agreed = heldByBoth
		}
		if v.Again {
			known, err := refreshHistory(tx, row)
			if err != nil {
				return err
			}
			if known {
				continue
			}
		}
		rows = append(rows, row)
	}
	if len(rows) == 0 {
		return nil
	}
	return sqlstore.InsertRows(tx, "history", historyColumns, len(rows), func(args []any, i int) []any {
		r := &rows[i]
		return append(args, r.Ref.Owner, r.Ref.Binding, r.Ref.Class, r.Link, r.Run, r.Side, r.Item, r.Verb, r.Agreed,
			r.Type, r.Body, r.At)
	})
}

// historyColumns are the columns of a version in the order of addHistory; its id is given by the database.
var historyColumns = strings.Fields("owner_id binding_id class link_id run_id side item verb agreed type body at")

// refreshHistory lets the newest version of a link's side, if it is the same, be that of this attempt: an op
// that is refused in every sync is to leave one version, not one for each.
func refreshHistory(tx *gorm.DB, row historyRow) (bool, error) {
	const same = journalWhere + " AND link_id = ? AND side = ? AND agreed = 0"
	args := row.Ref.args(row.Link, row.Side)
	newest := tx.Model(&historyRow{}).Select("MAX(id)").Where(same, args...)
	res := tx.Model(&historyRow{}).Where(same, args...).
		Where("id = (?) AND item = ? AND verb = ? AND body = ?", newest, row.Item, row.Verb, row.Body).
		Updates(map[string]any{"run_id": row.Run, "at": row.At})
	return res.RowsAffected > 0, res.Error
}

// HistoryKept is how long versions stay in the history unless somebody says otherwise (docs/engine.md 10).
const HistoryKept = 90 * 24 * time.Hour

// PurgeHistory forgets, for every owner, versions that are older than kept by the Store's clock, and gives
// their number. It never touches a younger one, and works in small transactions, so that syncs go on
// beside it.
func (s *Store) PurgeHistory(ctx context.Context, kept time.Duration) (int, error) {
	var owners []string
	err := s.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return db.Model(&accountRow{}).Order("owner_id").Pluck("owner_id", &owners).Error
	})
	if err != nil {
		return 0, fmt.Errorf("purge history: %w", err)
	}
	before, all := micros(s.now().Add(-kept)), 0
	for _, owner := range owners {
		n, err := s.purgeOwner(ctx, owner, before)
		if all += n; err != nil {
			return all, fmt.Errorf("purge history: %w", err)
		}
	}
	return all, nil
}

// purgeOwner forgets an owner's versions from before a time. Most often there are none, and nobody else has
// to wait for a transaction that changes nothing.
func (s *Store) purgeOwner(ctx context.Context, owner string, before int64) (all int, err error) {
	for {
		if old, err := s.hasOld(ctx, owner, before); err != nil || !old {
			return all, err
		}
		n, err := s.purgeSome(ctx, owner, before)
		if all += n; err != nil {
			return all, err
		}
	}
}

// hasOld reports whether an owner has versions from before a time.
func (s *Store) hasOld(ctx context.Context, owner string, before int64) (bool, error) {
	var ids []int64
	err := s.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return db.Raw(oldHistory, owner, before, 1).Scan(&ids).Error
	})
	return len(ids) > 0, err
}

// oldHistory selects the oldest versions of an owner, by the index on owner and time.
const oldHistory = "SELECT id FROM history WHERE owner_id = ? AND at < ? ORDER BY at LIMIT ?"

func (s *Store) purgeSome(ctx context.Context, owner string, before int64) (int, error) {
	var n int64
	err := s.db.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
		res := tx.Exec("DELETE FROM history WHERE owner_id || '' = ? AND id IN ("+oldHistory+")", owner, owner, before, rowsPerStatement)
		n = res.RowsAffected
		return res.Error
	})
	return int(n), err
}

package gdata

import (
	"context"
	"time"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/ledger"
)

// earlierKept is how long it is known what an item was before.
const earlierKept = 90 * 24 * time.Hour

// earlierRow is a state in which an item was seen, before another: its revision, and when its entry said that it was
// changed last.
//
// A server that was brought back from a backup shows such a state again, with its old time. That is no edit of a user,
// which has a time of its own, also where it makes the item say what it said once. So a state counts as an earlier one
// only if it is one of these in both, and its time is before the one that was seen last: a server that gives no times,
// or always the same, is never believed to have gone back.
type earlierRow struct {
	Owner   string `gorm:"column:owner_id;primaryKey"`
	Client  string `gorm:"column:client_id;primaryKey"`
	Class   string `gorm:"column:class;primaryKey"`
	ID      string `gorm:"column:id;primaryKey"`
	Rev     string `gorm:"column:rev;primaryKey"`
	Updated int64  `gorm:"column:updated;primaryKey"`
	At      int64  `gorm:"column:at"`
}

// TableName names the table for gorm.
func (earlierRow) TableName() string { return "gdata_earlier" }

// past gives the states of the rows that are about to change.
func past(changing []*itemRow, at int64) []earlierRow {
	var out []earlierRow
	for _, r := range changing {
		if r != nil && !r.Dead && r.Updated != 0 {
			out = append(out, earlierRow{Owner: r.Owner, Client: r.Client, Class: r.Class, ID: r.ID, Rev: r.Rev, Updated: r.Updated, At: at})
		}
	}
	return out
}

// wentBack reports whether the item of a row is, by what it says and when that was changed, what it was before.
func wentBack(db *gorm.DB, k clientKey, class dataclass.Class, was *itemRow, rev string, updated int64) (bool, error) {
	if was == nil || was.Dead || was.Rev == rev || updated == 0 || updated >= was.Updated {
		return false, nil
	}
	rows, err := ledger.Find[earlierRow](inClass(db, k, class).Where("rev = ? AND updated = ?", rev, updated), "id", []string{was.ID})
	return len(rows) > 0, err
}

// isEarlier is wentBack for an item that was just read.
func (s *session) isEarlier(ctx context.Context, f *fresh) (is bool, err error) {
	if f.rev == f.row.Rev {
		return f.row.Earlier, nil
	}
	if milli(f.own.updated) >= f.row.Updated {
		return false, nil
	}
	err = s.g.store.View(ctx, func(_ context.Context, db *gorm.DB) (err error) {
		is, err = wentBack(db, s.client, s.class, f.row, f.rev, milli(f.own.updated))
		return err
	})
	return is, err
}

// milli gives a time as Unix milliseconds, 0 for none.
func milli(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

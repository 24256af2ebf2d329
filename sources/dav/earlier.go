package dav

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/sources/dav/davxml"
	"github.com/bindery-sync/bindery/sources/ledger"
)

// earlierKept is how long it is known what an item was before.
const earlierKept = 90 * 24 * time.Hour

// earlierRow is a state in which an item was seen, before another: its entity tag, its revision, and when the server said
// that it was changed last.
//
// A server that was brought back from a backup shows such a state again, the time included. That is no edit of a user,
// which has a time of its own also where it makes the item what it was once, and the entity tag what it was with servers
// that make it of the content. So all three have to be the same, and the server has to be one whose times go on with
// changes: one that gives none, or always the same, is never believed to have gone back.
type earlierRow struct {
	Owner    string `gorm:"column:owner_id;primaryKey"`
	Client   string `gorm:"column:client_id;primaryKey"`
	Class    string `gorm:"column:class;primaryKey"`
	ID       string `gorm:"column:id;primaryKey"`
	ETag     string `gorm:"column:etag;primaryKey"`
	Rev      string `gorm:"column:rev;primaryKey"`
	Modified int64  `gorm:"column:modified;primaryKey"`
	At       int64  `gorm:"column:at"`
}

// TableName names the table for gorm.
func (earlierRow) TableName() string { return "dav_client_earlier" }

// past gives the state of a row that is about to change, as far as it can be known again. A time of 0 is none.
func past(r *itemRow, at int64) []earlierRow {
	if r == nil || r.Dead || r.ETag == "" {
		return nil
	}
	return []earlierRow{{Owner: r.Owner, Client: r.Client, Class: r.Class, ID: r.ID, ETag: r.ETag, Rev: r.Rev, Modified: r.Modified, At: at}}
}

// wentBack reports whether an item is what it was before, and not edited to be so.
func (s *session) wentBack(db *gorm.DB, was *itemRow, e seen) (bool, error) {
	if was == nil || was.Dead || was.Rev == e.rev || e.etag == "" || e.modified == 0 || s.knows.Times <= 0 || was.Modified != 0 && e.modified >= was.Modified {
		return false, nil
	}
	like := inClass(db, s.client, s.class).Where("etag = ? AND rev = ? AND modified = ?", e.etag, e.rev, e.modified)
	rows, err := ledger.Find[earlierRow](like, "id", []string{was.ID})
	return len(rows) > 0, err
}

// untouched reports whether an item that we wrote is as it was before, and the server tells of no change since: it took
// the write and did not keep it. That needs no times.
func (m *merging) untouched(db *gorm.DB, was *itemRow, e seen) (bool, error) {
	if !m.asked[e.href] || was == nil || was.Dead || was.Origin == "" || e.etag == "" || e.etag == was.ETag {
		return false, nil
	}
	rows, err := ledger.Find[earlierRow](inClass(db, m.client, m.class).Where("etag = ? AND rev = ?", e.etag, e.rev), "id", []string{was.ID})
	return len(rows) > 0, err
}

// broughtBack reports whether a whole listing shows that the server was brought back from a backup: an item went back.
// Then what the listing lacks was not deleted by anybody; it was added since.
func (m *merging) broughtBack(ctx context.Context) (is bool, err error) {
	if !m.l.whole || !slices.ContainsFunc(m.gone, func(r *itemRow) bool { return !r.Dead }) {
		return false, nil
	}
	err = m.d.store.View(ctx, func(_ context.Context, db *gorm.DB) error {
		for _, e := range m.read {
			if is, err = m.wentBack(db, m.rows[e.href], e); is || err != nil {
				return err
			}
		}
		return nil
	})
	return is, err
}

// clocked learns of a change whether the server's times go on with changes. Two changes within a second say nothing.
func (k *knows) clocked(was *itemRow, e seen) {
	switch {
	case was == nil || was.Dead || was.Rev == e.rev || was.Modified == 0 || k.Times < 0 || e.modified == was.Modified:
	case e.modified > was.Modified:
		k.Times++
	case k.Times > 0:
		k.Times = -1
	}
}

// modified reads DAV:getlastmodified as Unix seconds, 0 if there is none.
func (r response) modified() int64 {
	return seconds(r.find(davxml.DAV, "getlastmodified").Text())
}

// seconds reads a time of HTTP as Unix seconds, 0 if it is none.
func seconds(text string) int64 {
	t, err := http.ParseTime(strings.TrimSpace(text))
	if err != nil {
		return 0
	}
	return t.Unix()
}

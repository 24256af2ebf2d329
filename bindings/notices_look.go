package bindings

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// together is for how long what is added to a matter belongs to the same notice: a sync that is going on, or one that
// follows soon, does not make a second one.
const together = time.Hour

// A matterKey tells matters apart.
type matterKey struct {
	Owner, Kind, Class, Subject string
	Binding                     int64
}

func (r *noticeRow) key() matterKey {
	return matterKey{r.Owner, r.Kind, r.Class, r.Subject, r.Binding}
}

// Look looks what needs a person, of all owners, and keeps it: a matter that is new becomes a notice, one that needs
// nobody any more is settled. A matter that grows stays the same notice for an hour; what is added to it later is a new
// one, of all that is there then. It reports whether anything changed. The server calls it now and then; to call it
// again does nothing.
func (n *Notices) Look(ctx context.Context) (bool, error) {
	now := n.store.now()
	var found []noticeRow
	err := n.store.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		var err error
		found, err = matters(db, now)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("look for what needs a person: %w", err)
	}
	changed := false
	err = n.store.db.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
		var err error
		changed, err = n.keep(tx, found, now)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("keep notices: %w", err)
	}
	return changed, nil
}

// keep brings the rows to what was found.
func (n *Notices) keep(tx *gorm.DB, found []noticeRow, now time.Time) (bool, error) {
	var rows []noticeRow
	if err := tx.Where("settled_at = 0").Find(&rows).Error; err != nil {
		return false, err
	}
	open := make(map[matterKey]*noticeRow, len(rows))
	for i := range rows {
		open[rows[i].key()] = &rows[i]
	}
	changed := false
	for i := range found {
		f := &found[i]
		is := open[f.key()]
		delete(open, f.key())
		did, err := n.keepOne(tx, is, f, now)
		if err != nil {
			return false, err
		}
		changed = changed || did
	}
	for _, gone := range open {
		if err := settle(tx, gone, now); err != nil {
			return false, err
		}
	}
	old := micros(now.Add(-settledKept))
	err := tx.Where("settled_at > 0 AND settled_at < ?", old).Delete(&noticeRow{}).Error
	return changed || len(open) > 0, err
}

// keepOne brings one matter to what was found; is nil for a new one.
func (n *Notices) keepOne(tx *gorm.DB, is, f *noticeRow, now time.Time) (bool, error) {
	switch {
	case is == nil:
		return true, n.arise(tx, f, now)
	case f.Newest > is.Newest && now.Sub(fromMicros(is.Arisen)) > together:
		if err := settle(tx, is, now); err != nil {
			return false, err
		}
		return true, n.arise(tx, f, now)
	case is.Count == f.Count && is.Sentence == f.Sentence && is.Newest >= f.Newest:
		return false, nil
	}
	set := map[string]any{"count": f.Count, "sentence": f.Sentence, "newest": max(is.Newest, f.Newest), "updated_at": micros(now)}
	return true, tx.Model(&noticeRow{}).Where("owner_id = ? AND id = ?", is.Owner, is.ID).Updates(set).Error
}

// arise makes the notice of a matter. An owner who was removed meanwhile gets none.
func (n *Notices) arise(tx *gorm.DB, f *noticeRow, now time.Time) error {
	err := tx.Select("owner_id").Where("owner_id = ?", f.Owner).Take(&accountRow{}).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	id, err := n.store.newID()
	if err != nil {
		return err
	}
	row := *f
	row.ID, row.Arisen, row.Updated = id, micros(now), micros(now)
	return tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&row).Error
}

func settle(tx *gorm.DB, is *noticeRow, now time.Time) error {
	return tx.Model(&noticeRow{}).Where("owner_id = ? AND id = ?", is.Owner, is.ID).Update("settled_at", micros(now)).Error
}

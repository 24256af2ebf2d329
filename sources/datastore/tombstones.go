package datastore

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/sources"
)

// tombstonesKept is how long a deleted item is remembered. Within it every binding is told of the
// deletion; one that comes later is told that its cursor is lost (docs/engine.md 7.1).
const tombstonesKept = 366 * 24 * time.Hour

// forget drops the client's oldest tombstones that have been kept long enough, one statement's worth. It
// comes with each write, so the rest goes with the next ones.
func (w *writer) forget() error {
	before := time.UnixMilli(w.clock).Add(-tombstonesKept).UnixMilli()
	c := clientKey{w.client.Owner, w.client.Client}
	var old []*itemRow
	err := ofClient(w.tx, c).Select("class, id, changed, changed_at").Where("dead = 1 AND changed_at < ?", before).
		Order("changed_at").Limit(batchRows).Find(&old).Error
	if err != nil {
		return fmt.Errorf("read old tombstones: %w", err)
	}
	for _, r := range old {
		w.client.Floor, w.client.FloorAt = max(w.client.Floor, r.Changed), max(w.client.FloorAt, r.ChangedAt)
		err := ofClient(w.tx, c).Where("class = ? AND id = ? AND dead = 1", r.Class, r.ID).Delete(&itemRow{}).Error
		if err != nil {
			return fmt.Errorf("forget tombstone: %w", err)
		}
	}
	return nil
}

// whole returns ErrCursorLost if tombstones that the look is to show were forgotten under it.
func (s *session) whole(ctx context.Context) error {
	var row clientRow
	err := s.d.store.View(ctx, func(_ context.Context, db *gorm.DB) (err error) {
		row, err = loadClient(db, s.client)
		return err
	})
	if err != nil {
		return err
	}
	if s.from != everything && s.from < row.Floor {
		return fmt.Errorf("deletions ended under the look: %w", sources.ErrCursorLost)
	}
	return nil
}

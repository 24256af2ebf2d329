package face

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/datastore"
	"github.com/bindery-sync/bindery/sources/gdata/entry"
)

// seen gives how far the face has looked at the events of the client.
func (s *events) seen(db *gorm.DB) (faceRow, error) {
	row := faceRow{Owner: s.who.owner, Client: s.client.ID, Class: string(dataclass.Events)}
	err := db.Where("owner_id = ? AND client_id = ? AND class = ?", row.Owner, row.Client, row.Class).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		err = nil
	}
	return row, err
}

// catchUp remembers the exceptions of every series before they are shown: one that is taken back later has to be shown
// once more, as its series says it. And it drops what is kept of events that were deleted.
func (s *events) catchUp(ctx context.Context) error {
	for {
		var row faceRow
		err := s.DB.View(ctx, func(_ context.Context, db *gorm.DB) (err error) {
			row, err = s.seen(db)
			return err
		})
		if err != nil {
			return fmt.Errorf("look at events: %w", err)
		}
		list, err := s.items.Since(ctx, dataclass.Events, row.Seen, datastore.Order{})
		if err != nil || len(list) == 0 {
			return err
		}
		err = s.DB.Update(ctx, func(ctx context.Context, tx *gorm.DB) error {
			if row, err = s.seen(tx); err != nil {
				return err
			}
			if err := s.remember(ctx, list); err != nil {
				return err
			}
			row.Seen = max(row.Seen, list[len(list)-1].Change)
			return tx.Clauses(clause.OnConflict{UpdateAll: true}).Create(&row).Error
		})
		if err != nil {
			return fmt.Errorf("remember exceptions: %w", err)
		}
	}
}

func (s *events) remember(ctx context.Context, list []datastore.Item) error {
	var dead []sources.ID
	for _, it := range list {
		switch {
		case it.Dead:
			dead = append(dead, it.ID)
		case bytes.Contains(bytes.ToUpper(it.Body.Data), []byte("RECURRENCE-ID")):
			if err := s.rememberOne(ctx, it); err != nil {
				return err
			}
		}
	}
	if len(dead) == 0 {
		return nil
	}
	return s.kept.remove(ctx, dead...)
}

// maxRemembered is how many exceptions of one series are remembered beside those that there are.
const maxRemembered = 500

func (s *events) rememberOne(ctx context.Context, it datastore.Item) error {
	raw, err := s.kept.get(ctx, it.ID)
	if err != nil {
		return err
	}
	before, err := unpack(raw[it.ID])
	if err != nil {
		return err
	}
	now, err := s.write(it, raw[it.ID])
	if err != nil || len(now.exceptions) <= len(before.exceptions) || len(before.exceptions) >= maxRemembered {
		return err
	}
	for _, e := range now.exceptions[len(before.exceptions):] {
		before.exceptions = append(before.exceptions, entry.OfInstance(e.Child("originalEvent").Child("when").Attr("", "startTime")))
	}
	uid := ""
	if ev, err := dataclass.Decode(dataclass.Events, it.Body); err == nil {
		uid = ev.UID()
	}
	return s.kept.put(ctx, it.ID, mark(uid), before.pack())
}

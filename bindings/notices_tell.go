package bindings

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/bindery-sync/bindery/sources"
)

// How long it takes until it is tried again to tell somebody: twice as long after each failure.
const (
	tellAgain     = time.Minute
	tellAgainMost = 6 * time.Hour
)

// maxWhy bounds the error that is kept of an attempt.
const maxWhy = 500

// Untold lists open matters that are to be told now, of all owners, the oldest first, at most so many.
func (n *Notices) Untold(ctx context.Context, most int) ([]Notice, error) {
	var rows []noticeRow
	err := n.store.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return db.Where("settled_at = 0 AND told_at = 0 AND next_at <= ?", micros(n.store.now())).
			Order("next_at, arisen_at, id").Limit(most).Find(&rows).Error
	})
	if err != nil {
		return nil, fmt.Errorf("list untold notices: %w", err)
	}
	return noticesOf(rows), nil
}

// Told keeps that a matter was told: it is not told again.
func (n *Notices) Told(ctx context.Context, owner, id string) error {
	return n.note(ctx, owner, id, map[string]any{"told_at": micros(n.store.now()), "error": ""})
}

// Missed keeps that a matter could not be told, which is tried again after a while.
func (n *Notices) Missed(ctx context.Context, owner, id string, attempts int, why error) error {
	wait := tellAgainMost
	if attempts < 9 {
		wait = min(wait, tellAgain<<attempts)
	}
	text := strings.ToValidUTF8(why.Error(), "?")
	return n.note(ctx, owner, id, map[string]any{
		"attempts": attempts + 1, "next_at": micros(n.store.now().Add(wait)), "error": strings.ToValidUTF8(text[:min(len(text), maxWhy)], ""),
	})
}

func (n *Notices) note(ctx context.Context, owner, id string, set map[string]any) error {
	err := n.store.db.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
		return tx.Model(&noticeRow{}).Where("owner_id = ? AND id = ?", owner, id).Updates(set).Error
	})
	if err != nil {
		return fmt.Errorf("note what became of a notice: %w", err)
	}
	return nil
}

// noticeFeedRow is one row of notice_feeds.
type noticeFeedRow struct {
	Owner   string `gorm:"column:owner_id;primaryKey"`
	Hash    []byte `gorm:"column:hash"`
	Created int64  `gorm:"column:created_at"`
}

// TableName implements gorm's Tabler.
func (noticeFeedRow) TableName() string { return "notice_feeds" }

// Feed tells since when the owner's feed has its private address; zero if it has none.
func (n *Notices) Feed(ctx context.Context, owner string) (time.Time, error) {
	var row noticeFeedRow
	err := n.store.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return db.Where("owner_id = ?", owner).Take(&row).Error
	})
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("read the feed's key: %w", err)
	}
	return fromMicros(row.Created), nil
}

// RenewFeed makes the key of the owner's feed; one that there was counts no more. It is given this once: only its hash is
// kept.
func (n *Notices) RenewFeed(ctx context.Context, owner string) (string, error) {
	var raw [tokenSize]byte
	if _, err := io.ReadFull(n.store.rand, raw[:]); err != nil {
		return "", fmt.Errorf("make a feed's key: %w", err)
	}
	key := base64.RawURLEncoding.EncodeToString(raw[:])
	row := noticeFeedRow{Owner: owner, Hash: tokenHash(key), Created: micros(n.store.now())}
	err := n.store.db.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
		return tx.Clauses(clause.OnConflict{UpdateAll: true}).Create(&row).Error
	})
	if err != nil {
		return "", fmt.Errorf("make a feed's key: %w", err)
	}
	return key, nil
}

// RevokeFeed ends the private address of the owner's feed. One that there is not is no error.
func (n *Notices) RevokeFeed(ctx context.Context, owner string) error {
	err := n.store.db.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
		return tx.Where("owner_id = ?", owner).Delete(&noticeFeedRow{}).Error
	})
	if err != nil {
		return fmt.Errorf("revoke a feed's key: %w", err)
	}
	return nil
}

// FeedOwner tells whose feed a key is for, or returns a sources.ErrAuth.
func (n *Notices) FeedOwner(ctx context.Context, key string) (string, error) {
	var row noticeFeedRow
	err := n.store.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return db.Where("hash = ?", tokenHash(key)).Take(&row).Error
	})
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return "", sources.ErrAuth
	}
	if err != nil {
		return "", fmt.Errorf("read a feed's key: %w", err)
	}
	return row.Owner, nil
}

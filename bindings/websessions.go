package bindings

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"time"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/sources"
)

// How long a browser stays signed in, and in how many an owner may be.
const (
	// webIdle is how long a session lasts that nobody uses.
	webIdle = 14 * 24 * time.Hour
	// webLongest is how long one lasts that is used every day.
	webLongest = 90 * 24 * time.Hour
	// maxWebSessions is how many an owner has; the one that was not used for the longest time makes room.
	maxWebSessions = 50
	// webUseStep is how exactly the last use is known.
	webUseStep = time.Minute
)

// A WebSession is a browser that somebody signed in with. Its secret is only in the browser's cookie: the hash of it
// is kept.
type WebSession struct {
	ID, Owner string
	// Used is when it was last used, to about a minute.
	Created, Used time.Time
}

// webSessionRow is one row of web_sessions.
type webSessionRow struct {
	Owner   string `gorm:"column:owner_id;primaryKey"`
	ID      string `gorm:"column:id;primaryKey"`
	Hash    []byte `gorm:"column:hash"`
	Created int64  `gorm:"column:created_at"`
	Used    int64  `gorm:"column:used_at"`
}

// TableName implements gorm's Tabler.
func (webSessionRow) TableName() string { return "web_sessions" }

func (r webSessionRow) session() WebSession {
	return WebSession{ID: r.ID, Owner: r.Owner, Created: fromMicros(r.Created), Used: fromMicros(r.Used)}
}

// over reports whether a session ended by itself.
func (r webSessionRow) over(now time.Time) bool {
	return now.Sub(fromMicros(r.Used)) >= webIdle || now.Sub(fromMicros(r.Created)) >= webLongest
}

// BeginWebSession signs a browser of the owner's in, and gives with the session the secret for its cookie: 256 random
// bits. The owner's sessions that are over are forgotten.
func (s *Store) BeginWebSession(ctx context.Context, owner string) (WebSession, string, error) {
	var raw [tokenSize]byte
	if _, err := io.ReadFull(s.rand, raw[:]); err != nil {
		return WebSession{}, "", fmt.Errorf("make session: %w", err)
	}
	secret := base64.RawURLEncoding.EncodeToString(raw[:])
	id, err := s.newID()
	if err != nil {
		return WebSession{}, "", err
	}
	now := micros(s.now())
	row := webSessionRow{Owner: owner, ID: id, Hash: tokenHash(secret), Created: now, Used: now}
	err = s.db.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
		if err := s.forgetWebSessions(tx, owner); err != nil {
			return err
		}
		return tx.Create(&row).Error
	})
	if err != nil {
		return WebSession{}, "", fmt.Errorf("begin session: %w", err)
	}
	return row.session(), secret, nil
}

// forgetWebSessions makes room for one more.
func (s *Store) forgetWebSessions(tx *gorm.DB, owner string) error {
	now := s.now()
	err := tx.Where("owner_id = ? AND (used_at <= ? OR created_at <= ?)", owner, micros(now.Add(-webIdle)), micros(now.Add(-webLongest))).
		Delete(&webSessionRow{}).Error
	if err != nil {
		return err
	}
	return tx.Exec(`DELETE FROM web_sessions WHERE owner_id = ? AND id IN (
		SELECT id FROM web_sessions WHERE owner_id = ? ORDER BY used_at DESC, id DESC LIMIT -1 OFFSET ?)`,
		owner, owner, maxWebSessions-1).Error
}

// WebSession tells whose the secret of a cookie is, and notes that it was used. It returns sources.ErrAuth for one
// that is unknown, was ended, was not used for 14 days or is 90 days old.
func (s *Store) WebSession(ctx context.Context, secret string) (WebSession, error) {
	var row webSessionRow
	err := s.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return db.Where("hash = ?", tokenHash(secret)).Take(&row).Error
	})
	switch {
	case errors.Is(err, gorm.ErrRecordNotFound), err == nil && row.over(s.now()):
		return WebSession{}, sources.ErrAuth
	case err != nil:
		return WebSession{}, fmt.Errorf("read session: %w", err)
	}
	if s.now().Sub(fromMicros(row.Used)) < webUseStep {
		return row.session(), nil
	}
	row.Used = micros(s.now())
	err = s.db.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
		return tx.Model(&webSessionRow{}).Where("owner_id = ? AND id = ?", row.Owner, row.ID).Update("used_at", row.Used).Error
	})
	if err != nil {
		return WebSession{}, fmt.Errorf("note the use of a session: %w", err)
	}
	return row.session(), nil
}

// EndWebSession signs a browser out, at once and in every process. It returns an ErrNotFound for a session that the
// owner does not have.
func (s *Store) EndWebSession(ctx context.Context, owner, id string) error {
	ended, err := s.endWebSessions(ctx, "owner_id = ? AND id = ?", owner, id)
	if err == nil && ended == 0 {
		err = fault(ErrNotFound, "there is no such session")
	}
	return err
}

// EndWebSessions signs all browsers of the owner's out.
func (s *Store) EndWebSessions(ctx context.Context, owner string) error {
	_, err := s.endWebSessions(ctx, "owner_id = ?", owner)
	return err
}

func (s *Store) endWebSessions(ctx context.Context, where string, args ...any) (ended int64, err error) {
	err = s.db.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
		res := tx.Where(where, args...).Delete(&webSessionRow{})
		ended = res.RowsAffected
		return res.Error
	})
	if err != nil {
		return 0, fmt.Errorf("end sessions: %w", err)
	}
	return ended, nil
}

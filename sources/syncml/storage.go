package syncml

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/sources/sqlstore"
)

// storage holds the face's own tables. Two queries cannot name the owner, because they are what finds
// it: the session by its token, and the message by the hash of all its bytes. Both are secrets of 128
// bits or more. What runs by the clock (expire, purge) goes through all owners.
type storage struct {
	db  *sqlstore.Store
	now func() time.Time
}

type sessionRow struct {
	Owner     string `gorm:"column:owner_id"`
	Client    string `gorm:"column:client_id"`
	Token     string `gorm:"column:token"`
	DeviceID  string `gorm:"column:device_id"`
	SessionID string `gorm:"column:session_id"`
	Fence     int64  `gorm:"column:fence"`
	State     []byte `gorm:"column:state"`
	StartedAt int64  `gorm:"column:started_at"`
	TouchedAt int64  `gorm:"column:touched_at"`
	// EndedAt is 0 while the session runs.
	EndedAt int64 `gorm:"column:ended_at"`
	// Flushed is true once the inbox rows of its unfinished packages may have been planned.
	Flushed bool `gorm:"column:flushed"`
}

func (sessionRow) TableName() string { return "syncml_sessions" }

type messageRow struct {
	Owner       string `gorm:"column:owner_id"`
	Client      string `gorm:"column:client_id"`
	Token       string `gorm:"column:token"`
	Hash        []byte `gorm:"column:hash"`
	MsgID       string `gorm:"column:msg_id"`
	Opening     bool   `gorm:"column:opening"`
	StoredAt    int64  `gorm:"column:stored_at"`
	ContentType string `gorm:"column:content_type"`
	// Reply is nil until the second transaction of the message.
	Reply []byte `gorm:"column:reply"`
}

func (messageRow) TableName() string { return "syncml_messages" }

// sessionByToken gives nil if there is none.
func (st *storage) sessionByToken(ctx context.Context, token string) (*sessionRow, error) {
	var rows []sessionRow
	err := st.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return db.Where("token = ?", token).Limit(1).Find(&rows).Error
	})
	if err != nil {
		return nil, fmt.Errorf("find session: %w", err)
	}
	if len(rows) == 0 {
		return nil, nil
	}
	return &rows[0], nil
}

// messageAgain gives the message of exactly these bytes that came before in the session that token names, or that
// opened a session in which nothing came since; nil if there is none. A phone may say the very same in one session as
// in the last: its session ids and message ids begin anew, and its anchors need not be in every message.
func (st *storage) messageAgain(ctx context.Context, hash []byte, token string) (*messageRow, error) {
	var rows []messageRow
	err := st.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return db.Where(`hash = ? AND (token = ? OR opening <> 0 AND NOT EXISTS (
			SELECT 1 FROM syncml_messages later WHERE later.owner_id = syncml_messages.owner_id
			AND later.client_id = syncml_messages.client_id AND later.token = syncml_messages.token
			AND later.hash <> syncml_messages.hash))`, hash, token).Order("stored_at DESC").Limit(1).Find(&rows).Error
	})
	if err != nil {
		return nil, fmt.Errorf("find message: %w", err)
	}
	if len(rows) == 0 {
		return nil, nil
	}
	return &rows[0], nil
}

// putSession stores a session, new or changed. Joins.
func (st *storage) putSession(ctx context.Context, row sessionRow) error {
	return st.db.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
		if err := tx.Clauses(onOldSession()).Create(&row).Error; err != nil {
			return fmt.Errorf("store session: %w", err)
		}
		return nil
	})
}

// putMessage stores a message that has no reply yet. Joins.
func (st *storage) putMessage(ctx context.Context, row messageRow) error {
	return st.db.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
		if err := tx.Create(&row).Error; err != nil {
			return fmt.Errorf("store message: %w", err)
		}
		return nil
	})
}

var errNoMessage = errors.New("message is not stored")

// putReply stores the reply to a message. Joins.
func (st *storage) putReply(ctx context.Context, row messageRow) error {
	return st.db.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
		res := tx.Model(&messageRow{}).
			Where("owner_id = ? AND client_id = ? AND token = ? AND hash = ?",
				row.Owner, row.Client, row.Token, row.Hash).
			Updates(map[string]any{"reply": row.Reply, "content_type": row.ContentType})
		if res.Error != nil {
			return fmt.Errorf("store reply: %w", res.Error)
		}
		if res.RowsAffected != 1 {
			return errNoMessage
		}
		return nil
	})
}

// others gives the running sessions of the client but one.
func (st *storage) others(ctx context.Context, p Phone, token string) (rows []sessionRow, err error) {
	err = st.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return db.Where("owner_id = ? AND client_id = ? AND token <> ? AND ended_at = 0", p.Owner, p.Client, token).
			Find(&rows).Error
	})
	if err != nil {
		return nil, fmt.Errorf("find older sessions: %w", err)
	}
	return rows, nil
}

// end marks a session as over, and reports whether it still ran. Joins.
func (st *storage) end(ctx context.Context, row *sessionRow) (ran bool, err error) {
	err = st.db.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
		res := tx.Model(&sessionRow{}).
			Where("owner_id = ? AND client_id = ? AND token = ? AND ended_at = 0", row.Owner, row.Client, row.Token).
			Update("ended_at", st.now().Unix())
		ran = res.RowsAffected > 0
		return res.Error
	})
	if err != nil {
		return false, fmt.Errorf("end session: %w", err)
	}
	return ran, nil
}

// forget lets a session's opening message be the start of a new session, and the next Expire end this
// one. Joins.
func (st *storage) forget(ctx context.Context, row *sessionRow) error {
	return st.db.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
		err := tx.Where("owner_id = ? AND client_id = ? AND token = ? AND opening = ?",
			row.Owner, row.Client, row.Token, true).Delete(&messageRow{}).Error
		if err == nil {
			err = tx.Model(&sessionRow{}).
				Where("owner_id = ? AND client_id = ? AND token = ? AND ended_at = 0", row.Owner, row.Client, row.Token).
				Update("touched_at", 0).Error
		}
		if err != nil {
			return fmt.Errorf("forget session: %w", err)
		}
		return nil
	})
}

// idle gives sessions that run and were last touched before a time.
func (st *storage) idle(ctx context.Context, before time.Time, limit int) ([]sessionRow, error) {
	var rows []sessionRow
	err := st.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return db.Where("ended_at = 0 AND touched_at < ?", before.Unix()).Order("touched_at").
			Limit(limit).Find(&rows).Error
	})
	if err != nil {
		return nil, fmt.Errorf("find idle sessions: %w", err)
	}
	return rows, nil
}

// purge removes messages and ended sessions older than a time, and challenges nobody answered.
func (st *storage) purge(ctx context.Context, before time.Time) error {
	t := before.Unix()
	return st.db.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
		err := errors.Join(
			tx.Where("stored_at < ?", t).Delete(&messageRow{}).Error,
			tx.Where("stored_at < ?", t).Delete(&chunkRow{}).Error,
			tx.Where("named_at < ?", st.now().Add(-keepGUIDs).Unix()).Delete(&guidRow{}).Error,
			tx.Where("ended_at > 0 AND touched_at < ?", t).Delete(&sessionRow{}).Error,
			tx.Where("login = '' AND changed_at < ?", before.UnixMicro()).Delete(&nonceRow{}).Error)
		if err != nil {
			return fmt.Errorf("purge sessions: %w", err)
		}
		return nil
	})
}

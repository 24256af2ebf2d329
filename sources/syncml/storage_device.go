package syncml

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/bindery-sync/bindery/sources/syncml/internal/wire"
)

// A nonceRow is a nonce that a device was given: with a good log-in for the next session, under that
// login, or with a refusal, under no login, for many a phone tells its name only when it has a nonce.
type nonceRow struct {
	Login    string `gorm:"column:login"`
	DeviceID string `gorm:"column:device_id"`
	Nonce    []byte `gorm:"column:nonce"`
	// ChangedAt is in microseconds.
	ChangedAt int64 `gorm:"column:changed_at"`
}

func (nonceRow) TableName() string { return "syncml_nonces" }

type deviceRow struct {
	Owner     string `gorm:"column:owner_id"`
	Client    string `gorm:"column:client_id"`
	DeviceID  string `gorm:"column:device_id"`
	DevInf    string `gorm:"column:devinf"`
	Document  []byte `gorm:"column:document"`
	ChangedAt int64  `gorm:"column:changed_at"`
}

func (deviceRow) TableName() string { return "syncml_devices" }

// maxChallenges bounds the rows that anybody can make without logging in.
const maxChallenges = 1000

// nonce gives what a device was given last, nil if nothing; known is false if it never logged in so.
func (st *storage) nonce(ctx context.Context, login, deviceID string) (nonce []byte, known bool, err error) {
	var rows []nonceRow
	err = st.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return db.Where("login = ? AND device_id = ?", login, deviceID).Limit(1).Find(&rows).Error
	})
	if err != nil {
		return nil, false, fmt.Errorf("find nonce: %w", err)
	}
	if len(rows) == 0 {
		return nil, false, nil
	}
	return rows[0].Nonce, true, nil
}

// anyNonce reports whether a login was given a nonce on any device.
func (st *storage) anyNonce(ctx context.Context, login string) (bool, error) {
	return st.hasNonce(ctx, "login = ? AND length(nonce) > 0", login)
}

// challengedSince reports whether a device that has not logged in was given a challenge after a time.
func (st *storage) challengedSince(ctx context.Context, deviceID string, t time.Time) (bool, error) {
	return st.hasNonce(ctx, "login = '' AND device_id = ? AND changed_at > ?", deviceID, t.UnixMicro())
}

func (st *storage) hasNonce(ctx context.Context, where string, args ...any) (bool, error) {
	var n int64
	err := st.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return db.Model(&nonceRow{}).Where(where, args...).Limit(1).Count(&n).Error
	})
	if err != nil {
		return false, fmt.Errorf("look for nonces: %w", err)
	}
	return n > 0, nil
}

// loginOf gives the name that logs in on a device, "" if there is none or more than one.
func (st *storage) loginOf(ctx context.Context, deviceID string) (string, error) {
	var logins []string
	err := st.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return db.Model(&nonceRow{}).Where("device_id = ? AND login <> ''", deviceID).Limit(2).
			Pluck("login", &logins).Error
	})
	if err != nil {
		return "", fmt.Errorf("find login of device: %w", err)
	}
	if len(logins) != 1 {
		return "", nil
	}
	return logins[0], nil
}

// putNonce stores the nonce of a login on a device, which uses up the challenge. Joins.
func (st *storage) putNonce(ctx context.Context, login, deviceID string, nonce []byte) error {
	row := nonceRow{Login: login, DeviceID: deviceID, Nonce: nonce, ChangedAt: st.now().UnixMicro()}
	return st.db.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
		err := errors.Join(tx.Clauses(clause.OnConflict{UpdateAll: true}).Create(&row).Error,
			tx.Where("login = '' AND device_id = ?", deviceID).Delete(&nonceRow{}).Error)
		if err != nil {
			return fmt.Errorf("store nonce: %w", err)
		}
		return nil
	})
}

// putChallenge stores the nonce that a refused device is to use. The oldest make room.
func (st *storage) putChallenge(ctx context.Context, deviceID string, nonce []byte) error {
	row := nonceRow{DeviceID: deviceID, Nonce: nonce, ChangedAt: st.now().UnixMicro()}
	return st.db.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
		err := tx.Clauses(clause.OnConflict{UpdateAll: true}).Create(&row).Error
		if err == nil {
			err = tx.Exec(`DELETE FROM syncml_nonces WHERE login = '' AND changed_at <= (
				SELECT changed_at FROM syncml_nonces WHERE login = ''
				ORDER BY changed_at DESC LIMIT 1 OFFSET ?)`, maxChallenges).Error
		}
		if err != nil {
			return fmt.Errorf("store challenge: %w", err)
		}
		return nil
	})
}

// ageChallenge lets a device's challenge count as given long ago. Its nonce is still good.
func (st *storage) ageChallenge(ctx context.Context, deviceID string) error {
	err := st.db.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
		return tx.Model(&nonceRow{}).Where("login = '' AND device_id = ?", deviceID).Update("changed_at", 1).Error
	})
	if err != nil {
		return fmt.Errorf("age challenge: %w", err)
	}
	return nil
}

// device gives the device information of a client, nil if it never sent any.
func (st *storage) device(ctx context.Context, owner, client string) (*wire.DevInf, error) {
	var rows []deviceRow
	err := st.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return db.Where("owner_id = ? AND client_id = ?", owner, client).Limit(1).Find(&rows).Error
	})
	if err != nil {
		return nil, fmt.Errorf("find device information: %w", err)
	}
	if len(rows) == 0 {
		return nil, nil
	}
	var d wire.DevInf
	if err := json.Unmarshal([]byte(rows[0].DevInf), &d); err != nil {
		return nil, fmt.Errorf("read device information: %w", err)
	}
	return &d, nil
}

// putDevice stores device information. Joins.
func (st *storage) putDevice(ctx context.Context, p Phone, deviceID string, d device) error {
	b, err := json.Marshal(d.info)
	if err != nil {
		return fmt.Errorf("store device information: %w", err)
	}
	row := deviceRow{Owner: p.Owner, Client: p.Client, DeviceID: deviceID, DevInf: string(b),
		Document: d.document, ChangedAt: st.now().Unix()}
	return st.db.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
		if err := tx.Clauses(clause.OnConflict{UpdateAll: true}).Create(&row).Error; err != nil {
			return fmt.Errorf("store device information: %w", err)
		}
		return nil
	})
}

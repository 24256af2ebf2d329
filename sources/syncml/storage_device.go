package syncml

import (
	"context"
	"encoding/json"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/bindery-sync/bindery/sources/syncml/internal/wire"
)

type nonceRow struct {
	Login    string `gorm:"column:login"`
	DeviceID string `gorm:"column:device_id"`
	// Nonce was given with the last good log-in, for the next session.
	Nonce []byte `gorm:"column:nonce"`
	// Challenge was given with the last refusal.
	Challenge []byte `gorm:"column:challenge"`
	// Proven is true once a log-in with that name succeeded on that device.
	Proven    bool  `gorm:"column:proven"`
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

// maxUnproven bounds the rows that anybody can make without logging in.
const maxUnproven = 4096

// nonces gives what is known of a login on a device; the zero row if nothing.
func (st *storage) nonces(ctx context.Context, login, deviceID string) (nonceRow, error) {
	row := nonceRow{Login: login, DeviceID: deviceID}
	err := st.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return db.Where("login = ? AND device_id = ?", login, deviceID).Limit(1).Find(&row).Error
	})
	if err != nil {
		return nonceRow{}, fmt.Errorf("find nonce: %w", err)
	}
	return row, nil
}

// loginOf gives the name that logs in on a device, "" if there is none or more than one.
func (st *storage) loginOf(ctx context.Context, deviceID string) (string, error) {
	var logins []string
	err := st.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return db.Model(&nonceRow{}).Where("device_id = ? AND proven = ?", deviceID, true).Limit(2).
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

// putNonce stores a row; of the unproven ones, the oldest make room. Joins.
func (st *storage) putNonce(ctx context.Context, row nonceRow) error {
	row.ChangedAt = st.now().Unix()
	return st.db.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
		err := tx.Clauses(clause.OnConflict{UpdateAll: true}).Create(&row).Error
		if err == nil && !row.Proven {
			err = tx.Exec(`DELETE FROM syncml_nonces WHERE proven = 0 AND (login, device_id) NOT IN (
				SELECT login, device_id FROM syncml_nonces WHERE proven = 0
				ORDER BY changed_at DESC LIMIT ?) AND NOT (login = ? AND device_id = ?)`,
				maxUnproven, row.Login, row.DeviceID).Error
		}
		if err != nil {
			return fmt.Errorf("store nonce: %w", err)
		}
		return nil
	})
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

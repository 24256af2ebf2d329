package syncml

import (
	"context"
	"fmt"
	"strconv"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// alertRow is how a phone is reached, and what became of the last alert that it was sent. Times are in
// microseconds, 0 for never.
type alertRow struct {
	Owner    string `gorm:"column:owner_id"`
	Client   string `gorm:"column:client_id"`
	Address  string `gorm:"column:address"`
	ServerID string `gorm:"column:server_id"`
	Version  string `gorm:"column:version"`
	Password []byte `gorm:"column:password"` // encrypted; nil for none
	// Session is the id that the last alert gave the phone's session, Mode its alert code, 200 to 205.
	Session int    `gorm:"column:session"`
	Mode    int    `gorm:"column:mode"`
	SentAt  int64  `gorm:"column:sent_at"`
	Error   string `gorm:"column:error"`
	// AnsweredAt is when the phone came after it; BySession, whether under that session id.
	AnsweredAt int64 `gorm:"column:answered_at"`
	BySession  bool  `gorm:"column:by_session"`
}

func (alertRow) TableName() string { return "syncml_alerts" }

// alertRow gives the row of a client; an empty one if it has none.
func (st *storage) alertRow(ctx context.Context, owner, client string) (alertRow, error) {
	row := alertRow{Owner: owner, Client: client}
	err := st.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return db.Where("owner_id = ? AND client_id = ?", owner, client).Limit(1).Find(&row).Error
	})
	if err != nil {
		return alertRow{}, fmt.Errorf("find how the phone is alerted: %w", err)
	}
	return row, nil
}

// alertRows gives the rows of an owner.
func (st *storage) alertRows(ctx context.Context, owner string) (rows []alertRow, err error) {
	err = st.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return db.Where("owner_id = ?", owner).Find(&rows).Error
	})
	if err != nil {
		return nil, fmt.Errorf("find how phones are alerted: %w", err)
	}
	return rows, nil
}

// changeAlert reads, changes and stores the row of a client, and gives it as it is then. Joins.
func (st *storage) changeAlert(ctx context.Context, owner, client string, change func(*alertRow)) (alertRow, error) {
	var row alertRow
	err := st.db.Update(ctx, func(ctx context.Context, tx *gorm.DB) error {
		var err error
		if row, err = st.alertRow(ctx, owner, client); err != nil {
			return err
		}
		change(&row)
		return tx.Clauses(clause.OnConflict{UpdateAll: true}).Create(&row).Error
	})
	if err != nil {
		return alertRow{}, fmt.Errorf("store how the phone is alerted: %w", err)
	}
	return row, nil
}

// answeredAlert notes that a phone began a session, if it was alerted and has not come since. Joins.
func (st *storage) answeredAlert(ctx context.Context, s sessionRow) error {
	return st.db.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
		err := tx.Model(&alertRow{}).
			Where("owner_id = ? AND client_id = ? AND sent_at > 0 AND answered_at = 0 AND error = ''", s.Owner, s.Client).
			Updates(map[string]any{"answered_at": st.now().UnixMicro(),
				"by_session": gorm.Expr("session IN ?", sessionNumbers(s.SessionID))}).Error
		if err != nil {
			return fmt.Errorf("note that the phone came: %w", err)
		}
		return nil
	})
}

// sessionNumbers are the numbers that a phone may mean by a session id: some write it in hexadecimal. There
// is always one, for a list in a query; -1 is nobody's.
func sessionNumbers(id string) []int {
	numbers := []int{-1}
	for _, base := range []int{10, 16} {
		if n, err := strconv.ParseUint(id, base, 16); err == nil {
			numbers = append(numbers, int(n))
		}
	}
	return numbers
}

// knownDatabases gives the databases that a client is known to have, by name.
func (st *storage) knownDatabases(ctx context.Context, owner, client string) (rows []anchorRow, err error) {
	err = st.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return db.Where("owner_id = ? AND client_id = ? AND our_database NOT IN ('', '/')", owner, client).
			Order("phone_database").Find(&rows).Error
	})
	if err != nil {
		return nil, fmt.Errorf("find the phone's databases: %w", err)
	}
	return rows, nil
}

package syncml

import (
	"context"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// anchorRow holds the handshake anchors of one phone database: those of the last session that ended
// well, and those of the session after it. Phone is the phone's Next, our the one we sent it.
type anchorRow struct {
	Owner          string `gorm:"column:owner_id"`
	Client         string `gorm:"column:client_id"`
	Database       string `gorm:"column:phone_database"`
	PhoneCommitted string `gorm:"column:phone_committed"`
	OurCommitted   string `gorm:"column:our_committed"`
	PhonePending   string `gorm:"column:phone_pending"`
	OurPending     string `gorm:"column:our_pending"`
	// Arrived is true once the Final of the pending session's package of changes was stored.
	Arrived bool `gorm:"column:arrived"`
	// Ours is what the phone calls our database, Class what it holds; both are empty if the phone has not
	// alerted it since they are kept.
	Ours  string `gorm:"column:our_database"`
	Class string `gorm:"column:class"`
}

func (anchorRow) TableName() string { return "syncml_anchors" }

// anchors gives the anchors of a phone database; without any, a row of empty ones.
func (st *storage) anchors(ctx context.Context, p Phone, database string) (anchorRow, error) {
	row := anchorRow{Owner: p.Owner, Client: p.Client, Database: database}
	err := st.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return db.Where("owner_id = ? AND client_id = ? AND phone_database = ?", p.Owner, p.Client, database).
			Limit(1).Find(&row).Error
	})
	if err != nil {
		return anchorRow{}, fmt.Errorf("find anchors: %w", err)
	}
	return row, nil
}

// putAnchors stores a row. Joins.
func (st *storage) putAnchors(ctx context.Context, row anchorRow) error {
	return st.db.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
		if err := tx.Clauses(clause.OnConflict{UpdateAll: true}).Create(&row).Error; err != nil {
			return fmt.Errorf("store anchors: %w", err)
		}
		return nil
	})
}

// changeAnchors reads, changes and stores the anchors of a phone database. Joins.
func (st *storage) changeAnchors(ctx context.Context, p Phone, database string, change func(*anchorRow)) error {
	return st.db.Update(ctx, func(ctx context.Context, _ *gorm.DB) error {
		row, err := st.anchors(ctx, p, database)
		if err != nil {
			return err
		}
		change(&row)
		return st.putAnchors(ctx, row)
	})
}

package syncml

import (
	"context"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// chunkRow holds the pieces of a large object that came so far.
type chunkRow struct {
	Owner    string `gorm:"column:owner_id"`
	Client   string `gorm:"column:client_id"`
	Token    string `gorm:"column:token"`
	Data     []byte `gorm:"column:data"`
	StoredAt int64  `gorm:"column:stored_at"`
}

func (chunkRow) TableName() string { return "syncml_chunks" }

const chunkWhere = "owner_id = ? AND client_id = ? AND token = ?"

// chunk gives the pieces that a session has.
func (st *storage) chunk(ctx context.Context, s *sessionRow) ([]byte, error) {
	var row chunkRow
	err := st.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return db.Where(chunkWhere, s.Owner, s.Client, s.Token).Limit(1).Find(&row).Error
	})
	if err != nil {
		return nil, fmt.Errorf("read pieces of an item: %w", err)
	}
	return row.Data, nil
}

// putChunk stores them; nil removes them. Joins.
func (st *storage) putChunk(ctx context.Context, s *sessionRow, data []byte) error {
	return st.db.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
		var err error
		if data == nil {
			err = tx.Where(chunkWhere, s.Owner, s.Client, s.Token).Delete(&chunkRow{}).Error
		} else {
			err = tx.Clauses(clause.OnConflict{UpdateAll: true}).Create(&chunkRow{Owner: s.Owner, Client: s.Client,
				Token: s.Token, Data: data, StoredAt: st.now().Unix()}).Error
		}
		if err != nil {
			return fmt.Errorf("store pieces of an item: %w", err)
		}
		return nil
	})
}

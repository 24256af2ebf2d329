package syncml

import (
	"context"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/bindery-sync/bindery/sources/sqlstore"
)

// resumeMigrations let a session tell whether it can be resumed.
func resumeMigrations() []sqlstore.Migration {
	return []sqlstore.Migration{{ID: "syncml-0030", SQLite: []string{
		`ALTER TABLE syncml_sessions ADD COLUMN flushed INTEGER NOT NULL DEFAULT 0`,
	}}}
}

// recent gives the newest sessions of the client but one, the newest first.
func (st *storage) recent(ctx context.Context, p Phone, token string, limit int) (rows []sessionRow, err error) {
	err = st.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return db.Where("owner_id = ? AND client_id = ? AND token <> ?", p.Owner, p.Client, token).
			Order("fence DESC").Limit(limit).Find(&rows).Error
	})
	if err != nil {
		return nil, fmt.Errorf("find earlier sessions: %w", err)
	}
	return rows, nil
}

// spoil notes, before it is done, that what sessions of the client left in the inbox is planned, so that none
// of them takes what is left for a whole package. With a token it means that session only. Joins.
func (st *storage) spoil(ctx context.Context, p Phone, token string) error {
	return st.db.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
		q := tx.Model(&sessionRow{}).Where("owner_id = ? AND client_id = ? AND flushed = 0", p.Owner, p.Client)
		if token != "" {
			q = q.Where("token = ?", token)
		}
		if err := q.Update("flushed", true).Error; err != nil {
			return fmt.Errorf("note that sessions cannot be resumed: %w", err)
		}
		return nil
	})
}

// onOldSession is what storing a session changes of one that is there: not whether its rows are planned, and
// one that was ended stays so.
func onOldSession() clause.OnConflict {
	set := clause.AssignmentColumns([]string{"state", "touched_at"})
	return clause.OnConflict{
		Columns: []clause.Column{{Name: "owner_id"}, {Name: "client_id"}, {Name: "token"}},
		DoUpdates: append(set, clause.Assignments(map[string]any{
			"ended_at": gorm.Expr("max(syncml_sessions.ended_at, excluded.ended_at)"),
		})...),
	}
}

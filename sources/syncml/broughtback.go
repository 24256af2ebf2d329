package syncml

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/sources/sqlstore"
)

// A Contact is how a phone and the server parted. Two databases that tell the same of a phone have both heard of it
// last in the same session.
type Contact struct {
	Owner  string `gorm:"column:owner_id"`
	Client string `gorm:"column:client_id"`
	// Fence is the number of the phone's newest session, Touched when something came in one, in seconds.
	Fence   int64 `gorm:"column:fence"`
	Touched int64 `gorm:"column:touched"`
	// Anchors are those of the handshake.
	Anchors string `gorm:"column:anchors"`
}

// LastContacts tells of each phone of all owners how it parted.
func LastContacts(ctx context.Context, db *sqlstore.Store) ([]Contact, error) {
	var list []Contact
	err := db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return db.Raw(`SELECT c.owner_id, c.id AS client_id, c.fence, coalesce((SELECT max(touched_at) FROM syncml_sessions s
			WHERE s.owner_id = c.owner_id AND s.client_id = c.id), 0) AS touched,
		coalesce((SELECT group_concat(a.phone_database || ' ' || a.phone_committed || ' ' || a.phone_pending, char(10)) FROM
			(SELECT * FROM syncml_anchors ORDER BY phone_database) a WHERE a.owner_id = c.owner_id AND a.client_id = c.id), '') AS anchors
		FROM clients c WHERE c.kind = ?`, KindName).Scan(&list).Error
	})
	if err != nil {
		return nil, fmt.Errorf("find when phones were heard of: %w", err)
	}
	return list, nil
}

// forgetting are the statements, of one phone each, by which nothing is left that was said. Which databases it has, and
// what it sent, stays.
var forgetting = []string{
	"UPDATE syncml_anchors SET phone_committed = '', our_committed = '', phone_pending = '', our_pending = '', arrived = 0",
	"DELETE FROM syncml_messages", "DELETE FROM syncml_sessions",
}

// BroughtBack tells the face that db was brought back from a backup: what was said to phones since is not known, and so
// their handshake anchors are forgotten, but for those that were not heard of since: unheard are these, as the database
// that was replaced knows them. The next session of the others is a slow sync (docs/engine.md 12).
func BroughtBack(ctx context.Context, db *sqlstore.Store, unheard []Contact) error {
	err := db.Update(ctx, func(ctx context.Context, tx *gorm.DB) error {
		now, err := LastContacts(ctx, db)
		if err != nil {
			return err
		}
		quiet := make(map[Contact]bool, len(unheard))
		for _, c := range unheard {
			quiet[c] = true
		}
		for _, c := range now {
			if quiet[c] {
				continue
			}
			for _, stmt := range forgetting {
				if err := tx.Exec(stmt+" WHERE owner_id = ? AND client_id = ?", c.Owner, c.Client).Error; err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("restore phones: %w", err)
	}
	return nil
}

package bindings

import (
	"context"

	"github.com/bindery-sync/bindery/sources/sqlstore"
)

// logContentMigrations add what an account wants of the sessions log.
func logContentMigrations() []sqlstore.Migration {
	return []sqlstore.Migration{{ID: "accounts-0050", SQLite: []string{
		`ALTER TABLE accounts ADD COLUMN log_content INTEGER NOT NULL DEFAULT 0`,
	}}}
}

// SetLogContent says whether the sessions log keeps what an owner's items hold, from now on. It returns an
// ErrNotFound.
func (s *Store) SetLogContent(ctx context.Context, owner string, on bool) error {
	return s.updateAccount(ctx, owner, map[string]any{"log_content": on})
}

// LogsContent reports whether the sessions log keeps what an owner's items hold. In doubt it does not.
func (s *Store) LogsContent(ctx context.Context, owner string) bool {
	row, err := s.accountRow(ctx, "owner_id = ?", owner)
	return err == nil && row.Content
}

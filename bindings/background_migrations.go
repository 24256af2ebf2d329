package bindings

import "github.com/bindery-sync/bindery/sources/sqlstore"

// backgroundMigrations let the log say why a sync was abandoned.
func backgroundMigrations() []sqlstore.Migration {
	return []sqlstore.Migration{{
		ID:     "bindings-20261121020",
		SQLite: []string{`ALTER TABLE sync_log ADD COLUMN why TEXT NOT NULL DEFAULT ''`},
	}}
}

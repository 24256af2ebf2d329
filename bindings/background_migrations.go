package bindings

import "github.com/bindery-sync/bindery/sources/sqlstore"

// backgroundMigrations let the log say why a sync was abandoned, and find a page of it by any filter without looking
// through all of it.
func backgroundMigrations() []sqlstore.Migration {
	return []sqlstore.Migration{{
		ID:     "bindings-20261121020",
		SQLite: []string{`ALTER TABLE sync_log ADD COLUMN why TEXT NOT NULL DEFAULT ''`},
	}, {
		ID: "bindings-20261121021",
		SQLite: []string{
			`CREATE INDEX sync_log_by_state ON sync_log (owner_id, state, id)`,
			`CREATE INDEX sync_log_by_class ON sync_log (owner_id, class, id)`,
			`CREATE INDEX sync_log_by_start ON sync_log (owner_id, started_at)`,
		},
	}}
}

package bindings

import "github.com/bindery-sync/bindery/sources/sqlstore"

// scheduleMigrations make the table of schedules.
func scheduleMigrations() []sqlstore.Migration {
	return []sqlstore.Migration{{
		ID: "bindings-20261121032",
		SQLite: []string{
			`CREATE TABLE schedules (
				id INTEGER PRIMARY KEY AUTOINCREMENT,
				owner_id TEXT NOT NULL, binding_id INTEGER NOT NULL, class TEXT NOT NULL,
				every_seconds INTEGER NOT NULL, cron TEXT NOT NULL, quiet_from TEXT NOT NULL, quiet_to TEXT NOT NULL,
				jitter_seconds INTEGER NOT NULL, zone TEXT NOT NULL,
				created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL)`,
			`CREATE INDEX schedules_by_binding ON schedules (owner_id, binding_id, id)`,
		},
	}}
}

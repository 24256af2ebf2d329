package bindings

import "github.com/bindery-sync/bindery/sources/sqlstore"

// historyMigrations are the steps of what the history needs besides its table: which versions are those
// that both sides had agreed on, and ways to a link's and to a sync's versions.
func historyMigrations() []sqlstore.Migration {
	return []sqlstore.Migration{{
		ID: "bindings-0060",
		SQLite: []string{
			`ALTER TABLE history ADD COLUMN agreed INTEGER NOT NULL DEFAULT 0`,
			`CREATE INDEX history_by_link ON history (owner_id, binding_id, class, link_id)`,
			`CREATE INDEX history_by_run ON history (owner_id, run_id)`,
		},
	}}
}

package bindings

import "github.com/bindery-sync/bindery/sources/sqlstore"

// broughtBackMigrations are the steps of databases that were brought back from a backup.
func broughtBackMigrations() []sqlstore.Migration {
	return []sqlstore.Migration{{
		ID: "bindings-2026112104",
		SQLite: []string{
			// slow_next: the next two-way sync is a slow one.
			`ALTER TABLE journal_states ADD COLUMN slow_next INTEGER NOT NULL DEFAULT 0`,
		},
	}}
}

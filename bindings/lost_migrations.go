package bindings

import "github.com/bindery-sync/bindery/sources/sqlstore"

// lostMigrations are the steps of links that know what was deleted.
func lostMigrations() []sqlstore.Migration {
	return []sqlstore.Migration{{
		ID:     "journal-0600",
		SQLite: []string{`ALTER TABLE journal_links ADD COLUMN lost_item TEXT NOT NULL DEFAULT ''`},
	}}
}

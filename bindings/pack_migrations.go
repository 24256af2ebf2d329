package bindings

import "github.com/bindery-sync/bindery/sources/sqlstore"

// packMigrations are the steps of batches that are not settled yet.
func packMigrations() []sqlstore.Migration {
	return []sqlstore.Migration{{
		ID: "journal-0500",
		SQLite: []string{
			// New links and the Adds that serve them, all of one Intend in one row (journal_pack.go). No id is given twice.
			`CREATE TABLE journal_packs (
				id INTEGER PRIMARY KEY AUTOINCREMENT,
				owner_id TEXT NOT NULL, binding_id INTEGER NOT NULL, class TEXT NOT NULL,
				body BLOB NOT NULL)`,
			`CREATE INDEX journal_packs_by_ref ON journal_packs (owner_id, binding_id, class, id)`,
		},
	}}
}

package bindings

import "github.com/bindery-sync/bindery/sources/sqlstore"

// learnMigrations are the steps of what is learned of clients, and of the memory by which a link's
// oscillation is recognised (docs/engine.md 5.3 to 5.6).
func learnMigrations() []sqlstore.Migration {
	return []sqlstore.Migration{{
		ID: "bindings-0040",
		SQLite: []string{
			`CREATE TABLE client_known (
				owner_id TEXT NOT NULL, client_id TEXT NOT NULL, class TEXT NOT NULL,
				known TEXT NOT NULL, changed_at INTEGER NOT NULL,
				PRIMARY KEY (owner_id, client_id, class)) WITHOUT ROWID`,
			`ALTER TABLE journal_links ADD COLUMN swing BLOB`,
		},
	}}
}

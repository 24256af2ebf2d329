package bindings

import "github.com/bindery-sync/bindery/sources/sqlstore"

// webSessionMigrations add the sessions of people who sign in with a browser.
func webSessionMigrations() []sqlstore.Migration {
	return []sqlstore.Migration{{
		ID: "bindings-20261121010",
		SQLite: []string{
			`CREATE TABLE web_sessions (
				owner_id TEXT NOT NULL, id TEXT NOT NULL, hash BLOB NOT NULL,
				created_at INTEGER NOT NULL, used_at INTEGER NOT NULL,
				PRIMARY KEY (owner_id, id)) WITHOUT ROWID`,
			`CREATE UNIQUE INDEX web_sessions_hash ON web_sessions (hash)`,
		},
	}}
}

package bindings

import "github.com/bindery-sync/bindery/sources/sqlstore"

// tokenMigrations add the tokens of programs and the bindings that phones were registered with, and
// find a binding's syncs quickly.
func tokenMigrations() []sqlstore.Migration {
	return []sqlstore.Migration{{
		ID: "bindings-0070",
		SQLite: []string{
			`CREATE TABLE tokens (
				owner_id TEXT NOT NULL, id TEXT NOT NULL, label TEXT NOT NULL, scope TEXT NOT NULL, hash BLOB NOT NULL,
				created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, used_at INTEGER NOT NULL,
				PRIMARY KEY (owner_id, id)) WITHOUT ROWID`,
			`CREATE UNIQUE INDEX tokens_hash ON tokens (hash)`,
			`CREATE TABLE phone_stores (
				owner_id TEXT NOT NULL, binding_id INTEGER NOT NULL, model TEXT NOT NULL, number TEXT NOT NULL,
				user TEXT NOT NULL, zone TEXT NOT NULL, created_at INTEGER NOT NULL,
				PRIMARY KEY (owner_id, binding_id)) WITHOUT ROWID`,
			`CREATE INDEX sync_log_by_binding ON sync_log (owner_id, binding_id, id)`,
		},
	}}
}

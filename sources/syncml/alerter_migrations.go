package syncml

import "github.com/bindery-sync/bindery/sources/sqlstore"

// alerterMigrations are the steps of what the server needs to call phones: how each is reached, what became of
// the last call, and what it calls our databases.
func alerterMigrations() []sqlstore.Migration {
	return []sqlstore.Migration{{ID: "syncml-0040", SQLite: []string{
		// Times are microseconds, 0 for never.
		`CREATE TABLE syncml_alerts (
			owner_id TEXT NOT NULL, client_id TEXT NOT NULL,
			address TEXT NOT NULL, server_id TEXT NOT NULL, version TEXT NOT NULL, password BLOB,
			session INTEGER NOT NULL, mode INTEGER NOT NULL, sent_at INTEGER NOT NULL, error TEXT NOT NULL,
			answered_at INTEGER NOT NULL, by_session INTEGER NOT NULL,
			PRIMARY KEY (owner_id, client_id))`,
		`ALTER TABLE syncml_anchors ADD COLUMN our_database TEXT NOT NULL DEFAULT ''`,
		`ALTER TABLE syncml_anchors ADD COLUMN class TEXT NOT NULL DEFAULT ''`,
	}}}
}

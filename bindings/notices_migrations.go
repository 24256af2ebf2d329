package bindings

import "github.com/bindery-sync/bindery/sources/sqlstore"

// noticeMigrations make the tables of what needs a person, and of the private addresses by which feed readers see it.
func noticeMigrations() []sqlstore.Migration {
	return []sqlstore.Migration{{
		ID: "bindings-20261122030",
		SQLite: []string{
			// Newest tells what of a matter's parts the notice covers: a number that grows with each of them.
			`CREATE TABLE notices (
				owner_id TEXT NOT NULL, id TEXT NOT NULL,
				kind TEXT NOT NULL, binding_id INTEGER NOT NULL, class TEXT NOT NULL, subject TEXT NOT NULL,
				count INTEGER NOT NULL, newest INTEGER NOT NULL, sentence TEXT NOT NULL,
				arisen_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, settled_at INTEGER NOT NULL,
				told_at INTEGER NOT NULL, attempts INTEGER NOT NULL, next_at INTEGER NOT NULL, error TEXT NOT NULL,
				PRIMARY KEY (owner_id, id)) WITHOUT ROWID`,
			`CREATE UNIQUE INDEX notices_open ON notices (owner_id, kind, binding_id, class, subject) WHERE settled_at = 0`,
			`CREATE INDEX notices_untold ON notices (next_at) WHERE settled_at = 0 AND told_at = 0`,
			`CREATE TABLE notice_feeds (
				owner_id TEXT NOT NULL PRIMARY KEY, hash BLOB NOT NULL, created_at INTEGER NOT NULL) WITHOUT ROWID`,
			`CREATE UNIQUE INDEX notice_feeds_hash ON notice_feeds (hash)`,
		},
	}, {
		ID: "bindings-20261123070",
		SQLite: []string{
			// Which bindings can have failed several times in a row, without looking through the log of each.
			`CREATE INDEX sync_log_abandoned ON sync_log (owner_id, binding_id, class) WHERE state = 'abandoned'`,
		},
	}}
}

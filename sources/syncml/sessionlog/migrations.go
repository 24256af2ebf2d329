package sessionlog

import "github.com/bindery-sync/bindery/sources/sqlstore"

// Migrations are the steps of this room's tables, for sqlstore.Store.Migrate. Times are microseconds since
// 1970. The id of a session is unique over the installation: people quote it.
func Migrations() []sqlstore.Migration {
	return []sqlstore.Migration{{ID: "syncml-0050", SQLite: []string{
		// A message that was refused before its log-in was verified has no owner, client and token, and a
		// row of its own.
		`CREATE TABLE syncml_log (
			owner_id TEXT NOT NULL, id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
			client_id TEXT NOT NULL, token TEXT NOT NULL,
			device_id TEXT NOT NULL, session_id TEXT NOT NULL, name TEXT NOT NULL,
			address TEXT NOT NULL, agent TEXT NOT NULL, version TEXT NOT NULL, encoding TEXT NOT NULL,
			started_at INTEGER NOT NULL, last_at INTEGER NOT NULL, messages INTEGER NOT NULL,
			bytes_in INTEGER NOT NULL, bytes_out INTEGER NOT NULL, stored INTEGER NOT NULL,
			ending TEXT NOT NULL DEFAULT '', why TEXT NOT NULL DEFAULT '', modes TEXT NOT NULL DEFAULT '',
			received INTEGER NOT NULL DEFAULT 0, sent INTEGER NOT NULL DEFAULT 0)`,
		`CREATE INDEX syncml_log_owner ON syncml_log (owner_id, id)`,
		`CREATE UNIQUE INDEX syncml_log_token ON syncml_log (owner_id, token) WHERE token <> ''`,
		`CREATE TABLE syncml_log_messages (
			owner_id TEXT NOT NULL, session INTEGER NOT NULL, n INTEGER NOT NULL,
			msg_id TEXT NOT NULL, at INTEGER NOT NULL, took INTEGER NOT NULL,
			bytes_in INTEGER NOT NULL, bytes_out INTEGER NOT NULL,
			http INTEGER NOT NULL, refused INTEGER NOT NULL, again INTEGER NOT NULL,
			request BLOB, reply BLOB,
			PRIMARY KEY (owner_id, session, n))`,
	}}}
}

package syncml

import (
	"slices"

	"github.com/bindery-sync/bindery/sources/sqlstore"
	"github.com/bindery-sync/bindery/sources/syncml/sessionlog"
)

// Migrations are the steps of this room's tables, for sqlstore.Store.Migrate.
func Migrations() []sqlstore.Migration {
	return slices.Concat(firstMigrations(), alerterMigrations(), guidMigrations(), sessionlog.Migrations(), resumeMigrations())
}

func firstMigrations() []sqlstore.Migration {
	return []sqlstore.Migration{{ID: "syncml-0001", SQLite: []string{
		// Before a log-in is verified there is no owner: the name that the phone logged in with stands
		// first, empty for a phone that was challenged.
		`CREATE TABLE syncml_nonces (
			login TEXT NOT NULL, device_id TEXT NOT NULL, nonce BLOB, changed_at INTEGER NOT NULL,
			PRIMARY KEY (login, device_id))`,
		`CREATE INDEX syncml_nonces_device ON syncml_nonces (device_id)`,
		`CREATE INDEX syncml_nonces_age ON syncml_nonces (login, changed_at)`,
		`CREATE TABLE syncml_devices (
			owner_id TEXT NOT NULL, client_id TEXT NOT NULL, device_id TEXT NOT NULL,
			devinf TEXT NOT NULL, document BLOB, changed_at INTEGER NOT NULL,
			PRIMARY KEY (owner_id, client_id))`,
		`CREATE TABLE syncml_anchors (
			owner_id TEXT NOT NULL, client_id TEXT NOT NULL, phone_database TEXT NOT NULL,
			phone_committed TEXT NOT NULL, our_committed TEXT NOT NULL,
			phone_pending TEXT NOT NULL, our_pending TEXT NOT NULL, arrived INTEGER NOT NULL,
			PRIMARY KEY (owner_id, client_id, phone_database))`,
		`CREATE TABLE syncml_sessions (
			owner_id TEXT NOT NULL, client_id TEXT NOT NULL, token TEXT NOT NULL,
			device_id TEXT NOT NULL, session_id TEXT NOT NULL, fence INTEGER NOT NULL,
			state BLOB NOT NULL, started_at INTEGER NOT NULL, touched_at INTEGER NOT NULL,
			ended_at INTEGER NOT NULL,
			PRIMARY KEY (owner_id, client_id, token))`,
		`CREATE UNIQUE INDEX syncml_sessions_token ON syncml_sessions (token)`,
		`CREATE INDEX syncml_sessions_age ON syncml_sessions (ended_at, touched_at)`,
		`CREATE TABLE syncml_messages (
			owner_id TEXT NOT NULL, client_id TEXT NOT NULL, token TEXT NOT NULL, hash BLOB NOT NULL,
			msg_id TEXT NOT NULL, opening INTEGER NOT NULL, stored_at INTEGER NOT NULL,
			content_type TEXT NOT NULL, reply BLOB,
			PRIMARY KEY (owner_id, client_id, token, hash))`,
		`CREATE TABLE syncml_chunks (
			owner_id TEXT NOT NULL, client_id TEXT NOT NULL, token TEXT NOT NULL, data BLOB,
			stored_at INTEGER NOT NULL,
			PRIMARY KEY (owner_id, client_id, token))`,
		`CREATE INDEX syncml_messages_hash ON syncml_messages (hash)`,
		`CREATE INDEX syncml_messages_age ON syncml_messages (stored_at)`,
	}}}
}

package bindings

import "github.com/bindery-sync/bindery/sources/sqlstore"

// accountMigrations are the tables of accounts, Sync Clients and bindings. Times are microseconds
// since 1970; 0 means never.
func accountMigrations() []sqlstore.Migration {
	return []sqlstore.Migration{
		{ID: "bindings-0001", SQLite: []string{accountsSQLite}},
		{ID: "bindings-0002", SQLite: []string{clientsSQLite, clientsDeviceSQLite}},
		{ID: "bindings-0003", SQLite: []string{
			bindingsSQLite, bindingsOwnerSQLite, bindingsDeferredSQLite, bindingsPairSQLite,
		}},
	}
}

const (
	// An account is its own owner. Log-in finds it by name_key, the case-folded name.
	accountsSQLite = `CREATE TABLE accounts (
	owner_id        TEXT    NOT NULL PRIMARY KEY,
	name            TEXT    NOT NULL,
	name_key        TEXT    NOT NULL UNIQUE,
	admin           INTEGER NOT NULL,
	md5_allowed     INTEGER NOT NULL,
	password_hash   TEXT    NOT NULL,
	password_secret BLOB,
	created_at      INTEGER NOT NULL
)`
	clientsSQLite = `CREATE TABLE clients (
	owner_id   TEXT    NOT NULL REFERENCES accounts (owner_id),
	id         TEXT    NOT NULL,
	kind       TEXT    NOT NULL,
	device_id  TEXT    NOT NULL,
	title      TEXT    NOT NULL,
	created_at INTEGER NOT NULL,
	bound      INTEGER NOT NULL,
	fence      INTEGER NOT NULL,
	PRIMARY KEY (owner_id, id)
)`
	clientsDeviceSQLite = `CREATE UNIQUE INDEX clients_device
	ON clients (owner_id, kind, device_id) WHERE device_id <> ''`

	// The id is unique over the installation and never used again: it is in URLs that people keep.
	// Deferred_id is the client that answers later, if one of the two does.
	bindingsSQLite = `CREATE TABLE bindings (
	owner_id        TEXT    NOT NULL,
	id              INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	source_id       TEXT    NOT NULL,
	target_id       TEXT    NOT NULL,
	deferred_id     TEXT    NOT NULL,
	conflict_winner TEXT    NOT NULL CHECK (conflict_winner IN ('source', 'target')),
	created_at      INTEGER NOT NULL,
	updated_at      INTEGER NOT NULL,
	removed_at      INTEGER NOT NULL,
	FOREIGN KEY (owner_id, source_id) REFERENCES clients (owner_id, id),
	FOREIGN KEY (owner_id, target_id) REFERENCES clients (owner_id, id)
)`
	bindingsOwnerSQLite    = `CREATE INDEX bindings_owner ON bindings (owner_id, id)`
	bindingsDeferredSQLite = `CREATE UNIQUE INDEX bindings_deferred
	ON bindings (owner_id, deferred_id) WHERE deferred_id <> '' AND removed_at = 0`
	bindingsPairSQLite = `CREATE UNIQUE INDEX bindings_pair
	ON bindings (owner_id, min(source_id, target_id), max(source_id, target_id)) WHERE removed_at = 0`
)

package datastore

import (
	"slices"

	"github.com/bindery-sync/bindery/sources/sqlstore"
)

// Migrations are the steps that make the tables of this room, oldest first.
func Migrations() []sqlstore.Migration {
	return append([]sqlstore.Migration{{ID: "datastore-0001", SQLite: []string{
		`CREATE TABLE datastore_clients (
			owner_id  TEXT    NOT NULL,
			client_id TEXT    NOT NULL,
			epoch     TEXT    NOT NULL,
			counter   INTEGER NOT NULL,
			floor     INTEGER NOT NULL,
			PRIMARY KEY (owner_id, client_id)
		) WITHOUT ROWID`,
		`CREATE TABLE datastore_items (
			owner_id   TEXT    NOT NULL,
			client_id  TEXT    NOT NULL,
			class      TEXT    NOT NULL,
			id         TEXT    NOT NULL,
			born       INTEGER NOT NULL,
			created    INTEGER NOT NULL,
			changed    INTEGER NOT NULL,
			died       INTEGER NOT NULL,
			dead       INTEGER NOT NULL,
			origin     TEXT    NOT NULL,
			add_key    TEXT    NOT NULL,
			changed_at INTEGER NOT NULL,
			type       TEXT    NOT NULL,
			body       BLOB    NOT NULL,
			PRIMARY KEY (owner_id, client_id, class, id)
		)`,
		`CREATE INDEX datastore_items_changed ON datastore_items (owner_id, client_id, class, changed)`,
		`CREATE UNIQUE INDEX datastore_items_key ON datastore_items (owner_id, client_id, add_key)
			WHERE add_key <> ''`,
	}}, {ID: "datastore-0002", SQLite: []string{
		`CREATE INDEX datastore_items_dead ON datastore_items (owner_id, client_id, changed_at) WHERE dead = 1`,
	}}}, slices.Concat(sinceMigrations(), headsMigrations(), touchedMigrations(), apartMigrations(), veiledMigrations())...)
}

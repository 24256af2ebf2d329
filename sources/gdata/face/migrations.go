package face

import "github.com/bindery-sync/bindery/sources/sqlstore"

// Migrations are the steps that make the tables of this room, oldest first.
func Migrations() []sqlstore.Migration {
	return []sqlstore.Migration{{ID: "face-20261122011", SQLite: []string{
		`CREATE TABLE gdata_entries (
			owner_id  TEXT NOT NULL,
			client_id TEXT NOT NULL,
			class     TEXT NOT NULL,
			id        TEXT NOT NULL,
			posted    TEXT NOT NULL,
			entry     BLOB NOT NULL,
			PRIMARY KEY (owner_id, client_id, class, id)
		) WITHOUT ROWID`,
		`CREATE INDEX gdata_entries_posted ON gdata_entries (owner_id, client_id, class, posted) WHERE posted <> ''`,
		`CREATE TABLE gdata_groups (
			owner_id   TEXT    NOT NULL,
			client_id  TEXT    NOT NULL,
			id         TEXT    NOT NULL,
			title      TEXT    NOT NULL,
			was        TEXT    NOT NULL,
			dead       INTEGER NOT NULL,
			changed    INTEGER NOT NULL,
			changed_at INTEGER NOT NULL,
			PRIMARY KEY (owner_id, client_id, id)
		) WITHOUT ROWID`,
		`CREATE TABLE gdata_faces (
			owner_id  TEXT    NOT NULL,
			client_id TEXT    NOT NULL,
			class     TEXT    NOT NULL,
			seen      INTEGER NOT NULL,
			counter   INTEGER NOT NULL,
			clock     INTEGER NOT NULL,
			PRIMARY KEY (owner_id, client_id, class)
		) WITHOUT ROWID`,
	}}}
}

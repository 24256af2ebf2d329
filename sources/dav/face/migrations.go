package face

import "github.com/bindery-sync/bindery/sources/sqlstore"

// Migrations are the steps that make the tables of this room, oldest first.
//
// A collection is a datastore client that somebody made by DAV. A property is one that the server only keeps: of an
// item, of a collection if item is ”, of a home or the principal if client_id is ” and part names that.
//
// The index says of each item when it takes place and which words people look for; it covers the changes up to a number
// and is brought up to date before it is asked (see index.go).
func Migrations() []sqlstore.Migration {
	return []sqlstore.Migration{{ID: "dav-20261122010", SQLite: []string{
		`CREATE TABLE dav_collections (
			owner_id  TEXT NOT NULL,
			home      TEXT NOT NULL,
			name      TEXT NOT NULL,
			client_id TEXT NOT NULL,
			class     TEXT NOT NULL,
			PRIMARY KEY (owner_id, home, name)
		) WITHOUT ROWID`,
		`CREATE TABLE dav_properties (
			owner_id  TEXT NOT NULL,
			client_id TEXT NOT NULL,
			part      TEXT NOT NULL,
			item      TEXT NOT NULL,
			space     TEXT NOT NULL,
			local     TEXT NOT NULL,
			value     TEXT NOT NULL,
			PRIMARY KEY (owner_id, client_id, part, item, space, local)
		) WITHOUT ROWID`,
	}}, {ID: "dav-20261122011", SQLite: []string{
		`CREATE TABLE dav_index (
			owner_id  TEXT    NOT NULL,
			client_id TEXT    NOT NULL,
			class     TEXT    NOT NULL,
			id        TEXT    NOT NULL,
			starts    INTEGER NOT NULL,
			ends      INTEGER NOT NULL,
			words     TEXT    NOT NULL,
			PRIMARY KEY (owner_id, client_id, class, id)
		) WITHOUT ROWID`,
		`CREATE TABLE dav_indexed (
			owner_id  TEXT    NOT NULL,
			client_id TEXT    NOT NULL,
			class     TEXT    NOT NULL,
			epoch     TEXT    NOT NULL,
			upto      INTEGER NOT NULL,
			PRIMARY KEY (owner_id, client_id, class)
		) WITHOUT ROWID`,
	}}, {ID: "dav-20261122012", SQLite: []string{
		`CREATE TABLE dav_files (
			owner_id   TEXT    NOT NULL,
			path       TEXT    NOT NULL,
			folder     INTEGER NOT NULL,
			type       TEXT    NOT NULL,
			changed_at INTEGER NOT NULL,
			body       BLOB    NOT NULL,
			PRIMARY KEY (owner_id, path)
		)`,
	}}, {ID: "dav-20261123030", SQLite: []string{
		// What is over before a range is not looked at.
		`CREATE INDEX dav_index_time ON dav_index (owner_id, client_id, class, ends, id, starts) WHERE class <> 'Contacts'`,
	}}, {ID: "dav-20261125011", SQLite: []string{
		`ALTER TABLE dav_files ADD COLUMN created_at INTEGER NOT NULL DEFAULT 0`,
	}}}
}

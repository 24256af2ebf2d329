package dav

import "github.com/bindery-sync/bindery/sources/sqlstore"

// Migrations are the steps that make the tables of this room, oldest first.
func Migrations() []sqlstore.Migration {
	return []sqlstore.Migration{{ID: "dav-client-20261123001", SQLite: []string{
		// How far a collection was read for one class: what its server names that state by, and the number of the last
		// change that was noticed.
		`CREATE TABLE dav_client_feeds (
			owner_id  TEXT    NOT NULL,
			client_id TEXT    NOT NULL,
			class     TEXT    NOT NULL,
			address   TEXT    NOT NULL,
			epoch     TEXT    NOT NULL,
			counter   INTEGER NOT NULL,
			floor     INTEGER NOT NULL,
			token     TEXT    NOT NULL,
			ctag      TEXT    NOT NULL,
			knows     TEXT    NOT NULL,
			PRIMARY KEY (owner_id, client_id, class)
		) WITHOUT ROWID`,
		`CREATE TABLE dav_client_items (
			owner_id  TEXT    NOT NULL,
			client_id TEXT    NOT NULL,
			class     TEXT    NOT NULL,
			id        TEXT    NOT NULL,
			href      TEXT    NOT NULL,
			etag      TEXT    NOT NULL,
			rev       TEXT    NOT NULL,
			uid       TEXT    NOT NULL,
			version   TEXT    NOT NULL,
			born      INTEGER NOT NULL,
			created   INTEGER NOT NULL,
			changed   INTEGER NOT NULL,
			died      INTEGER NOT NULL,
			dead      INTEGER NOT NULL,
			other     INTEGER NOT NULL,
			origin    TEXT    NOT NULL,
			add_key   TEXT    NOT NULL,
			first     TEXT    NOT NULL,
			at        INTEGER NOT NULL,
			PRIMARY KEY (owner_id, client_id, class, id)
		) WITHOUT ROWID`,
		`CREATE INDEX dav_client_items_changed ON dav_client_items (owner_id, client_id, class, changed)`,
		`CREATE INDEX dav_client_items_href ON dav_client_items (owner_id, client_id, class, href)`,
		`CREATE INDEX dav_client_items_uid ON dav_client_items (owner_id, client_id, class, uid)`,
		`CREATE UNIQUE INDEX dav_client_items_key ON dav_client_items (owner_id, client_id, class, add_key) WHERE add_key <> ''`,
		// Adds that are under way: where, and under which UID, a key is about to make an item.
		`CREATE TABLE dav_client_adds (
			owner_id  TEXT    NOT NULL,
			client_id TEXT    NOT NULL,
			class     TEXT    NOT NULL,
			add_key   TEXT    NOT NULL,
			origin    TEXT    NOT NULL,
			uid       TEXT    NOT NULL,
			href      TEXT    NOT NULL,
			at        INTEGER NOT NULL,
			PRIMARY KEY (owner_id, client_id, class, add_key)
		) WITHOUT ROWID`,
	}}, {ID: "dav-client-20261123002", SQLite: []string{
		// The counter when the server was last asked: of own writes after it, it has to tell.
		`ALTER TABLE dav_client_feeds ADD COLUMN settled INTEGER NOT NULL DEFAULT 0`,
	}}, earlierTable(), {ID: "dav-client-20261123072", SQLite: []string{
		// What an item under way says, for servers that give it another UID and another path.
		`ALTER TABLE dav_client_adds ADD COLUMN says TEXT NOT NULL DEFAULT ''`,
	}}}
}

// earlierTable makes what tells that a server went back.
func earlierTable() sqlstore.Migration {
	return sqlstore.Migration{ID: "dav-client-20261123061", SQLite: []string{
		`ALTER TABLE dav_client_items ADD COLUMN modified INTEGER NOT NULL DEFAULT 0`,
		`ALTER TABLE dav_client_items ADD COLUMN earlier INTEGER NOT NULL DEFAULT 0`,
		// The states in which items were before, and when they were changed to be so.
		`CREATE TABLE dav_client_earlier (
			owner_id  TEXT    NOT NULL,
			client_id TEXT    NOT NULL,
			class     TEXT    NOT NULL,
			id        TEXT    NOT NULL,
			etag      TEXT    NOT NULL,
			rev       TEXT    NOT NULL,
			modified  INTEGER NOT NULL,
			at        INTEGER NOT NULL,
			PRIMARY KEY (owner_id, client_id, class, id, etag, rev, modified)
		) WITHOUT ROWID`,
		`CREATE INDEX dav_client_earlier_at ON dav_client_earlier (owner_id, client_id, class, at)`,
	}}
}

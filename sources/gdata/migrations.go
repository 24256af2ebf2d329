package gdata

import "github.com/bindery-sync/bindery/sources/sqlstore"

// Migrations are the steps that make the tables of this room, oldest first.
func Migrations() []sqlstore.Migration {
	return []sqlstore.Migration{{ID: "gdata-20261122010", SQLite: []string{
		// How far a feed was read: the time of its server, and the number of the last change that was noticed.
		`CREATE TABLE gdata_feeds (
			owner_id  TEXT    NOT NULL,
			client_id TEXT    NOT NULL,
			class     TEXT    NOT NULL,
			address   TEXT    NOT NULL,
			epoch     TEXT    NOT NULL,
			counter   INTEGER NOT NULL,
			floor     INTEGER NOT NULL,
			anchor    TEXT    NOT NULL,
			groups    TEXT    NOT NULL,
			groups_at INTEGER NOT NULL,
			PRIMARY KEY (owner_id, client_id, class)
		) WITHOUT ROWID`,
		`CREATE TABLE gdata_items (
			owner_id  TEXT    NOT NULL,
			client_id TEXT    NOT NULL,
			class     TEXT    NOT NULL,
			id        TEXT    NOT NULL,
			rev       TEXT    NOT NULL,
			hash      TEXT    NOT NULL,
			self      TEXT    NOT NULL,
			member    TEXT    NOT NULL,
			born      INTEGER NOT NULL,
			created   INTEGER NOT NULL,
			changed   INTEGER NOT NULL,
			died      INTEGER NOT NULL,
			dead      INTEGER NOT NULL,
			origin    TEXT    NOT NULL,
			add_key   TEXT    NOT NULL,
			first     TEXT    NOT NULL,
			at        INTEGER NOT NULL,
			PRIMARY KEY (owner_id, client_id, class, id)
		) WITHOUT ROWID`,
		`CREATE INDEX gdata_items_changed ON gdata_items (owner_id, client_id, class, changed)`,
		`CREATE UNIQUE INDEX gdata_items_key ON gdata_items (owner_id, client_id, add_key) WHERE add_key <> ''`,
		// The entries of exceptions, by the series that they belong to.
		`CREATE TABLE gdata_parts (
			owner_id  TEXT    NOT NULL,
			client_id TEXT    NOT NULL,
			item      TEXT    NOT NULL,
			id        TEXT    NOT NULL,
			hash      TEXT    NOT NULL,
			self      TEXT    NOT NULL,
			PRIMARY KEY (owner_id, client_id, item, id)
		) WITHOUT ROWID`,
		`CREATE INDEX gdata_parts_id ON gdata_parts (owner_id, client_id, id)`,
		// Adds that are under way: which key is about to make an item that says what.
		`CREATE TABLE gdata_adds (
			owner_id  TEXT    NOT NULL,
			client_id TEXT    NOT NULL,
			class     TEXT    NOT NULL,
			add_key   TEXT    NOT NULL,
			origin    TEXT    NOT NULL,
			says      TEXT    NOT NULL,
			at        INTEGER NOT NULL,
			PRIMARY KEY (owner_id, client_id, class, add_key)
		) WITHOUT ROWID`,
	}}, {ID: "gdata-20261122011", SQLite: []string{
		`ALTER TABLE gdata_adds ADD COLUMN uid TEXT NOT NULL DEFAULT ''`,
	}}, trustTables(), earlierTable(), namesTable(), {ID: "gdata-20261124075", SQLite: []string{
		// The UID that an item is shown with; '' where it shows none, or was read before that was noted.
		`ALTER TABLE gdata_items ADD COLUMN uid TEXT NOT NULL DEFAULT ''`,
		`CREATE INDEX gdata_items_uid ON gdata_items (owner_id, client_id, class, uid) WHERE uid <> ''`,
	}}}
}

// trustTables makes what tells whether a listing shows what its user wished.
func trustTables() sqlstore.Migration {
	return sqlstore.Migration{ID: "gdata-20261122012", SQLite: []string{
		// Edits of series that are under way: what the item was, and what it is to be.
		`CREATE TABLE gdata_edits (
			owner_id    TEXT    NOT NULL,
			client_id   TEXT    NOT NULL,
			class       TEXT    NOT NULL,
			id          TEXT    NOT NULL,
			hash        TEXT    NOT NULL,
			master      INTEGER NOT NULL,
			before_type TEXT    NOT NULL,
			before_data BLOB,
			wanted_type TEXT    NOT NULL,
			wanted_data BLOB    NOT NULL,
			at          INTEGER NOT NULL,
			PRIMARY KEY (owner_id, client_id, class, id)
		) WITHOUT ROWID`,
		// Items that a listing of everything left out, and that the server said not to have when it was asked for some.
		`ALTER TABLE gdata_items ADD COLUMN absent INTEGER NOT NULL DEFAULT 0`,
	}}
}

// earlierTable makes what tells that a server went back.
func earlierTable() sqlstore.Migration {
	return sqlstore.Migration{ID: "gdata-20261123060", SQLite: []string{
		`ALTER TABLE gdata_items ADD COLUMN updated INTEGER NOT NULL DEFAULT 0`,
		`ALTER TABLE gdata_items ADD COLUMN earlier INTEGER NOT NULL DEFAULT 0`,
		// The states in which items were before, and when they were changed to be so.
		`CREATE TABLE gdata_earlier (
			owner_id  TEXT    NOT NULL,
			client_id TEXT    NOT NULL,
			class     TEXT    NOT NULL,
			id        TEXT    NOT NULL,
			rev       TEXT    NOT NULL,
			updated   INTEGER NOT NULL,
			at        INTEGER NOT NULL,
			PRIMARY KEY (owner_id, client_id, class, id, rev, updated)
		) WITHOUT ROWID`,
		`CREATE INDEX gdata_earlier_at ON gdata_earlier (owner_id, client_id, class, at)`,
	}}
}

package gdata

import "github.com/bindery-sync/bindery/sources/sqlstore"

// namesTable makes what tells which id the server has given an item since it was first seen.
func namesTable() sqlstore.Migration {
	return sqlstore.Migration{ID: "gdata-20261124040", SQLite: []string{
		`CREATE TABLE gdata_names (
			owner_id  TEXT NOT NULL,
			client_id TEXT NOT NULL,
			class     TEXT NOT NULL,
			entry     TEXT NOT NULL,
			item      TEXT NOT NULL,
			PRIMARY KEY (owner_id, client_id, class, entry)
		) WITHOUT ROWID`,
		`CREATE INDEX gdata_names_item ON gdata_names (owner_id, client_id, class, item)`,
	}}
}

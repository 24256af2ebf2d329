package named

import "github.com/bindery-sync/bindery/sources/sqlstore"

// Migrations are the steps that make the tables of this room, oldest first.
func Migrations() []sqlstore.Migration {
	return []sqlstore.Migration{{ID: "cmd-20261123020", SQLite: []string{
		`CREATE TABLE dav_named (
			owner_id  TEXT NOT NULL,
			client_id TEXT NOT NULL,
			address   TEXT NOT NULL,
			user      TEXT NOT NULL,
			PRIMARY KEY (owner_id, client_id)
		) WITHOUT ROWID`,
		`CREATE UNIQUE INDEX dav_named_address ON dav_named (owner_id, address, user)`,
		`CREATE TABLE dav_named_collections (
			owner_id  TEXT NOT NULL,
			client_id TEXT NOT NULL,
			class     TEXT NOT NULL,
			address   TEXT NOT NULL,
			PRIMARY KEY (owner_id, client_id, class)
		) WITHOUT ROWID`,
	}}}
}

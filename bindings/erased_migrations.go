package bindings

import "github.com/bindery-sync/bindery/sources/sqlstore"

// erasedMigrations make the list of accounts that were removed lately. It has no owner's rows: the owners are gone.
func erasedMigrations() []sqlstore.Migration {
	return []sqlstore.Migration{{
		ID:     "bindings-20261122050",
		SQLite: []string{`CREATE TABLE erased (account TEXT NOT NULL PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID`},
	}}
}

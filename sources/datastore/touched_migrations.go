package datastore

import "github.com/bindery-sync/bindery/sources/sqlstore"

// touchedMigrations let clients be found that changed. What changed before does not count.
func touchedMigrations() []sqlstore.Migration {
	return []sqlstore.Migration{{ID: "datastore-20261122021", SQLite: []string{
		`ALTER TABLE datastore_clients ADD COLUMN observed INTEGER NOT NULL DEFAULT 0`,
		`UPDATE datastore_clients SET observed = counter`,
		`CREATE INDEX datastore_clients_touched ON datastore_clients (owner_id, client_id) WHERE counter <> observed`,
	}}}
}

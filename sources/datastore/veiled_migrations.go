package datastore

import "github.com/bindery-sync/bindery/sources/sqlstore"

// veiledMigrations let an item be shown under the UID that it had for programs before it had one of its own, and tell when it
// was made. Of what was made before, that is known where it was not changed since.
func veiledMigrations() []sqlstore.Migration {
	return []sqlstore.Migration{{ID: "datastore-20261125010", SQLite: []string{
		`ALTER TABLE datastore_items ADD COLUMN veiled INTEGER NOT NULL DEFAULT 0`,
		`ALTER TABLE datastore_items ADD COLUMN created_at INTEGER NOT NULL DEFAULT 0`,
		`DROP INDEX datastore_items_heads`,
		`CREATE INDEX datastore_items_heads ON datastore_items
			(owner_id, client_id, class, changed, dead, id, changed_at, created_at, created)`,
	}}}
}

package datastore

import "github.com/bindery-sync/bindery/sources/sqlstore"

// headsMigrations let items be listed without a look at them, and found by their UID. A UID that is NULL was not read
// yet.
func headsMigrations() []sqlstore.Migration {
	return []sqlstore.Migration{{ID: "datastore-20261122020", SQLite: []string{
		`ALTER TABLE datastore_items ADD COLUMN uid TEXT`,
		`CREATE INDEX datastore_items_uid ON datastore_items (owner_id, client_id, class, uid) WHERE uid <> ''`,
		`CREATE INDEX datastore_items_unread ON datastore_items (owner_id, client_id, class) WHERE uid IS NULL`,
		`CREATE INDEX datastore_items_heads ON datastore_items (owner_id, client_id, class, changed, dead, id, changed_at)`,
		`DROP INDEX datastore_items_changed`,
	}}}
}

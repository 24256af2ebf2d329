package datastore

import "github.com/bindery-sync/bindery/sources/sqlstore"

// sinceMigrations make the times of changes follow their numbers: within a client a later change has a later time.
func sinceMigrations() []sqlstore.Migration {
	return []sqlstore.Migration{{ID: "datastore-20261122010", SQLite: []string{
		`ALTER TABLE datastore_clients ADD COLUMN clock INTEGER NOT NULL DEFAULT 0`,
		`ALTER TABLE datastore_clients ADD COLUMN floor_at INTEGER NOT NULL DEFAULT 0`,
		// The clock of the machine may have been set back while these were written.
		`WITH run AS (SELECT rowid AS r, MAX(changed_at) OVER (PARTITION BY owner_id, client_id ORDER BY changed) AS at FROM datastore_items)
			UPDATE datastore_items SET changed_at = run.at FROM run WHERE run.r = datastore_items.rowid AND changed_at < run.at`,
		`UPDATE datastore_clients AS c SET clock = (SELECT COALESCE(MAX(changed_at), 0) FROM datastore_items i
			WHERE i.owner_id = c.owner_id AND i.client_id = c.client_id)`,
		// When what was forgotten so far was deleted is not known.
		`UPDATE datastore_clients SET floor_at = clock WHERE floor > 0`,
		`CREATE INDEX datastore_items_time ON datastore_items (owner_id, client_id, class, changed_at, changed)`,
	}}}
}

package bindings

import "github.com/bindery-sync/bindery/sources/sqlstore"

// startMigrations make the tables of what the server starts by itself. Schedules of before are planned by the runner.
func startMigrations() []sqlstore.Migration {
	return []sqlstore.Migration{{
		ID: "bindings-20261122020",
		SQLite: []string{
			`CREATE TABLE starts (
				owner_id TEXT NOT NULL, binding_id INTEGER NOT NULL, schedule_id INTEGER NOT NULL,
				due_at INTEGER NOT NULL, classes TEXT NOT NULL, marks INTEGER NOT NULL, marked_at INTEGER NOT NULL,
				lease_until INTEGER NOT NULL, fence INTEGER NOT NULL,
				last_at INTEGER NOT NULL, ended_at INTEGER NOT NULL, outcome TEXT NOT NULL, why TEXT NOT NULL, failures INTEGER NOT NULL,
				PRIMARY KEY (owner_id, binding_id, schedule_id)) WITHOUT ROWID`,
			`CREATE INDEX starts_due ON starts (due_at) WHERE due_at <> 0`,
			`INSERT INTO starts SELECT owner_id, binding_id, id, -1, '', 0, 0, 0, 0, 0, 0, '', '', 0 FROM schedules`,
			`CREATE TABLE unauthorised (
				owner_id TEXT NOT NULL, client_id TEXT NOT NULL, why TEXT NOT NULL, since INTEGER NOT NULL,
				PRIMARY KEY (owner_id, client_id)) WITHOUT ROWID`,
		},
	}, {
		ID: "bindings-20261122021",
		SQLite: []string{
			`ALTER TABLE accounts ADD COLUMN zone TEXT NOT NULL DEFAULT ''`,
			`ALTER TABLE bindings ADD COLUMN on_change TEXT NOT NULL DEFAULT ''`,
		},
	}, {
		ID: "bindings-20261122022",
		SQLite: []string{
			`UPDATE bindings SET on_change = CASE WHEN EXISTS (SELECT 1 FROM clients c WHERE c.owner_id = bindings.owner_id
				AND c.id IN (bindings.source_id, bindings.target_id) AND c.kind IN ('syncml', 'filedir')) THEN 'no' ELSE 'yes' END
				WHERE on_change = ''`,
		},
	}}
}

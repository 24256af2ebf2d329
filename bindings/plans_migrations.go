package bindings

import "github.com/bindery-sync/bindery/sources/sqlstore"

// planMigrations are the steps of what the guard holds.
func planMigrations() []sqlstore.Migration {
	return []sqlstore.Migration{{
		ID: "bindings-0020",
		SQLite: []string{
			`ALTER TABLE sync_log ADD COLUMN plan TEXT NOT NULL DEFAULT ''`,
			`CREATE TABLE plans (
				owner_id TEXT NOT NULL, id TEXT NOT NULL, seq INTEGER NOT NULL,
				binding_id INTEGER NOT NULL, class TEXT NOT NULL, state INTEGER NOT NULL,
				made_at INTEGER NOT NULL, decided_at INTEGER NOT NULL,
				PRIMARY KEY (owner_id, id)) WITHOUT ROWID`,
			`CREATE INDEX plans_by_ref ON plans (owner_id, binding_id, class, seq) WHERE state < 3`,
			`CREATE TABLE plan_holds (
				owner_id TEXT NOT NULL, plan_id TEXT NOT NULL, link_id INTEGER NOT NULL, side INTEGER NOT NULL,
				item TEXT NOT NULL, verb INTEGER NOT NULL, rev TEXT NOT NULL, print BLOB NOT NULL,
				why INTEGER NOT NULL, title TEXT NOT NULL,
				PRIMARY KEY (owner_id, plan_id, link_id, side)) WITHOUT ROWID`,
		},
	}}
}

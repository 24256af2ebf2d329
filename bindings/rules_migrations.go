package bindings

import "github.com/bindery-sync/bindery/sources/sqlstore"

// failingMigration is the step that tells failures of servers from refusals.
const failingMigration = "bindings-20261123080"

// rulesMigrations count what failed of an item, give each item in quarantine a number, and let a binding
// say that a delete beats an edit and what its clients are sent.
func rulesMigrations() []sqlstore.Migration {
	return []sqlstore.Migration{{
		ID: "bindings-0050",
		SQLite: []string{
			`CREATE TABLE journal_failures (
				owner_id TEXT NOT NULL, binding_id INTEGER NOT NULL, class TEXT NOT NULL,
				link_id INTEGER NOT NULL, side INTEGER NOT NULL,
				failures INTEGER NOT NULL, why TEXT NOT NULL, at INTEGER NOT NULL,
				PRIMARY KEY (owner_id, binding_id, class, link_id, side)) WITHOUT ROWID`,
			`ALTER TABLE quarantine RENAME TO quarantine_unnumbered`,
			`CREATE TABLE quarantine (
				id INTEGER PRIMARY KEY AUTOINCREMENT,
				owner_id TEXT NOT NULL, binding_id INTEGER NOT NULL, class TEXT NOT NULL,
				side INTEGER NOT NULL, item TEXT NOT NULL, rev TEXT NOT NULL,
				type TEXT NOT NULL, body BLOB, why TEXT NOT NULL, run_id INTEGER NOT NULL, at INTEGER NOT NULL,
				again INTEGER NOT NULL DEFAULT 0)`,
			`INSERT INTO quarantine (owner_id, binding_id, class, side, item, rev, type, body, why, run_id, at)
				SELECT owner_id, binding_id, class, side, item, rev, type, body, why, run_id, at FROM quarantine_unnumbered`,
			`DROP TABLE quarantine_unnumbered`,
			`CREATE UNIQUE INDEX quarantine_by_item ON quarantine (owner_id, binding_id, class, side, item)`,
		},
	}, {
		// Whether the side called the last failure its own fault. What an earlier version set aside by that is tried again.
		ID: failingMigration,
		SQLite: []string{
			`ALTER TABLE journal_failures ADD COLUMN passing INTEGER NOT NULL DEFAULT 0`,
			`UPDATE journal_failures SET passing = 1
				WHERE why LIKE '%the server answered 500 %' OR why LIKE '%the server answered 502 %' OR why LIKE '%the server answered 504 %'`,
		},
	}, {
		ID:     "bindings-0051",
		SQLite: []string{`ALTER TABLE bindings ADD COLUMN delete_wins INTEGER NOT NULL DEFAULT 0`},
	}, {
		ID: "bindings-0052",
		SQLite: []string{
			`CREATE TABLE binding_filters (
				owner_id TEXT NOT NULL, binding_id INTEGER NOT NULL, class TEXT NOT NULL, side INTEGER NOT NULL,
				days_back INTEGER NOT NULL, days_ahead INTEGER NOT NULL, category TEXT NOT NULL,
				PRIMARY KEY (owner_id, binding_id, class, side)) WITHOUT ROWID`,
			`ALTER TABLE journal_states ADD COLUMN source_range TEXT NOT NULL DEFAULT ''`,
			`ALTER TABLE journal_states ADD COLUMN target_range TEXT NOT NULL DEFAULT ''`,
		},
	}}
}

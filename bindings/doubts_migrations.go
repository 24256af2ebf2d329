package bindings

import "github.com/bindery-sync/bindery/sources/sqlstore"

// doubtMigrations add the review list of doubtful pairs, and the binding's word on twins.
func doubtMigrations() []sqlstore.Migration {
	return []sqlstore.Migration{{
		ID: "bindings-0030",
		SQLite: []string{
			`CREATE TABLE doubts (
				owner_id TEXT NOT NULL, binding_id INTEGER NOT NULL, class TEXT NOT NULL,
				source_link INTEGER NOT NULL, target_link INTEGER NOT NULL,
				id INTEGER NOT NULL, score REAL NOT NULL, since INTEGER NOT NULL, verdict INTEGER NOT NULL DEFAULT 0,
				PRIMARY KEY (owner_id, binding_id, class, source_link, target_link)) WITHOUT ROWID`,
			`CREATE INDEX doubts_by_id ON doubts (owner_id, id)`,
			`INSERT INTO journal_counters (name, next) VALUES ('doubts', 1)`,
			`ALTER TABLE bindings ADD COLUMN remove_twins INTEGER NOT NULL DEFAULT 0`,
		},
	}, {
		// A verdict of before names no contents, so it holds for none.
		ID: "bindings-20261122060",
		SQLite: []string{
			`ALTER TABLE doubts ADD COLUMN judged_source BLOB`,
			`ALTER TABLE doubts ADD COLUMN judged_target BLOB`,
			`UPDATE doubts SET verdict = 0 WHERE verdict = 1`,
		},
	}}
}

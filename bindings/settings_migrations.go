package bindings

import "github.com/bindery-sync/bindery/sources/sqlstore"

// settingsMigrations let a binding say what it synchronises, in which direction, and whether it asks before a slow
// sync.
func settingsMigrations() []sqlstore.Migration {
	return []sqlstore.Migration{{
		ID: "bindings-20261121030",
		SQLite: []string{
			`ALTER TABLE bindings ADD COLUMN classes TEXT NOT NULL DEFAULT ''`,
			`ALTER TABLE bindings ADD COLUMN direction TEXT NOT NULL DEFAULT 'two-way'`,
			`ALTER TABLE bindings ADD COLUMN ask_slow INTEGER NOT NULL DEFAULT 0`,
		},
	}, {
		// A removed client keeps its row: its bindings and their history name it, and it can be brought back.
		ID: "bindings-20261121031",
		SQLite: []string{
			`ALTER TABLE clients ADD COLUMN zone TEXT NOT NULL DEFAULT ''`,
			`ALTER TABLE clients ADD COLUMN removed_at INTEGER NOT NULL DEFAULT 0`,
			`ALTER TABLE clients ADD COLUMN replaced_by TEXT NOT NULL DEFAULT ''`,
			`ALTER TABLE journal_states ADD COLUMN strange INTEGER NOT NULL DEFAULT 0`,
		},
	}}
}

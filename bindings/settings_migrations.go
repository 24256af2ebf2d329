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
	}}
}

package bindings

import "github.com/bindery-sync/bindery/sources/sqlstore"

// restlessMigrations are the steps of the index of links that need something by themselves: most bindings have none.
func restlessMigrations() []sqlstore.Migration {
	return []sqlstore.Migration{{
		ID: "bindings-20261121050",
		SQLite: []string{
			`CREATE INDEX journal_links_restless ON journal_links (owner_id, binding_id, class)
				WHERE (doomed <> 0 OR source_item = '' OR source_owed <> 0 OR target_item = '' OR target_owed <> 0)`,
		},
	}}
}

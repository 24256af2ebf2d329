package bindings

import "github.com/bindery-sync/bindery/sources/sqlstore"

// journalMigrations are the steps of the engine's memory: where a binding and dataclass stand, its
// links, open ops, log, quarantine, history, and the inbox of phones.
func journalMigrations() []sqlstore.Migration {
	return []sqlstore.Migration{{
		ID: "bindings-0010",
		SQLite: []string{
			`CREATE TABLE journal_states (
				owner_id TEXT NOT NULL, binding_id INTEGER NOT NULL, class TEXT NOT NULL,
				fence INTEGER NOT NULL DEFAULT 0, lease_until INTEGER NOT NULL DEFAULT 0, lease_holder TEXT NOT NULL DEFAULT '',
				source_cursor TEXT NOT NULL DEFAULT '', target_cursor TEXT NOT NULL DEFAULT '',
				maps_late INTEGER NOT NULL DEFAULT 0,
				PRIMARY KEY (owner_id, binding_id, class)) WITHOUT ROWID`,
			`CREATE TABLE journal_counters (name TEXT NOT NULL PRIMARY KEY, next INTEGER NOT NULL) WITHOUT ROWID`,
			`INSERT INTO journal_counters (name, next) VALUES ('journal_links', 1), ('journal_intents', 1)`,
			`CREATE TABLE journal_links (
				id INTEGER PRIMARY KEY,
				owner_id TEXT NOT NULL, binding_id INTEGER NOT NULL, class TEXT NOT NULL,
				doomed INTEGER NOT NULL,
				base_print BLOB NOT NULL, base_type TEXT NOT NULL, base_body BLOB,
				source_item TEXT NOT NULL, source_rev TEXT NOT NULL, source_owed INTEGER NOT NULL,
				source_print BLOB NOT NULL, source_held INTEGER NOT NULL, source_type TEXT NOT NULL, source_body BLOB, source_sent BLOB,
				target_item TEXT NOT NULL, target_rev TEXT NOT NULL, target_owed INTEGER NOT NULL,
				target_print BLOB NOT NULL, target_held INTEGER NOT NULL, target_type TEXT NOT NULL, target_body BLOB, target_sent BLOB)`,
			`CREATE INDEX journal_links_by_ref ON journal_links (owner_id, binding_id, class, id)`,
			`CREATE INDEX journal_links_by_source ON journal_links (owner_id, binding_id, class, source_item) WHERE source_item <> ''`,
			`CREATE INDEX journal_links_by_target ON journal_links (owner_id, binding_id, class, target_item) WHERE target_item <> ''`,
			`CREATE TABLE journal_intents (
				id INTEGER PRIMARY KEY,
				owner_id TEXT NOT NULL, binding_id INTEGER NOT NULL, class TEXT NOT NULL,
				link_id INTEGER NOT NULL, run_id INTEGER NOT NULL, side INTEGER NOT NULL, state INTEGER NOT NULL,
				op_key TEXT NOT NULL, verb INTEGER NOT NULL, item TEXT NOT NULL, if_rev TEXT NOT NULL,
				print BLOB NOT NULL, of_base INTEGER NOT NULL, type TEXT NOT NULL, body BLOB,
				mapped TEXT NOT NULL, made_at INTEGER NOT NULL)`,
			`CREATE INDEX journal_intents_by_ref ON journal_intents (owner_id, binding_id, class, state, id)`,
			`CREATE TABLE sync_log (
				id INTEGER PRIMARY KEY AUTOINCREMENT,
				owner_id TEXT NOT NULL, binding_id INTEGER NOT NULL, class TEXT NOT NULL,
				session TEXT NOT NULL, mode INTEGER NOT NULL, state TEXT NOT NULL, planned INTEGER NOT NULL,
				started_at INTEGER NOT NULL, finished_at INTEGER NOT NULL,
				source_kind TEXT NOT NULL, target_kind TEXT NOT NULL,
				duplicates INTEGER NOT NULL, removed INTEGER NOT NULL, conflicts INTEGER NOT NULL,
				held INTEGER NOT NULL, quarantined INTEGER NOT NULL, restored INTEGER NOT NULL,
				source_adds_in INTEGER NOT NULL, source_replaces_in INTEGER NOT NULL, source_deletes_in INTEGER NOT NULL,
				source_adds_out INTEGER NOT NULL, source_replaces_out INTEGER NOT NULL, source_deletes_out INTEGER NOT NULL,
				target_adds_in INTEGER NOT NULL, target_replaces_in INTEGER NOT NULL, target_deletes_in INTEGER NOT NULL,
				target_adds_out INTEGER NOT NULL, target_replaces_out INTEGER NOT NULL, target_deletes_out INTEGER NOT NULL)`,
			`CREATE INDEX sync_log_by_owner ON sync_log (owner_id, id)`,
			`CREATE INDEX sync_log_running ON sync_log (owner_id, binding_id, class) WHERE state = 'running'`,
			`CREATE TABLE quarantine (
				owner_id TEXT NOT NULL, binding_id INTEGER NOT NULL, class TEXT NOT NULL,
				side INTEGER NOT NULL, item TEXT NOT NULL, rev TEXT NOT NULL,
				type TEXT NOT NULL, body BLOB, why TEXT NOT NULL, run_id INTEGER NOT NULL, at INTEGER NOT NULL,
				PRIMARY KEY (owner_id, binding_id, class, side, item))`,
			`CREATE TABLE history (
				id INTEGER PRIMARY KEY AUTOINCREMENT,
				owner_id TEXT NOT NULL, binding_id INTEGER NOT NULL, class TEXT NOT NULL,
				link_id INTEGER NOT NULL, run_id INTEGER NOT NULL, side INTEGER NOT NULL, item TEXT NOT NULL,
				verb INTEGER NOT NULL, type TEXT NOT NULL, body BLOB, at INTEGER NOT NULL)`,
			`CREATE INDEX history_by_owner ON history (owner_id, at)`,
			`CREATE TABLE inbox (
				seq INTEGER PRIMARY KEY AUTOINCREMENT,
				owner_id TEXT NOT NULL, client_id TEXT NOT NULL, class TEXT NOT NULL, item TEXT NOT NULL,
				verb INTEGER NOT NULL, renewed INTEGER NOT NULL, slow INTEGER NOT NULL,
				type TEXT NOT NULL, body BLOB, at INTEGER NOT NULL)`,
			`CREATE UNIQUE INDEX inbox_by_item ON inbox (owner_id, client_id, class, item)`,
			`CREATE INDEX inbox_by_seq ON inbox (owner_id, client_id, class, seq)`,
		},
	}}
}

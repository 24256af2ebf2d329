CREATE TABLE accounts (
	owner_id        TEXT    NOT NULL PRIMARY KEY,
	name            TEXT    NOT NULL,
	name_key        TEXT    NOT NULL UNIQUE,
	admin           INTEGER NOT NULL,
	md5_allowed     INTEGER NOT NULL,
	password_hash   TEXT    NOT NULL,
	password_secret BLOB,
	created_at      INTEGER NOT NULL
, log_content INTEGER NOT NULL DEFAULT 0, zone TEXT NOT NULL DEFAULT '');
CREATE TABLE binding_filters (
				owner_id TEXT NOT NULL, binding_id INTEGER NOT NULL, class TEXT NOT NULL, side INTEGER NOT NULL,
				days_back INTEGER NOT NULL, days_ahead INTEGER NOT NULL, category TEXT NOT NULL,
				PRIMARY KEY (owner_id, binding_id, class, side)) WITHOUT ROWID;
CREATE TABLE bindings (
	owner_id        TEXT    NOT NULL,
	id              INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	source_id       TEXT    NOT NULL,
	target_id       TEXT    NOT NULL,
	deferred_id     TEXT    NOT NULL,
	conflict_winner TEXT    NOT NULL CHECK (conflict_winner IN ('source', 'target')),
	created_at      INTEGER NOT NULL,
	updated_at      INTEGER NOT NULL,
	removed_at      INTEGER NOT NULL, delete_wins INTEGER NOT NULL DEFAULT 0, remove_twins INTEGER NOT NULL DEFAULT 0, classes TEXT NOT NULL DEFAULT '', direction TEXT NOT NULL DEFAULT 'two-way', ask_slow INTEGER NOT NULL DEFAULT 0, on_change TEXT NOT NULL DEFAULT '',
	FOREIGN KEY (owner_id, source_id) REFERENCES clients (owner_id, id),
	FOREIGN KEY (owner_id, target_id) REFERENCES clients (owner_id, id)
);
CREATE UNIQUE INDEX bindings_deferred
	ON bindings (owner_id, deferred_id) WHERE deferred_id <> '' AND removed_at = 0;
CREATE INDEX bindings_owner ON bindings (owner_id, id);
CREATE UNIQUE INDEX bindings_pair
	ON bindings (owner_id, min(source_id, target_id), max(source_id, target_id)) WHERE removed_at = 0;
CREATE TABLE client_known (
				owner_id TEXT NOT NULL, client_id TEXT NOT NULL, class TEXT NOT NULL,
				known TEXT NOT NULL, changed_at INTEGER NOT NULL,
				PRIMARY KEY (owner_id, client_id, class)) WITHOUT ROWID;
CREATE TABLE clients (
	owner_id   TEXT    NOT NULL REFERENCES accounts (owner_id),
	id         TEXT    NOT NULL,
	kind       TEXT    NOT NULL,
	device_id  TEXT    NOT NULL,
	title      TEXT    NOT NULL,
	created_at INTEGER NOT NULL,
	bound      INTEGER NOT NULL,
	fence      INTEGER NOT NULL, zone TEXT NOT NULL DEFAULT '', removed_at INTEGER NOT NULL DEFAULT 0, replaced_by TEXT NOT NULL DEFAULT '',
	PRIMARY KEY (owner_id, id)
);
CREATE UNIQUE INDEX clients_device
	ON clients (owner_id, kind, device_id) WHERE device_id <> '';
CREATE TABLE datastore_clients (
			owner_id  TEXT    NOT NULL,
			client_id TEXT    NOT NULL,
			epoch     TEXT    NOT NULL,
			counter   INTEGER NOT NULL,
			floor     INTEGER NOT NULL, clock INTEGER NOT NULL DEFAULT 0, floor_at INTEGER NOT NULL DEFAULT 0, observed INTEGER NOT NULL DEFAULT 0,
			PRIMARY KEY (owner_id, client_id)
		) WITHOUT ROWID;
CREATE INDEX datastore_clients_touched ON datastore_clients (owner_id, client_id) WHERE counter <> observed;
CREATE TABLE datastore_items (
			owner_id   TEXT    NOT NULL,
			client_id  TEXT    NOT NULL,
			class      TEXT    NOT NULL,
			id         TEXT    NOT NULL,
			born       INTEGER NOT NULL,
			created    INTEGER NOT NULL,
			changed    INTEGER NOT NULL,
			died       INTEGER NOT NULL,
			dead       INTEGER NOT NULL,
			origin     TEXT    NOT NULL,
			add_key    TEXT    NOT NULL,
			changed_at INTEGER NOT NULL,
			type       TEXT    NOT NULL,
			body       BLOB    NOT NULL, uid TEXT, veiled INTEGER NOT NULL DEFAULT 0, created_at INTEGER NOT NULL DEFAULT 0,
			PRIMARY KEY (owner_id, client_id, class, id)
		);
CREATE INDEX datastore_items_dead ON datastore_items (owner_id, client_id, changed_at) WHERE dead = 1;
CREATE INDEX datastore_items_heads ON datastore_items
			(owner_id, client_id, class, changed, dead, id, changed_at, created_at, created);
CREATE UNIQUE INDEX datastore_items_key ON datastore_items (owner_id, client_id, add_key)
			WHERE add_key <> '';
CREATE INDEX datastore_items_time ON datastore_items (owner_id, client_id, class, changed_at, changed);
CREATE INDEX datastore_items_uid ON datastore_items (owner_id, client_id, class, uid) WHERE uid <> '';
CREATE INDEX datastore_items_unread ON datastore_items (owner_id, client_id, class) WHERE uid IS NULL;
CREATE TABLE dav_client_adds (
			owner_id  TEXT    NOT NULL,
			client_id TEXT    NOT NULL,
			class     TEXT    NOT NULL,
			add_key   TEXT    NOT NULL,
			origin    TEXT    NOT NULL,
			uid       TEXT    NOT NULL,
			href      TEXT    NOT NULL,
			at        INTEGER NOT NULL, says TEXT NOT NULL DEFAULT '',
			PRIMARY KEY (owner_id, client_id, class, add_key)
		) WITHOUT ROWID;
CREATE TABLE dav_client_earlier (
			owner_id  TEXT    NOT NULL,
			client_id TEXT    NOT NULL,
			class     TEXT    NOT NULL,
			id        TEXT    NOT NULL,
			etag      TEXT    NOT NULL,
			rev       TEXT    NOT NULL,
			modified  INTEGER NOT NULL,
			at        INTEGER NOT NULL,
			PRIMARY KEY (owner_id, client_id, class, id, etag, rev, modified)
		) WITHOUT ROWID;
CREATE INDEX dav_client_earlier_at ON dav_client_earlier (owner_id, client_id, class, at);
CREATE TABLE dav_client_feeds (
			owner_id  TEXT    NOT NULL,
			client_id TEXT    NOT NULL,
			class     TEXT    NOT NULL,
			address   TEXT    NOT NULL,
			epoch     TEXT    NOT NULL,
			counter   INTEGER NOT NULL,
			floor     INTEGER NOT NULL,
			token     TEXT    NOT NULL,
			ctag      TEXT    NOT NULL,
			knows     TEXT    NOT NULL, settled INTEGER NOT NULL DEFAULT 0,
			PRIMARY KEY (owner_id, client_id, class)
		) WITHOUT ROWID;
CREATE TABLE dav_client_items (
			owner_id  TEXT    NOT NULL,
			client_id TEXT    NOT NULL,
			class     TEXT    NOT NULL,
			id        TEXT    NOT NULL,
			href      TEXT    NOT NULL,
			etag      TEXT    NOT NULL,
			rev       TEXT    NOT NULL,
			uid       TEXT    NOT NULL,
			version   TEXT    NOT NULL,
			born      INTEGER NOT NULL,
			created   INTEGER NOT NULL,
			changed   INTEGER NOT NULL,
			died      INTEGER NOT NULL,
			dead      INTEGER NOT NULL,
			other     INTEGER NOT NULL,
			origin    TEXT    NOT NULL,
			add_key   TEXT    NOT NULL,
			first     TEXT    NOT NULL,
			at        INTEGER NOT NULL, modified INTEGER NOT NULL DEFAULT 0, earlier INTEGER NOT NULL DEFAULT 0,
			PRIMARY KEY (owner_id, client_id, class, id)
		) WITHOUT ROWID;
CREATE INDEX dav_client_items_changed ON dav_client_items (owner_id, client_id, class, changed);
CREATE INDEX dav_client_items_href ON dav_client_items (owner_id, client_id, class, href);
CREATE UNIQUE INDEX dav_client_items_key ON dav_client_items (owner_id, client_id, class, add_key) WHERE add_key <> '';
CREATE INDEX dav_client_items_uid ON dav_client_items (owner_id, client_id, class, uid);
CREATE TABLE dav_collections (
			owner_id  TEXT NOT NULL,
			home      TEXT NOT NULL,
			name      TEXT NOT NULL,
			client_id TEXT NOT NULL,
			class     TEXT NOT NULL,
			PRIMARY KEY (owner_id, home, name)
		) WITHOUT ROWID;
CREATE TABLE dav_files (
			owner_id   TEXT    NOT NULL,
			path       TEXT    NOT NULL,
			folder     INTEGER NOT NULL,
			type       TEXT    NOT NULL,
			changed_at INTEGER NOT NULL,
			body       BLOB    NOT NULL, created_at INTEGER NOT NULL DEFAULT 0,
			PRIMARY KEY (owner_id, path)
		);
CREATE TABLE dav_index (
			owner_id  TEXT    NOT NULL,
			client_id TEXT    NOT NULL,
			class     TEXT    NOT NULL,
			id        TEXT    NOT NULL,
			starts    INTEGER NOT NULL,
			ends      INTEGER NOT NULL,
			words     TEXT    NOT NULL,
			PRIMARY KEY (owner_id, client_id, class, id)
		) WITHOUT ROWID;
CREATE INDEX dav_index_time ON dav_index (owner_id, client_id, class, ends, id, starts) WHERE class <> 'Contacts';
CREATE TABLE dav_indexed (
			owner_id  TEXT    NOT NULL,
			client_id TEXT    NOT NULL,
			class     TEXT    NOT NULL,
			epoch     TEXT    NOT NULL,
			upto      INTEGER NOT NULL,
			PRIMARY KEY (owner_id, client_id, class)
		) WITHOUT ROWID;
CREATE TABLE dav_named (
			owner_id  TEXT NOT NULL,
			client_id TEXT NOT NULL,
			address   TEXT NOT NULL,
			user      TEXT NOT NULL,
			PRIMARY KEY (owner_id, client_id)
		) WITHOUT ROWID;
CREATE UNIQUE INDEX dav_named_address ON dav_named (owner_id, address, user);
CREATE TABLE dav_named_collections (
			owner_id  TEXT NOT NULL,
			client_id TEXT NOT NULL,
			class     TEXT NOT NULL,
			address   TEXT NOT NULL,
			PRIMARY KEY (owner_id, client_id, class)
		) WITHOUT ROWID;
CREATE TABLE dav_properties (
			owner_id  TEXT NOT NULL,
			client_id TEXT NOT NULL,
			part      TEXT NOT NULL,
			item      TEXT NOT NULL,
			space     TEXT NOT NULL,
			local     TEXT NOT NULL,
			value     TEXT NOT NULL,
			PRIMARY KEY (owner_id, client_id, part, item, space, local)
		) WITHOUT ROWID;
CREATE TABLE doubts (
				owner_id TEXT NOT NULL, binding_id INTEGER NOT NULL, class TEXT NOT NULL,
				source_link INTEGER NOT NULL, target_link INTEGER NOT NULL,
				id INTEGER NOT NULL, score REAL NOT NULL, since INTEGER NOT NULL, verdict INTEGER NOT NULL DEFAULT 0, judged_source BLOB, judged_target BLOB,
				PRIMARY KEY (owner_id, binding_id, class, source_link, target_link)) WITHOUT ROWID;
CREATE INDEX doubts_by_id ON doubts (owner_id, id);
CREATE TABLE erased (account TEXT NOT NULL PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE filedir_adds (
			id        INTEGER PRIMARY KEY,
			owner_id  TEXT    NOT NULL,
			client_id TEXT    NOT NULL,
			body      BLOB    NOT NULL
		);
CREATE INDEX filedir_adds_of ON filedir_adds (owner_id, client_id);
CREATE TABLE filedir_folders (
			owner_id  TEXT    NOT NULL,
			client_id TEXT    NOT NULL,
			path      TEXT    NOT NULL,
			version   INTEGER NOT NULL,
			epoch     TEXT    NOT NULL,
			counter   INTEGER NOT NULL,
			floor     INTEGER NOT NULL,
			inode     INTEGER NOT NULL,
			verified  INTEGER NOT NULL,
			PRIMARY KEY (owner_id, client_id)
		) WITHOUT ROWID;
CREATE UNIQUE INDEX filedir_folders_path ON filedir_folders (owner_id, path);
CREATE TABLE filedir_pages (
			owner_id  TEXT    NOT NULL,
			client_id TEXT    NOT NULL,
			page      INTEGER NOT NULL,
			body      BLOB    NOT NULL,
			PRIMARY KEY (owner_id, client_id, page)
		);
CREATE TABLE gdata_adds (
			owner_id  TEXT    NOT NULL,
			client_id TEXT    NOT NULL,
			class     TEXT    NOT NULL,
			add_key   TEXT    NOT NULL,
			origin    TEXT    NOT NULL,
			says      TEXT    NOT NULL,
			at        INTEGER NOT NULL, uid TEXT NOT NULL DEFAULT '',
			PRIMARY KEY (owner_id, client_id, class, add_key)
		) WITHOUT ROWID;
CREATE TABLE gdata_earlier (
			owner_id  TEXT    NOT NULL,
			client_id TEXT    NOT NULL,
			class     TEXT    NOT NULL,
			id        TEXT    NOT NULL,
			rev       TEXT    NOT NULL,
			updated   INTEGER NOT NULL,
			at        INTEGER NOT NULL,
			PRIMARY KEY (owner_id, client_id, class, id, rev, updated)
		) WITHOUT ROWID;
CREATE INDEX gdata_earlier_at ON gdata_earlier (owner_id, client_id, class, at);
CREATE TABLE gdata_edits (
			owner_id    TEXT    NOT NULL,
			client_id   TEXT    NOT NULL,
			class       TEXT    NOT NULL,
			id          TEXT    NOT NULL,
			hash        TEXT    NOT NULL,
			master      INTEGER NOT NULL,
			before_type TEXT    NOT NULL,
			before_data BLOB,
			wanted_type TEXT    NOT NULL,
			wanted_data BLOB    NOT NULL,
			at          INTEGER NOT NULL,
			PRIMARY KEY (owner_id, client_id, class, id)
		) WITHOUT ROWID;
CREATE TABLE gdata_entries (
			owner_id  TEXT NOT NULL,
			client_id TEXT NOT NULL,
			class     TEXT NOT NULL,
			id        TEXT NOT NULL,
			posted    TEXT NOT NULL,
			entry     BLOB NOT NULL,
			PRIMARY KEY (owner_id, client_id, class, id)
		) WITHOUT ROWID;
CREATE INDEX gdata_entries_posted ON gdata_entries (owner_id, client_id, class, posted) WHERE posted <> '';
CREATE TABLE gdata_faces (
			owner_id  TEXT    NOT NULL,
			client_id TEXT    NOT NULL,
			class     TEXT    NOT NULL,
			seen      INTEGER NOT NULL,
			counter   INTEGER NOT NULL,
			clock     INTEGER NOT NULL,
			PRIMARY KEY (owner_id, client_id, class)
		) WITHOUT ROWID;
CREATE TABLE gdata_feeds (
			owner_id  TEXT    NOT NULL,
			client_id TEXT    NOT NULL,
			class     TEXT    NOT NULL,
			address   TEXT    NOT NULL,
			epoch     TEXT    NOT NULL,
			counter   INTEGER NOT NULL,
			floor     INTEGER NOT NULL,
			anchor    TEXT    NOT NULL,
			groups    TEXT    NOT NULL,
			groups_at INTEGER NOT NULL,
			PRIMARY KEY (owner_id, client_id, class)
		) WITHOUT ROWID;
CREATE TABLE gdata_groups (
			owner_id   TEXT    NOT NULL,
			client_id  TEXT    NOT NULL,
			id         TEXT    NOT NULL,
			title      TEXT    NOT NULL,
			was        TEXT    NOT NULL,
			dead       INTEGER NOT NULL,
			changed    INTEGER NOT NULL,
			changed_at INTEGER NOT NULL,
			PRIMARY KEY (owner_id, client_id, id)
		) WITHOUT ROWID;
CREATE TABLE gdata_items (
			owner_id  TEXT    NOT NULL,
			client_id TEXT    NOT NULL,
			class     TEXT    NOT NULL,
			id        TEXT    NOT NULL,
			rev       TEXT    NOT NULL,
			hash      TEXT    NOT NULL,
			self      TEXT    NOT NULL,
			member    TEXT    NOT NULL,
			born      INTEGER NOT NULL,
			created   INTEGER NOT NULL,
			changed   INTEGER NOT NULL,
			died      INTEGER NOT NULL,
			dead      INTEGER NOT NULL,
			origin    TEXT    NOT NULL,
			add_key   TEXT    NOT NULL,
			first     TEXT    NOT NULL,
			at        INTEGER NOT NULL, absent INTEGER NOT NULL DEFAULT 0, updated INTEGER NOT NULL DEFAULT 0, earlier INTEGER NOT NULL DEFAULT 0, uid TEXT NOT NULL DEFAULT '',
			PRIMARY KEY (owner_id, client_id, class, id)
		) WITHOUT ROWID;
CREATE INDEX gdata_items_changed ON gdata_items (owner_id, client_id, class, changed);
CREATE UNIQUE INDEX gdata_items_key ON gdata_items (owner_id, client_id, add_key) WHERE add_key <> '';
CREATE INDEX gdata_items_uid ON gdata_items (owner_id, client_id, class, uid) WHERE uid <> '';
CREATE TABLE gdata_names (
			owner_id  TEXT NOT NULL,
			client_id TEXT NOT NULL,
			class     TEXT NOT NULL,
			entry     TEXT NOT NULL,
			item      TEXT NOT NULL,
			PRIMARY KEY (owner_id, client_id, class, entry)
		) WITHOUT ROWID;
CREATE INDEX gdata_names_item ON gdata_names (owner_id, client_id, class, item);
CREATE TABLE gdata_parts (
			owner_id  TEXT    NOT NULL,
			client_id TEXT    NOT NULL,
			item      TEXT    NOT NULL,
			id        TEXT    NOT NULL,
			hash      TEXT    NOT NULL,
			self      TEXT    NOT NULL,
			PRIMARY KEY (owner_id, client_id, item, id)
		) WITHOUT ROWID;
CREATE INDEX gdata_parts_id ON gdata_parts (owner_id, client_id, id);
CREATE TABLE history (
				id INTEGER PRIMARY KEY AUTOINCREMENT,
				owner_id TEXT NOT NULL, binding_id INTEGER NOT NULL, class TEXT NOT NULL,
				link_id INTEGER NOT NULL, run_id INTEGER NOT NULL, side INTEGER NOT NULL, item TEXT NOT NULL,
				verb INTEGER NOT NULL, type TEXT NOT NULL, body BLOB, at INTEGER NOT NULL, agreed INTEGER NOT NULL DEFAULT 0);
CREATE INDEX history_by_link ON history (owner_id, binding_id, class, link_id);
CREATE INDEX history_by_owner ON history (owner_id, at);
CREATE INDEX history_by_run ON history (owner_id, run_id);
CREATE TABLE inbox (
				seq INTEGER PRIMARY KEY AUTOINCREMENT,
				owner_id TEXT NOT NULL, client_id TEXT NOT NULL, class TEXT NOT NULL, item TEXT NOT NULL,
				verb INTEGER NOT NULL, renewed INTEGER NOT NULL, slow INTEGER NOT NULL,
				type TEXT NOT NULL, body BLOB, at INTEGER NOT NULL);
CREATE UNIQUE INDEX inbox_by_item ON inbox (owner_id, client_id, class, item);
CREATE INDEX inbox_by_seq ON inbox (owner_id, client_id, class, seq);
CREATE TABLE journal_counters (name TEXT NOT NULL PRIMARY KEY, next INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE journal_failures (
				owner_id TEXT NOT NULL, binding_id INTEGER NOT NULL, class TEXT NOT NULL,
				link_id INTEGER NOT NULL, side INTEGER NOT NULL,
				failures INTEGER NOT NULL, why TEXT NOT NULL, at INTEGER NOT NULL, passing INTEGER NOT NULL DEFAULT 0,
				PRIMARY KEY (owner_id, binding_id, class, link_id, side)) WITHOUT ROWID;
CREATE TABLE journal_intents (
				id INTEGER PRIMARY KEY,
				owner_id TEXT NOT NULL, binding_id INTEGER NOT NULL, class TEXT NOT NULL,
				link_id INTEGER NOT NULL, run_id INTEGER NOT NULL, side INTEGER NOT NULL, state INTEGER NOT NULL,
				op_key TEXT NOT NULL, verb INTEGER NOT NULL, item TEXT NOT NULL, if_rev TEXT NOT NULL,
				print BLOB NOT NULL, of_base INTEGER NOT NULL, type TEXT NOT NULL, body BLOB,
				mapped TEXT NOT NULL, made_at INTEGER NOT NULL);
CREATE INDEX journal_intents_by_ref ON journal_intents (owner_id, binding_id, class, state, id);
CREATE TABLE journal_links (
				id INTEGER PRIMARY KEY,
				owner_id TEXT NOT NULL, binding_id INTEGER NOT NULL, class TEXT NOT NULL,
				doomed INTEGER NOT NULL,
				base_print BLOB NOT NULL, base_type TEXT NOT NULL, base_body BLOB,
				source_item TEXT NOT NULL, source_rev TEXT NOT NULL, source_owed INTEGER NOT NULL,
				source_print BLOB NOT NULL, source_held INTEGER NOT NULL, source_type TEXT NOT NULL, source_body BLOB, source_sent BLOB,
				target_item TEXT NOT NULL, target_rev TEXT NOT NULL, target_owed INTEGER NOT NULL,
				target_print BLOB NOT NULL, target_held INTEGER NOT NULL, target_type TEXT NOT NULL, target_body BLOB, target_sent BLOB, swing BLOB, lost_item TEXT NOT NULL DEFAULT '');
CREATE INDEX journal_links_by_ref ON journal_links (owner_id, binding_id, class, id);
CREATE INDEX journal_links_by_source ON journal_links (owner_id, binding_id, class, source_item) WHERE source_item <> '';
CREATE INDEX journal_links_by_target ON journal_links (owner_id, binding_id, class, target_item) WHERE target_item <> '';
CREATE INDEX journal_links_restless ON journal_links (owner_id, binding_id, class)
				WHERE (doomed <> 0 OR source_item = '' OR source_owed <> 0 OR target_item = '' OR target_owed <> 0);
CREATE TABLE journal_packs (
				id INTEGER PRIMARY KEY AUTOINCREMENT,
				owner_id TEXT NOT NULL, binding_id INTEGER NOT NULL, class TEXT NOT NULL,
				body BLOB NOT NULL);
CREATE INDEX journal_packs_by_ref ON journal_packs (owner_id, binding_id, class, id);
CREATE TABLE journal_states (
				owner_id TEXT NOT NULL, binding_id INTEGER NOT NULL, class TEXT NOT NULL,
				fence INTEGER NOT NULL DEFAULT 0, lease_until INTEGER NOT NULL DEFAULT 0, lease_holder TEXT NOT NULL DEFAULT '',
				source_cursor TEXT NOT NULL DEFAULT '', target_cursor TEXT NOT NULL DEFAULT '',
				maps_late INTEGER NOT NULL DEFAULT 0, source_range TEXT NOT NULL DEFAULT '', target_range TEXT NOT NULL DEFAULT '', strange INTEGER NOT NULL DEFAULT 0, slow_next INTEGER NOT NULL DEFAULT 0,
				PRIMARY KEY (owner_id, binding_id, class)) WITHOUT ROWID;
CREATE TABLE `migrations` (`id` text,PRIMARY KEY (`id`));
CREATE TABLE notice_feeds (
				owner_id TEXT NOT NULL PRIMARY KEY, hash BLOB NOT NULL, created_at INTEGER NOT NULL) WITHOUT ROWID;
CREATE UNIQUE INDEX notice_feeds_hash ON notice_feeds (hash);
CREATE TABLE notices (
				owner_id TEXT NOT NULL, id TEXT NOT NULL,
				kind TEXT NOT NULL, binding_id INTEGER NOT NULL, class TEXT NOT NULL, subject TEXT NOT NULL,
				count INTEGER NOT NULL, newest INTEGER NOT NULL, sentence TEXT NOT NULL,
				arisen_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, settled_at INTEGER NOT NULL,
				told_at INTEGER NOT NULL, attempts INTEGER NOT NULL, next_at INTEGER NOT NULL, error TEXT NOT NULL,
				PRIMARY KEY (owner_id, id)) WITHOUT ROWID;
CREATE UNIQUE INDEX notices_open ON notices (owner_id, kind, binding_id, class, subject) WHERE settled_at = 0;
CREATE INDEX notices_untold ON notices (next_at) WHERE settled_at = 0 AND told_at = 0;
CREATE TABLE phone_stores (
				owner_id TEXT NOT NULL, binding_id INTEGER NOT NULL, model TEXT NOT NULL, number TEXT NOT NULL,
				user TEXT NOT NULL, zone TEXT NOT NULL, created_at INTEGER NOT NULL,
				PRIMARY KEY (owner_id, binding_id)) WITHOUT ROWID;
CREATE TABLE plan_holds (
				owner_id TEXT NOT NULL, plan_id TEXT NOT NULL, link_id INTEGER NOT NULL, side INTEGER NOT NULL,
				item TEXT NOT NULL, verb INTEGER NOT NULL, rev TEXT NOT NULL, print BLOB NOT NULL,
				why INTEGER NOT NULL, title TEXT NOT NULL,
				PRIMARY KEY (owner_id, plan_id, link_id, side)) WITHOUT ROWID;
CREATE TABLE plans (
				owner_id TEXT NOT NULL, id TEXT NOT NULL, seq INTEGER NOT NULL,
				binding_id INTEGER NOT NULL, class TEXT NOT NULL, state INTEGER NOT NULL,
				made_at INTEGER NOT NULL, decided_at INTEGER NOT NULL,
				PRIMARY KEY (owner_id, id)) WITHOUT ROWID;
CREATE INDEX plans_by_ref ON plans (owner_id, binding_id, class, seq) WHERE state < 3;
CREATE TABLE quarantine (
				id INTEGER PRIMARY KEY AUTOINCREMENT,
				owner_id TEXT NOT NULL, binding_id INTEGER NOT NULL, class TEXT NOT NULL,
				side INTEGER NOT NULL, item TEXT NOT NULL, rev TEXT NOT NULL,
				type TEXT NOT NULL, body BLOB, why TEXT NOT NULL, run_id INTEGER NOT NULL, at INTEGER NOT NULL,
				again INTEGER NOT NULL DEFAULT 0);
CREATE UNIQUE INDEX quarantine_by_item ON quarantine (owner_id, binding_id, class, side, item);
CREATE TABLE remote_clients (
			owner_id     TEXT    NOT NULL,
			client_id    TEXT    NOT NULL,
			server_owner TEXT    NOT NULL,
			server_id    TEXT    NOT NULL,
			user         TEXT    NOT NULL,
			secret       BLOB,
			version      INTEGER NOT NULL,
			PRIMARY KEY (owner_id, client_id)
		) WITHOUT ROWID;
CREATE INDEX remote_clients_server ON remote_clients (server_owner, server_id);
CREATE TABLE remote_dav (
			owner_id     TEXT NOT NULL,
			client_id    TEXT NOT NULL,
			address      TEXT NOT NULL,
			principal    TEXT NOT NULL,
			auth         TEXT NOT NULL,
			token_url    TEXT NOT NULL,
			oauth_client TEXT NOT NULL,
			scopes       TEXT NOT NULL,
			secret       BLOB,
			contacts_url TEXT NOT NULL,
			events_url   TEXT NOT NULL,
			tasks_url    TEXT NOT NULL,
			notes_url    TEXT NOT NULL,
			PRIMARY KEY (owner_id, client_id)
		) WITHOUT ROWID;
CREATE TABLE remote_servers (
			owner_id     TEXT    NOT NULL,
			id           TEXT    NOT NULL,
			name         TEXT    NOT NULL,
			contacts_url TEXT    NOT NULL,
			groups_url   TEXT    NOT NULL,
			events_url   TEXT    NOT NULL,
			auth         TEXT    NOT NULL,
			token_url    TEXT    NOT NULL,
			oauth_client TEXT    NOT NULL,
			scopes       TEXT    NOT NULL,
			secret       BLOB,
			created_at   INTEGER NOT NULL,
			removed_at   INTEGER NOT NULL DEFAULT 0,
			PRIMARY KEY (owner_id, id)
		) WITHOUT ROWID;
CREATE UNIQUE INDEX remote_servers_name ON remote_servers (owner_id, name) WHERE removed_at = 0;
CREATE TABLE schedules (
				id INTEGER PRIMARY KEY AUTOINCREMENT,
				owner_id TEXT NOT NULL, binding_id INTEGER NOT NULL, class TEXT NOT NULL,
				every_seconds INTEGER NOT NULL, cron TEXT NOT NULL, quiet_from TEXT NOT NULL, quiet_to TEXT NOT NULL,
				jitter_seconds INTEGER NOT NULL, zone TEXT NOT NULL,
				created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL);
CREATE INDEX schedules_by_binding ON schedules (owner_id, binding_id, id);
CREATE TABLE sqlite_sequence(name,seq);
CREATE TABLE starts (
				owner_id TEXT NOT NULL, binding_id INTEGER NOT NULL, schedule_id INTEGER NOT NULL,
				due_at INTEGER NOT NULL, classes TEXT NOT NULL, marks INTEGER NOT NULL, marked_at INTEGER NOT NULL,
				lease_until INTEGER NOT NULL, fence INTEGER NOT NULL,
				last_at INTEGER NOT NULL, ended_at INTEGER NOT NULL, outcome TEXT NOT NULL, why TEXT NOT NULL, failures INTEGER NOT NULL,
				PRIMARY KEY (owner_id, binding_id, schedule_id)) WITHOUT ROWID;
CREATE INDEX starts_due ON starts (due_at) WHERE due_at <> 0;
CREATE TABLE sync_log (
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
				target_adds_out INTEGER NOT NULL, target_replaces_out INTEGER NOT NULL, target_deletes_out INTEGER NOT NULL, plan TEXT NOT NULL DEFAULT '', why TEXT NOT NULL DEFAULT '');
CREATE INDEX sync_log_abandoned ON sync_log (owner_id, binding_id, class) WHERE state = 'abandoned';
CREATE INDEX sync_log_by_binding ON sync_log (owner_id, binding_id, id);
CREATE INDEX sync_log_by_class ON sync_log (owner_id, class, id);
CREATE INDEX sync_log_by_owner ON sync_log (owner_id, id);
CREATE INDEX sync_log_by_start ON sync_log (owner_id, started_at);
CREATE INDEX sync_log_by_state ON sync_log (owner_id, state, id);
CREATE INDEX sync_log_running ON sync_log (owner_id, binding_id, class) WHERE state = 'running';
CREATE TABLE syncml_alerts (
			owner_id TEXT NOT NULL, client_id TEXT NOT NULL,
			address TEXT NOT NULL, server_id TEXT NOT NULL, version TEXT NOT NULL, password BLOB,
			session INTEGER NOT NULL, mode INTEGER NOT NULL, sent_at INTEGER NOT NULL, error TEXT NOT NULL,
			answered_at INTEGER NOT NULL, by_session INTEGER NOT NULL,
			PRIMARY KEY (owner_id, client_id));
CREATE TABLE syncml_anchors (
			owner_id TEXT NOT NULL, client_id TEXT NOT NULL, phone_database TEXT NOT NULL,
			phone_committed TEXT NOT NULL, our_committed TEXT NOT NULL,
			phone_pending TEXT NOT NULL, our_pending TEXT NOT NULL, arrived INTEGER NOT NULL, our_database TEXT NOT NULL DEFAULT '', class TEXT NOT NULL DEFAULT '',
			PRIMARY KEY (owner_id, client_id, phone_database));
CREATE TABLE syncml_chunks (
			owner_id TEXT NOT NULL, client_id TEXT NOT NULL, token TEXT NOT NULL, data BLOB,
			stored_at INTEGER NOT NULL,
			PRIMARY KEY (owner_id, client_id, token));
CREATE TABLE syncml_devices (
			owner_id TEXT NOT NULL, client_id TEXT NOT NULL, device_id TEXT NOT NULL,
			devinf TEXT NOT NULL, document BLOB, changed_at INTEGER NOT NULL,
			PRIMARY KEY (owner_id, client_id));
CREATE TABLE syncml_guids (
			owner_id TEXT NOT NULL, client_id TEXT NOT NULL, guid TEXT NOT NULL,
			op INTEGER NOT NULL, number INTEGER NOT NULL, named_at INTEGER NOT NULL,
			PRIMARY KEY (owner_id, client_id, guid));
CREATE INDEX syncml_guids_age ON syncml_guids (named_at);
CREATE INDEX syncml_guids_op ON syncml_guids (owner_id, client_id, op);
CREATE TABLE syncml_log (
			owner_id TEXT NOT NULL, id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
			client_id TEXT NOT NULL, token TEXT NOT NULL,
			device_id TEXT NOT NULL, session_id TEXT NOT NULL, name TEXT NOT NULL,
			address TEXT NOT NULL, agent TEXT NOT NULL, version TEXT NOT NULL, encoding TEXT NOT NULL,
			started_at INTEGER NOT NULL, last_at INTEGER NOT NULL, messages INTEGER NOT NULL,
			bytes_in INTEGER NOT NULL, bytes_out INTEGER NOT NULL, stored INTEGER NOT NULL,
			ending TEXT NOT NULL DEFAULT '', why TEXT NOT NULL DEFAULT '', modes TEXT NOT NULL DEFAULT '',
			received INTEGER NOT NULL DEFAULT 0, sent INTEGER NOT NULL DEFAULT 0);
CREATE TABLE syncml_log_messages (
			owner_id TEXT NOT NULL, session INTEGER NOT NULL, n INTEGER NOT NULL,
			msg_id TEXT NOT NULL, at INTEGER NOT NULL, took INTEGER NOT NULL,
			bytes_in INTEGER NOT NULL, bytes_out INTEGER NOT NULL,
			http INTEGER NOT NULL, refused INTEGER NOT NULL, again INTEGER NOT NULL,
			request BLOB, reply BLOB,
			PRIMARY KEY (owner_id, session, n));
CREATE INDEX syncml_log_owner ON syncml_log (owner_id, id);
CREATE UNIQUE INDEX syncml_log_token ON syncml_log (owner_id, token) WHERE token <> '';
CREATE TABLE syncml_messages (
			owner_id TEXT NOT NULL, client_id TEXT NOT NULL, token TEXT NOT NULL, hash BLOB NOT NULL,
			msg_id TEXT NOT NULL, opening INTEGER NOT NULL, stored_at INTEGER NOT NULL,
			content_type TEXT NOT NULL, reply BLOB,
			PRIMARY KEY (owner_id, client_id, token, hash));
CREATE INDEX syncml_messages_age ON syncml_messages (stored_at);
CREATE INDEX syncml_messages_hash ON syncml_messages (hash);
CREATE TABLE syncml_nonces (
			login TEXT NOT NULL, device_id TEXT NOT NULL, nonce BLOB, changed_at INTEGER NOT NULL,
			PRIMARY KEY (login, device_id));
CREATE INDEX syncml_nonces_age ON syncml_nonces (login, changed_at);
CREATE INDEX syncml_nonces_device ON syncml_nonces (device_id);
CREATE TABLE syncml_sessions (
			owner_id TEXT NOT NULL, client_id TEXT NOT NULL, token TEXT NOT NULL,
			device_id TEXT NOT NULL, session_id TEXT NOT NULL, fence INTEGER NOT NULL,
			state BLOB NOT NULL, started_at INTEGER NOT NULL, touched_at INTEGER NOT NULL,
			ended_at INTEGER NOT NULL, flushed INTEGER NOT NULL DEFAULT 0,
			PRIMARY KEY (owner_id, client_id, token));
CREATE INDEX syncml_sessions_age ON syncml_sessions (ended_at, touched_at);
CREATE UNIQUE INDEX syncml_sessions_token ON syncml_sessions (token);
CREATE TABLE tokens (
				owner_id TEXT NOT NULL, id TEXT NOT NULL, label TEXT NOT NULL, scope TEXT NOT NULL, hash BLOB NOT NULL,
				created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, used_at INTEGER NOT NULL,
				PRIMARY KEY (owner_id, id)) WITHOUT ROWID;
CREATE UNIQUE INDEX tokens_hash ON tokens (hash);
CREATE TABLE unauthorised (
				owner_id TEXT NOT NULL, client_id TEXT NOT NULL, why TEXT NOT NULL, since INTEGER NOT NULL,
				PRIMARY KEY (owner_id, client_id)) WITHOUT ROWID;
CREATE TABLE web_sessions (
				owner_id TEXT NOT NULL, id TEXT NOT NULL, hash BLOB NOT NULL,
				created_at INTEGER NOT NULL, used_at INTEGER NOT NULL,
				PRIMARY KEY (owner_id, id)) WITHOUT ROWID;
CREATE UNIQUE INDEX web_sessions_hash ON web_sessions (hash);

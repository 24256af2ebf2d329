package remote

import "github.com/bindery-sync/bindery/sources/sqlstore"

// Migrations are the steps that make the tables of this room, oldest first.
func Migrations() []sqlstore.Migration {
	return append([]sqlstore.Migration{{ID: "remote-20261122010", SQLite: []string{
		// A server of the owner "" is everybody's. Secret is what this server is known by where it asks for tokens.
		`CREATE TABLE remote_servers (
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
		) WITHOUT ROWID`,
		`CREATE UNIQUE INDEX remote_servers_name ON remote_servers (owner_id, name) WHERE removed_at = 0`,
		// Secret are the credentials, NULL where they were forgotten; version counts their changes.
		`CREATE TABLE remote_clients (
			owner_id     TEXT    NOT NULL,
			client_id    TEXT    NOT NULL,
			server_owner TEXT    NOT NULL,
			server_id    TEXT    NOT NULL,
			user         TEXT    NOT NULL,
			secret       BLOB,
			version      INTEGER NOT NULL,
			PRIMARY KEY (owner_id, client_id)
		) WITHOUT ROWID`,
		`CREATE INDEX remote_clients_server ON remote_clients (server_owner, server_id)`,
	}}}, davMigrations()...)
}

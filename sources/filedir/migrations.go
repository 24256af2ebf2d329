package filedir

import "github.com/bindery-sync/bindery/sources/sqlstore"

// Migrations are the steps that make the tables of this room, oldest first.
func Migrations() []sqlstore.Migration {
	return []sqlstore.Migration{{ID: "filedir-0001", SQLite: []string{
		// Inode is that of the folder, verified the time of the last look in nanoseconds since 1970;
		// version counts the writes.
		`CREATE TABLE filedir_folders (
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
		) WITHOUT ROWID`,
		`CREATE UNIQUE INDEX filedir_folders_path ON filedir_folders (owner_id, path)`,
		// The listing: what is known of 256 files is one row, which is read many times faster than 256.
		`CREATE TABLE filedir_pages (
			owner_id  TEXT    NOT NULL,
			client_id TEXT    NOT NULL,
			page      INTEGER NOT NULL,
			body      BLOB    NOT NULL,
			PRIMARY KEY (owner_id, client_id, page)
		)`,
		// Adds that are under way: which key is about to make which file, with what content.
		`CREATE TABLE filedir_adds (
			owner_id  TEXT    NOT NULL,
			client_id TEXT    NOT NULL,
			add_key   TEXT    NOT NULL,
			name      TEXT    NOT NULL,
			origin    TEXT    NOT NULL,
			hash      BLOB    NOT NULL,
			PRIMARY KEY (owner_id, client_id, add_key)
		) WITHOUT ROWID`,
	}}, {ID: "filedir-0002", SQLite: []string{
		// The same, all of one Apply in one row.
		`DROP TABLE filedir_adds`,
		`CREATE TABLE filedir_adds (
			id        INTEGER PRIMARY KEY,
			owner_id  TEXT    NOT NULL,
			client_id TEXT    NOT NULL,
			body      BLOB    NOT NULL
		)`,
		`CREATE INDEX filedir_adds_of ON filedir_adds (owner_id, client_id)`,
	}}}
}

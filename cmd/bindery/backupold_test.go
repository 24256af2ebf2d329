package main

import (
	"database/sql"
	"os"
	"path/filepath"
	"testing"
)

// alter changes a database behind the program's back.
func alter(t *testing.T, path string, statements ...string) {
	t.Helper()
	db, err := sql.Open("sqlite3", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	for _, s := range statements {
		if _, err := db.ExecContext(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

// A backup of an older program is brought up to date on the way; one of a newer program is refused, and nothing changes.
func TestRestoreBackupOfOtherPrograms(t *testing.T) {
	c := newCaller(t)
	old, new := filepath.Join(t.TempDir(), "old.db"), filepath.Join(t.TempDir(), "new.db")
	c.run(exitDone, "", "backup", old)
	c.run(exitDone, "", "backup", new)
	alter(t, old, "DELETE FROM migrations WHERE id = 'bindings-2026112104'", "ALTER TABLE journal_states DROP COLUMN slow_next")
	alter(t, new, "INSERT INTO migrations (id) VALUES ('bindings-9999')")

	c.run(exitFailed, "", "restore-backup", "--yes", new)
	c.wants(c.said, `new\.db was made by a newer bindery \(bindings-9999\)`)
	c.run(exitDone, "", "restore-backup", "--yes", "--output", "json", old)
	c.wants(c.out, `"migrated":\["bindings-2026112104"\]`)
	c.run(exitDone, "", "migrate")
	c.wants(c.out, `up to date`)

	alter(t, filepath.Join(c.data, databaseFile), "DELETE FROM migrations WHERE id = 'bindings-2026112104'", "ALTER TABLE journal_states DROP COLUMN slow_next")
	c.run(exitDone, "", "migrate", "--dry-run", "--output", "json")
	c.wants(c.out, `^{"step":"bindings-2026112104","done":false}\n$`)
	c.run(exitDone, "", "migrate")
	c.wants(c.out, `^bindings-2026112104: done\n$`)
	alter(t, filepath.Join(c.data, databaseFile), "INSERT INTO migrations (id) VALUES ('bindings-9999')")
	c.run(exitFailed, "", "migrate")
	c.wants(c.said, `used by a newer bindery`)
}

// What was given out after the backup is not given out again: revisions of items, numbers of ops, links and log entries.
func TestRule_12_NumbersAreNotGivenAgain(t *testing.T) {
	c := newCaller(t)
	file, card := filepath.Join(t.TempDir(), "x.db"), filepath.Join(t.TempDir(), "ada.vcf")
	if err := os.WriteFile(card, demoCard("x", "Ada Example"), 0o600); err != nil {
		t.Fatal(err)
	}
	c.run(exitDone, "", "import", card)
	c.run(exitDone, "", "backup", file)
	database := filepath.Join(c.data, databaseFile)
	before := figuresOf(t, database)
	c.run(exitDone, "", "restore-backup", "--yes", file)
	for i, n := range figuresOf(t, database) {
		if n < before[i]+10_000 {
			t.Errorf("figure %d goes on with %d after %d", i, n, before[i])
		}
	}
}

func figuresOf(t *testing.T, path string) (out [4]int64) {
	t.Helper()
	db, err := sql.Open("sqlite3", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	for i, q := range []string{"SELECT min(next) FROM journal_counters WHERE name = 'journal_intents'",
		"SELECT min(next) FROM journal_counters WHERE name = 'journal_links'", "SELECT min(counter) FROM datastore_clients",
		"SELECT seq FROM sqlite_sequence WHERE name = 'bindings'"} {
		if err := db.QueryRowContext(t.Context(), q).Scan(&out[i]); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

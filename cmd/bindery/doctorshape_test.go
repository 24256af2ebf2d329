package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestDoctorKnowsItsTables: a table, a column or an index that is lost, or a trigger that somebody planted, stops every
// sync or worse, and all the steps were done.
func TestDoctorKnowsItsTables(t *testing.T) {
	c := &caller{t: t, data: filepath.Join(t.TempDir(), "d")}
	c.run(exitDone, "words and more\n", "account", "add", "ada", "--admin", "--password-stdin")
	sound, err := os.ReadFile(filepath.Join(c.data, databaseFile))
	if err != nil {
		t.Fatal(err)
	}
	for statement, says := range map[string]string{
		"DROP TABLE quarantine":                    "table quarantine is missing",
		"ALTER TABLE history DROP COLUMN agreed":   "column history.agreed is missing",
		"DROP INDEX bindings_pair":                 "index bindings_pair is missing",
		"ALTER TABLE bindings ADD COLUMN more INT": "column bindings.more is not of this program",
		"CREATE TRIGGER tt AFTER INSERT ON datastore_items BEGIN DELETE FROM datastore_items; END": "trigger tt is not of this program",
	} {
		if err := os.WriteFile(filepath.Join(c.data, databaseFile), sound, 0o600); err != nil {
			t.Fatal(err)
		}
		for _, beside := range []string{"-wal", "-shm"} {
			_ = os.Remove(filepath.Join(c.data, databaseFile+beside)) // it may not be there
		}
		alter(t, filepath.Join(c.data, databaseFile), statement)
		if got := c.findings(exitPartly); !slices.Equal(got, []string{"schema"}) || !strings.Contains(c.out, says) {
			t.Errorf("%s: %v\n%s", statement, got, c.out)
		}
	}
}

// TestDoctorGoesOn: one thing that cannot be read must not keep back what the other checks see, nor be told in SQL.
func TestDoctorGoesOn(t *testing.T) {
	c := &caller{t: t, data: filepath.Join(t.TempDir(), "d")}
	c.run(exitDone, "words and more\n", "account", "add", "ada", "--admin", "--password-stdin")
	alter(t, filepath.Join(c.data, databaseFile), "UPDATE accounts SET admin = -1, created_at = 'never', password_hash = ''")
	got := c.findings(exitPartly)
	for _, want := range []string{"accounts", "no-password", "password-sealed", "unknown-word"} {
		if !slices.Contains(got, want) {
			t.Errorf("%s is not in %v", want, got)
		}
	}
	if !strings.Contains(c.out, "cannot be checked") || strings.Contains(c.out+c.said, "sql") {
		t.Errorf("%s%s", c.out, c.said)
	}
}

// TestDatabaseThatIsNotOurs: a newer database must not be touched, and one that a full disk emptied is no first start.
func TestDatabaseThatIsNotOurs(t *testing.T) {
	c := &caller{t: t, data: filepath.Join(t.TempDir(), "d")}
	c.run(exitDone, "words and more\n", "account", "add", "ada", "--admin", "--password-stdin")
	alter(t, filepath.Join(c.data, databaseFile), "INSERT INTO migrations (id) VALUES ('journal-9999')")
	for _, command := range [][]string{{"account", "list"}, {"log"}, {"migrate"}} {
		c.run(exitFailed, "", command...)
		if !strings.Contains(c.said, "was used by a newer bindery (journal-9999); use that one") || strings.Contains(c.said, "gormigrate") {
			t.Errorf("%v: %s", command, c.said)
		}
	}
	for _, beside := range []string{"-wal", "-shm"} {
		_ = os.Remove(filepath.Join(c.data, databaseFile+beside)) // it may not be there
	}
	if err := os.WriteFile(filepath.Join(c.data, databaseFile), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	c.run(exitFailed, "", "account", "list")
	if !strings.Contains(c.said, "is empty, as a full disk or a bad copy leaves it") {
		t.Errorf("%s", c.said)
	}
	if is, err := os.Stat(filepath.Join(c.data, databaseFile)); err != nil || is.Size() != 0 {
		t.Errorf("it was begun anew: %v, %v", is, err)
	}
}

// TestSyncOfNothingLeavesNothing: a slip of the hand must not make an account in a server's directory.
func TestSyncOfNothingLeavesNothing(t *testing.T) {
	c := &caller{t: t, data: filepath.Join(t.TempDir(), "d")}
	c.run(exitDone, "words and more\n", "account", "add", "ada", "--admin", "--password-stdin")
	c.run(exitUsage, "", "sync", "/nonexist1", "/nonexist2")
	c.run(exitDone, "", "account", "list", "--output", "json")
	if strings.Count(c.out, "\n") != 1 || strings.Contains(c.out, "local") {
		t.Errorf("%s", c.out)
	}
}

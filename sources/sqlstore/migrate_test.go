package sqlstore

import (
	"context"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"gorm.io/gorm"
)

func tables(t *testing.T, s *Store) string {
	t.Helper()
	var names []string
	err := s.View(t.Context(), func(_ context.Context, db *gorm.DB) error {
		return db.Raw("SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 't%' ORDER BY name").Scan(&names).Error
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(names, " ")
}

func step(id string, sql ...string) Migration { return Migration{ID: id, SQLite: sql} }

func TestMigrate(t *testing.T) {
	one := step("a-0001", "CREATE TABLE t1 (x)", "CREATE TABLE t2 (x)")
	two := step("b-0001", "CREATE TABLE t3 (x)")
	bad := step("c-0001", "CREATE TABLE t4 (x)", "CREATE NONSENSE")
	cases := map[string]struct {
		runs  [][]Migration
		fails bool // the last of them
		want  string
	}{
		"in order":                      {[][]Migration{{one, two}}, false, "t1 t2 t3"},
		"twice is once":                 {[][]Migration{{one, two}, {one, two}}, false, "t1 t2 t3"},
		"a new step":                    {[][]Migration{{one}, {one, two}}, false, "t1 t2 t3"},
		"a new step before an old one":  {[][]Migration{{two}, {one, two}}, false, "t1 t2 t3"},
		"no steps":                      {[][]Migration{{}}, false, ""},
		"a failed step is rolled back":  {[][]Migration{{one}, {one, bad}}, true, "t1 t2"},
		"a failed first run leaves nil": {[][]Migration{{bad}}, true, ""},
		"an unknown step is refused":    {[][]Migration{{one, two}, {one, step("d-0001", "CREATE TABLE t5 (x)")}}, true, "t1 t2 t3"},
		"the same id twice":             {[][]Migration{{one, one}}, true, ""},
		"a step without an id":          {[][]Migration{{step("", "CREATE TABLE t6 (x)")}}, true, ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s, err := Open(t.Context(), Options{Path: filepath.Join(t.TempDir(), "x.db"), Unsafe: true})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = s.Close() })
			for i, steps := range c.runs {
				err = s.Migrate(t.Context(), steps)
				if i < len(c.runs)-1 && err != nil {
					t.Fatal(err)
				}
			}
			if (err != nil) != c.fails {
				t.Fatalf("error %v", err)
			}
			if got := tables(t, s); got != c.want {
				t.Fatalf("tables %q, want %q", got, c.want)
			}
		})
	}
}

func TestMigrateAfterFailureGoesOn(t *testing.T) {
	s := testStore(t, Options{})
	first := step("test-0001")
	if err := s.Migrate(t.Context(), []Migration{first, step("x-0001", "CREATE TABLE tx (x)", "NONSENSE")}); err == nil {
		t.Fatal("nonsense was accepted")
	}
	if err := s.Migrate(t.Context(), []Migration{first, step("x-0001", "CREATE TABLE tx (x)")}); err != nil {
		t.Fatal(err)
	}
	if got := tables(t, s); got != "tx" {
		t.Fatalf("tables %q", got)
	}
}

// TestLogHasNoData: what the database layer logs never holds a statement or its values.
func TestLogHasNoData(t *testing.T) {
	var out strings.Builder
	log := slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
	s := testStore(t, Options{Log: log})
	err := s.Update(t.Context(), func(_ context.Context, tx *gorm.DB) error {
		return tx.Exec("INSERT INTO nowhere VALUES (?)", "secret value").Error
	})
	if err == nil {
		t.Fatal("no error")
	}
	newLogger(log).Warn(t.Context(), "a message %s", "secret value")
	newLogger(log).Error(t.Context(), "an error %s", "secret value")
	newLogger(log).LogMode(0).Info(t.Context(), "a word %s", "secret value")
	if got := out.String(); strings.Contains(got, "secret") || !strings.Contains(got, "a message") ||
		!strings.Contains(got, "an error") || !strings.Contains(got, "a word") {
		t.Fatalf("log: %s", got)
	}
}

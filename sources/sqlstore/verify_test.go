package sqlstore

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gorm.io/gorm"
)

// house makes a database with the tables that tell it from others, and some numbered rows.
func house(t *testing.T) (*Store, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.db")
	s, err := Open(t.Context(), Options{Path: path, Unsafe: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	steps := []Migration{step("a-0001", "CREATE TABLE accounts (x)"),
		step("b-0001", "CREATE TABLE n (id INTEGER PRIMARY KEY AUTOINCREMENT, p INTEGER REFERENCES n (id))")}
	if err := s.Migrate(t.Context(), steps); err != nil {
		t.Fatal(err)
	}
	run(t, s, "INSERT INTO n (p) VALUES (NULL), (1)")
	return s, path
}

func run(t *testing.T, s *Store, sql string) {
	t.Helper()
	err := s.Update(t.Context(), func(_ context.Context, tx *gorm.DB) error { return tx.Exec(sql).Error })
	if err != nil {
		t.Fatal(err)
	}
}

func rowsOf(ctx context.Context, t *testing.T, s *Store) (n int) {
	t.Helper()
	err := s.View(ctx, func(_ context.Context, db *gorm.DB) error { return db.Raw("SELECT count(*) FROM n").Scan(&n).Error })
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Who looks sees one state, whatever is written meanwhile, and writes nothing.
func TestLook(t *testing.T) {
	s, path := house(t)
	err := Look(t.Context(), path, func(ctx context.Context, look *Store) error {
		before := rowsOf(ctx, t, look)
		run(t, s, "INSERT INTO n (p) VALUES (NULL)")
		if after := rowsOf(ctx, t, look); before != 2 || after != 2 {
			t.Errorf("%d rows, then %d", before, after)
		}
		return look.Update(ctx, func(_ context.Context, tx *gorm.DB) error { return tx.Exec("DELETE FROM n").Error })
	})
	if err == nil {
		t.Error("it may write")
	}
	if n := rowsOf(t.Context(), t, s); n != 3 {
		t.Errorf("%d rows are there", n)
	}
}

func TestLookAtWhatIsNone(t *testing.T) {
	dir := t.TempDir()
	nothing := func(context.Context, *Store) error { return nil }
	text := filepath.Join(dir, "text")
	if err := os.WriteFile(text, []byte(strings.Repeat("no database at all\n", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Look(t.Context(), text, nothing); !errors.Is(err, ErrForeign) {
		t.Error(err)
	}
	if err := Look(t.Context(), filepath.Join(dir, "nosuch"), nothing); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "nosuch")); err == nil {
		t.Error("looking made a file")
	}
	other, err := Open(t.Context(), Options{Path: filepath.Join(dir, "other.db"), Unsafe: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Seen(t.Context()); !errors.Is(err, ErrForeign) {
		t.Error(err)
	}
	if err := other.Close(); err != nil {
		t.Error(err)
	}
}

func TestFaults(t *testing.T) {
	s, path := house(t)
	if all, err := s.Faults(t.Context()); err != nil || len(all) > 0 {
		t.Errorf("%q, %v", all, err)
	}
	err := s.Update(t.Context(), func(_ context.Context, tx *gorm.DB) error {
		return errors.Join(tx.Exec("PRAGMA defer_foreign_keys = ON").Error, tx.Exec("INSERT INTO n (p) VALUES (77)").Error,
			tx.Exec("CREATE TABLE orphan (p INTEGER REFERENCES n (id))").Error, tx.Exec("UPDATE n SET p = 1 WHERE p = 77").Error)
	})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := open(path, slog.New(slog.DiscardHandler), 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := raw.Exec("INSERT INTO orphan (p) VALUES (77)").Error; err != nil {
		t.Fatal(err)
	}
	if err := closeDB(raw); err != nil {
		t.Fatal(err)
	}
	all, err := s.Faults(t.Context())
	if diff := cmp.Diff([]string{"row 1 of orphan refers to a row of n that is not there"}, all); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

func TestPending(t *testing.T) {
	s, _ := house(t)
	has, err := s.Seen(t.Context())
	if diff := cmp.Diff([]string{"a-0001", "b-0001"}, has); diff != "" || err != nil {
		t.Fatal(diff, err)
	}
	todo, newer := Pending(has, []Migration{step("b-0001"), step("c-0001")})
	if diff := cmp.Diff([][]string{{"c-0001"}, {"a-0001"}}, [][]string{todo, newer}); diff != "" {
		t.Error(diff)
	}
}

func TestSkipNumbers(t *testing.T) {
	s, _ := house(t)
	if err := s.SkipNumbers(t.Context()); err != nil {
		t.Fatal(err)
	}
	run(t, s, "INSERT INTO n (p) VALUES (NULL)")
	var last int64
	err := s.View(t.Context(), func(_ context.Context, db *gorm.DB) error { return db.Raw("SELECT max(id) FROM n").Scan(&last).Error })
	if err != nil || last != numbersSkipped+3 {
		t.Errorf("%d, %v", last, err)
	}
}

package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	sqlite3 "github.com/mattn/go-sqlite3"
	"go.uber.org/goleak"
	"gorm.io/gorm"
)

var errTest = errors.New("test error")

func testStore(t *testing.T, o Options) *Store {
	t.Helper()
	if o.Path == "" {
		o.Path = filepath.Join(t.TempDir(), "test.db")
	}
	o.Unsafe = true
	s, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	err = s.Migrate(t.Context(), []Migration{{ID: "test-0001", SQLite: []string{"CREATE TABLE n (v INTEGER PRIMARY KEY)"}}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func insert(v int) func(context.Context, *gorm.DB) error {
	return func(_ context.Context, tx *gorm.DB) error { return tx.Exec("INSERT INTO n VALUES (?)", v).Error }
}

// count counts rows in the transaction of ctx, if there is one.
func count(ctx context.Context, t *testing.T, s *Store) (n int) {
	t.Helper()
	err := s.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return db.Raw("SELECT COUNT(*) FROM n").Scan(&n).Error
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func wantCount(t *testing.T, s *Store, want int) {
	t.Helper()
	if n := count(t.Context(), t, s); n != want {
		t.Fatalf("%d rows, want %d", n, want)
	}
}

func TestUpdateCommitsOrRollsBack(t *testing.T) {
	s := testStore(t, Options{})
	if err := s.Update(t.Context(), insert(1)); err != nil {
		t.Fatal(err)
	}
	err := s.Update(t.Context(), func(ctx context.Context, tx *gorm.DB) error {
		return errors.Join(insert(2)(ctx, tx), errTest)
	})
	if !errors.Is(err, errTest) {
		t.Fatalf("error %v", err)
	}
	wantCount(t, s, 1)
}

func TestUpdateRollsBackAtPanic(t *testing.T) {
	s := testStore(t, Options{})
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		_ = s.Update(t.Context(), func(ctx context.Context, tx *gorm.DB) error {
			_ = insert(1)(ctx, tx)
			panic("test")
		})
	}()
	wantCount(t, s, 0)
	if err := s.Update(t.Context(), insert(1)); err != nil {
		t.Fatalf("the writer is not free again: %v", err)
	}
}

func TestUpdateJoins(t *testing.T) {
	cases := map[string]struct {
		inner, outer error
		want         int
	}{
		"both good":              {nil, nil, 2},
		"outer fails":            {nil, errTest, 0},
		"inner fails, passed on": {errTest, errTest, 0},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s := testStore(t, Options{})
			err := s.Update(t.Context(), func(ctx context.Context, tx *gorm.DB) error {
				if err := insert(1)(ctx, tx); err != nil {
					return err
				}
				inner := s.Update(ctx, func(ctx context.Context, tx *gorm.DB) error {
					return errors.Join(insert(2)(ctx, tx), c.inner)
				})
				if !errors.Is(inner, c.inner) {
					return fmt.Errorf("inner error %w", inner)
				}
				if n, want := count(ctx, t, s), map[error]int{nil: 2, errTest: 1}[c.inner]; n != want {
					t.Errorf("a view in the transaction sees %d rows, want %d", n, want)
				}
				if n := count(t.Context(), t, s); n != 0 {
					t.Errorf("a view outside of it sees %d rows, want none", n)
				}
				return c.outer
			})
			if !errors.Is(err, c.outer) {
				t.Fatalf("error %v, want %v", err, c.outer)
			}
			wantCount(t, s, c.want)
		})
	}
}

func TestFailedJoinLeavesNoTrace(t *testing.T) {
	s := testStore(t, Options{})
	err := s.Update(t.Context(), func(ctx context.Context, tx *gorm.DB) error {
		for v := range 6 {
			err := s.Update(ctx, func(ctx context.Context, tx *gorm.DB) error {
				if err := errors.Join(insert(v)(ctx, tx), s.Update(ctx, insert(100+v))); err != nil {
					return err
				}
				if v%2 == 1 {
					return errTest
				}
				return nil
			})
			if want := map[int]error{1: errTest}[v%2]; !errors.Is(err, want) {
				return fmt.Errorf("inner update %d: %w", v, err)
			}
		}
		return insert(1000)(ctx, tx)
	})
	if err != nil {
		t.Fatal(err)
	}
	wantCount(t, s, 7)
}

func TestUpdateDoesNotJoinAnotherStore(t *testing.T) {
	a, b := testStore(t, Options{}), testStore(t, Options{})
	err := a.Update(t.Context(), func(ctx context.Context, _ *gorm.DB) error {
		if err := b.Update(ctx, insert(1)); err != nil {
			return err
		}
		return errTest
	})
	if !errors.Is(err, errTest) {
		t.Fatal(err)
	}
	wantCount(t, a, 0)
	wantCount(t, b, 1)
}

func TestFaultPoints(t *testing.T) {
	for point, want := range map[Point]int{BeforeCommit: 0, AfterCommit: 1} {
		t.Run(string(point), func(t *testing.T) {
			var asked []Point
			s := testStore(t, Options{Fault: func(p Point) error {
				asked = append(asked, p)
				if p == point {
					return errTest
				}
				return nil
			}})
			err := s.Update(t.Context(), func(ctx context.Context, _ *gorm.DB) error {
				return s.Update(ctx, insert(1)) // a joined Update has no points of its own
			})
			if !errors.Is(err, errTest) {
				t.Fatalf("error %v", err)
			}
			if n := map[Point]int{BeforeCommit: 1, AfterCommit: 2}[point]; len(asked) != n {
				t.Fatalf("asked at %v", asked)
			}
			wantCount(t, s, want)
		})
	}
}

func TestRetry(t *testing.T) {
	busy := fmt.Errorf("wrapped: %w", sqlite3.Error{Code: sqlite3.ErrBusy})
	cases := map[string]struct {
		err   error
		fails int
		tries int
		want  error
	}{
		"busy twice":     {busy, 2, 3, nil},
		"locked once":    {sqlite3.Error{Code: sqlite3.ErrLocked}, 1, 2, nil},
		"always busy":    {busy, 1000, 1 + maxRetries, busy},
		"another error":  {errTest, 1, 1, errTest},
		"another code":   {sqlite3.Error{Code: sqlite3.ErrFull}, 1, 1, sqlite3.Error{Code: sqlite3.ErrFull}},
		"nothing at all": {nil, 0, 1, nil},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s := testStore(t, Options{})
			tries := 0
			err := s.Update(t.Context(), func(ctx context.Context, tx *gorm.DB) error {
				tries++
				if err := insert(1)(ctx, tx); err != nil || tries > c.fails {
					return err
				}
				return c.err
			})
			if !errors.Is(err, c.want) || tries != c.tries {
				t.Fatalf("%d tries, error %v; want %d, %v", tries, err, c.tries, c.want)
			}
			if want := map[bool]int{true: 1}[c.want == nil]; count(t.Context(), t, s) != want {
				t.Fatalf("want %d rows", want)
			}
		})
	}
}

func TestRetryStopsWithContext(t *testing.T) {
	s := testStore(t, Options{})
	ctx, cancel := context.WithCancel(t.Context())
	tries := 0
	err := s.Update(ctx, func(context.Context, *gorm.DB) error {
		tries++
		cancel()
		return sqlite3.Error{Code: sqlite3.ErrBusy}
	})
	if err == nil || tries > 2 {
		t.Fatalf("%d tries, error %v", tries, err)
	}
}

func TestBackoffIsBounded(t *testing.T) {
	for attempt := range maxRetries {
		for range 100 {
			if d := backoff(attempt); d < 0 || d >= 10*time.Millisecond<<attempt {
				t.Fatalf("attempt %d: %v", attempt, d)
			}
		}
	}
}

// TestTwoStores: two programs on one database wait for each other; nobody sees "locked".
func TestTwoStores(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	stores := []*Store{testStore(t, Options{Path: path}), testStore(t, Options{Path: path})}
	const each = 50
	var wg sync.WaitGroup
	errs := make([]error, len(stores))
	for i, s := range stores {
		wg.Go(func() {
			for v := range each {
				errs[i] = errors.Join(errs[i], s.Update(t.Context(), insert(i*each+v)))
			}
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	wantCount(t, stores[0], len(stores)*each)
	wantCount(t, stores[1], len(stores)*each)
}

func TestViewCannotWrite(t *testing.T) {
	s := testStore(t, Options{})
	if err := s.View(t.Context(), insert(1)); err == nil {
		t.Fatal("a view wrote")
	}
	wantCount(t, s, 0)
}

func TestPaths(t *testing.T) {
	for _, name := range []string{"plain", "with space", "a#b", "a?b=c&d", "100%", "%2e%41", "æøå ☃", "a;b'c\"d", "-x", "a:b"} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), name)
			if err := os.Mkdir(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(dir, name+".db")
			s := testStore(t, Options{Path: path})
			if err := s.Update(t.Context(), insert(1)); err != nil {
				t.Fatal(err)
			}
			wantCount(t, s, 1) // the reader opened the same file
			info, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			if info.Mode().Perm()&0o077 != 0 {
				t.Errorf("others may read the file: %v", info.Mode())
			}
			files, err := os.ReadDir(dir)
			if err != nil || len(files) > 3 { // the database, -wal and -shm
				t.Errorf("%d files: %v, %v", len(files), files, err)
			}
		})
	}
}

func TestRelativePath(t *testing.T) {
	t.Chdir(t.TempDir())
	s := testStore(t, Options{Path: "x y.db"})
	wantCount(t, s, 0)
	if _, err := os.Stat("x y.db"); err != nil {
		t.Fatal(err)
	}
}

func TestOpenErrors(t *testing.T) {
	garbage := filepath.Join(t.TempDir(), "garbage.db")
	if err := os.WriteFile(garbage, []byte("this is no database, and it is long enough to tell"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{"no path": "", "no folder": filepath.Join(t.TempDir(), "a", "b.db"), "garbage": garbage} {
		if s, err := Open(t.Context(), Options{Path: path}); err == nil {
			_ = s.Close()
			t.Errorf("%s: opened", name)
		}
	}
}

// TestPragmas: what the connections are set to, which nothing else would notice.
func TestPragmas(t *testing.T) {
	s, err := Open(t.Context(), Options{Path: filepath.Join(t.TempDir(), "x.db"), Readers: 4})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	cache := map[*gorm.DB]int{}
	for db, want := range map[*gorm.DB]map[string]string{
		s.writer: {"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "5000", "query_only": "0"},
		s.reader: {"journal_mode": "wal", "foreign_keys": "1", "busy_timeout": "5000", "query_only": "1"},
	} {
		for pragma, value := range want {
			var got string
			if err := db.Raw("PRAGMA " + pragma).Scan(&got).Error; err != nil || got != value {
				t.Errorf("%s is %q, want %q (%v)", pragma, got, value, err)
			}
		}
		var kib int
		if err := db.Raw("PRAGMA cache_size").Scan(&kib).Error; err != nil {
			t.Fatal(err)
		}
		cache[db] = -kib * 1024
	}
	sum := cache[s.writer] + 4*cache[s.reader]
	if cache[s.writer] <= 0 || cache[s.reader] <= 0 || sum > 16_000_000 {
		t.Errorf("page caches of %d and 4 × %d bytes", cache[s.writer], cache[s.reader])
	}
}

func TestCloseLeavesNothing(t *testing.T) {
	ignore := goleak.IgnoreCurrent()
	s, err := Open(t.Context(), Options{Path: filepath.Join(t.TempDir(), "x.db")})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := goleak.Find(ignore); err != nil {
		t.Fatal(err)
	}
}

// TestRoomy: a store with room promises the same, and leaves more in its log.
func TestRoomy(t *testing.T) {
	for _, roomy := range []bool{false, true} {
		s := testStore(t, Options{Roomy: roomy})
		var pages, checkpoint int
		err := s.Update(t.Context(), func(_ context.Context, tx *gorm.DB) error {
			return errors.Join(tx.Raw("PRAGMA cache_size").Scan(&pages).Error, tx.Raw("PRAGMA wal_autocheckpoint").Scan(&checkpoint).Error)
		})
		if err != nil {
			t.Fatal(err)
		}
		if big := -pages > writerCacheKiB; big != roomy || (checkpoint > 1000) != roomy {
			t.Errorf("roomy %v: a cache of %d KiB, a log of %d pages", roomy, -pages, checkpoint)
		}
		if err := s.Update(t.Context(), insert(1)); err != nil {
			t.Fatal(err)
		}
		wantCount(t, s, 1)
	}
}

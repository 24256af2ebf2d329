package filedir

import (
	"context"
	"crypto/sha256"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/sqlstore"
)

// tickHouse makes a folder with one contact that was looked at, at the time now.
func tickHouse(t *testing.T, now func() time.Time, changed time.Time) (*Folders, clientKey, string) {
	t.Helper()
	root := t.TempDir()
	store, err := sqlstore.Open(t.Context(), sqlstore.Options{Path: filepath.Join(root, "x.db"), Unsafe: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	if err := store.Migrate(t.Context(), Migrations()); err != nil {
		t.Fatal(err)
	}
	f, k, dir := New(store, Options{Now: now, Unsafe: true}), clientKey{"ann", "1"}, filepath.Join(root, "a")
	file := filepath.Join(dir, "a.txt")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	writeAt(t, file, "one", changed)
	if err := f.Register(t.Context(), k.owner, k.id, dir); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Survey(t.Context(), k.owner, k.id); err != nil {
		t.Fatal(err)
	}
	return f, k, file
}

func writeAt(t *testing.T, path, data string, at time.Time) {
	t.Helper()
	if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, at, at); err != nil {
		t.Fatal(err)
	}
}

// sameStamp lets the listing believe that the file was last seen as its stamp is now, as on a file system
// whose clock did not tick between the look and the edit.
func sameStamp(t *testing.T, f *Folders, k clientKey, path string) {
	t.Helper()
	ctx := context.Background()
	d, err := f.openFolder(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	st, _, err := d.stat(filepath.Base(path))
	if err != nil {
		t.Fatal(err)
	}
	if err := d.close(); err != nil {
		t.Fatal(err)
	}
	l, err := f.load(ctx, k)
	if err != nil {
		t.Fatal(err)
	}
	e := l.live(filepath.Base(path))
	e.stamp = st
	l.mark(e)
	if err := f.save(ctx, l); err != nil {
		t.Fatal(err)
	}
}

// known gives the hash that a new look finds for the only file.
func known(t *testing.T, f *Folders, k clientKey) hash {
	t.Helper()
	if _, err := f.Survey(t.Context(), k.owner, k.id); err != nil {
		t.Fatal(err)
	}
	l, err := f.load(t.Context(), k)
	if err != nil {
		t.Fatal(err)
	}
	return l.live("a.txt").hash
}

// TestSameTick: an edit of the same size in the same tick of the file system's clock leaves no trace but
// the content. It is found where the file was changed within two seconds of the last look; that an older
// one is not even read shows that the stamp is relied on.
func TestSameTick(t *testing.T) {
	look := time.Now()
	for name, tc := range map[string]struct {
		before time.Duration // how long before the look the file was changed
		later  time.Duration // when the next look is
		found  bool
	}{
		"same moment":            {0, time.Minute, true},
		"1.9 s before":           {1900 * time.Millisecond, time.Minute, true},
		"3 s before":             {3 * time.Second, time.Minute, false},
		"from the future":        {-time.Hour, time.Minute, true},
		"3 s, clock was set":     {3 * time.Second, -time.Minute, true},
		"an hour":                {time.Hour, time.Minute, false},
		"same moment, next year": {0, 8760 * time.Hour, true},
	} {
		t.Run(name, func(t *testing.T) {
			now, at := look, look.Add(-tc.before)
			f, k, file := tickHouse(t, func() time.Time { return now }, at)
			writeAt(t, file, "two", at)
			sameStamp(t, f, k, file)
			now = look.Add(tc.later)
			if got := known(t, f, k) == sha256.Sum256([]byte("two")); got != tc.found {
				t.Errorf("edit found: %v, want %v", got, tc.found)
			}
		})
	}
}

// TestReadOnce: a recent file is read again once, and then no more.
func TestReadOnce(t *testing.T) {
	now := time.Now()
	f, k, file := tickHouse(t, func() time.Time { return now }, now)
	now = now.Add(time.Minute)
	known(t, f, k)
	writeAt(t, file, "two", now.Add(-time.Minute))
	sameStamp(t, f, k, file)
	now = now.Add(time.Minute)
	if known(t, f, k) == sha256.Sum256([]byte("two")) {
		t.Error("an old file whose stamp did not change was read")
	}
}

// TestTouched: other times with the same content are no change, and are remembered.
func TestTouched(t *testing.T) {
	now := time.Now()
	f, k, file := tickHouse(t, func() time.Time { return now }, now.Add(-time.Hour))
	writeAt(t, file, "one", now.Add(-time.Minute))
	now = now.Add(time.Minute)
	known(t, f, k)
	l, err := f.load(t.Context(), k)
	if err != nil {
		t.Fatal(err)
	}
	if l.row.Counter != 1 {
		t.Errorf("counter %d", l.row.Counter)
	}
	if e := l.live("a.txt"); e.stamp.mtime != now.Add(-2*time.Minute).UnixNano() || e.class.class() != dataclass.Notes {
		t.Errorf("stamp %+v", e.stamp)
	}
}

package filedir

import (
	"context"
	"crypto/sha256"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

// ownFile lets a session write a note and gives its file.
func ownFile(t *testing.T, f *Folders, k clientKey, dir, data string) string {
	t.Helper()
	s := begin(t, f, k, "")
	op := sources.Op{Key: "k", Verb: sources.Add, Body: dataclass.Body{Type: dataclass.PlainText.String(), Data: []byte(data)}}
	res, err := s.Apply(t.Context(), []sources.Op{op})
	if err != nil || res[0].State != sources.Done {
		t.Fatal(res, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, string(res[0].ID))
}

func begin(t *testing.T, f *Folders, k clientKey, cur sources.Cursor) sources.Session {
	t.Helper()
	src, err := f.Kind().Open(t.Context(), sources.Client{Owner: k.owner, ID: k.id, Origin: "binding-1"})
	if err != nil {
		t.Fatal(err)
	}
	s, err := src.Begin(t.Context(), dataclass.Notes, cur)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestOwnWrites: a file that we wrote is not read again, although it is new; but an edit of the same size
// right after our write is found, and so is one on a file system that does not keep the time we gave.
func TestOwnWrites(t *testing.T) {
	for name, tc := range map[string]struct {
		mask  func(e *entry, path string) // what happens between our write and the next look
		found bool
	}{
		"not read":  {func(e *entry, path string) { e.stamp = stampOf(path) }, false},
		"edited":    {func(*entry, string) {}, true},
		"time lost": {func(e *entry, path string) { e.stamp, e.sure = stampOf(path), false }, true},
	} {
		t.Run(name, func(t *testing.T) {
			f, k, first := tickHouse(t, time.Now, time.Now().Add(-time.Hour))
			path := ownFile(t, f, k, filepath.Dir(first), "one")
			if err := os.WriteFile(path, []byte("two"), 0o600); err != nil {
				t.Fatal(err)
			}
			l := loaded(t, f, k)
			e := l.live(filepath.Base(path))
			if !e.sure {
				t.Fatalf("the time of a file just written proves nothing: %+v", e.stamp)
			}
			tc.mask(e, path)
			l.mark(e)
			if err := f.save(context.Background(), l); err != nil {
				t.Fatal(err)
			}
			if _, err := f.Survey(t.Context(), k.owner, k.id); err != nil {
				t.Fatal(err)
			}
			e = loaded(t, f, k).live(filepath.Base(path))
			if got := e.hash == sha256.Sum256([]byte("two")); got != tc.found {
				t.Errorf("edit found: %v, want %v", got, tc.found)
			}
			if tc.found && e.sure {
				t.Error("the time of a file that somebody else wrote is taken for ours")
			}
		})
	}
}

func loaded(t *testing.T, f *Folders, k clientKey) *listing {
	t.Helper()
	l, err := f.load(t.Context(), k)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func stampOf(path string) stamp {
	d := &folder{path: filepath.Dir(path)}
	dir, err := os.Open(d.path)
	if err != nil {
		panic(err)
	}
	defer func() { _ = dir.Close() }()
	d.dir, d.fd = dir, int(dir.Fd())
	st, _, err := d.stat(filepath.Base(path))
	if err != nil {
		panic(err)
	}
	return st
}

// TestOwnTime: the time that a file gets is odd, so that no coarser clock gives it.
func TestOwnTime(t *testing.T) {
	for _, ns := range []int64{0, 1, 1_000_000_000, 1_000_000_001} {
		if got := ownTime(time.Unix(0, ns)); got%2 != 1 || got-ns > 1 {
			t.Errorf("%d gives %d", ns, got)
		}
	}
}

// TestOwnWritesNotReported: what an origin wrote is not listed to it, until the user changes it.
func TestOwnWritesNotReported(t *testing.T) {
	f, k, first := tickHouse(t, time.Now, time.Now().Add(-time.Hour))
	s := begin(t, f, k, "")
	cur, err := s.Commit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	path := ownFile(t, f, k, filepath.Dir(first), "one")
	for _, want := range []int{0, 1} {
		s := begin(t, f, k, cur)
		n := 0
		for c, err := range s.Changes(t.Context()) {
			if n++; err != nil || c.Own {
				t.Error(c, err)
			}
		}
		if n != want {
			t.Errorf("%d changes, want %d", n, want)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("two"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

package sqlstore

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"gorm.io/gorm"
)

func TestWritable(t *testing.T) {
	full := errors.New("no space left")
	var fault error
	s, err := Open(t.Context(), Options{Path: filepath.Join(t.TempDir(), "x.db"), Unsafe: true, Fault: func(p Point) error {
		if p == BeforeCommit {
			return fault
		}
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Writable(t.Context()); err != nil {
		t.Errorf("an open database: %v", err)
	}
	fault = full
	if err := s.Writable(t.Context()); !errors.Is(err, full) {
		t.Errorf("a full disk: %v", err)
	}
	fault = nil
	ended, end := context.WithCancel(t.Context())
	end()
	if err := s.Writable(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("when nobody waits: %v", err)
	}
	err = s.Update(t.Context(), func(_ context.Context, tx *gorm.DB) error { return tx.Exec("PRAGMA query_only = true").Error })
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Writable(t.Context()); err == nil {
		t.Error("a database that is read only takes a write")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Writable(t.Context()); err == nil {
		t.Error("a closed database takes a write")
	}
}

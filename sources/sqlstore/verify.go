package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"

	sqlite3 "github.com/mattn/go-sqlite3"
	"gorm.io/gorm"
)

// ErrForeign means that a file is no database of this program: something else, or a damaged one.
var ErrForeign = errors.New("this is no Bindery database, or a damaged one")

// mostFaults is how many faults of a database are told.
const mostFaults = 100

// Look calls fn with the database at path as it is now, while others may go on using it: every View with the context
// that fn is given reads that one state. Nothing can be written. It returns ErrForeign for a file that cannot be read as
// a database.
func Look(ctx context.Context, path string, fn func(ctx context.Context, s *Store) error) (err error) {
	if _, err := os.Stat(path); err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	db, err := open(path, slog.New(slog.DiscardHandler), 1, url.Values{"_busy_timeout": {"5000"}, "_query_only": {"true"}})
	if err != nil {
		return foreign(err)
	}
	defer func() { err = errors.Join(err, closeDB(db)) }()
	s := &Store{writer: db, reader: db}
	return foreign(db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		// The state is that of the first reading.
		if err := tx.Exec("SELECT count(*) FROM sqlite_master").Error; err != nil {
			return fmt.Errorf("read database %s: %w", path, err)
		}
		return fn(context.WithValue(ctx, txKey{}, &joined{store: s, tx: tx, broken: new(error)}), s)
	}))
}

// foreign marks errors that say that a file is no database.
func foreign(err error) error {
	var se sqlite3.Error
	if errors.As(err, &se) && (se.Code == sqlite3.ErrNotADB || se.Code == sqlite3.ErrCorrupt) && !errors.Is(err, ErrForeign) {
		return fmt.Errorf("%w: %w", ErrForeign, err)
	}
	return err
}

// Faults lists what is wrong with the database file itself: pages, indexes, and rows that refer to rows that are not
// there. It is empty for a sound one.
func (s *Store) Faults(ctx context.Context) ([]string, error) {
	var out []string
	var rows []struct {
		Table  string `gorm:"column:table"`
		Rowid  int64  `gorm:"column:rowid"`
		Parent string `gorm:"column:parent"`
	}
	err := s.View(ctx, func(_ context.Context, db *gorm.DB) error {
		if err := db.Raw(fmt.Sprintf("PRAGMA integrity_check(%d)", mostFaults)).Scan(&out).Error; err != nil {
			return err
		}
		return db.Raw("PRAGMA foreign_key_check").Scan(&rows).Error
	})
	if err != nil {
		return nil, fmt.Errorf("check database: %w", err)
	}
	if len(out) == 1 && out[0] == "ok" {
		out = nil
	}
	for _, r := range rows[:min(len(rows), mostFaults)] {
		out = append(out, fmt.Sprintf("row %d of %s refers to a row of %s that is not there", r.Rowid, r.Table, r.Parent))
	}
	return out, nil
}

// Seen lists the steps that the database has seen, in their order; ErrForeign if it is not one of this program.
func (s *Store) Seen(ctx context.Context) ([]string, error) {
	var ids []string
	var has int
	err := s.View(ctx, func(_ context.Context, db *gorm.DB) error {
		err := db.Raw("SELECT count(*) FROM sqlite_master WHERE name IN ('migrations', 'accounts')").Scan(&has).Error
		if err != nil || has < 2 {
			return err
		}
		return db.Raw("SELECT id FROM migrations ORDER BY rowid").Scan(&ids).Error
	})
	switch {
	case err != nil:
		return nil, fmt.Errorf("read steps of database: %w", err)
	case has < 2:
		return nil, ErrForeign
	}
	return ids, nil
}

// Pending compares the steps that a database has seen with those that there are: what is still to be done, and what it
// has seen that a newer program did.
func Pending(seen []string, steps []Migration) (todo, newer []string) {
	has, known := make(map[string]bool), make(map[string]bool)
	for _, id := range seen {
		has[id] = true
	}
	for _, m := range steps {
		known[m.ID] = true
		if !has[m.ID] {
			todo = append(todo, m.ID)
		}
	}
	for _, id := range seen {
		if !known[id] {
			newer = append(newer, id)
		}
	}
	return todo, newer
}

// numbersSkipped is more than what is given out between two backups of a busy installation, as far as people see it.
const numbersSkipped = 10_000

// SkipNumbers leaves a gap in every table that numbers its rows. A database that was brought back from a backup would
// otherwise give out again what it gave out since.
func (s *Store) SkipNumbers(ctx context.Context) error {
	err := s.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
		return tx.Exec("UPDATE sqlite_sequence SET seq = seq + ?", numbersSkipped).Error
	})
	if err != nil {
		return fmt.Errorf("skip numbers: %w", err)
	}
	return nil
}

// Package sqlstore is the database handle of the house: one writer and a read-only pool behind View
// and Update, retry of what may be retried, and the migration runner. Every room owns its tables and
// exports its migrations; nothing outside storage files touches gorm.
package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/url"
	"os"
	"runtime"
	"time"

	sqlite3 "github.com/mattn/go-sqlite3"
	"gorm.io/driver/sqlite"
	"gorm.io/gorm"
)

// A Point is a place in a transaction where a test may let the process die.
type Point string

// The points at which Options.Fault is asked.
const (
	// BeforeCommit: everything was written, nothing is committed.
	BeforeCommit Point = "before commit"
	// AfterCommit: the transaction is durable, its caller does not know yet.
	AfterCommit Point = "after commit"
)

// Options say how a Store is opened. The zero value of each field is a good default.
type Options struct {
	// Path is the database file; it is created if it does not exist. Required.
	Path string
	// Log receives what goes wrong inside the database layer. Statements and values are never logged.
	Log *slog.Logger
	// Readers is the size of the read-only pool; by default the number of processors, at least 4.
	Readers int
	// Roomy is for a process that has one great piece of work and ends soon: it takes up to 48 MB for pages instead of reading
	// them again, and brings what was committed from the log into the database less often. What a commit promises is the same.
	Roomy bool
	// Unsafe turns off waiting for the disk. Only tests that do not pull the plug use it.
	Unsafe bool
	// Fault, if set, is asked at each Point of each outermost Update. Its error ends the Update there,
	// as a crash would; after AfterCommit the transaction stays committed.
	Fault func(Point) error
}

// A Store is an open database. It is safe for concurrent use.
type Store struct {
	writer *gorm.DB
	reader *gorm.DB
	fault  func(Point) error
}

// The page caches in KiB, of the writer and of all readers together: 6.4 MB in all, and what they are for a process with room.
const (
	writerCacheKiB  = 4000
	readersCacheKiB = 2400
	roomyWriterKiB  = 32000
	roomyReadersKiB = 16000
)

// roomyLogPages is how many pages of 4 KiB the log of a process with room has before they are brought into the database.
const roomyLogPages = 8000

// statements is how many prepared statements each connection keeps. A short session runs some sixty, again and
// again, and preparing them took a quarter of its time.
const statements = 64

// Open opens or makes the database at o.Path. A new file is for its owner's eyes only.
func Open(ctx context.Context, o Options) (*Store, error) {
	if o.Path == "" {
		return nil, errors.New("open database: no path")
	}
	if o.Readers <= 0 {
		o.Readers = max(4, runtime.NumCPU())
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if err := create(o.Path); err != nil {
		return nil, err
	}
	writes, reads := writerCacheKiB, readersCacheKiB
	if o.Roomy {
		writes, reads = roomyWriterKiB, roomyReadersKiB
	}
	common := url.Values{"_busy_timeout": {"5000"}, "_foreign_keys": {"on"}, "_stmt_cache_size": {fmt.Sprint(statements)}}
	w := url.Values{"_journal_mode": {"WAL"}, "_synchronous": {"FULL"}, "_txlock": {"immediate"},
		"_cache_size": {fmt.Sprint(-writes)}}
	if o.Unsafe {
		w.Set("_synchronous", "OFF")
	}
	r := url.Values{"_query_only": {"true"}, "_cache_size": {fmt.Sprint(-reads / o.Readers)}}
	writer, err := open(o.Path, o.Log, 1, common, w)
	if err != nil {
		return nil, err
	}
	reader, err := open(o.Path, o.Log, o.Readers, common, r)
	if err != nil {
		return nil, errors.Join(err, closeDB(writer))
	}
	s := &Store{writer: writer, reader: reader, fault: o.Fault}
	err = s.ping(ctx)
	if err == nil && o.Roomy {
		err = writer.WithContext(ctx).Exec(fmt.Sprintf("PRAGMA wal_autocheckpoint = %d", roomyLogPages)).Error
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open database %s: %w", o.Path, err), s.Close())
	}
	return s, nil
}

// create makes an empty file, which is an empty database, that nobody else can read. The database's
// other files get the same permissions from it.
func create(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	return nil
}

func open(path string, log *slog.Logger, conns int, sets ...url.Values) (*gorm.DB, error) {
	q := url.Values{}
	for _, set := range sets {
		for k, v := range set {
			q[k] = v
		}
	}
	dsn := (&url.URL{Scheme: "file", Opaque: url.PathEscape(path), RawQuery: q.Encode()}).String()
	db, err := gorm.Open(sqlite.Open(dsn), &gorm.Config{
		SkipDefaultTransaction: true, PrepareStmt: false, TranslateError: true,
		DisableAutomaticPing: true, Logger: newLogger(log),
	})
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	pool, err := db.DB()
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	pool.SetMaxOpenConns(conns)
	pool.SetMaxIdleConns(conns)
	return db, nil
}

// ping makes the file and its journal mode by the writer before the first reader looks.
func (s *Store) ping(ctx context.Context) error {
	for _, db := range []*gorm.DB{s.writer, s.reader} {
		pool, err := db.DB()
		if err != nil {
			return err
		}
		if err := pool.PingContext(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Close closes both handles.
func (s *Store) Close() error { return errors.Join(closeDB(s.reader), closeDB(s.writer)) }

func closeDB(db *gorm.DB) error {
	pool, err := db.DB()
	if err != nil {
		return err
	}
	return pool.Close()
}

// InUpdate reports whether ctx is that of an Update of s, so that what is called with it would be inside
// the transaction.
func (s *Store) InUpdate(ctx context.Context) bool { return s.joinedBy(ctx) != nil }

// View calls fn with a handle to read by. Inside an Update whose context it is given, it reads what
// that Update wrote; elsewhere each query sees the latest committed state, so two queries may see two
// states. Fn must not keep the handle.
func (s *Store) View(ctx context.Context, fn func(ctx context.Context, db *gorm.DB) error) error {
	if j := s.joinedBy(ctx); j != nil {
		return fn(ctx, j.tx.WithContext(ctx))
	}
	return fn(ctx, s.reader.WithContext(ctx))
}

// Update calls fn in a transaction and commits it if fn returns nil. Given the context of another
// Update of the same Store it joins that transaction: it is committed with it or not at all, and if its
// own fn fails it leaves no trace, so that the outer one may go on. A transaction that lost a race for
// the database is tried again, so fn may run more than once and must have no effect outside the
// database before it returns.
func (s *Store) Update(ctx context.Context, fn func(ctx context.Context, tx *gorm.DB) error) error {
	if j := s.joinedBy(ctx); j != nil {
		return j.join(ctx, fn)
	}
	for attempt := 0; ; attempt++ {
		err := s.once(ctx, fn)
		if attempt >= maxRetries || !retryable(err) {
			return err
		}
		if err := sleep(ctx, backoff(attempt)); err != nil {
			return err
		}
	}
}

// Together is Update for those who have no business with tables: all that is read and written with the context of fn is
// one transaction.
func (s *Store) Together(ctx context.Context, fn func(ctx context.Context) error) error {
	return s.Update(ctx, func(ctx context.Context, _ *gorm.DB) error { return fn(ctx) })
}

func (s *Store) once(ctx context.Context, fn func(ctx context.Context, tx *gorm.DB) error) error {
	err := s.writer.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		j := &joined{store: s, tx: tx, broken: new(error)}
		if err := j.call(ctx, fn); err != nil {
			return err
		}
		return s.ask(BeforeCommit)
	})
	if err != nil {
		return err
	}
	return s.ask(AfterCommit)
}

func (s *Store) ask(p Point) error {
	if s.fault == nil {
		return nil
	}
	return s.fault(p)
}

const maxRetries = 5

// retryable reports whether the database asks for the whole transaction again.
func retryable(err error) bool {
	var se sqlite3.Error
	return errors.As(err, &se) && (se.Code == sqlite3.ErrBusy || se.Code == sqlite3.ErrLocked)
}

// backoff is a random pause that doubles with each attempt, at most 320 ms.
func backoff(attempt int) time.Duration {
	return time.Duration(rand.Int64N(int64(10*time.Millisecond) << attempt))
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

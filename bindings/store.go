package bindings

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/sqlstore"
)

// Options say how a Store works. The zero value of each field is a good default.
type Options struct {
	// Now is the clock; by default time.Now.
	Now func() time.Time
	// Rand is where ids, salts and nonces come from; by default the system's source. It need not be
	// safe for concurrent use.
	Rand io.Reader
	// Secrets encrypts the passwords that MD5 log-in needs. Without it no account has MD5 log-in.
	Secrets *Secrets
	// Kinds are the kinds that clients of new bindings must have. Without it any kind will do, and
	// "syncml" is the deferred one.
	Kinds *sources.Registry
	// Log receives what an operator should know. It never sees passwords or items.
	Log *slog.Logger
	// Observe, if set, is told how syncs end.
	Observe Observer
	// Parts, if set, tells which datastores of an owner stand for one collection only: phones are bound to none of them,
	// and besides them an account needs another one. It is given the context of an Update.
	Parts func(ctx context.Context, owner string) (map[string]bool, error)
}

// A Store keeps everything of this package in one database. It is safe for concurrent use, also by
// several processes on the same database.
type Store struct {
	db      *sqlstore.Store
	now     func() time.Time
	rand    io.Reader
	secrets *Secrets
	kinds   *sources.Registry
	log     *slog.Logger
	logins  *accountLogins
	packs   packs
	observe Observer
	parts   func(ctx context.Context, owner string) (map[string]bool, error)
}

// Open makes a Store on a database that has this package's tables (see Migrations).
func Open(db *sqlstore.Store, o Options) *Store {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Rand == nil {
		o.Rand = rand.Reader
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Observe == nil {
		o.Observe = unobserved{}
	}
	return &Store{
		db: db, observe: o.Observe, parts: o.Parts, now: o.Now, rand: &lockedReader{r: o.Rand}, secrets: o.Secrets, kinds: o.Kinds,
		log: o.Log, logins: newAccountLogins(o.Secrets),
	}
}

// lockedReader makes a reader safe for concurrent use.
type lockedReader struct {
	mu sync.Mutex
	r  io.Reader
}

func (l *lockedReader) Read(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return io.ReadFull(l.r, p)
}

// newID makes a UUID of version 7 (RFC 9562 section 5.7) from the Store's clock and randomness: ids
// made later sort later, to the millisecond.
func (s *Store) newID() (string, error) {
	var id uuid.UUID
	if _, err := io.ReadFull(s.rand, id[6:]); err != nil {
		return "", fmt.Errorf("make id: %w", err)
	}
	var ms [8]byte
	binary.BigEndian.PutUint64(ms[:], uint64(s.now().UnixMilli()))
	copy(id[:6], ms[2:])
	id[6] = 0x70 | id[6]&0x0f
	id[8] = 0x80 | id[8]&0x3f
	return id.String(), nil
}

// parseID reads a UUID in any of its usual spellings and gives the canonical one: lower case, with
// dashes. It returns an ErrInvalid for anything else.
func parseID(s string) (string, error) {
	id, err := uuid.Parse(strings.TrimSpace(s))
	if err != nil {
		return "", fault(ErrInvalid, "%.64q is not a UUID", s)
	}
	return id.String(), nil
}

// micros is how a time is stored: microseconds since 1970, 0 for the zero Time.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// fromMicros reads what micros stored, as UTC.
func fromMicros(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

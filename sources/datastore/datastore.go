// Package datastore is the kind "datastore": the embedded store that every account gets one of. It
// keeps items as they were written, byte for byte, with a change counter for each client, tombstones,
// and the origin of the last write, and it keeps every promise of package sources.
//
// A look is a change number taken at Begin, not an open transaction: what is written later has a
// higher number and shows in the next look. The one exception keeps a complete listing complete: an
// item that existed at Begin and was edited since is listed, as it is now, and shows again next time.
package datastore

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/sqlstore"
)

// KindName is the name of the sync source.
const KindName = "datastore"

// DefaultMaxItemSize is how many bytes an item may have unless Options say otherwise.
const DefaultMaxItemSize = 8 << 20

// Options say how a Datastore behaves. The zero value is ready for use.
type Options struct {
	// Now tells the time that items are stamped with; by default time.Now.
	Now func() time.Time
	// Random is where new ids come from; by default crypto/rand.Reader.
	Random io.Reader
	// MaxItemSize is how many bytes an item may have; by default DefaultMaxItemSize.
	MaxItemSize int
	// Registered, if set, is asked within the transaction of each write, whose context it gets. Its error, for a client
	// that is gone with its owner, ends the write.
	Registered func(ctx context.Context, owner, client string) error
}

// A Datastore keeps the items of every owner's datastore clients in one database. It is safe for
// concurrent use.
type Datastore struct {
	store  *sqlstore.Store
	now    func() time.Time
	random io.Reader
	limit  int
	// registered is never nil.
	registered func(ctx context.Context, owner, client string) error
	// onWrite is told of writes.
	onWrite atomic.Pointer[func()]
}

// New makes a Datastore on store, which must have run Migrations.
func New(store *sqlstore.Store, o Options) *Datastore {
	d := &Datastore{store: store, now: o.Now, random: o.Random, limit: o.MaxItemSize, registered: o.Registered}
	if d.registered == nil {
		d.registered = func(context.Context, string, string) error { return nil }
	}
	if d.now == nil {
		d.now = time.Now
	}
	if d.random == nil {
		d.random = rand.Reader
	}
	if d.limit <= 0 {
		d.limit = DefaultMaxItemSize
	}
	return d
}

// Caps are the promises that every datastore client keeps.
func (d *Datastore) Caps() sources.Caps {
	return sources.Caps{
		Classes:         []dataclass.Class{dataclass.Contacts, dataclass.Events, dataclass.Tasks, dataclass.Notes},
		ServerInitiated: true, Incremental: true, KeyedAdd: true, Conditional: true, Tombstones: true, Origins: true,
		MaxItemSize: d.limit, Keeps: dataclass.Keeps{All: true},
	}
}

// Kind gives the entry for a sources.Registry. A client needs no row to be opened: it is empty until
// something is written.
func (d *Datastore) Kind() sources.Kind {
	open := func(_ context.Context, c sources.Client) (sources.Source, error) {
		if c.Owner == "" || c.ID == "" {
			return nil, errors.New("open datastore: owner or client is missing")
		}
		return &source{d: d, client: clientKey{c.Owner, c.ID}, origin: c.Origin}, nil
	}
	return sources.Kind{Name: KindName, Caps: d.Caps(), Open: open}
}

// clientKey is the leading part of every key of this room.
type clientKey struct{ owner, id string }

func checkClass(class dataclass.Class) error {
	switch class {
	case dataclass.Contacts, dataclass.Events, dataclass.Tasks, dataclass.Notes:
		return nil
	}
	return fmt.Errorf("class %q: %w", class, sources.ErrUnsupported)
}

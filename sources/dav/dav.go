// Package dav is the kind "dav": any server that offers collections of CardDAV (RFC 6352) and CalDAV (RFC 4791), one
// for each dataclass; several calendar classes may share one. Package discover below it finds them; this one moves items.
//
// A server is asked for what changed since a token (RFC 6578) or, where it cannot tell or has forgotten, whether what it
// calls its state is another (getctag), and then for everything. Whatever it tells is compared with what is known of each
// path, and each difference gets the next number of a counter, under which it is noted before anybody is told; a cursor
// is such a number. So a lost token loses no cursor, what the server lists twice is told once, an own write is no change,
// and any number of bindings may read one client. A revision is a hash of the lines of an item, and not its entity tag:
// it stays when a server gives new tags to what did not change. Entity tags guard the writes.
//
// An item's ID is the last segment of the path that it was first seen at. It keeps it when its server gives it another
// path: an item that is gone from one and of the same UID as one that is new at another is the same item. What is of
// another class than that of the look is remembered, and not read again until it changes.
//
// An item is gone when the server tells so, or when a complete listing lacks it; but a server that has it all the same
// when some of what is missing is asked for by itself is not believed in anything it said, and the look is an error.
// What was written here, and is told neither to be there nor to be deleted, is gone when it is not found twice.
// Answers that are cut off, are no multistatus, or do not speak of items that were asked for, never stand for a
// deletion. Once a month everything is listed.
//
// A new item is written to a path made of its UID, on the condition that there is nothing; another on the condition that
// it is as it is known. So a write whose answer is lost can be sent again, and one that met another state is planned
// anew. An Add with a key is noted with its UID and path before it is sent, so that it makes one item however often it
// is repeated (Caps.KeyedAdd). A UID that the server does not take, because another item has or had it, is replaced by one
// that is always the same for the key, and an item that is there keeps the UID that it has. What was written is read
// again until a server has shown that it holds the very bytes that it is sent. A server that takes many writes in one
// request gets them so; what it then does not speak of is looked for before it is sent again.
package dav

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/ledger"
	"github.com/bindery-sync/bindery/sources/sqlstore"
)

// KindName is the name of the sync source.
const KindName = "dav"

// DefaultMaxItemSize is how many bytes an item may have unless Options say otherwise.
const DefaultMaxItemSize = 10 << 20

// A Connection is how to reach one client.
type Connection struct {
	// Collections are the addresses of the collections of the classes that are offered. Several calendar classes may
	// share one collection.
	Collections map[dataclass.Class]string
	// HTTP carries the requests. It signs in and guards addresses by itself. Its transport must not follow
	// redirects; a CheckRedirect of its own is asked about each.
	HTTP *http.Client
}

// Connections tell how to reach a client.
type Connections interface {
	// Connection gives the connection of one of the owner's clients. An error that wraps sources.ErrAuth means
	// that its user must sign in again.
	Connection(ctx context.Context, owner, client string) (Connection, error)
}

// An Offer tells which dataclasses a client has a collection for. Connections that are one besides are asked for them;
// otherwise every client is taken to have all.
type Offer interface {
	Classes(ctx context.Context, owner, client string) ([]dataclass.Class, error)
}

// Options say how the kind behaves. The zero value is ready for use.
type Options struct {
	// Now tells the time that spans are measured by, never what a server is asked for; by default time.Now.
	Now func() time.Time
	// Random is where ids come from; by default crypto/rand.Reader.
	Random io.Reader
	// Wait waits before a request is repeated; by default a timer. It returns the error of ctx if that ends.
	Wait func(ctx context.Context, d time.Duration) error
	// Meter is told how requests end; by default nobody.
	Meter sources.Meter
	// Log receives what was passed over. It never sees content.
	Log *slog.Logger
	// MaxItemSize is how many bytes an item may have; by default DefaultMaxItemSize.
	MaxItemSize int
	// Chunk is how many items a server is asked for at once; by default 100.
	Chunk int
	// Reads is how many such requests are in flight; by default 3.
	Reads int
	// Writes is how many writes are in flight; by default 6.
	Writes int
	// Timeout bounds one request from its beginning to the end of its answer; by default two minutes.
	Timeout time.Duration
}

func (o Options) withDefaults() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Random == nil {
		o.Random = rand.Reader
	}
	if o.Wait == nil {
		o.Wait = ledger.Wait
	}
	if o.Meter == nil {
		o.Meter = sources.Unmetered{}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	for n, std := range map[*int]int{&o.MaxItemSize: DefaultMaxItemSize, &o.Chunk: 100, &o.Reads: 3, &o.Writes: 6} {
		if *n <= 0 {
			*n = std
		}
	}
	if o.Timeout <= 0 {
		o.Timeout = 2 * time.Minute
	}
	return o
}

// DAV keeps what is known of every owner's dav clients in one database. It is safe for concurrent use.
type DAV struct {
	store *sqlstore.Store
	conns Connections
	o     Options

	locks ledger.Locks
}

// New makes a DAV on db, which must have run Migrations.
func New(db *sqlstore.Store, c Connections, o Options) *DAV {
	return &DAV{store: db, conns: c, o: o.withDefaults()}
}

// classes are those that a server can have collections of.
var classes = []dataclass.Class{dataclass.Contacts, dataclass.Events, dataclass.Tasks, dataclass.Notes}

// Caps are the promises that every dav client keeps.
func (d *DAV) Caps() sources.Caps {
	return sources.Caps{
		Classes:         classes,
		ServerInitiated: true, Incremental: true, KeyedAdd: true, Conditional: true, Tombstones: true, Inferred: true, Origins: true,
		MaxItemSize: d.o.MaxItemSize, Keeps: dataclass.Keeps{Names: keeps}, UIDs: true,
	}
}

// keeps are the properties that every server keeps: what an item lacks of them was removed there. Of the others it is left
// to be seen.
var keeps = []string{
	"ADR", "COMPLETED", "DESCRIPTION", "DTEND", "DTSTART", "DUE", "EMAIL", "FN", "LOCATION", "N", "NICKNAME", "NOTE", "ORG", "RRULE", "SUMMARY",
	"TEL", "TITLE", "URL",
}

// Kind gives the entry for a sources.Registry. A client needs no row to be opened. Begin gives the errors of
// Connections, sources.ErrUnsupported for a class that the connection does not offer, sources.ErrAuth where the server
// refuses the credentials and sources.ErrBusy where it wants to be left alone for longer than a sync waits.
func (d *DAV) Kind() sources.Kind {
	open := func(_ context.Context, c sources.Client) (sources.Source, error) {
		if c.Owner == "" || c.ID == "" {
			return nil, errors.New("open dav client: owner or client is missing")
		}
		return &source{d: d, client: clientKey{c.Owner, c.ID}, origin: c.Origin}, nil
	}
	k := sources.Kind{Name: KindName, Caps: d.Caps(), Open: open}
	if offer, ok := d.conns.(Offer); ok {
		k.Classes = func(ctx context.Context, c sources.Client) ([]dataclass.Class, error) {
			return offer.Classes(ctx, c.Owner, c.ID)
		}
	}
	return k
}

// clientKey is the leading part of every key of this room.
type clientKey struct{ owner, id string }

// Package gdata is the kind "gdata": any endpoint that offers contacts and events as feeds of the Google Data protocol,
// versions 2 and 3.
package gdata

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/sqlstore"
)

// KindName is the name of the sync source.
const KindName = "gdata"

// DefaultMaxItemSize is how many bytes an item may have unless Options say otherwise.
const DefaultMaxItemSize = 2 << 20

// A Connection is how to reach one client.
type Connection struct {
	// Contacts, Groups and Events are the addresses of its feeds, "" where the class is not offered.
	Contacts, Groups, Events string
	// HTTP carries the requests. It signs in and guards addresses by itself.
	HTTP *http.Client
}

// Connections tell how to reach a client.
type Connections interface {
	// Connection gives the connection of one of the owner's clients. An error that wraps sources.ErrAuth means
	// that its user must sign in again.
	Connection(ctx context.Context, owner, client string) (Connection, error)
}

// Options say how the kind behaves. The zero value is ready for use.
type Options struct {
	// Now tells the time that spans are measured by, never what a server is asked for; by default time.Now.
	Now func() time.Time
	// Random is where epochs and the spread of waiting times come from; by default crypto/rand.Reader.
	Random io.Reader
	// Wait waits before a request is repeated; by default a timer. It returns the error of ctx if that ends.
	Wait func(ctx context.Context, d time.Duration) error
	// Log receives what was passed over. It never sees content.
	Log *slog.Logger
	// MaxItemSize is how many bytes an item may have; by default DefaultMaxItemSize.
	MaxItemSize int
}

// GData keeps what is known of every owner's gdata clients in one database. It is safe for concurrent use.
type GData struct {
	store *sqlstore.Store
	conns Connections
	o     Options
}

// New makes a GData on db, which must have run Migrations.
func New(db *sqlstore.Store, c Connections, o Options) *GData {
	if o.MaxItemSize <= 0 {
		o.MaxItemSize = DefaultMaxItemSize
	}
	return &GData{store: db, conns: c, o: o}
}

// Caps are the promises that every gdata client keeps.
func (g *GData) Caps() sources.Caps {
	return sources.Caps{
		Classes:         []dataclass.Class{dataclass.Contacts, dataclass.Events},
		ServerInitiated: true, Incremental: true, KeyedAdd: true, Conditional: true, Tombstones: true, Origins: true,
		MaxItemSize: g.o.MaxItemSize,
	}
}

// Kind gives the entry for a sources.Registry.
func (g *GData) Kind() sources.Kind {
	open := func(_ context.Context, c sources.Client) (sources.Source, error) {
		if c.Owner == "" || c.ID == "" {
			return nil, errors.New("open gdata client: owner or client is missing")
		}
		return &source{g: g, client: clientKey{c.Owner, c.ID}, origin: c.Origin}, nil
	}
	return sources.Kind{Name: KindName, Caps: g.Caps(), Open: open}
}

// clientKey is the leading part of every key of this room.
type clientKey struct{ owner, id string }

type source struct {
	g      *GData
	client clientKey
	origin string
}

// Begin is not built yet.
func (s *source) Begin(context.Context, dataclass.Class, sources.Cursor) (sources.Session, error) {
	return nil, errors.New("gdata: not built yet")
}

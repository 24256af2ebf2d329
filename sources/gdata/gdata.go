// Package gdata is the kind "gdata": any endpoint that offers contacts and events as feeds of the Google Data protocol,
// versions 2 and 3. Package entry below it knows what entries say; this one moves them.
//
// A server is asked for what changed since a time of its own clock, and tells of what it deleted. Whatever it tells is
// compared with what is known of each entry, and each difference gets the next number of a counter, under which it is
// noted before anybody is told; a cursor is such a number. So what the server lists twice is told once, an own write is
// no change, and any number of bindings may read one client. A revision is a hash of what an entry says, and not its
// entity tag: it stays when a server gives new tags to what did not change, and changes when one forgets to. Entity
// tags guard the writes.
//
// Nothing is ever taken for deleted because a listing lacks it, or because its entry is not found: a look tells of
// tombstones only. A listing that could not be read to its end, or that has fewer entries than it says, is an error. When the
// server cannot tell any more what it deleted (410), when its clock went back, or when the address changed, the cursor
// is lost.
//
// An update replaces the whole entry, so entries are read anew right before they are written, and edited in place. An
// Add with a key carries the key as gd:extendedProperty, and is noted before it is sent: if its answer is lost, the entry
// is looked for by that mark before it is sent again, and where a server drops the mark, among the entries that came
// since by what it says. So an Add that is repeated makes one item (Caps.KeyedAdd), unless the first one is carried out
// only after the second. An edit of a series that takes several requests is noted as well, and finished by the next look
// before that shows anything: half of it is nobody's edit.
package gdata

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/gdata/entry"
	"github.com/bindery-sync/bindery/sources/ledger"
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

// Options say how the kind behaves. The zero value is ready for use.
type Options struct {
	// Now tells the time that spans are measured by, never what a server is asked for; by default time.Now.
	Now func() time.Time
	// Random is where epochs come from; by default crypto/rand.Reader.
	Random io.Reader
	// Wait waits before a request is repeated; by default a timer. It returns the error of ctx if that ends.
	Wait func(ctx context.Context, d time.Duration) error
	// Meter is told how requests end; by default nobody.
	Meter sources.Meter
	// Log receives what was passed over. It never sees content.
	Log *slog.Logger
	// Bulk is told of each batch that is sent and each page that is read of many entries; by default nobody.
	Bulk func()
	// MaxItemSize is how many bytes an item may have; by default DefaultMaxItemSize.
	MaxItemSize int
	// Overlap is how far each look reaches back behind the one before, by the clock of the server, because what
	// it wrote while it answered may bear an earlier time; by default 30 seconds.
	Overlap time.Duration
	// PageSize is how many entries a server is asked for at once; by default 500.
	PageSize int
	// Room is how many bytes may be taken by what is known of the entries of all looks while they last, beside the
	// entries themselves: some 500 bytes for each. Looks at up to some 15,000 entries do not count. By default 256 MiB.
	Room int64
	// Disk is how many bytes the entries of all looks may have while they last, beyond 8 MiB each in a temporary file;
	// one owner gets half of it. By default 2 GiB.
	Disk int64
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
	if o.Bulk == nil {
		o.Bulk = func() {}
	}
	if o.MaxItemSize <= 0 {
		o.MaxItemSize = DefaultMaxItemSize
	}
	if o.Overlap <= 0 {
		o.Overlap = 30 * time.Second
	}
	if o.PageSize <= 0 {
		o.PageSize = 500
	}
	if o.Room <= 0 {
		o.Room = defaultRoom
	}
	if o.Disk <= 0 {
		o.Disk = defaultDisk
	}
	if o.Timeout <= 0 {
		o.Timeout = 2 * time.Minute
	}
	return o
}

// GData keeps what is known of every owner's gdata clients in one database. It is safe for concurrent use.
type GData struct {
	store *sqlstore.Store
	conns Connections
	o     Options
	room  *room
	disk  *room

	locks ledger.Locks
}

// New makes a GData on db, which must have run Migrations.
func New(db *sqlstore.Store, c Connections, o Options) *GData {
	o = o.withDefaults()
	return &GData{store: db, conns: c, o: o, room: newRoom(o.Room), disk: newRoom(o.Disk)}
}

// Caps are the promises that every gdata client keeps.
func (g *GData) Caps() sources.Caps {
	return sources.Caps{
		Classes:         []dataclass.Class{dataclass.Contacts, dataclass.Events},
		ServerInitiated: true, Incremental: true, KeyedAdd: true, Conditional: true, Tombstones: true, Origins: true,
		MaxItemSize: g.o.MaxItemSize, Keeps: dataclass.Keeps{Names: keeps()}, UIDs: true,
	}
}

// keeps lists the properties whose values cross whatever they are: what an item lacks of them was removed at the server. Of
// the others, such as pictures and categories that a server may refuse, a birthday without a day or an organizer of nobody,
// it is left to be seen which of them it keeps.
func keeps() []string {
	names := []string{"N", "FN", "TEL", "EMAIL", "NOTE", "SUMMARY", "DESCRIPTION", "LOCATION", "DTSTART", "RRULE"}
	for _, row := range slices.Concat(entry.ContactRows(), entry.EventRows()) {
		for _, p := range row.Properties {
			if row.Lost == "" && !slices.Contains(names, p) {
				names = append(names, p)
			}
		}
	}
	slices.Sort(names)
	return names
}

// Kind gives the entry for a sources.Registry. A client needs no row to be opened. Begin gives the errors of
// Connections, sources.ErrUnsupported for a class that the connection does not offer, sources.ErrAuth where the server
// refuses the credentials and sources.ErrBusy where it wants to be left alone for longer than a sync waits.
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

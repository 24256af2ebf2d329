// Package remote keeps what is needed to ask other people's servers: which servers are registered, which Sync Clients are
// on them, and with what credentials. It signs requests in and bounds how many there are.
//
// A server is its owner's, or it is everybody's: then its owner is "". It is checked by real requests before it is
// stored, and so are credentials before they replace others. Credentials are sealed; they leave this package only in
// requests to the server that they are for, never in an answer, an error or a log. All requests go through a
// outgoing.Guard.
package remote

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"golang.org/x/time/rate"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/dav/discover"
	"github.com/bindery-sync/bindery/sources/outgoing"
	"github.com/bindery-sync/bindery/sources/sqlstore"
)

// KindGData is the protocol of a server that speaks Google Data, and the name of its kind.
const KindGData = "gdata"

// The classes of error of this package. They arrive wrapped in an *Error with a sentence for the user.
var (
	// ErrInvalid: the request makes no sense, or the server did not answer as it should.
	ErrInvalid = errors.New("invalid")
	// ErrNotFound: the owner has no such server, or no such client on one.
	ErrNotFound = errors.New("not found")
	// ErrInUse: the name is taken, or there are clients on the server.
	ErrInUse = errors.New("in use")
)

// An Error is one of the classes with a sentence that may be shown to the user who asked.
type Error struct {
	// Class is one of the classes of this package.
	Class error
	// Sentence says what is wrong. It never holds a credential, nor what a server wrote.
	Sentence string

	// cause is what the sentence was made of, nil for nothing.
	cause error
}

// Error gives the sentence.
func (e *Error) Error() string { return e.Sentence }

// Unwrap gives the class, and what else a caller may want to know.
func (e *Error) Unwrap() []error {
	if e.cause == nil {
		return []error{e.Class}
	}
	return []error{e.Class, e.cause}
}

func fault(class error, format string, args ...any) error {
	return &Error{Class: class, Sentence: fmt.Sprintf(format, args...)}
}

// Secrets encrypts what must be kept but not be readable in the database, for one owner each.
type Secrets interface {
	Seal(owner string, plain []byte) ([]byte, error)
	Open(owner string, sealed []byte) ([]byte, error)
}

// A Guard decides whom this server asks; an *outgoing.Guard is one, and says what its methods promise.
type Guard interface {
	http.RoundTripper
	CheckURL(text string) error
	Client(next http.RoundTripper) *http.Client
}

// How often one server is asked, by all of its clients together, unless Options say otherwise.
const (
	DefaultRate  = 100
	DefaultBurst = 500
)

// checks is how many servers are checked at a time.
const checks = 4

// Options say how Remotes work. Secrets is required.
type Options struct {
	Secrets Secrets
	// Guard lets requests through; by default one that allows the public internet only.
	Guard Guard
	// Authorised, if set, is called in the transaction that stores new credentials of a client.
	Authorised func(ctx context.Context, owner, client string) error
	// Moved, if set, is called in the transaction that gives a client other collections for some classes. Its errors keep
	// everything as it was.
	Moved func(ctx context.Context, owner, client string, classes []dataclass.Class) error
	// Resolver is asked where the DAV server of a domain is (RFC 6764); by default nobody is.
	Resolver discover.Resolver
	// Rate is how many requests each second one server gets, and Burst how many at once.
	Rate, Burst int
	// Now is the clock; by default time.Now.
	Now func() time.Time
	// Rand is where ids come from; by default the system's source.
	Rand io.Reader
}

// Remotes keeps servers and their clients in one database. It is safe for concurrent use, also by several processes.
type Remotes struct {
	db      *sqlstore.Store
	o       Options
	mu      sync.Mutex
	limits  map[string]*rate.Limiter
	turns   map[clientKey]chan struct{}
	unsaved map[clientKey]keys
	checks  chan struct{}
	kept    []kept
}

// clientKey names one client.
type clientKey struct{ owner, id string }

// New makes Remotes on a database that has run Migrations.
func New(db *sqlstore.Store, o Options) *Remotes {
	if o.Guard == nil {
		o.Guard = outgoing.New(outgoing.Options{})
	}
	if o.Authorised == nil {
		o.Authorised = func(context.Context, string, string) error { return nil }
	}
	if o.Rate <= 0 {
		o.Rate, o.Burst = DefaultRate, DefaultBurst
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Rand == nil {
		o.Rand = rand.Reader
	}
	return &Remotes{
		db: db, o: o, limits: map[string]*rate.Limiter{}, turns: map[clientKey]chan struct{}{}, unsaved: map[clientKey]keys{},
		checks: make(chan struct{}, checks),
	}
}

// newID makes a random UUID.
func (m *Remotes) newID() (string, error) {
	id, err := uuid.NewRandomFromReader(m.o.Rand)
	if err != nil {
		return "", fmt.Errorf("make id: %w", err)
	}
	return id.String(), nil
}

// limit gives the bucket of a server.
func (m *Remotes) limit(server string) *rate.Limiter {
	m.mu.Lock()
	defer m.mu.Unlock()
	l := m.limits[server]
	if l == nil {
		pace := 1
		if strings.HasPrefix(server, KindDAV+" ") {
			pace = davPace
		}
		l = rate.NewLimiter(rate.Limit(m.o.Rate*pace), max(m.o.Burst*pace, 1))
		m.limits[server] = l
	}
	return l
}

// turn waits until nobody else changes the credentials of a client in this process, and gives what ends the turn.
func (m *Remotes) turn(ctx context.Context, k clientKey) (func(), error) {
	m.mu.Lock()
	c := m.turns[k]
	if c == nil {
		c = make(chan struct{}, 1)
		m.turns[k] = c
	}
	m.mu.Unlock()
	select {
	case c <- struct{}{}:
		return func() { <-c }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Package face is the CardDAV and CalDAV server: it shows the datastore clients of an account as an address book and
// calendars, one for each sort of entry, at /dav/ (RFC 4918, 6352, 4791, 6578, 5689, 6764).
//
// What a client stores under a name keeps that name: it is the item's id. The bytes that a client stored are the bytes
// that it gets back, as long as nobody else changed the item. The house's accounts and clients come in through the
// interfaces below.
package face

import (
	"compress/gzip"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/bindery-sync/bindery/sources/datastore"
	"github.com/bindery-sync/bindery/sources/guesses"
	"github.com/bindery-sync/bindery/sources/sqlstore"
)

// Root is where the face lives.
const Root = "/dav/"

// A User is who signed in.
type User struct {
	// Owner is the account's id, Name what its user calls it.
	Owner, Name string
	// ReadOnly tells that nothing may be changed.
	ReadOnly bool
}

// Accounts tell who somebody is. What they refuse is sources.ErrAuth.
type Accounts interface {
	// Password signs in by the password of an account.
	Password(ctx context.Context, name, password string) (User, error)
	// Token signs in by a token.
	Token(ctx context.Context, secret string) (User, error)
}

// A Client is a datastore client of an account.
type Client struct {
	ID, Title string
	// Made is when it was made; zero if that is not known.
	Made time.Time
}

// Clients are the datastore clients of accounts.
type Clients interface {
	// Datastores lists those of an owner, the first one first.
	Datastores(ctx context.Context, owner string) ([]Client, error)
	// Make makes another one and gives its id. Given the context of an Update it joins that transaction.
	Make(ctx context.Context, owner, title string) (string, error)
	// Remove takes one away so that it can be brought back. No item is deleted.
	Remove(ctx context.Context, owner, id string) error
}

// Options say what a face is made of. All are required but Log.
type Options struct {
	Accounts Accounts
	Clients  Clients
	// Items opens a datastore client.
	Items func(owner, client string) datastore.Items
	// Store is where collections and properties are kept; it has run Migrations.
	Store   *sqlstore.Store
	Guesses *guesses.Limit
	// Log gets what goes wrong.
	Log *slog.Logger
	// MaxItemSize is how many bytes an item may have; by default datastore.DefaultMaxItemSize.
	MaxItemSize int
}

// server is the handler. Big is the room for big items that are worked on, papers that for great requests in XML.
type server struct {
	o           Options
	big, papers *room
}

// New makes the handler for /dav/ and for /.well-known/carddav and caldav.
func New(o Options) http.Handler {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.MaxItemSize <= 0 {
		o.MaxItemSize = datastore.DefaultMaxItemSize
	}
	return &server{o, newRoom(maxRoom), newRoom(maxPapers)}
}

// A call is one request of somebody who signed in.
type call struct {
	*server
	w    http.ResponseWriter
	r    *http.Request
	ctx  context.Context
	user User
	// known are the collections of the user, once they were read.
	known []*collection
	// used is how many bytes the plain files have, nil if it was not asked.
	used *int64
	// out is where the answer is written.
	out *sluice
	// turns are those that end with the call; placed tells that one for items is among them, or goes on.
	turns  []func()
	placed bool
	// pinned is the item as an If header found it.
	pinned *datastore.Condition
	// all is what is read of tables only once for each request.
	read bool
}

// davHeader tells what the server can do (RFC 4918 section 10.1). Apple's clients want 3 and access-control.
const davHeader = "1, 3, access-control, calendar-access, addressbook, extended-mkcol"

// ServeHTTP answers one request.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer s.rescue(w, r)
	w.Header()["DAV"] = []string{davHeader} // as the RFC spells it
	if strings.HasPrefix(r.URL.Path, "/.well-known/") {
		w.Header().Set("Cache-Control", "no-cache")
		http.Redirect(w, r, Root, http.StatusMovedPermanently)
		return
	}
	user, err := s.signIn(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	c := &call{server: s, w: w, r: r, ctx: r.Context(), user: user, out: newSluice(w)}
	if err := c.serve(); err != nil {
		s.fail(w, r, err)
	}
}

// methods are those that there are. Look tells which of them change nothing.
var methods = map[string]struct {
	look bool
	do   func(*call, *target) error
}{
	http.MethodOptions: {true, (*call).options},
	http.MethodGet:     {true, (*call).get},
	http.MethodHead:    {true, (*call).get},
	"PROPFIND":         {true, (*call).propfind},
	"REPORT":           {true, (*call).report},
	http.MethodPut:     {false, (*call).put},
	http.MethodPost:    {false, (*call).post},
	http.MethodDelete:  {false, (*call).delete},
	"PROPPATCH":        {false, (*call).proppatch},
	"MKCOL":            {false, (*call).mkcol},
	"MKCALENDAR":       {false, (*call).mkcol},
	"COPY":             {false, (*call).transfer},
	"MOVE":             {false, (*call).transfer},
}

func (c *call) serve() error {
	m, ok := methods[c.r.Method]
	switch {
	case !ok:
		c.w.Header().Set("Allow", allowed)
		return &fault{status: http.StatusMethodNotAllowed, text: "this method is not for here"}
	case c.user.ReadOnly && !m.look:
		return errReadOnly
	}
	t, err := c.resolve(c.r.URL)
	if err != nil {
		return err
	}
	defer c.leave()
	if err := c.settle(t); err != nil {
		return err
	}
	if !m.look {
		if err := c.ifHolds(t); err != nil {
			return err
		}
	}
	return m.do(c, t)
}

const allowed = "OPTIONS, GET, HEAD, PUT, POST, DELETE, PROPFIND, PROPPATCH, MKCOL, MKCALENDAR, COPY, MOVE, REPORT"

// options tells what can be done (RFC 9110 section 9.3.7).
func (c *call) options(*target) error {
	c.w.Header().Set("Allow", allowed)
	c.w.Header().Set("Content-Length", "0")
	c.w.WriteHeader(http.StatusOK)
	return nil
}

// rescue is the last guard: a fault of ours must not end the program, and an answer that is cut off must not look whole.
func (s *server) rescue(w http.ResponseWriter, r *http.Request) {
	v := recover()
	if v == nil {
		return
	}
	if err, ok := v.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(v)
	}
	s.o.Log.ErrorContext(r.Context(), "panic in a DAV request", "panic", v, "stack", string(debug.Stack()))
	http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
}

// xml begins an answer that is an XML document, packed if the client can unpack it. The function that it gives ends the
// answer.
func (c *call) xml(status int) (io.Writer, func() error) {
	h := c.w.Header()
	h.Set("Content-Type", `application/xml; charset=utf-8`)
	h.Set("Cache-Control", "no-cache")
	h.Add("Vary", "Accept-Encoding, Prefer, Brief")
	c.prefer("return=minimal")
	if !acceptsGzip(c.r) {
		c.w.WriteHeader(status)
		return c.out, func() error { return nil }
	}
	h.Set("Content-Encoding", "gzip")
	c.w.WriteHeader(status)
	z, _ := gzip.NewWriterLevel(c.out, gzip.BestSpeed) // the level is a good one
	return z, z.Close
}

// patience is how long a client may take for one piece of an answer. The answer as a whole may be long: a first
// synchronisation over a slow line is not broken off as long as it goes on.
const patience = 2 * time.Minute

// A patient gives each piece of an answer its own time.
type patient struct {
	w    io.Writer
	wait *http.ResponseController
}

// Write implements io.Writer.
func (p patient) Write(b []byte) (done int, err error) {
	for {
		_ = p.wait.SetWriteDeadline(time.Now().Add(patience)) // where there is none, there is nothing to wait for
		n, err := p.w.Write(b[done:min(done+onePiece, len(b))])
		if done += n; err != nil || done == len(b) {
			return done, err
		}
	}
}

// onePiece is how many bytes have a time of their own.
const onePiece = 64 << 10

func acceptsGzip(r *http.Request) bool {
	for _, part := range strings.Split(r.Header.Get("Accept-Encoding"), ",") {
		name, q, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.EqualFold(strings.TrimSpace(name), "gzip") {
			q = strings.ReplaceAll(q, " ", "")
			return q != "q=0" && !strings.HasPrefix(q, "q=0.0")
		}
	}
	return false
}

// broken ends an answer that has begun and cannot be finished: the client sees that it is cut off.
func (c *call) broken(err error) {
	if c.ctx.Err() == nil {
		c.o.Log.ErrorContext(c.ctx, "DAV answer broken off", "path", c.r.URL.Path, "error", err)
	}
	panic(http.ErrAbortHandler)
}

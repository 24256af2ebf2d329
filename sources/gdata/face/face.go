// Package face is the server face of the Google Data protocol, versions 2 and 3: the contacts and the events of
// datastore clients as feeds below /m8/feeds/ and /calendar/feeds/, for every client of that protocol.
//
// Items are kept as cards and iCalendar objects, as every other writer keeps them, and are written as entries when somebody
// asks. An update edits the stored item in place, so that it keeps what an entry cannot say. What of an entry an item
// cannot say is kept beside it and comes back with the entry.
//
// An entity tag is made of what an entry says: two entries with the same tag say the same. Time stamps are those of
// package datastore: whoever asks for what changed since the time in a feed misses nothing, whatever clocks do.
package face

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/bindery-sync/bindery/sources/datastore"
	"github.com/bindery-sync/bindery/sources/guesses"
	"github.com/bindery-sync/bindery/sources/sqlstore"
)

// Accounts tells who a caller is.
type Accounts interface {
	// Basic verifies a name and a password. It returns sources.ErrAuth for an unknown account and for a wrong
	// password alike, after the same work.
	Basic(ctx context.Context, name, password string) (owner string, err error)
	// Bearer tells whose a token is and whether it may change something. It returns sources.ErrAuth for one that does
	// not count.
	Bearer(ctx context.Context, secret string) (owner string, write bool, err error)
	// Name gives what the owner logs in with.
	Name(ctx context.Context, owner string) (string, error)
}

// A Client is one datastore client.
type Client struct {
	// ID is its UUID.
	ID string
	// Title is what its owner calls it; may be empty.
	Title string
}

// Options are what a face stands on. All up to Items are required.
type Options struct {
	Accounts Accounts
	// Clients lists the datastore clients of an owner, the oldest first.
	Clients func(ctx context.Context, owner string) ([]Client, error)
	DB      *sqlstore.Store
	Items   *datastore.Datastore
	// Zone is the time zone of the calendars (gCal:timezone); UTC by default.
	Zone string
	// BaseURL is scheme and host of all links, such as "https://sync.example.org". By default they follow the Host of
	// each request.
	BaseURL string
	// Guesses bounds attempts to sign in; by default the face has a limit of its own.
	Guesses *guesses.Limit
	// Random is where new identifiers of events come from; by default crypto/rand.Reader.
	Random io.Reader
	// Now is the clock; by default time.Now.
	Now func() time.Time
	// Log receives one line for each request, without bodies, queries and credentials.
	Log *slog.Logger
	// Bulk is told of each request with many entries, and of each that is answered with many; by default nobody.
	Bulk func()
}

// face is the state of all requests.
type face struct {
	Options
	guard *http.CrossOriginProtection
	// zips are compressors that are not in use.
	zips sync.Pool
}

// New makes the handler of everything below /m8/feeds/ and /calendar/feeds/. The database must have run Migrations.
func New(o Options) http.Handler {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Random == nil {
		o.Random = rand.Reader
	}
	if o.Guesses == nil {
		o.Guesses = guesses.New(o.Now)
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Bulk == nil {
		o.Bulk = func() {}
	}
	o.BaseURL = strings.TrimRight(o.BaseURL, "/")
	return &face{Options: o, guard: http.NewCrossOriginProtection()}
}

// ServeHTTP implements http.Handler.
func (f *face) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began, c := f.Now(), &counted{ResponseWriter: w}
	defer func() {
		v := recover()
		if v != nil && v != http.ErrAbortHandler { // a panic is no wrapped error
			f.Log.ErrorContext(r.Context(), "handler panicked", "stack", string(debug.Stack()))
			if c.status == 0 {
				writeFault(c, fault{status: http.StatusInternalServerError, code: "internal", text: "The server failed."})
			}
			v = nil
		}
		f.Log.InfoContext(r.Context(), "request", "face", "gdata", "method", r.Method, "path", r.URL.Path, "status", c.status,
			"bytes", c.bytes, "took", f.Now().Sub(began))
		if v != nil {
			panic(v) // so that nobody takes half an answer for a whole one
		}
	}()
	if err := f.serve(c, r); err != nil {
		f.fail(c, r, err)
	}
}

// newUID makes an identifier for an event that has none.
func (f *face) newUID() string {
	var b [16]byte
	_, _ = io.ReadFull(f.Random, b[:]) // crypto/rand does not fail
	return hex.EncodeToString(b[:])
}

// counted remembers what was answered.
type counted struct {
	http.ResponseWriter
	status, bytes int
}

// WriteHeader implements http.ResponseWriter.
func (c *counted) WriteHeader(status int) {
	if c.status == 0 {
		c.status = status
	}
	c.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (c *counted) Write(p []byte) (int, error) {
	if c.status == 0 {
		c.status = http.StatusOK
	}
	n, err := c.ResponseWriter.Write(p)
	c.bytes += n
	return n, err
}

// Unwrap gives http.ResponseController what is inside.
func (c *counted) Unwrap() http.ResponseWriter { return c.ResponseWriter }

// base gives scheme and host for the links of an answer.
func (f *face) base(r *http.Request) string {
	switch {
	case f.BaseURL != "":
		return f.BaseURL
	case r.TLS != nil:
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// fail answers an error: what is the caller's is told, anything else is logged.
func (f *face) fail(w *counted, r *http.Request, err error) {
	ft, known := faultOf(err)
	if !known && r.Context().Err() == nil {
		f.Log.ErrorContext(r.Context(), "request failed", "path", r.URL.Path, "error", err)
	}
	if w.status != 0 {
		panic(http.ErrAbortHandler)
	}
	if ft.status == http.StatusUnauthorized {
		w.Header().Add("WWW-Authenticate", `Basic realm="Bindery", charset="UTF-8"`)
		w.Header().Add("WWW-Authenticate", `Bearer realm="Bindery"`)
	}
	writeFault(w, ft)
}

// serve answers one request.
func (f *face) serve(w http.ResponseWriter, r *http.Request) error {
	h := w.Header()
	h.Set("Vary", "Accept, Accept-Encoding, Authorization, X-GData-Authorization, GData-Version")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "private, max-age=0, must-revalidate")
	if err := f.guard.Check(r); err != nil {
		return fault{status: http.StatusForbidden, code: "crossOrigin", text: "A page of another site may not do this."}
	}
	method, err := methodOf(r)
	if err != nil {
		return err
	}
	who, err := f.signIn(r, method)
	if err != nil {
		return err
	}
	at, ok := parsePath(r.URL.EscapedPath())
	if !ok {
		return errNoFeed
	}
	q, err := parseQuery(r.URL.RawQuery, at.kind)
	if err != nil {
		return err
	}
	c := &call{face: f, w: w, r: r, method: method, who: who, at: at, q: q, base: f.base(r)}
	if c.version, err = versionOf(r, q, at.kind); err != nil {
		return err
	}
	if err := c.choose(); err != nil {
		return err
	}
	h.Set("GData-Version", fmt.Sprintf("%d.0", c.version))
	return c.answer()
}

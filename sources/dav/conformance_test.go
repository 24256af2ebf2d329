package dav_test

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/datastore"
	"github.com/bindery-sync/bindery/sources/dav"
	"github.com/bindery-sync/bindery/sources/dav/face"
	"github.com/bindery-sync/bindery/sources/guesses"
	"github.com/bindery-sync/bindery/sources/sourcetest"
	"github.com/bindery-sync/bindery/sources/sqlstore"
)

// ours is our own server, with an account for each name.
type ours struct {
	http.Handler
	mu sync.Mutex
	n  int
}

func newOurs(t testing.TB) *ours {
	t.Helper()
	db, err := sqlstore.Open(context.Background(), sqlstore.Options{Path: filepath.Join(t.TempDir(), "server.db"), Unsafe: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if err := db.Migrate(t.Context(), slices.Concat(datastore.Migrations(), face.Migrations())); err != nil {
		t.Fatal(err)
	}
	items := datastore.New(db, datastore.Options{})
	o := &ours{}
	o.Handler = face.New(face.Options{
		Accounts: o, Clients: o, Store: db, Guesses: guesses.New(time.Now),
		Items: func(owner, client string) datastore.Items { return items.Items(owner, client) },
	})
	return o
}

// Password implements face.Accounts.
func (o *ours) Password(_ context.Context, name, _ string) (face.User, error) {
	return face.User{Owner: name, Name: name}, nil
}

// Token implements face.Accounts.
func (o *ours) Token(context.Context, string) (face.User, error) { return face.User{}, sources.ErrAuth }

// Datastores implements face.Clients.
func (o *ours) Datastores(_ context.Context, owner string) ([]face.Client, error) {
	return []face.Client{{ID: "of-" + owner, Title: owner}}, nil
}

// Make implements face.Clients.
func (o *ours) Make(context.Context, string, string) (string, error) {
	return "", sources.ErrUnsupported
}

// Remove implements face.Clients.
func (o *ours) Remove(context.Context, string, string) error { return sources.ErrUnsupported }

// signed signs in.
type signed struct {
	http.RoundTripper
	name string
}

// RoundTrip implements http.RoundTripper.
func (s signed) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.SetBasicAuth(s.name, s.name)
	return s.RoundTripper.RoundTrip(r)
}

// account makes a new account.
func (o *ours) account() *account {
	o.mu.Lock()
	o.n++
	name := fmt.Sprint("user", o.n)
	o.mu.Unlock()
	const host = "https://dav.example.org/dav/"
	return &account{http: &http.Client{Transport: signed{handled{o}, name}}, collections: map[dataclass.Class]string{
		dataclass.Contacts: host + "addressbooks/" + name + "/contacts/",
		dataclass.Events:   host + "calendars/" + name + "/events/",
		dataclass.Tasks:    host + "calendars/" + name + "/tasks/",
		dataclass.Notes:    host + "calendars/" + name + "/notes/",
	}}
}

// conform runs the suite against accounts.
func conform(t *testing.T, h *house, o sourcetest.Options, account func() *account) {
	o.Open = func(t *testing.T) sourcetest.Client { return h.client(t, "ann", "", account()) }
	o.Foreign = func(t *testing.T) (sourcetest.Client, sourcetest.Client) {
		h.n++
		id := fmt.Sprint("shared-", h.n)
		return h.client(t, "ann", id, account()), h.client(t, "bob", id, account())
	}
	if o.Same, o.Compares = same, true; o.Caps.Classes == nil {
		o.Caps = h.d.Caps()
	}
	sourcetest.Run(t, o)
}

func TestConformanceOurs(t *testing.T) {
	h, server := newHouse(t, dav.Options{MaxItemSize: 1 << 20}), newOurs(t)
	conform(t, h, sourcetest.Options{Many: 350, Bulk: 310}, server.account)
}

// Servers that lack something, or make something else of what they are sent, hold the same promises.
func TestConformanceLiars(t *testing.T) {
	for name, set := range map[string]func(*liar){
		"honest":          func(*liar) {},
		"only listings":   func(l *liar) { l.noSync, l.noCTag = true, true },
		"only ctags":      func(l *liar) { l.noSync = true },
		"one by one":      func(l *liar) { l.single = true },
		"half answers":    func(l *liar) { l.half = true },
		"pages":           func(l *liar) { l.page = 2 },
		"rewrites":        func(l *liar) { l.rewrites = true },
		"moves":           func(l *liar) { l.moves, l.noETag = true, true },
		"moves and tells": func(l *liar) { l.moves, l.tells, l.noSync = true, true, true },
		"new etags":       func(l *liar) { l.restless = true },
		"weak etags":      func(l *liar) { l.weak = true },
		"no tokens kept":  func(l *liar) { l.refusal = http.StatusForbidden },
		"many at once":    func(l *liar) { l.bulk = taking(50) },
		"UIDs remembered": func(l *liar) { l.remembers = true },
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, dav.Options{MaxItemSize: 1 << 20, Chunk: 20})
			o := sourcetest.Options{Many: 50, Bulk: 6, Brief: true}
			o.Caps = h.d.Caps()
			o.Caps.Classes = []dataclass.Class{dataclass.Contacts}
			conform(t, h, o, func() *account {
				l := newLiar()
				set(l)
				return l.account()
			})
		})
	}
}

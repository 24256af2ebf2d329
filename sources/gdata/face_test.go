package gdata_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/datastore"
	"github.com/bindery-sync/bindery/sources/gdata"
	"github.com/bindery-sync/bindery/sources/gdata/face"
	"github.com/bindery-sync/bindery/sources/sourcetest"
	"github.com/bindery-sync/bindery/sources/sqlstore"
)

// neighbour is another Bindery: its server face, and the datastores behind it. Each owner has one.
type neighbour struct {
	db      *sqlstore.Store
	items   *datastore.Datastore
	handler http.Handler
	mu      sync.Mutex // of now: batches may come two at once
	now     time.Time
	zone    string
}

func newNeighbour(t testing.TB) *neighbour {
	t.Helper()
	db, err := sqlstore.Open(context.Background(), sqlstore.Options{Path: filepath.Join(t.TempDir(), "n.db"), Unsafe: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if err := db.Migrate(t.Context(), append(datastore.Migrations(), face.Migrations()...)); err != nil {
		t.Fatal(err)
	}
	n := &neighbour{db: db, now: time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC), zone: "Europe/Oslo"}
	n.items = datastore.New(db, datastore.Options{Now: n.clock})
	n.base("https://neighbour.example.org")
	return n
}

// base opens the face at an address.
func (n *neighbour) base(address string) {
	n.handler = face.New(face.Options{
		Accounts: n, DB: n.db, Items: n.items, Now: n.clock, Zone: n.zone, BaseURL: address,
		Clients: func(_ context.Context, owner string) ([]face.Client, error) {
			return []face.Client{{ID: "store-" + owner}}, nil
		},
	})
}

// clock goes on whenever it is looked at.
func (n *neighbour) clock() time.Time {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.now = n.now.Add(100 * time.Millisecond)
	return n.now
}

// date is what it says of its clock.
func (n *neighbour) date() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.now.UTC().Format(http.TimeFormat)
}

// Basic implements face.Accounts.
func (*neighbour) Basic(_ context.Context, name, _ string) (string, error) { return name, nil }

// Bearer implements face.Accounts.
func (*neighbour) Bearer(context.Context, string) (string, bool, error) {
	return "", false, sources.ErrAuth
}

// Name implements face.Accounts.
func (*neighbour) Name(_ context.Context, owner string) (string, error) { return owner, nil }

// account carries requests to the neighbour, as one of its owners.
type account struct {
	n    *neighbour
	name string
}

// RoundTrip implements http.RoundTripper.
func (a account) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	r = r.Clone(r.Context())
	r.SetBasicAuth(a.name, "secret")
	rec := httptest.NewRecorder()
	rec.Header().Set("Date", a.n.date())
	a.n.handler.ServeHTTP(rec, r)
	return rec.Result(), nil
}

// street is a house whose clients are with the neighbour.
type street struct {
	*house
	n *neighbour
}

// Connection implements gdata.Connections.
func (s street) Connection(_ context.Context, owner, client string) (gdata.Connection, error) {
	const base = "https://neighbour.example.org"
	return gdata.Connection{
		Contacts: base + "/m8/feeds/contacts/default/full", Groups: base + "/m8/feeds/groups/default/full",
		Events: base + "/calendar/feeds/default/private/full", HTTP: &http.Client{Transport: account{s.n, owner + "-" + client}},
	}, nil
}

// guest is the owner's view of one account with the neighbour.
type guest struct {
	t         testing.TB
	s         street
	owner, id string
}

func (g *guest) items() datastore.Items {
	return g.s.n.items.Items(g.owner+"-"+g.id, "store-"+g.owner+"-"+g.id)
}

// Source opens the client. The connections are those of the street.
func (g *guest) Source(origin string) sources.Source {
	kind := gdata.New(g.s.store, g.s, g.s.opts).Kind()
	src, err := kind.Open(g.t.Context(), sources.Client{Owner: g.owner, ID: g.id, Origin: origin})
	if err != nil {
		g.t.Fatal(err)
	}
	return src
}

func (g *guest) Put(class dataclass.Class, body dataclass.Body) (sources.ID, error) {
	it, err := g.items().Put(g.t.Context(), class, "", "", body)
	return it.ID, err
}

func (g *guest) Edit(class dataclass.Class, id sources.ID, body dataclass.Body) error {
	if _, err := g.items().Get(g.t.Context(), class, id); err != nil {
		return err
	}
	_, err := g.items().Put(g.t.Context(), class, id, "", body)
	return err
}

func (g *guest) Delete(class dataclass.Class, id sources.ID) error {
	return g.items().Delete(g.t.Context(), class, id, "")
}

func (g *guest) List(class dataclass.Class) (map[sources.ID]dataclass.Body, error) {
	all := map[sources.ID]dataclass.Body{}
	for after := sources.ID(""); ; {
		page, err := g.items().List(g.t.Context(), class, after, 0)
		if err != nil || len(page) == 0 {
			return all, err
		}
		for _, it := range page {
			all[it.ID], after = it.Body, it.ID
		}
	}
}

func (g *guest) Reopen() error {
	if err := g.s.store.Close(); err != nil {
		return err
	}
	g.s.open(g.t)
	return nil
}

// The kind keeps its promises also with the server face of another Bindery.
func TestConformanceWithOurFace(t *testing.T) {
	s := street{newHouse(t, gdata.Options{MaxItemSize: 1 << 20}), newNeighbour(t)}
	sourcetest.Run(t, sourcetest.Options{
		Open: func(t *testing.T) sourcetest.Client {
			s.house.n++
			return &guest{t, s, "ann", fmt.Sprint(s.house.n)}
		},
		Foreign: func(t *testing.T) (sourcetest.Client, sourcetest.Client) {
			s.house.n++
			id := fmt.Sprint(s.house.n)
			return &guest{t, s, "ann", id}, &guest{t, s, "bob", id}
		},
		Caps:     s.g.Caps(),
		Same:     same,
		Many:     300,
		Compares: true,
	})
}

var picture2, picture3 = append(slices.Clone(picture), 2), append(slices.Clone(picture), 3)

// Two Binderies exchange groups and pictures.
func TestGroupsAndPhotosWithOurFace(t *testing.T) {
	s := street{newHouse(t, gdata.Options{}), newNeighbour(t)}
	g := &guest{t, s, "ann", "1"}
	w := &world{T: t, client: &client{t: t}, class: dataclass.Contacts}
	src := g.Source("engine")
	look := func(since sources.Cursor) (map[sources.ID]sources.Change, sources.Cursor) {
		sess, err := src.Begin(t.Context(), dataclass.Contacts, since)
		w.must(err)
		list := map[sources.ID]sources.Change{}
		for ch, err := range sess.Changes(t.Context()) {
			w.must(err)
			list[ch.ID] = ch
		}
		cur, err := sess.Commit(t.Context())
		w.must(err)
		w.must(sess.Close())
		return list, cur
	}
	theirs, err := g.Put(dataclass.Contacts, card("one", "CATEGORIES:Chess", photo(picture)))
	w.must(err)
	list, cur := look("")
	w.shows(list, theirs)
	w.hasPhoto(list[theirs].Body, picture)
	if got := w.categories(list[theirs].Body); !slices.Equal(got, []string{"Chess"}) {
		t.Errorf("categories %q", got)
	}
	sess, err := src.Begin(t.Context(), dataclass.Contacts, cur)
	w.must(err)
	results := w.done(sess.Apply(t.Context(), []sources.Op{
		{Key: "k1", Verb: sources.Add, Body: card("two", "CATEGORIES:Chess,Choir", photo(picture2))},
		{Key: "k2", Verb: sources.Replace, ID: theirs, IfRev: list[theirs].Rev, Body: card("uno", "CATEGORIES:Choir", photo(picture3))},
	}))
	w.must(sess.Close())
	all, err := g.List(dataclass.Contacts)
	w.must(err)
	w.hasPhoto(all[results[0].ID], picture2)
	w.hasPhoto(all[theirs], picture3)
	if got := w.categories(all[results[0].ID]); !slices.Equal(got, []string{"Chess", "Choir"}) {
		t.Errorf("categories %q", got)
	}
	list, cur = look(cur)
	w.shows(list)
	list, _ = look(cur)
	w.shows(list)
}

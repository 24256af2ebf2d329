package gdata_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/gdata"
	"github.com/bindery-sync/bindery/sources/gdata/entry"
	"github.com/bindery-sync/bindery/sources/gdata/gdatatest"
	"github.com/bindery-sync/bindery/sources/sourcetest"
	"github.com/bindery-sync/bindery/sources/sqlstore"
)

// house is one database, and the servers that its clients are on.
type house struct {
	path    string
	opts    gdata.Options
	store   *sqlstore.Store
	g       *gdata.GData
	n       int
	servers map[string]*gdatatest.Server
	waits   []time.Duration
	// moved is put behind the addresses of feeds.
	moved string
}

func newHouse(t testing.TB, o gdata.Options) *house {
	t.Helper()
	h := &house{path: filepath.Join(t.TempDir(), "x.db"), opts: o, servers: map[string]*gdatatest.Server{}}
	h.opts.Wait = func(ctx context.Context, d time.Duration) error {
		h.waits = append(h.waits, d)
		return ctx.Err()
	}
	h.open(t)
	t.Cleanup(func() { _ = h.store.Close() })
	return h
}

func (h *house) open(t testing.TB) {
	t.Helper()
	var err error
	if h.store, err = sqlstore.Open(context.Background(), sqlstore.Options{Path: h.path, Unsafe: true}); err != nil {
		t.Fatal(err)
	}
	if err := h.store.Migrate(t.Context(), gdata.Migrations()); err != nil {
		t.Fatal(err)
	}
	h.g = gdata.New(h.store, h, h.opts)
}

// Connection implements gdata.Connections.
func (h *house) Connection(_ context.Context, owner, client string) (gdata.Connection, error) {
	s := h.servers[owner+"/"+client]
	if s == nil {
		return gdata.Connection{}, sources.ErrAuth
	}
	return gdata.Connection{Contacts: s.Feed(gdatatest.Contacts) + h.moved, Groups: s.Feed(gdatatest.Groups), Events: s.Feed(gdatatest.Events), HTTP: s.Client()}, nil
}

func (h *house) client(t testing.TB, owner, id string) *client {
	h.n++
	if id == "" {
		id = fmt.Sprint("client-", h.n)
	}
	s := gdatatest.New()
	h.servers[owner+"/"+id] = s
	return &client{Server: s, t: t, house: h, owner: owner, id: id}
}

// client is the owner's view of one account on a server.
type client struct {
	*gdatatest.Server
	t         testing.TB
	house     *house
	owner, id string
}

func (c *client) Source(origin string) sources.Source {
	s, err := c.house.g.Kind().Open(c.t.Context(), sources.Client{Owner: c.owner, ID: c.id, Origin: origin})
	if err != nil {
		c.t.Fatal(err)
	}
	return s
}

func (c *client) Reopen() error {
	if err := c.house.store.Close(); err != nil {
		return err
	}
	c.house.open(c.t)
	return nil
}

// same compares what crosses.
func same(wrote, got dataclass.Body) bool {
	a, b := item(wrote), item(got)
	if a == nil || b == nil {
		return false
	}
	want, err := entry.Expect(a, entry.Context{Zone: "Europe/Oslo"})
	if err != nil {
		return false
	}
	is, err := entry.Expect(b, entry.Context{Zone: "Europe/Oslo"})
	return err == nil && want.Fingerprint() == is.Fingerprint()
}

func item(b dataclass.Body) *dataclass.Item {
	for _, class := range []dataclass.Class{dataclass.Contacts, dataclass.Events} {
		if it, err := dataclass.Decode(class, b); err == nil {
			return it
		}
	}
	return nil
}

func TestConformance(t *testing.T) {
	h := newHouse(t, gdata.Options{MaxItemSize: 1 << 20})
	sourcetest.Run(t, sourcetest.Options{
		Open: func(t *testing.T) sourcetest.Client { return h.client(t, "ann", "") },
		Foreign: func(t *testing.T) (sourcetest.Client, sourcetest.Client) {
			h.n++
			id := fmt.Sprint("shared-", h.n)
			return h.client(t, "ann", id), h.client(t, "bob", id)
		},
		Caps:     h.g.Caps(),
		Same:     same,
		Many:     500,
		Compares: true,
	})
}

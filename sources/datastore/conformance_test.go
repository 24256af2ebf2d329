package datastore_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/datastore"
	"github.com/bindery-sync/bindery/sources/sourcetest"
	"github.com/bindery-sync/bindery/sources/sqlstore"
)

// house is one database that many clients live in.
type house struct {
	path  string
	opts  datastore.Options
	store *sqlstore.Store
	d     *datastore.Datastore
	n     int
}

func newHouse(t *testing.T, o datastore.Options) *house {
	h := &house{path: filepath.Join(t.TempDir(), "items.db"), opts: o}
	h.open(t)
	t.Cleanup(func() { _ = h.store.Close() })
	return h
}

func (h *house) open(t *testing.T) {
	h.store = openStore(t, h.path)
	h.d = datastore.New(h.store, h.opts)
}

func (h *house) client(t *testing.T, owner string) *client {
	h.n++
	return &client{t: t, house: h, owner: owner, id: fmt.Sprint("client-", h.n)}
}

// client is the owner's view of one datastore client.
type client struct {
	t         *testing.T
	house     *house
	owner, id string
}

func (c *client) items() datastore.Items { return c.house.d.Items(c.owner, c.id) }

func (c *client) Source(origin string) sources.Source {
	s, err := c.house.d.Kind().Open(c.t.Context(), sources.Client{Owner: c.owner, ID: c.id, Origin: origin})
	if err != nil {
		c.t.Fatal(err)
	}
	return s
}

func (c *client) Put(class dataclass.Class, body dataclass.Body) (sources.ID, error) {
	it, err := c.items().Put(c.t.Context(), class, "", "", body)
	return it.ID, err
}

func (c *client) Edit(class dataclass.Class, id sources.ID, body dataclass.Body) error {
	if _, err := c.items().Get(c.t.Context(), class, id); err != nil {
		return err
	}
	_, err := c.items().Put(c.t.Context(), class, id, "", body)
	return err
}

func (c *client) Delete(class dataclass.Class, id sources.ID) error {
	return c.items().Delete(c.t.Context(), class, id, "")
}

func (c *client) List(class dataclass.Class) (map[sources.ID]dataclass.Body, error) {
	all := map[sources.ID]dataclass.Body{}
	for after := sources.ID(""); ; {
		page, err := c.items().List(c.t.Context(), class, after, 0)
		if err != nil || len(page) == 0 {
			return all, err
		}
		for _, it := range page {
			all[it.ID], after = it.Body, it.ID
		}
	}
}

func (c *client) Reopen() error {
	if err := c.house.store.Close(); err != nil {
		return err
	}
	c.house.open(c.t)
	return nil
}

func TestConformance(t *testing.T) {
	h := newHouse(t, datastore.Options{MaxItemSize: 1 << 20})
	sourcetest.Run(t, sourcetest.Options{
		Open: func(t *testing.T) sourcetest.Client { return h.client(t, "ann") },
		Foreign: func(t *testing.T) (sourcetest.Client, sourcetest.Client) {
			mine := h.client(t, "ann")
			theirs := *mine
			theirs.owner = "bob"
			return mine, &theirs
		},
		Caps: h.d.Caps(),
	})
}

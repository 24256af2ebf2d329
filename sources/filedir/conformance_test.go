package filedir_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/filedir"
	"github.com/bindery-sync/bindery/sources/sourcetest"
	"github.com/bindery-sync/bindery/sources/sqlstore"
)

// house is one database and a place for folders.
type house struct {
	root  string
	opts  filedir.Options
	store *sqlstore.Store
	f     *filedir.Folders
	n     int
}

func newHouse(t testing.TB, o filedir.Options) *house {
	t.Helper()
	o.Unsafe = true
	h := &house{root: t.TempDir(), opts: o}
	h.open(t)
	t.Cleanup(func() { _ = h.store.Close() })
	return h
}

func (h *house) open(t testing.TB) {
	t.Helper()
	var err error
	h.store, err = sqlstore.Open(context.Background(), sqlstore.Options{Path: filepath.Join(h.root, "x.db"), Unsafe: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.store.Migrate(t.Context(), filedir.Migrations()); err != nil {
		t.Fatal(err)
	}
	h.f = filedir.New(h.store, h.opts)
}

// client makes a new folder and registers it.
func (h *house) client(t testing.TB, owner, id string) *client {
	t.Helper()
	h.n++
	if id == "" {
		id = fmt.Sprint("client-", h.n)
	}
	c := &client{t: t, house: h, owner: owner, id: id, dir: filepath.Join(h.root, fmt.Sprint("folder-", h.n))}
	if err := os.Mkdir(c.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := h.f.Register(t.Context(), owner, id, c.dir); err != nil {
		t.Fatal(err)
	}
	return c
}

// client is the user's view of one folder.
type client struct {
	t              testing.TB
	house          *house
	owner, id, dir string
	count          int
}

func (c *client) Source(origin string) sources.Source {
	s, err := c.house.f.Kind().Open(c.t.Context(), sources.Client{Owner: c.owner, ID: c.id, Origin: origin})
	if err != nil {
		c.t.Fatal(err)
	}
	return s
}

func suffix(class dataclass.Class) string {
	switch class {
	case dataclass.Contacts:
		return ".vcf"
	case dataclass.Notes:
		return ".txt"
	}
	return ".ics"
}

// Put makes a file under a name that was never used. The user writes as the shell does, in place.
func (c *client) Put(class dataclass.Class, body dataclass.Body) (sources.ID, error) {
	c.count++
	name := fmt.Sprintf("user %d%s", c.count, suffix(class))
	return sources.ID(name), os.WriteFile(filepath.Join(c.dir, name), body.Data, 0o600)
}

func (c *client) at(id sources.ID) string { return filepath.Join(c.dir, string(id)) }

func (c *client) Edit(_ dataclass.Class, id sources.ID, body dataclass.Body) error {
	file, err := os.OpenFile(c.at(id), os.O_WRONLY|os.O_TRUNC, 0)
	if err != nil {
		return gone(err)
	}
	_, err = file.Write(body.Data)
	return errors.Join(err, file.Close())
}

func (c *client) Delete(_ dataclass.Class, id sources.ID) error { return gone(os.Remove(c.at(id))) }

func gone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return sources.ErrGone
	}
	return err
}

// List reads the folder as another program would.
func (c *client) List(class dataclass.Class) (map[sources.ID]dataclass.Body, error) {
	list, err := os.ReadDir(c.dir)
	all := map[sources.ID]dataclass.Body{}
	for _, f := range list {
		data, err := os.ReadFile(filepath.Join(c.dir, f.Name()))
		if err != nil {
			return nil, err
		}
		if strings.HasPrefix(f.Name(), ".") {
			continue
		}
		if class == dataclass.Tasks != bytes.Contains(data, []byte("BEGIN:VTODO")) || filepath.Ext(f.Name()) != suffix(class) {
			continue
		}
		all[sources.ID(f.Name())] = dataclass.Body{Data: data}
	}
	return all, err
}

func (c *client) Reopen() error {
	if err := c.house.store.Close(); err != nil {
		return err
	}
	c.house.open(c.t)
	return nil
}

// same compares bytes: a file has no type but its own.
func same(wrote, got dataclass.Body) bool { return bytes.Equal(wrote.Data, got.Data) }

func TestConformance(t *testing.T) {
	h := newHouse(t, filedir.Options{MaxItemSize: 1 << 20})
	sourcetest.Run(t, sourcetest.Options{
		Open: func(t *testing.T) sourcetest.Client { return h.client(t, "ann", "") },
		Foreign: func(t *testing.T) (sourcetest.Client, sourcetest.Client) {
			h.n++
			id := fmt.Sprint("shared-", h.n)
			return h.client(t, "ann", id), h.client(t, "bob", id)
		},
		Caps:     h.f.Caps(),
		Same:     same,
		Compares: true,
	})
}

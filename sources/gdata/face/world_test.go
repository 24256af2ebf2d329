package face_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/datastore"
	"github.com/bindery-sync/bindery/sources/gdata/entry"
	"github.com/bindery-sync/bindery/sources/gdata/face"
	"github.com/bindery-sync/bindery/sources/sqlstore"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// A world is a server with two accounts: ann, who has the datastores s1 and s2, and bob, who has s3.
type world struct {
	t       testing.TB
	db      *sqlstore.Store
	items   *datastore.Datastore
	handler http.Handler
	now     time.Time
	// first is the id of ann's first datastore.
	first string
}

var stores = map[string][]face.Client{"o-ann": nil, "o-bob": {{ID: "s3"}}, "o-none": nil}

// Basic implements face.Accounts: the password is the name.
func (*world) Basic(_ context.Context, name, password string) (string, error) {
	owner := "o-" + strings.ToLower(name)
	if _, ok := stores[owner]; !ok || password != name {
		return "", sources.ErrAuth
	}
	return owner, nil
}

// Bearer implements face.Accounts: read-ann and write-ann are tokens.
func (*world) Bearer(_ context.Context, secret string) (string, bool, error) {
	scope, name, _ := strings.Cut(secret, "-")
	if _, ok := stores["o-"+name]; !ok {
		return "", false, sources.ErrAuth
	}
	return "o-" + name, scope == "write", nil
}

// Name implements face.Accounts.
func (*world) Name(_ context.Context, owner string) (string, error) {
	if owner == "o-ann" {
		return "ann@example.org", nil
	}
	return strings.TrimPrefix(owner, "o-"), nil
}

func newWorld(t testing.TB) *world {
	db, err := sqlstore.Open(t.Context(), sqlstore.Options{Path: filepath.Join(t.TempDir(), "x.db"), Unsafe: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if err := db.Migrate(t.Context(), append(datastore.Migrations(), face.Migrations()...)); err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, db: db, now: time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC), first: "s1"}
	clock := func() time.Time { return w.now }
	w.items = datastore.New(db, datastore.Options{Now: clock})
	w.handler = face.New(face.Options{
		Accounts: w, DB: db, Items: w.items, Now: clock, Zone: "Europe/Oslo",
		Clients: func(_ context.Context, owner string) ([]face.Client, error) {
			if owner == "o-ann" {
				return []face.Client{{ID: w.first, Title: "Home"}, {ID: "s2"}}, nil
			}
			return stores[owner], nil
		},
	})
	return w
}

// An answer is what came back.
type answer struct {
	t      testing.TB
	status int
	header http.Header
	body   []byte
}

// do sends a request as ann; header are pairs.
func (w *world) do(method, path, body string, header ...string) answer {
	w.t.Helper()
	r := httptest.NewRequestWithContext(w.t.Context(), method, path, strings.NewReader(body))
	r.SetBasicAuth("ann", "ann")
	r.Header.Set("GData-Version", "3.0")
	if body != "" {
		r.Header.Set("Content-Type", "application/atom+xml")
	}
	for i := 0; i < len(header); i += 2 {
		if header[i+1] == "" {
			r.Header.Del(header[i])
		} else {
			r.Header.Set(header[i], header[i+1])
		}
	}
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, r)
	data, err := io.ReadAll(rec.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return answer{w.t, rec.Code, rec.Header(), data}
}

// is fails the test if the answer has another status.
func (a answer) is(status int) answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("status %d, want %d: %s", a.status, status, a.body)
	}
	return a
}

func (a answer) tree() *xmltree.Element {
	a.t.Helper()
	e, err := xmltree.Parse(a.body, xmltree.Limits{Bytes: 100 << 20, Nodes: 10_000_000})
	if err != nil {
		a.t.Fatalf("%v in %s", err, a.body)
	}
	return e
}

func (a answer) page() entry.Page {
	a.t.Helper()
	p, err := entry.ReadPage(a.tree())
	if err != nil {
		a.t.Fatal(err)
	}
	return p
}

// names gives the titles of the entries of a feed; a tombstone is "-".
func (p names) String() string { return strings.Join(p, " ") }

type names []string

func titles(p entry.Page) string {
	var out names
	for _, e := range p.Entries {
		if entry.Deleted(e) {
			out = append(out, "-")
		} else {
			out = append(out, e.Child("title").Text())
		}
	}
	return out.String()
}

const (
	contactsPath = "/m8/feeds/contacts/default/full"
	namespaces   = ` xmlns="http://www.w3.org/2005/Atom" xmlns:gd="http://schemas.google.com/g/2005" xmlns:gContact="http://schemas.google.com/contact/2008" xmlns:gCal="http://schemas.google.com/gCal/2005" xmlns:batch="http://schemas.google.com/gdata/batch"`
)

func contact(name, inside string) string {
	return "<entry" + namespaces + "><category scheme='http://schemas.google.com/g/2005#kind' term='http://schemas.google.com/contact/2008#contact'/>" +
		"<title>" + name + "</title><gd:name><gd:givenName>" + name + "</gd:givenName><gd:fullName>" + name + "</gd:fullName></gd:name>" + inside + "</entry>"
}

// post makes a contact.
func (w *world) post(name, inside string) *xmltree.Element {
	w.t.Helper()
	return w.do("POST", contactsPath, contact(name, inside)).is(201).tree()
}

// store puts a card into ann's datastore, past the face.
func (w *world) store(id sources.ID, card string) datastore.Item {
	w.t.Helper()
	body := dataclass.Body{Type: "text/vcard;version=3.0", Data: []byte(strings.ReplaceAll(card, "\n", "\r\n"))}
	it, err := w.items.Items("o-ann", w.first).Put(w.t.Context(), dataclass.Contacts, id, "", body)
	if err != nil {
		w.t.Fatal(err)
	}
	return it
}

// stored gives what ann's datastore holds of a contact.
func (w *world) stored(id string) string {
	w.t.Helper()
	it, err := w.items.Items("o-ann", w.first).Get(w.t.Context(), dataclass.Contacts, sources.ID(id))
	if err != nil {
		w.t.Fatal(err)
	}
	return string(it.Body.Data)
}

// href gives the address of a link without scheme and host.
func href(e *xmltree.Element, rel string) string {
	return strings.TrimPrefix(entry.Link(e, rel), "http://example.com")
}

// try gets an address that need not be one.
func (w *world) try(path, query string) answer {
	r := httptest.NewRequestWithContext(w.t.Context(), http.MethodGet, "/", http.NoBody)
	r.SetBasicAuth("ann", "ann")
	u, err := url.ParseRequestURI(path)
	if err != nil {
		return answer{w.t, 400, nil, nil}
	}
	u.RawQuery = query
	r.URL = u
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, r)
	return answer{w.t, rec.Code, rec.Header(), rec.Body.Bytes()}
}

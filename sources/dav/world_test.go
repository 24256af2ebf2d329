package dav_test

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/dav"
	"github.com/bindery-sync/bindery/sources/dav/davitem"
	"github.com/bindery-sync/bindery/sources/sqlstore"
)

// house is one database, and the servers that its clients are on.
type house struct {
	path    string
	opts    dav.Options
	store   *sqlstore.Store
	d       *dav.DAV
	n       int
	servers map[string]*account
	waits   []time.Duration
}

// account is a user's collections on a server.
type account struct {
	http        *http.Client
	collections map[dataclass.Class]string
}

func newHouse(t testing.TB, o dav.Options) *house {
	t.Helper()
	h := &house{path: filepath.Join(t.TempDir(), "x.db"), opts: o, servers: map[string]*account{}}
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
	if err := h.store.Migrate(t.Context(), dav.Migrations()); err != nil {
		t.Fatal(err)
	}
	h.d = dav.New(h.store, h, h.opts)
}

// Connection implements dav.Connections.
func (h *house) Connection(_ context.Context, owner, client string) (dav.Connection, error) {
	a := h.servers[owner+"/"+client]
	if a == nil {
		return dav.Connection{}, sources.ErrAuth
	}
	return dav.Connection{Collections: a.collections, HTTP: a.http}, nil
}

// client registers an account as a client.
func (h *house) client(t testing.TB, owner, id string, a *account) *client {
	h.n++
	if id == "" {
		id = fmt.Sprint("client-", h.n)
	}
	h.servers[owner+"/"+id] = a
	return &client{account: a, t: t, house: h, owner: owner, id: id}
}

// client is the owner's view of one account on a server.
type client struct {
	*account
	t         testing.TB
	house     *house
	owner, id string
	count     int
}

func (c *client) Source(origin string) sources.Source {
	s, err := c.house.d.Kind().Open(c.t.Context(), sources.Client{Owner: c.owner, ID: c.id, Origin: origin})
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

// ask sends a request as the user's own program does.
func (a *account) ask(method, address string, body []byte, headers ...string) (int, []byte, error) {
	req, err := http.NewRequest(method, address, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("X-User", "1") // a liar does not lie to its user
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Set(name, value)
	}
	resp, err := a.http.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(resp.Body)
	return resp.StatusCode, data, err
}

func typeOf(class dataclass.Class) string {
	if class == dataclass.Contacts {
		return "Content-Type: text/vcard; charset=utf-8"
	}
	return "Content-Type: text/calendar; charset=utf-8"
}

// sent is a body as the user's own program stores it, under that UID.
func sent(class dataclass.Class, body dataclass.Body, uid string) []byte {
	data, _ := davitem.Sent(class, uid, body, davitem.Form{})
	return davitem.Named(data, uid)
}

func ext(class dataclass.Class) string {
	if class == dataclass.Contacts {
		return ".vcf"
	}
	return ".ics"
}

// Put enters an item: a new one has a new UID.
func (c *client) Put(class dataclass.Class, body dataclass.Body) (sources.ID, error) {
	c.count++
	name := fmt.Sprintf("user-%d-%d", c.house.n, c.count)
	id := sources.ID(name + ext(class))
	status, answer, err := c.ask("PUT", c.collections[class]+string(id), sent(class, body, name), typeOf(class), "If-None-Match: *")
	return id, want(err, status, answer, 201, 204)
}

func (c *client) Edit(class dataclass.Class, id sources.ID, body dataclass.Body) error {
	at := c.collections[class] + string(id)
	status, was, err := c.ask("GET", at, nil)
	if err := want(err, status, was, 200); err != nil {
		return err
	}
	status, answer, err := c.ask("PUT", at, sent(class, body, dataclass.Peek(was).UID), typeOf(class))
	return want(err, status, answer, 200, 201, 204)
}

func (c *client) Delete(class dataclass.Class, id sources.ID) error {
	status, answer, err := c.ask("DELETE", c.collections[class]+string(id), nil)
	return want(err, status, answer, 200, 204)
}

// want gives an error unless a status is among some; sources.ErrGone for 404.
func want(err error, status int, answer []byte, any ...int) error {
	switch {
	case err != nil:
		return err
	case status == 404:
		return sources.ErrGone
	case !slices.Contains(any, status):
		return fmt.Errorf("the server answered %d: %.300s", status, answer)
	}
	return nil
}

// List gives what the user sees.
func (c *client) List(class dataclass.Class) (map[sources.ID]dataclass.Body, error) {
	status, answer, err := c.ask("PROPFIND", c.collections[class], []byte(`<propfind xmlns="DAV:"><prop><getetag/></prop></propfind>`), "Depth: 1", "Content-Type: application/xml")
	if err := want(err, status, answer, 207); err != nil {
		return nil, err
	}
	var all struct {
		Responses []struct {
			Href string `xml:"DAV: href"`
		} `xml:"DAV: response"`
	}
	if err := xml.Unmarshal(answer, &all); err != nil {
		return nil, err
	}
	out := make(map[sources.ID]dataclass.Body)
	for _, r := range all.Responses {
		name := r.Href[strings.LastIndexByte(r.Href, '/')+1:]
		if name == "" {
			continue
		}
		status, data, err := c.ask("GET", c.collections[class]+name, nil)
		if err := want(err, status, data, 200); err != nil {
			return nil, err
		}
		root := dataclass.Peek(data).Root
		if class == dataclass.Contacts {
			out[sources.ID(name)] = dataclass.Body{Type: "text/vcard", Data: data}
		} else if root == "VCALENDAR" && dataclass.Peek(data).Inner == davitem.Component(class) {
			out[sources.ID(name)] = dataclass.Body{Type: "text/calendar", Data: data}
		}
	}
	return out, nil
}

// handled is a client of a handler, without a network.
type handled struct{ http.Handler }

// RoundTrip implements http.RoundTripper.
func (h handled) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	r = r.Clone(r.Context())
	if r.Body == nil {
		r.Body = http.NoBody
	}
	r.RequestURI = r.URL.RequestURI()
	r.Host = r.URL.Host
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, r)
	if r.Context().Err() != nil {
		return nil, r.Context().Err()
	}
	resp := rec.Result()
	if resp.Header.Get("X-Lost") != "" {
		return nil, errLost
	}
	resp.Request = r
	return resp, nil
}

// same compares what two bodies say, but for what a liar adds.
func same(wrote, got dataclass.Body) bool {
	a, b := item(wrote), item(got)
	return a != nil && b != nil && a.Fingerprint() == b.Fingerprint()
}

func item(b dataclass.Body) *dataclass.Item {
	b.Data = []byte(strings.ReplaceAll(string(b.Data), rewritten, ""))
	b.Data = []byte(strings.ReplaceAll(string(b.Data), strings.TrimSuffix(rewritten, "\r\n")+"\n", ""))
	for _, class := range []dataclass.Class{dataclass.Contacts, dataclass.Events, dataclass.Tasks, dataclass.Notes} {
		if it, err := dataclass.Decode(class, b); err == nil {
			return it
		}
	}
	return nil
}

// isErr reports whether an error is of one of the classes; nil stands for any error.
func isErr(err, class error) bool { return err != nil && (class == nil || errors.Is(err, class)) }

package face

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/datastore"
	"github.com/bindery-sync/bindery/sources/guesses"
	"github.com/bindery-sync/bindery/sources/sqlstore"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// A world is a face on an empty database with the accounts ann and bob, whose passwords are their names.
type world struct {
	t     testing.TB
	path  string
	db    *sqlstore.Store
	items *datastore.Datastore
	srv   *httptest.Server
	// clients are the datastore clients of each account; removed those that are not there any more.
	mu      sync.Mutex
	clients map[string][]Client
	removed map[string]bool
	limit   int
	now     time.Time
	face    *server
}

func newWorld(t testing.TB) *world {
	w := &world{
		t: t, now: time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC), path: filepath.Join(t.TempDir(), "test.db"), removed: make(map[string]bool),
		clients: map[string][]Client{"id-ann": {{ID: "client-ann", Title: "ann", Made: time.Date(2026, 4, 3, 2, 1, 0, 0, time.UTC)}}, "id-bob": {{ID: "client-bob", Title: "bob"}}},
	}
	w.open()
	return w
}

// open opens the database and the face on it; called again it is a restart.
func (w *world) open() {
	w.t.Helper()
	if w.srv != nil {
		w.srv.Close()
		if err := w.db.Close(); err != nil {
			w.t.Fatal(err)
		}
	}
	var err error
	w.db, err = sqlstore.Open(w.t.Context(), sqlstore.Options{Path: w.path, Unsafe: true})
	if err != nil {
		w.t.Fatal(err)
	}
	if err := w.db.Migrate(w.t.Context(), slices.Concat(datastore.Migrations(), Migrations())); err != nil {
		w.t.Fatal(err)
	}
	w.items = datastore.New(w.db, datastore.Options{Now: func() time.Time { return w.now }})
	db := w.db
	h := New(Options{
		Accounts: w, Clients: w, Store: db, Guesses: guesses.New(time.Now), MaxItemSize: w.limit,
		Items: func(owner, client string) datastore.Items { return w.items.Items(owner, client) },
	})
	w.face = h.(*server)
	w.srv = httptest.NewServer(h)
	w.t.Cleanup(func() {
		w.srv.Close()
		_ = db.Close() // it may be closed by open
	})
}

// Password implements Accounts.
func (w *world) Password(_ context.Context, name, password string) (User, error) {
	if name != password || w.clients["id-"+name] == nil {
		return User{}, sources.ErrAuth
	}
	return User{Owner: "id-" + name, Name: name}, nil
}

// Token implements Accounts: bindery_read_NAME and bindery_write_NAME.
func (w *world) Token(_ context.Context, secret string) (User, error) {
	scope, name, _ := strings.Cut(strings.TrimPrefix(secret, "bindery_"), "_")
	if w.clients["id-"+name] == nil {
		return User{}, sources.ErrAuth
	}
	return User{Owner: "id-" + name, Name: name, ReadOnly: scope != "write"}, nil
}

// Datastores implements Clients.
func (w *world) Datastores(_ context.Context, owner string) ([]Client, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(w.clients[owner]), func(c Client) bool { return w.removed[c.ID] }), nil
}

// Make implements Clients.
func (w *world) Make(_ context.Context, owner, title string) (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	id := fmt.Sprintf("client-%s-%d", owner, len(w.clients[owner]))
	w.clients[owner] = append(w.clients[owner], Client{ID: id, Title: title})
	return id, nil
}

// Remove implements Clients.
func (w *world) Remove(_ context.Context, _, id string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.removed[id] = true
	return nil
}

// An answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
}

// as asks as an account. Headers are given as "Name: value".
func (w *world) as(user, method, path, body string, headers ...string) answer {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), method, w.srv.URL+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	if user != "" {
		req.SetBasicAuth(user, user)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Set(name, value)
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }() // it was read to its end
	data, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header, string(data)}
}

// ask asks as ann and wants a status.
func (w *world) ask(status int, method, path, body string, headers ...string) answer {
	w.t.Helper()
	a := w.as("ann", method, path, body, headers...)
	if a.status != status {
		w.t.Fatalf("%s %s: %d instead of %d\n%s", method, path, a.status, status, a.body)
	}
	return a
}

// lines gives a multistatus as lines: "href status", and of each property "href status name=value". Names of elements
// without text stand for the value.
func lines(t testing.TB, body string) []string {
	t.Helper()
	root, err := xmltree.Parse([]byte(body), xmltree.Limits{})
	if err != nil {
		t.Fatalf("%v in\n%s", err, body)
	}
	var out []string
	for r := range root.Elements() {
		if r.Local != "response" {
			out = append(out, r.Local+"="+value(r))
			continue
		}
		href := r.Child("href").Text()
		if s := r.Child("status"); s != nil {
			line := href + " " + strings.Fields(s.Text())[1]
			if e := r.Child("error"); e != nil {
				line += " " + value(e)
			}
			out = append(out, line)
		}
		for _, st := range r.Children("propstat") {
			code := strings.Fields(st.Child("status").Text())[1]
			for p := range st.Child("prop").Elements() {
				line := href + " " + code + " " + p.Local
				if v := value(p); v != "" && code == "200" {
					line += "=" + v
				}
				out = append(out, line)
			}
		}
	}
	return out
}

// value gives the text of an element, or its children by name.
func value(e *xmltree.Element) string {
	var parts []string
	for c := range e.Elements() {
		one := c.Local
		if name := c.Attr("", "name"); name != "" {
			one += ":" + name
		}
		if v := value(c); v != "" {
			one += "(" + v + ")"
		}
		parts = append(parts, one)
	}
	if len(parts) > 0 {
		return strings.Join(parts, " ")
	}
	return strings.TrimSpace(e.Text())
}

// has wants every line among those of a multistatus.
func has(t testing.TB, body string, want ...string) {
	t.Helper()
	got := lines(t, body)
	for _, l := range want {
		if !slices.Contains(got, l) {
			t.Errorf("no line %q in\n%s", l, strings.Join(got, "\n"))
		}
	}
}

const (
	contacts = "/dav/addressbooks/ann/contacts/"
	events   = "/dav/calendars/ann/events/"
	tasks    = "/dav/calendars/ann/tasks/"
)

// cardOf makes a vCard 3.0.
func cardOf(uid, name string) string {
	return "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:" + uid + "\r\nFN:" + name + "\r\nN:" + name + ";;;;\r\nEND:VCARD\r\n"
}

// eventOf makes an event; lines stand in the VEVENT.
func eventOf(uid string, inside ...string) string {
	return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//invented//EN\r\nBEGIN:VEVENT\r\nUID:" + uid + "\r\nDTSTAMP:20260101T000000Z\r\n" +
		strings.Join(append(inside, ""), "\r\n") + "END:VEVENT\r\nEND:VCALENDAR\r\n"
}

// prop makes the body of a PROPFIND for properties of DAV:, or with a prefix card:, cal: or cs:.
func prop(names ...string) string { return request("d:propfind", "", names...) }

// request makes a body with DAV:prop and something behind it.
func request(root, rest string, names ...string) string {
	var b bytes.Buffer
	b.WriteString(`<?xml version="1.0"?><` + root + ` xmlns:d="DAV:" xmlns:card="urn:ietf:params:xml:ns:carddav" xmlns:cal="urn:ietf:params:xml:ns:caldav" xmlns:cs="http://calendarserver.org/ns/" xmlns:ical="http://apple.com/ns/ical/"><d:prop>`)
	for _, n := range names {
		if !strings.Contains(n, ":") {
			n = "d:" + n
		}
		b.WriteString("<" + n + "/>")
	}
	b.WriteString(`</d:prop>` + rest + `</` + root + `>`)
	return b.String()
}

// farFuture is when everything is long ago.
var farFuture = time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)

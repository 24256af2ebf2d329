package main

import (
	"context"
	"encoding/xml"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/datastore"
	davface "github.com/bindery-sync/bindery/sources/dav/face"
	"github.com/bindery-sync/bindery/sources/guesses"
)

// davPassword is that of nora and of paul at the server of a davWorld.
const davPassword = "an invented password"

// A davWorld is a folder and an account at a server, whose address book is the other side.
type davWorld struct {
	*syncWorld
	host  string
	house *house

	mu sync.Mutex
	// between, if set, is what a request meets on its way to the server.
	between func(http.ResponseWriter, *http.Request, http.Handler)
	// through, if set, is the server as the programs meet it.
	through func(http.Handler) http.Handler
	asked   []string
}

// newDAVWorld starts the server, which is our own face.
func newDAVWorld(t testing.TB) *davWorld {
	t.Helper()
	t.Setenv("HOME", t.TempDir())
	t.Setenv("NETRC", "")
	t.Setenv(passwordEnv, davPassword)
	w := &davWorld{syncWorld: newSyncWorld(t)}
	h, err := place(filepath.Join(t.TempDir(), "server")).openMade(t)
	if err != nil {
		t.Fatal(err)
	}
	w.house = h
	for _, name := range []string{"nora", "paul"} {
		if _, err := h.bindings.CreateAccount(t.Context(), bindings.NewAccount{Name: name, NoLogin: true, NoMD5: true}); err != nil {
			t.Fatal(err)
		}
	}
	w.serve(t, davface.New(davface.Options{
		Accounts: onePassword{davAccounts{h.bindings}}, Clients: davClients{h.bindings}, Store: h.db, Guesses: guesses.New(time.Now), Log: h.log,
		Items: func(owner, client string) datastore.Items { return h.items.Items(owner, client) },
	}))
	return w
}

// again is the same server with a new folder, and a new memory.
func (w *davWorld) again(t *testing.T) *davWorld {
	t.Helper()
	return &davWorld{syncWorld: newSyncWorld(t), host: w.host, house: w.house}
}

// onePassword lets everybody in by davPassword, which takes less time than to hash it.
type onePassword struct{ davAccounts }

// Password implements davface.Accounts.
func (o onePassword) Password(ctx context.Context, name, password string) (davface.User, error) {
	a, err := o.store.AccountByName(ctx, name)
	if err != nil || password != davPassword {
		return davface.User{}, sources.ErrAuth
	}
	return o.user(ctx, a.ID, false)
}

// serve starts a server.
func (w *davWorld) serve(t testing.TB, face http.Handler) {
	srv := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		w.asked = append(w.asked, r.Method+" "+r.URL.Path)
		between, face := w.between, face
		if w.through != nil {
			face = w.through(face)
		}
		w.mu.Unlock()
		if between != nil {
			between(rw, r, face)
			return
		}
		face.ServeHTTP(rw, r)
	}))
	t.Cleanup(srv.Close)
	w.host = strings.TrimPrefix(srv.URL, "http://")
	w.b = w.at("nora", "/dav/addressbooks/nora/contacts/")
}

// openMade opens a new data directory until the test ends.
func (p place) openMade(t testing.TB) (*house, error) {
	if err := p.make(); err != nil {
		return nil, err
	}
	h, err := p.open(t.Context(), slog.New(slog.DiscardHandler))
	if err == nil {
		t.Cleanup(func() {
			if err := h.close(); err != nil {
				t.Error(err)
			}
		})
	}
	return h, err
}

// at gives an address of the server for a user.
func (w *davWorld) at(user, path string) string {
	if user != "" {
		user += "@"
	}
	return "http://" + user + w.host + path
}

// meets sets what requests meet on their way from now on.
func (w *davWorld) meets(fn func(http.ResponseWriter, *http.Request, http.Handler)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.between = fn
}

// requests gives what the server was asked since the last time.
func (w *davWorld) requests() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := w.asked
	w.asked = nil
	return out
}

// do sends one request as nora, past what meets others, and gives the body of its answer.
func (w *davWorld) do(method, path, body string, header ...string) (int, string) {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), method, "http://"+w.host+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	r.SetBasicAuth("nora", davPassword)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w.mu.Lock()
	between := w.between
	w.between = nil
	w.mu.Unlock()
	defer w.meets(between)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	text, err := io.ReadAll(res.Body)
	if err := res.Body.Close(); err != nil {
		w.t.Fatal(err)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return res.StatusCode, string(text)
}

const davBook = "/dav/addressbooks/nora/contacts/"

// put stores an item in the address book, or at a whole path.
func (w *davWorld) put(name, data string) {
	w.t.Helper()
	path, kind := davBook+name, "text/vcard"
	if strings.HasPrefix(name, "/") {
		path = name
	}
	if strings.HasSuffix(name, ".ics") {
		kind = "text/calendar"
	}
	if code, text := w.do(http.MethodPut, path, data, "Content-Type", kind); code >= 300 {
		w.t.Fatalf("PUT %s: %d: %s", name, code, text)
	}
}

// drop deletes an item of the address book.
func (w *davWorld) drop(name string) {
	w.t.Helper()
	if code, text := w.do(http.MethodDelete, davBook+name, ""); code >= 300 {
		w.t.Fatalf("DELETE %s: %d: %s", name, code, text)
	}
}

// held gives what a collection holds, by the last part of each address.
func (w *davWorld) held(path string) map[string]string {
	w.t.Helper()
	const query = `<?xml version="1.0"?><d:sync-collection xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:carddav" xmlns:k="urn:ietf:params:xml:ns:caldav">` +
		`<d:sync-token/><d:sync-level>1</d:sync-level><d:prop><c:address-data/><k:calendar-data/></d:prop></d:sync-collection>`
	code, text := w.do("REPORT", path, query, "Content-Type", "application/xml")
	var list struct {
		Response []struct {
			Href string `xml:"href"`
			Card []struct {
				Data string `xml:"prop>address-data"`
				Cal  string `xml:"prop>calendar-data"`
			} `xml:"propstat"`
		} `xml:"response"`
	}
	if err := xml.Unmarshal([]byte(text), &list); err != nil || code != http.StatusMultiStatus {
		w.t.Fatalf("list %s: %d, %v: %.500s", path, code, err, text)
	}
	out := make(map[string]string)
	for _, r := range list.Response {
		for _, p := range r.Card {
			if p.Data+p.Cal != "" {
				out[filepath.Base(r.Href)] = strings.ReplaceAll(strings.ReplaceAll(p.Data+p.Cal, "\r\n", "\n"), "\n", "\r\n")
			}
		}
	}
	return out
}

// people counts who is in the address book.
func (w *davWorld) people() map[string]int {
	w.t.Helper()
	count := make(map[string]int)
	for _, data := range w.held(davBook) {
		_, rest, _ := strings.Cut(data, "\nFN:")
		name, _, _ := strings.Cut(rest, "\r")
		count[name]++
	}
	return count
}

// both checks that folder and address book hold each of these people once, and nobody else.
func (w *davWorld) both(people ...string) {
	w.t.Helper()
	w.once(w.a, people...)
	got := w.people()
	for _, name := range people {
		if got[name] != 1 {
			w.t.Errorf("the server holds %s %d times", name, got[name])
		}
	}
	if len(got) != len(people) {
		w.t.Errorf("the server holds %d people, want %d: %.500v", len(got), len(people), got)
	}
}

// still checks that another sync has nothing to do.
func (w *davWorld) still(code int) {
	w.t.Helper()
	before := fmt.Sprint(w.read(w.a), w.held(davBook))
	for class, r := range w.sync(code) {
		if (r.Source != jsonSides{} || r.Target != jsonSides{} || r.Conflicts != 0 || r.Duplicates != 0) {
			w.t.Errorf("%s: a sync with nothing to do: %+v", class, r)
		}
	}
	if after := fmt.Sprint(w.read(w.a), w.held(davBook)); after != before {
		w.t.Error("a sync with nothing to do changed something")
	}
}

// collections gives the addresses that the command remembers, by user.
func (w *davWorld) collections() []string {
	w.t.Helper()
	h, err := place(w.dataDir).openMade(w.t)
	if err != nil {
		w.t.Fatal(err)
	}
	a, err := h.bindings.AccountByName(w.t.Context(), localName)
	if err != nil {
		w.t.Fatal(err)
	}
	all, err := h.bindings.Clients(w.t.Context(), a.ID, "dav")
	if err != nil {
		w.t.Fatal(err)
	}
	var out []string
	for _, c := range all {
		known, err := h.named.Of(w.t.Context(), a.ID, c.ID)
		if err != nil {
			w.t.Fatal(err)
		}
		for class, at := range known.Collections {
			out = append(out, known.User+" "+string(class)+" "+strings.TrimPrefix(at, "http://"+w.host))
		}
	}
	slices.Sort(out)
	return out
}

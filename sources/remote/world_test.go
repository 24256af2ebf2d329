package remote_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/sources/outgoing"
	"github.com/bindery-sync/bindery/sources/remote"
	"github.com/bindery-sync/bindery/sources/sqlstore"
)

// fakeSecrets seals so that nothing can be read by accident, and opens for the same owner only.
type fakeSecrets struct{}

func (fakeSecrets) Seal(owner string, plain []byte) ([]byte, error) {
	out := []byte("sealed:" + owner + ":")
	for _, b := range plain {
		out = append(out, b^0xaa)
	}
	return out, nil
}

func (fakeSecrets) Open(owner string, sealed []byte) ([]byte, error) {
	rest, ok := bytes.CutPrefix(sealed, []byte("sealed:"+owner+":"))
	if !ok {
		return nil, errors.New("cannot be opened")
	}
	out := make([]byte, len(rest))
	for i, b := range rest {
		out[i] = b ^ 0xaa
	}
	return out, nil
}

// world is a database and a server that speaks as much Google Data as is needed to be checked.
type world struct {
	t          *testing.T
	path       string
	db         *sqlstore.Store
	clock      time.Time
	guard      *outgoing.Guard
	authorised []string
	fault      error
	*peer
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, path: filepath.Join(t.TempDir(), "test.db"), clock: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC), peer: newPeer(t)}
	db, err := sqlstore.Open(t.Context(), sqlstore.Options{Path: w.path, Unsafe: true, Fault: func(p sqlstore.Point) error {
		if p == sqlstore.BeforeCommit {
			return w.fault
		}
		return nil
	}})
	w.ok(err)
	t.Cleanup(func() { _ = db.Close() })
	w.db = db
	w.ok(db.Migrate(t.Context(), remote.Migrations()))
	w.guard = outgoing.New(outgoing.Options{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}})
	t.Cleanup(w.guard.CloseIdle)
	return w
}

func (w *world) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// open makes Remotes, as one process does.
func (w *world) open() *remote.Remotes {
	return remote.New(w.db, remote.Options{
		Secrets: fakeSecrets{}, Guard: w.guard, Now: func() time.Time { return w.clock },
		Authorised: func(_ context.Context, owner, client string) error {
			w.authorised = append(w.authorised, owner+" "+client)
			return nil
		},
	})
}

// named makes a client of that name.
func named(id string) func(context.Context) (string, error) {
	return func(context.Context) (string, error) { return id, nil }
}

// mustNotHold looks for words in every file of the database.
func (w *world) mustNotHold(words ...string) {
	w.t.Helper()
	files, err := filepath.Glob(w.path + "*")
	w.ok(err)
	for _, f := range files {
		text, err := os.ReadFile(f)
		w.ok(err)
		for _, word := range words {
			if bytes.Contains(text, []byte(word)) {
				w.t.Errorf("%s holds %q", filepath.Base(f), word)
			}
		}
	}
}

// peer is the other server. Users sign in by nora and s3cret-Horse, by the token t0ken-Horse, or by the access token that
// it gave last.
type peer struct {
	*httptest.Server
	mu sync.Mutex
	// asked are the requests, with how they were signed.
	asked []string
	// answer, if set, answers instead.
	answer http.HandlerFunc
	// refresh is the refresh token that counts, access the access token; renewals counts the tokens given.
	refresh, access string
	renewals        int
	// tokens, if set, answers instead where tokens are given.
	tokens http.HandlerFunc
}

const (
	password = "s3cret-Horse"
	token    = "t0ken-Horse"
	feedXML  = `<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><id>x</id></feed>`
)

func newPeer(t *testing.T) *peer {
	p := &peer{refresh: "refresh-0"}
	p.Server = httptest.NewServer(p)
	t.Cleanup(p.Close)
	return p
}

func (p *peer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if r.URL.Path == "/token" {
		p.token(w, r)
		return
	}
	p.asked = append(p.asked, r.Method+" "+r.URL.EscapedPath()+" "+r.Header.Get("Authorization"))
	if p.answer != nil {
		p.answer(w, r)
		return
	}
	user, pass, _ := r.BasicAuth()
	bearer, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	switch {
	case user == "nora" && pass == password, bearer == token, p.access != "" && bearer == p.access:
		_, _ = io.WriteString(w, feedXML)
	default:
		w.WriteHeader(http.StatusUnauthorized)
	}
}

// token gives an access token and another refresh token for the one that counts (RFC 6749 section 6).
func (p *peer) token(w http.ResponseWriter, r *http.Request) {
	if p.tokens != nil {
		p.tokens(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	if r.FormValue("grant_type") != "refresh_token" || r.FormValue("refresh_token") != p.refresh {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = fmt.Fprintf(w, `{"error":"invalid_grant","error_description":"no such token %s"}`, r.FormValue("refresh_token"))
		return
	}
	p.renewals++
	p.refresh, p.access = fmt.Sprintf("refresh-%d", p.renewals), fmt.Sprintf("access-%d", p.renewals)
	_, _ = fmt.Fprintf(w, `{"access_token":%q,"token_type":"Bearer","expires_in":3600,"refresh_token":%q}`, p.access, p.refresh)
}

func (p *peer) requests() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := p.asked
	p.asked = nil
	return out
}

// basic is a server to be registered that takes names and passwords.
func (p *peer) basic() remote.NewServer {
	return remote.NewServer{
		Name: "family", Contacts: p.URL + "/m8/feeds/contacts/{user}/full", Groups: p.URL + "/m8/feeds/groups/{user}/full",
		Events: p.URL + "/calendar/feeds/{user}/private/full",
	}
}

// oauth is one that takes access tokens.
func (p *peer) oauth() remote.NewServer {
	n := p.basic()
	n.Auth = remote.Auth{Way: remote.AuthOAuth2, TokenURL: p.URL + "/token", ClientID: "bindery", Scopes: []string{"contacts", "calendar"}}
	n.ClientSecret = "app-secret-Horse"
	return n
}

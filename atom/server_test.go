package atom

import (
	"bytes"
	"context"
	"database/sql"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/datastore"
	"github.com/bindery-sync/bindery/sources/remote"
	"github.com/bindery-sync/bindery/sources/sqlstore"
)

const password = "correct horse"

// A server is the API on a real database, and what a test needs to prepare and ask it.
type server struct {
	t     *testing.T
	store *bindings.Store
	items *datastore.Datastore
	// together is a transaction of the database.
	together func(ctx context.Context, fn func(context.Context) error) error
	// waiting is what waits for admin's word.
	waiting *waiting
	talk    *talk
	sights  *sights
	remotes *remote.Remotes
	// far is a server that admin registered, where a test needs one.
	far   remote.Server
	path  string // of the database
	url   string
	log   *lines
	admin bindings.Account
	bob   bindings.Account
	// token is a token of admin's, where a test made one, and secret what a program sends.
	token  bindings.Token
	secret string

	mu    sync.Mutex
	clock time.Time
}

// lines is a log that tests read.
type lines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

func (s *server) now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.clock
}

func (s *server) wait(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clock = s.clock.Add(d)
}

// newServer starts an API as the API's examples have it, for the accounts admin and bob; change, if not
// nil, changes its options.
func newServer(t *testing.T, change func(*Options)) *server {
	t.Helper()
	s := &server{t: t, path: filepath.Join(t.TempDir(), "test.db"), log: &lines{}}
	s.clock = time.Date(2009, 3, 18, 9, 0, 0, 0, time.UTC)
	db, err := sqlstore.Open(t.Context(), sqlstore.Options{Path: s.path, Unsafe: true})
	s.must(err)
	t.Cleanup(func() { _ = db.Close() })
	s.must(db.Migrate(t.Context(), slices.Concat(bindings.Migrations(), datastore.Migrations(), remote.Migrations())))
	s.together = db.Together
	s.items = datastore.New(db, datastore.Options{Now: s.now})
	s.store = bindings.Open(db, bindings.Options{Now: s.now, Rand: rand.NewChaCha8([32]byte{7})})
	s.admin, s.bob = s.account("admin"), s.account("bob")
	s.talk = &talk{owner: s.admin.ID}
	s.sights = &sights{owner: s.admin.ID}
	s.remotes = s.newRemotes(db)
	s.waiting = &waiting{owner: s.admin.ID, state: "open", outcome: bindings.RestoredAdded}
	o := Options{
		Accounts: s.store, Tokens: s.store, WebSessions: s.store, Kinds: s.kinds(), Bindings: s.store, Clients: s.store, SyncLog: s.store, Starter: nothing{}, Background: nothing{}, Matters: s.waiting, Notices: s.store.Notices(), History: s.waiting, Restorer: s.waiting, Where: s.sights, Importer: s, Books: s.store, Schedules: s.store, Replacer: s.store.Phones(s.store.Syncs(s.kinds(), nil), true), Sessions: s.talk, Devices: s.devices, PhoneStores: s.store,
		Remotes: s.remotes, Unauthorised: s.store.Unauthorisations,
		Together: db.Together,
		Content:  func(owner, client string) Items { return s.items.Items(owner, client) },
		Operator: "ObexCode AS", Contact: "support@obexcode.com", BaseURL: "http://api.obexcode.com",
		Log: slog.New(slog.NewTextHandler(s.log, nil)), Now: s.now,
	}
	if change != nil {
		change(&o)
	}
	web := httptest.NewServer(New(o))
	t.Cleanup(web.Close)
	s.url = web.URL
	return s
}

func (s *server) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *server) account(name string) bindings.Account {
	s.t.Helper()
	a, err := s.store.CreateAccount(s.t.Context(), bindings.NewAccount{Name: name, Password: password, Admin: name == "admin"})
	s.must(err)
	return a
}

func (s *server) client(owner, kind, uuid string) bindings.Client {
	s.t.Helper()
	c, err := s.store.CreateClient(s.t.Context(), owner, bindings.NewClient{ID: uuid, Kind: kind})
	s.must(err)
	return c
}

func (s *server) datastore(owner string) bindings.Client {
	s.t.Helper()
	list, err := s.store.Clients(s.t.Context(), owner, "datastore")
	s.must(err)
	return list[0]
}

// bind makes the binding with that id.
func (s *server) bind(id int64, source, target bindings.Client) {
	s.t.Helper()
	s.useUp(id)
	b, err := s.store.CreateBinding(s.t.Context(), source.Owner, bindings.NewBinding{Source: source.ID, Target: target.ID})
	s.must(err)
	if b.ID != id {
		s.t.Fatalf("binding has the id %d, want %d", b.ID, id)
	}
}

// useUp makes id the next one of a binding.
func (s *server) useUp(id int64) {
	s.t.Helper()
	db, err := sql.Open("sqlite3", s.path)
	s.must(err)
	defer func() { s.must(db.Close()) }()
	_, err = db.Exec(`DELETE FROM sqlite_sequence WHERE name = 'bindings'`)
	s.must(err)
	_, err = db.Exec(`INSERT INTO sqlite_sequence (name, seq) VALUES ('bindings', ?)`, id-1)
	s.must(err)
}

// A reply is what came back.
type reply struct {
	status int
	header http.Header
	body   string
}

// ask sends a request as a user; "" sends it without credentials. Extra are pairs of header and value.
func (s *server) ask(user, method, path, body string, extra ...string) reply {
	s.t.Helper()
	var in io.Reader = http.NoBody
	if body != "" {
		in = strings.NewReader(body)
	}
	r, err := http.NewRequestWithContext(context.Background(), method, s.url+path, in)
	s.must(err)
	r.Header.Set("Content-Type", "application/atom+xml")
	r.Header.Set("Accept", "application/atom+xml")
	if user != "" {
		r.SetBasicAuth(user, password)
	}
	for i := 0; i+1 < len(extra); i += 2 {
		r.Header.Set(extra[i], extra[i+1])
	}
	res, err := (&http.Client{CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}).Do(r)
	s.must(err)
	defer func() { s.must(res.Body.Close()) }()
	out, err := io.ReadAll(res.Body)
	s.must(err)
	got := reply{res.StatusCode, res.Header, string(out)}
	documents.add(method+" "+path, got)
	return got
}

func (s *server) wantStatus(what string, got reply, status int) {
	s.t.Helper()
	if got.status != status {
		s.t.Errorf("%s: status %d %q, want %d", what, got.status, got.body, status)
	}
}

func (s *server) wantSentence(what string, got reply, status int, sentence string) {
	s.t.Helper()
	if got.status != status || !strings.Contains(got.body, sentence) {
		s.t.Errorf("%s: %d %q, want %d %q", what, got.status, got.body, status, sentence)
	}
	if ct := got.header.Get("Content-Type"); ct != "text/plain; charset=utf-8" {
		s.t.Errorf("%s: Content-Type %q, want plain text", what, ct)
	}
}

// kinds are those that a program might offer.
func (s *server) kinds() *sources.Registry {
	var r sources.Registry
	four := []dataclass.Class{dataclass.Contacts, dataclass.Events, dataclass.Tasks, dataclass.Notes}
	r.Register(sources.Kind{Name: "datastore", Caps: sources.Caps{Classes: four, ServerInitiated: true, Incremental: true}})
	r.Register(sources.Kind{Name: "syncml", Caps: sources.Caps{Classes: four, Deferred: true}})
	return &r
}

// nothing is a Starter and a Background for tests that do not look at it.
type nothing struct{}

// Begin implements Background.
func (nothing) Begin(context.Context, string, int64, int, ...dataclass.Class) (bindings.Started, error) {
	return bindings.Started{}, nil
}

// Progress implements Background.
func (nothing) Progress(string, int64) (engine.Progress, bool) { return engine.Progress{}, false }

// Request implements Starter.
func (nothing) Request(context.Context, string, int64, int, ...dataclass.Class) (bindings.Started, error) {
	return bindings.Started{}, nil
}

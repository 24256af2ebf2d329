package yeartest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/datastore"
	"github.com/bindery-sync/bindery/sources/sqlstore"
	"github.com/bindery-sync/bindery/sources/syncml"
	"github.com/bindery-sync/bindery/sources/syncml/devicerule"
	"github.com/bindery-sync/bindery/sources/syncml/phonetest"
)

// A world is one account with its datastore, one phone, and the server between them.
type world struct {
	t     testing.TB
	rand  *rand.Rand
	clock time.Time
	// skew is how far the phone's clock is off.
	skew time.Duration

	db     *sqlstore.Store
	store  *bindings.Store
	phones *bindings.Phones
	face   *syncml.Server
	items  datastore.Items
	owner  string

	rules devicerule.Table
	phone *phonetest.Phone
	truth truth
	// amid says that somebody edits while a session is under way. Then nobody edits what the other side's user has: the
	// phone would write over its own edit with what comes in that session, and no server can help it.
	amid  bool
	names int
	// mishap is what goes wrong in the session, at message number msg.
	mishap mishap
	msg    int
	// fuse counts down the transactions to the one that dies at point; 0 is none. Dead: it has.
	fuse  int
	point sqlstore.Point
	dead  bool
	log   []string
	// took is how long the users' story was, in syncs.
	syncs int
}

var errDead = errors.New("the server died")

func (w *world) fault(p sqlstore.Point) error {
	if w.dead {
		return errDead
	}
	if w.fuse == 0 || p != w.point {
		return nil
	}
	if w.fuse--; w.fuse > 0 {
		return nil
	}
	w.dead = true
	w.note("  the server dies %s", p)
	return errDead
}

// source makes bytes of a rand.Rand.
type source struct{ *rand.Rand }

func (s source) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = byte(s.Uint32())
	}
	return len(b), nil
}

// newWorld makes a world with a phone of a model. Rules, if there are any, are all that the server knows of models.
func newWorld(t testing.TB, m phonetest.Model, seed uint64, rules ...devicerule.Rule) *world {
	t.Helper()
	w := &world{t: t, rand: rand.New(rand.NewPCG(seed, 5)), clock: time.Date(2026, 1, 5, 6, 0, 0, 0, time.UTC), truth: truth{}, rules: rules}
	db, err := sqlstore.Open(t.Context(), sqlstore.Options{Path: filepath.Join(t.TempDir(), "bindery.db"), Unsafe: true,
		Readers: 2, Fault: w.fault})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	w.db = db
	steps := append(append(bindings.Migrations(), datastore.Migrations()...), syncml.Migrations()...)
	if err := db.Migrate(t.Context(), steps); err != nil {
		t.Fatal(err)
	}
	w.boot()
	acc, err := w.store.CreateAccount(t.Context(), bindings.NewAccount{Name: "anna", Password: "secret"})
	if err != nil {
		t.Fatal(err)
	}
	w.owner = acc.ID
	stores, err := w.store.Clients(t.Context(), w.owner, datastore.KindName)
	if err != nil || len(stores) != 1 {
		t.Fatalf("datastore clients: %v, %v", stores, err)
	}
	w.items = datastore.New(db, datastore.Options{Now: w.now}).Items(w.owner, stores[0].ID)
	w.phone = phonetest.New(m, "IMEI:49-015420-323751-1", w)
	w.phone.Breach = func(what string) { w.fail("the phone does not take this: %s", what) }
	w.phone.Told = func(c phonetest.Contact) { w.truth.of(c).hear(texts(c)) }
	w.phone.Now = func() time.Time { return w.clock.Add(w.skew) }
	w.phone.Trace = func(what string) { w.note("  %s", what) }
	return w
}

func (w *world) now() time.Time { return w.clock }

// boot starts the server anew: nothing of an earlier one is left but what it stored.
func (w *world) boot() {
	if w.phones != nil {
		if err := w.phones.Wait(context.Background()); err != nil {
			w.t.Fatal(err)
		}
	}
	w.dead, w.fuse = false, 0
	kinds := new(sources.Registry)
	kinds.Register(datastore.New(w.db, datastore.Options{Now: w.now}).Kind())
	rnd := source{rand.New(rand.NewPCG(w.rand.Uint64(), 7))}
	w.store = bindings.Open(w.db, bindings.Options{Now: w.now, Rand: rnd, Kinds: kinds})
	kinds.Register(syncml.NewKind(w.store.Mailbox()))
	w.phones = w.store.Phones(w.store.Syncs(kinds, nil), true)
	w.face = syncml.NewServer(syncml.Options{Accounts: accounts{w}, Phones: w.phones, Syncs: w.phones, Store: w.db, Rules: w.rules,
		Now: w.now, Rand: source{rand.New(rand.NewPCG(w.rand.Uint64(), 9))}})
}

// accounts knows one account; the real ones take their time over passwords.
type accounts struct{ *world }

func (a accounts) Basic(_ context.Context, name, password string) (string, error) {
	if name != "anna" || password != "secret" {
		return "", sources.ErrAuth
	}
	return a.owner, nil
}

func (a accounts) Digest(_ context.Context, name string, verify func(string) bool) (string, error) {
	if !verify("secret") || name != "anna" {
		return "", sources.ErrAuth
	}
	return a.owner, nil
}

// note writes a line of the story, which is told if the test fails.
func (w *world) note(format string, args ...any) {
	w.log = append(w.log, fmt.Sprintf(format, args...))
}

// fail ends the test with the end of the story. All of it is written to the file that BINDERY_STORY names.
func (w *world) fail(format string, args ...any) {
	w.t.Helper()
	if path := os.Getenv("BINDERY_STORY"); path != "" {
		if err := os.WriteFile(path, []byte(strings.Join(w.log, "\n")), 0o600); err != nil {
			w.t.Error(err)
		}
	}
	from := max(0, len(w.log)-40)
	for _, l := range w.log[from:] {
		w.t.Log(l)
	}
	w.t.Fatalf("sync %d: "+format, append([]any{w.syncs}, args...)...)
}

// doubts are the pairs that wait for a person, by the number of each.
func (w *world) doubts() map[int64][2]phonetest.Contact {
	w.t.Helper()
	list, err := w.store.Doubts(w.t.Context(), w.owner, 1)
	if err != nil {
		w.t.Fatal(err)
	}
	all := map[int64][2]phonetest.Contact{}
	for _, d := range list {
		var two [2]phonetest.Contact
		for i, side := range d.Items {
			if two[i], err = phonetest.ParseCard(string(side.Body.Data)); err != nil {
				w.fail("doubtful: %v", err)
			}
		}
		all[d.ID] = two
	}
	return all
}

// decide answers what waits for a person, who knows who is who. It reports whether there was anything.
func (w *world) decide() bool {
	w.t.Helper()
	all := w.doubts()
	for _, id := range slices.Sorted(maps.Keys(all)) {
		two, verdict := all[id], engine.Two
		if name(two[0]) == name(two[1]) {
			verdict = engine.Same
			w.truth.of(two[0]).haze() // one of them may be old
		}
		w.note("doubtful: %s and %s", brief(two[0]), brief(two[1]))
		if err := w.store.Decide(w.t.Context(), w.owner, id, verdict, ""); err != nil {
			w.fail("decide: %v", err)
		}
	}
	return len(all) > 0
}

// A mishap is what goes wrong in one session.
type mishap struct {
	kind string
	// at is the message that it happens at, for how many posts it lasts.
	at, lasts int
}

var errLine = errors.New("the line is dead")

// Post implements phonetest.Line.
func (w *world) Post(contentType, url string, body []byte) (phonetest.Reply, error) {
	w.clock = w.clock.Add(time.Second)
	w.msg++
	struck := w.msg >= w.mishap.at && w.msg < w.mishap.at+w.mishap.lasts
	if w.dead || struck && w.mishap.kind == "restart" {
		w.note("  the server is started anew")
		w.boot()
	}
	switch {
	case struck && w.mishap.kind == "request":
		w.note("  a request is lost")
		return phonetest.Reply{}, errLine
	case struck && w.mishap.kind == "edit":
		w.amid = true
		w.edits(1)
		w.amid = false
	}
	r := httptest.NewRequest(http.MethodPost, url, bytes.NewReader(body))
	r.Header.Set("Content-Type", contentType)
	out := httptest.NewRecorder()
	w.face.ServeHTTP(out, r)
	if struck && w.mishap.kind == "reply" || w.dead {
		w.note("  a reply is lost")
		return phonetest.Reply{}, errLine
	}
	return phonetest.Reply{Status: out.Code, Type: out.Header().Get("Content-Type"), Body: out.Body.Bytes()}, nil
}

// server lists what the datastore holds, by id.
func (w *world) server() map[sources.ID]datastore.Item {
	w.t.Helper()
	all := map[sources.ID]datastore.Item{}
	var after sources.ID
	for {
		page, err := w.items.List(w.t.Context(), dataclass.Contacts, after, 0)
		if err != nil {
			w.t.Fatal(err)
		}
		for _, i := range page {
			all[i.ID], after = i, i.ID
		}
		if len(page) == 0 {
			return all
		}
	}
}

// read reads a card of the datastore as its user sees it.
func (w *world) read(i datastore.Item) phonetest.Contact {
	w.t.Helper()
	c, err := phonetest.ParseCard(string(i.Body.Data))
	if err != nil {
		w.fail("the datastore holds a bad card: %v", err)
	}
	return c
}

// kept reports whether an old version with a text is in the history.
func (w *world) kept(has func(phonetest.Contact) bool) bool {
	w.t.Helper()
	list, err := w.store.History(w.t.Context(), w.owner, bindings.HistoryFilter{Limit: 1 << 20})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, e := range list {
		full, err := w.store.HistoryEntry(w.t.Context(), w.owner, e.ID)
		if err != nil {
			w.t.Fatal(err)
		}
		if len(full.Body.Data) == 0 {
			continue
		}
		if c, err := phonetest.ParseCard(string(full.Body.Data)); err == nil && has(c) {
			return true
		}
	}
	return false
}

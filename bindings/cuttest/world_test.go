package cuttest

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/datastore"
	"github.com/bindery-sync/bindery/sources/sqlstore"
	"github.com/bindery-sync/bindery/sources/syncml"
	"github.com/bindery-sync/bindery/sources/syncml/phonetest"
)

// A world is one account with its datastore, the server, and the phone in use.
type world struct {
	t     *testing.T
	clock time.Time
	face  *syncml.Server
	items datastore.Items
	owner string

	model  phonetest.Model
	phone  *phonetest.Phone
	phones int
	people int
	// alive are those whom both sides are to hold in the end, by name, with what their note says.
	alive map[string]string
	// cut is the message at which the line dies, 0 for none; heard says whether the server still gets it.
	cut   int
	heard bool
	msg   int
	story []string
}

func newWorld(t *testing.T, m phonetest.Model) *world {
	t.Helper()
	w := &world{t: t, model: m, clock: time.Date(2026, 1, 5, 6, 0, 0, 0, time.UTC), alive: map[string]string{}}
	db, err := sqlstore.Open(t.Context(), sqlstore.Options{Path: filepath.Join(t.TempDir(), "bindery.db"), Unsafe: true, Readers: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	steps := slices.Concat(bindings.Migrations(), datastore.Migrations(), syncml.Migrations())
	if err := db.Migrate(t.Context(), steps); err != nil {
		t.Fatal(err)
	}
	stores := datastore.New(db, datastore.Options{Now: w.now})
	kinds := new(sources.Registry)
	kinds.Register(stores.Kind())
	store := bindings.Open(db, bindings.Options{Now: w.now, Kinds: kinds})
	kinds.Register(syncml.NewKind(store.Mailbox()))
	phones := store.Phones(store.Syncs(kinds, nil), true)
	w.face = syncml.NewServer(syncml.Options{Accounts: accounts{w}, Phones: phones, Syncs: phones, Store: db,
		Now: w.now, Rand: rand.Reader})
	acc, err := store.CreateAccount(t.Context(), bindings.NewAccount{Name: "anna", Password: "secret"})
	if err != nil {
		t.Fatal(err)
	}
	w.owner = acc.ID
	clients, err := store.Clients(t.Context(), w.owner, datastore.KindName)
	if err != nil || len(clients) != 1 {
		t.Fatalf("datastore clients: %v, %v", clients, err)
	}
	w.items = stores.Items(w.owner, clients[0].ID)
	return w
}

func (w *world) now() time.Time { return w.clock }

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

// buy gives the account a new phone.
func (w *world) buy() {
	w.phones++
	w.phone = phonetest.New(w.model, fmt.Sprintf("IMEI:49-015420-3237%02d-1", w.phones), w)
	w.phone.Breach = func(what string) { w.fail("the phone does not take this: %s", what) }
	w.phone.Now = w.now
	w.phone.Trace = func(what string) { w.note("  %.300s", what) }
}

func (w *world) note(format string, args ...any) {
	w.story = append(w.story, fmt.Sprintf(format, args...))
}

// fail ends the test with the end of the story.
func (w *world) fail(format string, args ...any) {
	w.t.Helper()
	for _, l := range w.story[max(0, len(w.story)-60):] {
		w.t.Log(l)
	}
	w.t.Fatalf(format, args...)
}

var errLine = errors.New("the line is dead")

// Post implements phonetest.Line.
func (w *world) Post(contentType, url string, body []byte) (phonetest.Reply, error) {
	w.clock = w.clock.Add(time.Second)
	w.msg++
	struck := w.cut > 0 && w.msg >= w.cut
	if struck && (!w.heard || w.msg > w.cut) {
		return phonetest.Reply{}, errLine
	}
	r := httptest.NewRequest(http.MethodPost, url, bytes.NewReader(body))
	r.Header.Set("Content-Type", contentType)
	out := httptest.NewRecorder()
	w.face.ServeHTTP(out, r)
	if struck {
		return phonetest.Reply{}, errLine
	}
	return phonetest.Reply{Status: out.Code, Type: out.Header().Get("Content-Type"), Body: out.Body.Bytes()}, nil
}

// sync plays one session; at is the message that is its last, 0 if it is to come to its end.
func (w *world) sync(code, at int, how fault) (phonetest.Result, error) {
	w.msg, w.cut, w.heard, w.phone.SuspendAt = 0, 0, how == replyLost, 0
	if how == suspended {
		w.phone.SuspendAt = at
	} else {
		w.cut = at
	}
	w.note("sync %d, %v at message %d", code, how, at)
	r, err := w.phone.Sync(code)
	w.note("  %+v, %v", r, err)
	w.clock = w.clock.Add(time.Minute)
	return r, err
}

// person is somebody new.
func (w *world) person() phonetest.Contact {
	w.people++
	name := fmt.Sprintf("Fam%04d", w.people)
	return w.says(phonetest.Contact{Family: name, Given: fmt.Sprintf("Giv%04d", 7919*w.people%10007), Values: []phonetest.Value{
		{Kind: phonetest.Tel, Type: "CELL", Text: fmt.Sprintf("+49155%07d", 104729*w.people%9999991)},
		{Kind: phonetest.Note}}}, "first")
}

// says gives a contact with another note, which both sides are to hold from now on.
func (w *world) says(c phonetest.Contact, what string) phonetest.Contact {
	c = c.Clone()
	for i := range c.Values {
		if c.Values[i].Kind == phonetest.Note {
			c.Values[i].Text = fmt.Sprintf("%s says %s%s", c.Family, what, strings.Repeat(" and more", 40))
			w.alive[c.Family] = c.Values[i].Text
		}
	}
	return c
}

func (w *world) put(id sources.ID, c phonetest.Contact) {
	w.t.Helper()
	body := dataclass.Body{Type: "text/vcard;version=3.0", Data: []byte(c.Card30())}
	if _, err := w.items.Put(w.t.Context(), dataclass.Contacts, id, "", body); err != nil {
		w.fail("put: %v", err)
	}
}

// server lists what the datastore holds, by id.
func (w *world) server() map[sources.ID]phonetest.Contact {
	w.t.Helper()
	all := map[sources.ID]phonetest.Contact{}
	page, err := w.items.List(w.t.Context(), dataclass.Contacts, "", 1000)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, i := range page {
		if all[i.ID], err = phonetest.ParseCard(string(i.Body.Data)); err != nil {
			w.fail("the datastore holds a bad card: %v", err)
		}
	}
	return all
}

func (w *world) clear() {
	w.t.Helper()
	for id := range w.server() {
		if err := w.items.Delete(w.t.Context(), dataclass.Contacts, id, ""); err != nil {
			w.fail("delete: %v", err)
		}
	}
	clear(w.alive)
}

// check wants a side to hold those who are alive, each once, as they are.
func (w *world) check(side string, all []phonetest.Contact) {
	w.t.Helper()
	got := map[string]string{}
	for _, c := range all {
		if _, twice := got[c.Family]; twice {
			w.fail("%s holds %s twice", side, c.Family)
		}
		got[c.Family] = fmt.Sprint(c.Texts(phonetest.Note))
	}
	for name, says := range w.alive {
		if got[name] != fmt.Sprint([]string{says}) {
			w.fail("%s: %s says %q, want %q", side, name, got[name], says)
		}
	}
	for name := range got {
		if _, ok := w.alive[name]; !ok {
			w.fail("%s: %s is back", side, name)
		}
	}
}

// settled wants both sides to hold the same.
func (w *world) settled() {
	w.t.Helper()
	w.check("phone", slices.Collect(maps.Values(w.phone.Items())))
	w.check("server", slices.Collect(maps.Values(w.server())))
}

package bindings_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/engine/journaltest"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/datastore"
	"github.com/bindery-sync/bindery/sources/dav"
	davface "github.com/bindery-sync/bindery/sources/dav/face"
	"github.com/bindery-sync/bindery/sources/gdata"
	gdataface "github.com/bindery-sync/bindery/sources/gdata/face"
	"github.com/bindery-sync/bindery/sources/guesses"
	"github.com/bindery-sync/bindery/sources/sqlstore"
)

// twoWays is a datastore that is bound twice to one account of another Bindery: by DAV and by gdata.
type twoWays struct {
	t          *testing.T
	engine     *engine.Engine
	journal    *journaltest.Memory
	now        time.Time
	here       datastore.Items
	there      datastore.Items
	jobs       map[string]engine.Job
	dav, gdata http.Handler
	keys       int
	// before runs once, before the first write that goes to the other Bindery.
	before func()
}

const theBase = "https://other.example.org"

func newTwoWays(t *testing.T) *twoWays {
	w := &twoWays{t: t, now: time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC), jobs: make(map[string]engine.Job)}
	w.journal = journaltest.New(w.clock)
	w.engine = &engine.Engine{Journal: w.journal, Log: slog.New(slog.DiscardHandler), NewKey: func() sources.Key {
		w.keys++
		return sources.Key(fmt.Sprint("k", w.keys))
	}}
	theirs := w.open("there.db", datastore.Migrations(), davface.Migrations(), gdataface.Migrations())
	ours := w.open("here.db", datastore.Migrations(), dav.Migrations(), gdata.Migrations())
	stores := datastore.New(theirs, datastore.Options{Now: w.clock})
	own := datastore.New(ours, datastore.Options{Now: w.clock})
	w.here, w.there = own.Items("ann", "here"), stores.Items("ann", "there")
	w.dav = davface.New(davface.Options{Accounts: oneAccount{}, Clients: oneAccount{}, Store: theirs, Guesses: guesses.New(w.clock), Items: stores.Items})
	w.gdata = gdataface.New(gdataface.Options{
		Accounts: gdataAccount{}, DB: theirs, Items: stores, Now: w.clock, Zone: "UTC", BaseURL: theBase,
		Clients: func(context.Context, string) ([]gdataface.Client, error) {
			return []gdataface.Client{{ID: "there"}}, nil
		},
	})
	pause := func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	w.bind("dav", own.Kind(), dav.New(ours, w, dav.Options{Now: w.clock, Wait: pause}).Kind())
	w.bind("gdata", own.Kind(), gdata.New(ours, gdataWay{w}, gdata.Options{Now: w.clock, Wait: pause}).Kind())
	return w
}

func (w *twoWays) clock() time.Time {
	w.now = w.now.Add(time.Second)
	return w.now
}

func (w *twoWays) open(name string, steps ...[]sqlstore.Migration) *sqlstore.Store {
	db, err := sqlstore.Open(w.t.Context(), sqlstore.Options{Path: filepath.Join(w.t.TempDir(), name), Unsafe: true})
	w.ok(err)
	w.t.Cleanup(func() { _ = db.Close() })
	w.ok(db.Migrate(w.t.Context(), slices.Concat(steps...)))
	return db
}

// bind makes the bindings of a way, for contacts and for events.
func (w *twoWays) bind(way string, here, there sources.Kind) {
	for _, class := range []dataclass.Class{dataclass.Contacts, dataclass.Events} {
		n := int64(len(w.jobs) + 1)
		job := engine.Job{Ref: engine.Ref{Owner: "ann", Binding: n, Class: class}, Mode: engine.TwoWay}
		for s, k := range []sources.Kind{here, there} {
			src, err := k.Open(w.t.Context(), sources.Client{Owner: "ann", ID: [2]string{"here", way}[s], Origin: fmt.Sprint("binding-", n)})
			w.ok(err)
			job.Sides[s] = engine.Party{Source: src, Caps: k.Caps}
		}
		w.journal.Bind(job.Ref, [2]string{"here", way})
		w.jobs[way+string(class)] = job
	}
}

func (w *twoWays) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// RoundTrip implements http.RoundTripper: a request to the other Bindery.
func (w *twoWays) RoundTrip(r *http.Request) (*http.Response, error) {
	if do := w.before; do != nil && (r.Method == "POST" || r.Method == "PUT") {
		w.before = nil
		do()
	}
	r = r.Clone(r.Context())
	if r.Body == nil {
		r.Body = http.NoBody
	}
	r.RequestURI, r.Host = r.URL.RequestURI(), r.URL.Host
	r.SetBasicAuth("ann", "secret")
	rec := httptest.NewRecorder()
	rec.Header().Set("Date", w.now.UTC().Format(http.TimeFormat))
	if strings.HasPrefix(r.URL.Path, "/dav/") {
		w.dav.ServeHTTP(rec, r)
	} else {
		w.gdata.ServeHTTP(rec, r)
	}
	resp := rec.Result()
	resp.Request = r
	return resp, nil
}

// Connection implements dav.Connections.
func (w *twoWays) Connection(context.Context, string, string) (dav.Connection, error) {
	return dav.Connection{HTTP: &http.Client{Transport: w}, Collections: map[dataclass.Class]string{
		dataclass.Contacts: theBase + "/dav/addressbooks/ann/contacts/", dataclass.Events: theBase + "/dav/calendars/ann/events/"}}, nil
}

type gdataWay struct{ *twoWays }

// Connection implements gdata.Connections.
func (w gdataWay) Connection(context.Context, string, string) (gdata.Connection, error) {
	return gdata.Connection{Contacts: theBase + "/m8/feeds/contacts/default/full", Groups: theBase + "/m8/feeds/groups/default/full",
		Events: theBase + "/calendar/feeds/default/private/full", HTTP: &http.Client{Transport: w.twoWays}}, nil
}

type oneAccount struct{}

func (oneAccount) Password(context.Context, string, string) (davface.User, error) {
	return davface.User{Owner: "ann", Name: "ann"}, nil
}
func (oneAccount) Token(context.Context, string) (davface.User, error) {
	return davface.User{}, sources.ErrAuth
}
func (oneAccount) Datastores(context.Context, string) ([]davface.Client, error) {
	return []davface.Client{{ID: "there", Title: "there"}}, nil
}
func (oneAccount) Make(context.Context, string, string) (string, error) {
	return "", sources.ErrUnsupported
}
func (oneAccount) Remove(context.Context, string, string) error { return sources.ErrUnsupported }

type gdataAccount struct{}

func (gdataAccount) Basic(context.Context, string, string) (string, error) { return "ann", nil }
func (gdataAccount) Bearer(context.Context, string) (string, bool, error) {
	return "", false, sources.ErrAuth
}
func (gdataAccount) Name(context.Context, string) (string, error) { return "ann", nil }

// sync runs a way once and gives how many writes it made.
func (w *twoWays) sync(way string, class dataclass.Class) int {
	w.t.Helper()
	rep, err := w.engine.Start(context.Background(), w.jobs[way+string(class)])
	w.ok(err)
	n := 0
	for _, c := range rep.Tally.Sides {
		n += c.AddsOut + c.ReplacesOut + c.DeletesOut
	}
	return n
}

// rest syncs both ways in turn until nothing is written any more.
func (w *twoWays) rest(class dataclass.Class) {
	w.t.Helper()
	for range 10 {
		if w.sync("dav", class)+w.sync("gdata", class) == 0 {
			return
		}
	}
	w.t.Fatalf("no rest: here\n%s\nthere\n%s", w.all(w.here, class), w.all(w.there, class))
}

func (w *twoWays) all(items datastore.Items, class dataclass.Class) string {
	list, err := items.List(w.t.Context(), class, "", 0)
	w.ok(err)
	var b strings.Builder
	for _, it := range list {
		fmt.Fprintf(&b, "%s %s\n", it.ID, it.Body.Data)
	}
	return b.String()
}

// have fails unless both sides have exactly n items.
func (w *twoWays) have(class dataclass.Class, n int) {
	w.t.Helper()
	for name, items := range map[string]datastore.Items{"here": w.here, "there": w.there} {
		if got, err := items.Count(w.t.Context(), class); err != nil || got != n {
			w.t.Errorf("%s has %d items, want %d: %v\n%s", name, got, n, err, w.all(items, class))
		}
	}
}

var twoWaysItems = map[string]struct {
	class dataclass.Class
	body  string
}{
	"a contact":               {dataclass.Contacts, "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:ring-1\r\nFN:Quentin Zobel\r\nN:Zobel;Quentin;;;\r\nEMAIL:q@example.org\r\nX-SPECIAL:kept\r\nEND:VCARD\r\n"},
	"an event":                {dataclass.Events, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:ev-1\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20270303T100000Z\r\nDTEND:20270303T110000Z\r\nSUMMARY:Tea\r\nCATEGORIES:kept\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"},
	"a phone's contact":       {dataclass.Contacts, "BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:Z=C3=B6bel;Quentin\r\nTEL;CELL:+49 151 2345678\r\nEND:VCARD\r\n"},
	"a phone's event":         {dataclass.Events, "BEGIN:VCALENDAR\r\nVERSION:1.0\r\nBEGIN:VEVENT\r\nDTSTART:20270303T100000Z\r\nDTEND:20270303T110000Z\r\nSUMMARY:Tea\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"},
	"a contact without a UID": {dataclass.Contacts, "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Quentin Zobel\r\nN:Zobel;Quentin;;;\r\nEMAIL:q@example.org\r\nEND:VCARD\r\n"},
}

// A new item that goes to one account on two ways, or comes from there on both, is there once, whichever is faster.
func TestRule_5_6_TwoWaysToOneAccount(t *testing.T) {
	other := map[string]string{"dav": "gdata", "gdata": "dav"}
	for name, tt := range twoWaysItems {
		for way := range other {
			for _, at := range []string{"entered here", "entered here, both at once", "entered there"} {
				t.Run(name+" "+at+", first by "+way, func(t *testing.T) {
					w := newTwoWays(t)
					w.rest(tt.class)
					items := w.here
					if at == "entered there" {
						items = w.there
					}
					_, err := items.Put(t.Context(), tt.class, "", "", dataclass.Body{Data: []byte(tt.body)})
					w.ok(err)
					if at == "entered here, both at once" {
						w.before = func() { w.sync(other[way], tt.class) }
					}
					w.sync(way, tt.class)
					w.sync(other[way], tt.class)
					w.rest(tt.class)
					w.have(tt.class, 1)
				})
			}
		}
	}
}

// What was sent on one way and is edited there before the other way sees it is still one item.
func TestRule_5_6_TwoWaysAnEditBetween(t *testing.T) {
	for name, tt := range twoWaysItems {
		for way, other := range map[string]string{"dav": "gdata", "gdata": "dav"} {
			t.Run(name+", first by "+way, func(t *testing.T) {
				w := newTwoWays(t)
				w.rest(tt.class)
				_, err := w.here.Put(t.Context(), tt.class, "", "", dataclass.Body{Data: []byte(tt.body)})
				w.ok(err)
				w.sync(way, tt.class)
				list, err := w.there.List(t.Context(), tt.class, "", 0)
				w.ok(err)
				line := map[dataclass.Class]string{dataclass.Contacts: "NOTE:edited", dataclass.Events: "LOCATION:edited"}[tt.class]
				end := map[dataclass.Class]string{dataclass.Contacts: "END:VCARD", dataclass.Events: "END:VEVENT"}[tt.class]
				edited := strings.Replace(string(list[0].Body.Data), end, line+"\r\n"+end, 1)
				_, err = w.there.Put(t.Context(), tt.class, list[0].ID, "", dataclass.Body{Type: list[0].Body.Type, Data: []byte(edited)})
				w.ok(err)
				w.sync(other, tt.class)
				w.rest(tt.class)
				w.have(tt.class, 1)
				if got := w.all(w.here, tt.class); !strings.Contains(got, line) {
					t.Errorf("the edit is lost:\n%s", got)
				}
			})
		}
	}
}

// Two items that have one UID all the same are two on every way.
func TestRule_5_6_TwoWaysTwoOfOneUID(t *testing.T) {
	for name, tt := range twoWaysItems {
		t.Run(name, func(t *testing.T) {
			w := newTwoWays(t)
			for range 2 {
				_, err := w.here.Put(t.Context(), tt.class, "", "", dataclass.Body{Data: []byte(tt.body)})
				w.ok(err)
			}
			w.sync("gdata", tt.class)
			w.have(tt.class, 2)
			w.rest(tt.class)
			w.have(tt.class, 2)
		})
	}
}

package gdata_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/gdata"
	"github.com/bindery-sync/bindery/sources/sqlstore"
)

// BenchmarkContacts measures 10,000 contacts at the face of another Bindery, over loopback: entering them, a look at all,
// a look that shows nothing, and a change of every hundredth. A request is one of HTTP.
func BenchmarkContacts(b *testing.B) {
	const n, atOnce = 10_000, 500
	for b.Loop() {
		k := newNeighbour(b)
		var requests atomic.Int64
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			requests.Add(1)
			r.SetBasicAuth("ann", "secret")
			k.handler.ServeHTTP(w, r)
		}))
		k.base(server.URL)
		db, err := sqlstore.Open(b.Context(), sqlstore.Options{Path: filepath.Join(b.TempDir(), "x.db")})
		if err != nil {
			b.Fatal(err)
		}
		if err := db.Migrate(b.Context(), gdata.Migrations()); err != nil {
			b.Fatal(err)
		}
		conn := fixed{gdata.Connection{Contacts: server.URL + "/m8/feeds/contacts/default/full", Groups: server.URL + "/m8/feeds/groups/default/full", HTTP: server.Client()}}
		src, err := gdata.New(db, conn, gdata.Options{}).Kind().Open(b.Context(), sources.Client{Owner: "ann", ID: "1", Origin: "engine"})
		if err != nil {
			b.Fatal(err)
		}
		m := &meter{B: b, src: src, requests: &requests}
		ids := make([]sources.ID, 0, n)
		cursor := m.look("", 0, "empty")
		m.measure("enter", func() {
			s, err := src.Begin(b.Context(), dataclass.Contacts, cursor)
			m.must(err)
			for from := 0; from < n; from += atOnce {
				var ops []sources.Op
				for i := range atOnce {
					ops = append(ops, sources.Op{Key: sources.Key(fmt.Sprint("k", from+i)), Verb: sources.Add, Body: person(from + i)})
				}
				ids = append(ids, m.apply(s, ops)...)
			}
			m.must(s.Close())
		})
		cursor = m.look(cursor, 0, "echo")
		m.look("", n, "all")
		m.look(cursor, 0, "nothing")
		m.measure("1%", func() {
			s, err := src.Begin(b.Context(), dataclass.Contacts, cursor)
			m.must(err)
			var ops []sources.Op
			for i := 0; i < n; i += 100 {
				ops = append(ops, sources.Op{Key: sources.Key(fmt.Sprint("r", i)), Verb: sources.Replace, ID: ids[i], Body: person(n + i)})
			}
			m.apply(s, ops)
			m.must(s.Close())
		})
		server.Close()
		m.must(db.Close())
	}
}

func person(i int) dataclass.Body {
	return card(fmt.Sprint("Person ", i), fmt.Sprintf("TEL;TYPE=CELL:+47 555 %05d", i), fmt.Sprintf("EMAIL;TYPE=HOME:p%d@example.org", i),
		fmt.Sprintf("ADR;TYPE=HOME:;;Street %d;Town;;0%d;Norway", i, i), "NOTE:Somebody")
}

// fixed is one connection for everybody.
type fixed struct{ conn gdata.Connection }

// Connection implements gdata.Connections.
func (f fixed) Connection(_ context.Context, _, _ string) (gdata.Connection, error) {
	return f.conn, nil
}

// meter reports times and requests.
type meter struct {
	*testing.B
	src      sources.Source
	requests *atomic.Int64
}

func (m *meter) must(err error) {
	m.Helper()
	if err != nil {
		m.Fatal(err)
	}
}

func (m *meter) measure(what string, do func()) {
	before, began := m.requests.Load(), m.Elapsed()
	do()
	m.ReportMetric(float64(m.requests.Load()-before), what+"-requests")
	m.ReportMetric((m.Elapsed() - began).Seconds(), what+"-s")
}

func (m *meter) look(since sources.Cursor, want int, what string) (cursor sources.Cursor) {
	m.measure(what, func() {
		s, err := m.src.Begin(m.Context(), dataclass.Contacts, since)
		m.must(err)
		count := 0
		for _, err := range s.Changes(m.Context()) {
			m.must(err)
			count++
		}
		if count != want {
			m.Fatalf("%s: %d items, want %d", what, count, want)
		}
		cursor, err = s.Commit(m.Context())
		m.must(err)
		m.must(s.Close())
	})
	return cursor
}

func (m *meter) apply(s sources.Session, ops []sources.Op) []sources.ID {
	results, err := s.Apply(m.Context(), ops)
	m.must(err)
	ids := make([]sources.ID, 0, len(ops))
	for _, r := range results {
		m.must(r.Err)
		ids = append(ids, r.ID)
	}
	return ids
}

package main

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/sources/syncml/devicerule"
)

// benchBindings is how many bindings there are, all of one owner.
const benchBindings = 10_000

// BenchmarkAPI measures what looking at a binding and at pages of the sync log costs through HTTP, with the log of one
// owner at three sizes. It reports the 99th percentile in milliseconds.
func BenchmarkAPI(b *testing.B) {
	collectLate() // as the program does
	data := place(filepath.Join(b.TempDir(), "data"))
	quiet := quiet(&terminal{err: io.Discard})
	err := data.enter(b.Context(), quiet, func(h *house) error {
		w := newBenchAPI(b, h, filepath.Join(string(data), databaseFile))
		defer w.web.Close()
		for _, size := range []int{10_000, 100_000, 1_000_000} {
			w.grow(size)
			b.Run(fmt.Sprintf("log=%d", size), w.run)
			b.Run(fmt.Sprintf("log=%d/notices", size), func(b *testing.B) { lookForNotices(b, h) })
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
}

// lookForNotices measures what it costs to look what needs a person, of all owners.
func lookForNotices(b *testing.B, h *house) {
	cpu := cpuTime(b)
	for b.Loop() {
		if _, err := h.bindings.Notices().Look(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric((cpuTime(b)-cpu).Seconds()*1000/float64(b.N), "cpu-ms")
}

// A benchAPI is a server's API with an owner who has many bindings and a long log.
type benchAPI struct {
	b     *testing.B
	path  string
	web   *httptest.Server
	owner string
	first int64 // binding
	log   int
}

func newBenchAPI(b *testing.B, h *house, path string) *benchAPI {
	b.Helper()
	a, err := h.bindings.CreateAccount(b.Context(), bindings.NewAccount{Name: "ada", Password: "invented"})
	if err != nil {
		b.Fatal(err)
	}
	w := &benchAPI{b: b, path: path, owner: a.ID}
	w.web = httptest.NewServer(h.faces(&serveCmd{}, devicerule.Table{}, nil).handler)
	own, err := h.bindings.Clients(b.Context(), a.ID, "datastore")
	if err != nil {
		b.Fatal(err)
	}
	w.exec(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
		INSERT INTO clients (owner_id, id, kind, device_id, title, created_at, bound, fence)
		SELECT ?, printf('00000000-0000-4000-8000-%012d', i), 'datastore', '', '', 1700000000000000, 0, 0 FROM n`, benchBindings, a.ID)
	w.exec(`INSERT INTO bindings (owner_id, source_id, target_id, deferred_id, conflict_winner, created_at, updated_at, removed_at)
		SELECT owner_id, ?, id, '', 'source', 1700000000000000, 1700000000000000, 0 FROM clients WHERE owner_id = ? AND id LIKE '00000000-%'`, own[0].ID, a.ID)
	for _, class := range []string{"Contacts", "Notes"} {
		w.exec(`INSERT INTO journal_states (owner_id, binding_id, class) SELECT owner_id, id, ? FROM bindings`, class)
	}
	list, err := h.bindings.Bindings(b.Context(), a.ID)
	if err != nil || len(list) != benchBindings {
		b.Fatal(len(list), err)
	}
	w.first = list[0].ID
	return w
}

// exec changes the database past the server.
func (w *benchAPI) exec(statement string, args ...any) {
	w.b.Helper()
	db, err := sql.Open("sqlite3", w.path)
	if err != nil {
		w.b.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.Exec(statement, args...); err != nil {
		w.b.Fatal(err)
	}
}

// grow lets the log have so many entries, one a second: one in ten thousand is held, one in ten thousand of notes.
func (w *benchAPI) grow(size int) {
	w.exec(`WITH RECURSIVE n(i) AS (SELECT ? UNION ALL SELECT i + 1 FROM n WHERE i < ?)
		INSERT INTO sync_log (id, owner_id, binding_id, class, session, mode, state, planned, started_at, finished_at, source_kind, target_kind,
			duplicates, removed, conflicts, held, quarantined, restored, source_adds_in, source_replaces_in, source_deletes_in, source_adds_out,
			source_replaces_out, source_deletes_out, target_adds_in, target_replaces_in, target_deletes_in, target_adds_out, target_replaces_out, target_deletes_out)
		SELECT i, ?, ? + i % ?, CASE WHEN i % 10000 = 77 THEN 'Notes' ELSE 'Contacts' END, '', 200, CASE WHEN i % 10000 = 7 THEN 'held' ELSE 'done' END, 1,
		1700000000000000 + i * 1000000, 1700000001000000 + i * 1000000, 'datastore', 'datastore', 0, 0, 0, 0, 0, 0,
		5, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0 FROM n`,
		w.log+1, size, w.owner, w.first, benchBindings)
	w.log = size
}

// run measures each kind of look.
func (w *benchAPI) run(b *testing.B) {
	since := time.UnixMicro(1700000000000000 + int64(w.log-20)*1000000).UTC().Format(time.RFC3339)
	for _, look := range []struct {
		name string
		path func(*rand.Rand) string
	}{
		{"binding", func(r *rand.Rand) string { return fmt.Sprintf("%d", w.first+r.Int64N(benchBindings)) }},
		{"page", func(*rand.Rand) string { return "synchronization/?limit=50" }},
		{"deep-page", func(r *rand.Rand) string {
			return fmt.Sprintf("synchronization/?limit=50&before=%d", 100+r.IntN(w.log-100))
		}},
		{"page-of-a-binding", func(r *rand.Rand) string {
			return fmt.Sprintf("%d/synchronization/?limit=50", w.first+r.Int64N(benchBindings))
		}},
		{"held", func(*rand.Rand) string { return "synchronization/?limit=50&status=held" }},
		{"notes", func(*rand.Rand) string { return "synchronization/?limit=50&dataclass=Notes" }},
		{"held-notes", func(*rand.Rand) string { return "synchronization/?limit=50&dataclass=Notes&status=held" }},
		{"since", func(*rand.Rand) string { return "synchronization/?limit=50&since=" + since }},
		{"entry", func(r *rand.Rand) string { return fmt.Sprintf("synclog/%d", 1+r.IntN(w.log)) }},
	} {
		b.Run(look.name, func(b *testing.B) {
			random := rand.New(rand.NewPCG(1, 2))
			var took []time.Duration
			cpu := cpuTime(b)
			for b.Loop() {
				began := time.Now()
				w.get(b, look.path(random))
				took = append(took, time.Since(began))
			}
			b.ReportMetric((cpuTime(b)-cpu).Seconds()*1000/float64(len(took)), "cpu-ms")
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
			b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "median-ms")
		})
	}
}

// cpuTime is what this process, which is server and client, has spent so far. Unlike the other figures it says something
// on a machine that has other work too.
func cpuTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func (w *benchAPI) get(b *testing.B, path string) {
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, w.web.URL+"/v2/syncengine/"+path, nil)
	if err != nil {
		b.Fatal(err)
	}
	req.SetBasicAuth("ada", "invented")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		b.Fatal(err)
	}
	n, err := io.Copy(io.Discard, res.Body)
	_ = res.Body.Close()
	if err != nil || res.StatusCode != http.StatusOK || n < 300 {
		b.Fatalf("%s: %d, %d bytes, %v", path, res.StatusCode, n, err)
	}
}

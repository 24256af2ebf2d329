package metrics

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
)

var update = flag.Bool("update", false, "write the table of docs/operations.md")

// something are metrics to which everything has happened.
func something(broken error) *Metrics {
	m := New(Options{Kinds: func() []string { return []string{"datastore", "syncml"} }, Version: "v1.2.3"})
	m.Attend(func() (int, int) { return 2, 3 }, func(context.Context) (bindings.Waiting, error) {
		return bindings.Waiting{
			Matters: map[string]int{bindings.NoticeHold: 1, "of another release": 9}, Items: map[string]int{bindings.NoticeHold: 25}, Due: 4,
		}, broken
	})
	m.SyncEnded(bindings.SyncEnd{Kinds: [2]string{"syncml", "datastore"}, Class: dataclass.Contacts, State: engine.StateDone, Took: 2 * time.Second})
	m.SyncEnded(bindings.SyncEnd{Kinds: [2]string{"a user's word", ""}, Class: "Ada Example", State: "x"})
	m.SyncFailed(dataclass.Events, fmt.Errorf("ada@example.org: %w", sources.ErrAuth))
	m.SyncFailed("", errors.New("ada@example.org"))
	m.Asked("datastore", nil)
	m.Asked("a user's word", context.DeadlineExceeded)
	m.Limited("syncml", time.Minute)
	m.Answered("api", 404, time.Millisecond)
	m.Answered("api", 799, time.Millisecond)
	return m
}

func read(m *Metrics) string {
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	return w.Body.String()
}

// Everything is counted under words that the program knows, and nothing of a user's is among them.
func TestMetrics(t *testing.T) {
	got := read(something(nil))
	for _, want := range []string{
		`bindery_syncs_total{dataclass="Contacts",outcome="done",source="syncml",target="datastore"} 1`,
		`bindery_syncs_total{dataclass="other",outcome="other",source="other",target="other"} 1`,
		`bindery_sync_duration_seconds_sum{source="syncml",target="datastore"} 2`,
		`bindery_sync_failures_total{dataclass="Events",error="auth"} 1`, `bindery_sync_failures_total{dataclass="other",error="other"} 1`,
		`bindery_source_requests_total{error="none",kind="datastore"} 1`, `bindery_source_requests_total{error="timeout",kind="other"} 1`,
		`bindery_source_rate_limits_total{kind="syncml"} 1`,
		`bindery_http_requests_total{code="404",face="api"} 1`, `bindery_http_requests_total{code="other",face="api"} 1`,
		`bindery_http_request_duration_seconds_count{face="api"} 2`,
		`bindery_open_notices{kind="hold"} 1`, `bindery_open_notices{kind="silent"} 0`, `bindery_held_items 25`, `bindery_doubtful_pairs 0`,
		`bindery_due_starts 4`, `bindery_background_syncs{state="working"} 2`, `bindery_background_syncs{state="waiting"} 3`,
		`bindery_waiting_readable 1`, `bindery_build_info{version="v1.2.3"} 1`, "\ngo_goroutines ", "\nprocess_cpu_seconds_total ",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s", want)
		}
	}
	for _, never := range []string{"ada@", "Ada Example", "user's word", "another release"} {
		if strings.Contains(got, never) {
			t.Errorf("%q is in the figures", never)
		}
	}
}

// A database that cannot be read does not take the other figures with it.
func TestMetricsWithoutADatabase(t *testing.T) {
	got := read(something(errors.New("locked")))
	if !strings.Contains(got, "bindery_waiting_readable 0\n") || strings.Contains(got, "bindery_held_items") || !strings.Contains(got, "bindery_syncs_total") {
		t.Errorf("%s", got)
	}
}

// Each class of errors has a name of its own.
func TestClass(t *testing.T) {
	for _, c := range classes {
		if got := Class(fmt.Errorf("x: %w", c.err)); got != c.name {
			t.Errorf("%v is %s, want %s", c.err, got, c.name)
		}
	}
	if Class(nil) != "none" || Class(errors.New("x")) != other {
		t.Error("nothing, or something unknown, has a class")
	}
}

// TestDocumentation holds the table of docs/operations.md to what is counted.
func TestDocumentation(t *testing.T) {
	const path = "../../../docs/operations.md"
	families, err := something(nil).Gatherer().Gather()
	if err != nil {
		t.Fatal(err)
	}
	table := "| metric | type | what |\n|---|---|---|\n"
	for _, f := range families {
		if !strings.HasPrefix(f.GetName(), "bindery_") {
			continue
		}
		name := f.GetName()
		var labels []string
		for _, l := range f.GetMetric()[0].GetLabel() {
			labels = append(labels, l.GetName())
		}
		if len(labels) > 0 {
			slices.Sort(labels)
			name += "{" + strings.Join(labels, ",") + "}"
		}
		table += fmt.Sprintf("| `%s` | %s | %s |\n", name, strings.ToLower(f.GetType().String()), f.GetHelp())
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	between := regexp.MustCompile(`(?s)\| metric \| type \| what \|\n.*?\n\n`)
	if *update {
		text = between.ReplaceAllLiteral(text, []byte(table+"\n"))
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got := between.FindString(string(text)); got != table+"\n" {
		t.Errorf("docs/operations.md has another table; with -update it is written anew. It is to be\n%s", table)
	}
}

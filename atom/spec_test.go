package atom

import (
	"database/sql"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/bindings"
)

// specFile reads an example of the API. What was corrected in it is noted in it.
func specFile(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile("testdata/spec/" + name + ".xml")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func (s *server) wantSpec(got reply, status int, name string) {
	s.t.Helper()
	if got.status != status || got.header.Get("Content-Type") != "application/atom+xml; charset=utf-8" {
		s.t.Fatalf("%d %s %q", got.status, got.header.Get("Content-Type"), got.body)
	}
	for _, d := range infosetDiff(parse(s.t, specFile(s.t, name)), parse(s.t, got.body)) {
		s.t.Error(d)
	}
}

func TestSpecListBindings(t *testing.T) {
	s := newServer(t, nil)
	s.bind(3, s.client(s.admin.ID, "syncml", "2fb295cc-0e50-11de-81c8-002215064801"),
		s.client(s.admin.ID, "google", "51579fd6-01a5-11de-8505-002215064801"))
	s.bind(5, s.client(s.admin.ID, "syncml", "2e3b9838-29bc-11de-a8bb-002215064801"),
		s.client(s.admin.ID, "datastore", "2e3be5a4-29bc-11de-a8bb-002215064801"))
	s.wantSpec(s.ask("admin", "GET", "/v2/syncengine/", ""), http.StatusOK, "list-bindings")
}

func TestSpecGetBinding(t *testing.T) {
	s := newServer(t, nil)
	s.bind(4, s.client(s.admin.ID, "syncml", "3fe85584-12d9-11de-b2ce-002215064801"),
		s.client(s.admin.ID, "google", "51579fd6-01a5-11de-8505-002215064801"))
	s.wantSpec(s.ask("admin", "GET", "/v2/syncengine/4/", ""), http.StatusOK, "get-binding")
}

// The example makes a binding, changes it and deletes it.
func TestSpecCreateUpdateDelete(t *testing.T) {
	s := newServer(t, nil)
	s.client(s.admin.ID, "syncml", "d0d68c44-29ba-11de-ae4e-002215064801")
	s.client(s.admin.ID, "datastore", "bfb85fc8-30a9-11de-b930-002215064801")
	s.useUp(12)
	made := s.ask("admin", "POST", "/v2/syncengine/", specFile(t, "create-binding.request"))
	s.wantSpec(made, http.StatusCreated, "create-binding")
	if at := made.header.Get("Location"); at != "http://api.obexcode.com/v2/syncengine/12" {
		t.Errorf("Location %q", at)
	}
	s.wantSpec(s.ask("admin", "PUT", "/v2/syncengine/12/", specFile(t, "update-binding.request")), http.StatusOK, "update-binding")
	s.wantSpec(s.ask("admin", "GET", "/v2/syncengine/12", ""), http.StatusOK, "update-binding")
	s.wantStatus("delete", s.ask("admin", "DELETE", "/v2/syncengine/12/", ""), http.StatusOK)
	s.wantSentence("deleted", s.ask("admin", "GET", "/v2/syncengine/12/", ""), http.StatusNotFound, "Unknown Sync Binding")
}

// specLog has the log rows of the examples: two of the binding 4, one of the binding 15.
func specLog(t *testing.T) *server {
	t.Helper()
	s := newServer(t, nil)
	google := s.client(s.admin.ID, "google", "51579fd6-01a5-11de-8505-002215064801")
	s.bind(4, s.client(s.admin.ID, "syncml", "3fe85584-12d9-11de-b2ce-002215064801"), google)
	s.bind(15, s.client(s.admin.ID, "syncml", ""), google)
	return s
}

// specEntry is what the examples log of every synchronization.
func specEntry(owner string, id, binding int64, finished string) bindings.LogEntry {
	at, err := time.Parse(time.RFC3339, finished)
	if err != nil {
		panic(err)
	}
	return bindings.LogEntry{
		ID: id, Owner: owner, Binding: binding, Class: "Contacts", Mode: 201, State: "done",
		Started: at.Add(-time.Minute), Finished: at, Kinds: [2]string{"syncml", "google"},
		Sides: [2]bindings.SideCounts{{AddsIn: 5, AddsOut: 4}, {AddsIn: 4, AddsOut: 5}},
	}
}

// insertLog writes log rows, with their ids.
func (s *server) insertLog(entries ...bindings.LogEntry) {
	s.t.Helper()
	db, err := sql.Open("sqlite3", s.path)
	s.must(err)
	defer func() { s.must(db.Close()) }()
	columns := strings.Fields(`id owner_id binding_id class session mode state planned started_at finished_at
		source_kind target_kind duplicates removed conflicts held quarantined restored
		source_adds_in source_replaces_in source_deletes_in source_adds_out source_replaces_out source_deletes_out
		target_adds_in target_replaces_in target_deletes_in target_adds_out target_replaces_out target_deletes_out`)
	insert := "INSERT INTO sync_log (" + strings.Join(columns, ", ") + ") VALUES (?" + strings.Repeat(", ?", len(columns)-1) + ")"
	for _, e := range entries {
		values := []any{
			e.ID, e.Owner, e.Binding, string(e.Class), "", e.Mode, e.State, true, e.Started.UnixMicro(), e.Finished.UnixMicro(),
			e.Kinds[0], e.Kinds[1], e.Duplicates, e.Removed, e.Conflicts, e.Held, e.Quarantined, 0,
		}
		for _, c := range e.Sides {
			values = append(values, c.AddsIn, c.ReplacesIn, c.DeletesIn, c.AddsOut, c.ReplacesOut, c.DeletesOut)
		}
		_, err := db.Exec(insert, values...)
		s.must(err)
	}
}

func TestSpecListSynchronizations(t *testing.T) {
	s := specLog(t)
	s.insertLog(specEntry(s.admin.ID, 1, 4, "2009-03-18T09:58:17Z"), specEntry(s.admin.ID, 2, 4, "2009-03-18T10:00:47Z"))
	s.wantSpec(s.ask("admin", "GET", "/v2/syncengine/synchronization/", ""), http.StatusOK, "list-synchronizations")
}

func TestSpecListBindingSynchronizations(t *testing.T) {
	s := specLog(t)
	s.insertLog(specEntry(s.admin.ID, 1, 4, "2009-03-18T09:58:17Z"), specEntry(s.admin.ID, 3, 15, "2009-03-19T09:52:28Z"))
	for _, path := range []string{
		"/v2/syncengine/15/synchronization/", "/v2/syncengine/15/synclog/all.xml", "/v2/syncengine/15/synclog/all.xml/all.xml",
	} {
		s.wantSpec(s.ask("admin", "GET", path, ""), http.StatusOK, "list-binding-synchronizations")
	}
}

func TestSpecGetSynchronization(t *testing.T) {
	s := specLog(t)
	s.insertLog(specEntry(s.admin.ID, 3, 15, "2009-03-19T09:52:28Z"))
	s.wantSpec(s.ask("admin", "GET", "/v2/syncengine/synclog/3", ""), http.StatusOK, "get-synchronization")
	s.wantSentence("unknown entry", s.ask("admin", "GET", "/v2/syncengine/synclog/4", ""), http.StatusNotFound, "Unknown synchronization log entry")
}

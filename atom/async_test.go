package atom

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

func TestPrefersAsync(t *testing.T) {
	for prefer, want := range map[string]bool{
		"": false, "respond-async": true, "Respond-Async": true, "wait=10, respond-async": true, "respond-async; x=1": true,
		"return=minimal": false, "respond-asynchronously": false, "x=respond-async": false,
	} {
		r := httptest.NewRequest("POST", "/", nil)
		r.Header.Set("Prefer", prefer)
		if got := prefersAsync(r); got != want {
			t.Errorf("%q: %v", prefer, got)
		}
	}
}

// Who prefers not to wait gets the same documents with 202, and is told where to look.
func TestStartAsync(t *testing.T) {
	const base = "http://api.obexcode.com/v2/syncengine/"
	for _, tc := range []struct {
		name, path, body, asked, root, location string
	}{
		{"one dataclass", "15/synchronization/", "<entry><dataclass>Contacts</dataclass></entry>", "async 15 200 [Contacts]", "entry", base + "synclog/1"},
		{"all dataclasses", "15/synchronization/", "", "async 15 200 []", "feed", base + "synclog/1"},
		{"all bindings", "synchronization/", "", "async 15 200 []", "feed", base + "synclog/1"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s, st := startServer(t)
			got := s.ask("admin", "POST", "/v2/syncengine/"+tc.path, tc.body, "Prefer", "respond-async")
			s.wantStatus("start", got, 202)
			if fmt.Sprint(st.asked) != "["+tc.asked+"]" {
				t.Errorf("asked %q", st.asked)
			}
			doc, h := parse(t, got.body), got.header
			if doc.Local != tc.root || h.Get("Preference-Applied") != "respond-async" || h.Get("Retry-After") != "2" || h.Get("Location") != tc.location {
				t.Errorf("%s %v", doc.Local, h)
			}
			for _, want := range []string{`<state xmlns="urn:bindery:sync:1">running</state>`, "<planned>42</planned>", "<done>17</done>", "<source_read>40</source_read>"} {
				if !strings.Contains(got.body, want) {
					t.Errorf("want %s in %s", want, got.body)
				}
			}
		})
	}
}

// Several entries are in the log.
func TestStartAsyncSeveral(t *testing.T) {
	s, st := startServer(t)
	one := st.begin
	st.begin = func(owner string, binding int64, _ []dataclass.Class) (bindings.Started, error) {
		return one(owner, binding, []dataclass.Class{dataclass.Contacts, dataclass.Notes})
	}
	got := s.ask("admin", "POST", "/v2/syncengine/15/synchronization/", "", "Prefer", "respond-async")
	if got.status != 202 || strings.Count(got.body, "<entry>") != 2 || got.header.Get("Location") != "http://api.obexcode.com/v2/syncengine/15/synchronization/" {
		t.Errorf("%d %v %s", got.status, got.header, got.body)
	}
}

// What cannot be begun is told at once.
func TestStartAsyncRefuses(t *testing.T) {
	s, st := startServer(t)
	for _, tc := range []struct {
		err      error
		status   int
		sentence string
	}{
		{fmt.Errorf("hidden: %w", sources.ErrBusy), 503, "The server is busy; try again soon"},
		{&bindings.Error{Class: bindings.ErrInUse, Sentence: "The binding is being synchronised already"}, 409, "already"},
	} {
		st.begin = func(string, int64, []dataclass.Class) (bindings.Started, error) { return bindings.Started{}, tc.err }
		got := s.ask("admin", "POST", "/v2/syncengine/15/synchronization/", "", "Prefer", "respond-async")
		s.wantSentence(tc.sentence, got, tc.status, tc.sentence)
		if got.header.Get("Preference-Applied") != "" || tc.status == 503 && got.header.Get("Retry-After") == "" {
			t.Errorf("%v", got.header)
		}
	}
}

// An entry can be looked at again until it says how it ended.
func TestPolling(t *testing.T) {
	s, _ := startServer(t)
	e := specEntry(s.admin.ID, 1, 15, "2009-03-19T09:52:28Z")
	s.insertRunning(e)
	path := "/v2/syncengine/synclog/1"
	got := s.ask("admin", "GET", path, "")
	if got.status != 200 || got.header.Get("Retry-After") != "2" || !strings.Contains(got.body, ">running<") || !strings.Contains(got.body, "<planned>42<") {
		t.Errorf("%d %v %s", got.status, got.header, got.body)
	}
	if again := s.ask("admin", "GET", path, "", "If-None-Match", got.header.Get("ETag")); again.status != 304 {
		t.Errorf("nothing new: %d", again.status)
	}
	s.sql(`UPDATE sync_log SET state = 'abandoned', why = 'It broke off <here>' WHERE id = 1`)
	got = s.ask("admin", "GET", path, "", "If-None-Match", got.header.Get("ETag"))
	if got.status != 200 || got.header.Get("Retry-After") != "" || strings.Contains(got.body, "progress") || !strings.Contains(got.body, ">It broke off &lt;here&gt;</why>") {
		t.Errorf("%d %v %s", got.status, got.header, got.body)
	}
}

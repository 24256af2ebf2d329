package atom

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// everyRoute gives a path for each resource; those that name objects name admin's.
func everyRoute(s *server) map[string]methods {
	list := map[string]methods{}
	for template, m := range (&api{}).resources() {
		list[s.routePath(template)] = m
	}
	return list
}

// routePath fills the template of a resource with what admin has.
func (s *server) routePath(template string) string {
	uuid := phoneID
	if strings.Contains(template, "datastore") {
		uuid = s.datastore(s.admin.ID).ID
	}
	switch {
	case strings.Contains(template, "gdata"):
		uuid = farID
	case strings.Contains(template, "services/dav"):
		uuid = davID
	case strings.Contains(template, "accounts"):
		uuid = s.admin.ID
	case strings.Contains(template, "tokens"):
		uuid = s.token.ID
	}
	return strings.NewReplacer("{id:[0-9]+}", "15", "{entry:[0-9]+}", "3", "{kind:[a-z]+}", "datastore", "{class:[A-Z][a-z]+}", "Contacts",
		"{item}", "card", "{removed:[0-9A-Fa-f-]+}", removedID, "{plan:[A-Za-z0-9-]+}", "k7m2qx", "{aside:[A-Za-z0-9-]+}", "9-target",
		"{server:[0-9A-Fa-f]+-[0-9A-Fa-f-]+}", s.far.ID, "{uuid:[0-9A-Fa-f-]+}", uuid).Replace(template)
}

// routeServer has admin's phone, binding 15 and log entry 3.
func routeServer(t *testing.T) *server {
	t.Helper()
	return routeServerWith(t, nil)
}

// routeServerWith is routeServer with other options.
func routeServerWith(t *testing.T, change func(*Options)) *server {
	t.Helper()
	s := newServer(t, change)
	s.bind(15, s.client(s.admin.ID, "syncml", phoneID), s.datastore(s.admin.ID))
	var err error
	s.token, s.secret, err = s.store.CreateToken(t.Context(), s.admin.ID, bindings.NewToken{Label: "robot", Scope: "write"})
	s.must(err)
	s.isPhoneStore(s.admin.ID, 15)
	s.isFar()
	s.isDAV()
	for _, cron := range []string{"0 7 * * *", "0 8 * * *", "0 9 * * mon"} { // the third is the one of the routes
		_, err := s.store.CreateSchedule(t.Context(), s.admin.ID, bindings.Timing{Binding: 15, Cron: cron})
		s.must(err)
	}
	s.client(s.admin.ID, "syncml", removedID)
	s.must(s.store.RemoveClient(t.Context(), s.admin.ID, removedID))
	s.card(s.admin.ID, "card", "Ada Example")
	s.insertLog(specEntry(s.admin.ID, 3, 15, "2009-03-19T09:52:28Z"))
	return s
}

func TestEveryRouteTakesBothSlashForms(t *testing.T) {
	s := routeServer(t)
	for path, m := range everyRoute(s) {
		if _, ok := m["GET"]; !ok {
			s.wantStatus("GET "+path, s.ask("admin", "GET", path, ""), 405)
			continue
		}
		plain, slash := s.ask("admin", "GET", path, ""), s.ask("admin", "GET", path+"/", "")
		if plain.status != 200 || plain.body != slash.body {
			t.Errorf("%s: %d %q; with slash %d %q", path, plain.status, plain.body, slash.status, slash.body)
		}
		head := s.ask("admin", "HEAD", path, "")
		if head.status != 200 || head.body != "" || head.header.Get("Content-Length") != fmt.Sprint(len(plain.body)) {
			t.Errorf("HEAD %s: %d %q %v", path, head.status, head.body, head.header)
		}
	}
}

func TestEveryRouteRefusesOtherMethods(t *testing.T) {
	s := routeServer(t)
	for path, m := range everyRoute(s) {
		for _, method := range []string{"POST", "PUT", "DELETE", "PATCH"} {
			if _, ok := m[method]; ok {
				continue
			}
			got := s.ask("admin", method, path, "")
			s.wantSentence(method+" "+path, got, 405, "does not support that method")
			if allow := got.header.Get("Allow"); allow != m.allow() || !strings.Contains(allow, "OPTIONS") || strings.Contains(allow, "GET") != strings.Contains(allow, "HEAD") {
				t.Errorf("%s %s: Allow %q, want %q", method, path, allow, m.allow())
			}
		}
		if got := s.ask("admin", "OPTIONS", path, ""); got.status != 204 || got.header.Get("Allow") != m.allow() {
			t.Errorf("OPTIONS %s: %d %v", path, got.status, got.header)
		}
	}
}

// Isolation: nothing of admin's can be seen or changed by bob, on any route.
func TestEveryRouteIsolatesOwners(t *testing.T) {
	s := routeServer(t)
	secrets := []string{phoneID, removedID, s.datastore(s.admin.ID).ID, "synclog/3", "syncengine/15<", ">admin<", "robot", "k7m2qx", "family", farID, s.far.ID, "9-target", "Ada", "IMEI:7", "./Contacts"}
	for path, m := range everyRoute(s) {
		for method := range m {
			got := s.ask("bob", method, path, entryOf(phoneID, s.datastore(s.admin.ID).ID, "target"))
			for _, secret := range secrets {
				if method != "POST" && strings.Contains(got.body, secret) {
					t.Errorf("%s %s shows bob %q: %s", method, path, secret, got.body)
				}
			}
			if strings.Contains(path, "/15") && got.status != 403 {
				t.Errorf("%s %s: bob got %d, want 403", method, path, got.status)
			}
			if strings.Contains(path, "synclog/3") && got.status != 404 {
				t.Errorf("%s %s: bob got %d, want 404", method, path, got.status)
			}
		}
	}
	b, err := s.store.Binding(t.Context(), s.admin.ID, 15)
	if err != nil || b.Winner != "source" {
		t.Errorf("admin's binding is now %+v, %v", b, err)
	}
	if list, err := s.store.Bindings(t.Context(), s.bob.ID); err != nil || len(list) != 0 {
		t.Errorf("bob has bindings %v, %v", list, err)
	}
}

func TestSignIn(t *testing.T) {
	s := routeServer(t)
	ask := func(path, header string) reply {
		if header == "" {
			return s.ask("", "GET", path, "")
		}
		return s.ask("", "GET", path, "", "Authorization", header)
	}
	basic := func(name, password string) string {
		r := httptest.NewRequest("GET", "/", nil)
		r.SetBasicAuth(name, password)
		return r.Header.Get("Authorization")
	}
	first := ask("/v2/syncengine/", basic("admin", "wrong"))
	for _, tc := range []struct{ name, header string }{
		{"none", ""},
		{"wrong password", basic("admin", "wrong")},
		{"unknown account", basic("nobody", password)},
		{"empty password", basic("admin", "")},
		{"empty name", basic("", password)},
		{"bearer", "Bearer abc"},
		{"garbage", "Basic ?"},
		{"digest", `Digest username="admin"`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for _, path := range []string{"/v2/syncengine/", "/v2/syncengine/15", "/v2/nothing"} {
				got := ask(path, tc.header)
				if got.status != 401 || got.header.Get("WWW-Authenticate") != `Basic realm="Bindery", charset="UTF-8"` || got.body != first.body {
					t.Errorf("%s: %d %v %q", path, got.status, got.header, got.body)
				}
			}
		})
	}
	for path := range everyRoute(s) {
		if got := ask(path, ""); got.status != 401 {
			t.Errorf("%s without credentials: %d, want 401", path, got.status)
		}
	}
	if got := ask("/v2/syncengine/", basic("ADMIN", password)); got.status != 200 || !strings.Contains(got.body, "<name>admin</name>") {
		t.Errorf("name in capitals: %d %q", got.status, got.body)
	}
}

// TestGuessesAreLimited: who tries passwords is stopped, and the right one does not help then; from another
// address, and a while later, it does.
func TestGuessesAreLimited(t *testing.T) {
	var api http.Handler
	s := newServer(t, func(o *Options) { api = New(*o) })
	from := func(address, password string) int {
		r := httptest.NewRequest("GET", "/v2/syncengine/", nil)
		r.RemoteAddr = address + ":1"
		r.SetBasicAuth("admin", password)
		w := httptest.NewRecorder()
		api.ServeHTTP(w, r)
		return w.Code
	}
	for i := range 10 {
		if code := from("192.0.2.66", "wrong"); code != 401 {
			t.Fatalf("guess %d is answered by %d", i, code)
		}
	}
	if code := from("192.0.2.66", password); code != 429 {
		t.Errorf("after ten guesses the right password is answered by %d", code)
	}
	if code := from("192.0.2.1", password); code != 200 {
		t.Errorf("from another address the right password is answered by %d", code)
	}
	s.wait(time.Minute)
	if code := from("192.0.2.66", password); code != 200 {
		t.Errorf("a minute later the right password is answered by %d", code)
	}
}

func TestUnknownAddresses(t *testing.T) {
	s := newServer(t, nil)
	for _, path := range []string{
		"/", "/v1", "/v2/syncengine/x", "/v2/syncengine/-1", "/v2/syncengine/1/2", "/v2//syncengine/", "/v2/syncengine//",
		"/v2/service/", "/v2/services/syncml/not-an-id", "/v2/syncengine/%2e%2e/",
	} {
		s.wantSentence(path, s.ask("admin", "GET", path, ""), 404, "There is nothing at this address")
	}
}

// A browser sends the user's credentials with whatever a foreign page makes it post.
func TestForeignPagesAreRefused(t *testing.T) {
	s := routeServer(t)
	for _, tc := range []struct {
		name, header, value string
		status              int
	}{
		{"cross-site", "Sec-Fetch-Site", "cross-site", 403},
		{"foreign origin", "Origin", "https://evil.example", 403},
		{"same origin", "Sec-Fetch-Site", "same-origin", 200},
		{"program", "X-Nothing", "", 200},
	} {
		got := s.ask("admin", "POST", "/v2/syncengine/15/synchronization/", "", tc.header, tc.value)
		s.wantStatus(tc.name, got, tc.status)
	}
	s.wantStatus("reading", s.ask("admin", "GET", "/v2/syncengine/", "", "Sec-Fetch-Site", "cross-site"), 200)
}

// The log has one line for each request, and no credentials, bodies or queries.
func TestRequestLog(t *testing.T) {
	s := newServer(t, nil)
	got := s.ask("admin", "POST", "/v2/syncengine/?q=hush", "<entry>private</entry>")
	id := got.header.Get("X-Request-Id")
	line := s.log.String()
	for _, want := range []string{"method=POST", "path=/v2/syncengine/", "status=400", "request=" + id} {
		if id == "" || strings.Count(line, want) != 1 {
			t.Errorf("want %q once in %q", want, line)
		}
	}
	for _, not := range []string{"private", "hush", password, "admin", "Basic"} {
		if strings.Contains(line, not) {
			t.Errorf("%q in %q", not, line)
		}
	}
	if other := s.ask("admin", "GET", "/v2/syncengine/", "").header.Get("X-Request-Id"); other == id {
		t.Errorf("two requests have the id %s", id)
	}
}

// brokenLog fails as Err says, or panics.
type brokenLog struct{ err error }

func (b brokenLog) LogPage(context.Context, string, bindings.LogFilter) ([]bindings.LogEntry, error) {
	if b.err == nil {
		panic("hidden reason")
	}
	return nil, b.err
}

func (b brokenLog) LogEntry(context.Context, string, int64) (bindings.LogEntry, error) {
	return bindings.LogEntry{}, b.err
}

func TestOurOwnFaultsShowNothing(t *testing.T) {
	for _, tc := range []struct {
		name string
		err  error
		path string
	}{
		{"panic", nil, "/v2/syncengine/synchronization/"},
		{"error", errors.New("hidden reason"), "/v2/syncengine/synchronization/"},
		{"error of an entry", errors.New("hidden reason"), "/v2/syncengine/synclog/1"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newServer(t, func(o *Options) { o.SyncLog = brokenLog{tc.err} })
			got := s.ask("admin", "GET", tc.path, "")
			s.wantSentence("answer", got, 500, "Something went wrong in the server")
			if strings.Contains(got.body, "hidden") || !strings.Contains(s.log.String(), "hidden reason") {
				t.Errorf("body %q, log %q", got.body, s.log.String())
			}
			s.wantStatus("afterwards", s.ask("admin", "GET", "/v2/syncengine/", ""), 200)
		})
	}
}

func TestAnswers(t *testing.T) {
	sentence := func(class error) error {
		return fmt.Errorf("wrapped: %w", &bindings.Error{Class: class, Sentence: "own words"})
	}
	for _, tc := range []struct {
		name     string
		err      error
		status   int
		sentence string
		known    bool
	}{
		{"problem", fmt.Errorf("wrapped: %w", errNoTarget), 400, "Binding target not provided", true},
		{"log-in", fmt.Errorf("log in: %w", sources.ErrAuth), 401, "Sign in", true},
		{"forbidden", sentence(bindings.ErrForbidden), 403, "Forbidden", true},
		{"no client", sentence(bindings.ErrNoClient), 400, "own words", true},
		{"not found", sentence(bindings.ErrNotFound), 404, "own words", true},
		{"in use", sentence(bindings.ErrInUse), 409, "own words", true},
		{"invalid", sentence(bindings.ErrInvalid), 400, "own words", true},
		{"invalid without words", bindings.ErrInvalid, 400, "Bad Request", true},
		{"too big", &http.MaxBytesError{}, 413, "too big", true},
		{"too deep", &xmltree.Error{Kind: xmltree.ErrLimit}, 400, "nested too deeply", true},
		{"syntax", &xmltree.Error{Kind: xmltree.ErrSyntax}, 400, "not well-formed", true},
		{"busy", sources.ErrBusy, 503, "try again", true},
		{"too slow", context.DeadlineExceeded, 503, "try again", true},
		{"unknown", io.ErrUnexpectedEOF, 500, "Something went wrong", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			status, got, known := answer(tc.err)
			if status != tc.status || !strings.Contains(got, tc.sentence) || known != tc.known {
				t.Errorf("%d %q %v, want %d %q %v", status, got, known, tc.status, tc.sentence, tc.known)
			}
		})
	}
}

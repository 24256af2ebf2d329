package atom

import (
	"database/sql"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/bindings"
)

func TestSignInPage(t *testing.T) {
	s := routeServer(t)
	b := &browser{server: s}
	got := b.browse("", "/v2/syncengine/15?x=%22")
	if want := "/v2/signin?next=" + url.QueryEscape("/v2/syncengine/15?x=%22"); got.status != 303 || got.header.Get("Location") != want || got.header.Get("Vary") == "" {
		t.Fatalf("%d %v, want %s", got.status, got.header, want)
	}
	page := b.browse("", got.header.Get("Location"))
	s.wantPage("sign in", page, 200)
	if !strings.Contains(page.body, `name="next" value="/v2/syncengine/15?x=%22"`) {
		t.Errorf("the page does not know where to go: %s", page.body)
	}
	in := b.post("/v2/signin", url.Values{"name": {"ADMIN"}, "password": {password}, "next": {"/v2/syncengine/15"}})
	if in.status != 303 || in.header.Get("Location") != "/v2/syncengine/15" {
		t.Errorf("%d %v", in.status, in.header)
	}
	cookie := in.header.Get("Set-Cookie")
	if !strings.HasPrefix(cookie, "bindery=") || !strings.HasSuffix(cookie, "; Path=/v2; Max-Age=7776000; HttpOnly; SameSite=Lax") {
		t.Errorf("cookie %q", cookie)
	}
	b.cookie, _, _ = strings.Cut(cookie, ";")
	s.wantPage("signed in", b.get("/v2/syncengine/15"), 200)
	for name, f := range map[string]url.Values{
		"wrong password": {"name": {"admin"}, "password": {"wrong"}},
		"nobody":         {"name": {"nobody"}, "password": {password}},
		"nothing":        {},
	} {
		got := b.post("/v2/signin", f)
		s.wantPage(name, got, 401)
		if !strings.Contains(got.body, "There is no account with that name and password") || got.header.Get("Set-Cookie") != "" || got.header.Get("WWW-Authenticate") != "" {
			t.Errorf("%s: %v %s", name, got.header, got.body)
		}
		if strings.Contains(got.body, password) {
			t.Errorf("%s: the page repeats the password", name)
		}
	}
	if s.wantStatus("again", b.post("/v2/signin", url.Values{"name": {"admin"}, "password": {password}}), 303); b.get("/v2/syncengine/15").status != 303 {
		t.Error("the session before is still good")
	}
	s.wantPage("not a form", b.post("/v2/signin", nil, "Content-Type", "application/json"), 415)
	s.wantPage("from another site", b.post("/v2/signin", url.Values{"name": {"bob"}, "password": {password}}, "Sec-Fetch-Site", "cross-site"), 403)
}

func TestTheCookieOfTLS(t *testing.T) {
	s := newServer(t, func(o *Options) { o.BaseURL = "https://sync.example.org" })
	b := s.signIn("admin")
	if !strings.HasPrefix(b.cookie, "__Host-bindery=") {
		t.Fatalf("cookie %q", b.cookie)
	}
	got := b.post("/v2/signin", url.Values{"name": {"admin"}, "password": {password}})
	if cookie := got.header.Get("Set-Cookie"); !strings.HasSuffix(cookie, "; Path=/; Max-Age=7776000; HttpOnly; Secure; SameSite=Lax") {
		t.Errorf("cookie %q", cookie)
	}
	b.cookie, _, _ = strings.Cut(got.header.Get("Set-Cookie"), ";")
	s.wantPage("signed in", b.get("/v2/syncengine/"), 200)
	b.cookie = strings.TrimPrefix(b.cookie, "__Host-") // which a page of a neighbour could have set
	s.wantStatus("a weaker cookie", b.get("/v2/syncengine/"), 303)
}

// A link that somebody made does not lead people to another site once they have signed in.
func TestNextIsLocal(t *testing.T) {
	for _, tc := range []struct{ name, next, want string }{
		{"nothing", "", overviewPath},
		{"a page", "/v2/syncengine/15", "/v2/syncengine/15"},
		{"with a query", "/v2/syncengine/history/?binding=3&text=a%20b", "/v2/syncengine/history/?binding=3&text=a%20b"},
		{"an escaped word", "/v2/services/datastore/content/x/Contacts/a%2Fb", "/v2/services/datastore/content/x/Contacts/a%2Fb"},
		{"another site", "https://evil.example/v2/", overviewPath},
		{"without scheme", "//evil.example/v2/", overviewPath},
		{"three slashes", "///evil.example/v2/", overviewPath},
		{"backslash", `/\evil.example/v2/`, overviewPath},
		{"backslash within", `/v2/\evil.example`, overviewPath},
		{"double slash within", "/v2//evil.example", overviewPath},
		{"script", "javascript:alert(1)", overviewPath},
		{"line break", "/v2/x\r\nSet-Cookie: a=b", overviewPath},
		{"tab", "/\t/evil.example", overviewPath},
		{"user", "http://v2@evil.example/v2/", overviewPath},
		{"relative", "v2/syncengine/", overviewPath},
		{"elsewhere here", "/syncml", overviewPath},
		{"dots", "/v2/../syncml", overviewPath},
		{"itself", "/v2/signin?next=/v2/signin", overviewPath},
		{"out again", "/v2/signout", overviewPath},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := localPath(tc.next); got != tc.want {
				t.Errorf("%q leads to %q, want %q", tc.next, got, tc.want)
			}
		})
	}
}

func TestSignOut(t *testing.T) {
	s := routeServer(t)
	here, there := s.signIn("admin"), s.signIn("admin")
	other := s.signIn("bob")
	s.wantPage("without the form's token", here.post("/v2/signout", nil), 403)
	s.wantStatus("still in", here.get("/v2/syncengine/"), 200)
	got := here.send("/v2/signout", url.Values{})
	if got.status != 303 || !strings.Contains(got.header.Get("Set-Cookie"), "Max-Age=0") {
		t.Errorf("%d %v", got.status, got.header)
	}
	if page := here.follow(got); !strings.Contains(page.body, "You are signed out.") {
		t.Errorf("%s", page.body)
	}
	s.wantStatus("out", here.get("/v2/syncengine/"), 303)
	s.wantStatus("out again", here.send("/v2/signout", url.Values{}), 303)
	s.wantStatus("the other browser", there.get("/v2/syncengine/"), 200)
	third := s.signIn("admin")
	there.send("/v2/signout", url.Values{"all": {"1"}})
	s.wantStatus("all are out", third.get("/v2/syncengine/"), 303)
	s.wantStatus("others are not", other.get("/v2/syncengine/"), 200)
}

func TestSessionsEnd(t *testing.T) {
	s := routeServer(t)
	idle, changed, used := s.signIn("admin"), s.signIn("bob"), s.signIn("admin")
	s.must(s.store.SetPassword(t.Context(), s.bob.ID, "another one"))
	s.wantStatus("after a new password", changed.get("/v2/syncengine/"), 303)
	s.wait(10 * 24 * time.Hour)
	s.wantStatus("used", used.get("/v2/syncengine/"), 200)
	s.wait(later - 10*24*time.Hour)
	s.wantStatus("not used for 14 days", idle.get("/v2/syncengine/"), 303)
	for range 12 {
		s.wantStatus("used now and then", used.get("/v2/syncengine/"), 200)
		s.wait(6 * 24 * time.Hour)
	}
	s.wait(4 * 24 * time.Hour)
	s.wantStatus("90 days old", used.get("/v2/syncengine/"), 303)
}

// A cookie comes with whatever a browser sends: only forms of that very session may change anything.
func TestFormsNeedTheirToken(t *testing.T) {
	s := routeServer(t)
	b, bob := s.signIn("admin"), s.signIn("bob")
	_, secret, _ := strings.Cut(bob.cookie, "=")
	const path = "/v2/syncengine/15"
	for _, tc := range []struct {
		name   string
		f      url.Values
		extra  []string
		status int
	}{
		{"no token", url.Values{}, nil, 403},
		{"empty", url.Values{"token": {""}}, nil, 403},
		{"another session's", url.Values{"token": {formToken(secret)}}, nil, 403},
		{"cut", url.Values{"token": {formToken(secret)[1:]}}, nil, 403},
		{"as multipart", url.Values{"token": {"x"}}, []string{"Content-Type", "multipart/form-data; boundary=x"}, 415},
		{"as JSON", url.Values{"token": {"x"}}, []string{"Content-Type", "application/json"}, 415},
		{"as text", url.Values{"token": {"x"}}, []string{"Content-Type", "text/plain"}, 415},
		{"as an entry", url.Values{"token": {"x"}}, []string{"Content-Type", "application/atom+xml"}, 415},
		{"from another site", url.Values{"token": {"x"}}, []string{"Sec-Fetch-Site", "cross-site"}, 403},
		{"too big", url.Values{"x": {strings.Repeat("x", maxBody)}}, nil, 413},
		{"unreadable", url.Values{"%": {"%"}}, nil, 403},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s.wantPage(tc.name, b.post(path, tc.f, tc.extra...), tc.status)
		})
	}
	s.wantPage("no such form", b.send("/v2/tokens", url.Values{"do": {"nothing"}}), 400)
	for _, method := range []string{"PUT", "DELETE"} {
		got := s.ask("", method, path, entryOf("", "", "target"), "Cookie", b.cookie)
		s.wantSentence(method+" by cookie", got, 415, "may send forms only")
	}
	got := s.ask("", "POST", path+"/synchronization/", "", "Cookie", b.cookie)
	s.wantSentence("start by cookie", got, 415, "may send forms only")
	if b, err := s.store.Binding(t.Context(), s.admin.ID, 15); err != nil || b.Winner != "source" {
		t.Errorf("the binding is %+v, %v", b, err)
	}
}

// TestFormsAreNoAPICalls: a form that a browser sends never reaches a handler for programs.
func TestFormsAreNoAPICalls(t *testing.T) {
	s := routeServer(t)
	b := s.signIn("admin")
	for path, m := range everyRoute(s) {
		if _, ok := m["POST"]; !ok {
			continue
		}
		got := b.send(path, url.Values{"do": {"no such thing"}})
		if got.status != 400 {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
	}
}

// Who guesses passwords on the page uses up the same tries as anywhere else.
func TestSignInPageBoundsGuesses(t *testing.T) {
	var api http.Handler
	newServer(t, func(o *Options) { api = New(*o) })
	try := func(secret string) int {
		form := url.Values{"name": {"admin"}, "password": {secret}}
		r := httptest.NewRequest("POST", "/v2/signin", strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Accept", browserAccepts)
		r.RemoteAddr = "192.0.2.66:1"
		w := httptest.NewRecorder()
		api.ServeHTTP(w, r)
		return w.Code
	}
	for i := range 10 {
		if code := try("wrong"); code != 401 {
			t.Fatalf("guess %d is answered by %d", i, code)
		}
	}
	if code := try(password); code != 429 {
		t.Errorf("after ten guesses the right password is answered by %d", code)
	}
}

// TestFormsOfOthers: no form that bob sends changes anything of admin's.
func TestFormsOfOthers(t *testing.T) {
	s := routeServer(t)
	bob := s.signIn("bob")
	_, err := s.store.CreateClient(t.Context(), s.admin.ID, bindings.NewClient{Kind: "syncml", DeviceID: "IMEI:9"})
	s.must(err)
	was := s.rowsOf(s.admin.ID)
	forms := 0
	for pattern, p := range (&api{}).pageTable() {
		for do := range p.forms {
			forms++
			f := url.Values{"do": {do}}
			for _, name := range []string{"sure", "source", "target", "winner", "title", "name", "id", "uuid", "by", "client", "entry", "verdict", "scope", "password", "old", "new", "confirm", "admin"} {
				f.Set(name, "1")
			}
			f.Set("source", phoneID)
			f.Set("target", s.datastore(s.admin.ID).ID)
			f.Set("winner", "target")
			bob.send(s.routePath(pattern), f)
		}
	}
	if forms < 10 {
		t.Errorf("only %d forms were tried", forms)
	}
	if now := s.rowsOf(s.admin.ID); now != was {
		t.Errorf("admin had\n%s\nand has\n%s", was, now)
	}
	for _, said := range s.waiting.said {
		if !strings.HasPrefix(said, "history") {
			t.Errorf("bob said %q of admin's", said)
		}
	}
}

// rowsOf prints what an owner has.
func (s *server) rowsOf(owner string) string {
	s.t.Helper()
	db, err := sql.Open("sqlite3", s.path)
	s.must(err)
	defer func() { s.must(db.Close()) }()
	var out strings.Builder
	for _, table := range []string{"accounts", "clients", "bindings", "tokens", "binding_filters", "datastore_clients", "datastore_items", "web_sessions", "phone_stores"} {
		s.printRows(&out, db, table, owner)
	}
	return out.String()
}

// printRows prints the rows of a table that an owner has.
func (s *server) printRows(out *strings.Builder, db *sql.DB, table, owner string) {
	s.t.Helper()
	rows, err := db.Query("SELECT * FROM "+table+" WHERE owner_id = ?", owner)
	s.must(err)
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	s.must(err)
	for rows.Next() {
		values, to := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			to[i] = &values[i]
		}
		s.must(rows.Scan(to...))
		fmt.Fprintln(out, table, values)
	}
	s.must(rows.Err())
}

package atom

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/dataclass"
)

func TestAccept(t *testing.T) {
	s := routeServer(t)
	for _, tc := range []struct {
		accept string
		status int
	}{
		{"application/atom+xml", 200}, {"application/atom+xml;type=feed", 200}, {"text/xml", 200}, {"application/xml", 200},
		{"*/*", 200}, {"application/*;q=0.1", 200}, {"text/html, */*;q=0.5", 200}, {"", 200}, {";;;", 200},
		{"application/json", 406}, {"image/*, application/json", 406}, {"application/atom+xml;q=0", 406},
	} {
		got := s.ask("admin", "GET", "/v2/syncengine/15", "", "Accept", tc.accept)
		if tc.status == 406 {
			s.wantSentence(tc.accept, got, 406, "Only application/atom+xml is offered here")
		} else {
			s.wantStatus(tc.accept, got, tc.status)
		}
	}
}

// Every address that reads an entry refuses another media type, and takes those of XML.
func TestMediaTypes(t *testing.T) {
	s := routeServer(t)
	for path, m := range everyRoute(s) {
		for _, method := range []string{"POST", "PUT"} {
			if _, ok := m[method]; !ok || strings.Contains(path, "quarantine/") || strings.Contains(path, "history/") || strings.Contains(path, "removed/") || storeAddress.MatchString(path) {
				continue // or it reads no entry
			}
			for _, media := range []string{"application/json", "text/plain", "multipart/form-data; boundary=x", "*/*", "?"} {
				got := s.ask("admin", method, path, "<entry/>", "Content-Type", media)
				if strings.Contains(path, "content") && media == "text/plain" {
					s.wantSentence(path, got, 400, "cannot be read as one")
				} else if got.status != 415 && got.status != 501 && got.body != errNoID.sentence+"\n" {
					t.Errorf("%s %s of %s: %d %q", method, path, media, got.status, got.body)
				}
			}
			for _, media := range []string{"application/atom+xml;type=entry;charset=utf-8", "Application/XML", "text/xml", ""} {
				if got := s.ask("admin", method, path, "<entry/>", "Content-Type", media); got.status == 415 {
					t.Errorf("%s %s of %q is refused", method, path, media)
				}
			}
		}
	}
}

// A document that did not change is not sent again, and one that did is not changed by whoever saw the old one.
func TestConditionalRequests(t *testing.T) {
	s := routeServer(t)
	first := s.ask("admin", "GET", "/v2/syncengine/15", "")
	tag := first.header.Get("ETag")
	if len(tag) < 12 || tag[0] != '"' {
		t.Fatalf("ETag %s", tag)
	}
	for _, seen := range []string{tag, "*", `"x", ` + tag, "W/" + tag, strings.TrimSuffix(tag, `"`) + `-gzip"`} {
		got := s.ask("admin", "GET", "/v2/syncengine/15/", "", "If-None-Match", seen)
		if got.status != 304 || got.body != "" || got.header.Get("ETag") != tag {
			t.Errorf("If-None-Match %s: %d %q %v", seen, got.status, got.body, got.header)
		}
	}
	s.wantStatus("another tag", s.ask("admin", "GET", "/v2/syncengine/15", "", "If-None-Match", `"x"`), 200)

	target := entryOf("", "", "target")
	s.wantSentence("stale", s.ask("admin", "PUT", "/v2/syncengine/15", target, "If-Match", `"x"`), 412, "It has changed since")
	changed := s.ask("admin", "PUT", "/v2/syncengine/15", target, "If-Match", tag)
	s.wantStatus("fresh", changed, 200)
	if now := changed.header.Get("ETag"); now == tag || now != s.ask("admin", "GET", "/v2/syncengine/15", "").header.Get("ETag") {
		t.Errorf("ETag %s after a change, %s before", now, tag)
	}
	s.wantSentence("delete what changed", s.ask("admin", "DELETE", "/v2/syncengine/15", "", "If-Match", tag), 412, "It has changed since")
	s.wantStatus("delete anything", s.ask("admin", "DELETE", "/v2/syncengine/15", "", "If-Match", "*"), 200)
	s.wantStatus("delete what is gone", s.ask("admin", "DELETE", "/v2/syncengine/15", "", "If-Match", "*"), 404)
}

// Another owner's entry is refused before its tag is looked at.
func TestConditionalRequestsKeepOwnersApart(t *testing.T) {
	s := routeServer(t)
	for _, method := range []string{"PUT", "DELETE"} {
		got := s.ask("bob", method, "/v2/syncengine/15", entryOf("", "", "target"), "If-Match", `"x"`)
		s.wantSentence(method, got, 403, "Forbidden")
	}
}

func TestGzip(t *testing.T) {
	s := routeServer(t)
	plain := s.ask("admin", "GET", "/v2", "", "Accept-Encoding", "identity")
	for _, tc := range []struct {
		accept string
		zipped bool
	}{{"gzip", true}, {"br, gzip;q=0.5", true}, {"*", true}, {"gzip;q=0", false}, {"deflate", false}} {
		got := s.ask("admin", "GET", "/v2", "", "Accept-Encoding", tc.accept)
		if zipped := got.header.Get("Content-Encoding") == "gzip"; zipped != tc.zipped {
			t.Errorf("%s: zipped %v", tc.accept, zipped)
			continue
		}
		if body := got.body; tc.zipped {
			z, err := gzip.NewReader(strings.NewReader(body))
			s.must(err)
			raw, err := io.ReadAll(z)
			s.must(err)
			if string(raw) != plain.body || got.header.Get("ETag") == plain.header.Get("ETag") || got.header.Get("Content-Length") != fmt.Sprint(len(body)) {
				t.Errorf("%s: %v %q", tc.accept, got.header, raw)
			}
		}
	}
	if got := s.ask("admin", "GET", "/v2/syncengine/15", "", "Accept-Encoding", "gzip"); got.header.Get("Content-Encoding") != "" {
		t.Error("a small document is compressed")
	}
}

func TestServiceDocument(t *testing.T) {
	s := routeServer(t)
	for _, tc := range []struct {
		user     string
		accounts bool
	}{{"admin", true}, {"bob", false}} {
		got := s.ask(tc.user, "GET", "/v2/", "")
		if got.status != 200 || got.header.Get("Content-Type") != "application/atomsvc+xml; charset=utf-8" {
			t.Fatalf("%d %v", got.status, got.header)
		}
		doc := parse(t, got.body)
		for _, c := range doc.Children("workspace")[0].Children("collection") {
			href := c.Attr("", "href")
			if takes := c.Children("accept")[0].Text() != ""; strings.HasSuffix(href, "/v2/accounts/") && takes != tc.accounts {
				t.Errorf("%s: accounts are taken: %v", tc.user, takes)
			}
			path := strings.TrimPrefix(href, "http://api.obexcode.com")
			if got := s.ask(tc.user, "GET", path, ""); got.status != 200 || !strings.Contains(got.body, "<feed") {
				t.Errorf("collection %s: %d %q", href, got.status, got.body)
			}
		}
	}
}

// TestLogPages goes through a log of 25 entries by the links of its pages, 10 a page, and finds each once.
func TestLogPages(t *testing.T) {
	s := routeServer(t)
	for i := range int64(24) {
		e := specEntry(s.admin.ID, 10+i, 15, "2009-03-19T09:52:28Z")
		if i%2 == 0 {
			e.Class = dataclass.Events
		}
		s.insertLog(e)
	}
	seen := map[string]int{}
	path, pages := "/v2/syncengine/synchronization/?limit=10", 0
	for path != "" {
		got := s.ask("admin", "GET", path, "")
		s.wantStatus(path, got, 200)
		doc := parse(t, got.body)
		for _, e := range doc.Children("entry") {
			seen[e.Children("id")[0].Text()]++
		}
		path = ""
		for _, l := range doc.Children("link") {
			rel := l.Attr("", "rel")
			href := l.Attr("", "href")
			switch href = strings.TrimPrefix(href, "http://api.obexcode.com"); rel {
			case "next":
				path = href
			case "first":
				if pages == 0 {
					t.Error("the first page names the first one")
				}
			}
		}
		pages++
	}
	if pages != 3 || len(seen) != 25 {
		t.Errorf("%d pages with %d entries: %v", pages, len(seen), seen)
	}
	for _, tc := range []struct {
		query string
		n     int
	}{
		{"dataclass=Events", 12}, {"dataclass=Events&limit=5", 5}, {"status=done", 25}, {"status=held", 0},
		{"since=2009-03-20T00:00:00Z", 0}, {"since=2009-03-19T00:00:00%2B01:00", 25}, {"before=12", 3},
	} {
		got := s.ask("admin", "GET", "/v2/syncengine/15/synchronization?"+tc.query, "")
		if n := len(parse(t, got.body).Children("entry")); n != tc.n {
			t.Errorf("%s: %d entries, want %d", tc.query, n, tc.n)
		}
	}
	for query, sentence := range map[string]string{
		"limit=0": "The limit must be", "before=x": "before is the number", "before=-1": "before is the number",
		"since=yesterday": "A time is written", "status=odd": "status is running", "dataclass=Mail": "dataclass is Contacts",
	} {
		s.wantSentence(query, s.ask("admin", "GET", "/v2/syncengine/synclog?"+query, ""), 400, sentence)
	}
}

func TestSources(t *testing.T) {
	s := routeServer(t)
	s.wantGolden(s.ask("admin", "GET", "/v2/syncengine/sources/", ""), "sources")
	s.wantSentence("register", s.ask("admin", "POST", "/v2/syncengine/sources/", "<entry/>"), 400, "a source needs a name")
	s.wantSentence("unknown", s.ask("admin", "GET", "/v2/syncengine/sources/fax", ""), 404, "Unknown sync source")
}

// What is not offered says so, and pretends nothing.
func TestServicesThatAreNotOffered(t *testing.T) {
	s := routeServer(t)
	for path, sentence := range map[string]string{
		"/v2/services/google/": "Google's own APIs are not offered yet", "/v2/services/activesync/": "ActiveSync is not offered yet",
		"/v2/services/syncml/setup/": "Sending settings to a phone is not offered yet",
	} {
		s.wantSentence(path, s.ask("admin", "POST", path, "<entry/>"), 501, sentence)
	}
	for _, path := range []string{"/v2/services/google/", "/v2/services/activesync/"} {
		got := s.ask("admin", "GET", path, "")
		if len(parse(t, got.body).Children("entry")) != 0 {
			t.Errorf("%s: %s", path, got.body)
		}
	}
}

func TestTokens(t *testing.T) {
	s := newServer(t, nil)
	made := s.ask("admin", "POST", "/v2/tokens/", `<entry><title>robot</title><scope>write</scope><expires>2009-04-01T00:00:00Z</expires></entry>`)
	s.wantStatus("make", made, 201)
	doc := parse(t, made.body)
	secret := doc.Children("token")[0].Text()
	if made.header.Get("Cache-Control") != "no-store" || len(secret) < 40 {
		t.Errorf("%v %s", made.header, made.body)
	}
	path := strings.TrimPrefix(made.header.Get("Location"), "http://api.obexcode.com")
	for _, p := range []string{path, "/v2/tokens/"} {
		got := s.ask("admin", "GET", p, "")
		if got.status != 200 || strings.Contains(got.body, secret) || !strings.Contains(got.body, ">robot<") {
			t.Errorf("GET %s: %d %s", p, got.status, got.body)
		}
	}
	bearer := []string{"Authorization", "Bearer " + secret}
	s.wantStatus("read by it", s.ask("", "GET", "/v2/syncengine/", "", bearer...), 200)
	s.wantSentence("write by it", s.ask("", "POST", "/v2/syncengine/", "<entry/>", bearer...), 400, "Binding source not provided")
	s.wantSentence("make another by it", s.ask("", "POST", "/v2/tokens/", "<entry><title>x</title></entry>", bearer...), 403, "needs the password")
	s.wantSentence("change the password by it", s.ask("", "PUT", "/v2/accounts/"+s.admin.ID, "<entry><password>x</password></entry>", bearer...), 403, "needs the password")
	s.wantSentence("remove the account by it", s.ask("", "DELETE", "/v2/accounts/"+s.admin.ID, "", bearer...), 403, "needs the password")
	s.wantSentence("bob looks at it", s.ask("bob", "GET", path, ""), 404, "Unknown token")
	s.wantSentence("bob revokes it", s.ask("bob", "DELETE", path, ""), 404, "Unknown token")
	s.wantStatus("revoke", s.ask("admin", "DELETE", path, ""), 200)
	s.wantSentence("read by a revoked one", s.ask("", "GET", "/v2/syncengine/", "", bearer...), 401, "Sign in")
	s.wantSentence("revoke again", s.ask("admin", "DELETE", path, ""), 404, "Unknown token")
	for body, sentence := range map[string]string{
		"": "Token entry not provided", "<entry/>": "needs a label", "<entry><title>x</title><scope>all</scope></entry>": "scope is read or write",
		"<entry><title>x</title><expires>soon</expires></entry>":                 "A time is written",
		"<entry><title>x</title><expires>2001-01-01T00:00:00Z</expires></entry>": "expired already",
	} {
		s.wantSentence(body, s.ask("admin", "POST", "/v2/tokens/", body), 400, sentence)
	}
}

// A token that may only read changes nothing, on any route.
func TestReadTokens(t *testing.T) {
	s := routeServer(t)
	_, secret, err := s.store.CreateToken(t.Context(), s.admin.ID, bindings.NewToken{Label: "page"})
	s.must(err)
	for path, m := range everyRoute(s) {
		for method := range m {
			got := s.ask("", method, path, "<entry/>", "Authorization", "bearer "+secret)
			if method == http.MethodGet {
				s.wantStatus(path, got, 200)
			} else {
				s.wantSentence(method+" "+path, got, 403, "This token may only read")
			}
		}
	}
}

func TestAccounts(t *testing.T) {
	s := newServer(t, nil)
	made := s.ask("admin", "POST", "/v2/accounts/", "<entry><title>carol</title><password>long enough</password><md5>false</md5></entry>")
	s.wantStatus("make", made, 201)
	path := strings.TrimPrefix(made.header.Get("Location"), "http://api.obexcode.com")
	if strings.Contains(made.body, "long enough") || !strings.Contains(made.body, ">carol<") {
		t.Error(made.body)
	}
	s.wantSentence("again", s.ask("admin", "POST", "/v2/accounts/", "<entry><title>Carol</title><password>x</password></entry>"), 409, "already an account")
	s.wantSentence("by bob", s.ask("bob", "POST", "/v2/accounts/", "<entry><title>dan</title><password>x</password></entry>"), 403, "Only an administrator")
	for _, method := range []string{"GET", "PUT", "DELETE"} {
		s.wantSentence("bob, "+method, s.ask("bob", method, path, "<entry><password>x</password></entry>"), 404, "Unknown account")
	}
	bobs := "/v2/accounts/" + s.bob.ID
	s.wantSentence("bob makes himself one", s.ask("bob", "PUT", bobs, "<entry><admin>true</admin></entry>"), 403, "Only an administrator")
	s.wantSentence("nothing", s.ask("bob", "PUT", bobs, "<entry/>"), 400, "No Entry provided")
	s.wantSentence("no flag", s.ask("admin", "PUT", bobs, "<entry><admin>perhaps</admin></entry>"), 400, "admin is true or false")
	s.wantStatus("admin makes bob one", s.ask("admin", "PUT", bobs, "<entry><admin>true</admin></entry>"), 200)
	if got := s.ask("bob", "GET", "/v2/accounts/", ""); strings.Count(got.body, "<entry>") != 3 {
		t.Errorf("bob, an administrator now, sees %s", got.body)
	}
	s.wantStatus("and no longer", s.ask("admin", "PUT", bobs, "<entry><admin>false</admin></entry>"), 200)
	s.wantSentence("the last one", s.ask("admin", "PUT", "/v2/accounts/"+s.admin.ID, "<entry><admin>false</admin></entry>"), 409, "only account")
	s.wantSentence("remove the last one", s.ask("admin", "DELETE", "/v2/accounts/"+s.admin.ID, ""), 409, "only account")
	s.wantStatus("own password", s.ask("bob", "PUT", bobs, "<entry><password>other words</password></entry>"), 200)
	s.wantStatus("the old one", s.ask("bob", "GET", bobs, ""), 401)
	s.wantStatus("remove", s.ask("admin", "DELETE", path, ""), 200)
	s.wantSentence("remove again", s.ask("admin", "DELETE", path, ""), 404, "Unknown account")
	for body, sentence := range map[string]string{
		"": "Account entry not provided", "<entry/>": "needs a name", "<entry><title>x</title></entry>": "password is empty",
	} {
		s.wantSentence(body, s.ask("admin", "POST", "/v2/accounts/", body), 400, sentence)
	}
}

// The request log has no tokens.
func TestRequestLogHidesTokens(t *testing.T) {
	s := routeServer(t)
	s.ask("", "GET", "/v2/syncengine/", "", "Authorization", "Bearer "+s.secret)
	if strings.Contains(s.log.String(), s.secret) || !strings.Contains(s.log.String(), "status=200") {
		t.Error(s.log.String())
	}
}

func TestHeldKeepsTheFirstStatus(t *testing.T) {
	h := newHeld()
	h.WriteHeader(http.StatusTeapot)
	h.WriteHeader(http.StatusOK)
	_, _ = h.Write([]byte("x"))
	if h.status != http.StatusTeapot || !bytes.Equal(h.body.Bytes(), []byte("x")) {
		t.Errorf("%d %q", h.status, h.body.Bytes())
	}
}

package atom

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/bindery-sync/bindery/bindings"
)

// browserAccepts is what browsers send.
const browserAccepts = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"

// browse asks for a page as somebody who signed in by a password.
func (s *server) browse(user, path string, extra ...string) reply {
	s.t.Helper()
	return s.ask(user, "GET", path, "", append([]string{"Accept", browserAccepts}, extra...)...)
}

// A browser keeps the cookie that it gets.
type browser struct {
	*server
	cookie string
}

// signIn signs a browser in.
func (s *server) signIn(name string) *browser {
	s.t.Helper()
	b := &browser{server: s}
	got := b.post("/v2/signin", url.Values{"name": {name}, "password": {password}})
	s.wantStatus("sign in", got, http.StatusSeeOther)
	b.cookie, _, _ = strings.Cut(got.header.Get("Set-Cookie"), ";")
	return b
}

// get loads a page.
func (b *browser) get(path string, extra ...string) reply {
	b.t.Helper()
	return b.browse("", path, append([]string{"Cookie", b.cookie}, extra...)...)
}

// post sends a form as it is.
func (b *browser) post(path string, f url.Values, extra ...string) reply {
	b.t.Helper()
	return b.ask("", "POST", path, f.Encode(), append([]string{
		"Accept", browserAccepts, "Cookie", b.cookie, "Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "same-origin",
	}, extra...)...)
}

// send sends a form with the token of the browser's session.
func (b *browser) send(path string, f url.Values) reply {
	b.t.Helper()
	_, secret, _ := strings.Cut(b.cookie, "=")
	f.Set("token", formToken(secret))
	return b.post(path, f)
}

// follow loads the page that a form leads to.
func (b *browser) follow(got reply) reply {
	b.t.Helper()
	if got.status != http.StatusSeeOther {
		b.t.Fatalf("the form is answered %d %q", got.status, got.body)
	}
	return b.get(got.header.Get("Location"))
}

// voidElements are the elements of HTML that have no end tag.
var voidElements = []string{"meta", "link", "input", "br", "hr", "img", "wbr"}

// wantPage checks what is true of every page, and gives its tree.
func (s *server) wantPage(what string, got reply, status int) *html.Node {
	s.t.Helper()
	if got.status != status {
		s.t.Fatalf("%s: status %d %q, want %d", what, got.status, got.body, status)
	}
	for name, want := range map[string]string{
		"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff",
		"Referrer-Policy": "same-origin", "Cache-Control": "no-store", "Vary": "Accept, Accept-Encoding, Authorization, Cookie",
	} {
		if have := got.header.Values(name); len(have) != 1 || have[0] != want {
			s.t.Errorf("%s: %s %q, want %q", what, name, have, want)
		}
	}
	s.wantWellFormed(what, got.body)
	doc, err := html.Parse(strings.NewReader(got.body))
	s.must(err)
	return doc
}

// ownAddress reports whether an element of a page leads to this server: to another page, or, for a link, to its own calendars
// by a program of the device.
func ownAddress(element, address string) bool {
	return strings.HasPrefix(address, "/v2") || strings.HasPrefix(address, "#") ||
		element == "a" && strings.HasPrefix(address, "caldav://") && strings.HasSuffix(address, "@api.obexcode.com/dav/")
}

// wantWellFormed checks that every element ends, in order, that ids are there once, and that nothing is loaded from
// elsewhere or would be refused by the policy.
func (s *server) wantWellFormed(what, body string) {
	s.t.Helper()
	var open []string
	ids := map[string]bool{}
	for z := html.NewTokenizer(strings.NewReader(body)); ; {
		switch z.Next() {
		case html.ErrorToken:
			if len(open) > 0 {
				s.t.Errorf("%s: not ended: %v", what, open)
			}
			return
		case html.StartTagToken:
			tok := z.Token()
			for _, attr := range tok.Attr {
				if attr.Key == "style" || strings.HasPrefix(attr.Key, "on") || (attr.Key == "src" || attr.Key == "href" || attr.Key == "action") && !ownAddress(tok.Data, attr.Val) {
					s.t.Errorf("%s: <%s %s=%q>", what, tok.Data, attr.Key, attr.Val)
				}
				if attr.Key == "id" && ids[attr.Val] {
					s.t.Errorf("%s: id %q twice", what, attr.Val)
				}
				ids[attr.Val] = ids[attr.Val] || attr.Key == "id"
			}
			if tok.Data == "style" {
				s.t.Errorf("%s: a style in the page", what)
			}
			if !slices.Contains(voidElements, tok.Data) {
				open = append(open, tok.Data)
			}
		case html.EndTagToken:
			tok := z.Token()
			if len(open) == 0 || open[len(open)-1] != tok.Data {
				s.t.Errorf("%s: </%s> in %v", what, tok.Data, open)
				return
			}
			open = open[:len(open)-1]
		}
	}
}

// find gives the texts of the elements of a name.
func find(n *html.Node, name string) []string {
	var out []string
	for c := range n.Descendants() {
		if c.Type == html.ElementNode && c.Data == name && c.Namespace == "" {
			out = append(out, strings.TrimSpace(innerText(c)))
		}
	}
	return out
}

func innerText(n *html.Node) string {
	var b strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			b.WriteString(c.Data)
		}
	}
	return b.String()
}

// TestEveryRouteHasAPage: whatever a program can look at, a person can too, at the same address.
func TestEveryRouteHasAPage(t *testing.T) {
	s := routeServer(t)
	b := s.signIn("admin")
	for path, m := range everyRoute(s) {
		if _, ok := m["GET"]; !ok {
			continue
		}
		for _, path := range []string{path, path + "/"} {
			doc := s.wantPage(path, b.get(path), 200)
			if titles, heads := find(doc, "title"), find(doc, "h1"); len(titles) != 1 || len(heads) != 1 || heads[0] == "" || titles[0] != heads[0]+" · Bindery" {
				t.Errorf("%s: title %q, heading %q", path, titles, heads)
			}
			s.wantPage(path+" by password", s.browse("admin", path), 200)
		}
		s.wantStatus(path+" for a program", b.get(path, "Accept", "*/*"), 200)
		if got := b.get(path, "Accept", "*/*"); !strings.HasPrefix(got.header.Get("Content-Type"), "application/atom") {
			t.Errorf("%s for a program: %v", path, got.header)
		}
	}
}

// TestPagesIsolateOwners: bob's pages show nothing of admin's, and his forms change nothing.
func TestPagesIsolateOwners(t *testing.T) {
	s := routeServer(t)
	bob := s.signIn("bob")
	secrets := []string{phoneID, s.datastore(s.admin.ID).ID, "admin", "robot", "k7m2qx", "9-target", "Ada", "IMEI:7", "./Contacts"}
	for path, m := range everyRoute(s) {
		if _, ok := m["GET"]; !ok {
			continue
		}
		got := bob.get(path)
		for _, secret := range secrets {
			shown := strings.ReplaceAll(got.body, path, "") // a page that fails may name its own address
			if strings.Contains(shown, secret) {
				t.Errorf("%s shows bob %q: %s", path, secret, got.body)
			}
		}
		if strings.Contains(path, "/15") && got.status != 403 {
			t.Errorf("%s: bob got %d, want 403", path, got.status)
		}
	}
	table := (&api{}).pageTable()
	for path := range table {
		if _, ok := (&api{}).resources()[path]; !ok {
			t.Errorf("there is a page for %q, which is no resource", path)
		}
	}
}

func TestWhoWantsAPage(t *testing.T) {
	for _, tc := range []struct {
		name, accept string
		want         bool
	}{
		{"browser", browserAccepts, true},
		{"old browser", "text/html, */*", true},
		{"only html", "text/html", true},
		{"nothing said", "", false},
		{"anything", "*/*", false},
		{"atom", "application/atom+xml", false},
		{"both alike", "text/html, application/atom+xml", false},
		{"both alike, turned round", "application/atom+xml, text/html", false},
		{"atom rather", "text/html;q=0.5, application/atom+xml", false},
		{"html rather", "application/atom+xml;q=0.5, text/html;q=0.6", true},
		{"xml rather", "application/xml, text/html;q=0.9", false},
		{"html refused", "text/html;q=0, */*", false},
		{"any text", "text/*", false},
		{"garbage", ";;;", false},
		{"garbage weight", "text/html;q=x", true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r, err := http.NewRequest("GET", "/", nil)
			if err != nil {
				t.Fatal(err)
			}
			if tc.accept != "" {
				r.Header.Set("Accept", tc.accept)
			}
			if got := wantsPage(r); got != tc.want {
				t.Errorf("%q: %v", tc.accept, got)
			}
		})
	}
}

func TestErrorsArePages(t *testing.T) {
	s := routeServer(t)
	b := s.signIn("admin")
	for _, tc := range []struct {
		name, path string
		status     int
		sentence   string
	}{
		{"nothing there", "/v2/nothing", 404, "There is nothing at this address"},
		{"unknown binding", "/v2/syncengine/99", 404, "Unknown Sync Binding"},
		{"unknown entry", "/v2/syncengine/synclog/99", 404, "Unknown synchronization log entry"},
		{"no page", "/v2/syncengine/synclog/?limit=x", 400, "The limit must be a number from 1 to 1000"},
		{"only for forms", "/v2/syncengine/phone_datastore_bindings/15/setup", 405, "This address does not support that method"},
	} {
		doc := s.wantPage(tc.name, b.get(tc.path), tc.status)
		if heads := find(doc, "h1"); len(heads) != 1 || heads[0] != tc.sentence {
			t.Errorf("%s: heading %q, want %q", tc.name, heads, tc.sentence)
		}
	}
	foreign := s.signIn("bob").get("/v2/syncengine/15")
	s.wantPage("a foreign binding", foreign, 403)
}

func TestOurOwnFaultsArePagesToo(t *testing.T) {
	for _, tc := range []struct {
		name string
		err  error
	}{{"panic", nil}, {"error", errors.New("hidden reason")}} {
		s := newServer(t, func(o *Options) { o.SyncLog = brokenLog{tc.err} })
		got := s.browse("admin", "/v2/syncengine/synchronization/")
		s.wantPage(tc.name, got, 500)
		if strings.Contains(got.body, "hidden") {
			t.Errorf("%s: %s", tc.name, got.body)
		}
	}
}

func TestAssets(t *testing.T) {
	s := newServer(t, nil)
	page := s.browse("", "/v2/signin").body
	seen := 0
	for part := range strings.SplitSeq(page, `"`) {
		if !strings.HasPrefix(part, "/v2/assets/") {
			continue
		}
		seen++
		got := s.browse("", part)
		s.wantStatus(part, got, 200)
		if got.header.Get("Cache-Control") != "public, max-age=31536000, immutable" || got.header.Get("Content-Type") == "" || got.body == "" {
			t.Errorf("%s: %v", part, got.header)
		}
	}
	if seen != 3 {
		t.Errorf("%d assets in %s", seen, page)
	}
	for _, path := range []string{"/v2/assets/style.css", "/v2/assets/", "/v2/assets/../signin", "/v2/assets/%2e%2e/doc.go"} {
		if got := s.browse("", path); got.status == 200 && strings.Contains(path, "style") || strings.Contains(got.body, "package ") {
			t.Errorf("%s: %d %q", path, got.status, got.body)
		}
	}
}

func TestTheRootLeadsBrowsersToTheOverview(t *testing.T) {
	s := newServer(t, nil)
	got := s.browse("", "/")
	if got.status != 303 || got.header.Get("Location") != "/v2/syncengine/" {
		t.Errorf("browser: %d %v", got.status, got.header)
	}
	s.wantStatus("program", s.ask("admin", "GET", "/", ""), 404)
}

// What is no document of the API but a file is given to browsers as it is, and they take it for nothing else.
func TestFilesAreNoPages(t *testing.T) {
	w := httptest.NewRecorder()
	err := (&api{}).answerGeneral(w, httptest.NewRequest("GET", "/v2/file", nil), func(w http.ResponseWriter, _ *http.Request) error {
		w.Header().Set("Content-Type", "text/vcard")
		_, err := w.Write([]byte("<script>alert(1)</script>"))
		return err
	})
	if err != nil || w.Code != 200 || w.Body.String() != "<script>alert(1)</script>" || w.Header().Get("Content-Type") != "text/vcard" ||
		w.Header().Get("X-Content-Type-Options") != "nosniff" || w.Header().Get("Content-Security-Policy") != policy {
		t.Errorf("%v, %d %v %q", err, w.Code, w.Header(), w.Body)
	}
}

// Words of strangers never become markup.
func TestPagesEscape(t *testing.T) {
	const evil = `<script>alert(1)</script>"'><img src=x onerror=alert(2)>`
	s := newServer(t, nil)
	_, err := s.store.CreateClient(t.Context(), s.admin.ID, bindings.NewClient{ID: phoneID, Kind: "syncml", Title: evil, DeviceID: evil})
	s.must(err)
	s.bind(15, s.clientByID(phoneID), s.datastore(s.admin.ID))
	s.token, s.secret, err = s.store.CreateToken(t.Context(), s.admin.ID, bindings.NewToken{Label: evil, Scope: "write"})
	s.must(err)
	s.isPhoneStore(s.admin.ID, 15)
	s.card(s.admin.ID, "card", evil)
	s.insertLog(specEntry(s.admin.ID, 3, 15, "2009-03-19T09:52:28Z"))
	b := s.signIn("admin")
	for path, m := range everyRoute(s) {
		if _, ok := m["GET"]; !ok {
			continue
		}
		got := b.get(path + "?notice=" + url.QueryEscape(evil) + "&next=" + url.QueryEscape(evil))
		if strings.Contains(got.body, "<script>alert") || strings.Contains(got.body, "<img") {
			t.Errorf("%s: %s", path, got.body)
		}
		if got.status == 200 {
			s.wantPage(path, got, 200)
		}
	}
}

// clientByID finds one of admin's clients.
func (s *server) clientByID(id string) bindings.Client {
	s.t.Helper()
	c, err := s.store.Client(s.t.Context(), s.admin.ID, id)
	s.must(err)
	return c
}

// later is longer than a session lasts that nobody uses.
const day = 24 * time.Hour

const later = 14*24*time.Hour + time.Minute

// drawn gives the value of a field that a page's form has.
func (b *browser) drawn(path, name string) string {
	b.t.Helper()
	_, rest, found := strings.Cut(b.get(path).body, `name="`+name+`" value="`)
	value, _, _ := strings.Cut(rest, `"`)
	if !found {
		b.t.Errorf("%s has no field %s", path, name)
	}
	return html.UnescapeString(value)
}

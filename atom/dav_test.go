package atom

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/sources/remote"
)

// davID is a client of admin's on a DAV server.
const davID = "5b3e0c1a-30a9-11de-b930-002215064801"

// davBase is where the DAV server of the world outside has nora's account.
const davBase = "https://pim.example.org/dav/"

// farDAV answers as a DAV server does that has two address books and one calendar of nora's, and makes others.
func farDAV(w *httptest.ResponseRecorder, r *http.Request) {
	user, password, _ := r.BasicAuth()
	if (user != "nora" || password != noraPassword) && r.Header.Get("Authorization") != "Bearer "+noraToken {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if strings.HasPrefix(r.Method, "MK") {
		w.WriteHeader(map[bool]int{true: http.StatusCreated, false: http.StatusForbidden}[strings.Contains(r.URL.Path, "/calendars/")])
		return
	}
	const book, calendar = `<d:resourcetype><d:collection/><b:addressbook/></d:resourcetype>`, `<d:resourcetype><d:collection/><c:calendar/></d:resourcetype>`
	pages := map[string]string{
		"/dav/":                `<d:resourcetype><d:collection/></d:resourcetype><d:current-user-principal><d:href>/dav/nora/</d:href></d:current-user-principal>`,
		"/dav/nora/":           `<b:addressbook-home-set><d:href>/dav/books/</d:href></b:addressbook-home-set><c:calendar-home-set><d:href>/dav/calendars/</d:href></c:calendar-home-set>`,
		"/dav/books/":          `<d:resourcetype><d:collection/></d:resourcetype>`,
		"/dav/books/family/":   book + `<d:displayname>Family &lt;3</d:displayname>`,
		"/dav/books/club/":     book + `<d:displayname>Club</d:displayname><d:current-user-privilege-set><d:privilege><d:read/></d:privilege></d:current-user-privilege-set>`,
		"/dav/calendars/":      `<d:resourcetype><d:collection/></d:resourcetype>`,
		"/dav/calendars/home/": calendar + `<d:displayname>Home</d:displayname><c:supported-calendar-component-set><c:comp name="VEVENT"/></c:supported-calendar-component-set>`,
	}
	made := calendar + `<c:supported-calendar-component-set><c:comp name="VTODO"/></c:supported-calendar-component-set>`
	at := []string{r.URL.Path}
	switch {
	case r.URL.Path == "/.well-known/carddav" || r.URL.Path == "/.well-known/caldav":
		http.Redirect(w, r, "/dav/", http.StatusMovedPermanently)
		return
	case r.URL.Path == "/dav/calendars/tasks/":
		pages[r.URL.Path] = made
	case pages[r.URL.Path] == "":
		w.WriteHeader(http.StatusNotFound)
		return
	case r.Header.Get("Depth") == "1":
		for path := range pages {
			if strings.HasPrefix(path, r.URL.Path) && path != r.URL.Path {
				at = append(at, path)
			}
		}
	}
	w.WriteHeader(http.StatusMultiStatus)
	_, _ = io.WriteString(w, `<d:multistatus xmlns:d="DAV:" xmlns:b="urn:ietf:params:xml:ns:carddav" xmlns:c="urn:ietf:params:xml:ns:caldav">`)
	for _, path := range at {
		_, _ = fmt.Fprintf(w, `<d:response><d:href>%s</d:href><d:propstat><d:prop>%s</d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>`, path, pages[path])
	}
	_, _ = io.WriteString(w, `</d:multistatus>`)
}

// isDAV makes a client of admin's on a DAV server.
func (s *server) isDAV() {
	s.t.Helper()
	f, err := s.remotes.Find(s.t.Context(), remote.NewDAV{Address: "pim.example.org", Credentials: remote.Credentials{User: "nora", Password: noraPassword}})
	s.must(err)
	choice, err := f.Choose(nil, nil, false)
	s.must(err)
	s.must(s.remotes.AttachFound(s.t.Context(), s.admin.ID, f, choice, func(ctx context.Context) (string, error) {
		c, err := s.store.CreateClient(ctx, s.admin.ID, bindings.NewClient{ID: davID, Kind: kindDAV, Title: "Nora's cloud"})
		return c.ID, err
	}))
}

// davEntry is what a client on a DAV server is made of.
func davEntry(more string, pairs ...string) string {
	return strings.Replace(ownEntryOf(append([]string{"address", "pim.example.org", "user", "nora"}, pairs...)...), "</entry>", more+"</entry>", 1)
}

func TestDAVClients(t *testing.T) {
	s := routeServer(t)
	pick := func(class, name string) string {
		return `<b:collection dataclass="` + class + `">` + name + `</b:collection>`
	}
	for _, tc := range []struct {
		name, who, body string
		status          int
		has             []string
	}{
		{"all that there is", "bob", davEntry("", "password", noraPassword), 201, []string{davBase + "books/family/", davBase + "calendars/home/", ">authorised<"}},
		{"one address book", "bob", davEntry(pick("Contacts", "Club"), "password", noraPassword, "title", "mine"), 201, []string{davBase + "books/club/", ">mine<"}},
		{"by mail address and token", "bob", davEntry("", "auth", "bearer", "token", noraToken, "dataclass", "Events"), 201, []string{davBase + "calendars/home/", ">bearer<"}},
		{"made", "bob", davEntry("", "password", noraPassword, "dataclass", "Tasks", "make", "true"), 201, []string{davBase + "calendars/tasks/"}},
		{"not made", "bob", davEntry("", "password", noraPassword, "dataclass", "Notes", "make", "true"), 400, []string{"does not make"}},
		{"nothing for it", "bob", davEntry("", "password", noraPassword, "dataclass", "Tasks"), 400, []string{"no collection there holds Tasks"}},
		{"no such one", "bob", davEntry(pick("Events", "Club"), "password", noraPassword), 400, []string{"is called &#34;Club&#34;", `is called "Club"`}},
		{"no class", "bob", davEntry("", "password", noraPassword, "dataclass", "Photos"), 400, []string{"is no dataclass"}},
		{"wrong password", "bob", davEntry("", "password", "guess-7"), 400, []string{"pim.example.org refuses this user and password"}},
		{"no password", "bob", davEntry(""), 400, []string{"a user and a password"}},
		{"not there", "bob", ownEntryOf("address", "nowhere.example.org", "user", "nora", "password", noraPassword), 400, []string{"no server nowhere.example.org"}},
		{"inside", "bob", ownEntryOf("address", "https://192.168.0.1/", "user", "nora", "password", noraPassword), 400, []string{"is refused"}},
		{"no address", "bob", ownEntryOf("user", "nora", "password", noraPassword), 400, []string{"no address of a server"}},
		{"no entry", "bob", "", 400, []string{"not provided"}},
		{"a flag that is none", "bob", davEntry("", "password", noraPassword, "make", "perhaps"), 400, []string{"true or false"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := s.ask(tc.who, "POST", davPath, tc.body)
			s.wantStatus("post", got, tc.status)
			found := tc.status == 201
			for _, word := range tc.has {
				if tc.status != 201 {
					found = found || strings.Contains(got.body, word)
				} else if !strings.Contains(got.body, word) {
					t.Errorf("no %q in %s", word, got.body)
				}
			}
			if !found {
				t.Errorf("none of %q in %s", tc.has, got.body)
			}
			if tc.status != 201 {
				return
			}
			at := strings.TrimPrefix(got.header.Get("Location"), "http://api.obexcode.com")
			s.wantStatus("read it", s.ask(tc.who, "GET", at, ""), 200)
			s.wantStatus("of somebody else", s.ask("admin", "GET", at, ""), 404)
			s.wantStatus("as another kind", s.ask(tc.who, "GET", strings.Replace(at, "/dav/", "/gdata/", 1), ""), 404)
		})
	}
	if got := s.ask("bob", "GET", davPath, ""); strings.Count(got.body, "<uuid>") != 4 {
		t.Errorf("bob's: %s", got.body)
	}
	s.mustNotSay(noraPassword, noraToken, "guess-7")
}

// TestDAVAuthoriseAgain: new credentials are tried before they replace the old ones; removing the client forgets them.
func TestDAVAuthoriseAgain(t *testing.T) {
	s := routeServer(t)
	at := davPath + davID
	s.must(s.store.Unauthorised(t.Context(), s.admin.ID, davID, "The server refused the password"))
	s.wantSentence("wrong ones", s.ask("admin", "PUT", at, ownEntryOf("password", "guess-9")), 400, "refuses this user and password")
	s.wantStatus("of somebody else", s.ask("bob", "PUT", at, ownEntryOf("password", noraPassword)), 404)
	got := s.ask("admin", "PUT", at, ownEntryOf("password", noraPassword, "title", "Nora there"))
	s.wantStatus("right ones", got, 200)
	if !strings.Contains(got.body, ">authorised<") || !strings.Contains(got.body, "Nora there") {
		t.Errorf("%s", got.body)
	}
	s.wantStatus("remove", s.ask("admin", "DELETE", at, ""), 200)
	got = s.ask("admin", "POST", "/v2/syncengine/removed/"+davID, "")
	if s.wantStatus("bring back", got, 200); !strings.Contains(got.body, ">must be authorised again<") || !strings.Contains(got.body, davBase) {
		t.Errorf("%s", got.body)
	}
}

// TestDAVPages walks a person through an account on a DAV server.
func TestDAVPages(t *testing.T) {
	s := routeServer(t)
	b, bob := s.signIn("admin"), s.signIn("bob")
	store := s.datastore(s.admin.ID).ID
	if got := b.get(davPath); !strings.Contains(got.body, "Nora&#39;s cloud") || !strings.Contains(got.body, `name="address"`) {
		t.Errorf("%s", got.body)
	}
	find := url.Values{"do": {"find"}, "address": {"pim.example.org"}, "user": {"nora"}, "password": {"guess-5"}, "auth": {"basic"}}
	got := b.send(davPath, find)
	s.wantPage("wrong password", got, 400)
	if !strings.Contains(got.body, "refuses this user") || strings.Contains(got.body, "guess-5") {
		t.Errorf("%s", got.body)
	}
	find.Set("password", noraPassword)
	got = b.send(davPath, find)
	s.wantPage("found", got, 200)
	for _, want := range []string{"Family &lt;3", `value="` + davBase + `books/family/" checked`, "read-only", "Make a new one", "Leave Tasks out", "Home"} {
		if !strings.Contains(got.body, want) {
			t.Errorf("no %q in %s", want, got.body)
		}
	}
	if strings.Contains(got.body, noraPassword) {
		t.Error("the password is on the page")
	}
	kept := regexp.MustCompile(`name="kept" value="([^"]+)"`).FindStringSubmatch(got.body)[1]
	add := url.Values{
		"do": {"add"}, "kept": {kept}, "title": {"Cloud"}, "store": {store}, "once": {"k1"},
		"collection-Contacts": {davBase + "books/family/"}, "collection-Tasks": {"new"}, "collection-Events": {""},
	}
	s.wantPage("bob has not found it", bob.send(davPath, add), 404)
	other := url.Values{"do": {"add"}, "kept": {kept}, "collection-Contacts": {"https://pim.example.org/other/"}}
	s.wantPage("what was not found", b.send(davPath, other), 400)
	s.wantPage("nothing chosen", b.send(davPath, url.Values{"do": {"add"}, "kept": {kept}}), 400)
	first := b.send(davPath, add)
	got = b.follow(first)
	if !strings.Contains(got.body, "The binding is made.") || !strings.Contains(got.body, "Cloud") {
		t.Errorf("%s", got.body)
	}
	if again := b.send(davPath, add); again.header.Get("Location") != first.header.Get("Location") {
		t.Errorf("pressed twice: %d %v", again.status, again.header)
	}
	add.Set("once", "k2")
	s.wantPage("chosen again", b.send(davPath, add), 404)

	list, err := s.store.Clients(t.Context(), s.admin.ID, kindDAV)
	s.must(err)
	i := slices.IndexFunc(list, func(c bindings.Client) bool { return c.Title == "Cloud" })
	got = b.get(davPath + list[i].ID)
	for _, want := range []string{davBase + "books/family/", davBase + "calendars/tasks/", "Sign in with another password"} {
		if !strings.Contains(got.body, want) {
			t.Errorf("no %q in %s", want, got.body)
		}
	}
	s.mustNotSay(noraPassword, "guess-5")
}

package atom

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/sources/outgoing"
	"github.com/bindery-sync/bindery/sources/remote"
	"github.com/bindery-sync/bindery/sources/sqlstore"
)

// elsewhere is the world outside: a server at pim.example.org, where nora signs in by a password or a token.
type elsewhere struct{ *outgoing.Guard }

const (
	noraPassword = "four words of Nora"
	noraToken    = "tok-2009-03-18"
)

// RoundTrip implements http.RoundTripper without any network.
func (e elsewhere) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	user, password, _ := r.BasicAuth()
	switch {
	case r.URL.Host != "pim.example.org":
		return nil, errors.New("no such host")
	case strings.HasPrefix(r.Method, "PROP") || strings.HasPrefix(r.Method, "MK"):
		farDAV(w, r)
	case r.URL.Path == "/page":
		_, _ = io.WriteString(w, "<html/>")
	case user == "nora" && password == noraPassword, r.Header.Get("Authorization") == "Bearer "+noraToken:
		_, _ = io.WriteString(w, `<feed xmlns="http://www.w3.org/2005/Atom"/>`)
	default:
		w.WriteHeader(http.StatusUnauthorized)
	}
	res := w.Result()
	res.Request = r
	return res, nil
}

// Client gives a client without any network.
func (e elsewhere) Client(next http.RoundTripper) *http.Client {
	if next == nil {
		next = e
	}
	return e.Guard.Client(next)
}

// masked are secrets that cannot be read by looking at them.
type masked struct{}

func (masked) Seal(owner string, plain []byte) ([]byte, error) {
	out := bytes.Clone(plain)
	for i := range out {
		out[i] ^= 0xaa
	}
	return append([]byte(owner+":"), out...), nil
}

func (masked) Open(owner string, sealed []byte) ([]byte, error) {
	rest, ok := bytes.CutPrefix(sealed, []byte(owner+":"))
	if !ok {
		return nil, errors.New("cannot be opened")
	}
	out := bytes.Clone(rest)
	for i := range out {
		out[i] ^= 0xaa
	}
	return out, nil
}

// remotes makes the room of registered servers.
func (s *server) newRemotes(db *sqlstore.Store) *remote.Remotes {
	return remote.New(db, remote.Options{
		Secrets: masked{}, Guard: elsewhere{outgoing.New(outgoing.Options{})}, Authorised: s.store.Authorised, Now: s.now, Rand: rand.NewChaCha8([32]byte{9}),
	})
}

// farID is a client of admin's on a server that is registered.
const farID = "4cda3c5e-30a9-11de-b930-002215064801"

// isFar registers a server of admin's and a client on it.
func (s *server) isFar() {
	s.t.Helper()
	var err error
	s.far, err = s.remotes.Register(s.t.Context(), s.admin.ID, remote.NewServer{
		Name: "family", Contacts: "https://pim.example.org/m8/feeds/contacts/{user}/full", Events: "https://pim.example.org/calendar/feeds/{user}/private/full",
	}, nil)
	s.must(err)
	s.must(s.remotes.Attach(s.t.Context(), s.admin.ID, s.far.ID, remote.Credentials{User: "nora", Password: noraPassword}, func(ctx context.Context) (string, error) {
		c, err := s.store.CreateClient(ctx, s.admin.ID, bindings.NewClient{ID: farID, Kind: kindGData, Title: "Nora elsewhere"})
		return c.ID, err
	}))
}

// entryOf makes an entry of elements that only Bindery knows.
func ownEntryOf(pairs ...string) string {
	var b strings.Builder
	b.WriteString(`<entry xmlns="http://www.w3.org/2005/Atom" xmlns:b="urn:bindery:sync:1">`)
	for i := 0; i+1 < len(pairs); i += 2 {
		name := "b:" + pairs[i]
		if pairs[i] == "title" {
			name = "title"
		}
		b.WriteString("<" + name + ">" + pairs[i+1] + "</" + name + ">")
	}
	return b.String() + "</entry>"
}

func TestPostServer(t *testing.T) {
	s := routeServer(t)
	contacts := "https://pim.example.org/feeds/contacts"
	for _, tc := range []struct {
		name, who, body string
		status          int
		has             []string
	}{
		{"contacts", "bob", ownEntryOf("title", "one", "contacts", contacts), 201, []string{"<dataclass", "Contacts", "basic", ">false<"}},
		{"by its address", "bob", ownEntryOf("title", "two", "address", "https://pim.example.org"), 201, []string{"/m8/feeds/groups/default/full", "Events"}},
		{"with the first client", "bob", ownEntryOf("title", "three", "contacts", contacts, "user", "nora", "password", noraPassword), 201, []string{"<uuid>"}},
		{"with a token", "bob", ownEntryOf("title", "four", "contacts", contacts, "auth", "bearer", "token", noraToken), 201, []string{"bearer", "<uuid>"}},
		{"everybody's", "admin", ownEntryOf("title", "five", "contacts", contacts, "shared", "true"), 201, []string{">true<"}},
		{"everybody's, by somebody", "bob", ownEntryOf("title", "six", "contacts", contacts, "shared", "true"), 403, []string{"administrator"}},
		{"wrong password", "bob", ownEntryOf("title", "six", "contacts", contacts, "user", "nora", "password", "guess-7"), 400, []string{"refuses these credentials"}},
		{"a page", "bob", ownEntryOf("title", "six", "contacts", "https://pim.example.org/page"), 400, []string{"no Google Data feed"}},
		{"not there", "bob", ownEntryOf("title", "six", "contacts", "https://nowhere.example.org/"), 400, []string{"cannot be reached"}},
		{"the inside", "bob", ownEntryOf("title", "six", "contacts", "https://192.168.0.1/"), 400, []string{"is refused"}},
		{"the name again", "bob", ownEntryOf("title", "one", "contacts", contacts), 409, []string{"already"}},
		{"no address", "bob", ownEntryOf("title", "six"), 400, []string{"address"}},
		{"no entry", "bob", "", 400, []string{"not provided"}},
		{"a shared flag that is none", "bob", ownEntryOf("title", "six", "shared", "perhaps"), 400, []string{"true or false"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := s.ask(tc.who, "POST", "/v2/syncengine/sources/", tc.body)
			s.wantStatus("post", got, tc.status)
			for _, word := range tc.has {
				if !strings.Contains(got.body, word) {
					t.Errorf("no %q in %s", word, got.body)
				}
			}
			if tc.status != 201 {
				return
			}
			at := strings.TrimPrefix(got.header.Get("Location"), "http://api.obexcode.com")
			s.wantStatus("read it", s.ask(tc.who, "GET", at, ""), 200)
			if tc.who == "bob" {
				s.wantSentence("of somebody else", s.ask("admin", "GET", at, ""), 404, "Unknown sync source")
				s.wantSentence("of somebody else", s.ask("admin", "DELETE", at, ""), 404, "Unknown sync source")
			}
		})
	}
	if got := s.ask("bob", "GET", "/v2/syncengine/sources/", ""); strings.Count(got.body, "<b:auth")+strings.Count(got.body, ">basic<")+strings.Count(got.body, ">bearer<") < 5 || strings.Contains(got.body, ">six<") {
		t.Errorf("bob's sources: %s", got.body)
	}
	s.mustNotSay(noraPassword, noraToken, "guess-7")
}

// mustNotSay looks for credentials in the log, and in everything that was answered.
func (s *server) mustNotSay(words ...string) {
	s.t.Helper()
	for _, path := range []string{"/v2/syncengine/sources/", "/v2/services/gdata/", "/v2/services/", "/v2/services/gdata/" + farID} {
		for _, who := range []string{"admin", "bob"} {
			body := s.ask(who, "GET", path, "").body + s.ask(who, "GET", path, "", "Accept", "text/html").body
			for _, word := range words {
				if strings.Contains(body, word) {
					s.t.Errorf("%s shows %q", path, word)
				}
			}
		}
	}
	for _, word := range words {
		if strings.Contains(s.log.String(), word) {
			s.t.Errorf("the log holds %q", word)
		}
	}
}

// A source that is sent back as it was got stays what it is; another title is another title.
func TestPutServer(t *testing.T) {
	s := routeServer(t)
	at := "/v2/syncengine/sources/" + s.far.ID
	got := s.ask("admin", "GET", at, "")
	if back := s.ask("admin", "PUT", at, got.body); back.status != 200 || back.body != got.body {
		t.Errorf("%d %s\nwas %s", back.status, back.body, got.body)
	}
	renamed := strings.Replace(got.body, "<title>family</title>", "<title>folks</title>", 1)
	if back := s.ask("admin", "PUT", at, renamed); back.status != 200 || !strings.Contains(back.body, "<title>folks</title>") {
		t.Errorf("%d %s", back.status, back.body)
	}
	if now := s.ask("admin", "GET", at, ""); !strings.Contains(now.body, "<title>folks</title>") {
		t.Errorf("%s", now.body)
	}
	s.wantStatus("bob", s.ask("bob", "PUT", at, renamed), 404)
}

func TestDeleteServer(t *testing.T) {
	s := routeServer(t)
	at := "/v2/syncengine/sources/" + s.far.ID
	s.wantStatus("with a client", s.ask("admin", "DELETE", at, ""), 409)
	s.wantStatus("the client", s.ask("admin", "DELETE", "/v2/services/gdata/"+farID, ""), 200)
	s.wantStatus("without", s.ask("admin", "DELETE", at, ""), 200)
	s.wantStatus("again", s.ask("admin", "DELETE", at, ""), 404)
}

func TestRemoteClients(t *testing.T) {
	s := routeServer(t)
	all := "/v2/services/gdata/"
	for _, tc := range []struct {
		name, who, body string
		status          int
		says            string
	}{
		{"by the name of the source", "admin", ownEntryOf("title", "mine", "server", "family", "user", "nora", "password", noraPassword), 201, "authorised"},
		{"by its id", "admin", ownEntryOf("server", s.far.ID, "user", "nora", "password", noraPassword), 201, "Events"},
		{"wrong password", "admin", ownEntryOf("server", "family", "user", "nora", "password", "guess-8"), 400, "refuses these credentials"},
		{"no password", "admin", ownEntryOf("server", "family", "user", "nora"), 400, "a user and a password"},
		{"no source", "admin", ownEntryOf("user", "nora", "password", noraPassword), 400, "element server"},
		{"an unknown source", "admin", ownEntryOf("server", "work", "user", "nora", "password", noraPassword), 404, "no such source"},
		{"somebody else's source", "bob", ownEntryOf("server", s.far.ID, "user", "nora", "password", noraPassword), 404, "no such source"},
		{"a title that is none", "admin", ownEntryOf("server", "family", "user", "nora", "password", noraPassword, "title", strings.Repeat("x", 300)), 400, "title"},
	} {
		got := s.ask(tc.who, "POST", all, tc.body)
		s.wantStatus(tc.name, got, tc.status)
		if !strings.Contains(got.body, tc.says) {
			t.Errorf("%s: no %q in %s", tc.name, tc.says, got.body)
		}
	}
	if got := s.ask("admin", "GET", all, ""); strings.Count(got.body, "<uuid>") != 3 {
		t.Errorf("%s", got.body)
	}
	s.mustNotSay(noraPassword, "guess-8")
}

// TestAuthoriseAgain has a client refused, and authorised by new credentials that were tried.
func TestAuthoriseAgain(t *testing.T) {
	s := routeServer(t)
	at := "/v2/services/gdata/" + farID
	if got := s.ask("admin", "GET", at, ""); !strings.Contains(got.body, ">authorised<") {
		t.Errorf("%s", got.body)
	}
	s.must(s.store.Unauthorised(t.Context(), s.admin.ID, farID, "The server refused the password"))
	if got := s.ask("admin", "GET", at, ""); !strings.Contains(got.body, ">must be authorised again<") || !strings.Contains(got.body, "refused the password") {
		t.Errorf("%s", got.body)
	}
	s.wantSentence("wrong ones", s.ask("admin", "PUT", at, ownEntryOf("password", "guess-9")), 400, "refuses these credentials")
	s.wantStatus("of somebody else", s.ask("bob", "PUT", at, ownEntryOf("password", noraPassword)), 404)
	s.wantSentence("nothing", s.ask("admin", "PUT", at, ownEntryOf("user", "nora")), 400, "No Entry provided")
	s.wantStatus("a title", s.ask("admin", "PUT", at, ownEntryOf("title", "Nora there")), 200)
	if got := s.ask("admin", "GET", at, ""); !strings.Contains(got.body, ">must be authorised again<") || !strings.Contains(got.body, "Nora there") {
		t.Errorf("%s", got.body)
	}
	got := s.ask("admin", "PUT", at, ownEntryOf("password", noraPassword))
	s.wantStatus("right ones", got, 200)
	if !strings.Contains(got.body, ">authorised<") || !strings.Contains(got.body, "Nora there") {
		t.Errorf("%s", got.body)
	}
}

// TestRemovedRemoteClientForgets has a client brought back, which then needs its credentials anew.
func TestRemovedRemoteClientForgets(t *testing.T) {
	s := routeServer(t)
	s.wantStatus("remove", s.ask("admin", "DELETE", "/v2/services/gdata/"+farID, ""), 200)
	got := s.ask("admin", "POST", "/v2/syncengine/removed/"+farID, "")
	s.wantStatus("bring back", got, 200)
	if !strings.Contains(got.body, ">must be authorised again<") || !strings.Contains(got.body, "no credentials") {
		t.Errorf("%s", got.body)
	}
	s.wantStatus("authorise", s.ask("admin", "PUT", "/v2/services/gdata/"+farID, ownEntryOf("password", noraPassword)), 200)
}

// TestFormsOfSources walks a person through an account on another server.
func TestFormsOfSources(t *testing.T) {
	s := routeServer(t)
	b, bob := s.signIn("admin"), s.signIn("bob")
	store := s.datastore(s.admin.ID).ID
	add := url.Values{"do": {"add"}, "name": {"Elsewhere"}, "address": {" https://pim.example.org/ "}, "user": {"nora"}, "password": {"guess-5"}, "store": {store}}
	got := b.send(elsewherePath, add)
	s.wantPage("wrong password", got, 400)
	if !strings.Contains(got.body, "refuses these credentials") || strings.Contains(got.body, "guess-5") {
		t.Errorf("%s", got.body)
	}
	add.Set("password", noraPassword)
	got = b.follow(b.send(elsewherePath, add))
	if !strings.Contains(got.body, "The binding is made.") || !strings.Contains(got.body, "Elsewhere") {
		t.Errorf("%s", got.body)
	}
	s.wantPage("the name again", b.send(elsewherePath, add), 409)

	got = b.follow(b.send(sourcesPath, url.Values{"do": {"register"}, "name": {"Work"}, "contacts": {"https://pim.example.org/c"}, "auth": {"bearer"}, "shared": {"1"}}))
	if !strings.Contains(got.body, "is registered.") || !strings.Contains(got.body, `name="bearer"`) || strings.Contains(got.body, "events") {
		t.Errorf("%s", got.body)
	}
	s.wantPage("everybody's, by somebody", bob.send(sourcesPath, url.Values{"do": {"register"}, "name": {"Mine"}, "contacts": {"https://pim.example.org/c"}, "shared": {"1"}}), 403)
	list, err := s.remotes.Servers(t.Context(), s.bob.ID)
	s.must(err)
	work := serverPath(list[0])
	got = bob.follow(bob.send(work, url.Values{"do": {"attach"}, "bearer": {noraToken}}))
	if !strings.Contains(got.body, "It is added.") || !strings.Contains(got.body, "<h1>Work</h1>") {
		t.Errorf("%s", got.body)
	}
	s.wantPage("bob removes everybody's", bob.send(work, url.Values{"do": {"remove"}, "sure": {"1"}}), 400)
	s.wantPage("with a client", b.send(work, url.Values{"do": {"remove"}, "sure": {"1"}}), 409)
	s.wantPage("not sure", b.send(work, url.Values{"do": {"remove"}}), 400)
	s.wantPage("admin's source", bob.send(serverPath(s.far), url.Values{"do": {"attach"}, "user": {"nora"}, "password": {noraPassword}}), 404)
	s.mustNotSay(noraPassword, noraToken, "guess-5")
}

// TestFormsOfAccountsElsewhere has one refused, authorised again, and removed.
func TestFormsOfAccountsElsewhere(t *testing.T) {
	s := routeServer(t)
	b, bob := s.signIn("admin"), s.signIn("bob")
	at := elsewherePath + farID
	s.must(s.store.Unauthorised(t.Context(), s.admin.ID, farID, "The server refused the password"))
	for _, path := range []string{at, elsewherePath} {
		if got := b.get(path); !strings.Contains(got.body, "must be authorised again") {
			t.Errorf("%s: %s", path, got.body)
		}
	}
	s.wantPage("wrong password", b.send(at, url.Values{"do": {"authorise"}, "user": {"nora"}, "password": {"guess-6"}}), 400)
	s.wantPage("bob", bob.send(at, url.Values{"do": {"authorise"}, "user": {"nora"}, "password": {noraPassword}}), 404)
	got := b.follow(b.send(at, url.Values{"do": {"authorise"}, "user": {"nora"}, "password": {noraPassword}}))
	if !strings.Contains(got.body, "Its bindings go on.") || strings.Contains(got.body, "must be authorised again") || strings.Contains(got.body, noraPassword) {
		t.Errorf("%s", got.body)
	}
	got = b.follow(b.send(at, url.Values{"do": {"change"}, "title": {"Nora there"}, "was-title": {b.drawn(at, "was-title")}}))
	if !strings.Contains(got.body, "<h1>Nora there</h1>") {
		t.Errorf("%s", got.body)
	}
	s.wantPage("not sure", b.send(at, url.Values{"do": {"remove"}}), 400)
	s.wantPage("bob removes it", bob.send(at, url.Values{"do": {"remove"}, "sure": {"1"}}), 404)
	got = b.follow(b.send(at, url.Values{"do": {"remove"}, "sure": {"1"}}))
	if !strings.Contains(got.body, "No item was deleted") {
		t.Errorf("%s", got.body)
	}
	if a, err := s.remotes.Account(t.Context(), s.admin.ID, farID); err != nil || a.Keyed {
		t.Errorf("its credentials are kept: %+v, %v", a, err)
	}
}

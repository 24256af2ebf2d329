package discover_test

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/sources/dav/discover"
	"github.com/bindery-sync/bindery/sources/outgoing"
)

// The user's fear: credentials are sent to somebody else because a server, or DNS, says so.
func TestNobodyElseIsAsked(t *testing.T) {
	thief := func(pages map[string]page) *world {
		pages["https://thief.example/"] = page{props: collection + principal("/")}
		pages["https://thief.example/.well-known/carddav"] = page{props: homes("/books/", "")}
		return &world{pages: pages}
	}
	dns := records{srv: map[string][]*net.SRV{"_carddavs._tcp.example.org": {{Target: "thief.example.", Port: 443}}}}
	for _, c := range []struct {
		name, address string
		world         *world
	}{
		{"redirect", "dav.example.org", thief(map[string]page{"https://dav.example.org/.well-known/carddav": {to: "https://thief.example/"}})},
		{"principal", "https://dav.example.org/d/", thief(map[string]page{"https://dav.example.org/d/": {props: collection + principal("https://thief.example/")}})},
		{"SRV record", "ada@example.org", thief(map[string]page{"https://example.org/": {html: true}})},
		{"home of another on a shared host", "https://ada.github.io/d/", thief(map[string]page{"https://ada.github.io/d/": {props: collection + principal("https://eve.github.io/")}})},
		{"plain HTTP", "https://dav.example.org/d/", thief(map[string]page{"https://dav.example.org/d/": {to: "http://thief.example/"}})},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := discover.Find(t.Context(), c.world.client(), discover.Options{Resolver: dns}, c.address)
			var e *discover.Error
			if !errors.Is(err, discover.ErrElsewhere) || !errors.As(err, &e) || !strings.HasPrefix(e.Address, "https://") {
				t.Errorf("%v", err)
			}
			for _, asked := range c.world.asked {
				if strings.Contains(asked, "thief") || strings.Contains(asked, "eve") || strings.Contains(asked, "http://") {
					t.Errorf("asked %s", asked)
				}
			}
		})
	}
}

// TestTrust asks the other site once a person has said so, and no third one.
func TestTrust(t *testing.T) {
	w := &world{pages: map[string]page{
		"https://example.org/":                 {html: true},
		"https://dav.provider.example/dav/":    {props: collection + principal("/p/")},
		"https://dav.provider.example/p/":      {props: homes("https://books.provider.example/", "https://thief.example/c/")},
		"https://books.provider.example/":      {props: collection, below: []string{"b/"}},
		"https://books.provider.example/b/":    {props: book + named("Own")},
		"https://thief.example/c/":             {props: collection},
		"https://thief.example/.well-known/ca": {html: true},
	}}
	dns := records{
		srv: map[string][]*net.SRV{"_carddavs._tcp.example.org": {{Target: "dav.provider.example.", Port: 443}}},
		txt: map[string][]string{"_carddavs._tcp.example.org": {"path=/dav/"}},
	}
	trust, err := discover.Home("provider.example")
	if err != nil {
		t.Fatal(err)
	}
	a, err := discover.Find(t.Context(), w.client(), discover.Options{Resolver: dns, Trust: []*url.URL{trust}}, "ada@example.org")
	if err != nil || len(a.Troubles) != 1 || !errors.Is(a.Troubles[0], discover.ErrElsewhere) {
		t.Fatal(err, a.Troubles)
	}
	want(t, summary(a), "https://books.provider.example/b/ Own Contacts")
	for _, asked := range w.asked {
		if strings.Contains(asked, "thief") {
			t.Errorf("asked %s", asked)
		}
	}
}

// A home set elsewhere is said, and what is here is found.
func TestHomeSetElsewhere(t *testing.T) {
	w := &world{pages: map[string]page{
		"https://dav.example.org/d/":   {props: homes("/b/", "https://thief.example/c/")},
		"https://dav.example.org/b/":   {props: collection, below: []string{"c/"}},
		"https://dav.example.org/b/c/": {props: book + named("Own")},
	}}
	a, err := discover.Find(t.Context(), w.client(), discover.Options{}, "https://dav.example.org/d/")
	if err != nil || len(a.Troubles) != 1 || !errors.Is(a.Troubles[0], discover.ErrElsewhere) {
		t.Fatal(err, a.Troubles)
	}
	want(t, summary(a), "https://dav.example.org/b/c/ Own Contacts")
}

func TestSameSite(t *testing.T) {
	for _, c := range []struct {
		home, other string
		want        bool
	}{
		{"https://dav.example.org/a", "https://dav.example.org:443/b", true},
		{"https://dav.example.org", "https://DAV.example.org:8443", true},
		{"https://contacts.example.com", "https://p42-contacts.example.com:443", true},
		{"https://example.org", "https://dav.example.org", true},
		{"https://a.example.co.uk", "https://b.other.co.uk", false},
		{"https://ada.github.io", "https://eve.github.io", false},
		{"https://dav.example.org", "http://dav.example.org", false},
		{"http://dav.example.org", "https://dav.example.org", true},
		{"http://dav.example.org", "http://dav.example.org:81", false},
		{"http://a.example.org", "https://b.example.org", false},
		{"https://192.0.2.1", "https://192.0.2.2", false},
		{"https://192.0.2.1", "https://192.0.2.1:8443", true},
		{"https://localhost", "https://localhost.example", false},
		{"https://org", "https://example.org", false},
	} {
		a, _ := url.Parse(c.home)
		b, _ := url.Parse(c.other)
		if got := discover.SameSite(a, b); got != c.want {
			t.Errorf("%s and %s: %v", c.home, c.other, got)
		}
	}
}

// Each fault has a sentence of its own.
func TestFaults(t *testing.T) {
	pages := func(at string, p page) map[string]page { return map[string]page{"https://dav.example.org" + at: p} }
	for _, c := range []struct {
		name, address string
		world         world
		class         error
		says          string
	}{
		{"nothing typed", "", world{}, discover.ErrAddress, "no address"},
		{"another protocol", "ftp://dav.example.org", world{}, discover.ErrAddress, "no address"},
		{"spaces", "dav example org", world{}, discover.ErrAddress, "no address"},
		{"no such host", "dav.example.org", world{}, discover.ErrUnreachable, "no server dav.example.org"},
		{"web site", "dav.example.org", world{pages: pages("/", page{html: true})}, discover.ErrNoDAV, "neither CardDAV nor CalDAV"},
		{"WebDAV only", "dav.example.org", world{pages: pages("/", page{props: collection})}, discover.ErrNoDAV, "neither CardDAV nor CalDAV"},
		{"password", "dav.example.org", world{pages: pages("/.well-known/carddav", page{status: 401})}, discover.ErrCredentials, "refuses this user"},
		{"forbidden", "dav.example.org", world{pages: pages("/.well-known/carddav", page{status: 403})}, discover.ErrCredentials, "refuses this user"},
		{"nobody", "dav.example.org", world{pages: pages("/", page{props: `<d:current-user-principal><d:unauthenticated/></d:current-user-principal>`})},
			discover.ErrCredentials, "refuses this user"},
		{"busy", "dav.example.org", world{pages: pages("/.well-known/caldav", page{status: 503})}, discover.ErrBusy, "try again later"},
		{"broken", "dav.example.org", world{pages: pages("/.well-known/caldav", page{status: 500})}, discover.ErrAnswer, "answers that it failed (500 Internal Server Error)"},
		{"broken where it was named", "https://dav.example.org/d/", world{pages: map[string]page{
			"https://dav.example.org/d/":                  {status: 502},
			"https://dav.example.org/.well-known/carddav": {props: homes("/b/", "")},
			"https://dav.example.org/b/":                  {props: collection, below: []string{"c/"}},
			"https://dav.example.org/b/c/":                {props: book}}}, discover.ErrAnswer, "failed (502 Bad Gateway)"},
		{"in circles", "dav.example.org", world{pages: pages("/.well-known/caldav", page{to: "/.well-known/caldav"})}, discover.ErrNoDAV, "neither"},
		{"no homes", "dav.example.org", world{pages: map[string]page{
			"https://dav.example.org/":   {props: collection + principal("/p/")},
			"https://dav.example.org/p/": {props: collection + principal("/p/")}}}, discover.ErrEmpty, "lets you in"},
		{"private", "dav.example.org", world{fail: map[string]error{"https://dav.example.org": outgoing.ErrRefused}}, discover.ErrRefused, "does not ask"},
		{"no TLS", "dav.example.org", world{fail: map[string]error{"https://dav.example.org": http.ErrSchemeMismatch}}, discover.ErrNoTLS, "HTTPS"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := discover.Find(t.Context(), c.world.client(), discover.Options{}, c.address)
			var e *discover.Error
			if !errors.Is(err, c.class) || !errors.As(err, &e) || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "%!") {
				t.Errorf("%v instead of %v with %q", err, c.class, c.says)
			}
		})
	}
}

// A lock for wrong passwords is not sprung: one refusal ends it.
func TestOneRefusalEndsIt(t *testing.T) {
	w := &world{pages: map[string]page{"https://dav.example.org/.well-known/carddav": {status: 401}}}
	_, err := discover.Find(t.Context(), w.client(), discover.Options{}, "dav.example.org")
	if !errors.Is(err, discover.ErrCredentials) || len(w.asked) != 1 {
		t.Errorf("%v after %v", err, w.asked)
	}
}

func TestCertificate(t *testing.T) {
	s := httptest.NewTLSServer(http.NotFoundHandler())
	defer s.Close()
	s.Config.ErrorLog = nil
	c := &http.Client{Transport: &http.Transport{}}
	defer c.CloseIdleConnections()
	if _, err := discover.Find(t.Context(), c, discover.Options{}, s.URL); !errors.Is(err, discover.ErrCertificate) {
		t.Errorf("%v", err)
	}
	if _, err := discover.Find(t.Context(), s.Client(), discover.Options{}, s.URL); !errors.Is(err, discover.ErrNoDAV) {
		t.Errorf("%v", err)
	}
}

// endless leads every request to another one.
type endless struct{ n int }

// RoundTrip implements http.RoundTripper.
func (e *endless) RoundTrip(r *http.Request) (*http.Response, error) {
	e.n++
	rec := httptest.NewRecorder()
	rec.WriteHeader(http.StatusMultiStatus)
	var many strings.Builder
	for range 100 {
		many.WriteString(r.URL.Path + "x/</d:href><d:href>")
	}
	respond(rec, "", page{})
	rec.Body.Reset()
	rec.Body.WriteString(`<d:multistatus xmlns:d="DAV:" xmlns:card="urn:ietf:params:xml:ns:carddav" xmlns:cal="urn:ietf:params:xml:ns:caldav">`)
	respond(rec.Body, r.URL.Path, page{props: collection + homes(many.String()+r.URL.Path+"y/", many.String()+r.URL.Path+"z/") + principal(r.URL.Path+"p/")})
	for i := range 2000 {
		respond(rec.Body, r.URL.Path+strings.Repeat("b", i%997)+"/", page{props: book})
	}
	rec.Body.WriteString(`</d:multistatus>`)
	res := rec.Result()
	res.Request = r
	return res, nil
}

func TestEndlessServer(t *testing.T) {
	e := &endless{}
	a, err := discover.Find(t.Context(), &http.Client{Transport: e}, discover.Options{}, "dav.example.org")
	if err != nil || e.n > discover.MaxRequests || len(a.Collections) > discover.MaxCollections || len(a.AddressBooks) > 8 {
		t.Errorf("%v: %d requests, %d collections", err, e.n, len(a.Collections))
	}
}

package remote_test

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/remote"
)

var nora = remote.Credentials{User: "nora", Password: password}

// TestRegisterChecks accepts a server only after it has answered as one that speaks Google Data does.
func TestRegisterChecks(t *testing.T) {
	says := func(code int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(code)
			_, _ = io.WriteString(w, body)
		}
	}
	for _, tc := range []struct {
		name   string
		answer http.HandlerFunc
		first  *remote.Credentials
		says   string // of the error, "" for none
	}{
		{"asks for credentials", nil, nil, ""},
		{"shows a feed to everybody", says(200, feedXML), nil, ""},
		{"refuses without asking", says(403, ""), nil, ""},
		{"right password", nil, &remote.Credentials{User: "nora", Password: password}, ""},
		{"wrong password", nil, &remote.Credentials{User: "nora", Password: "guessed"}, "refuses these credentials"},
		{"no password", nil, &remote.Credentials{User: "nora"}, "a user and a password"},
		{"a colon in the name", nil, &remote.Credentials{User: "no:ra", Password: password}, "a user and a password"},
		{"a line break in the password", nil, &remote.Credentials{User: "nora", Password: "a\r\nHost: x"}, "control characters"},
		{"up the path", nil, &remote.Credentials{User: "..", Password: password}, "user is a name"},
		{"not there", says(404, ""), nil, "no Google Data feed"},
		{"a web page", says(200, "<html><body>hello</body></html>"), nil, "no Google Data feed"},
		{"some other feed", says(200, `<feed xmlns="http://purl.org/atom/ns#"/>`), nil, "no Google Data feed"},
		{"an entry", says(200, `<entry xmlns="http://www.w3.org/2005/Atom"/>`), nil, "no Google Data feed"},
		{"half a tag", says(200, `<fee`), nil, "no Google Data feed"},
		{"nothing", says(200, ""), nil, "no Google Data feed"},
		{"blanks without end", says(200, strings.Repeat(" ", 1<<20)+feedXML), nil, "no Google Data feed"},
		{"out of order", says(500, "secret stack"), nil, "no Google Data feed"},
		{"busy", says(503, ""), nil, "is busy"},
		{"leads to the inside", http.RedirectHandler("http://169.254.169.254/latest/meta-data/", http.StatusFound).ServeHTTP, nil, "is refused"},
		{"hangs up", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, nil, "cannot be reached"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := newWorld(t)
			w.answer = tc.answer
			m := w.open()
			s, err := m.Register(t.Context(), "ann", w.basic(), tc.first)
			if tc.says == "" && err != nil || tc.says != "" && (!errors.Is(err, remote.ErrInvalid) || !strings.Contains(err.Error(), tc.says)) {
				t.Fatalf("%+v, %v", s, err)
			}
			if err != nil && (strings.Contains(err.Error(), "secret stack") || strings.Contains(err.Error(), "127.0.0.1")) {
				t.Errorf("the error tells what was found: %v", err)
			}
			list, lerr := m.Servers(t.Context(), "ann")
			if lerr != nil || (len(list) == 1) != (err == nil) {
				t.Errorf("registered %v, %v", list, lerr)
			}
			w.mustNotHold(password)
		})
	}
}

func TestRegisterRefuses(t *testing.T) {
	w := newWorld(t)
	m := w.open()
	change := func(fn func(n *remote.NewServer)) remote.NewServer {
		n := w.basic()
		fn(&n)
		return n
	}
	for name, n := range map[string]remote.NewServer{
		"nothing":                {},
		"no name":                change(func(n *remote.NewServer) { n.Name = " " }),
		"long name":              change(func(n *remote.NewServer) { n.Name = strings.Repeat("x", 101) }),
		"name of two lines":      change(func(n *remote.NewServer) { n.Name = "a\nb" }),
		"no address":             {Name: "family"},
		"groups alone":           {Name: "family", Groups: w.URL},
		"no address of the web":  {Name: "family", Contacts: "file:///etc/passwd"},
		"a password in it":       {Name: "family", Contacts: "https://nora:pw@pim.example.org/"},
		"the user as host":       {Name: "family", Contacts: "https://{user}.example.org/"},
		"the user in the query":  {Name: "family", Contacts: "https://pim.example.org/?u={user}"},
		"the inside":             {Name: "family", Contacts: "https://10.0.0.1/"},
		"the inside, in decimal": {Name: "family", Contacts: "https://167772161/"},
		"the inside, for tokens": change(func(n *remote.NewServer) {
			n.Auth = remote.Auth{Way: "oauth2", TokenURL: "https://[::ffff:10.0.0.1]/", ClientID: "x"}
		}),
		"plain HTTP to the world":  {Name: "family", Contacts: "http://8.8.8.8/"},
		"another way":              change(func(n *remote.NewServer) { n.Auth.Way = "digest" }),
		"tokens without a server":  change(func(n *remote.NewServer) { n.Auth.Way = remote.AuthOAuth2 }),
		"a secret without OAuth":   change(func(n *remote.NewServer) { n.ClientSecret = "x" }),
		"a class without address":  change(func(n *remote.NewServer) { n.Classes = []dataclass.Class{dataclass.Tasks} }),
		"an address that is blank": {Name: "family", Address: " "},
	} {
		if s, err := m.Register(t.Context(), "ann", n, nil); !errors.Is(err, remote.ErrInvalid) {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
	}
	if got := w.requests(); len(got) > 0 {
		t.Errorf("asked %v", got)
	}
}

// TestRegisterByAddress finds out what another Bindery offers, and takes what is wanted of it.
func TestRegisterByAddress(t *testing.T) {
	w := newWorld(t)
	m := w.open()
	s, err := m.Register(t.Context(), "ann", remote.NewServer{Name: "both", Address: w.URL + "/"}, nil)
	w.ok(err)
	if s.Contacts != w.URL+"/m8/feeds/contacts/default/full" || s.Events == "" || len(s.Classes()) != 2 {
		t.Errorf("%+v", s)
	}
	w.answer = func(rw http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/calendar") {
			rw.WriteHeader(404)
			return
		}
		rw.WriteHeader(401)
	}
	s, err = m.Register(t.Context(), "ann", remote.NewServer{Name: "contacts alone", Address: w.URL}, nil)
	if err != nil || s.Events != "" || !slices.Equal(s.Classes(), []dataclass.Class{dataclass.Contacts}) {
		t.Errorf("%+v, %v", s, err)
	}
	if _, err := m.Register(t.Context(), "ann", remote.NewServer{Name: "events", Address: w.URL, Classes: []dataclass.Class{dataclass.Events}}, nil); !errors.Is(err, remote.ErrInvalid) {
		t.Errorf("events that are not there: %v", err)
	}
	w.answer = nil
	n := w.basic()
	n.Classes = []dataclass.Class{dataclass.Events}
	if s, err = m.Register(t.Context(), "ann", n, nil); err != nil || s.Contacts+s.Groups != "" {
		t.Errorf("%+v, %v", s, err)
	}
}

// TestServersAreTheirOwners shows nobody what others registered, but for what is everybody's.
func TestServersAreTheirOwners(t *testing.T) {
	w := newWorld(t)
	m := w.open()
	mine, err := m.Register(t.Context(), "ann", w.basic(), nil)
	w.ok(err)
	n := w.basic()
	n.Shared = true
	all, err := m.Register(t.Context(), "ann", n, nil)
	w.ok(err)
	names := func(owner string) (out []string) {
		list, err := m.Servers(t.Context(), owner)
		w.ok(err)
		for _, s := range list {
			out = append(out, s.ID)
		}
		return out
	}
	if got := names("bob"); !slices.Equal(got, []string{all.ID}) {
		t.Errorf("bob sees %v", got)
	}
	if got := names("ann"); len(got) != 2 {
		t.Errorf("ann sees %v", got)
	}
	if s, err := m.ServerNamed(t.Context(), "ann", "family"); err != nil || s.ID != mine.ID {
		t.Errorf("ann's own comes first: %+v, %v", s, err)
	}
	if s, err := m.ServerNamed(t.Context(), "bob", "family"); err != nil || s.ID != all.ID || !s.Shared() {
		t.Errorf("bob's: %+v, %v", s, err)
	}
	for _, id := range []string{mine.ID, "", "x"} {
		if s, err := m.Server(t.Context(), "bob", id); !errors.Is(err, remote.ErrNotFound) {
			t.Errorf("bob sees %+v, %v", s, err)
		}
		if err := m.Unregister(t.Context(), "bob", id, true); !errors.Is(err, remote.ErrNotFound) {
			t.Errorf("bob removes %q: %v", id, err)
		}
		if err := m.Attach(t.Context(), "bob", id, nora, named("c")); !errors.Is(err, remote.ErrNotFound) {
			t.Errorf("bob uses %q: %v", id, err)
		}
	}
	if err := m.Unregister(t.Context(), "bob", all.ID, false); !errors.Is(err, remote.ErrInvalid) {
		t.Errorf("bob removes everybody's: %v", err)
	}
	if _, err := m.Register(t.Context(), "ann", w.basic(), nil); !errors.Is(err, remote.ErrInUse) {
		t.Errorf("the name again: %v", err)
	}
}

// TestUnregister keeps a server as long as somebody's client is on it, and the name is free afterwards.
func TestUnregister(t *testing.T) {
	w := newWorld(t)
	m := w.open()
	n := w.basic()
	n.Shared = true
	s, err := m.Register(t.Context(), "ann", n, nil)
	w.ok(err)
	w.ok(m.Attach(t.Context(), "bob", s.ID, nora, named("c")))
	if err := m.Unregister(t.Context(), "ann", s.ID, true); !errors.Is(err, remote.ErrInUse) {
		t.Errorf("with a client: %v", err)
	}
	w.ok(m.Forget(t.Context(), "bob", "c"))
	w.ok(m.Unregister(t.Context(), "ann", s.ID, true))
	if err := m.Unregister(t.Context(), "ann", s.ID, true); !errors.Is(err, remote.ErrNotFound) {
		t.Errorf("again: %v", err)
	}
	_, err = m.Register(t.Context(), "ann", n, nil)
	w.ok(err)
	// A client that is brought back is still on it.
	if a, err := m.Account(t.Context(), "bob", "c"); err != nil || a.Server.ID != s.ID || a.Keyed {
		t.Errorf("%+v, %v", a, err)
	}
	w.ok(m.SetCredentials(t.Context(), "bob", "c", nora))
}

// TestTooManyServers bounds what one owner registers.
func TestTooManyServers(t *testing.T) {
	w := newWorld(t)
	m := w.open()
	for i := range 51 {
		_, err := m.Register(t.Context(), "ann", remote.NewServer{Name: strings.Repeat("x", i+1), Contacts: w.URL}, nil)
		if (err == nil) != (i < 50) || err != nil && !errors.Is(err, remote.ErrInUse) {
			t.Fatalf("number %d: %v", i, err)
		}
	}
}

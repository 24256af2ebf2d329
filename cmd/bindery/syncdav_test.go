package main

import (
	"io"
	"io/fs"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func calendarItem(kind, uid string) string {
	return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Invented//Test//EN\r\nBEGIN:" + kind + "\r\nUID:" + uid +
		"\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260102T100000Z\r\nSUMMARY:" + uid + "\r\nEND:" + kind + "\r\nEND:VCALENDAR\r\n"
}

// TestSyncAddressChoosesCollections finds, or refuses to guess, what an address means for the dataclasses of a folder.
func TestSyncAddressChoosesCollections(t *testing.T) {
	w := newDAVWorld(t)
	for _, tt := range []struct {
		name    string
		files   []string
		path    string
		more    []string // further address books
		options []string
		code    int
		says    []string
		made    string // a collection that is made
		// want are the collections that are remembered.
		want []string
	}{
		{name: "a collection", files: []string{"a.vcf"}, path: davBook, want: []string{"nora Contacts " + davBook}},
		{name: "the server, by what the folder has", files: []string{"a.vcf"}, path: "/", want: []string{"nora Contacts " + davBook}},
		{name: "a principal", files: []string{"e.ics"}, path: "/dav/principals/nora/", want: []string{"nora Events /dav/calendars/nora/events/"}},
		{name: "a home set", files: []string{"e.ics", "t.ics"}, path: "/dav/calendars/nora/", want: []string{"nora Events /dav/calendars/nora/events/", "nora Tasks /dav/calendars/nora/tasks/"}},
		{name: "an empty folder takes all there is", path: "/dav/", want: []string{"nora Contacts " + davBook,
			"nora Events /dav/calendars/nora/events/", "nora Notes /dav/calendars/nora/notes/", "nora Tasks /dav/calendars/nora/tasks/"}},
		{name: "one dataclass", files: []string{"a.vcf", "e.ics"}, path: "/dav/", options: []string{"--class", "Contacts"}, want: []string{"nora Contacts " + davBook}},
		{name: "several that fit", files: []string{"a.vcf"}, path: "/dav/", more: []string{"work"}, code: exitUsage,
			says: []string{"several collections for Contacts", "/dav/addressbooks/nora/contacts/  Contacts", "/dav/addressbooks/nora/work/"}},
		{name: "one of several", files: []string{"a.vcf"}, path: "/dav/addressbooks/nora/work/", more: []string{"work"}, want: []string{"nora Contacts /dav/addressbooks/nora/work/"}},
		{name: "not there", files: []string{"a.vcf"}, path: "/dav/addressbooks/nora/none/", code: exitUsage,
			says: []string{"no collection at http://nora@", davBook, "--make makes"}},
		{name: "made", files: []string{"a.vcf"}, path: "/dav/addressbooks/nora/none", options: []string{"--make"}, want: []string{"nora Contacts /dav/addressbooks/nora/none/"}, made: "/dav/addressbooks/nora/none/"},
		{name: "made of what?", path: "/dav/calendars/nora/none", options: []string{"--make"}, code: exitUsage, says: []string{"--class"}},
		{name: "made of what is named", path: "/dav/calendars/nora/none", options: []string{"--make", "--class", "Tasks"}, want: []string{"nora Tasks /dav/calendars/nora/none/"}},
		{name: "lacking in a home set", files: []string{"a.vcf", "e.ics"}, path: "/dav/calendars/nora/", code: exitUsage, says: []string{"no collection for Contacts", "--make"}},
		{name: "lacking in a collection", files: []string{"a.vcf", "e.ics"}, path: davBook, says: []string{"holds no Events"}, want: []string{"nora Contacts " + davBook}},
		{name: "nothing in common", files: []string{"a.vcf"}, path: "/dav/calendars/nora/events/", code: exitUsage, says: []string{"holds no Contacts, but Events"}},
		{name: "asked for what a collection has not", files: []string{"a.vcf", "e.ics"}, path: davBook, options: []string{"--class", "Events"}, code: exitUsage, says: []string{"no Events"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := w.again(t)
			for _, name := range tt.files {
				data := map[string]string{"a.vcf": person("a", "Ada"), "e.ics": calendarItem("VEVENT", "e"), "t.ics": calendarItem("VTODO", "t")}[name]
				w.write(w.a, name, data)
			}
			for _, name := range tt.more {
				defer w.do(http.MethodDelete, "/dav/addressbooks/nora/"+name+"/", "")
				w.do("MKCOL", "/dav/addressbooks/nora/"+name+"/", `<?xml version="1.0"?><d:mkcol xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:carddav"><d:set><d:prop>`+
					`<d:resourcetype><d:collection/><c:addressbook/></d:resourcetype></d:prop></d:set></d:mkcol>`, "Content-Type", "application/xml")
			}
			w.b = w.at("nora", tt.path)
			if tt.made != "" {
				defer w.do(http.MethodDelete, tt.made, "")
			}
			w.sync(tt.code, tt.options...)
			for _, text := range tt.says {
				if !strings.Contains(w.stderr, text) {
					t.Errorf("does not say %q: %s", text, w.stderr)
				}
			}
			if tt.code == exitUsage {
				tt.want = nil
			}
			if got := w.remembered(); !slices.Equal(got, tt.want) {
				t.Errorf("remembered %q", got)
			}
		})
	}
}

// remembered is collections, or nothing if nothing is remembered at all.
func (w *davWorld) remembered() []string {
	w.t.Helper()
	h, err := place(w.dataDir).openMade(w.t)
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err := h.bindings.AccountByName(w.t.Context(), localName); err != nil {
		return nil
	}
	return w.collections()
}

// TestSyncAddressSpelled finds the same side under every spelling of its address, and another one for another user.
func TestSyncAddressSpelled(t *testing.T) {
	w := newDAVWorld(t)
	w.write(w.a, "a.vcf", person("a", "Ada"))
	w.sync(exitDone)
	_, port, _ := strings.Cut(w.host, ":")
	for _, again := range []string{w.b, strings.TrimSuffix(w.b, "/"), strings.Replace(w.b, "http", "HTTP", 1), w.at("", davBook),
		w.at("nora", "/dav/../dav//addressbooks/nora/%63ontacts"), "http://nora@127.0.0.1:0" + port + davBook} {
		w.b = again
		w.still(exitDone)
	}
	if got := w.collections(); len(got) != 1 {
		t.Errorf("%q", got)
	}
	w.b = w.at("paul", "/dav/addressbooks/paul/")
	w.sync(exitDone)
	w.b = w.at("nora", "/dav/addressbooks/")
	if got := w.collections(); len(got) != 2 || got[1] != "paul Contacts /dav/addressbooks/paul/contacts/" {
		t.Errorf("%q", got)
	}
}

// TestSyncAddressPasswords takes a password from wherever it is, and leaves it nowhere.
func TestSyncAddressPasswords(t *testing.T) {
	w := newDAVWorld(t)
	w.write(w.a, "a.vcf", person("a", "Ada"))
	home := os.Getenv("HOME")
	secret, wrong := filepath.Join(home, "secret"), filepath.Join(home, "wrong")
	netrc := "machine 127.0.0.1 login paul password nothing\nmachine 127.0.0.1 login nora password \"" + davPassword + "\"\n"
	for name, text := range map[string]string{secret: davPassword + "\n", wrong: "nothing of the sort", filepath.Join(home, ".netrc"): netrc} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	inAddress := strings.Replace(w.b, "nora@", "nora:an%20invented%20password@", 1)
	for _, tt := range []struct {
		name, env, address string
		options            []string
		code               int
		says               string
	}{
		{name: "environment", env: davPassword},
		{name: "file", options: []string{"--password-file", secret}},
		{name: "netrc"},
		{name: "address", address: inAddress, says: "can be read by other users"},
		{name: "file before the environment", env: "nothing", options: []string{"--password-file", secret}},
		{name: "environment before netrc", env: "nothing", code: exitFailed},
		{name: "wrong", options: []string{"--password-file", wrong}, code: exitFailed},
		{name: "no such file", options: []string{"--password-file", wrong + "er"}, code: exitFailed},
		{name: "a token that is none", options: []string{"--token-file", secret}, code: exitFailed},
		{name: "two at once", options: []string{"--token-file", secret, "--password-stdin"}, code: exitUsage},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv(passwordEnv, tt.env)
			one := *w.syncWorld
			one.t = t
			if tt.address != "" {
				one.b = tt.address
			}
			one.sync(tt.code, tt.options...)
			if !strings.Contains(one.stderr, tt.says) || strings.Contains(one.stderr, davPassword) || strings.Contains(one.stderr, "invented%20") {
				t.Errorf("says %s", one.stderr)
			}
		})
	}
	w.leavesNo(t, davPassword, "an%20invented")
}

// leavesNo checks that no file of the data directory holds a text.
func (w *davWorld) leavesNo(t *testing.T, texts ...string) {
	t.Helper()
	err := filepath.WalkDir(w.dataDir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		for _, text := range texts {
			if strings.Contains(string(data), text) {
				t.Errorf("%s holds %q", d.Name(), text)
			}
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// TestSyncAddressToken signs in by a token.
func TestSyncAddressToken(t *testing.T) {
	w := newDAVWorld(t)
	w.write(w.a, "a.vcf", person("a", "Ada"))
	var seen []string
	w.meets(func(rw http.ResponseWriter, r *http.Request, face http.Handler) {
		seen = append(seen, r.Header.Get("Authorization"))
		r.SetBasicAuth("nora", davPassword)
		face.ServeHTTP(rw, r)
	})
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("invented-token\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	w.b = w.at("", davBook)
	w.sync(exitDone, "--token-file", token)
	w.both("Ada")
	if slices.ContainsFunc(seen, func(s string) bool { return s != "Bearer invented-token" }) || len(seen) == 0 {
		t.Errorf("%q", seen)
	}
	w.leavesNo(t, "invented-token")
}

// TestSyncAddressRefused sends no password where it could be read, or where nobody said that it should go.
func TestSyncAddressRefused(t *testing.T) {
	for _, tt := range []struct {
		name, a, b string
		options    []string
		code       int
		says       string
	}{
		{name: "plain HTTP elsewhere", b: "http://nora@192.0.2.1/", code: exitUsage, says: "plain HTTP"},
		{name: "no address", b: "https://nora:sesame@/", code: exitUsage, says: "no name of a host"},
		{name: "query", b: "https://nora:sesame@192.0.2.1/?a", code: exitUsage, says: "neither ? nor #"},
		{name: "itself", a: "https://nora@192.0.2.1", b: "https://nora:sesame@192.0.2.1:443/", code: exitUsage, says: "are the same"},
		{name: "one password for two", a: "https://nora@192.0.2.1", b: "https://nora@192.0.2.2", options: []string{"--password-stdin"}, code: exitUsage, says: "one password cannot be for"},
		{name: "a password for folders", a: "x", b: "y", options: []string{"--password-stdin"}, code: exitUsage, says: "are for addresses"},
		{name: "too many arguments", b: "https://nora:sesame@192.0.2.1/", options: []string{"https://nora:sesame@192.0.2.1/x y"}, code: exitUsage, says: "unexpected"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newSyncWorld(t)
			t.Setenv("HOME", t.TempDir())
			t.Setenv(passwordEnv, "sesame")
			w.b = tt.b
			if tt.a != "" {
				w.a = tt.a
			}
			for _, dry := range [][]string{nil, {"--dry-run"}} {
				w.sync(tt.code, append(dry, tt.options...)...)
				if !strings.Contains(w.stderr, tt.says) || strings.Contains(w.stderr, "sesame") {
					t.Errorf("says %s", w.stderr)
				}
			}
		})
	}
}

// TestSyncAddressLeadsElsewhere follows no server to another one, with a password or without.
func TestSyncAddressLeadsElsewhere(t *testing.T) {
	w := newDAVWorld(t)
	w.write(w.a, "a.vcf", person("a", "Ada"))
	var got []string
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = append(got, r.Method) }))
	defer other.Close()
	away := func(rw http.ResponseWriter, r *http.Request, _ http.Handler) {
		http.Redirect(rw, r, other.URL+r.URL.Path, http.StatusPermanentRedirect)
	}
	w.meets(away)
	w.sync(exitFailed)
	if !strings.Contains(w.stderr, other.URL) || len(got) > 0 {
		t.Errorf("%s, %q", w.stderr, got)
	}
	w.meets(nil)
	w.sync(exitDone)
	w.meets(away)
	w.write(w.a, "b.vcf", person("b", "Ben"))
	w.sync(exitFailed)
	if len(got) > 0 {
		t.Errorf("another server was asked: %q", got)
	}
}

// TestSyncAddressCertificate says why a server cannot be trusted, and sends it nothing.
func TestSyncAddressCertificate(t *testing.T) {
	w := newDAVWorld(t)
	w.write(w.a, "a.vcf", person("a", "Ada"))
	asked := false
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true }))
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.StartTLS()
	defer srv.Close()
	w.b = strings.Replace(srv.URL, "https://", "https://nora@", 1)
	w.sync(exitFailed)
	if !strings.Contains(w.stderr, "signed by nobody whom this machine trusts") || asked {
		t.Errorf("asked %v: %s", asked, w.stderr)
	}
	w.b = "https://nora@" + w.host
	w.sync(exitFailed)
	if !strings.Contains(w.stderr, "does not speak HTTPS") {
		t.Errorf("%s", w.stderr)
	}
}

package remote_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/dav/discover"
	"github.com/bindery-sync/bindery/sources/remote"
)

// speakDAV lets the peer answer as a DAV server with the collections of nora's, by path; each is its resourcetype and
// more properties. What is made is added.
func (p *peer) speakDAV(collections map[string]string) {
	p.answer = func(w http.ResponseWriter, r *http.Request) {
		user, pass, _ := r.BasicAuth()
		bearer, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if (user != "nora" || pass != password) && bearer != token && (p.access == "" || bearer != p.access) {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		pages := map[string]string{
			"/":      `<d:current-user-principal><d:href>/p/</d:href></d:current-user-principal>`,
			"/p/":    `<b:addressbook-home-set><d:href>/home/</d:href></b:addressbook-home-set><c:calendar-home-set><d:href>/home/</d:href></c:calendar-home-set>`,
			"/home/": "",
		}
		for path, props := range collections {
			pages[path] = props
		}
		props, known := pages[r.URL.Path]
		if r.Method == "MKCALENDAR" && !known {
			collections[r.URL.Path] = calendar("VTODO")
			w.WriteHeader(http.StatusCreated)
			return
		}
		if r.Method != "PROPFIND" || !known {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		w.WriteHeader(http.StatusMultiStatus)
		_, _ = io.WriteString(w, `<d:multistatus xmlns:d="DAV:" xmlns:b="urn:ietf:params:xml:ns:carddav" xmlns:c="urn:ietf:params:xml:ns:caldav">`)
		respond(w, r.URL.Path, props)
		if r.Header.Get("Depth") == "1" {
			for path, props := range collections {
				respond(w, path, props)
			}
		}
		_, _ = io.WriteString(w, `</d:multistatus>`)
	}
}

func respond(w io.Writer, path, props string) {
	_, _ = fmt.Fprintf(w, `<d:response><d:href>%s</d:href><d:propstat><d:prop>%s</d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>`, path, props)
}

const book = `<d:resourcetype><d:collection/><b:addressbook/></d:resourcetype>`

func calendar(component string) string {
	return `<d:resourcetype><d:collection/><c:calendar/></d:resourcetype><c:supported-calendar-component-set><c:comp name="` + component + `"/></c:supported-calendar-component-set>`
}

// nora is her account with a password.
func (p *peer) nora() remote.NewDAV {
	return remote.NewDAV{Address: strings.Replace(p.URL, "://", "://nora@", 1), Credentials: remote.Credentials{Password: password}}
}

// newDAVWorld is a world whose peer is a DAV server with an address book and a calendar.
func newDAVWorld(t *testing.T) *world {
	w := newWorld(t)
	w.speakDAV(map[string]string{"/home/book/": book, "/home/cal/": calendar("VEVENT")})
	return w
}

// attached makes the client "phone" of ann's with all that there is.
func (w *world) attachedDAV(m *remote.Remotes, n remote.NewDAV) {
	w.t.Helper()
	f, err := m.Find(w.t.Context(), n)
	w.ok(err)
	choice, err := f.Choose(nil, nil, false)
	w.ok(err)
	w.ok(m.AttachFound(w.t.Context(), "ann", f, choice, named("phone")))
}

// propfind asks as the source does.
func propfind(t *testing.T, c *http.Client, url string) (int, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "PROPFIND", url, strings.NewReader("<propfind/>"))
	if err != nil {
		t.Fatal(err)
	}
	res, err := c.Do(r)
	if err != nil {
		return 0, err
	}
	return res.StatusCode, res.Body.Close()
}

// The user's fear: the password is in the database, in a log, or sent to another server.
func TestDAVClient(t *testing.T) {
	w := newDAVWorld(t)
	m := w.open()
	w.attachedDAV(m, w.nora())
	at, err := m.Account(t.Context(), "ann", "phone")
	w.ok(err)
	if at.User != "nora" || !at.Keyed || at.Server.Protocol() != remote.KindDAV || at.Server.Collections[dataclass.Events] != w.URL+"/home/cal/" {
		t.Errorf("%+v", at)
	}
	classes, err := m.Classes(t.Context(), sources.Client{Owner: "ann", ID: "phone"})
	if w.ok(err); !slices.Equal(classes, []dataclass.Class{dataclass.Contacts, dataclass.Events}) {
		t.Errorf("%v", classes)
	}
	c, err := w.open().DAV(t.Context(), "ann", "phone") // as another process
	w.ok(err)
	if code, err := propfind(t, c.HTTP, c.Collections[dataclass.Contacts]); err != nil || code != http.StatusMultiStatus {
		t.Errorf("%d %v", code, err)
	}
	other := newPeer(t)
	if _, err := propfind(t, c.HTTP, other.URL+"/home/book/"); err == nil || len(other.requests()) > 0 {
		t.Errorf("another server was asked: %v", err)
	}
	w.mustNotHold(password)
	if _, err := m.DAV(t.Context(), "bob", "phone"); !errors.Is(err, remote.ErrNotFound) {
		t.Errorf("bob's: %v", err)
	}
	if list, err := m.Servers(t.Context(), "ann"); err != nil || len(list) > 0 {
		t.Errorf("it is a registered source: %v %v", list, err)
	}
	problems, err := remote.Checks()[0].Find(t.Context(), w.db)
	if w.ok(err); len(problems) > 0 {
		t.Errorf("%+v", problems)
	}
	if s := fmt.Sprintf("%v %+v %#v", at, w.nora().Credentials, c.Collections); strings.Contains(s, password) {
		t.Error(s)
	}
}

// TestDAVCredentials: what the server refuses changes nothing; what is forgotten is not sent.
func TestDAVCredentials(t *testing.T) {
	w := newDAVWorld(t)
	m := w.open()
	w.attachedDAV(m, w.nora())
	if err := m.SetCredentials(t.Context(), "ann", "phone", remote.Credentials{Password: "guess"}); !errors.Is(err, remote.ErrInvalid) || !errors.Is(err, discover.ErrCredentials) {
		t.Errorf("%v", err)
	}
	c, err := m.DAV(t.Context(), "ann", "phone")
	w.ok(err)
	if code, err := propfind(t, c.HTTP, w.URL+"/home/book/"); err != nil || code != http.StatusMultiStatus {
		t.Errorf("the old ones: %d %v", code, err)
	}
	w.ok(m.SetCredentials(t.Context(), "ann", "phone", remote.Credentials{Password: password}))
	if !slices.Equal(w.authorised, []string{"ann phone"}) {
		t.Errorf("%v", w.authorised)
	}
	w.ok(m.Forget(t.Context(), "ann", "phone"))
	w.requests()
	if _, err := propfind(t, c.HTTP, w.URL+"/home/book/"); !errors.Is(err, sources.ErrAuth) || len(w.requests()) > 0 {
		t.Errorf("%v", err)
	}
	w.ok(w.db.EraseOwner(t.Context(), "ann"))
	if _, err := m.Account(t.Context(), "ann", "phone"); !errors.Is(err, remote.ErrNotFound) {
		t.Errorf("%v", err)
	}
}

// TestDAVOAuth: a refresh token that was replaced while the account was looked for is the one that is kept.
func TestDAVOAuth(t *testing.T) {
	w := newDAVWorld(t)
	m := w.open()
	n := remote.NewDAV{
		Address: w.URL, Auth: w.oauth().Auth, ClientSecret: "app-secret-Horse", Credentials: remote.Credentials{User: "nora", Refresh: "refresh-0"},
	}
	w.attachedDAV(m, n)
	c, err := m.DAV(t.Context(), "ann", "phone")
	w.ok(err)
	for range 2 {
		if code, err := propfind(t, c.HTTP, w.URL+"/home/cal/"); err != nil || code != http.StatusMultiStatus {
			t.Errorf("%d %v", code, err)
		}
		w.clock = w.clock.Add(2 * time.Hour)
	}
	w.mustNotHold("refresh-", "access-", "app-secret-Horse")
	n.Credentials.Refresh = "refresh-0"
	if _, err := m.Find(t.Context(), n); !errors.Is(err, discover.ErrCredentials) {
		t.Errorf("an old token: %v", err)
	}
}

// TestMailAddressAsName: servers know people by their mail address, or by what stands before its @.
func TestMailAddressAsName(t *testing.T) {
	w := newDAVWorld(t)
	n := w.nora()
	n.Address = strings.Replace(w.URL, "://", "://nora%40example.org@", 1)
	f, err := w.open().Find(t.Context(), n)
	if err != nil || f.User != "nora" || len(f.Collections) != 2 {
		t.Errorf("%v %+v", err, f)
	}
	n.Credentials.User = "nora@example.org" // who says it means it
	if _, err := w.open().Find(t.Context(), n); !errors.Is(err, discover.ErrCredentials) {
		t.Errorf("%v", err)
	}
	n.Trust = []string{"https://10.0.0.1/"}
	if _, err := w.open().Find(t.Context(), n); !errors.Is(err, remote.ErrInvalid) || !strings.Contains(err.Error(), "is refused") {
		t.Errorf("%v", err)
	}
}

// TestElsewhere: the password goes to another site only if somebody says so.
func TestElsewhere(t *testing.T) {
	w, far := newDAVWorld(t), newPeer(t)
	far.answer = func(rw http.ResponseWriter, r *http.Request) {
		http.Redirect(rw, r, w.URL+"/", http.StatusMovedPermanently)
	}
	n := far.nora()
	m := w.open()
	_, err := m.Find(t.Context(), n)
	var e *discover.Error
	if !errors.As(err, &e) || e.Address != w.URL+"/" || len(w.requests()) > 0 {
		t.Fatalf("%v", err)
	}
	n.Trust = []string{e.Address}
	w.attachedDAV(m, n)
	c, err := m.DAV(t.Context(), "ann", "phone")
	if w.ok(err); c.Collections[dataclass.Contacts] != w.URL+"/home/book/" {
		t.Errorf("%v", c.Collections)
	}
}

// TestChoose: nothing is chosen for a person who could mean several.
func TestChoose(t *testing.T) {
	w := newWorld(t)
	readOnly := `<d:current-user-privilege-set><d:privilege><d:read/></d:privilege></d:current-user-privilege-set>`
	w.speakDAV(map[string]string{
		"/home/a/": book + `<d:displayname>Family</d:displayname>`, "/home/b/": book + `<d:displayname>Family</d:displayname>`, "/home/c/": book + readOnly,
		"/home/e/": calendar("VEVENT"), "/home/holidays/": calendar("VEVENT") + readOnly, "/home/n/": calendar("VJOURNAL") + readOnly,
	})
	f, err := w.open().Find(t.Context(), w.nora())
	w.ok(err)
	contacts, events, tasks, notes := dataclass.Contacts, dataclass.Events, dataclass.Tasks, dataclass.Notes
	type given = map[dataclass.Class]string
	for _, c := range []struct {
		name   string
		wanted []dataclass.Class
		given  given
		anew   bool
		want   string
		says   string
	}{
		{"nothing said", nil, nil, false, "", "several collections hold Contacts"},
		{"an address book by its path", nil, given{contacts: "b"}, false, "Contacts=/home/b/", ""},
		{"by its address", nil, given{contacts: w.URL + "/home/a"}, false, "Contacts=/home/a/", ""},
		{"by a name that two have", nil, given{contacts: "Family"}, false, "", "several"},
		{"with another class", []dataclass.Class{events}, given{contacts: "a"}, false, "Contacts=/home/a/ Events=/home/e/", ""},
		{"one to be read", nil, given{events: "holidays"}, false, "Events=/home/holidays/", ""},
		{"the only one, to be read", []dataclass.Class{notes}, nil, false, "Notes=/home/n/", ""},
		{"none", []dataclass.Class{tasks}, nil, false, "", "no collection there holds Tasks"},
		{"a new one", []dataclass.Class{tasks}, nil, true, "Tasks+Tasks", ""},
		{"one of another class", nil, given{tasks: "e"}, false, "", `is called "e"`},
		{"no class", []dataclass.Class{"Photos"}, nil, true, "", "no dataclass"},
		{"a collection of no class", nil, given{"Photos": "a"}, true, "", "no dataclass"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := f.Choose(c.wanted, c.given, c.anew)
			if c.says != "" {
				if !errors.Is(err, remote.ErrInvalid) || !strings.Contains(err.Error(), c.says) {
					t.Errorf("%v instead of %q", err, c.says)
				}
				return
			}
			var words []string
			for _, class := range remote.DAVClasses() {
				if choice, ok := got[class]; ok && choice.URL != "" {
					words = append(words, string(class)+"="+strings.TrimPrefix(choice.URL, w.URL))
				} else if ok {
					words = append(words, string(class)+"+"+choice.Make)
				}
			}
			if err != nil || strings.Join(words, " ") != c.want {
				t.Errorf("%v %v instead of %s", words, err, c.want)
			}
		})
	}
}

// TestAttachFound makes what is to be made, and nothing of a choice that the account does not have.
func TestAttachFound(t *testing.T) {
	w := newDAVWorld(t)
	m := w.open()
	f, err := m.Find(t.Context(), w.nora())
	w.ok(err)
	type choice = map[dataclass.Class]remote.Choice
	for name, c := range map[string]choice{
		"nothing": {}, "an address of somebody else": {dataclass.Contacts: {URL: "https://pim.example.org/"}}, "another class": {dataclass.Contacts: {URL: w.URL + "/home/cal/"}},
		"empty": {dataclass.Contacts: {}}, "no class": {"Photos": {Make: "x"}}, "no address book can be made": {dataclass.Contacts: {Make: "x"}, dataclass.Events: {URL: w.URL + "/home/cal/"}},
	} {
		if err := m.AttachFound(t.Context(), "ann", f, c, named("no")); !errors.Is(err, remote.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	w.ok(m.AttachFound(t.Context(), "ann", f, choice{dataclass.Tasks: {Make: "To do"}, dataclass.Contacts: {URL: w.URL + "/home/book/"}}, named("phone")))
	c, err := m.DAV(t.Context(), "ann", "phone")
	if w.ok(err); c.Collections[dataclass.Tasks] != w.URL+"/home/tasks/" || len(c.Collections) != 2 {
		t.Errorf("%v", c.Collections)
	}
	fails := errors.New("no client")
	err = m.AttachFound(t.Context(), "ann", f, choice{dataclass.Contacts: {URL: w.URL + "/home/book/"}}, func(context.Context) (string, error) { return "", fails })
	if !errors.Is(err, fails) {
		t.Errorf("%v", err)
	}
	if _, err := m.Account(t.Context(), "ann", "no"); !errors.Is(err, remote.ErrNotFound) {
		t.Errorf("%v", err)
	}
}

// TestFindRefuses asks nobody for what makes no sense or is not let through.
func TestFindRefuses(t *testing.T) {
	w := newDAVWorld(t)
	m := w.open()
	for name, n := range map[string]remote.NewDAV{
		"no address":  {Credentials: remote.Credentials{User: "nora", Password: password}},
		"inside":      {Address: "https://10.1.2.3/", Credentials: remote.Credentials{User: "nora", Password: password}},
		"plain HTTP":  {Address: "http://8.8.8.8/", Credentials: remote.Credentials{User: "nora", Password: password}},
		"no password": {Address: w.URL, Credentials: remote.Credentials{User: "nora"}},
		"no user":     {Address: w.URL, Credentials: remote.Credentials{Password: password}},
		"no way":      {Address: w.URL, Auth: remote.Auth{Way: "digest"}, Credentials: remote.Credentials{User: "nora", Password: password}},
		"tokens inside": {Address: w.URL, Auth: remote.Auth{Way: remote.AuthOAuth2, TokenURL: "https://10.1.2.3/", ClientID: "x"},
			Credentials: remote.Credentials{User: "nora", Refresh: "r"}},
	} {
		if _, err := m.Find(t.Context(), n); !errors.Is(err, remote.ErrInvalid) || len(w.requests()) > 0 || strings.Contains(err.Error(), password) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestKept: what was found waits for its owner for a while, and for nobody else.
func TestKept(t *testing.T) {
	w := newDAVWorld(t)
	m := w.open()
	f, err := m.Find(t.Context(), w.nora())
	w.ok(err)
	var ids []string
	for range 8 {
		id, err := m.Keep(t.Context(), "ann", f)
		w.ok(err)
		ids = append(ids, id)
	}
	last := ids[len(ids)-1]
	back, err := m.Kept(t.Context(), "ann", last)
	w.ok(err)
	choice, err := back.Choose(nil, nil, false)
	w.ok(err)
	w.ok(m.AttachFound(t.Context(), "ann", back, choice, named("phone")))
	for name, ask := range map[string][2]string{"another's": {"bob", last}, "unknown": {"ann", "x"}, "too many": {"ann", ids[0]}} {
		if _, err := m.Kept(t.Context(), ask[0], ask[1]); !errors.Is(err, remote.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	m.Unkeep("ann", last)
	if _, err := m.Kept(t.Context(), "ann", last); !errors.Is(err, remote.ErrNotFound) {
		t.Errorf("forgotten: %v", err)
	}
	w.clock = w.clock.Add(time.Hour)
	if _, err := m.Kept(t.Context(), "ann", ids[len(ids)-2]); !errors.Is(err, remote.ErrNotFound) {
		t.Errorf("too late: %v", err)
	}
}

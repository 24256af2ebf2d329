package remote_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/outgoing"
	"github.com/bindery-sync/bindery/sources/remote"
)

// attached registers a server and puts ann's client c on it.
func (w *world) attached(m *remote.Remotes, n remote.NewServer, c remote.Credentials) {
	w.t.Helper()
	s, err := m.Register(w.t.Context(), "ann", n, nil)
	w.ok(err)
	w.ok(m.Attach(w.t.Context(), "ann", s.ID, c, named("c")))
	w.requests()
}

// get asks for what ann's client c has, and gives the status.
func (w *world) get(m *remote.Remotes) (int, error) {
	w.t.Helper()
	conn, err := m.Connection(w.t.Context(), "ann", "c")
	w.ok(err)
	res, err := conn.HTTP.Get(conn.Contacts)
	if err != nil {
		return 0, err
	}
	defer func() { _ = res.Body.Close() }()
	_, err = io.Copy(io.Discard, res.Body)
	return res.StatusCode, err
}

func TestAttach(t *testing.T) {
	w := newWorld(t)
	m := w.open()
	w.attached(m, w.basic(), nora)
	conn, err := m.Connection(t.Context(), "ann", "c")
	w.ok(err)
	if conn.Contacts != w.URL+"/m8/feeds/contacts/nora/full" || conn.Events != w.URL+"/calendar/feeds/nora/private/full" || conn.Groups == "" {
		t.Errorf("%+v", conn)
	}
	if code, err := w.get(m); code != 200 || err != nil {
		t.Errorf("%d, %v", code, err)
	}
	a, err := m.Account(t.Context(), "ann", "c")
	if err != nil || a.User != "nora" || !a.Keyed || a.Server.Name != "family" {
		t.Errorf("%+v, %v", a, err)
	}
	classes, err := m.Classes(t.Context(), sources.Client{Owner: "ann", ID: "c"})
	if err != nil || !slices.Equal(classes, []dataclass.Class{dataclass.Contacts, dataclass.Events}) {
		t.Errorf("%v, %v", classes, err)
	}
	for _, who := range [][2]string{{"bob", "c"}, {"ann", "d"}, {"", "c"}} {
		if _, err := m.Connection(t.Context(), who[0], who[1]); !errors.Is(err, remote.ErrNotFound) {
			t.Errorf("%v: %v", who, err)
		}
		if err := m.SetCredentials(t.Context(), who[0], who[1], nora); !errors.Is(err, remote.ErrNotFound) {
			t.Errorf("%v: %v", who, err)
		}
		if _, err := m.Classes(t.Context(), sources.Client{Owner: who[0], ID: who[1]}); !errors.Is(err, remote.ErrNotFound) {
			t.Errorf("%v: %v", who, err)
		}
	}
}

// TestAttachStoresAllOrNothing leaves nothing where the client cannot be registered or the server refuses it.
func TestAttachStoresAllOrNothing(t *testing.T) {
	w := newWorld(t)
	m := w.open()
	s, err := m.Register(t.Context(), "ann", w.basic(), nil)
	w.ok(err)
	broken := errors.New("no such owner")
	if err := m.Attach(t.Context(), "ann", s.ID, nora, func(context.Context) (string, error) { return "", broken }); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
	made := false
	err = m.Attach(t.Context(), "ann", s.ID, remote.Credentials{User: "nora", Password: "wrong-Horse"}, func(context.Context) (string, error) { made = true; return "c", nil })
	if !errors.Is(err, remote.ErrInvalid) || made {
		t.Errorf("made %t, %v", made, err)
	}
	if _, err := m.Account(t.Context(), "ann", "c"); !errors.Is(err, remote.ErrNotFound) {
		t.Errorf("%v", err)
	}
}

// TestSetCredentials keeps the old ones where the new ones are refused.
func TestSetCredentials(t *testing.T) {
	w := newWorld(t)
	m := w.open()
	w.attached(m, w.basic(), nora)
	if err := m.SetCredentials(t.Context(), "ann", "c", remote.Credentials{Password: "wrong-Horse"}); !errors.Is(err, remote.ErrInvalid) {
		t.Errorf("%v", err)
	}
	if code, err := w.get(m); code != 200 || err != nil || len(w.authorised) != 0 {
		t.Errorf("%d, %v, authorised %v", code, err, w.authorised)
	}
	w.ok(m.Forget(t.Context(), "ann", "c"))
	if _, err := w.get(m); !errors.Is(err, sources.ErrAuth) {
		t.Errorf("without credentials: %v", err)
	}
	w.ok(m.SetCredentials(t.Context(), "ann", "c", remote.Credentials{Password: password}))
	if code, err := w.get(m); code != 200 || err != nil || !slices.Equal(w.authorised, []string{"ann c"}) {
		t.Errorf("%d, %v, authorised %v", code, err, w.authorised)
	}
	w.ok(m.Forget(t.Context(), "ann", "nobody"))
}

// TestSecretsStayInside looks for credentials in the database, in what is printed of values, and in errors.
func TestSecretsStayInside(t *testing.T) {
	w := newWorld(t)
	m := w.open()
	w.attached(m, w.oauth(), remote.Credentials{User: "nora", Refresh: "refresh-0"})
	if code, err := w.get(m); code != 200 || err != nil {
		t.Fatal(code, err)
	}
	w.clock = w.clock.Add(2 * time.Hour)
	w.tokens = func(rw http.ResponseWriter, r *http.Request) {
		rw.WriteHeader(400)
		_, _ = fmt.Fprintf(rw, `{"error":"invalid_grant","error_description":"%s %s"}`, r.FormValue("refresh_token"), r.FormValue("client_secret"))
	}
	_, err := w.get(m)
	conn, _ := m.Connection(t.Context(), "ann", "c")
	account, _ := m.Account(t.Context(), "ann", "c")
	c := remote.Credentials{User: "nora", Password: password, Token: token, Refresh: "refresh-9"}
	said := fmt.Sprint(err, c, &c) + fmt.Sprintf("%+v %#v %v %+v %#v", c, c, conn, account, account)
	for _, secret := range []string{"refresh-", "access-", "app-secret-Horse", password, token} {
		if strings.Contains(said, secret) {
			t.Errorf("%q is said: %s", secret, said)
		}
	}
	w.mustNotHold("refresh-", "access-", "app-secret-Horse")
}

// TestCredentialsStayHome leads a client away from the server that it is on.
func TestCredentialsStayHome(t *testing.T) {
	w := newWorld(t)
	m := w.open()
	w.attached(m, w.basic(), nora)
	var got []string
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		got = append(got, r.Method+" "+r.URL.Path+r.Header.Get("Authorization")+r.Header.Get("Cookie"))
	}))
	defer elsewhere.Close()
	w.answer = func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Set-Cookie", "s=1")
		http.Redirect(rw, r, elsewhere.URL+"/away", http.StatusTemporaryRedirect)
	}
	if code, err := w.get(m); code != 200 || err != nil || !slices.Equal(got, []string{"GET /away"}) {
		t.Errorf("%d, %v, %q", code, err, got)
	}
	conn, err := m.Connection(t.Context(), "ann", "c")
	w.ok(err)
	r, err := http.NewRequest(http.MethodGet, elsewhere.URL+"/link", nil)
	w.ok(err)
	r.Header.Set("Authorization", "Basic from-a-caller")
	res, err := conn.HTTP.Do(r)
	w.ok(err)
	_ = res.Body.Close()
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete} {
		r, err := http.NewRequest(method, elsewhere.URL+"/write", strings.NewReader("items"))
		w.ok(err)
		res, err := conn.HTTP.Do(r)
		if err == nil {
			_ = res.Body.Close()
		}
		if !errors.Is(err, outgoing.ErrRefused) {
			t.Errorf("%s elsewhere: %v", method, err)
		}
	}
	if !slices.Equal(got, []string{"GET /away", "GET /link"}) {
		t.Errorf("elsewhere was asked %q", got)
	}
	r, err = http.NewRequest(http.MethodPost, conn.Contacts, strings.NewReader("items"))
	w.ok(err)
	res, err = conn.HTTP.Do(r)
	if err != nil || res.StatusCode != http.StatusTemporaryRedirect {
		t.Errorf("a POST that is led away: %v, %v", res, err)
	}
	_ = res.Body.Close()
}

// TestRate has one server asked no more often than it gets.
func TestRate(t *testing.T) {
	w := newWorld(t)
	m := remote.New(w.db, remote.Options{Secrets: fakeSecrets{}, Guard: w.guard, Rate: 1, Burst: 4})
	w.attached(m, remote.NewServer{Name: "one", Contacts: w.URL}, nora) // asks once, signed
	conn, err := m.Connection(t.Context(), "ann", "c")
	w.ok(err)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	var last error
	for range 5 {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, conn.Contacts, nil)
		w.ok(err)
		res, err := conn.HTTP.Do(r)
		if last = err; err != nil {
			break
		}
		_ = res.Body.Close()
	}
	if got := w.requests(); last == nil || len(got) != 3 {
		t.Errorf("asked %d times, %v", len(got), last)
	}
}

// TestBearer signs in by a token that its user was given.
func TestBearer(t *testing.T) {
	w := newWorld(t)
	m := w.open()
	n := w.basic()
	n.Auth.Way = remote.AuthBearer
	w.attached(m, n, remote.Credentials{Token: token})
	if code, err := w.get(m); code != 200 || err != nil {
		t.Errorf("%d, %v", code, err)
	}
	if got := w.requests(); !slices.Equal(got, []string{"GET /m8/feeds/contacts/default/full Bearer " + token}) {
		t.Errorf("%q", got)
	}
	w.mustNotHold(token)
}

// TestUserInAddress writes a name into an address so that it stays one word of it.
func TestUserInAddress(t *testing.T) {
	w := newWorld(t)
	w.answer = func(rw http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(rw, feedXML) }
	m := w.open()
	w.attached(m, w.basic(), remote.Credentials{User: "nora@example.org/../x?y", Password: password})
	conn, err := m.Connection(t.Context(), "ann", "c")
	w.ok(err)
	if want := w.URL + "/m8/feeds/contacts/nora%40example.org%2F..%2Fx%3Fy/full"; conn.Contacts != want {
		t.Errorf("%s", conn.Contacts)
	}
}

// TestErasedOwner leaves nothing of an owner who is erased, and everything of the others.
func TestErasedOwner(t *testing.T) {
	w := newWorld(t)
	m := w.open()
	w.attached(m, w.basic(), nora)
	n := w.basic()
	n.Shared = true
	all, err := m.Register(t.Context(), "ann", n, nil)
	w.ok(err)
	w.ok(m.Attach(t.Context(), "bob", all.ID, nora, named("b")))
	w.ok(w.db.EraseOwner(t.Context(), "ann"))
	if list, err := m.Servers(t.Context(), "ann"); err != nil || len(list) != 1 || !list[0].Shared() {
		t.Errorf("%v, %v", list, err)
	}
	if _, err := m.Account(t.Context(), "ann", "c"); !errors.Is(err, remote.ErrNotFound) {
		t.Errorf("ann's client: %v", err)
	}
	if a, err := m.Account(t.Context(), "bob", "b"); err != nil || !a.Keyed {
		t.Errorf("bob's client: %+v, %v", a, err)
	}
}

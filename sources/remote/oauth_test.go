package remote_test

import (
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/outgoing"
	"github.com/bindery-sync/bindery/sources/remote"
)

// withOAuth is a world in which ann's client c renews its tokens. One was given when the client was checked.
func withOAuth(t *testing.T) (*world, *remote.Remotes) {
	w := newWorld(t)
	m := w.open()
	w.attached(m, w.oauth(), remote.Credentials{User: "nora", Refresh: "refresh-0"})
	if w.renewals != 1 {
		t.Fatalf("%d tokens were given for the check", w.renewals)
	}
	return w, m
}

// TestRefreshRotates has the other server take each refresh token once.
func TestRefreshRotates(t *testing.T) {
	w, m := withOAuth(t)
	for hour := range 5 {
		if code, err := w.get(m); code != 200 || err != nil {
			t.Fatalf("hour %d: %d, %v", hour, code, err)
		}
		m = w.open() // a restart between any two
		if code, err := w.get(m); code != 200 || err != nil {
			t.Fatalf("hour %d, again: %d, %v", hour, code, err)
		}
		if w.renewals != hour+1 {
			t.Errorf("hour %d: %d tokens were given", hour, w.renewals)
		}
		w.clock = w.clock.Add(time.Hour)
	}
}

// TestRefreshWhenRefused renews a token that the server ended before its time, once, and sends the request again.
func TestRefreshWhenRefused(t *testing.T) {
	w, m := withOAuth(t)
	w.access = "ended"
	conn, err := m.Connection(t.Context(), "ann", "c")
	w.ok(err)
	r, err := http.NewRequest(http.MethodPost, conn.Contacts, strings.NewReader("an entry"))
	w.ok(err)
	res, err := conn.HTTP.Do(r)
	if err != nil || res.StatusCode != 200 || w.renewals != 2 {
		t.Fatalf("%v, %v, %d tokens", res, err, w.renewals)
	}
	_ = res.Body.Close()
	w.answer = func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(401) }
	if code, err := w.get(m); code != 401 || err != nil || w.renewals != 3 {
		t.Errorf("a server that refuses everything: %d, %v, %d tokens", code, err, w.renewals)
	}
}

// fails answers like a token server that has an error (RFC 6749 section 5.2).
func fails(status int, code string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(`{"error":"` + code + `"}`))
	}
}

// TestRefreshRefused tells what needs the user from what passes by itself.
func TestRefreshRefused(t *testing.T) {
	for _, tc := range []struct {
		name   string
		tokens http.HandlerFunc
		want   error
	}{
		{"revoked", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(400)
			_, _ = w.Write([]byte(`{"error":"invalid_grant"}`))
		}, sources.ErrAuth},
		{"refused in no words", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(401) }, sources.ErrAuth},
		{"temporarily unavailable", fails(400, "temporarily_unavailable"), sources.ErrBusy},
		{"an error of the server", fails(400, "server_error"), sources.ErrBusy},
		{"400 in no words", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(400) }, sources.ErrElsewhere},
		{"403 of a proxy", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(403) }, sources.ErrElsewhere},
		{"an unknown client", fails(401, "invalid_client"), sources.ErrAuth},
		{"a client that may not", fails(400, "unauthorized_client"), sources.ErrAuth},
		{"a token with line ends", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(`{"access_token":"a\r\nX-More: b","token_type":"bearer","expires_in":3600}`))
		}, sources.ErrElsewhere},
		{"out of order", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }, sources.ErrBusy},
		{"asked too often", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(429) }, sources.ErrBusy},
		{"leads to the inside", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://10.0.0.1/", http.StatusTemporaryRedirect)
		}, sources.ErrElsewhere},
		{"no JSON", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("hello")) }, sources.ErrElsewhere},
		{"no token in it", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("{}")) }, sources.ErrElsewhere},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w, m := withOAuth(t)
			w.clock = w.clock.Add(time.Hour)
			w.tokens = tc.tokens
			_, err := w.get(m)
			if !errors.Is(err, tc.want) || tc.want != sources.ErrAuth && errors.Is(err, sources.ErrAuth) {
				t.Errorf("%v", err)
			}
			w.tokens = nil // the refresh token is still there
			if code, err := w.get(m); code != 200 || err != nil {
				t.Errorf("afterwards: %d, %v", code, err)
			}
		})
	}
}

// TestRefreshOnce has many requests need a new token at the same time: a server that rotates would take the second use of
// a refresh token for a theft.
func TestRefreshOnce(t *testing.T) {
	w, m := withOAuth(t)
	w.clock = w.clock.Add(time.Hour)
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			conn, err := m.Connection(t.Context(), "ann", "c")
			if err != nil {
				t.Error(err)
				return
			}
			res, err := conn.HTTP.Get(conn.Contacts)
			if err != nil || res.StatusCode != 200 {
				t.Errorf("%v, %v", res, err)
				return
			}
			_ = res.Body.Close()
		})
	}
	wg.Wait()
	if w.renewals != 2 {
		t.Errorf("%d tokens were given", w.renewals)
	}
}

// TestRefreshByTwoProcesses has another process renew between the reading of a refresh token and its use.
func TestRefreshByTwoProcesses(t *testing.T) {
	w, m := withOAuth(t)
	other := w.open()
	w.clock = w.clock.Add(time.Hour)
	first := true
	w.tokens = func(rw http.ResponseWriter, r *http.Request) {
		if first {
			first = false
			w.tokens = nil
			w.mu.Unlock()
			code, err := w.get(other)
			w.mu.Lock()
			if code != 200 || err != nil {
				t.Errorf("the other one: %d, %v", code, err)
			}
		}
		w.token(rw, r)
	}
	if code, err := w.get(m); code != 200 || err != nil {
		t.Errorf("%d, %v", code, err)
	}
}

// TestRefreshSurvivesAFullDisk cannot store a renewed token at first.
func TestRefreshSurvivesAFullDisk(t *testing.T) {
	w, m := withOAuth(t)
	w.clock = w.clock.Add(time.Hour)
	w.fault = errors.New("disk full")
	if _, err := w.get(m); err == nil {
		t.Error("a token that is stored nowhere was used")
	}
	w.fault = nil
	if code, err := w.get(m); code != 200 || err != nil {
		t.Errorf("%d, %v", code, err)
	}
	w.clock = w.clock.Add(time.Hour)
	if code, err := w.get(w.open()); code != 200 || err != nil {
		t.Errorf("after a restart: %d, %v", code, err)
	}
}

// TestTokenServerIsGuarded has a name that an administrator does not allow stand where tokens are given.
func TestTokenServerIsGuarded(t *testing.T) {
	w := newWorld(t)
	n := w.oauth()
	n.Auth.TokenURL = "http://localhost.invalid/token"
	m := w.open()
	s, err := m.Register(t.Context(), "ann", n, nil)
	w.ok(err)
	err = m.Attach(t.Context(), "ann", s.ID, remote.Credentials{Refresh: "refresh-0"}, named("c"))
	if !errors.Is(err, remote.ErrInvalid) || errors.Is(err, outgoing.ErrRefused) {
		t.Errorf("%v", err)
	}
}

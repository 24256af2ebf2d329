package bindings

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/sources"
)

// mustBegin signs a browser in.
func mustBegin(t *testing.T, f *registryFixture, owner string) (WebSession, string) {
	t.Helper()
	session, secret, err := f.BeginWebSession(t.Context(), owner)
	if err != nil {
		t.Fatal(err)
	}
	return session, secret
}

// wantSession checks whether a secret counts.
func wantSession(t *testing.T, what string, f *registryFixture, secret string, want error) {
	t.Helper()
	if _, err := f.WebSession(t.Context(), secret); !errors.Is(err, want) {
		t.Errorf("%s: %v, want %v", what, err, want)
	}
}

func TestWebSessions(t *testing.T) {
	f := newRegistry(t, nil).cheap()
	a, err := f.CreateAccount(t.Context(), NewAccount{Name: "ann", Password: "p"})
	if err != nil {
		t.Fatal(err)
	}
	first, secret := mustBegin(t, f, a.ID)
	_, second := mustBegin(t, f, a.ID)
	got, err := f.WebSession(t.Context(), secret)
	if err != nil || got != first || got.Owner != a.ID || secret == second || len(secret) != 43 {
		t.Errorf("%+v, %v; secrets %q and %q", got, err, secret, second)
	}
	if strings.Contains(strings.Join(dump(t, f.db), "\n"), secret) {
		t.Error("the secret is in the database")
	}
	for _, bad := range []string{"", secret[1:], secret + "A", first.ID, "\x00"} {
		wantSession(t, "another secret", f, bad, sources.ErrAuth)
	}
	f.clock = f.clock.Add(webIdle - time.Second)
	wantSession(t, "just in time", f, secret, nil)
	f.clock = f.clock.Add(time.Second)
	wantSession(t, "idle", f, second, sources.ErrAuth)
	wantSession(t, "used", f, secret, nil)
	if err := f.EndWebSession(t.Context(), a.ID, first.ID); err != nil {
		t.Fatal(err)
	}
	wantSession(t, "ended", f, secret, sources.ErrAuth)
	wantClass(t, "ended twice", f.EndWebSession(t.Context(), a.ID, first.ID), ErrNotFound)
}

func TestWebSessionsEndWithThePassword(t *testing.T) {
	f := newRegistry(t, nil).cheap()
	var owners, secrets [2]string
	for i, name := range []string{"ann", "bob"} {
		a, err := f.CreateAccount(t.Context(), NewAccount{Name: name, Password: "p"})
		if err != nil {
			t.Fatal(err)
		}
		owners[i] = a.ID
		_, secrets[i] = mustBegin(t, f, a.ID)
	}
	if err := f.SetPassword(t.Context(), owners[0], "new"); err != nil {
		t.Fatal(err)
	}
	wantSession(t, "ann's", f, secrets[0], sources.ErrAuth)
	wantSession(t, "bob's", f, secrets[1], nil)
}

// A table that everybody adds to stays small.
func TestWebSessionsAreBounded(t *testing.T) {
	f := newRegistry(t, nil).cheap()
	a, err := f.CreateAccount(t.Context(), NewAccount{Name: "ann", Password: "p"})
	if err != nil {
		t.Fatal(err)
	}
	_, oldest := mustBegin(t, f, a.ID)
	var newest string
	for range maxWebSessions {
		f.clock = f.clock.Add(time.Minute)
		_, newest = mustBegin(t, f, a.ID)
	}
	wantSession(t, "the oldest", f, oldest, sources.ErrAuth)
	wantSession(t, "the newest", f, newest, nil)
	f.clock = f.clock.Add(webIdle)
	mustBegin(t, f, a.ID)
	if n := strings.Count(strings.Join(dump(t, f.db), "\n"), "web_sessions "); n != 1 {
		t.Errorf("%d sessions are left", n)
	}
}

package bindings

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-sync/bindery/sources"
)

// mustToken makes a token.
func mustToken(t *testing.T, f *registryFixture, owner string, n NewToken) (Token, string) {
	t.Helper()
	token, secret, err := f.CreateToken(t.Context(), owner, n)
	if err != nil {
		t.Fatal(err)
	}
	return token, secret
}

func TestTokens(t *testing.T) {
	f := newRegistry(t, nil).cheap()
	a, err := f.CreateAccount(t.Context(), NewAccount{Name: "ann", Password: "p"})
	if err != nil {
		t.Fatal(err)
	}
	first, secret := mustToken(t, f, a.ID, NewToken{Label: "backup"})
	want := Token{ID: first.ID, Owner: a.ID, Label: "backup", Scope: ScopeRead, Created: f.clock}
	if diff := cmp.Diff(want, first); diff != "" {
		t.Errorf("created (-want +got):\n%s", diff)
	}
	f.clock = f.clock.Add(time.Second)
	second, other := mustToken(t, f, a.ID, NewToken{Label: "robot", Scope: ScopeWrite, Expires: f.clock.Add(time.Hour)})
	if secret == other || !strings.HasPrefix(secret, "bindery_") || len(secret) < 40 {
		t.Errorf("secrets %q and %q", secret, other)
	}
	got, err := f.Bearer(t.Context(), secret)
	if want.Used = f.clock; err != nil || !cmp.Equal(got, want) {
		t.Errorf("bearer %+v, %v; want %+v", got, err, want)
	}
	list, err := f.Tokens(t.Context(), a.ID)
	if err != nil || len(list) != 2 || list[0].ID != second.ID || !cmp.Equal(list[1], want) {
		t.Errorf("tokens %+v, %v", list, err)
	}
	f.clock = f.clock.Add(time.Hour)
	if _, err := f.Bearer(t.Context(), other); !errors.Is(err, sources.ErrAuth) {
		t.Errorf("an expired token gives %v", err)
	}
	if err := f.RevokeToken(t.Context(), a.ID, first.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Bearer(t.Context(), secret); !errors.Is(err, sources.ErrAuth) {
		t.Errorf("a revoked token gives %v", err)
	}
	_, err = f.Token(t.Context(), a.ID, first.ID)
	wantClass(t, "look at a revoked token", err, ErrNotFound)
	wantClass(t, "revoke it again", f.RevokeToken(t.Context(), a.ID, first.ID), ErrNotFound)
}

// What lies in the database is of no use to whoever steals it.
func TestATokenIsKeptAsAHash(t *testing.T) {
	f := newRegistry(t, nil).cheap()
	a, err := f.CreateAccount(t.Context(), NewAccount{Name: "ann", Password: "p"})
	if err != nil {
		t.Fatal(err)
	}
	_, secret := mustToken(t, f, a.ID, NewToken{Label: "backup"})
	if !strings.Contains(strings.Join(dump(t, f.db), "\n"), "backup") {
		t.Error("the token is not in the dump")
	}
	if strings.Contains(strings.Join(dump(t, f.db), "\n"), secret) || strings.Contains(strings.Join(dump(t, f.db), "\n"), strings.TrimPrefix(secret, tokenPrefix)) {
		t.Error("the token is in the database")
	}
}

func TestBearerRefuses(t *testing.T) {
	f := newRegistry(t, nil).cheap()
	a, err := f.CreateAccount(t.Context(), NewAccount{Name: "ann", Password: "p"})
	if err != nil {
		t.Fatal(err)
	}
	_, secret := mustToken(t, f, a.ID, NewToken{Label: "backup"})
	for _, tc := range []struct{ name, secret string }{
		{"nothing", ""}, {"the prefix", tokenPrefix}, {"cut", secret[:len(secret)-1]}, {"longer", secret + "A"},
		{"without prefix", strings.TrimPrefix(secret, tokenPrefix)}, {"no UTF-8", "\xff\x00"}, {"long", strings.Repeat("A", 1<<16)},
	} {
		if _, err := f.Bearer(t.Context(), tc.secret); !errors.Is(err, sources.ErrAuth) {
			t.Errorf("%s: %v", tc.name, err)
		}
	}
}

func TestCreateTokenRefuses(t *testing.T) {
	f := newRegistry(t, nil).cheap()
	a, err := f.CreateAccount(t.Context(), NewAccount{Name: "ann", Password: "p"})
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name string
		n    NewToken
	}{
		{"no label", NewToken{}}, {"blank label", NewToken{Label: " "}}, {"line end", NewToken{Label: "a\nb"}},
		{"no UTF-8", NewToken{Label: "\xff"}}, {"long label", NewToken{Label: strings.Repeat("a", maxNameSize+1)}},
		{"unknown scope", NewToken{Label: "a", Scope: "admin"}}, {"expired", NewToken{Label: "a", Expires: f.clock}},
	} {
		_, _, err := f.CreateToken(t.Context(), a.ID, tc.n)
		wantClass(t, tc.name, err, ErrInvalid)
	}
	for range maxTokens {
		mustToken(t, f, a.ID, NewToken{Label: "a"})
	}
	_, _, err = f.CreateToken(t.Context(), a.ID, NewToken{Label: "one more"})
	wantClass(t, "too many", err, ErrInvalid)
}

func TestTheLastAdministratorStays(t *testing.T) {
	f := newRegistry(t, nil).cheap()
	var ids [2]string
	for i, name := range []string{"ann", "ben"} {
		a, err := f.CreateAccount(t.Context(), NewAccount{Name: name, Password: "p", Admin: i == 0})
		if err != nil {
			t.Fatal(err)
		}
		ids[i] = a.ID
	}
	_, err := f.SetAdmin(t.Context(), ids[0], false)
	wantClass(t, "take it from the only one", err, ErrInUse)
	wantClass(t, "remove the only one", f.RemoveAccount(t.Context(), ids[0]), ErrInUse)
	if a, err := f.SetAdmin(t.Context(), ids[1], true); err != nil || !a.Admin {
		t.Errorf("made an administrator: %+v, %v", a, err)
	}
	if a, err := f.SetAdmin(t.Context(), ids[0], false); err != nil || a.Admin {
		t.Errorf("no administrator any more: %+v, %v", a, err)
	}
	_, err = f.SetAdmin(t.Context(), "nobody", true)
	wantClass(t, "an unknown account", err, ErrNotFound)
}

// TestRemoveAccount removes an owner who has something in every table that a sync of two clients fills, and compares
// what another one has before and after.
func TestRemoveAccount(t *testing.T) {
	p, of := newEstate(t)
	admin, err := p.store.CreateAccount(t.Context(), NewAccount{Name: "olaf", Password: "battery staple", Admin: true})
	p.ok(err)
	if !strings.Contains(strings.Join(dump(t, p.db), "\n"), p.owner) || of.binding == 0 {
		t.Fatal("the owner has nothing")
	}
	wantClass(t, "an unknown account", p.store.RemoveAccount(t.Context(), "nobody"), ErrNotFound)
	p.ok(p.store.RemoveAccount(t.Context(), p.owner))
	if strings.Contains(strings.Join(dump(t, p.db, "account"), "\n"), p.owner) { // but for the list of who was removed
		t.Error("something of the owner is left")
	}
	if a, err := p.store.Account(t.Context(), admin.ID); err != nil || !a.Admin {
		t.Errorf("the administrator is %+v, %v", a, err)
	}
	if c := mustDatastore(t, p.store, admin.ID); c.Owner != admin.ID {
		t.Errorf("the administrator's datastore is %+v", c)
	}
	wantClass(t, "again", p.store.RemoveAccount(t.Context(), p.owner), ErrNotFound)
}

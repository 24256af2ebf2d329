package bindings

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"gorm.io/gorm"
	"pgregory.net/rapid"

	"github.com/bindery-sync/bindery/sources"
)

func TestCreateAccount(t *testing.T) {
	f := newRegistry(t, nil).cheap()
	a, err := f.CreateAccount(t.Context(), NewAccount{Name: "Zoë", Password: "p", Admin: true})
	if err != nil {
		t.Fatal(err)
	}
	want := Account{ID: a.ID, Name: "Zoë", Admin: true, MD5: true, Created: f.clock}
	if diff := cmp.Diff(want, a); diff != "" {
		t.Errorf("created (-want +got):\n%s", diff)
	}
	if id, err := uuid.Parse(a.ID); err != nil || id.Version() != 7 {
		t.Errorf("id %s is no UUID of version 7: %v", a.ID, err)
	}
	for _, name := range []string{"Zoë", "zoë", "ZOË", "Zoe\u0308"} {
		got, err := f.AccountByName(t.Context(), name)
		if err != nil || !cmp.Equal(got, want) {
			t.Errorf("by name %q: %+v, %v", name, got, err)
		}
		_, err = f.CreateAccount(t.Context(), NewAccount{Name: name, Password: "p"})
		wantClass(t, "create "+name, err, ErrInUse)
	}
	if got, err := f.Account(t.Context(), a.ID); err != nil || !cmp.Equal(got, want) {
		t.Errorf("by id: %+v, %v", got, err)
	}
	if c := mustDatastore(t, f.Store, a.ID); c.Title != "Zoë" || c.Created != f.clock {
		t.Errorf("datastore client %+v", c)
	}
}

func TestCreateAccountRefuses(t *testing.T) {
	f := newRegistry(t, nil).cheap()
	for _, tc := range []struct{ name, account, password string }{
		{"empty name", "", "p"},
		{"colon", "a:b", "p"},
		{"line end", "a\nb", "p"},
		{"space in front", " a", "p"},
		{"space behind", "a ", "p"},
		{"no UTF-8", "a\xff", "p"},
		{"long name", strings.Repeat("a", maxNameSize+1), "p"},
		{"empty password", "a", ""},
		{"long password", "a", strings.Repeat("p", maxPasswordSize+1)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := f.CreateAccount(t.Context(), NewAccount{Name: tc.account, Password: tc.password})
			wantClass(t, "create", err, ErrInvalid)
		})
	}
	if list, err := f.Accounts(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("accounts %v, %v; want none", list, err)
	}
	longest := NewAccount{Name: strings.Repeat("a", maxNameSize), Password: strings.Repeat("p", maxPasswordSize)}
	if _, err := f.CreateAccount(t.Context(), longest); err != nil {
		t.Errorf("longest: %v", err)
	}
}

func TestAccountsAreListedByName(t *testing.T) {
	f := newRegistry(t, nil).cheap()
	for _, name := range []string{"carl", "Ann", "bob"} {
		mustAccount(t, f.Store, name)
	}
	list, err := f.Accounts(t.Context())
	var names []string
	for _, a := range list {
		names = append(names, a.Name)
	}
	if want := []string{"Ann", "bob", "carl"}; err != nil || !cmp.Equal(names, want) {
		t.Errorf("names %v, %v; want %v", names, err, want)
	}
}

func TestUnknownAccount(t *testing.T) {
	f := newRegistry(t, nil).cheap()
	_, err := f.Account(t.Context(), "nobody")
	wantClass(t, "by id", err, ErrNotFound)
	_, err = f.AccountByName(t.Context(), "nobody")
	wantClass(t, "by name", err, ErrNotFound)
	wantClass(t, "password", f.SetPassword(t.Context(), "nobody", "p"), ErrNotFound)
	wantClass(t, "md5", f.SetMD5(t.Context(), "nobody", true), ErrNotFound)
	_, err = f.CreateClient(t.Context(), "nobody", NewClient{Kind: "syncml"})
	wantClass(t, "client", err, ErrNotFound)
}

// Nothing in the database shows a password: neither the clear one nor, for an account without MD5
// log-in, anything that could be decrypted.
func TestStoredPassword(t *testing.T) {
	f := newRegistry(t, nil)
	const password = "a password to look for"
	for _, noMD5 := range []bool{false, true} {
		a, err := f.CreateAccount(t.Context(), NewAccount{Name: map[bool]string{true: "hash", false: "both"}[noMD5], Password: password, NoMD5: noMD5})
		if err != nil {
			t.Fatal(err)
		}
		row := f.row(t, a.ID)
		if !strings.HasPrefix(row.Hash, "$argon2id$v=19$m=19456,t=2,p=1$") {
			t.Errorf("hash %s", row.Hash)
		}
		if strings.Contains(row.Hash+string(row.Secret), password) || (len(row.Secret) == 0) != noMD5 {
			t.Errorf("without MD5 %v: hash %q, secret %q", noMD5, row.Hash, row.Secret)
		}
	}
}

func (f *registryFixture) row(t *testing.T, owner string) accountRow {
	t.Helper()
	row, err := f.accountRow(t.Context(), "owner_id = ?", owner)
	if err != nil {
		t.Fatal(err)
	}
	return row
}

func TestCreateAccountJoins(t *testing.T) {
	f := newRegistry(t, nil).cheap()
	stop := errors.New("stop")
	err := f.db.Update(t.Context(), func(ctx context.Context, _ *gorm.DB) error {
		if _, err := f.CreateAccount(ctx, NewAccount{Name: "ann", Password: "p"}); err != nil {
			return err
		}
		return stop
	})
	wantClass(t, "update", err, stop)
	if list, err := f.Accounts(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("accounts %v, %v; want none", list, err)
	}
}

// Folding is idempotent, and blind to case.
func TestAccountKey(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.String().Draw(t, "name")
		key := accountKey(name)
		if again := accountKey(key); again != key {
			t.Fatalf("key of %q is %q, its key %q", name, key, again)
		}
	})
	for a, b := range map[string]string{"STRASSE": "straße", "ＡＢ": "ab", "ΣΑΣ": "σας"} {
		if accountKey(a) != accountKey(b) {
			t.Errorf("%q and %q have different keys", a, b)
		}
	}
}

func TestNewIDSortsByTime(t *testing.T) {
	f := newRegistry(t, nil)
	last := ""
	for range 100 {
		id, err := f.newID()
		if err != nil || id <= last || len(id) != 36 {
			t.Fatalf("id %q after %q, %v", id, last, err)
		}
		last = id
		f.wait(1e6)
	}
}

// TestAccountWithoutLogin: an account that only owns things cannot be logged in to by any password, until it
// gets one.
func TestAccountWithoutLogin(t *testing.T) {
	f := newRegistry(t, nil).cheap()
	a, err := f.CreateAccount(t.Context(), NewAccount{Name: "local", NoLogin: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, password := range []string{"", "local", "pass"} {
		if _, err := f.Basic(t.Context(), "local", password); !errors.Is(err, sources.ErrAuth) {
			t.Errorf("log-in with %q: %v", password, err)
		}
	}
	if err := f.SetPassword(t.Context(), a.ID, "pass-local"); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Basic(t.Context(), "local", "pass-local"); err != nil {
		t.Error(err)
	}
}

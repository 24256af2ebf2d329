package bindings

import (
	"errors"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/sources/sqlstore"
)

// registryFixture is a Store with the tables of accounts, clients and bindings, and its clock.
type registryFixture struct {
	*Store
	db    *sqlstore.Store
	clock time.Time
}

func (f *registryFixture) wait(d time.Duration) { f.clock = f.clock.Add(d) }

// newRegistry makes a fixture with MD5 log-in; change, if not nil, changes its options.
func newRegistry(t *testing.T, change func(*Options)) *registryFixture {
	t.Helper()
	db, err := sqlstore.Open(t.Context(), sqlstore.Options{Path: filepath.Join(t.TempDir(), "test.db"), Unsafe: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := db.Migrate(t.Context(), Migrations()); err != nil {
		t.Fatal(err)
	}
	f := &registryFixture{db: db, clock: time.Date(2009, 3, 18, 9, 58, 17, 0, time.UTC)}
	o := Options{Now: func() time.Time { return f.clock }, Rand: rand.NewChaCha8([32]byte{1}), Secrets: testSecrets(t, 1)}
	if change != nil {
		change(&o)
	}
	f.Store = Open(db, o)
	return f
}

// cheap makes hashing quick for tests that do not look at it.
func (f *registryFixture) cheap() *registryFixture {
	f.logins.derive = func(password string, p phc) []byte {
		sum := make([]byte, sumSize)
		for i, b := range append([]byte(password), p.salt...) {
			sum[i%sumSize] = sum[i%sumSize]*31 + b
		}
		return sum
	}
	return f
}

func testSecrets(t *testing.T, seed byte) *Secrets {
	t.Helper()
	key := make([]byte, secretKeySize)
	key[0] = seed
	s, err := NewSecrets(key, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func mustAccount(t *testing.T, s *Store, name string) Account {
	t.Helper()
	a, err := s.CreateAccount(t.Context(), NewAccount{Name: name, Password: "pass-" + name})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func mustClient(t *testing.T, s *Store, owner string, n NewClient) Client {
	t.Helper()
	c, err := s.CreateClient(t.Context(), owner, n)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func mustDatastore(t *testing.T, s *Store, owner string) Client {
	t.Helper()
	list, err := s.Clients(t.Context(), owner, "datastore")
	if err != nil || len(list) != 1 {
		t.Fatalf("datastore clients of %s = %v, %v; want one", owner, list, err)
	}
	return list[0]
}

func wantClass(t *testing.T, what string, err, class error) {
	t.Helper()
	if !errors.Is(err, class) {
		t.Errorf("%s: error = %v, want class %v", what, err, class)
	}
}

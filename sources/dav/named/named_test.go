package named_test

import (
	"context"
	"errors"
	"maps"
	"path/filepath"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/dav/named"
	"github.com/bindery-sync/bindery/sources/sqlstore"
)

func open(t *testing.T) (*sqlstore.Store, *named.Addresses) {
	t.Helper()
	db, err := sqlstore.Open(t.Context(), sqlstore.Options{Path: filepath.Join(t.TempDir(), "test.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := db.Migrate(t.Context(), named.Migrations()); err != nil {
		t.Fatal(err)
	}
	return db, named.New(db)
}

func called(id string) func(context.Context) (string, error) {
	return func(context.Context) (string, error) { return id, nil }
}

// TestPlaces keeps apart what is another owner's, another user's or at another address.
func TestPlaces(t *testing.T) {
	_, a := open(t)
	ctx := t.Context()
	home := named.Place{Address: "https://pim.example.org/dav/", User: "nora"}
	paul := named.Place{Address: home.Address, User: "paul"}
	for id, who := range map[string]struct {
		owner string
		at    named.Place
	}{"a": {"ann", home}, "b": {"ann", paul}, "c": {"bob", home}, "d": {"ann", named.Place{Address: "https://pim.example.org/", User: "nora"}}} {
		if got, err := a.Enrol(ctx, who.owner, who.at, called(id)); got != id || err != nil {
			t.Fatalf("%q, %v", got, err)
		}
	}
	list, err := a.At(ctx, "ann", home.Address)
	if err != nil || len(list) != 2 || list[0].ID != "a" || list[1].ID != "b" || list[1].Place != paul {
		t.Errorf("%+v, %v", list, err)
	}
	if _, err := a.Enrol(ctx, "ann", home, called("e")); err == nil {
		t.Error("two clients for one place")
	}
	if _, err := a.Of(ctx, "bob", "a"); !errors.Is(err, named.ErrUnknown) {
		t.Errorf("the client of another owner: %v", err)
	}
	if list, err := a.At(ctx, "bob", "https://pim.example.org/"); len(list) != 0 || err != nil {
		t.Errorf("%+v, %v", list, err)
	}
}

// TestFailedEnrolment leaves nothing behind.
func TestFailedEnrolment(t *testing.T) {
	_, a := open(t)
	full := errors.New("no room")
	p := named.Place{Address: "https://pim.example.org/"}
	if _, err := a.Enrol(t.Context(), "ann", p, func(context.Context) (string, error) { return "", full }); !errors.Is(err, full) {
		t.Errorf("%v", err)
	}
	if list, err := a.At(t.Context(), "ann", p.Address); len(list) != 0 || err != nil {
		t.Errorf("%+v, %v", list, err)
	}
}

// TestCollections changes one dataclass and leaves the others, and forgets all of it with the owner.
func TestCollections(t *testing.T) {
	db, a := open(t)
	ctx := t.Context()
	if _, err := a.Enrol(ctx, "ann", named.Place{Address: "https://pim.example.org/", User: "nora"}, called("a")); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		name      string
		set, want map[dataclass.Class]string
	}{
		{"none", nil, map[dataclass.Class]string{}},
		{"two", map[dataclass.Class]string{dataclass.Contacts: "c", dataclass.Events: "e"}, map[dataclass.Class]string{dataclass.Contacts: "c", dataclass.Events: "e"}},
		{"moved", map[dataclass.Class]string{dataclass.Events: "f"}, map[dataclass.Class]string{dataclass.Contacts: "c", dataclass.Events: "f"}},
		{"forgotten", map[dataclass.Class]string{dataclass.Contacts: ""}, map[dataclass.Class]string{dataclass.Events: "f"}},
	} {
		if err := a.SetCollections(ctx, "ann", "a", step.set); err != nil {
			t.Fatal(err)
		}
		got, err := a.Of(ctx, "ann", "a")
		if err != nil || !maps.Equal(got.Collections, step.want) {
			t.Errorf("%s: %v, %v", step.name, got.Collections, err)
		}
	}
	if err := db.EraseOwner(ctx, "ann"); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Of(ctx, "ann", "a"); !errors.Is(err, named.ErrUnknown) {
		t.Errorf("after the owner was erased: %v", err)
	}
}

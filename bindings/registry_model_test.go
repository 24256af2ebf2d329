package bindings

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/bindery-sync/bindery/sources/sqlstore"
)

// Several processes race to bind one phone, each to another peer: one of them succeeds.
func TestRule_2_6_APhoneIsBoundOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	stores := make([]*Store, 4)
	for i := range stores {
		db, err := sqlstore.Open(t.Context(), sqlstore.Options{Path: path, Unsafe: true})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		if i == 0 {
			if err := db.Migrate(t.Context(), Migrations()); err != nil {
				t.Fatal(err)
			}
		}
		stores[i] = Open(db, Options{})
	}
	ann := mustAccount(t, stores[0], "ann")
	phone := mustClient(t, stores[0], ann.ID, NewClient{Kind: "syncml"})
	errs := make([]error, len(stores))
	var wg sync.WaitGroup
	for i, s := range stores {
		peer := mustClient(t, s, ann.ID, NewClient{Kind: "google"})
		wg.Go(func() {
			_, errs[i] = s.CreateBinding(t.Context(), ann.ID, NewBinding{Source: phone.ID, Target: peer.ID})
		})
	}
	wg.Wait()
	made := 0
	for i, err := range errs {
		if err == nil {
			made++
			continue
		}
		wantClass(t, fmt.Sprintf("process %d", i), err, ErrInUse)
	}
	if list, err := stores[0].Bindings(t.Context(), ann.ID); err != nil || made != 1 || len(list) != 1 {
		t.Errorf("%d made, bindings %v, %v; want one", made, list, err)
	}
}

// Several processes race to create one account: one of them succeeds, and there is one datastore client.
func TestAnAccountIsCreatedOnce(t *testing.T) {
	f := newRegistry(t, nil).cheap()
	errs := make([]error, 8)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() {
			_, errs[i] = f.CreateAccount(t.Context(), NewAccount{Name: []string{"ann", "Ann"}[i%2], Password: "p"})
		})
	}
	wg.Wait()
	errs = slices.DeleteFunc(errs, func(err error) bool { return errors.Is(err, ErrInUse) })
	list, err := f.Accounts(t.Context())
	if len(errs) != 1 || errs[0] != nil || err != nil || len(list) != 1 {
		t.Fatalf("errors other than in use %v; accounts %v, %v; want one success", errs, list, err)
	}
	mustDatastore(t, f.Store, list[0].ID)
}

// A modelled binding of the test below.
type modelBinding struct {
	owner, source, target, winner string
	removed                       bool
}

// bindingModel is what the bindings of two owners should be, whatever is done to them.
type bindingModel struct {
	f       *registryFixture
	owners  []string
	clients map[string][]Client // by owner
	all     map[int64]*modelBinding
	last    int64
}

func newBindingModel(t *testing.T) *bindingModel {
	m := &bindingModel{f: newRegistry(t, nil).cheap(), clients: map[string][]Client{}, all: map[int64]*modelBinding{}}
	for _, name := range []string{"ann", "bob"} {
		a := mustAccount(t, m.f.Store, name)
		m.owners = append(m.owners, a.ID)
		for _, kind := range []string{"syncml", "syncml", "google"} {
			mustClient(t, m.f.Store, a.ID, NewClient{Kind: kind})
		}
		list, err := m.f.Clients(t.Context(), a.ID, "")
		if err != nil {
			t.Fatal(err)
		}
		m.clients[a.ID] = list
	}
	return m
}

// want is the class of error that binding two clients must have.
func (m *bindingModel) want(owner string, a, b Client) error {
	switch {
	case a.ID == b.ID:
		return ErrInvalid
	case a.Owner != owner || b.Owner != owner:
		return ErrNoClient
	case a.Kind == "syncml" && b.Kind == "syncml":
		return ErrInvalid
	}
	for _, o := range m.all {
		ends := []string{o.source, o.target}
		if o.removed {
			continue
		}
		for i, c := range []Client{a, b} {
			peer := []Client{b, a}[i]
			if slices.Contains(ends, c.ID) && (c.Kind == "syncml" || slices.Contains(ends, peer.ID)) {
				return ErrInUse
			}
		}
	}
	return nil
}

func (m *bindingModel) create(t *rapid.T) {
	owner := rapid.SampledFrom(m.owners).Draw(t, "owner")
	everybody := append(slices.Clone(m.clients[m.owners[0]]), m.clients[m.owners[1]]...)
	a, b := rapid.SampledFrom(everybody).Draw(t, "source"), rapid.SampledFrom(everybody).Draw(t, "target")
	want := m.want(owner, a, b)
	got, err := m.f.CreateBinding(t.Context(), owner, NewBinding{Source: a.ID, Target: b.ID})
	if !errors.Is(err, want) {
		t.Fatalf("bind %s to %s: %v, want %v", a.Kind, b.Kind, err, want)
	}
	if err != nil {
		return
	}
	if got.ID <= m.last {
		t.Fatalf("id %d after %d", got.ID, m.last)
	}
	m.last = got.ID
	m.all[got.ID] = &modelBinding{owner: owner, source: a.ID, target: b.ID, winner: WinnerSource}
}

// touched is the class of error that doing something to a binding must have.
func (m *bindingModel) touched(owner string, id int64) error {
	switch b := m.all[id]; {
	case b == nil || b.removed:
		return ErrNotFound
	case b.owner != owner:
		return ErrForbidden
	}
	return nil
}

func (m *bindingModel) change(t *rapid.T) {
	owner, id := rapid.SampledFrom(m.owners).Draw(t, "owner"), rapid.Int64Range(0, m.last+1).Draw(t, "id")
	winner := rapid.SampledFrom([]string{WinnerSource, WinnerTarget}).Draw(t, "winner")
	want := m.touched(owner, id)
	if _, err := m.f.SetWinner(t.Context(), owner, id, winner); !errors.Is(err, want) {
		t.Fatalf("change %d: %v, want %v", id, err, want)
	}
	if want == nil {
		m.all[id].winner = winner
	}
}

func (m *bindingModel) remove(t *rapid.T) {
	owner, id := rapid.SampledFrom(m.owners).Draw(t, "owner"), rapid.Int64Range(0, m.last+1).Draw(t, "id")
	want := m.touched(owner, id)
	if err := m.f.RemoveBinding(t.Context(), owner, id); !errors.Is(err, want) {
		t.Fatalf("remove %d: %v, want %v", id, err, want)
	}
	if want == nil {
		m.all[id].removed = true
	}
}

// check compares every owner's list with the model.
func (m *bindingModel) check(t *rapid.T) {
	for _, owner := range m.owners {
		got := map[int64]modelBinding{}
		list, err := m.f.Bindings(t.Context(), owner)
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range list {
			got[b.ID] = modelBinding{owner: b.Owner, source: b.Source, target: b.Target, winner: b.Winner}
		}
		for id, want := range m.all {
			if b, ok := got[id]; ok != (want.owner == owner && !want.removed) || ok && b != *want {
				t.Fatalf("%s sees binding %d as %+v (%v), want %+v", owner, id, b, ok, *want)
			}
			delete(got, id)
		}
		if len(got) != 0 {
			t.Fatalf("%s sees bindings that nobody made: %v", owner, got)
		}
	}
}

// P14: whatever two owners do to bindings, each has exactly what he made and did not remove.
func TestBindingsFollowTheModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		m := newBindingModel(t)
		rt.Repeat(map[string]func(*rapid.T){"": m.check, "create": m.create, "change": m.change, "remove": m.remove})
	})
}

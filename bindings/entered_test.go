package bindings

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/datastore"
	"github.com/bindery-sync/bindery/sources/sqlstore"
)

// beforeWriting calls fn before the first write of a source.
type beforeWriting struct {
	sources.Source
	fn *func()
}

// Begin implements sources.Source.
func (b beforeWriting) Begin(ctx context.Context, class dataclass.Class, since sources.Cursor) (sources.Session, error) {
	s, err := b.Source.Begin(ctx, class, since)
	return beforeWritingSession{s, b.fn}, err
}

type beforeWritingSession struct {
	sources.Session
	fn *func()
}

// Apply implements sources.Session.
func (s beforeWritingSession) Apply(ctx context.Context, ops []sources.Op) ([]sources.Result, error) {
	if fn := *s.fn; fn != nil {
		*s.fn = nil
		fn()
	}
	return s.Session.Apply(ctx, ops)
}

// pairOfStores are two datastores of one account, bound to each other.
type pairOfStores struct {
	t       *testing.T
	db      *sqlstore.Store
	store   *Store
	items   [2]datastore.Items
	syncs   *Syncs
	owner   string
	binding int64
	// meanwhile is called once, when a sync has looked at both and writes for the first time.
	meanwhile func()
}

func newPairOfStores(t *testing.T) *pairOfStores {
	t.Helper()
	ctx, p := t.Context(), &pairOfStores{t: t}
	db, err := sqlstore.Open(ctx, sqlstore.Options{Path: filepath.Join(t.TempDir(), "test.db"), Unsafe: true, Readers: 2})
	p.must(err)
	t.Cleanup(func() { _ = db.Close() })
	p.must(db.Migrate(ctx, slices.Concat(Migrations(), datastore.Migrations())))
	kinds := new(sources.Registry)
	store := Open(db, Options{Kinds: kinds})
	all := datastore.New(db, datastore.Options{Registered: store.Registered})
	k := all.Kind()
	open := k.Open
	k.Open = func(ctx context.Context, c sources.Client) (sources.Source, error) {
		s, err := open(ctx, c)
		return beforeWriting{s, &p.meanwhile}, err
	}
	kinds.Register(k)
	who, err := store.CreateAccount(ctx, NewAccount{Name: "ada", Password: "correct horse", NoMD5: true})
	p.must(err)
	_, err = store.CreateClient(ctx, who.ID, NewClient{Kind: datastore.KindName})
	p.must(err)
	clients, err := store.Clients(ctx, who.ID, datastore.KindName)
	p.must(err)
	b, err := store.CreateBinding(ctx, who.ID, NewBinding{Source: clients[0].ID, Target: clients[1].ID})
	p.must(err)
	p.db, p.store = db, store
	p.owner, p.binding, p.syncs = who.ID, b.ID, store.Syncs(kinds, slog.New(slog.DiscardHandler))
	p.items = [2]datastore.Items{all.Items(who.ID, clients[0].ID), all.Items(who.ID, clients[1].ID)}
	return p
}

func (p *pairOfStores) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

func (p *pairOfStores) put(side engine.Side, names ...string) {
	p.t.Helper()
	for _, n := range names {
		_, err := p.items[side].Put(p.t.Context(), dataclass.Contacts, "", "", card(n))
		p.must(err)
	}
}

func (p *pairOfStores) sync() {
	p.t.Helper()
	_, err := p.syncs.Synchronize(p.t.Context(), p.owner, p.binding, dataclass.Contacts, engine.TwoWay)
	p.must(err)
}

func (p *pairOfStores) counts() [2]int {
	p.t.Helper()
	var n [2]int
	for s, items := range p.items {
		var err error
		n[s], err = items.Count(p.t.Context(), dataclass.Contacts)
		p.must(err)
	}
	return n
}

// TestEnteredDuringASync is the fear of whoever imports a file while it is also on its way by a sync: everybody is there
// twice, on both sides, for ever. What is written between the look of a sync and its writes is not added once more; the
// next sync knows that the two are one.
func TestEnteredDuringASync(t *testing.T) {
	var many []string
	for i := range 300 { // more than one batch
		many = append(many, fmt.Sprintf("Person%d", i))
	}
	tests := []struct {
		name           string
		there, entered []string
		want           int
	}{
		{"all of it", many, many, len(many)},
		{"one", []string{"Ada", "Bea"}, []string{"Ada"}, 2},
		{"somebody else", []string{"Ada", "Bea"}, []string{"Cid"}, 3},
		{"one of twins", []string{"Ada", "Ada"}, []string{"Ada"}, 2},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			p := newPairOfStores(t)
			p.put(engine.Source, tc.there...)
			p.meanwhile = func() { p.put(engine.Target, tc.entered...) }
			for range 3 {
				p.sync()
			}
			if n := p.counts(); n != [2]int{tc.want, tc.want} || p.meanwhile != nil {
				t.Errorf("%v items, want %d on both sides", n, tc.want)
			}
		})
	}
}

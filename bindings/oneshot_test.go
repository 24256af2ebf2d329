package bindings

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"testing"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/datastore"
)

// TestSynchronizeAs: what a holder left that died is taken up by its own name at once, by others not; a
// phone is refused; what was synchronised and what was refused can be asked for.
func TestSynchronizeAs(t *testing.T) {
	ctx := t.Context()
	who, phones := benchHouse(t)
	store, items := phones.store, datastore.New(phones.store.db, datastore.Options{})
	list, err := store.Clients(ctx, who.Owner, kindDatastore)
	if err != nil {
		t.Fatal(err)
	}
	second, err := store.CreateClient(ctx, who.Owner, NewClient{Kind: kindDatastore})
	if err != nil {
		t.Fatal(err)
	}
	b, err := store.CreateBinding(ctx, who.Owner, NewBinding{Source: list[0].ID, Target: second.ID})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := items.Items(who.Owner, list[0].ID).Put(ctx, dataclass.Contacts, "", "", benchCard(1)); err != nil {
		t.Fatal(err)
	}
	kinds := new(sources.Registry)
	kinds.Register(items.Kind())
	syncs := store.Syncs(kinds, slog.New(slog.DiscardHandler))
	ref := engine.Ref{Owner: who.Owner, Binding: b.ID, Class: dataclass.Contacts}
	if _, err := store.Journal().Lease(ctx, ref, "me", false); err != nil { // and dies
		t.Fatal(err)
	}
	if _, err := syncs.SynchronizeAs(ctx, who.Owner, b.ID, dataclass.Contacts, engine.TwoWay, "another"); !errors.Is(err, engine.ErrBusy) {
		t.Errorf("another holder: %v", err)
	}
	entry, err := syncs.SynchronizeAs(ctx, who.Owner, b.ID, dataclass.Contacts, engine.TwoWay, "me")
	if err != nil || entry.Sides[engine.Target].AddsOut != 1 || entry.State != engine.StateDone {
		t.Errorf("the same holder: %+v, %v", entry, err)
	}
	if got, err := store.Synchronized(ctx, who.Owner, b.ID); err != nil || !slices.Equal(got, []dataclass.Class{dataclass.Contacts}) {
		t.Errorf("synchronized: %v, %v", got, err)
	}
	if got, err := store.Synchronized(ctx, "nobody", b.ID); err != nil || len(got) != 0 {
		t.Errorf("synchronized of another owner: %v, %v", got, err)
	}
	wantRefused(t, store, ref, engine.Refused, 1)
	wantRefused(t, store, ref, engine.Contended, 1)
	wantRefused(t, store, ref, engine.Waiting, 0)
	wantRefused(t, store, ref, engine.None, 0)
}

// wantRefused lets the only link's target be owed for a reason, and counts.
func wantRefused(t *testing.T, s *Store, ref engine.Ref, why engine.Reason, want int) {
	t.Helper()
	err := s.db.Update(t.Context(), func(_ context.Context, tx *gorm.DB) error {
		return tx.Model(&journalLinkRow{}).Where(journalWhere, keyOf(ref).args()...).Update("target_owed", int(why)).Error
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := s.CountRefused(t.Context(), ref.Owner, ref.Binding, ref.Class); err != nil || got != want {
		t.Errorf("refused with reason %s: %d, %v; want %d", why, got, err, want)
	}
}

// TestSynchronizeAsPhone: a phone starts its syncs itself.
func TestSynchronizeAsPhone(t *testing.T) {
	who, phones := benchHouse(t)
	list, err := phones.store.Bindings(t.Context(), who.Owner)
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	if _, err := phones.syncs.SynchronizeAs(t.Context(), who.Owner, list[0].ID, dataclass.Contacts, engine.TwoWay, "me"); !errors.Is(err, ErrInvalid) {
		t.Errorf("a phone: %v", err)
	}
}

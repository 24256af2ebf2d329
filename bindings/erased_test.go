package bindings

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
)

// left lists the rows that name an owner.
func (p *pairOfStores) left() []string {
	p.t.Helper()
	return slices.DeleteFunc(dump(p.t, p.db, "account"), func(row string) bool { return !strings.Contains(row, p.owner) })
}

// TestNothingIsWrittenForWhoIsGone is the fear of whoever has his account removed: what was just under way writes some of
// it again, and it stays for ever.
func TestNothingIsWrittenForWhoIsGone(t *testing.T) {
	tests := []struct {
		name string
		// write tries to write after the account was removed; it has to fail.
		write func(p *pairOfStores) error
	}{
		{"an item", func(p *pairOfStores) error {
			_, err := p.items[0].Put(p.t.Context(), dataclass.Contacts, "", "", card("Ada"))
			return err
		}},
		{"a sync that begins", func(p *pairOfStores) error {
			_, err := p.store.Journal().Lease(p.t.Context(), engine.Ref{Owner: p.owner, Binding: p.binding, Class: dataclass.Contacts}, "me", false)
			return err
		}},
		{"the end of a sync that is taken over", func(p *pairOfStores) error {
			_, err := p.store.Journal().Lease(p.t.Context(), engine.Ref{Owner: p.owner, Binding: p.binding, Class: dataclass.Contacts}, "me", true)
			return err
		}},
		{"a client", func(p *pairOfStores) error {
			_, err := p.store.CreateClient(p.t.Context(), p.owner, NewClient{Kind: "datastore"})
			return err
		}},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			p := newPairOfStores(t)
			p.put(engine.Source, "Bea")
			p.remove()
			if err := tc.write(p); err == nil {
				t.Error("it was written")
			}
			if rows := p.left(); len(rows) > 0 {
				t.Errorf("left: %v", rows)
			}
		})
	}
}

// TestRemovedDuringASync removes the account when a sync has looked and is about to write.
func TestRemovedDuringASync(t *testing.T) {
	p := newPairOfStores(t)
	p.put(engine.Source, "Ada", "Bea")
	p.meanwhile = p.remove
	if _, err := p.syncs.Synchronize(t.Context(), p.owner, p.binding, dataclass.Contacts, engine.TwoWay); err == nil {
		t.Error("the sync came to its end")
	}
	if rows := p.left(); len(rows) > 0 || p.meanwhile != nil {
		t.Errorf("left: %v", rows)
	}
}

// TestEraseLeft: what a room that does not ask writes after all goes with the next sweep, for a day; who is there is not
// touched.
func TestEraseLeft(t *testing.T) {
	p := newPairOfStores(t)
	other, err := p.store.CreateAccount(t.Context(), NewAccount{Name: "bob", Password: "correct horse", NoMD5: true})
	p.must(err)
	p.remove()
	clock := time.Now()
	p.store.now = func() time.Time { return clock }
	write := func() {
		p.must(p.db.Update(t.Context(), func(_ context.Context, tx *gorm.DB) error {
			return tx.Create(&journalStateRow{Ref: journalKey{Owner: p.owner, Binding: 1, Class: "Contacts"}}).Error
		}))
	}
	for _, after := range []time.Duration{0, time.Hour, 25 * time.Hour} {
		write()
		clock = clock.Add(after)
		p.must(p.store.EraseLeft(t.Context()))
		if rows := p.left(); len(rows) > 0 {
			t.Errorf("left after %s: %v", after, rows)
		}
	}
	if rows := strings.Join(dump(t, p.db), ""); strings.Contains(rows, p.owner) || !strings.Contains(rows, other.ID) {
		t.Error("after a day something names the account, or somebody else is gone")
	}
}

// remove removes the account.
func (p *pairOfStores) remove() {
	p.t.Helper()
	p.must(p.store.RemoveAccount(p.t.Context(), p.owner))
}

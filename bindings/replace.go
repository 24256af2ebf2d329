package bindings

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
)

// Replace puts another phone in the place of one: it takes over the bindings, with what they are set to, their log
// and their history, and the title and time zone if it has none of its own. Its first sync is a slow one: what it holds
// is matched with what the other side holds by what it says, whatever its own names of items are, and what the old phone
// had and the new one lacks is sent to it. The old phone is refused from then on.
//
// The new phone is the owner's phone of that UUID, or else of that device id; it is registered if it has not logged in
// yet. With "" it is the next unknown phone that logs in. If it was bound already, as phones are that logged in, its own
// bindings are removed; nothing is deleted anywhere.
//
// Their sessions and runs end as if they had logged in anew. It returns an ErrNoClient if one of them is not the owner's, an ErrInvalid if one is no phone or both are the same, and
// an ErrInUse while something that one of them sent waits to be synchronised.
func (p *Phones) Replace(ctx context.Context, owner, old, by string) (Client, error) {
	var out Client
	s := p.store
	err := s.db.Update(ctx, func(ctx context.Context, tx *gorm.DB) error {
		from, to, err := s.bothPhones(ctx, owner, old, by)
		if err != nil {
			return err
		}
		for _, c := range []Client{from, to} {
			if _, err := p.TakeOver(ctx, owner, c.ID); err != nil {
				return err
			}
			if err := s.mustBePlanned(ctx, tx, c); err != nil {
				return err
			}
		}
		if err := s.moveBindings(ctx, tx, from, to); err != nil {
			return err
		}
		if err := s.takeAway(ctx, tx, from, to.ID); err != nil {
			return err
		}
		set := map[string]any{"bound": true, "title": orElse(to.Title, from.Title), "zone": orElse(to.Zone, from.Zone)}
		if err := tx.Model(&clientRow{}).Where("owner_id = ? AND id = ?", owner, to.ID).Updates(set).Error; err != nil {
			return err
		}
		out, err = s.Client(ctx, owner, to.ID)
		return err
	})
	if err != nil {
		return Client{}, fmt.Errorf("replace phone: %w", err)
	}
	return out, nil
}

func orElse(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// bothPhones finds the old phone, and finds or registers the new one.
func (s *Store) bothPhones(ctx context.Context, owner, old, by string) (from, to Client, err error) {
	if from, err = s.Client(ctx, owner, old); err != nil {
		return from, to, err
	}
	to, err = s.Client(ctx, owner, by)
	if errors.Is(err, ErrNoClient) || errors.Is(err, ErrInvalid) { // it is no UUID of ours
		to, err = s.ClientByDevice(ctx, owner, kindSyncML, by)
		if errors.Is(err, ErrNoClient) {
			if _, bad := parseID(by); bad == nil {
				return from, to, err
			}
			to, err = s.CreateClient(ctx, owner, NewClient{Kind: kindSyncML, DeviceID: by})
		}
	}
	switch {
	case err != nil:
		return from, to, err
	case from.Kind != kindSyncML || to.Kind != kindSyncML:
		return from, to, fault(ErrInvalid, "only a phone is replaced, and only by a phone")
	case from.ID == to.ID:
		return from, to, fault(ErrInvalid, "a phone cannot be replaced by itself")
	}
	return from, to, nil
}

// mustBePlanned returns an ErrInUse if something that a phone sent is in no plan yet: it was promised to be kept, and
// only the phone's own run reads it as that phone means it.
func (s *Store) mustBePlanned(ctx context.Context, tx *gorm.DB, c Client) error {
	bound, err := s.BindingsOf(ctx, c.Owner, c.ID)
	if err != nil || len(bound) == 0 {
		return err
	}
	b := bound[0]
	var rows []struct {
		Class string
		Last  int64
	}
	err = tx.Model(&inboxRow{}).Select("class, MAX(seq) AS last").Where("owner_id = ? AND client_id = ?", c.Owner, c.ID).Group("class").Scan(&rows).Error
	if err != nil {
		return err
	}
	for _, r := range rows {
		var st journalStateRow
		key := keyOf(engine.Ref{Owner: c.Owner, Binding: b.ID, Class: dataclass.Class(r.Class)})
		if err := tx.Where(journalWhere, key.args()...).Take(&st).Error; err != nil && !errors.Is(err, gorm.ErrRecordNotFound) {
			return err
		}
		read, _ := strconv.ParseInt(string(st.cursor(sideOf(b, c.ID))), 10, 64) // none has read nothing
		if r.Last > read {
			return fault(ErrInUse, "%s that phone %s sent wait to be synchronised; try again when its last session is over", r.Class, c.ID)
		}
	}
	return nil
}

// moveBindings gives the bindings of one phone to another, which has none of its own then.
func (s *Store) moveBindings(ctx context.Context, tx *gorm.DB, from, to Client) error {
	own, err := s.BindingsOf(ctx, to.Owner, to.ID)
	if err != nil {
		return err
	}
	moved, err := s.BindingsOf(ctx, from.Owner, from.ID)
	if err != nil || len(moved) == 0 {
		return err
	}
	for _, b := range own {
		if err := s.RemoveBinding(ctx, b.Owner, b.ID); err != nil {
			return err
		}
	}
	for _, b := range moved {
		set := map[string]any{"source_id": to.ID, "deferred_id": to.ID, "updated_at": micros(s.now())}
		row := bindingRow{Owner: b.Owner, ID: b.ID, Source: to.ID, Deferred: to.ID}
		if b.Target == from.ID {
			delete(set, "source_id")
			set["target_id"] = to.ID
			row.Source, row.Target = b.Source, to.ID
		}
		if err := s.updateBinding(ctx, b.Owner, b.ID, set); err != nil {
			return err
		}
		if err := s.forgetPhone(tx, row); err != nil {
			return err
		}
	}
	return nil
}

// forgetPhone takes from a binding's memory what only held for the phone before: which run of it is open, and the names
// of items that it set aside. Those stay to be looked at, under names that no phone gives.
func (s *Store) forgetPhone(tx *gorm.DB, row bindingRow) error {
	if err := s.startAnew(tx, row, true); err != nil {
		return err
	}
	side := engine.Source
	if row.Target == row.Deferred {
		side = engine.Target
	}
	return tx.Exec("UPDATE quarantine SET item = '(replaced) ' || id || ' ' || item WHERE owner_id = ? AND binding_id = ? AND side = ?",
		row.Owner, row.ID, int(side)).Error
}

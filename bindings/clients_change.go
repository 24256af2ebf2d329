package bindings

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/sources/syncml"
)

// A ClientChange changes what is known of a client. What is nil stays as it is.
type ClientChange struct {
	// Title is what the user calls it.
	Title *string
	// Zone is the IANA name of the zone of a phone that keeps local times, such as Europe/Oslo; "" for the server's.
	// It counts from the phone's next session on.
	Zone *string
	// Seen, if not nil, is the client as whoever changes it saw it.
	Seen *Client
}

// ChangeClient changes a client. It returns an ErrInvalid for what is no text or zone, an ErrChanged if title or zone are
// not those that were Seen, and an ErrNoClient.
func (s *Store) ChangeClient(ctx context.Context, owner, id string, c ClientChange) (Client, error) {
	set := make(map[string]any)
	if c.Title != nil {
		if err := checkText("title", *c.Title, maxTitleSize); err != nil {
			return Client{}, err
		}
		set["title"] = *c.Title
	}
	if c.Zone != nil {
		if _, err := time.LoadLocation(*c.Zone); err != nil || *c.Zone == "Local" {
			return Client{}, fault(ErrInvalid, "%.64q is no time zone; they are named like Europe/Oslo", *c.Zone)
		}
		set["zone"] = *c.Zone
	}
	id, err := parseID(id)
	if err != nil {
		return Client{}, err
	}
	if len(set) > 0 {
		err = s.db.Update(ctx, func(ctx context.Context, tx *gorm.DB) error {
			if now, err := s.Client(ctx, owner, id); err == nil && c.Seen != nil && (now.Title != c.Seen.Title || now.Zone != c.Seen.Zone) {
				return fault(ErrChanged, "it was changed meanwhile; look again")
			}
			return tx.Model(&clientRow{}).Where("owner_id = ? AND id = ? AND removed_at = 0", owner, id).Updates(set).Error
		})
	}
	if err != nil {
		return Client{}, fmt.Errorf("change client: %w", err)
	}
	return s.Client(ctx, owner, id)
}

// RemoveClient takes a client and its bindings away. No item is deleted anywhere: those of a datastore stay where they
// are, unseen, and everything is as it was once RestoreClient brings the client back. A phone that logs in again is
// registered again.
//
// It returns an ErrNoClient, and an ErrInUse for the only datastore of an account: its phones would have nothing to be
// bound to.
func (s *Store) RemoveClient(ctx context.Context, owner, id string) error {
	err := s.db.Update(ctx, func(ctx context.Context, tx *gorm.DB) error {
		c, err := s.Client(ctx, owner, id)
		if err != nil {
			return err
		}
		if c.Kind == kindDatastore {
			if all, err := s.wholes(ctx, owner); err != nil || len(all) == 1 && all[0].ID == c.ID {
				return errors.Join(err, fault(ErrInUse, "this is the only datastore of the account"))
			}
		}
		return s.takeAway(ctx, tx, c, "")
	})
	if err != nil {
		return fmt.Errorf("remove client: %w", err)
	}
	return nil
}

// takeAway marks a client and its bindings as removed at the same time, by which RestoreClient knows them.
func (s *Store) takeAway(ctx context.Context, tx *gorm.DB, c Client, replacedBy string) error {
	at := micros(s.now())
	bound, err := s.BindingsOf(ctx, c.Owner, c.ID)
	if err != nil {
		return err
	}
	for _, b := range bound {
		if err := s.updateBinding(ctx, c.Owner, b.ID, map[string]any{"removed_at": at}); err != nil {
			return err
		}
	}
	return tx.Model(&clientRow{}).Where("owner_id = ? AND id = ?", c.Owner, c.ID).
		Updates(map[string]any{"removed_at": at, "replaced_by": replacedBy, "fence": gorm.Expr("fence + 1")}).Error
}

// A RemovedClient is a client that can be brought back.
type RemovedClient struct {
	Client
	// At is when it was removed; ReplacedBy the UUID of the phone that took its place, "" for none.
	At         time.Time
	ReplacedBy string
}

// RemovedClients lists the owner's clients that were removed, the last one first.
func (s *Store) RemovedClients(ctx context.Context, owner string) ([]RemovedClient, error) {
	var rows []clientRow
	err := s.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return db.Where("owner_id = ? AND removed_at > 0", owner).Order("removed_at DESC, id").Find(&rows).Error
	})
	if err != nil {
		return nil, fmt.Errorf("list removed clients: %w", err)
	}
	var out []RemovedClient
	for _, r := range rows {
		out = append(out, RemovedClient{Client: r.client(), At: fromMicros(r.Removed), ReplacedBy: r.Replaced})
	}
	return out, nil
}

// RestoreClient brings a removed client back, with the bindings that went with it as far as nothing has taken their
// place. It returns an ErrNoClient if the owner has no removed client of that UUID.
func (s *Store) RestoreClient(ctx context.Context, owner, id string) (Client, error) {
	id, err := parseID(id)
	if err != nil {
		return Client{}, err
	}
	var out Client
	err = s.db.Update(ctx, func(ctx context.Context, tx *gorm.DB) error {
		var row clientRow
		err := tx.Where("owner_id = ? AND id = ? AND removed_at > 0", owner, id).Take(&row).Error
		if errors.Is(err, gorm.ErrRecordNotFound) {
			return fault(ErrNoClient, "there is no such removed Sync Client")
		}
		if err != nil {
			return err
		}
		err = tx.Model(&clientRow{}).Where("owner_id = ? AND id = ?", owner, id).
			Updates(map[string]any{"removed_at": 0, "replaced_by": ""}).Error
		if err != nil {
			return err
		}
		var ids []int64
		err = tx.Model(&bindingRow{}).Where("owner_id = ? AND removed_at = ? AND (source_id = ? OR target_id = ?)", owner, row.Removed, id, id).
			Order("id").Pluck("id", &ids).Error
		for _, b := range ids {
			if _, rerr := s.RestoreBinding(ctx, owner, b); rerr != nil && !errors.Is(rerr, ErrInUse) {
				return rerr
			}
		}
		out = row.client()
		return err
	})
	if err != nil {
		return Client{}, fmt.Errorf("bring client back: %w", err)
	}
	return out, nil
}

// RestoreBinding brings a removed binding back, with its links: it goes on where it stopped. A phone begins with a slow
// sync in which the links are candidates, for it may have been bound elsewhere meanwhile.
//
// It returns an ErrNotFound if the owner has no removed binding of that number, and an ErrInUse if a client of it was
// removed, or another binding has taken its place.
func (s *Store) RestoreBinding(ctx context.Context, owner string, id int64) (Binding, error) {
	var out Binding
	err := s.db.Update(ctx, func(ctx context.Context, tx *gorm.DB) error {
		var row bindingRow
		err := tx.Where("owner_id = ? AND id = ? AND removed_at > 0", owner, id).Take(&row).Error
		if errors.Is(err, gorm.ErrRecordNotFound) {
			return fault(ErrNotFound, "there is no removed binding %d", id)
		}
		if err != nil {
			return err
		}
		for _, c := range []string{row.Source, row.Target} {
			if _, err := s.Client(ctx, owner, c); errors.Is(err, ErrNoClient) {
				return fault(ErrInUse, "a Sync Client of binding %d was removed: bring that back first", id)
			} else if err != nil {
				return err
			}
		}
		if err := bindingTaken(tx, row); err != nil {
			return err
		}
		if err := s.startAnew(tx, row, false); err != nil {
			return err
		}
		if err := planAnew(tx, owner, id); err != nil {
			return err
		}
		set := map[string]any{"removed_at": 0, "updated_at": micros(s.now())}
		if err := tx.Model(&bindingRow{}).Where("owner_id = ? AND id = ?", owner, id).Updates(set).Error; err != nil {
			return err
		}
		out, err = s.Binding(ctx, owner, id)
		return err
	})
	if err != nil {
		return Binding{}, fmt.Errorf("bring binding back: %w", err)
	}
	return out, nil
}

// startAnew has the phone of a binding, if it has one, begin with a slow sync. With strange its ids prove nothing.
func (s *Store) startAnew(tx *gorm.DB, row bindingRow, strange bool) error {
	if row.Deferred == "" {
		return nil
	}
	set := map[string]any{"source_cursor": ""}
	if row.Target == row.Deferred {
		set = map[string]any{"target_cursor": ""}
	}
	if strange {
		set["strange"], set["maps_late"] = true, false
	}
	return tx.Model(&journalStateRow{}).Where("owner_id = ? AND binding_id = ?", row.Owner, row.ID).Updates(set).Error
}

// revive brings back a removed phone that logs in again, to be bound as a new one. A phone that another has replaced is
// refused.
func (p *Phones) revive(tx *gorm.DB, owner, deviceID string) (Client, error) {
	var row clientRow
	err := tx.Where("owner_id = ? AND kind = ? AND device_id = ? AND device_id <> '' AND removed_at > 0", owner, kindSyncML, deviceID).
		Take(&row).Error
	switch {
	case errors.Is(err, gorm.ErrRecordNotFound):
		return Client{}, fault(ErrNoClient, "there is no such Sync Client")
	case err != nil:
		return Client{}, err
	case row.Replaced != "":
		return Client{}, fmt.Errorf("phone %s was replaced by %s: %w", row.ID, row.Replaced, syncml.ErrReplaced)
	}
	row.Removed, row.Bound = 0, false
	err = tx.Model(&clientRow{}).Where("owner_id = ? AND id = ?", owner, row.ID).
		Updates(map[string]any{"removed_at": 0, "bound": false}).Error
	return row.client(), err
}

package bindings

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
)

// maxPhoneText is how many bytes each text of a PhoneStore may have.
const maxPhoneText = 256

// A PhoneStore is a binding of a phone with a datastore that was made in one go: the phone is registered with it, and
// the datastore is found, or made, by what the caller calls its user.
type PhoneStore struct {
	Owner   string
	Binding Binding
	// Model is the UUID of the phone's model, Number its telephone number, User what the caller calls the datastore's
	// user, Zone the name of a time zone; all as the caller gave them.
	Model, Number, User, Zone string
	Created                   time.Time
}

// A NewPhoneStore is a PhoneStore to be made.
type NewPhoneStore struct{ Model, Number, User, Zone string }

// phoneStoreRow is one row of phone_stores.
type phoneStoreRow struct {
	Owner   string `gorm:"column:owner_id;primaryKey"`
	Binding int64  `gorm:"column:binding_id;primaryKey"`
	Model   string `gorm:"column:model"`
	Number  string `gorm:"column:number"`
	User    string `gorm:"column:user"`
	Zone    string `gorm:"column:zone"`
	Created int64  `gorm:"column:created_at"`
}

// TableName implements gorm's Tabler.
func (phoneStoreRow) TableName() string { return "phone_stores" }

func (n NewPhoneStore) check() error {
	if n.Number == "" {
		return fault(ErrInvalid, "phone_number not provided")
	}
	if n.User == "" {
		return fault(ErrInvalid, "foreign_user_id not provided")
	}
	for what, s := range map[string]string{"model_uuid": n.Model, "phone_number": n.Number, "foreign_user_id": n.User, "timezone": n.Zone} {
		if err := checkText(what, s, maxPhoneText); err != nil {
			return err
		}
	}
	if _, err := time.LoadLocation(n.Zone); err != nil || n.Zone == "Local" {
		return fault(ErrInvalid, "timezone %.64q is not known", n.Zone)
	}
	return nil
}

// CreatePhoneStore registers a phone and binds it to the owner's datastore client whose title is n.User, which it
// makes if there is none. All of it is done or nothing. It returns an ErrInvalid for a text that is missing or cannot
// be one.
func (s *Store) CreatePhoneStore(ctx context.Context, owner string, n NewPhoneStore) (PhoneStore, error) {
	if err := n.check(); err != nil {
		return PhoneStore{}, err
	}
	var made PhoneStore
	err := s.db.Update(ctx, func(ctx context.Context, tx *gorm.DB) error {
		phone, err := s.CreateClient(ctx, owner, NewClient{Kind: kindSyncML, Title: n.Number})
		if err != nil {
			return err
		}
		store, err := s.storeOf(ctx, tx, owner, n.User)
		if err != nil {
			return err
		}
		b, err := s.CreateBinding(ctx, owner, NewBinding{Source: phone.ID, Target: store})
		if err != nil {
			return err
		}
		row := phoneStoreRow{Owner: owner, Binding: b.ID, Model: n.Model, Number: n.Number, User: n.User, Zone: n.Zone, Created: micros(s.now())}
		made = row.store(b)
		return tx.Create(&row).Error
	})
	if err != nil {
		return PhoneStore{}, fmt.Errorf("bind a phone with a datastore: %w", err)
	}
	return made, nil
}

// storeOf gives the owner's datastore client of that title.
func (s *Store) storeOf(ctx context.Context, tx *gorm.DB, owner, title string) (string, error) {
	var ids []string
	err := tx.Model(&clientRow{}).Where("owner_id = ? AND kind = ? AND title = ? AND removed_at = 0", owner, kindDatastore, title).
		Order("created_at, id").Limit(1).Pluck("id", &ids).Error
	switch {
	case err != nil:
		return "", err
	case len(ids) == 1:
		return ids[0], nil
	}
	c, err := s.CreateClient(ctx, owner, NewClient{Kind: kindDatastore, Title: title})
	return c.ID, err
}

func (r phoneStoreRow) store(b Binding) PhoneStore {
	return PhoneStore{Owner: r.Owner, Binding: b, Model: r.Model, Number: r.Number, User: r.User, Zone: r.Zone, Created: fromMicros(r.Created)}
}

// PhoneStores lists the owner's, in the order in which they were made; not those whose binding was removed.
func (s *Store) PhoneStores(ctx context.Context, owner string) ([]PhoneStore, error) {
	var rows []phoneStoreRow
	err := s.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return db.Where("owner_id = ?", owner).Order("binding_id").Find(&rows).Error
	})
	if err != nil {
		return nil, fmt.Errorf("list bindings of phones with datastores: %w", err)
	}
	bound, err := s.Bindings(ctx, owner)
	if err != nil {
		return nil, err
	}
	at := make(map[int64]Binding, len(bound))
	for _, b := range bound {
		at[b.ID] = b
	}
	var out []PhoneStore
	for _, r := range rows {
		if b, ok := at[r.Binding]; ok {
			out = append(out, r.store(b))
		}
	}
	return out, nil
}

// PhoneStore gives one by the number of its binding. It returns the errors of Binding, and an ErrNotFound for a
// binding that was made otherwise.
func (s *Store) PhoneStore(ctx context.Context, owner string, binding int64) (PhoneStore, error) {
	b, err := s.Binding(ctx, owner, binding)
	if err != nil {
		return PhoneStore{}, err
	}
	var row phoneStoreRow
	err = s.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return db.Where("owner_id = ? AND binding_id = ?", owner, binding).Take(&row).Error
	})
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return PhoneStore{}, fault(ErrNotFound, "binding %d was not made with a phone and a datastore in one go", binding)
	}
	if err != nil {
		return PhoneStore{}, fmt.Errorf("read binding %d of a phone with a datastore: %w", binding, err)
	}
	return row.store(b), nil
}

// Package named remembers the addresses of CardDAV and CalDAV that a person named without registering anything: which
// Sync Client stands for an address and a user there, and which collection of it holds each dataclass, so that a later
// sync finds what it knows without asking the server where things are. It holds no credentials.
package named

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/sqlstore"
)

// ErrUnknown means that no client stands for an address.
var ErrUnknown = errors.New("no Sync Client stands for that address")

// A Place is an address and who one is there.
type Place struct {
	// Address is where a person said that things are: a collection, or whatever leads to some. Equal places have
	// equal addresses: the caller spells them in one way.
	Address string
	// User is the name there, "" for nobody's.
	User string
}

// A Client is what is known of one Sync Client.
type Client struct {
	// ID is its UUID.
	ID string
	Place
	// Collections are the addresses of the collections that hold its dataclasses.
	Collections map[dataclass.Class]string
}

// Addresses keeps the named addresses of every owner in one database. It is safe for concurrent use.
type Addresses struct{ store *sqlstore.Store }

// New makes Addresses on a database that has run Migrations.
func New(db *sqlstore.Store) *Addresses { return &Addresses{store: db} }

// clientRow is one row of dav_named.
type clientRow struct {
	Owner   string `gorm:"column:owner_id;primaryKey"`
	Client  string `gorm:"column:client_id;primaryKey"`
	Address string `gorm:"column:address"`
	User    string `gorm:"column:user"`
}

// TableName implements gorm's Tabler.
func (clientRow) TableName() string { return "dav_named" }

// collectionRow is one row of dav_named_collections.
type collectionRow struct {
	Owner   string          `gorm:"column:owner_id;primaryKey"`
	Client  string          `gorm:"column:client_id;primaryKey"`
	Class   dataclass.Class `gorm:"column:class;primaryKey"`
	Address string          `gorm:"column:address"`
}

// TableName implements gorm's Tabler.
func (collectionRow) TableName() string { return "dav_named_collections" }

// At lists the owner's clients at an address, whoever one is there, by user.
func (a *Addresses) At(ctx context.Context, owner, address string) ([]Client, error) {
	return a.list(ctx, owner, "address = ?", address)
}

// Of gives what is known of one of the owner's clients, or an ErrUnknown for one that stands for no named address.
func (a *Addresses) Of(ctx context.Context, owner, client string) (Client, error) {
	list, err := a.list(ctx, owner, "client_id = ?", client)
	if err != nil {
		return Client{}, err
	}
	if len(list) == 0 {
		return Client{}, ErrUnknown
	}
	return list[0], nil
}

func (a *Addresses) list(ctx context.Context, owner, where string, arg string) ([]Client, error) {
	var list []Client
	err := a.store.View(ctx, func(_ context.Context, db *gorm.DB) error {
		var rows []clientRow
		list = nil
		if err := db.Where("owner_id = ?", owner).Where(where, arg).Order("user").Find(&rows).Error; err != nil {
			return err
		}
		for _, r := range rows {
			var parts []collectionRow
			if err := db.Where("owner_id = ? AND client_id = ?", owner, r.Client).Find(&parts).Error; err != nil {
				return err
			}
			c := Client{ID: r.Client, Place: Place{r.Address, r.User}, Collections: make(map[dataclass.Class]string, len(parts))}
			for _, p := range parts {
				c.Collections[p.Class] = p.Address
			}
			list = append(list, c)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look up address: %w", err)
	}
	return list, nil
}

// Enrol makes a client for a place: create registers it and gives its UUID, in the same transaction, which is that of
// ctx if it has one. It returns an error if the owner has a client for that place.
func (a *Addresses) Enrol(ctx context.Context, owner string, p Place, create func(ctx context.Context) (string, error)) (client string, err error) {
	err = a.store.Update(ctx, func(ctx context.Context, tx *gorm.DB) (err error) {
		if client, err = create(ctx); err != nil {
			return err
		}
		return tx.Create(&clientRow{Owner: owner, Client: client, Address: p.Address, User: p.User}).Error
	})
	if err != nil {
		return "", fmt.Errorf("remember address: %w", err)
	}
	return client, nil
}

// SetCollections remembers where a client's dataclasses are. Those that are not named stay as they were; one with the
// address "" is forgotten.
func (a *Addresses) SetCollections(ctx context.Context, owner, client string, at map[dataclass.Class]string) error {
	err := a.store.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
		for class, address := range at {
			row := collectionRow{Owner: owner, Client: client, Class: class, Address: address}
			q := tx.Clauses(clause.OnConflict{UpdateAll: true}).Create
			if address == "" {
				q = func(row any) *gorm.DB { return tx.Delete(row) }
			}
			if err := q(&row).Error; err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("remember collections: %w", err)
	}
	return nil
}

package bindings

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"gorm.io/gorm"
)

// The kinds that this package knows by name.
const (
	kindSyncML    = "syncml"
	kindDatastore = "datastore"
	kindFolder    = "filedir"
)

// Bounds of a client's texts, in bytes.
const (
	maxKindSize   = 32
	maxDeviceSize = 255
	maxTitleSize  = 255
)

// A Client is one registered Sync Client.
type Client struct {
	Owner string
	// ID is its UUID, lower case with dashes.
	ID   string
	Kind string
	// DeviceID is what a phone calls itself; empty for other kinds, and for a phone that was
	// registered but has not logged in yet.
	DeviceID string
	// Title is what the user calls it; may be empty.
	Title string
	// Zone is the IANA name of the time zone in which a phone that keeps local times is; "" for the server's.
	Zone    string
	Created time.Time
	// Bound tells that auto-bind happened: it happens once.
	Bound bool
	// Fence orders the sessions that acted for the client.
	Fence int64
}

// A NewClient is a client to be created.
type NewClient struct {
	// ID is a UUID in any spelling; empty makes a new one.
	ID string
	// Kind is required.
	Kind            string
	DeviceID, Title string
}

// clientRow is one row of clients.
type clientRow struct {
	Owner    string `gorm:"column:owner_id;primaryKey"`
	ID       string `gorm:"column:id;primaryKey"`
	Kind     string `gorm:"column:kind"`
	DeviceID string `gorm:"column:device_id"`
	Title    string `gorm:"column:title"`
	Created  int64  `gorm:"column:created_at"`
	Bound    bool   `gorm:"column:bound"`
	Fence    int64  `gorm:"column:fence"`
	Zone     string `gorm:"column:zone"`
	Removed  int64  `gorm:"column:removed_at"`
	Replaced string `gorm:"column:replaced_by"`
}

// TableName implements gorm's Tabler.
func (clientRow) TableName() string { return "clients" }

func (r clientRow) client() Client {
	return Client{
		Owner: r.Owner, ID: r.ID, Kind: r.Kind, DeviceID: r.DeviceID, Title: r.Title,
		Created: fromMicros(r.Created), Bound: r.Bound, Fence: r.Fence, Zone: r.Zone,
	}
}

func checkNewClient(n NewClient) error {
	if n.Kind == "" || len(n.Kind) > maxKindSize || strings.ContainsFunc(n.Kind, notKindRune) {
		return fault(ErrInvalid, "%.64q is no kind of Sync Client", n.Kind)
	}
	if err := checkText("device id", n.DeviceID, maxDeviceSize); err != nil {
		return err
	}
	return checkText("title", n.Title, maxTitleSize)
}

func notKindRune(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' }

func checkText(what, s string, limit int) error {
	if len(s) > limit || !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl) {
		return fault(ErrInvalid, "the %s is not a text of at most %d bytes without control characters", what, limit)
	}
	return nil
}

// newClientRow checks n and fills in what it leaves open.
func (s *Store) newClientRow(owner string, n NewClient) (clientRow, error) {
	if err := checkNewClient(n); err != nil {
		return clientRow{}, err
	}
	id, err := "", error(nil)
	if n.ID == "" {
		id, err = s.newID()
	} else {
		id, err = parseID(n.ID)
	}
	return clientRow{
		Owner: owner, ID: id, Kind: n.Kind, DeviceID: n.DeviceID, Title: n.Title, Created: micros(s.now()),
	}, err
}

// CreateClient registers a client. It returns an ErrInvalid for what is no UUID, kind or text, and an
// ErrInUse if the owner has a client with that UUID or that device id. Given the context of an Update it
// joins that transaction.
func (s *Store) CreateClient(ctx context.Context, owner string, n NewClient) (Client, error) {
	row, err := s.newClientRow(owner, n)
	if err != nil {
		return Client{}, err
	}
	err = s.db.Update(ctx, func(_ context.Context, tx *gorm.DB) error { return tx.Create(&row).Error })
	switch {
	case errors.Is(err, gorm.ErrDuplicatedKey):
		return Client{}, fault(ErrInUse, "a Sync Client with that UUID or device id is registered already, or was removed and can be brought back")
	case errors.Is(err, gorm.ErrForeignKeyViolated):
		return Client{}, fault(ErrNotFound, "there is no such account")
	case err != nil:
		return Client{}, fmt.Errorf("create client: %w", err)
	}
	return row.client(), nil
}

// Client gives one of the owner's clients, or an ErrNoClient.
func (s *Store) Client(ctx context.Context, owner, id string) (Client, error) {
	id, err := parseID(id)
	if err != nil {
		return Client{}, err
	}
	return s.oneClient(ctx, "owner_id = ? AND id = ? AND removed_at = 0", owner, id)
}

// ClientByDevice gives the owner's client of that kind and device id, or an ErrNoClient. No client has
// an empty device id.
func (s *Store) ClientByDevice(ctx context.Context, owner, kind, deviceID string) (Client, error) {
	return s.oneClient(ctx, "owner_id = ? AND kind = ? AND device_id = ? AND device_id <> '' AND removed_at = 0", owner, kind, deviceID)
}

func (s *Store) oneClient(ctx context.Context, where string, args ...any) (Client, error) {
	var row clientRow
	err := s.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return db.Where(where, args...).Take(&row).Error
	})
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return Client{}, fault(ErrNoClient, "there is no such Sync Client")
	}
	if err != nil {
		return Client{}, fmt.Errorf("read client: %w", err)
	}
	return row.client(), nil
}

// Clients lists the owner's clients of a kind, or of every kind if it is "", in the order in which they
// were registered.
func (s *Store) Clients(ctx context.Context, owner, kind string) ([]Client, error) {
	var rows []clientRow
	err := s.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		q := db.Where("owner_id = ? AND removed_at = 0", owner)
		if kind != "" {
			q = q.Where("kind = ?", kind)
		}
		return q.Order("created_at, id").Find(&rows).Error
	})
	if err != nil {
		return nil, fmt.Errorf("list clients: %w", err)
	}
	list := make([]Client, 0, len(rows))
	for _, r := range rows {
		list = append(list, r.client())
	}
	return list, nil
}

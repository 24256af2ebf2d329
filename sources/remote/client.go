package remote

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

// Credentials are what somebody entered to let this server sign in. Which of them count depends on the server.
type Credentials struct {
	// User is the name there: part of the credentials for AuthBasic, otherwise only for addresses that hold {user}.
	User string
	// Password is for AuthBasic, Token for AuthBearer, Refresh, a refresh token, for AuthOAuth2.
	Password, Token, Refresh string

	// renewed is what they became by being used.
	renewed keys
}

// String shows nothing, so that no log can.
func (Credentials) String() string { return "credentials" }

// GoString is String.
func (Credentials) GoString() string { return "credentials" }

// keys are credentials as they are kept, sealed.
type keys struct {
	Password string    `json:"password,omitempty"`
	Token    string    `json:"token,omitempty"`
	Refresh  string    `json:"refresh,omitempty"`
	Access   string    `json:"access,omitempty"`
	Expiry   time.Time `json:"expiry,omitzero"`

	version int64
}

// String shows nothing, so that no log can.
func (keys) String() string { return "keys" }

// GoString is String.
func (keys) GoString() string { return "keys" }

// keys takes what a way of signing in needs. It returns an ErrInvalid if that is missing, or cannot be sent.
func (c Credentials) keys(way string) (keys, error) {
	if !isText(c.User, maxUser) || c.User == "." || c.User == ".." {
		return keys{}, fault(ErrInvalid, "the user is a name of at most %d bytes without control characters", maxUser)
	}
	var k keys
	var secret, what string
	switch way {
	case AuthBasic:
		k.Password, secret, what = c.Password, c.Password, "a user and a password"
		if c.User == "" || strings.Contains(c.User, ":") {
			secret = ""
		}
	case AuthBearer:
		k.Token, secret, what = c.Token, c.Token, "a token"
	default:
		k.Refresh, secret, what = c.Refresh, c.Refresh, "a refresh token"
	}
	if secret == "" || !isText(secret, maxSecret) {
		return keys{}, fault(ErrInvalid, "this source needs %s, without control characters", what)
	}
	if c.renewed.Refresh != "" && way == AuthOAuth2 {
		k = c.renewed
	}
	return k, nil
}

// An Account is what a client is at its server. It holds no credentials.
type Account struct {
	Server Server
	// User is the name there; may be empty.
	User string
	// Keyed tells whether there are credentials.
	Keyed bool
}

// clientRow is one row of remote_clients.
type clientRow struct {
	Owner       string `gorm:"column:owner_id;primaryKey"`
	Client      string `gorm:"column:client_id;primaryKey"`
	ServerOwner string `gorm:"column:server_owner"`
	Server      string `gorm:"column:server_id"`
	User        string `gorm:"column:user"`
	Secret      []byte `gorm:"column:secret"`
	Version     int64  `gorm:"column:version"`
}

// TableName implements gorm's Tabler.
func (clientRow) TableName() string { return "remote_clients" }

// row reads the row of a client, or returns an ErrNotFound.
func (m *Remotes) row(ctx context.Context, owner, client string) (clientRow, error) {
	var row clientRow
	err := m.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return db.Where("owner_id = ? AND client_id = ?", owner, client).Take(&row).Error
	})
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return row, fault(ErrNotFound, "this Sync Client is on no source")
	}
	if err != nil {
		return row, fmt.Errorf("read client of source: %w", err)
	}
	return row, nil
}

// serverOf gives the server that a client is on, also one that was taken away.
func (m *Remotes) serverOf(ctx context.Context, row clientRow) (Server, error) {
	if row.Server == "" {
		return m.davServer(ctx, row)
	}
	return one(m.servers(ctx, "owner_id = ? AND id = ?", row.ServerOwner, row.Server))
}

// Account tells what a client is at its server, or returns an ErrNotFound.
func (m *Remotes) Account(ctx context.Context, owner, client string) (Account, error) {
	row, err := m.row(ctx, owner, client)
	if err != nil {
		return Account{}, err
	}
	s, err := m.serverOf(ctx, row)
	return Account{Server: s, User: row.User, Keyed: len(row.Secret) > 0}, err
}

// Attach puts a new client on a server, after its credentials were checked by a real request: in one transaction make
// registers the client and gives its UUID, and the credentials are stored. It returns an ErrNotFound if there is no such
// server, an ErrInvalid for credentials that make no sense or that the server refuses, and the errors of make.
func (m *Remotes) Attach(ctx context.Context, owner, server string, c Credentials, create func(ctx context.Context) (string, error)) error {
	s, err := m.Server(ctx, owner, server)
	if err != nil {
		return err
	}
	k, err := m.tried(ctx, s, c)
	if err != nil {
		return err
	}
	sealed, err := m.seal(owner, k)
	if err != nil {
		return err
	}
	err = m.db.Update(ctx, func(ctx context.Context, tx *gorm.DB) error {
		id, err := create(ctx)
		if err != nil {
			return err
		}
		return tx.Create(&clientRow{Owner: owner, Client: id, ServerOwner: s.Owner, Server: s.ID, User: c.User, Secret: sealed, Version: 1}).Error
	})
	if err != nil {
		return fmt.Errorf("put client on source: %w", err)
	}
	return nil
}

// SetCredentials replaces the credentials of a client, after they were checked by a real request: if the server refuses
// them the old ones stay. It returns an ErrNotFound and an ErrInvalid as Attach does. An empty User stays as it is.
func (m *Remotes) SetCredentials(ctx context.Context, owner, client string, c Credentials) error {
	was, err := m.Account(ctx, owner, client)
	if err != nil {
		return err
	}
	if c.User == "" {
		c.User = was.User
	}
	done, err := m.turn(ctx, clientKey{owner, client})
	if err != nil {
		return err
	}
	defer done()
	k, err := m.tried(ctx, was.Server, c)
	if err != nil {
		return err
	}
	sealed, err := m.seal(owner, k)
	if err != nil {
		return err
	}
	err = m.db.Update(ctx, func(ctx context.Context, tx *gorm.DB) error {
		set := map[string]any{"user": c.User, "secret": sealed, "version": gorm.Expr("version + 1")}
		if err := tx.Model(&clientRow{}).Where("owner_id = ? AND client_id = ?", owner, client).Updates(set).Error; err != nil {
			return err
		}
		return m.o.Authorised(ctx, owner, client)
	})
	if err != nil {
		return fmt.Errorf("store credentials: %w", err)
	}
	m.forgetUnsaved(clientKey{owner, client})
	return nil
}

// Forget forgets the credentials of a client, which is removed. One that is on no server is no error.
func (m *Remotes) Forget(ctx context.Context, owner, client string) error {
	err := m.db.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
		if err := tx.Model(&davRow{}).Where("owner_id = ? AND client_id = ?", owner, client).Update("secret", nil).Error; err != nil {
			return err
		}
		return tx.Model(&clientRow{}).Where("owner_id = ? AND client_id = ?", owner, client).
			Updates(map[string]any{"secret": nil, "version": gorm.Expr("version + 1")}).Error
	})
	if err != nil {
		return fmt.Errorf("forget credentials: %w", err)
	}
	m.forgetUnsaved(clientKey{owner, client})
	return nil
}

// A Connection is how to ask for the items of one client.
type Connection struct {
	// Contacts, Groups and Events are the addresses of its feeds, "" where the class is not offered.
	Contacts, Groups, Events string
	// HTTP carries the requests. It signs in and guards addresses by itself.
	HTTP *http.Client
}

// Connection gives the connection of a client. It does no I/O but reading the database. Its requests end by a
// sources.ErrAuth where there are no credentials any more, or where they cannot be renewed.
func (m *Remotes) Connection(ctx context.Context, owner, client string) (Connection, error) {
	row, err := m.row(ctx, owner, client)
	if err != nil {
		return Connection{}, err
	}
	s, err := m.serverOf(ctx, row)
	if err != nil {
		return Connection{}, err
	}
	return m.connect(s, row.User, &storedRing{m, clientKey{owner, client}}), nil
}

// connect gives a connection to a server with whatever keys the ring has.
func (m *Remotes) connect(s Server, user string, ring ring) Connection {
	for _, f := range s.feeds() {
		*f.at = placed(*f.at, user)
	}
	sign := &signer{m: m, server: s, user: user, ring: ring, limit: m.limit(s.ID)}
	return Connection{Contacts: s.Contacts, Groups: s.Groups, Events: s.Events, HTTP: m.o.Guard.Client(sign)}
}

// placed puts the name of a user into an address.
func placed(address, user string) string {
	if user == "" {
		user = "default"
	}
	return strings.ReplaceAll(address, userPlace, strings.ReplaceAll(url.PathEscape(user), "@", "%40"))
}

// Classes tells which dataclasses a client has: those of its server.
func (m *Remotes) Classes(ctx context.Context, c sources.Client) ([]dataclass.Class, error) {
	row, err := m.row(ctx, c.Owner, c.ID)
	if err != nil {
		return nil, err
	}
	s, err := m.serverOf(ctx, row)
	return s.Classes(), err
}

func (m *Remotes) seal(owner string, k keys) ([]byte, error) {
	plain, err := json.Marshal(k)
	if err != nil {
		return nil, errors.New("credentials cannot be encoded")
	}
	return m.o.Secrets.Seal(owner, plain)
}

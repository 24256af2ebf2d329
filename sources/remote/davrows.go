package remote

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/sqlstore"
)

// davMigrations are the steps that make the tables of clients of KindDAV.
func davMigrations() []sqlstore.Migration {
	return []sqlstore.Migration{{ID: "remote-20261123010", SQLite: []string{
		// A client on a DAV server: its credentials are those of remote_clients, where server_id is then empty. An address
		// is empty for a class that it has not. Secret is what this server is known by where it asks for tokens.
		`CREATE TABLE remote_dav (
			owner_id     TEXT NOT NULL,
			client_id    TEXT NOT NULL,
			address      TEXT NOT NULL,
			principal    TEXT NOT NULL,
			auth         TEXT NOT NULL,
			token_url    TEXT NOT NULL,
			oauth_client TEXT NOT NULL,
			scopes       TEXT NOT NULL,
			secret       BLOB,
			contacts_url TEXT NOT NULL,
			events_url   TEXT NOT NULL,
			tasks_url    TEXT NOT NULL,
			notes_url    TEXT NOT NULL,
			PRIMARY KEY (owner_id, client_id)
		) WITHOUT ROWID`,
	}}}
}

// davRow is one row of remote_dav.
type davRow struct {
	Owner     string `gorm:"column:owner_id;primaryKey"`
	Client    string `gorm:"column:client_id;primaryKey"`
	Address   string `gorm:"column:address"`
	Principal string `gorm:"column:principal"`
	Auth      string `gorm:"column:auth"`
	TokenURL  string `gorm:"column:token_url"`
	ClientID  string `gorm:"column:oauth_client"`
	Scopes    string `gorm:"column:scopes"`
	Secret    []byte `gorm:"column:secret"`
	Contacts  string `gorm:"column:contacts_url"`
	Events    string `gorm:"column:events_url"`
	Tasks     string `gorm:"column:tasks_url"`
	Notes     string `gorm:"column:notes_url"`
}

// TableName implements gorm's Tabler.
func (davRow) TableName() string { return "remote_dav" }

func davRowsOf(owner, client string, f Finding, secret []byte, at map[dataclass.Class]string) *davRow {
	return &davRow{
		Owner: owner, Client: client, Address: f.Address, Principal: f.Principal, Auth: f.auth.Way, TokenURL: f.auth.TokenURL,
		ClientID: f.auth.ClientID, Scopes: strings.Join(f.auth.Scopes, " "), Secret: secret,
		Contacts: at[dataclass.Contacts], Events: at[dataclass.Events], Tasks: at[dataclass.Tasks], Notes: at[dataclass.Notes],
	}
}

// server gives the server of a client, which is named by its host.
func (r davRow) server() Server {
	s := Server{
		Owner: r.Owner, Name: r.Address, Address: r.Address, Principal: r.Principal, Collections: map[dataclass.Class]string{}, secret: r.Secret,
		Auth: Auth{Way: r.Auth, TokenURL: r.TokenURL, ClientID: r.ClientID, Scopes: strings.Fields(r.Scopes), Keyed: len(r.Secret) > 0},
	}
	for class, at := range map[dataclass.Class]string{
		dataclass.Contacts: r.Contacts, dataclass.Events: r.Events, dataclass.Tasks: r.Tasks, dataclass.Notes: r.Notes,
	} {
		if at != "" {
			s.Collections[class] = at
			if u, err := url.Parse(at); err == nil {
				s.Name, s.ID = u.Host, davLimit(u)
			}
		}
	}
	return s
}

// davServer reads the server of a client of KindDAV.
func (m *Remotes) davServer(ctx context.Context, row clientRow) (Server, error) {
	var found []davRow
	err := m.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return db.Where("owner_id = ? AND client_id = ?", row.Owner, row.Client).Limit(1).Find(&found).Error
	})
	switch {
	case err != nil:
		return Server{}, fmt.Errorf("read client on DAV server: %w", err)
	case len(found) == 0:
		return one(nil, nil)
	}
	return found[0].server(), nil
}

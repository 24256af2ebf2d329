package remote

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
)

// The ways in which clients sign in to a server.
const (
	AuthBasic  = "basic"
	AuthBearer = "bearer"
	AuthOAuth2 = "oauth2"
)

// Bounds of what is registered, in bytes where nothing else is said.
const (
	maxName    = 100
	maxUser    = 255
	maxSecret  = 8 << 10
	maxScopes  = 20
	maxServers = 50 // of one owner
)

// userPlace stands in the path of an address for the name of its user there.
const userPlace = "{user}"

// A Server is one that somebody registered.
type Server struct {
	// Owner is whose it is, "" for everybody's.
	Owner string
	// ID is its UUID, lower case with dashes.
	ID string
	// Name is what users call it.
	Name string
	// Contacts, Groups and Events are the addresses of its feeds, "" for what it does not offer. {user} in one stands
	// for the name of the user there.
	Contacts, Groups, Events string
	// Address and Principal are what a DAV server was found by and who is signed in there; Collections are the addresses
	// of its collections by class, nil for another server. A DAV server is that of one client, and not registered.
	Address, Principal string
	Collections        map[dataclass.Class]string
	Auth               Auth
	Created            time.Time

	secret []byte
	// clientSecret is what secret seals, where it is stored nowhere yet.
	clientSecret string
}

// Auth says how clients sign in to a server.
type Auth struct {
	// Way is AuthBasic, AuthBearer or AuthOAuth2.
	Way string
	// TokenURL is where tokens are asked for, ClientID what this server is called there and Scopes what its users
	// were asked for; all for AuthOAuth2 only. That there is a secret beside the ClientID is what Keyed says.
	TokenURL, ClientID string
	Scopes             []string
	Keyed              bool
}

// A NewServer is a server to be registered.
type NewServer struct {
	Name string
	// Shared makes it everybody's. The caller sees to it that its owner may do that.
	Shared bool
	// Address is where another Bindery is, or any server with feeds at the same places; what it does not offer is left
	// out. It is looked at where all of Contacts, Groups and Events are empty.
	Address                  string
	Contacts, Groups, Events string
	// Classes, if there are any, are the dataclasses that are to be used of it.
	Classes []dataclass.Class
	Auth    Auth
	// ClientSecret belongs to Auth.ClientID; may be empty.
	ClientSecret string
}

// Classes are the dataclasses that a server offers.
func (s Server) Classes() []dataclass.Class {
	var out []dataclass.Class
	for _, class := range davClasses {
		if s.Collections[class] != "" {
			out = append(out, class)
		}
	}
	if s.Contacts != "" {
		out = append(out, dataclass.Contacts)
	}
	if s.Events != "" {
		out = append(out, dataclass.Events)
	}
	return out
}

// Shared reports whether a server is everybody's.
func (s Server) Shared() bool { return s.Owner == "" }

// Protocol is KindGData or KindDAV.
func (s Server) Protocol() string {
	if s.Collections != nil {
		return KindDAV
	}
	return KindGData
}

// feed is one address of a server.
type feed struct {
	what string
	at   *string
}

// feeds are the addresses that a server has.
func (s *Server) feeds() []feed {
	all := []feed{{"contacts", &s.Contacts}, {"groups", &s.Groups}, {"events", &s.Events}}
	for _, at := range s.Collections {
		all = append(all, feed{"collections", &at})
	}
	return slices.DeleteFunc(all, func(f feed) bool { return *f.at == "" })
}

// serverRow is one row of remote_servers.
type serverRow struct {
	Owner    string `gorm:"column:owner_id;primaryKey"`
	ID       string `gorm:"column:id;primaryKey"`
	Name     string `gorm:"column:name"`
	Contacts string `gorm:"column:contacts_url"`
	Groups   string `gorm:"column:groups_url"`
	Events   string `gorm:"column:events_url"`
	Auth     string `gorm:"column:auth"`
	TokenURL string `gorm:"column:token_url"`
	ClientID string `gorm:"column:oauth_client"`
	Scopes   string `gorm:"column:scopes"`
	Secret   []byte `gorm:"column:secret"`
	Created  int64  `gorm:"column:created_at"`
	Removed  int64  `gorm:"column:removed_at"`
}

// TableName implements gorm's Tabler.
func (serverRow) TableName() string { return "remote_servers" }

func (r serverRow) server() Server {
	return Server{
		Owner: r.Owner, ID: r.ID, Name: r.Name, Contacts: r.Contacts, Groups: r.Groups, Events: r.Events,
		Auth:    Auth{Way: r.Auth, TokenURL: r.TokenURL, ClientID: r.ClientID, Scopes: strings.Fields(r.Scopes), Keyed: len(r.Secret) > 0},
		Created: time.UnixMicro(r.Created).UTC(), secret: r.Secret,
	}
}

// Servers lists the servers that an owner may have clients on: the owner's and everybody's, by name.
func (m *Remotes) Servers(ctx context.Context, owner string) ([]Server, error) {
	return m.servers(ctx, "owner_id IN ? AND removed_at = 0", []string{owner, ""})
}

// Server gives one of those that Servers lists, or an ErrNotFound.
func (m *Remotes) Server(ctx context.Context, owner, id string) (Server, error) {
	return one(m.servers(ctx, "owner_id IN ? AND removed_at = 0 AND id = ?", []string{owner, ""}, strings.ToLower(id)))
}

// ServerNamed gives the server that a user means by a name or an id: the owner's before everybody's.
func (m *Remotes) ServerNamed(ctx context.Context, owner, name string) (Server, error) {
	list, err := m.servers(ctx, "owner_id IN ? AND removed_at = 0 AND (name = ? OR id = ?)", []string{owner, ""}, name, strings.ToLower(name))
	for _, s := range list {
		if !s.Shared() {
			return s, nil
		}
	}
	return one(list, err)
}

func (m *Remotes) servers(ctx context.Context, where string, args ...any) ([]Server, error) {
	var rows []serverRow
	err := m.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return db.Where(where, args...).Order("name, id").Find(&rows).Error
	})
	if err != nil {
		return nil, fmt.Errorf("read servers: %w", err)
	}
	var out []Server
	for _, r := range rows {
		out = append(out, r.server())
	}
	return out, nil
}

func one(list []Server, err error) (Server, error) {
	if err == nil && len(list) == 0 {
		err = fault(ErrNotFound, "there is no such source")
	}
	if err != nil {
		return Server{}, err
	}
	return list[0], nil
}

// Register checks a server and stores it. The check is a request to each of its addresses: with the credentials of the
// first client, if there are any, which are then ready to be attached; without, a server that asks for some is as good
// as one that answers with a feed.
//
// It returns an ErrInvalid for what makes no sense, is refused by the guard, or does not answer as it should, and an
// ErrInUse for a name that is taken.
func (m *Remotes) Register(ctx context.Context, owner string, n NewServer, first *Credentials) (Server, error) {
	s, err := m.fresh(owner, n)
	if err != nil {
		return Server{}, err
	}
	if err := m.nameFree(ctx, s); err != nil {
		return Server{}, err
	}
	ring := &memoryRing{}
	if first != nil {
		if ring.k, err = first.keys(s.Auth.Way); err != nil {
			return Server{}, err
		}
		ring.user = first.User
	}
	if s, err = m.check(ctx, s, n, ring, first != nil); err != nil {
		return Server{}, err
	}
	row := serverRow{
		Owner: s.Owner, ID: s.ID, Name: s.Name, Contacts: s.Contacts, Groups: s.Groups, Events: s.Events, Auth: s.Auth.Way,
		TokenURL: s.Auth.TokenURL, ClientID: s.Auth.ClientID, Scopes: strings.Join(s.Auth.Scopes, " "), Secret: s.secret, Created: s.Created.UnixMicro(),
	}
	err = m.db.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
		var n int64
		if err := tx.Model(&serverRow{}).Where("owner_id = ? AND removed_at = 0", s.Owner).Count(&n).Error; err != nil {
			return err
		}
		if n >= maxServers {
			return fault(ErrInUse, "there are %d sources already; remove one first", n)
		}
		return tx.Create(&row).Error
	})
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return Server{}, nameTaken(s.Name)
	}
	if err != nil {
		return Server{}, fmt.Errorf("register source: %w", err)
	}
	if first != nil {
		first.renewed = ring.k
	}
	return s, nil
}

func nameTaken(name string) error {
	return fault(ErrInUse, "there is already a source named %s", name)
}

// nameFree returns an ErrInUse for a name that is taken, so that nobody is asked in vain.
func (m *Remotes) nameFree(ctx context.Context, s Server) error {
	list, err := m.servers(ctx, "owner_id = ? AND removed_at = 0 AND name = ?", s.Owner, s.Name)
	if err == nil && len(list) > 0 {
		err = nameTaken(s.Name)
	}
	return err
}

// fresh makes a server of what is to be registered, as far as that can be told without asking it.
func (m *Remotes) fresh(owner string, n NewServer) (Server, error) {
	s := Server{Owner: owner, Name: strings.TrimSpace(n.Name), Contacts: n.Contacts, Groups: n.Groups, Events: n.Events, Auth: n.Auth, Created: m.o.Now().UTC().Truncate(time.Microsecond)}
	if n.Shared {
		s.Owner = ""
	}
	if s.Contacts+s.Groups+s.Events == "" && n.Address != "" {
		base := strings.TrimRight(n.Address, "/")
		s.Contacts, s.Groups, s.Events = base+"/m8/feeds/contacts/default/full", base+"/m8/feeds/groups/default/full", base+"/calendar/feeds/default/private/full"
	}
	if err := s.narrow(n.Classes); err != nil {
		return Server{}, err
	}
	if !isText(s.Name, maxName) || s.Name == "" {
		return Server{}, fault(ErrInvalid, "a source needs a name of at most %d bytes without control characters", maxName)
	}
	if len(s.Classes()) == 0 {
		return Server{}, fault(ErrInvalid, "a source needs the address of its contacts or of its events")
	}
	if err := s.checkAuth(n.ClientSecret); err != nil {
		return Server{}, err
	}
	if err := m.checkAddresses(s); err != nil {
		return Server{}, err
	}
	var err error
	if s.ID, err = m.newID(); err != nil {
		return Server{}, err
	}
	if n.ClientSecret != "" {
		if s.secret, err = m.o.Secrets.Seal(s.Owner, []byte(n.ClientSecret)); err != nil {
			return Server{}, err
		}
		s.Auth.Keyed = true
	}
	return s, nil
}

// narrow leaves out what is not to be used.
func (s *Server) narrow(classes []dataclass.Class) error {
	if len(classes) == 0 {
		return nil
	}
	for _, c := range classes {
		if !slices.Contains(s.Classes(), c) {
			return fault(ErrInvalid, "there is no address for %.64q; a source of this kind has Contacts and Events", string(c))
		}
	}
	if !slices.Contains(classes, dataclass.Contacts) {
		s.Contacts, s.Groups = "", ""
	}
	if !slices.Contains(classes, dataclass.Events) {
		s.Events = ""
	}
	return nil
}

// checkAuth checks how clients sign in.
func (s *Server) checkAuth(secret string) error {
	a := &s.Auth
	switch a.Way {
	case "":
		a.Way = AuthBasic
	case AuthBasic, AuthBearer, AuthOAuth2:
	default:
		return fault(ErrInvalid, "auth is %s, %s or %s", AuthBasic, AuthBearer, AuthOAuth2)
	}
	if a.Way != AuthOAuth2 {
		if a.TokenURL+a.ClientID+secret != "" || len(a.Scopes) > 0 {
			return fault(ErrInvalid, "token_url, client_id, client_secret and scope are for %s only", AuthOAuth2)
		}
		return nil
	}
	if a.TokenURL == "" || a.ClientID == "" {
		return fault(ErrInvalid, "%s needs token_url and client_id", AuthOAuth2)
	}
	if !isText(a.ClientID, maxSecret) || !isText(secret, maxSecret) {
		return fault(ErrInvalid, "client_id and client_secret are texts without control characters")
	}
	if len(a.Scopes) > maxScopes || !isText(strings.Join(a.Scopes, " "), maxSecret) {
		return fault(ErrInvalid, "at most %d scopes without control characters are kept", maxScopes)
	}
	return nil
}

// checkAddresses returns an ErrInvalid for an address that will never be asked.
func (m *Remotes) checkAddresses(s Server) error {
	all := s.feeds()
	if s.Auth.TokenURL != "" {
		all = append(all, feed{"tokens", &s.Auth.TokenURL})
	}
	for _, f := range all {
		u, err := url.Parse(*f.at)
		if err == nil && strings.Contains(u.Host+u.RawQuery, userPlace) {
			return fault(ErrInvalid, "%s stands in the path of the address of the %s only, not in its query or the name of the server", userPlace, f.what)
		}
		if err != nil || strings.Contains(u.Host+u.RawQuery, "{") || u.Scheme != "http" && u.Scheme != "https" {
			return fault(ErrInvalid, "the address of the %s is no address like https://pim.example.org/feeds", f.what)
		}
		if m.o.Guard.CheckURL(*f.at) != nil {
			return refusedAddress(f.what)
		}
	}
	return nil
}

func refusedAddress(what string) error {
	return fault(ErrInvalid, "the address of the %s is refused: plain HTTP, unusual ports, and what is not on the public internet are asked only where an administrator allows it", what)
}

func isText(s string, limit int) bool {
	return len(s) <= limit && utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}

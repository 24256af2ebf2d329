package remote

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/dav/discover"
)

// KindDAV is the protocol of servers that speak CardDAV and CalDAV, and the name of their kind. Such a server is not
// registered: each client has its own address, way of signing in, and collections.
const KindDAV = "dav"

// davPace is how many times as often a DAV server may be asked as another: it takes one item with each request.
const davPace = 10

// davClasses are those that a client of KindDAV can have, in the order in which they are told.
var davClasses = []dataclass.Class{dataclass.Contacts, dataclass.Events, dataclass.Tasks, dataclass.Notes}

// DAVClasses are the dataclasses that a client of KindDAV can have.
func DAVClasses() []dataclass.Class { return slices.Clone(davClasses) }

// A NewDAV is an account on a DAV server that is looked for.
type NewDAV struct {
	// Address is what somebody knows of it: see package discover.
	Address string
	Auth    Auth
	// ClientSecret belongs to Auth.ClientID; may be empty.
	ClientSecret string
	// Credentials are those of the account. A name in the Address counts where they have none; if the server refuses a
	// mail address for a name, what stands before its @ is tried too (RFC 6764 section 6).
	Credentials Credentials
	// Trust are hosts or addresses of other sites to which the credentials may be sent while the account is looked for.
	Trust []string
}

// maxTrust is how many sites are trusted at most.
const maxTrust = 8

// A Finding is an account that was found, with the credentials that open it.
type Finding struct {
	discover.Account
	// Address is what was looked for, User who signed in.
	Address, User string

	auth   Auth
	secret string
	keys   keys
	// ring has the keys of a client that there is already; nil for an account that none stands for yet.
	ring ring
}

// String shows nothing of the credentials, so that no log can.
func (f Finding) String() string { return "account at " + f.Address }

// GoString is String.
func (f Finding) GoString() string { return f.String() }

// Find looks for an account by real requests, at no other site than the one that is named. It stores nothing. It returns
// an ErrInvalid with a sentence, which wraps the *discover.Error if there is one, and a sources.ErrBusy if too many others
// look for theirs.
func (m *Remotes) Find(ctx context.Context, n NewDAV) (Finding, error) {
	s := Server{Auth: n.Auth}
	if err := s.checkAuth(n.ClientSecret); err != nil {
		return Finding{}, err
	}
	short := ""
	if n.Credentials.User == "" {
		n.Credentials.User = discover.User(n.Address)
		if name, _, mail := strings.Cut(n.Credentials.User, "@"); mail && s.Auth.Way == AuthBasic {
			short = name
		}
	}
	trust, err := m.trusted(n.Trust)
	if err != nil {
		return Finding{}, err
	}
	if err := m.checkSite(n.Address, s.Auth.TokenURL); err != nil {
		return Finding{}, err
	}
	k, err := n.Credentials.keys(s.Auth.Way)
	if err != nil {
		return Finding{}, err
	}
	f := Finding{Address: withoutUser(n.Address), User: n.Credentials.User, auth: s.Auth, secret: n.ClientSecret, keys: k}
	ring := &memoryRing{k: k, user: f.User}
	f.Account, err = m.find(ctx, f, ring, n.Address, trust...)
	if short != "" && errors.Is(err, discover.ErrCredentials) {
		f.User = short
		f.Account, err = m.find(ctx, f, ring, n.Address, trust...)
	}
	f.keys = ring.k
	return f, err
}

// trusted reads the sites that are trusted.
func (m *Remotes) trusted(list []string) ([]*url.URL, error) {
	if len(list) > maxTrust {
		return nil, fault(ErrInvalid, "at most %d other sites are trusted at a time", maxTrust)
	}
	var out []*url.URL
	for _, text := range list {
		if err := m.checkSite(text, ""); err != nil {
			return nil, err
		}
		u, err := discover.Home(text)
		if err != nil {
			return nil, davFault(err)
		}
		out = append(out, u)
	}
	return out, nil
}

// checkSite returns an ErrInvalid for an address that will never be asked.
func (m *Remotes) checkSite(address, tokens string) error {
	home, err := discover.Home(address)
	if err != nil {
		return davFault(err)
	}
	if m.o.Guard.CheckURL(home.String()) != nil {
		return refusedAddress("account")
	}
	if tokens != "" && m.o.Guard.CheckURL(tokens) != nil {
		return refusedAddress("tokens")
	}
	return nil
}

// withoutUser gives an address without the name that stands in a URL.
func withoutUser(address string) string {
	if u, err := url.Parse(address); err == nil && u.User != nil {
		u.User = nil
		return u.String()
	}
	return strings.TrimSpace(address)
}

// find looks at an address with the keys of a ring.
func (m *Remotes) find(ctx context.Context, f Finding, ring ring, address string, trust ...*url.URL) (discover.Account, error) {
	done, err := m.slot(ctx)
	if err != nil {
		return discover.Account{}, err
	}
	defer done()
	c, err := m.clientOf(f, ring, address, trust...)
	if err != nil {
		return discover.Account{}, err
	}
	a, err := discover.Find(ctx, c, discover.Options{Resolver: m.o.Resolver, Trust: trust}, address)
	return a, davFault(err)
}

// clientOf gives a client that signs in to the site of an address and those that are trusted, and asks no other.
func (m *Remotes) clientOf(f Finding, ring ring, address string, trust ...*url.URL) (*http.Client, error) {
	site, err := discover.Home(address)
	if err != nil {
		return nil, davFault(err)
	}
	s := Server{Auth: f.auth, clientSecret: f.secret}
	return m.o.Guard.Client(&signer{m: m, server: s, sites: append(trust, site), user: f.User, ring: ring, limit: m.limit(davLimit(site))}), nil
}

// davLimit names what counts the requests to the server of an address.
func davLimit(at *url.URL) string { return KindDAV + " " + at.Host }

// davFault says to a user what discovery met.
func davFault(err error) error {
	var e *discover.Error
	if !errors.As(err, &e) {
		return err
	}
	if errors.Is(err, discover.ErrRefused) {
		return refusedAddress("account")
	}
	return &Error{Class: ErrInvalid, Sentence: e.Error(), cause: err}
}

// AttachFound registers a client for an account that was found: collections that are to be made are made first; then, in
// one transaction, create registers the client and gives its UUID, and the addresses and credentials are stored. It
// returns an ErrInvalid for a choice that the account does not have, or that the server does not let happen, and the
// errors of create. Collections that were made stay, whatever happens then; they are empty.
func (m *Remotes) AttachFound(ctx context.Context, owner string, f Finding, choice map[dataclass.Class]Choice, create func(ctx context.Context) (string, error)) error {
	at, err := m.addresses(ctx, &f, choice)
	if err != nil {
		return err
	}
	sealed, err := m.seal(owner, f.keys)
	if err != nil {
		return err
	}
	var secret []byte
	if f.secret != "" {
		if secret, err = m.o.Secrets.Seal(owner, []byte(f.secret)); err != nil {
			return err
		}
	}
	err = m.db.Update(ctx, func(ctx context.Context, tx *gorm.DB) error {
		id, err := create(ctx)
		if err != nil {
			return err
		}
		if err := tx.Create(&clientRow{Owner: owner, Client: id, ServerOwner: owner, User: f.User, Secret: sealed, Version: 1}).Error; err != nil {
			return err
		}
		return tx.Create(davRowsOf(owner, id, f, secret, at)).Error
	})
	if err != nil {
		return fmt.Errorf("add client on DAV server: %w", err)
	}
	return nil
}

var errNoChoice = fault(ErrInvalid, "choose a collection for at least one dataclass")

// addresses makes what is to be made, and gives the address of each class.
func (m *Remotes) addresses(ctx context.Context, f *Finding, choice map[dataclass.Class]Choice) (map[dataclass.Class]string, error) {
	out := map[dataclass.Class]string{}
	for class, c := range choice {
		known := slices.ContainsFunc(f.Fitting(class), func(o discover.Collection) bool { return o.URL == c.URL })
		if c.URL != "" && !known || c == (Choice{}) || !slices.Contains(davClasses, class) {
			return nil, fault(ErrInvalid, "there is no such collection that holds %.64q", string(class))
		}
		out[class] = c.URL
	}
	if len(out) == 0 {
		return nil, errNoChoice
	}
	for _, class := range davClasses {
		if c := choice[class]; c.URL == "" && c.Make != "" {
			made, err := m.make(ctx, f, class, c.Make)
			if err != nil {
				return nil, err
			}
			out[class] = made.URL
			f.Collections = append(f.Collections, made)
		}
	}
	return out, nil
}

// make makes one collection.
func (m *Remotes) make(ctx context.Context, f *Finding, class dataclass.Class, name string) (discover.Collection, error) {
	done, err := m.slot(ctx)
	if err != nil {
		return discover.Collection{}, err
	}
	defer done()
	home := f.Calendars
	if class == dataclass.Contacts {
		home = f.AddressBooks
	}
	if len(home) == 0 {
		return discover.Collection{}, fault(ErrInvalid, "the server has no place where a collection for %s could be made", class)
	}
	fresh := &memoryRing{k: f.keys, user: f.User}
	var ring ring = fresh
	if f.ring != nil {
		ring = f.ring
	}
	c, err := m.clientOf(*f, ring, home[0])
	if err != nil {
		return discover.Collection{}, err
	}
	made, err := discover.Make(ctx, c, f.Account, class, name)
	f.keys = fresh.k
	return made, davFault(err)
}

// triedDAV checks that the collections of a client take credentials, and gives the keys that they have become.
func (m *Remotes) triedDAV(ctx context.Context, s Server, c Credentials) (keys, error) {
	k, err := c.keys(s.Auth.Way)
	if err != nil {
		return keys{}, err
	}
	ring := &memoryRing{k: k, user: c.User}
	f := Finding{User: c.User, auth: s.Auth}
	if f.secret, err = m.clientSecret(s); err != nil {
		return keys{}, err
	}
	for _, at := range slices.Compact(slices.Sorted(maps.Values(s.Collections))) {
		if _, err := m.find(ctx, f, ring, at); err != nil {
			return keys{}, err
		}
	}
	return ring.k, nil
}

// A DAVConnection is how to ask for the items of one client of KindDAV.
type DAVConnection struct {
	// Collections are the addresses of the collection of each class.
	Collections map[dataclass.Class]string
	// HTTP carries the requests. It signs in where the collections are, and asks nobody else for anything but to read.
	HTTP *http.Client
}

// DAV gives the connection of a client of KindDAV; otherwise as Connection.
func (m *Remotes) DAV(ctx context.Context, owner, client string) (DAVConnection, error) {
	row, err := m.row(ctx, owner, client)
	if err != nil {
		return DAVConnection{}, err
	}
	s, err := m.serverOf(ctx, row)
	if err != nil {
		return DAVConnection{}, err
	}
	if s.Collections == nil {
		return DAVConnection{}, fault(ErrNotFound, "this Sync Client is on no DAV server")
	}
	sign := &signer{m: m, server: s, user: row.User, ring: &storedRing{m, clientKey{owner, client}}, limit: m.limit(s.ID)}
	return DAVConnection{Collections: s.Collections, HTTP: m.o.Guard.Client(sign)}, nil
}

// slot waits for nobody: it gives what ends one of the few checks under way, or a sources.ErrBusy.
func (m *Remotes) slot(ctx context.Context) (func(), error) {
	select {
	case m.checks <- struct{}{}:
		return func() { <-m.checks }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	default:
		return nil, sources.ErrBusy
	}
}

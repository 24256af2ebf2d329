package remote

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/dav/discover"
)

// Look looks at the account of a client of KindDAV, with the credentials that it has: what SetCollections can choose from.
// Nobody is asked who is not asked by its syncs. It returns the errors of Find and Account.
func (m *Remotes) Look(ctx context.Context, owner, client string) (Finding, error) {
	row, err := m.row(ctx, owner, client)
	if err != nil {
		return Finding{}, err
	}
	s, err := m.serverOf(ctx, row)
	if err != nil {
		return Finding{}, err
	}
	if s.Collections == nil {
		return Finding{}, errNoCollections
	}
	f := Finding{Address: s.Address, User: row.User, auth: s.Auth, ring: &storedRing{m, clientKey{owner, client}}}
	if f.secret, err = m.clientSecret(s); err != nil {
		return Finding{}, err
	}
	return f, m.lookAround(ctx, &f, s)
}

var errNoCollections = fault(ErrInvalid, "only a client on a CardDAV or CalDAV server has collections that can be chosen")

// lookAround finds the collections beside those that a client has: in the home sets of who is signed in, and in what
// contains those that it has, where that does not show them.
func (m *Remotes) lookAround(ctx context.Context, f *Finding, s Server) error {
	var sites []*url.URL
	for _, at := range slices.Sorted(maps.Values(s.Collections)) {
		if site, err := discover.Home(at); err == nil {
			sites = append(sites, site)
		}
	}
	var failed error
	look := func(at string) {
		u, err := url.Parse(at)
		if err != nil || u.Host == "" || !slices.ContainsFunc(sites, func(site *url.URL) bool { return discover.SameSite(site, u) }) {
			return
		}
		a, err := m.find(ctx, *f, f.ring, at, sites...)
		failed = errors.Join(failed, err)
		f.add(a)
	}
	look(s.Principal)
	for _, at := range slices.Sorted(maps.Values(s.Collections)) {
		if f.find(at) == nil && !errors.Is(failed, discover.ErrCredentials) {
			look(parent(at))
		}
	}
	if len(f.Collections) == 0 && failed != nil {
		return failed
	}
	return nil
}

// add adds what was found at one address to what was found at others.
func (f *Finding) add(a discover.Account) {
	if f.Principal == "" {
		f.Principal = a.Principal
	}
	for _, list := range []struct {
		to   *[]string
		from []string
	}{{&f.AddressBooks, a.AddressBooks}, {&f.Calendars, a.Calendars}} {
		for _, home := range list.from {
			if !slices.Contains(*list.to, home) {
				*list.to = append(*list.to, home)
			}
		}
	}
	for _, c := range a.Collections {
		if f.find(c.URL) == nil {
			f.Collections = append(f.Collections, c)
		}
	}
	f.Troubles = append(f.Troubles, a.Troubles...)
}

// find gives the collection of an address, nil if there is none.
func (f *Finding) find(at string) *discover.Collection {
	for i := range f.Collections {
		if sameAddress(f.Collections[i].URL, at) {
			return &f.Collections[i]
		}
	}
	return nil
}

func sameAddress(a, b string) bool { return strings.TrimSuffix(a, "/") == strings.TrimSuffix(b, "/") }

// parent gives the address of what contains a collection.
func parent(at string) string {
	return at[:strings.LastIndex(strings.TrimSuffix(at, "/"), "/")+1]
}

// SetCollections gives a client of KindDAV other collections, of those that Look found or new ones, which are made first.
// Classes that are not in choice keep theirs; one whose Choice is zero is given up. It gives the classes of which something
// changes; for them the caller's Moved has the next sync begin anew. If nothing changes nothing is done.
//
// It returns an ErrInvalid for a choice that the account does not have, or that leaves nothing, an ErrNotFound, an ErrInUse
// if the client was changed meanwhile, and the errors of Moved. Collections that were made stay, whatever happens then; they
// are empty.
func (m *Remotes) SetCollections(ctx context.Context, owner, client string, f Finding, choice map[dataclass.Class]Choice) ([]dataclass.Class, error) {
	was, err := m.Account(ctx, owner, client)
	if err != nil {
		return nil, err
	}
	if was.Server.Collections == nil {
		return nil, errNoCollections
	}
	now, chosen := maps.Clone(was.Server.Collections), map[dataclass.Class]Choice{}
	for class, c := range choice {
		switch {
		case c == (Choice{}):
			delete(now, class)
		case c.URL == "" || !sameAddress(c.URL, now[class]):
			chosen[class] = c
		}
	}
	if len(now)+len(chosen) == 0 {
		return nil, errNoChoice
	}
	if len(chosen) > 0 {
		at, err := m.addresses(ctx, &f, chosen)
		if err != nil {
			return nil, err
		}
		maps.Copy(now, at)
	}
	var changed []dataclass.Class
	for _, class := range davClasses {
		if now[class] != was.Server.Collections[class] {
			changed = append(changed, class)
		}
	}
	if len(changed) == 0 {
		return nil, nil
	}
	if err := m.moveDAV(ctx, clientKey{owner, client}, was.Server.Collections, now, changed); err != nil {
		return nil, fmt.Errorf("change collections: %w", err)
	}
	return changed, nil
}

// moveDAV stores other collections of a client.
func (m *Remotes) moveDAV(ctx context.Context, k clientKey, was, now map[dataclass.Class]string, changed []dataclass.Class) error {
	return m.db.Update(ctx, func(ctx context.Context, tx *gorm.DB) error {
		var row davRow
		if err := tx.Where("owner_id = ? AND client_id = ?", k.owner, k.id).Take(&row).Error; err != nil {
			return err
		}
		if !maps.Equal(row.server().Collections, was) {
			return fault(ErrInUse, "the collections of this Sync Client were changed meanwhile; look again")
		}
		if m.o.Moved != nil {
			if err := m.o.Moved(ctx, k.owner, k.id, changed); err != nil {
				return err
			}
		}
		return tx.Model(&davRow{}).Where("owner_id = ? AND client_id = ?", k.owner, k.id).Updates(map[string]any{
			"contacts_url": now[dataclass.Contacts], "events_url": now[dataclass.Events], "tasks_url": now[dataclass.Tasks], "notes_url": now[dataclass.Notes],
		}).Error
	})
}

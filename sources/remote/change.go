package remote

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"gorm.io/gorm"
)

// Change replaces what is known of a server by what n says of it, after the same checks as Register makes: with the
// credentials that are given, if there are any, which are tried and not kept. Whose it is stays, and so does the client
// secret where n has none and tokens come from where they came from. While clients are on it their credentials go nowhere
// else: the hosts that are asked stay, and the way to sign in. The next sync of a client whose feed has another address is a
// slow one.
//
// It returns an ErrNotFound, an ErrInvalid for one that is everybody's unless shared says that the caller may change those,
// and the errors of Register; an ErrInUse too where clients stand in the way.
func (m *Remotes) Change(ctx context.Context, owner, id string, n NewServer, shared bool, with *Credentials) (Server, error) {
	was, err := m.Server(ctx, owner, id)
	switch {
	case err != nil:
		return Server{}, err
	case was.Shared() && !shared:
		return Server{}, fault(ErrInvalid, "this source is everybody's; only an administrator can change it")
	case n.Shared != was.Shared():
		return Server{}, fault(ErrInvalid, "whose a source is does not change; register another one")
	}
	s, err := m.changed(ctx, was, n)
	if err != nil {
		return Server{}, err
	}
	ring := &memoryRing{}
	if with != nil {
		if ring.k, err = with.keys(s.Auth.Way); err != nil {
			return Server{}, err
		}
		ring.user = with.User
	}
	if s, err = m.check(ctx, s, n, ring, with != nil); err != nil {
		return Server{}, err
	}
	return s, m.replace(ctx, s)
}

// changed gives a server as it is to be, as far as that can be told without asking it.
func (m *Remotes) changed(ctx context.Context, was Server, n NewServer) (Server, error) {
	s, err := m.fresh(was.Owner, n)
	if err != nil {
		return s, err
	}
	if s.Name != was.Name {
		if err := m.nameFree(ctx, s); err != nil {
			return s, err
		}
	}
	s.ID, s.Created = was.ID, was.Created
	if n.ClientSecret == "" && s.Auth.Way == was.Auth.Way && s.Auth.ClientID == was.Auth.ClientID && slices.Equal(hosts(s.Auth.TokenURL), hosts(was.Auth.TokenURL)) {
		s.secret, s.Auth.Keyed = was.secret, was.Auth.Keyed
	}
	return s, nil
}

// replace stores a server in place of what it was.
func (m *Remotes) replace(ctx context.Context, s Server) error {
	err := m.db.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
		var was serverRow
		err := tx.Where("owner_id = ? AND id = ? AND removed_at = 0", s.Owner, s.ID).Take(&was).Error
		if errors.Is(err, gorm.ErrRecordNotFound) {
			return fault(ErrNotFound, "there is no such source")
		}
		if err != nil {
			return err
		}
		var n int64
		q := tx.Model(&clientRow{}).Where("server_owner = ? AND server_id = ? AND secret IS NOT NULL", s.Owner, s.ID)
		if err := q.Count(&n).Error; err != nil {
			return err
		}
		if n > 0 && s.elsewhere(was.server()) {
			return fault(ErrInUse, "Sync Clients (%d) are on this source, and their credentials are for the hosts and the way to sign in that it has; remove them first", n)
		}
		return tx.Model(&serverRow{}).Where("owner_id = ? AND id = ? AND removed_at = 0", s.Owner, s.ID).Updates(map[string]any{
			"name": s.Name, "contacts_url": s.Contacts, "groups_url": s.Groups, "events_url": s.Events, "auth": s.Auth.Way,
			"token_url": s.Auth.TokenURL, "oauth_client": s.Auth.ClientID, "scopes": strings.Join(s.Auth.Scopes, " "), "secret": s.secret,
		}).Error
	})
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return nameTaken(s.Name)
	}
	if err != nil {
		return fmt.Errorf("change source: %w", err)
	}
	return nil
}

// elsewhere reports whether credentials for a server as it was would go somewhere else, or be no use.
func (s Server) elsewhere(was Server) bool {
	if s.Auth.Way != was.Auth.Way || s.Auth.ClientID != was.Auth.ClientID || !slices.Equal(hosts(s.Auth.TokenURL), hosts(was.Auth.TokenURL)) {
		return true
	}
	known := hosts(was.Contacts, was.Groups, was.Events)
	return slices.ContainsFunc(hosts(s.Contacts, s.Groups, s.Events), func(h string) bool { return !slices.Contains(known, h) })
}

// hosts gives scheme, host and port of addresses.
func hosts(addresses ...string) []string {
	var out []string
	for _, a := range addresses {
		if u, err := url.Parse(a); err == nil && a != "" {
			out = append(out, strings.ToLower(u.Scheme+"://"+u.Host))
		}
	}
	return out
}

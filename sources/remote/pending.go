package remote

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/bindery-sync/bindery/sources/dav/discover"
)

// How long findings are kept while their user chooses, and how many at most.
const (
	keepFor      = 20 * time.Minute
	maxKept      = 200
	maxKeptOwner = 5
)

// kept is a finding that waits for its user, sealed.
type kept struct {
	owner, id string
	sealed    []byte
	until     time.Time
}

// keptFinding is a Finding as it is sealed.
type keptFinding struct {
	Account       discover.Account
	Troubles      []string
	Address, User string
	Auth          Auth
	Secret        string
	Keys          keys
}

// Keep keeps a finding for some minutes, in memory and sealed, so that its user can choose without the credentials going
// to and fro; the oldest ones give way to others. It gives the name that Kept knows it by.
func (m *Remotes) Keep(_ context.Context, owner string, f Finding) (string, error) {
	k := keptFinding{f.Account, nil, f.Address, f.User, f.auth, f.secret, f.keys}
	for _, err := range f.Troubles { // errors are no JSON
		k.Troubles = append(k.Troubles, err.Error())
	}
	k.Account.Troubles = nil
	plain, err := json.Marshal(k)
	if err != nil {
		return "", err
	}
	sealed, err := m.o.Secrets.Seal(owner, plain)
	if err != nil {
		return "", err
	}
	id, err := m.newID()
	if err != nil {
		return "", err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.expireKept()
	n := 0
	for i, o := range slices.Backward(m.kept) {
		if o.owner == owner {
			if n++; n >= maxKeptOwner {
				m.kept = slices.Delete(m.kept, i, i+1)
			}
		}
	}
	m.kept = append(m.kept, kept{owner, id, sealed, m.o.Now().Add(keepFor)})
	if len(m.kept) > maxKept {
		m.kept = slices.Delete(m.kept, 0, len(m.kept)-maxKept)
	}
	return id, nil
}

// Kept gives a finding that was kept for an owner, or an ErrNotFound if that is too long ago.
func (m *Remotes) Kept(_ context.Context, owner, id string) (Finding, error) {
	m.mu.Lock()
	m.expireKept()
	i := slices.IndexFunc(m.kept, func(k kept) bool { return k.owner == owner && k.id == id })
	var sealed []byte
	if i >= 0 {
		sealed = m.kept[i].sealed
	}
	m.mu.Unlock()
	gone := fault(ErrNotFound, "what was found is not kept any more; look for it again")
	if i < 0 {
		return Finding{}, gone
	}
	plain, err := m.o.Secrets.Open(owner, sealed)
	if err != nil {
		return Finding{}, err
	}
	var k keptFinding
	if json.Unmarshal(plain, &k) != nil {
		return Finding{}, gone
	}
	for _, sentence := range k.Troubles {
		k.Account.Troubles = append(k.Account.Troubles, errors.New(sentence))
	}
	return Finding{Account: k.Account, Address: k.Address, User: k.User, auth: k.Auth, secret: k.Secret, keys: k.Keys}, nil
}

// Unkeep forgets a finding that was kept.
func (m *Remotes) Unkeep(owner, id string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.kept = slices.DeleteFunc(m.kept, func(k kept) bool { return k.owner == owner && k.id == id })
}

// expireKept forgets what is too old. The caller has the lock.
func (m *Remotes) expireKept() {
	now := m.o.Now()
	m.kept = slices.DeleteFunc(m.kept, func(k kept) bool { return !now.Before(k.until) })
}

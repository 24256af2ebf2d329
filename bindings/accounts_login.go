package bindings

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/bindery-sync/bindery/sources"
)

const (
	// maxHashing is how many passwords are hashed at a time: each takes 19 MiB.
	maxHashing = 2
	// rememberFor is how long a verified credential is believed without hashing it again.
	rememberFor = 5 * time.Minute
	// maxRemembered bounds the memory of verified credentials.
	maxRemembered = 4096
)

// accountLogins is what one process knows of log-ins: nothing of it is stored.
type accountLogins struct {
	slots chan struct{}
	// derive is argon2id; a test counts its calls.
	derive func(password string, p phc) []byte
	// key makes the MACs of remembered credentials worthless outside this process.
	key [32]byte
	// standInHash and standInPassword take the place of what an unknown account does not have, so
	// that its log-in costs the same work.
	standInHash     string
	standInPassword string
	standInSecret   []byte

	mu         sync.Mutex
	remembered map[[sha256.Size]byte]time.Time // until when
}

func newAccountLogins(secrets *Secrets) *accountLogins {
	l := &accountLogins{
		slots: make(chan struct{}, maxHashing), derive: deriveArgon2,
		standInPassword: rand.Text(), remembered: make(map[[sha256.Size]byte]time.Time),
	}
	p := newPHC()
	p.salt, p.sum = make([]byte, saltSize), make([]byte, sumSize)
	for _, b := range [][]byte{l.key[:], p.salt, p.sum} {
		_, _ = rand.Read(b) // never fails: see crypto/rand
	}
	l.standInHash = p.String()
	if secrets != nil {
		l.standInSecret, _ = secrets.Seal("", []byte(l.standInPassword)) // only a test's randomness fails
	}
	return l
}

// slot waits for one of the few places for hashing; the caller gives it back.
func (l *accountLogins) slot(ctx context.Context) error {
	select {
	case l.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// hash makes the PHC string of a password, with a new salt.
func (l *accountLogins) hash(ctx context.Context, random io.Reader, password string) (string, error) {
	p := newPHC()
	p.salt = make([]byte, saltSize)
	if _, err := io.ReadFull(random, p.salt); err != nil {
		return "", err
	}
	if err := l.slot(ctx); err != nil {
		return "", err
	}
	defer func() { <-l.slots }()
	p.sum = l.derive(password, p)
	return p.String(), nil
}

// noPassword makes a PHC string that is the hash of no password anybody knows. To compare with it costs what
// it does for any other; to make it costs nothing.
func noPassword(random io.Reader) (string, error) {
	p := newPHC()
	p.salt, p.sum = make([]byte, saltSize), make([]byte, sumSize)
	for _, b := range [][]byte{p.salt, p.sum} {
		if _, err := io.ReadFull(random, b); err != nil {
			return "", fmt.Errorf("make password hash: %w", err)
		}
	}
	return p.String(), nil
}

// verify compares a password with a PHC string, always at the cost of one hash.
func (l *accountLogins) verify(ctx context.Context, stored, password string) (bool, error) {
	p, err := parsePHC(stored)
	if err != nil {
		return false, err
	}
	if err := l.slot(ctx); err != nil {
		return false, err
	}
	defer func() { <-l.slots }()
	return hmac.Equal(l.derive(password, p), p.sum), nil
}

// mac names a credential: the account, the hash that it was verified against, and the password. A new
// password has a new hash, so the old credential is forgotten in every process at once.
func (l *accountLogins) mac(owner, stored, password string) [sha256.Size]byte {
	h := hmac.New(sha256.New, l.key[:])
	for _, part := range []string{owner, stored, password} {
		var size [8]byte
		binary.BigEndian.PutUint64(size[:], uint64(len(part)))
		h.Write(size[:])
		h.Write([]byte(part))
	}
	return [sha256.Size]byte(h.Sum(nil))
}

// known reports whether a credential was verified less than five minutes ago.
func (l *accountLogins) known(mac [sha256.Size]byte, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	until, ok := l.remembered[mac]
	return ok && now.Before(until)
}

// remember notes a verified credential. A full memory first drops what has expired, then anything: a
// dropped credential only costs a hash.
func (l *accountLogins) remember(mac [sha256.Size]byte, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.remembered) >= maxRemembered {
		l.forgetSome(now)
	}
	l.remembered[mac] = now.Add(rememberFor)
}

func (l *accountLogins) forgetSome(now time.Time) {
	for m, until := range l.remembered {
		if !now.Before(until) {
			delete(l.remembered, m)
		}
	}
	for m := range l.remembered {
		if len(l.remembered) < maxRemembered {
			return
		}
		delete(l.remembered, m)
	}
}

// Basic verifies a name and a password and gives the owner's id. An unknown account and a wrong password
// are the same sources.ErrAuth after the same work. It implements the Accounts of package syncml.
func (s *Store) Basic(ctx context.Context, name, password string) (string, error) {
	if checkName(name) != nil || checkPassword(password) != nil {
		return "", errLogin() // true of the input alone, so it tells nothing about accounts
	}
	row, err := s.loginRow(ctx, name)
	if err != nil {
		return "", err
	}
	mac := s.logins.mac(row.Owner, row.Hash, password)
	if s.logins.known(mac, s.now()) {
		return row.Owner, nil
	}
	ok, err := s.logins.verify(ctx, row.Hash, password)
	if err != nil {
		return "", fmt.Errorf("verify password: %w", err)
	}
	if !ok || row.Owner == "" {
		return "", errLogin()
	}
	s.logins.remember(mac, s.now())
	return row.Owner, nil
}

// Digest gives the owner's id if verify accepts the account's clear password. Verify is called exactly
// once: for an unknown account, or one without MD5 log-in, with a random stand-in whose verdict is
// ignored. It implements the Accounts of package syncml.
func (s *Store) Digest(ctx context.Context, name string, verify func(password string) bool) (string, error) {
	row := s.standIn()
	if checkName(name) == nil {
		var err error
		if row, err = s.loginRow(ctx, name); err != nil {
			return "", err
		}
	}
	password, usable := s.clearPassword(ctx, row)
	if ok := verify(password); !ok || !usable {
		return "", errLogin()
	}
	return row.Owner, nil
}

// clearPassword decrypts the password of a row, or the stand-in; usable tells whether it is the
// account's.
func (s *Store) clearPassword(ctx context.Context, row accountRow) (password string, usable bool) {
	if s.secrets == nil {
		return s.logins.standInPassword, false
	}
	usable = row.Owner != "" && row.MD5 && len(row.Secret) > 0
	owner, sealed := "", s.logins.standInSecret
	if usable {
		owner, sealed = row.Owner, row.Secret
	}
	plain, err := s.secrets.Open(owner, sealed)
	if err != nil {
		s.log.ErrorContext(ctx, "md5 log-in is impossible", "account", row.Name, "error", err)
		return s.logins.standInPassword, false
	}
	return string(plain), usable
}

// loginRow finds the account to log in to; for an unknown name it gives the stand-in, whose Owner is
// empty.
func (s *Store) loginRow(ctx context.Context, name string) (accountRow, error) {
	row, err := s.accountRow(ctx, "name_key = ?", accountKey(name))
	if errors.Is(err, ErrNotFound) {
		return s.standIn(), nil
	}
	return row, err
}

func (s *Store) standIn() accountRow { return accountRow{Hash: s.logins.standInHash, MD5: true} }

func errLogin() error { return fmt.Errorf("log in: %w", sources.ErrAuth) }

package bindings

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/sources"
)

// What a token may do.
const (
	// ScopeRead lets a program look at everything that is the owner's.
	ScopeRead = "read"
	// ScopeWrite lets it change that as well.
	ScopeWrite = "write"
)

// Bounds of tokens.
const (
	maxTokens    = 100
	tokenSize    = 32 // octets of randomness
	tokenPrefix  = "bindery_"
	tokenUseStep = time.Minute
)

// A Token lets a program act for its owner without the password (RFC 6750). The token itself is shown once, when
// it is made: only its hash is kept.
type Token struct {
	ID, Owner string
	// Label is what the owner calls it.
	Label string
	// Scope is ScopeRead or ScopeWrite.
	Scope   string
	Created time.Time
	// Expires is when it ends to be valid, zero for never. Used is when it last was, to about a minute.
	Expires, Used time.Time
}

// A NewToken is a token to be made.
type NewToken struct {
	Label string
	// Scope is ScopeRead if it is empty.
	Scope string
	// Expires is zero for never.
	Expires time.Time
}

// tokenRow is one row of tokens.
type tokenRow struct {
	Owner   string `gorm:"column:owner_id;primaryKey"`
	ID      string `gorm:"column:id;primaryKey"`
	Label   string `gorm:"column:label"`
	Scope   string `gorm:"column:scope"`
	Hash    []byte `gorm:"column:hash"`
	Created int64  `gorm:"column:created_at"`
	Expires int64  `gorm:"column:expires_at"`
	Used    int64  `gorm:"column:used_at"`
}

// TableName implements gorm's Tabler.
func (tokenRow) TableName() string { return "tokens" }

func (r tokenRow) token() Token {
	return Token{
		ID: r.ID, Owner: r.Owner, Label: r.Label, Scope: r.Scope,
		Created: fromMicros(r.Created), Expires: fromMicros(r.Expires), Used: fromMicros(r.Used),
	}
}

// CreateToken makes a token and gives with it the secret that a program sends. It returns an ErrInvalid for a bad
// label, scope or time, and if the owner has 100 tokens already.
func (s *Store) CreateToken(ctx context.Context, owner string, n NewToken) (Token, string, error) {
	if n.Scope == "" {
		n.Scope = ScopeRead
	}
	if err := s.checkToken(n); err != nil {
		return Token{}, "", err
	}
	secret, err := s.newTokenSecret()
	if err != nil {
		return Token{}, "", err
	}
	id, err := s.newID()
	if err != nil {
		return Token{}, "", err
	}
	row := tokenRow{
		Owner: owner, ID: id, Label: n.Label, Scope: n.Scope, Hash: tokenHash(secret),
		Created: micros(s.now()), Expires: micros(n.Expires),
	}
	err = s.db.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
		var have int64
		if err := tx.Model(&tokenRow{}).Where("owner_id = ?", owner).Count(&have).Error; err != nil {
			return err
		}
		if have >= maxTokens {
			return fault(ErrInvalid, "there are %d tokens already; revoke those that are not used", maxTokens)
		}
		return tx.Create(&row).Error
	})
	if err != nil {
		return Token{}, "", fmt.Errorf("create token: %w", err)
	}
	return row.token(), secret, nil
}

func (s *Store) checkToken(n NewToken) error {
	switch {
	case strings.TrimSpace(n.Label) == "":
		return fault(ErrInvalid, "a token needs a label that says what it is for")
	case len(n.Label) > maxNameSize, !utf8.ValidString(n.Label), strings.ContainsFunc(n.Label, unicode.IsControl):
		return fault(ErrInvalid, "a token's label is text of at most %d bytes", maxNameSize)
	case n.Scope != ScopeRead && n.Scope != ScopeWrite:
		return fault(ErrInvalid, "a token's scope is %s or %s", ScopeRead, ScopeWrite)
	case !n.Expires.IsZero() && !n.Expires.After(s.now()):
		return fault(ErrInvalid, "the token would have expired already")
	}
	return nil
}

func (s *Store) newTokenSecret() (string, error) {
	var raw [tokenSize]byte
	if _, err := io.ReadFull(s.rand, raw[:]); err != nil {
		return "", fmt.Errorf("make token: %w", err)
	}
	return tokenPrefix + base64.RawURLEncoding.EncodeToString(raw[:]), nil
}

// tokenHash is what is kept of a token. It is as random as the token, so no slow hash is needed.
func tokenHash(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

// Tokens lists the owner's tokens, the newest first; also those that have expired.
func (s *Store) Tokens(ctx context.Context, owner string) ([]Token, error) {
	var rows []tokenRow
	err := s.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return db.Where("owner_id = ?", owner).Order("created_at DESC, id DESC").Find(&rows).Error
	})
	if err != nil {
		return nil, fmt.Errorf("list tokens: %w", err)
	}
	out := make([]Token, len(rows))
	for i, r := range rows {
		out[i] = r.token()
	}
	return out, nil
}

// Token gives one of the owner's tokens, or an ErrNotFound.
func (s *Store) Token(ctx context.Context, owner, id string) (Token, error) {
	var row tokenRow
	err := s.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return db.Where("owner_id = ? AND id = ?", owner, id).Take(&row).Error
	})
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return Token{}, fault(ErrNotFound, "there is no such token")
	}
	if err != nil {
		return Token{}, fmt.Errorf("read token: %w", err)
	}
	return row.token(), nil
}

// RevokeToken ends a token at once, in every process. It returns an ErrNotFound.
func (s *Store) RevokeToken(ctx context.Context, owner, id string) error {
	err := s.db.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
		res := tx.Where("owner_id = ? AND id = ?", owner, id).Delete(&tokenRow{})
		if res.Error == nil && res.RowsAffected == 0 {
			return fault(ErrNotFound, "there is no such token")
		}
		return res.Error
	})
	if err != nil {
		return fmt.Errorf("revoke token: %w", err)
	}
	return nil
}

// Bearer tells whose a token is, and notes that it was used. It returns sources.ErrAuth for one that is unknown,
// was revoked or has expired.
func (s *Store) Bearer(ctx context.Context, secret string) (Token, error) {
	var row tokenRow
	err := s.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return db.Where("hash = ?", tokenHash(secret)).Take(&row).Error
	})
	switch {
	case errors.Is(err, gorm.ErrRecordNotFound), err == nil && row.Expires != 0 && row.Expires <= micros(s.now()):
		return Token{}, sources.ErrAuth
	case err != nil:
		return Token{}, fmt.Errorf("read token: %w", err)
	}
	if s.now().Sub(fromMicros(row.Used)) < tokenUseStep {
		return row.token(), nil
	}
	row.Used = micros(s.now())
	err = s.db.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
		return tx.Model(&tokenRow{}).Where("owner_id = ? AND id = ?", row.Owner, row.ID).Update("used_at", row.Used).Error
	})
	if err != nil {
		return Token{}, fmt.Errorf("note the use of a token: %w", err)
	}
	return row.token(), nil
}

package bindings

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
	"gorm.io/gorm"
)

// Bounds of what a user may choose, in bytes.
const (
	maxNameSize     = 128
	maxPasswordSize = 1024
)

// An Account is one user. Its ID is the owner of everything that is the user's.
type Account struct {
	ID string
	// Name is what the user logs in with; it is compared without regard to case.
	Name string
	// Admin may administer other accounts.
	Admin bool
	// MD5 tells whether phones may log in by MD5 digest: the password is then kept encrypted as well.
	MD5 bool
	// LogContent tells whether the sessions log keeps what items hold.
	LogContent bool
	// Zone is the IANA name of the zone that schedules are in which name none, "" for UTC.
	Zone    string
	Created time.Time
}

// A NewAccount is an account to be created.
type NewAccount struct {
	Name, Password string
	Admin          bool
	// NoMD5 keeps the password only as a hash; phones must then use basic log-in.
	NoMD5 bool
	// NoLogin makes an account that owns things and that nobody can log in to until SetPassword gives it a
	// password. Password does not count then.
	NoLogin bool
}

// accountRow is one row of accounts.
type accountRow struct {
	Owner   string `gorm:"column:owner_id;primaryKey"`
	Name    string `gorm:"column:name"`
	NameKey string `gorm:"column:name_key"`
	Admin   bool   `gorm:"column:admin"`
	MD5     bool   `gorm:"column:md5_allowed"`
	Hash    string `gorm:"column:password_hash"`
	Secret  []byte `gorm:"column:password_secret"`
	Created int64  `gorm:"column:created_at"`
	Content bool   `gorm:"column:log_content"`
	Zone    string `gorm:"column:zone"`
}

// TableName implements gorm's Tabler.
func (accountRow) TableName() string { return "accounts" }

func (r accountRow) account() Account {
	return Account{ID: r.Owner, Name: r.Name, Admin: r.Admin, MD5: r.MD5, LogContent: r.Content, Zone: r.Zone, Created: fromMicros(r.Created)}
}

// accountKey folds a name so that names that look alike but for case are one. Fold makes capitals of a
// few small letters (Cherokee), so the result is lowered.
func accountKey(name string) string {
	return norm.NFKC.String(strings.ToLower(cases.Fold().String(norm.NFKC.String(name))))
}

// checkName returns an ErrInvalid for a name that HTTP Basic or a terminal could not carry.
func checkName(name string) error {
	switch {
	case name == "":
		return fault(ErrInvalid, "an account needs a name")
	case len(name) > maxNameSize:
		return fault(ErrInvalid, "the account's name is longer than %d bytes", maxNameSize)
	case !utf8.ValidString(name), strings.ContainsFunc(name, unicode.IsControl), strings.Contains(name, ":"):
		return fault(ErrInvalid, "an account's name is text without colons and control characters")
	case strings.TrimSpace(name) != name:
		return fault(ErrInvalid, "an account's name does not begin or end with a space")
	}
	return nil
}

func checkPassword(password string) error {
	switch {
	case password == "":
		return fault(ErrInvalid, "the password is empty")
	case len(password) > maxPasswordSize:
		return fault(ErrInvalid, "the password is longer than %d bytes", maxPasswordSize)
	}
	return nil
}

// CreateAccount makes an account and its datastore client. It returns an ErrInvalid for a bad name or
// password and an ErrInUse if the name is taken, in any case.
func (s *Store) CreateAccount(ctx context.Context, n NewAccount) (Account, error) {
	if err := checkNewAccount(n); err != nil {
		return Account{}, err
	}
	row, err := s.newAccountRow(ctx, n)
	if err != nil {
		return Account{}, err
	}
	client, err := s.newClientRow(row.Owner, NewClient{Kind: kindDatastore, Title: n.Name})
	if err != nil {
		return Account{}, err
	}
	err = s.db.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		return tx.Create(&client).Error
	})
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return Account{}, fault(ErrInUse, "there is already an account named %s", n.Name)
	}
	if err != nil {
		return Account{}, fmt.Errorf("create account: %w", err)
	}
	return row.account(), nil
}

func checkNewAccount(n NewAccount) error {
	if err := checkName(n.Name); err != nil {
		return err
	}
	if n.NoLogin {
		return nil
	}
	return checkPassword(n.Password)
}

func (s *Store) newAccountRow(ctx context.Context, n NewAccount) (accountRow, error) {
	id, err := s.newID()
	if err != nil {
		return accountRow{}, err
	}
	row := accountRow{
		Owner: id, Name: n.Name, NameKey: accountKey(n.Name), Admin: n.Admin, MD5: !n.NoMD5,
		Created: micros(s.now()),
	}
	if n.NoLogin {
		row.Hash, err = noPassword(s.rand)
		return row, err
	}
	row.Hash, row.Secret, err = s.sealPassword(ctx, row, n.Password)
	return row, err
}

// sealPassword makes what is stored of a password: the hash and, where MD5 log-in is on, the secret.
func (s *Store) sealPassword(ctx context.Context, row accountRow, password string) (hash string, secret []byte, err error) {
	if hash, err = s.logins.hash(ctx, s.rand, password); err != nil {
		return "", nil, fmt.Errorf("hash password: %w", err)
	}
	if row.MD5 && s.secrets != nil {
		secret, err = s.secrets.Seal(row.Owner, []byte(password))
	}
	return hash, secret, err
}

// SetPassword changes an account's password. What was remembered of the old one is void at once, in
// every process, and every browser is signed out. It returns an ErrNotFound or an ErrInvalid.
func (s *Store) SetPassword(ctx context.Context, owner, password string) error {
	if err := checkPassword(password); err != nil {
		return err
	}
	row, err := s.accountRow(ctx, "owner_id = ?", owner)
	if err != nil {
		return err
	}
	hash, secret, err := s.sealPassword(ctx, row, password)
	if err != nil {
		return err
	}
	return s.db.Update(ctx, func(ctx context.Context, _ *gorm.DB) error {
		if err := s.EndWebSessions(ctx, owner); err != nil {
			return err
		}
		return s.updateAccount(ctx, owner, map[string]any{
			"password_hash": hash,
			// MD5 log-in may have been forbidden since the row was read.
			"password_secret": gorm.Expr("CASE WHEN md5_allowed THEN ? END", secret),
		})
	})
}

// SetMD5 allows or forbids MD5 log-in. Forbidding it forgets the encrypted password at once; allowing it
// takes effect with the next SetPassword.
func (s *Store) SetMD5(ctx context.Context, owner string, allowed bool) error {
	set := map[string]any{"md5_allowed": allowed}
	if !allowed {
		set["password_secret"] = nil
	}
	return s.updateAccount(ctx, owner, set)
}

// SetAdmin makes an account one that may administer others, or takes that away. It returns an ErrNotFound, and an
// ErrInUse where nobody would be left who may.
func (s *Store) SetAdmin(ctx context.Context, owner string, admin bool) (Account, error) {
	err := s.db.Update(ctx, func(ctx context.Context, tx *gorm.DB) error {
		if !admin {
			if err := otherAdmin(tx, owner); err != nil {
				return err
			}
		}
		return s.updateAccount(ctx, owner, map[string]any{"admin": admin})
	})
	if err != nil {
		return Account{}, err
	}
	return s.Account(ctx, owner)
}

// otherAdmin returns an ErrInUse if the owner is the only administrator.
func otherAdmin(tx *gorm.DB, owner string) error {
	var admins []string
	if err := tx.Model(&accountRow{}).Where("admin").Limit(2).Pluck("owner_id", &admins).Error; err != nil {
		return err
	}
	if len(admins) == 1 && admins[0] == owner {
		return fault(ErrInUse, "this is the only account that may administer others; make another one an administrator before")
	}
	return nil
}

// RemoveAccount deletes an account with everything that it owns, for good: clients, bindings, the items of its
// datastore, history, log. Nothing is changed on phones and in folders. It returns an ErrNotFound, and an ErrInUse
// for the only administrator.
func (s *Store) RemoveAccount(ctx context.Context, owner string) error {
	return s.db.Update(ctx, func(ctx context.Context, tx *gorm.DB) error {
		if _, err := s.Account(ctx, owner); err != nil {
			return err
		}
		if err := otherAdmin(tx, owner); err != nil {
			return err
		}
		if err := s.noteErased(tx, owner); err != nil {
			return err
		}
		return s.db.EraseOwner(ctx, owner)
	})
}

func (s *Store) updateAccount(ctx context.Context, owner string, set map[string]any) error {
	err := s.db.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
		res := tx.Model(&accountRow{}).Where("owner_id = ?", owner).Updates(set)
		if res.Error == nil && res.RowsAffected == 0 {
			return fault(ErrNotFound, "there is no such account")
		}
		return res.Error
	})
	if err != nil {
		return fmt.Errorf("update account: %w", err)
	}
	return nil
}

// Accounts lists all accounts by name.
func (s *Store) Accounts(ctx context.Context) ([]Account, error) {
	var rows []accountRow
	err := s.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return db.Omit("password_hash", "password_secret").Order("name_key").Find(&rows).Error
	})
	if err != nil {
		return nil, fmt.Errorf("list accounts: %w", err)
	}
	list := make([]Account, 0, len(rows))
	for _, r := range rows {
		list = append(list, r.account())
	}
	return list, nil
}

// Account gives the account with that id, or an ErrNotFound.
func (s *Store) Account(ctx context.Context, owner string) (Account, error) {
	row, err := s.accountRow(ctx, "owner_id = ?", owner)
	return row.account(), err
}

// AccountByName gives the account of that name, whatever its case, or an ErrNotFound.
func (s *Store) AccountByName(ctx context.Context, name string) (Account, error) {
	row, err := s.accountRow(ctx, "name_key = ?", accountKey(name))
	return row.account(), err
}

func (s *Store) accountRow(ctx context.Context, where string, arg string) (accountRow, error) {
	var row accountRow
	err := s.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return db.Where(where, arg).Take(&row).Error
	})
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return accountRow{}, fault(ErrNotFound, "there is no such account")
	}
	if err != nil {
		return accountRow{}, fmt.Errorf("read account: %w", err)
	}
	return row, nil
}

package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"gorm.io/gorm"
)

// Copy writes what the database at from holds now into a new file at to, which must not exist. Others may go on
// using the database meanwhile; nothing in it changes. The copy is as safe from other users' eyes as its folder.
func Copy(ctx context.Context, from, to string) (err error) {
	db, err := open(from, nil, 1, url.Values{"_busy_timeout": {"5000"}})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeDB(db)) }()
	if err := vacuum(db.WithContext(ctx), to); err != nil {
		return fmt.Errorf("copy database %s: %w", from, err)
	}
	return nil
}

func vacuum(db *gorm.DB, to string) error { return db.Exec("VACUUM INTO ?", to).Error }

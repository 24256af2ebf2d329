package sqlstore

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"
)

// txKey is the context key under which Update leaves its transaction; its value is a *joined.
type txKey struct{}

// A joined is a transaction that others may join.
type joined struct {
	store *Store
	tx    *gorm.DB
	// whole means that those who join are not undone by themselves, and broken is the first error of one of them: what it
	// wrote may be there, so that nothing around it may be committed.
	whole  bool
	broken *error
}

func (s *Store) joinedBy(ctx context.Context) *joined {
	if j, ok := ctx.Value(txKey{}).(*joined); ok && j.store == s {
		return j
	}
	return nil
}

// Whole gives a context for work inside the Update of ctx that is of no use without all of it: an Update that joins by that
// context and fails makes the one around it fail as well, whatever that one makes of the error. In return SQLite need
// not copy each page that such an Update changes, to be able to undo that one alone, which costs as much as the change.
// Outside an Update it gives ctx.
func (s *Store) Whole(ctx context.Context) context.Context {
	j := s.joinedBy(ctx)
	if j == nil {
		return ctx
	}
	whole := *j
	whole.whole = true
	return context.WithValue(ctx, txKey{}, &whole)
}

// call runs fn inside the transaction.
func (j *joined) call(ctx context.Context, fn func(ctx context.Context, tx *gorm.DB) error) error {
	if err := fn(context.WithValue(ctx, txKey{}, j), j.tx.WithContext(ctx)); err != nil {
		return err
	}
	return *j.broken
}

// join runs fn as a part of the transaction, between savepoints unless it is whole. After a panic the outer transaction is
// rolled back whole.
func (j *joined) join(ctx context.Context, fn func(ctx context.Context, tx *gorm.DB) error) error {
	tx := j.tx.WithContext(ctx)
	if j.whole {
		err := fn(ctx, tx)
		if err != nil && *j.broken == nil {
			*j.broken = err
		}
		return err
	}
	if err := tx.Exec("SAVEPOINT joined").Error; err != nil {
		return fmt.Errorf("join transaction: %w", err)
	}
	apart := &joined{store: j.store, tx: j.tx, broken: new(error)}
	err := apart.call(ctx, fn)
	end := "RELEASE joined"
	if err != nil {
		end = "ROLLBACK TO joined; RELEASE joined"
	}
	if failed := tx.Exec(end).Error; failed != nil {
		return errors.Join(err, fmt.Errorf("end joined transaction: %w", failed))
	}
	return err
}

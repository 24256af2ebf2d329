package sqlstore

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"
)

// A Check looks for one thing that should not be in a database. Every room has its own; they read and change nothing,
// and may run while others work on the database.
type Check struct {
	// Name is short and never changes: programs know findings by it.
	Name string
	// Means says what a finding means, Do what to do about it: sentences for an administrator.
	Means, Do string
	// Find lists what is wrong, at most MostFindings of it.
	Find func(ctx context.Context, s *Store) ([]Finding, error)
	// Repair mends all that Find finds, in one transaction; nil if that is not for a program to decide. It removes
	// nothing that a user entered.
	Repair func(ctx context.Context, s *Store) error
}

// A Finding is one thing that is wrong.
type Finding struct {
	// Owner is whose it is; "" for what is nobody's.
	Owner string `gorm:"column:owner"`
	// What names it. It holds no content of items.
	What string `gorm:"column:what"`
}

// MostFindings is how many findings of a check are told.
const MostFindings = 100

// Query makes a Check of a query that gives the columns owner and what.
func Query(name, means, do, query string, args ...any) Check {
	return Check{Name: name, Means: means, Do: do, Find: func(ctx context.Context, s *Store) ([]Finding, error) {
		return s.Findings(ctx, query, args...)
	}}
}

// Mended gives the check with statements that mend what it finds.
func (c Check) Mended(statements ...string) Check {
	c.Repair = func(ctx context.Context, s *Store) error {
		return s.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
			for _, stmt := range statements {
				if err := tx.Exec(stmt).Error; err != nil {
					return fmt.Errorf("repair %s: %w", c.Name, err)
				}
			}
			return nil
		})
	}
	return c
}

// Findings runs a query that gives the columns owner and what.
func (s *Store) Findings(ctx context.Context, query string, args ...any) ([]Finding, error) {
	var list []Finding
	err := s.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return db.Raw(query+fmt.Sprintf(" LIMIT %d", MostFindings), args...).Scan(&list).Error
	})
	return list, err
}

// Strays makes a check of all tables that have a column but for some: each row has to name a row of another table by
// it, of the same owner if both have one. Rows whose column is empty name nothing.
func Strays(name, means, do, column, table, key string, but ...string) Check {
	c := Check{Name: name, Means: means, Do: do}
	each := func(db *gorm.DB, fn func(name, where string) error) error {
		names, err := tablesWith(db, column)
		if err != nil {
			return err
		}
		for _, n := range names {
			if n == table || slices.Contains(but, n) {
				continue
			}
			q := quoteName(n)
			where := fmt.Sprintf("%s.%s NOT IN ('', 0) AND NOT EXISTS (SELECT 1 FROM %s other WHERE other.%s = %s.%s AND other.owner_id = %s.owner_id)",
				q, column, table, key, q, column, q)
			if err := fn(n, where); err != nil {
				return fmt.Errorf("%s: %w", n, err)
			}
		}
		return nil
	}
	c.Find = func(ctx context.Context, s *Store) (list []Finding, err error) {
		err = s.View(ctx, func(ctx context.Context, db *gorm.DB) error {
			return each(db, func(name, where string) error {
				found, err := s.Findings(ctx, "SELECT owner_id AS owner, count(*) || ' rows of "+name+" name "+strings.TrimSuffix(column, "_id")+
					" ' || "+column+" AS what FROM "+quoteName(name)+" WHERE "+where+" GROUP BY owner_id, "+column)
				list = append(list, found...)
				return err
			})
		})
		return list, err
	}
	c.Repair = func(ctx context.Context, s *Store) error {
		return s.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
			return each(tx, func(name, where string) error {
				return tx.Exec("DELETE FROM " + quoteName(name) + " WHERE " + where).Error
			})
		})
	}
	return c
}

func tablesWith(db *gorm.DB, column string) ([]string, error) {
	var names []string
	err := db.Raw(`SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c
		WHERE m.type = 'table' AND c.name = ? ORDER BY m.name`, column).Scan(&names).Error
	return names, err
}

package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"gorm.io/gorm"
)

// rowsAtOnce is how many rows one insert has. It is prepared once and used again and again, so that more in
// one would not be faster.
const rowsAtOnce = 40

// InsertRows inserts n rows, each with a value for each column, which add appends. It is for the tables that
// a sync fills by the thousand: the mapper's way, and a statement of its own for each few hundred rows, cost
// a multiple there (a first sync of 10,000 items spent a third of its time on them). OR FAIL leaves the rows before the
// one that fails to the transaction, which is rolled back then: so SQLite need not copy each page that a statement
// changes to a file of its own first, to be able to undo the one statement. There were more of those than of all others.
func InsertRows(tx *gorm.DB, table string, columns []string, n int, add func(args []any, i int) []any) error {
	return putRows(tx, "INSERT OR FAIL INTO ", table, columns, "", n, add)
}

// UpsertRows inserts as InsertRows does, and writes over the rows that are there already with their id and owner.
// The first column is the id, the second the owner.
func UpsertRows(tx *gorm.DB, table string, columns []string, n int, add func(args []any, i int) []any) error {
	set := make([]string, 0, len(columns))
	for _, c := range columns[1:] {
		set = append(set, c+" = excluded."+c)
	}
	over := " ON CONFLICT (" + columns[0] + ") DO UPDATE SET " + strings.Join(set, ", ") +
		" WHERE " + table + "." + columns[1] + " = excluded." + columns[1]
	return putRows(tx, "INSERT INTO ", table, columns, over, n, add)
}

// putRows inserts n rows; over says what to do with those that are there already.
func putRows(tx *gorm.DB, insert, table string, columns []string, over string, n int, add func(args []any, i int) []any) error {
	width := len(columns)
	all := make([]any, 0, n*width)
	for i := range n {
		all = add(all, i)
	}
	same := sameInAll(all, width)
	var fixed []any
	for c, yes := range same {
		if yes {
			fixed = append(fixed, all[c])
		}
	}
	head := insert + table + " (" + strings.Join(columns, ", ") + ") VALUES "
	err := InChunks(tx, n, fixed, func(args []any, i int) []any {
		for c, v := range all[i*width : (i+1)*width] {
			if !same[c] {
				args = append(args, v)
			}
		}
		return args
	}, func(rows int) string { return head + placeholders(same, rows) + over })
	if err != nil {
		return fmt.Errorf("insert into %s: %w", table, err)
	}
	return nil
}

// sameInAll finds the columns that have the same value in all rows, so that it is bound once for a statement and
// not for each row.
func sameInAll(all []any, width int) []bool {
	same := make([]bool, width)
	for c := range same {
		same[c] = len(all) > 0 && plain(all[c])
		for i := c; same[c] && i < len(all); i += width {
			same[c] = all[i] == all[c]
		}
	}
	return same
}

// placeholders gives the text of that many rows. The values that are the same in all have the first numbers.
func placeholders(same []bool, rows int) string {
	fixed := 0
	for _, yes := range same {
		if yes {
			fixed++
		}
	}
	var b []byte
	own := fixed
	for range rows {
		b = append(b, ",("...)
		at := 0
		for c, yes := range same {
			n := &own
			if yes {
				n = &at
			}
			*n++
			if c > 0 {
				b = append(b, ',')
			}
			b = strconv.AppendInt(append(b, '?'), int64(*n), 10)
		}
		b = append(b, ')')
	}
	return string(b[1:])
}

// plain reports whether a value is a number, a text or nothing.
func plain(v any) bool {
	switch v.(type) {
	case nil, bool, int, int64, string:
		return true
	}
	return false
}

// InChunks carries out a statement for n rows, some at a time. Query gives its text for that many rows, add
// appends the values of the i-th; fixed are the values before all of them. A transaction that has come this far is not broken off by its context.
func InChunks(tx *gorm.DB, n int, fixed []any, add func(args []any, i int) []any, query func(rows int) string) error {
	ctx := context.WithoutCancel(tx.Statement.Context)
	db, i := tx.Statement.ConnPool, 0
	var args []any
	fill := func(rows int) []any {
		args = append(args[:0], fixed...)
		for range rows {
			args = add(args, i)
			i++
		}
		return args
	}
	if n >= 2*rowsAtOnce {
		err := prepared(ctx, db, query(rowsAtOnce), n/rowsAtOnce, func() []any { return fill(rowsAtOnce) })
		if err != nil {
			return err
		}
	}
	for n > i {
		rows := min(n-i, rowsAtOnce)
		if _, err := db.ExecContext(ctx, query(rows), fill(rows)...); err != nil {
			return err
		}
	}
	return nil
}

// prepared prepares a statement and carries it out some times, each time with what args gives.
func prepared(ctx context.Context, db gorm.ConnPool, query string, times int, args func() []any) (err error) {
	stmt, err := db.PrepareContext(ctx, query)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stmt.Close()) }()
	for range times {
		if _, err := stmt.ExecContext(ctx, args()...); err != nil {
			return err
		}
	}
	return nil
}

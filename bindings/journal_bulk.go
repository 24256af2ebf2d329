package bindings

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"gorm.io/gorm"
)

// rowsAtOnce is how many rows one insert has. It is prepared once and used again and again, so that more in
// one would not be faster.
const rowsAtOnce = 40

// insertRows inserts n rows, each with a value for each column, which add appends. It is for the tables that
// a sync fills by the thousand: the mapper's way, and a statement of its own for each few hundred rows, cost
// a multiple there (a first sync of 10,000 items spent a third of its time on them).
func insertRows(tx *gorm.DB, table string, columns []string, n int, add func(args []any, i int) []any) error {
	one := ",(" + strings.Repeat(",?", len(columns))[1:] + ")"
	head := "INSERT INTO " + table + " (" + strings.Join(columns, ", ") + ") VALUES "
	err := inChunks(tx, n, add, func(rows int) string { return head + strings.Repeat(one, rows)[1:] })
	if err != nil {
		return fmt.Errorf("insert into %s: %w", table, err)
	}
	return nil
}

// inChunks carries out a statement for n rows, some at a time. Query gives its text for that many rows, add
// appends the values of the i-th. A transaction that has come this far is not broken off by its context.
func inChunks(tx *gorm.DB, n int, add func(args []any, i int) []any, query func(rows int) string) error {
	ctx := context.WithoutCancel(tx.Statement.Context)
	db, i := tx.Statement.ConnPool, 0
	var args []any
	fill := func(rows int) []any {
		args = args[:0]
		for range rows {
			args = add(args, i)
			i++
		}
		return args
	}
	if n >= 2*rowsAtOnce {
		stmt, err := db.PrepareContext(ctx, query(rowsAtOnce))
		if err != nil {
			return err
		}
		for n-i >= rowsAtOnce && err == nil {
			_, err = stmt.ExecContext(ctx, fill(rowsAtOnce)...)
		}
		if err = errors.Join(err, stmt.Close()); err != nil {
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

// takeIDs gives the first of n ids of a table, none of which was or will be given again.
func takeIDs(tx *gorm.DB, table string, n int) (int64, error) {
	var next int64
	err := tx.Raw("UPDATE journal_counters SET next = next + ? WHERE name = ? RETURNING next", n, table).Scan(&next).Error
	if err != nil || next == 0 {
		return 0, fmt.Errorf("take ids of %s: %w", table, err)
	}
	return next - int64(n), nil
}

// contiguous reports whether ids are all numbers from the first to the last, in order, as those of a batch
// are whose ops were all carried out.
func contiguous(ids []int64) bool {
	for i, id := range ids {
		if id != ids[0]+int64(i) {
			return false
		}
	}
	return true
}

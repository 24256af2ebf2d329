package bindings

import (
	"fmt"
	"strings"

	"gorm.io/gorm"
)

// insertRows inserts many rows in as few statements as may be. It is for the tables that a sync fills by
// the thousand: the mapper's way costs a multiple there. Each of rows has a value for each column.
func insertRows(tx *gorm.DB, table string, columns []string, rows [][]any) error {
	one := ",(" + strings.Repeat(",?", len(columns))[1:] + ")"
	head := "INSERT INTO " + table + " (" + strings.Join(columns, ", ") + ") VALUES "
	for _, chunk := range chunks(rows) {
		args := make([]any, 0, len(chunk)*len(columns))
		for _, r := range chunk {
			args = append(args, r...)
		}
		if err := tx.Exec(head+strings.Repeat(one, len(chunk))[1:], args...).Error; err != nil {
			return fmt.Errorf("insert into %s: %w", table, err)
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

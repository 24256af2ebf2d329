package ledger

import (
	"fmt"
	"slices"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// BatchRows is how many rows one statement writes or one IN list names, at the most.
const BatchRows = 500

// Save writes rows, whatever was there.
func Save[T any](db *gorm.DB, rows ...T) error {
	for batch := range slices.Chunk(rows, BatchRows) {
		if err := db.Clauses(clause.OnConflict{UpdateAll: true}).Create(&batch).Error; err != nil {
			return fmt.Errorf("write rows: %w", err)
		}
	}
	return nil
}

// Find gives the rows of a narrowed query whose column has one of the values.
func Find[T any](db *gorm.DB, column string, values []string) ([]T, error) {
	var all []T
	for chunk := range slices.Chunk(values, BatchRows) {
		var rows []T
		if err := db.Session(&gorm.Session{}).Where(column+" IN ?", chunk).Find(&rows).Error; err != nil {
			return nil, fmt.Errorf("read rows: %w", err)
		}
		all = append(all, rows...)
	}
	return all, nil
}

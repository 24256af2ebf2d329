package ledger

import (
	"fmt"
	"slices"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/sources/sqlstore"
)

// BatchRows is how many rows one statement writes or one IN list names, at the most.
const BatchRows = 500

// Save writes rows, whatever was there.
func Save[T any](db *gorm.DB, rows ...T) error { return sqlstore.Save(db, rows) }

// Enter writes rows of which none is there yet. After an error the transaction must not go on.
func Enter[T any](db *gorm.DB, rows ...T) error { return sqlstore.Insert(db, rows) }

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

package bindings

import (
	"fmt"

	"gorm.io/gorm"
)

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
func contiguous[T ~int64](ids []T) bool {
	for i, id := range ids {
		if id != ids[0]+T(i) {
			return false
		}
	}
	return true
}

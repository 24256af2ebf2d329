package bindings

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"
)

// A RemovedBinding is a binding that can be brought back.
type RemovedBinding struct {
	Binding
	// At is when it was removed.
	At time.Time
}

// LastRemoval gives when the owner last removed a binding or a Sync Client, the zero time if never: what lists them
// changed then at the latest.
func (s *Store) LastRemoval(ctx context.Context, owner string) (time.Time, error) {
	var last int64
	err := s.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return db.Raw(`SELECT MAX(COALESCE((SELECT MAX(removed_at) FROM bindings WHERE owner_id = ?), 0),
			COALESCE((SELECT MAX(removed_at) FROM clients WHERE owner_id = ?), 0))`, owner, owner).Scan(&last).Error
	})
	if err != nil {
		return time.Time{}, fmt.Errorf("look when something was removed last: %w", err)
	}
	return fromMicros(last), nil
}

// RemovedBindings lists the owner's bindings that were removed while both of their clients stayed, the last one first.
// Those that went with a client come back with it.
func (s *Store) RemovedBindings(ctx context.Context, owner string) ([]RemovedBinding, error) {
	var rows []bindingView
	err := s.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return db.Table("bindings AS b").Select("b.*, cs.kind AS source_kind, ct.kind AS target_kind").
			Joins("JOIN clients AS cs ON cs.owner_id = b.owner_id AND cs.id = b.source_id AND cs.removed_at = 0").
			Joins("JOIN clients AS ct ON ct.owner_id = b.owner_id AND ct.id = b.target_id AND ct.removed_at = 0").
			Where("b.owner_id = ? AND b.removed_at > 0", owner).Order("b.removed_at DESC, b.id").Scan(&rows).Error
	})
	if err != nil {
		return nil, fmt.Errorf("list removed bindings: %w", err)
	}
	var out []RemovedBinding
	for _, r := range rows {
		out = append(out, RemovedBinding{Binding: r.binding(), At: fromMicros(r.Row.Removed)})
	}
	return out, nil
}

// ofLive leaves out rows of removed bindings: what waited for a person there does not wait any more, until the binding
// comes back.
func ofLive(q *gorm.DB, owner string) *gorm.DB {
	return q.Where("binding_id IN (SELECT id FROM bindings WHERE owner_id = ? AND removed_at = 0)", owner)
}

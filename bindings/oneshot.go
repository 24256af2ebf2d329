package bindings

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
)

// SynchronizeAs is Synchronize by a named holder, who takes up at once what a process of the same name has
// left that died; others wait until its lease runs out. The caller sees to it that no two of one name
// work on a binding at a time.
func (y *Syncs) SynchronizeAs(ctx context.Context, owner string, binding int64, class dataclass.Class, mode int, holder string) (LogEntry, error) {
	b, err := y.store.Binding(ctx, owner, binding)
	if err != nil {
		return LogEntry{}, err
	}
	for _, name := range b.Kinds {
		k, err := y.kinds.Kind(name)
		if err != nil {
			return LogEntry{}, err
		}
		if !k.Caps.ServerInitiated {
			return LogEntry{}, fault(ErrInvalid, "binding %d: a phone starts its syncs itself", b.ID)
		}
	}
	rep, err := y.start(ctx, b, class, mode, holder, nil)
	if err != nil {
		return LogEntry{}, err
	}
	return y.store.LogEntry(ctx, owner, rep.Run)
}

// Synchronized lists the dataclasses of a binding of which a sync was ever begun.
func (s *Store) Synchronized(ctx context.Context, owner string, binding int64) ([]dataclass.Class, error) {
	var list []dataclass.Class
	err := s.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return db.Model(&journalStateRow{}).Where("owner_id = ? AND binding_id = ?", owner, binding).
			Order("class").Pluck("class", &list).Error
	})
	if err != nil {
		return nil, fmt.Errorf("list dataclasses of binding %d: %w", binding, err)
	}
	return list, nil
}

// CountRefused gives the number of items of which a side of a binding did not take what it is owed: it
// refused, or the item changed under every attempt. What waits for another reason is not counted.
func (s *Store) CountRefused(ctx context.Context, owner string, binding int64, class dataclass.Class) (int, error) {
	var n int64
	reasons := []engine.Reason{engine.Refused, engine.Contended}
	err := s.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return db.Model(&journalLinkRow{}).
			Where("owner_id = ? AND binding_id = ? AND class = ?", owner, binding, string(class)).
			Where("source_owed IN ? OR target_owed IN ?", reasons, reasons).Count(&n).Error
	})
	if err != nil {
		return 0, fmt.Errorf("count what was refused of binding %d: %w", binding, err)
	}
	return int(n), nil
}

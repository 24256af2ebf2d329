package bindings

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
)

// Elsewhere implements engine.Recall.
func (j *journal) Elsewhere(ctx context.Context, l engine.Lease, items [2][]sources.ID) (engine.Elsewhere, error) {
	var out engine.Elsewhere
	err := j.store.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		all, err := bindingsNow(db, l.Ref.Owner)
		if err != nil {
			return err
		}
		for _, this := range all {
			if this.ID != l.Ref.Binding {
				continue
			}
			for s, ends := range [2][2]string{{this.Source, this.Target}, {this.Target, this.Source}} {
				if out[s], err = linkedBy(db, l.Ref, detours(all, this.ID, ends[0], ends[1]), ends[0], items[s]); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return out, fmt.Errorf("look for deleted items of binding %d in other bindings: %w", l.Ref.Binding, err)
	}
	return out, nil
}

// detours gives the bindings of a client whose other client has a binding with another one, this binding aside.
func detours(all []bindingRow, this int64, from, to string) []bindingRow {
	next := make(map[string]bool)
	for _, b := range all {
		switch {
		case b.ID == this:
		case b.Source == to:
			next[b.Target] = true
		case b.Target == to:
			next[b.Source] = true
		}
	}
	var out []bindingRow
	for _, b := range all {
		if b.ID != this && (b.Source == from && next[b.Target] || b.Target == from && next[b.Source]) {
			out = append(out, b)
		}
	}
	return out
}

// linkedBy gives which items of a client bindings have a whole link of.
func linkedBy(db *gorm.DB, ref engine.Ref, list []bindingRow, client string, items []sources.ID) (map[sources.ID]bool, error) {
	asked, out := make(map[sources.ID]bool, len(items)), make(map[sources.ID]bool)
	if len(items) == 0 {
		return out, nil
	}
	for _, id := range items {
		asked[id] = true
	}
	for _, b := range list {
		column := "target_item"
		if b.Source == client {
			column = "source_item"
		}
		var ids []sources.ID
		err := db.Raw(`SELECT `+column+` FROM journal_links WHERE owner_id = ? AND binding_id = ? AND class = ?
			AND doomed = 0 AND source_item <> '' AND target_item <> '' ORDER BY id`, ref.Owner, b.ID, string(ref.Class)).Scan(&ids).Error
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			if asked[id] {
				out[id] = true
			}
		}
	}
	return out, nil
}

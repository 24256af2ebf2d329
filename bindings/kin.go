package bindings

import (
	"context"
	"fmt"
	"slices"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
)

// Kin implements engine.Recall. Only where the owner's bindings make a ring through this one are there
// links to be looked at.
func (j *journal) Kin(ctx context.Context, l engine.Lease, loose [2][]sources.ID) (engine.Kin, error) {
	var kin engine.Kin
	err := j.store.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		all, err := bindingsNow(db, l.Ref.Owner)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(b bindingRow) bool { return b.ID == l.Ref.Binding })
		if i < 0 {
			return nil
		}
		this := all[i]
		ring := detour(slices.Delete(all, i, i+1), this.Source, this.Target)
		if len(ring) == 0 {
			return nil
		}
		f, err := familiesOf(db, l.Ref, ring)
		if err != nil {
			return err
		}
		for s, clients := range [2][2]string{{this.Source, this.Target}, {this.Target, this.Source}} {
			kin[s] = f.kin(clients[0], clients[1], loose[s])
		}
		return nil
	})
	if err != nil {
		return kin, fmt.Errorf("look for items of binding %d in other bindings: %w", l.Ref.Binding, err)
	}
	return kin, nil
}

// bindingsNow gives the bindings of an owner that were not removed, in the order in which they were made.
func bindingsNow(db *gorm.DB, owner string) ([]bindingRow, error) {
	var all []bindingRow
	err := db.Where("owner_id = ? AND removed_at = 0", owner).Order("id").Find(&all).Error
	return all, err
}

// detour gives the bindings that can be reached from a client, if another client is among what they reach.
func detour(all []bindingRow, from, to string) []bindingRow {
	reached := map[string]bool{from: true}
	var out []bindingRow
	for grown := true; grown; {
		grown = false
		for _, b := range all {
			if (reached[b.Source] || reached[b.Target]) && !slices.Contains(out, b) {
				reached[b.Source], reached[b.Target], grown = true, true, true
				out = append(out, b)
			}
		}
	}
	if !reached[to] {
		return nil
	}
	return out
}

// member is one item of one client.
type member struct{ client, item string }

// families are sets of items that links make one item.
type families struct{ parent map[member]member }

func familiesOf(db *gorm.DB, ref engine.Ref, ring []bindingRow) (families, error) {
	f := families{parent: make(map[member]member)}
	for _, b := range ring {
		var rows []struct{ Source, Target string }
		err := db.Raw(`SELECT source_item AS source, target_item AS target FROM journal_links
			WHERE owner_id = ? AND binding_id = ? AND class = ? AND doomed = 0 AND source_item <> '' AND target_item <> ''
			ORDER BY id`, ref.Owner, b.ID, string(ref.Class)).Scan(&rows).Error
		if err != nil {
			return f, err
		}
		for _, r := range rows {
			f.join(member{b.Source, r.Source}, member{b.Target, r.Target})
		}
	}
	return f, nil
}

// head gives the member that stands for a family.
func (f families) head(m member) member {
	for {
		up, ok := f.parent[m]
		if !ok || up == m {
			return m
		}
		if top, ok := f.parent[up]; ok {
			f.parent[m] = top // halve the way
		}
		m = up
	}
}

func (f families) join(a, b member) {
	a, b = f.head(a), f.head(b)
	f.parent[a] = a
	f.parent[b] = a
}

// kin gives for items of one client the item of another one in the same family, the first one by its id.
func (f families) kin(of, other string, items []sources.ID) map[sources.ID]sources.ID {
	heads := make(map[member]string)
	for m := range f.parent {
		if m.client != other {
			continue
		}
		if h := f.head(m); heads[h] == "" || m.item < heads[h] {
			heads[h] = m.item
		}
	}
	out := make(map[sources.ID]sources.ID)
	for _, id := range items {
		if item := heads[f.head(member{of, string(id)})]; item != "" {
			out[id] = sources.ID(item)
		}
	}
	return out
}

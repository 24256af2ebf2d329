package bindings

import (
	"context"
	"reflect"
	"testing"

	"gorm.io/gorm"
)

// TestQuiet: a binding is quiet when both sides hold every link and are owed nothing; whatever else a link
// needs, a run loads it although no side reports anything.
func TestQuiet(t *testing.T) {
	for name, tc := range map[string]struct {
		set   string
		quiet bool
	}{
		"at rest":         {"", true},
		"source is owed":  {"source_owed = 1", false},
		"target is owed":  {"target_owed = 5", false},
		"source lacks it": {"source_item = ''", false},
		"target lacks it": {"target_item = ''", false},
		"doomed":          {"doomed = 1", false},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPair(t, pairOptions{})
			p.put(0, card("Ann"))
			p.put(1, card("Bob"))
			p.mustSync()
			ctx := context.Background()
			if tc.set != "" {
				p.ok(p.db.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
					return tx.Exec("UPDATE journal_links SET " + tc.set + " WHERE id = (SELECT MAX(id) FROM journal_links)").Error
				}))
			}
			j := p.store.Journal()
			l, err := j.Lease(ctx, p.ref(), "", true)
			p.ok(err)
			some, quiet, err := j.Quiet(ctx, l)
			p.ok(err)
			all, err := j.Load(ctx, l)
			p.ok(err)
			if quiet != tc.quiet || len(all.Links) != 2 {
				t.Errorf("quiet: %v, want %v; %d links", quiet, tc.quiet, len(all.Links))
			}
			all.Links = nil
			if !reflect.DeepEqual(all, some) {
				t.Errorf("Quiet gives %+v, Load %+v", some, all)
			}
		})
	}
}

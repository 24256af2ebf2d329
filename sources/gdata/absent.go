package gdata

import (
	"context"
	"fmt"
	"slices"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/ledger"
)

// errLeavesOut means that a listing of everything was not one.
var errLeavesOut = fmt.Errorf("%w: the feed leaves out entries that are there", dataclass.ErrMalformed)

const (
	// askAll is how many entries that a listing lacks are all asked for; of more, askSome are.
	askAll  = 10
	askSome = 5
)

// leftOut gives the items that are known and that a listing of everything lacks. Before it is believed, the server is
// asked for some of them: if it has one of them, they would be entered there a second time. Those of another address
// are not asked for.
func (s *session) leftOut(ctx context.Context) ([]string, error) {
	var known []*itemRow
	err := s.g.store.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return inClass(db, s.client, s.class).Select("id", "self").Where("dead = 0 AND absent = 0").Order("changed").Find(&known).Error
	})
	if err != nil {
		return nil, fmt.Errorf("read gdata rows: %w", err)
	}
	known = slices.DeleteFunc(known, func(r *itemRow) bool { return s.harvest.byID[r.ID] != nil })
	ids := make([]string, len(known))
	for i, r := range known {
		ids[i] = r.ID
	}
	if s.moved {
		return ids, nil
	}
	at := make(map[string]string)
	for _, r := range spread(known) {
		if r.Self != "" {
			at[r.ID] = r.Self
		}
	}
	if len(at) == 0 {
		return ids, nil
	}
	found, err := s.wire.read(ctx, at)
	if err != nil {
		return nil, fmt.Errorf("ask for what the feed leaves out: %w", err)
	}
	if len(found) > 0 {
		return nil, errLeavesOut
	}
	return ids, nil
}

// spread chooses which of the items are asked for: from the first to the last.
func spread(list []*itemRow) []*itemRow {
	if len(list) <= askAll {
		return list
	}
	out := make([]*itemRow, askSome)
	for i := range out {
		out[i] = list[i*(len(list)-1)/(askSome-1)]
	}
	return out
}

// storeAbsent notes what a listing that is believed lacks. It is not asked for again, until it is listed or written.
func (m *merging) storeAbsent(tx *gorm.DB) error {
	for chunk := range slices.Chunk(m.absent, ledger.BatchRows) {
		if err := inClass(tx, m.client, m.class).Model(&itemRow{}).Where("id IN ?", chunk).Update("absent", true).Error; err != nil {
			return fmt.Errorf("write gdata rows: %w", err)
		}
	}
	return nil
}

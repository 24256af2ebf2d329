package bindings

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
)

// A Filter narrows what one client of a binding is sent of one dataclass, never what is known
// (docs/engine.md 3.5). The zero Filter sends everything.
type Filter struct {
	// Back and Ahead are how many days before and after today an event may lie; 0 is no limit. Days are UTC's.
	Back, Ahead int
	// Category, where not empty, is one that an item must have.
	Category string
}

// maxFilterDays bounds a filter's days: a thousand years.
const maxFilterDays = 365_000

// filterRow is one row of binding_filters.
type filterRow struct {
	Ref      journalKey `gorm:"embedded"`
	Side     int        `gorm:"column:side"`
	Back     int        `gorm:"column:days_back"`
	Ahead    int        `gorm:"column:days_ahead"`
	Category string     `gorm:"column:category"`
}

func (filterRow) TableName() string { return "binding_filters" }

// check returns an ErrInvalid for a filter that makes no sense for the dataclass.
func (f Filter) check(class dataclass.Class) error {
	switch {
	case f.Back < 0 || f.Ahead < 0 || f.Back > maxFilterDays || f.Ahead > maxFilterDays:
		return fault(ErrInvalid, "a filter's days must be between 0 and %d", maxFilterDays)
	case f.Back+f.Ahead > 0 && class != dataclass.Events:
		return fault(ErrInvalid, "only Events have a range of days, not %s", class)
	case !utf8.ValidString(f.Category) || len(f.Category) > 200 || strings.ContainsFunc(f.Category, unicode.IsControl):
		return fault(ErrInvalid, "that is no category")
	}
	return nil
}

// window is what the filter lets through today.
func (f Filter) window(now time.Time) dataclass.Range {
	r := dataclass.Range{Category: f.Category}
	today := now.UTC().Truncate(24 * time.Hour)
	if f.Back > 0 {
		r.From = today.AddDate(0, 0, -f.Back)
	}
	if f.Ahead > 0 {
		r.To = today.AddDate(0, 0, f.Ahead+1)
	}
	return r
}

// SetFilter narrows what a client of a binding is sent of a dataclass, from the next sync on; the zero Filter
// lifts the filter. It returns an ErrInvalid for a filter that makes no sense, and what Binding returns.
func (s *Store) SetFilter(ctx context.Context, owner string, binding int64, side engine.Side, class dataclass.Class, f Filter) error {
	f.Category = strings.TrimSpace(f.Category)
	if err := f.check(class); err != nil {
		return err
	}
	row := filterRow{
		Ref:  journalKey{Owner: owner, Binding: binding, Class: string(class)},
		Side: int(side), Back: f.Back, Ahead: f.Ahead, Category: f.Category,
	}
	err := s.db.Update(ctx, func(ctx context.Context, tx *gorm.DB) error {
		set := map[string]any{"updated_at": s.updatedNow()}
		if err := s.updateBinding(ctx, owner, binding, set); err != nil {
			return err
		}
		if f == (Filter{}) {
			return tx.Where(journalWhere+" AND side = ?", row.Ref.args(row.Side)...).Delete(&filterRow{}).Error
		}
		return tx.Clauses(clause.OnConflict{
			Columns:   []clause.Column{{Name: "owner_id"}, {Name: "binding_id"}, {Name: "class"}, {Name: "side"}},
			DoUpdates: clause.AssignmentColumns([]string{"days_back", "days_ahead", "category"}),
		}).Create(&row).Error
	})
	if err != nil {
		return fmt.Errorf("set filter: %w", err)
	}
	return nil
}

// Filters gives what the clients of a binding are sent of a dataclass, source first. It returns what Binding
// returns.
func (s *Store) Filters(ctx context.Context, owner string, binding int64, class dataclass.Class) ([2]Filter, error) {
	var out [2]Filter
	if _, err := s.Binding(ctx, owner, binding); err != nil {
		return out, err
	}
	var rows []filterRow
	err := s.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return db.Where(journalWhere, owner, binding, string(class)).Find(&rows).Error
	})
	if err != nil {
		return out, fmt.Errorf("read filters: %w", err)
	}
	for _, r := range rows {
		out[r.Side&1] = Filter{Back: r.Back, Ahead: r.Ahead, Category: r.Category}
	}
	return out, nil
}

// FilterList gives the filters of a binding, or for 0 those of all the owner's, in order. What is not in it is not
// narrowed. It returns nothing for what is not the owner's.
func (s *Store) FilterList(ctx context.Context, owner string, binding int64) (map[int64][]FilterChange, error) {
	var rows []filterRow
	err := s.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		q := db.Where("owner_id = ?", owner)
		if binding != 0 {
			q = q.Where("binding_id = ?", binding)
		}
		return q.Order("binding_id, class, side").Find(&rows).Error
	})
	if err != nil {
		return nil, fmt.Errorf("list filters: %w", err)
	}
	if len(rows) == 0 {
		return nil, nil
	}
	out := make(map[int64][]FilterChange)
	for _, r := range rows {
		out[r.Ref.Binding] = append(out[r.Ref.Binding], FilterChange{
			Side: engine.Side(r.Side & 1), Class: dataclass.Class(r.Ref.Class),
			Filter: Filter{Back: r.Back, Ahead: r.Ahead, Category: r.Category},
		})
	}
	return out, nil
}

// ranges are what the clients of a binding are sent today.
func (s *Store) ranges(ctx context.Context, b Binding, class dataclass.Class) ([2]dataclass.Range, error) {
	var out [2]dataclass.Range
	if class == dataclass.Calendar { // its events are what a filter is for
		class = dataclass.Events
	}
	list, err := s.Filters(ctx, b.Owner, b.ID, class)
	for i, f := range list {
		out[i] = f.window(s.now())
	}
	return out, err
}

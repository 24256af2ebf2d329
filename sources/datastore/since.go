package datastore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

// A Mark says how far one dataclass of a client has come. It is what faces make sync tokens and time stamps of.
//
// Changes of a client have numbers, of which a later one is greater, and times, of which a later one is not earlier,
// whatever the clock of the machine does; changes made in different transactions never have the same time.
type Mark struct {
	// Tag names the state of the dataclass: nothing of it changed between two Marks with the same Tag.
	Tag string
	// Epoch names the life of the client's numbers: numbers of another one mean nothing. "" before the first change.
	Epoch string
	// Change is the number of the last change of the client, 0 before the first one; Last covers every change of the
	// dataclass, and is no less than Floor.
	Change, Last int64
	// Next is a time, in UTC and whole milliseconds, after every change until now and not after any later one:
	// what Since gives from First(Next) on is exactly what has changed since the Mark. It is the zero time before
	// the first change.
	Next time.Time
	// Floor and Covered say which deletions are remembered: all with a greater number than Floor, and all from the
	// time Covered on.
	Floor   int64
	Covered time.Time
}

// Mark tells how far a dataclass has come. It costs the same however many items there are.
func (it Items) Mark(ctx context.Context, class dataclass.Class) (Mark, error) {
	if err := checkClass(class); err != nil {
		return Mark{}, err
	}
	var m Mark
	err := it.d.store.View(ctx, func(_ context.Context, db *gorm.DB) (err error) {
		m, err = it.mark(db, class)
		return err
	})
	if err != nil {
		return Mark{}, fmt.Errorf("look at items: %w", err)
	}
	return m, nil
}

func (it Items) mark(db *gorm.DB, class dataclass.Class) (Mark, error) {
	row, err := loadClient(db, it.client)
	if err != nil || row.Epoch == "" {
		return Mark{Tag: "0"}, err
	}
	var last int64
	err = inClass(db, it.client, class).Select("COALESCE(MAX(changed), 0)").Scan(&last).Error
	// With the floor: when a tombstone is forgotten an older change is the last one again.
	tag := fmt.Sprintf("%s.%d.%d", row.Epoch, last, row.Floor)
	return Mark{
		Tag: tag, Epoch: row.Epoch, Change: row.Counter, Last: max(last, row.Floor),
		Next: stamp(row.Clock + 1), Floor: row.Floor, Covered: stamp(row.FloorAt + 1),
	}, err
}

// First gives a number so that the changes of a dataclass with a greater one are those made at t or later.
func (it Items) First(ctx context.Context, class dataclass.Class, t time.Time) (int64, error) {
	if err := checkClass(class); err != nil {
		return 0, err
	}
	ms := t.UnixMilli()
	if t.After(time.UnixMilli(ms)) {
		ms++ // changes are at whole milliseconds
	}
	var row itemRow
	err := it.d.store.View(ctx, func(_ context.Context, db *gorm.DB) error {
		now, err := loadClient(db, it.client) // first, so that a change that comes meanwhile is not passed over
		if err != nil {
			return err
		}
		row.Changed = now.Counter + 1
		return inClass(db, it.client, class).Select("changed").Where("changed_at >= ?", ms).Order("changed_at, changed").Take(&row).Error
	})
	if err != nil && !errors.Is(err, gorm.ErrRecordNotFound) {
		return 0, fmt.Errorf("look for a time: %w", err)
	}
	return row.Changed - 1, nil
}

// An Order says which items Since lists, and how.
type Order struct {
	// Living leaves out what was deleted.
	Living bool
	// Newest lists from the last change back.
	Newest bool
	// Skip passes over so many first.
	Skip int
	// Limit is how many items are listed at most; 0 or more than 500 is 500.
	Limit int
}

// Since lists items of a dataclass in the order of their last changes, beginning after the number after, or, with
// Newest, before it; 0 is the one end or the other. Deleted ones are Dead and have no body. It gives fewer where bodies
// are big; none means that there are no more.
//
// Page after page, with the Change of the last item for the next one, this lists everything: an item that changes
// meanwhile comes once more at the later end. With Newest that is where the listing began, so that afterwards what is
// after its first number has to be listed as well.
func (it Items) Since(ctx context.Context, class dataclass.Class, after int64, o Order) ([]Item, error) {
	if err := checkClass(class); err != nil {
		return nil, err
	}
	var rows []*itemRow
	err := it.d.store.View(ctx, func(_ context.Context, db *gorm.DB) (err error) {
		rows, err = readSome(o.query(inClass(db, it.client, class), after), pageBytes, o.limit())
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list changes: %w", err)
	}
	items := make([]Item, 0, len(rows))
	for _, r := range rows {
		items = append(items, r.item())
	}
	return items, nil
}

func (o Order) query(q *gorm.DB, after int64) *gorm.DB {
	switch {
	case o.Newest && after > 0:
		q = q.Where("changed < ?", after).Order("changed DESC")
	case o.Newest:
		q = q.Order("changed DESC")
	default:
		q = q.Where("changed > ?", after).Order("changed")
	}
	if o.Living {
		q = q.Where("dead = 0")
	}
	if o.Skip > 0 {
		q = q.Offset(o.Skip)
	}
	return q
}

func (o Order) limit() int {
	if o.Limit <= 0 || o.Limit > batchRows {
		return batchRows
	}
	return o.Limit
}

// Dead reads an item that was deleted. It returns sources.ErrGone if there was none, or if it is forgotten.
func (it Items) Dead(ctx context.Context, class dataclass.Class, id sources.ID) (Item, error) {
	var row itemRow
	err := it.d.store.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return inClass(db, it.client, class).Where("id = ? AND dead = 1", string(id)).Take(&row).Error
	})
	if errors.Is(err, gorm.ErrRecordNotFound) {
		err = sources.ErrGone
	}
	if err != nil {
		return Item{}, fmt.Errorf("get deleted item %q: %w", id, err)
	}
	return row.item(), nil
}

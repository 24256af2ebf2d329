package datastore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/sqlstore"
)

// A Head is what there is to know of an item without its content.
type Head struct {
	ID  sources.ID
	Rev sources.Revision
	// Number is that of the item's last change; a client numbers all its changes in one row.
	Number int64
	// Dead tells that the item was deleted: this is its tombstone.
	Dead bool
	// Changed is when that was, in UTC, to the millisecond.
	Changed time.Time
	// UID is that of the Item. Heads does not tell it.
	UID string
	// Entered is that of the Item.
	Entered time.Time
}

// maxHeads is how many heads are listed at once.
const maxHeads = 5000

// Heads lists what was changed after a number, in the order of the changes: at most limit of it (5,000 if limit is less
// than 1 or more). With tombstones also what was deleted. None means that there are no more.
func (it Items) Heads(ctx context.Context, class dataclass.Class, after int64, tombstones bool, limit int) ([]Head, error) {
	if err := checkClass(class); err != nil {
		return nil, err
	}
	if limit < 1 || limit > maxHeads {
		limit = maxHeads
	}
	var rows []itemRow
	err := it.d.store.View(ctx, func(_ context.Context, db *gorm.DB) error {
		q := inClass(db, it.client, class).Where("changed > ?", after)
		if !tombstones {
			q = q.Where("dead = 0")
		}
		return q.Select("id, changed, dead, changed_at, created_at, created").Order("changed").Limit(limit).Find(&rows).Error
	})
	if err != nil {
		return nil, fmt.Errorf("list the heads of items: %w", err)
	}
	heads := make([]Head, len(rows))
	for i, r := range rows {
		heads[i] = Head{ID: sources.ID(r.ID), Rev: revision(r.Changed), Number: r.Changed, Dead: r.Dead, Changed: stamp(r.ChangedAt), Entered: r.entered()}
	}
	return heads, nil
}

// Epoch gives what the client's numbers are counted in: those of one epoch never come twice. It is empty before the first
// change, and new in another datastore.
func (it Items) Epoch(ctx context.Context) (string, error) {
	var row clientRow
	err := it.d.store.View(ctx, func(_ context.Context, db *gorm.DB) (err error) {
		row, err = loadClient(db, it.client)
		return err
	})
	return row.Epoch, err
}

// Head tells about one item. It returns sources.ErrGone if there is none.
func (it Items) Head(ctx context.Context, class dataclass.Class, id sources.ID) (Head, error) {
	h, _, err := it.headOf(ctx, class, id)
	return h, err
}

// GetSmall reads an item whose content has at most so many bytes. Of a bigger one it gives all but the content, and how
// many bytes that has; it does not read them. It returns sources.ErrGone if there is none.
func (it Items) GetSmall(ctx context.Context, class dataclass.Class, id sources.ID, most int) (item Item, size int, err error) {
	h, row, err := it.headOf(ctx, class, id, fmt.Sprintf("type, LENGTH(body) AS born, CASE WHEN LENGTH(body) <= %d THEN body ELSE x'' END AS body", most))
	if err != nil {
		return Item{}, 0, err
	}
	return Item{ID: h.ID, Rev: h.Rev, Body: row.body(), Changed: h.Changed, Change: h.Number, UID: h.UID, Entered: h.Entered}, int(row.Born), nil
}

// headOf reads one living row's head, and more of its columns.
func (it Items) headOf(ctx context.Context, class dataclass.Class, id sources.ID, more ...string) (Head, itemRow, error) {
	if err := checkClass(class); err != nil {
		return Head{}, itemRow{}, err
	}
	var rows []itemRow
	columns := strings.Join(append([]string{"id, changed, changed_at, created, created_at, uid, veiled"}, more...), ", ")
	err := it.d.store.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return inClass(db, it.client, class).Where("id = ? AND dead = 0", string(id)).Select(columns).Limit(1).Find(&rows).Error
	})
	if err == nil && len(rows) == 0 {
		err = sources.ErrGone
	}
	if err != nil {
		return Head{}, itemRow{}, fmt.Errorf("look at item %q: %w", id, err)
	}
	r := rows[0]
	return Head{ID: sources.ID(r.ID), Rev: revision(r.Changed), Number: r.Changed, Changed: stamp(r.ChangedAt), UID: r.shownUID(), Entered: r.entered()}, r, nil
}

// GetSome reads items that there are among ids, at most 500, by their ids. Where their content is big it does not read
// them all: it then gives at least one, and says that there may be more.
func (it Items) GetSome(ctx context.Context, class dataclass.Class, ids []sources.ID) (found map[sources.ID]Item, more bool, err error) {
	if err := checkClass(class); err != nil {
		return nil, false, err
	}
	if len(ids) > batchRows {
		ids, more = ids[:batchRows], true
	}
	var rows []*itemRow
	err = it.d.store.View(ctx, func(_ context.Context, db *gorm.DB) (err error) {
		rows, err = readPage(inClass(db, it.client, class).Where("id IN ? AND dead = 0", ids), pageBytes)
		return err
	})
	if err != nil {
		return nil, false, fmt.Errorf("get items: %w", err)
	}
	found = make(map[sources.ID]Item, len(rows))
	size := 0
	for _, r := range rows {
		found[sources.ID(r.ID)] = r.item()
		size += len(r.Body)
	}
	return found, more || size >= pageBytes, nil
}

// GetSmallOnes reads items that there are among ids, at most 500, whose content has at most so many bytes. Of the bigger
// ones it tells how many bytes each has. More says that it did not look at all ids.
func (it Items) GetSmallOnes(ctx context.Context, class dataclass.Class, ids []sources.ID, most int) (found map[sources.ID]Item, big map[sources.ID]int, more bool, err error) {
	if err := checkClass(class); err != nil {
		return nil, nil, false, err
	}
	if len(ids) > batchRows {
		ids, more = ids[:batchRows], true
	}
	found, big = make(map[sources.ID]Item, len(ids)), make(map[sources.ID]int)
	err = it.d.store.View(ctx, func(_ context.Context, db *gorm.DB) error {
		q := inClass(db, it.client, class).Where("id IN ? AND dead = 0", ids)
		rows, err := q.Select(fmt.Sprintf("id, changed, changed_at, created, created_at, uid, veiled, type, LENGTH(body), CASE WHEN LENGTH(body) <= %d THEN body END", most)).Rows()
		if err != nil {
			return err
		}
		room := pageBytes
		for room > 0 && rows.Next() {
			var r itemRow
			var size int
			if err := rows.Scan(&r.ID, &r.Changed, &r.ChangedAt, &r.Created, &r.EnteredAt, &r.UID, &r.Veiled, &r.Type, &size, (*sqlstore.Blob)(&r.Body)); err != nil {
				return errors.Join(err, rows.Close())
			}
			if size > most {
				big[sources.ID(r.ID)] = size
				continue
			}
			room -= size
			found[sources.ID(r.ID)] = r.item()
		}
		more = more || room <= 0
		return errors.Join(rows.Err(), rows.Close())
	})
	if err != nil {
		return nil, nil, false, fmt.Errorf("get items: %w", err)
	}
	return found, big, more, nil
}

// A Condition is what must be true of an item before it is written or deleted. The zero Condition is always true.
type Condition struct {
	// Absent asks that there is no item, Present that there is one.
	Absent, Present bool
	// Revs, if not nil, asks that the item has one of these revisions.
	Revs []sources.Revision
	// Not asks that there is no item with one of these revisions.
	Not []sources.Revision
	// Unique asks that no other item of the class has the UID of the new content, and that an item that has a UID keeps
	// it.
	Unique bool
	// For is the item that the new one stands for, apart from the one that has its UID, if that one is deleted; "" for none.
	For sources.ID
	// Entered is when a new item was made where it moves from; now if it is zero.
	Entered time.Time
}

func (c Condition) met(r *itemRow) bool {
	alive := r != nil && !r.Dead
	return (!c.Absent || !alive) && (!c.Present || alive) && (c.Revs == nil || alive && slices.Contains(c.Revs, revision(r.Changed))) &&
		(!alive || !slices.Contains(c.Not, revision(r.Changed)))
}

// A TakenError says that an item cannot be written because its UID belongs to another, or another UID to it. It is a
// sources.ErrConflict.
type TakenError struct {
	// By is the item that is in the way.
	By sources.ID
}

// Error says what is wrong.
func (e *TakenError) Error() string { return fmt.Sprintf("the UID is in use by item %q", e.By) }

// Unwrap gives the class of the error.
func (e *TakenError) Unwrap() error { return sources.ErrConflict }

// PutIf writes an item if a condition is met, and tells whether it made a new one. The id is not empty. Besides the
// errors of Put there is *TakenError; a condition that is not met is sources.ErrConflict.
func (it Items) PutIf(ctx context.Context, class dataclass.Class, id sources.ID, c Condition, body dataclass.Body) (item Item, made bool, err error) {
	if err := checkID(id); err != nil {
		return Item{}, false, err
	}
	if err := it.check(class, id, body); err != nil {
		return Item{}, false, err
	}
	if c.Unique {
		if err := it.learnUIDs(ctx, class); err != nil {
			return Item{}, false, err
		}
	}
	var row *itemRow
	err = it.write(ctx, class, id, "", func(w *writer) (err error) {
		row, made, err = w.putIf(id, c, body)
		return err
	})
	if err != nil {
		return Item{}, false, fmt.Errorf("put item %q: %w", id, err)
	}
	return row.item(), made, nil
}

// unique returns a *TakenError unless the item can have the UID.
func (w *writer) unique(id sources.ID, uid string) error {
	r := w.rows[string(id)]
	has := r != nil && !r.Dead && r.UID != ""
	switch {
	case uid == "", has && (r.UID == uid || r.isApart() || r.shownUID() == uid): // some go by another UID than their body has
		return nil
	case has:
		return &TakenError{id}
	}
	by, err := w.namedBy(uid)
	if err == nil && by == "" {
		by, err = w.shownAs(uid)
	}
	if err == nil && by != "" && by != id {
		err = &TakenError{by}
	}
	return err
}

// DeleteIf removes an item if a condition is met. It returns sources.ErrGone if there is none, and sources.ErrConflict
// for a condition that is not met.
func (it Items) DeleteIf(ctx context.Context, class dataclass.Class, id sources.ID, c Condition) error {
	if err := checkClass(class); err != nil {
		return err
	}
	err := it.write(ctx, class, id, "", func(w *writer) error {
		return w.deleteIf(id, c)
	})
	if err != nil {
		return fmt.Errorf("delete item %q: %w", id, err)
	}
	return nil
}

package datastore

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

// An Item is one item of a datastore client, as its owner sees it.
type Item struct {
	ID   sources.ID
	Rev  sources.Revision
	Body dataclass.Body
	// Changed is when the item was last written, in UTC, to the millisecond. See Mark.
	Changed time.Time
	// Change is the number of the change that wrote it last.
	Change int64
	// Dead says that it was deleted then; it has no body. Only Since and Dead give such items.
	Dead bool
	// UID is what the body names itself by or, if it does not, what the last one of the item did; "" for none. An item that
	// had none, and gained one where programs may have been shown the one made of its id, is known by that (MadeUID).
	UID string
	// Entered is when the item was made, in UTC, to the millisecond; zero if it is not known any more.
	Entered time.Time
}

// Items is the owner's own way to one client: what is written here is a user's change for every
// binding. It is safe for concurrent use.
type Items struct {
	d      *Datastore
	client clientKey
}

// Items opens one client of an owner. It makes nothing: a client is empty until something is written.
func (d *Datastore) Items(owner, client string) Items { return Items{d, clientKey{owner, client}} }

// Put writes an item and gives it back. With an empty id it adds one under a new id; otherwise it
// replaces the item of that id, or makes it if there is none. It returns sources.ErrTooBig,
// sources.ErrUnsupported for an unknown class or an id that breaks the rules of sources.ID, and, if
// ifRev is not empty and the item has another revision or is gone, sources.ErrConflict.
func (it Items) Put(ctx context.Context, class dataclass.Class, id sources.ID, ifRev sources.Revision, body dataclass.Body) (Item, error) {
	if err := it.check(class, id, body); err != nil {
		return Item{}, err
	}
	var row *itemRow
	err := it.write(ctx, class, id, ifRev, func(w *writer) error {
		name := string(id)
		if name == "" {
			fresh, err := w.newID()
			if err != nil {
				return err
			}
			name = fresh
		}
		row = w.put(name, body)
		return nil
	})
	if err != nil {
		return Item{}, fmt.Errorf("put item %q: %w", id, err)
	}
	return row.item(), nil
}

// PutNew adds items under new ids and gives them back in the same order: all of them, or with an error none. The errors
// are those of Put.
func (it Items) PutNew(ctx context.Context, class dataclass.Class, bodies []dataclass.Body) ([]Item, error) {
	for _, body := range bodies {
		if err := it.check(class, "", body); err != nil {
			return nil, err
		}
	}
	rows := make([]*itemRow, len(bodies))
	err := it.write(ctx, class, "", "", func(w *writer) error {
		for i, body := range bodies {
			id, err := w.newID()
			if err != nil {
				return err
			}
			rows[i] = w.put(id, body)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("put %d new items: %w", len(bodies), err)
	}
	list := make([]Item, len(rows))
	for i, r := range rows {
		list[i] = r.item()
	}
	return list, nil
}

// Delete removes an item. It returns sources.ErrGone if there is none, and sources.ErrConflict if ifRev
// is not empty and the item has another revision.
func (it Items) Delete(ctx context.Context, class dataclass.Class, id sources.ID, ifRev sources.Revision) error {
	if err := checkClass(class); err != nil {
		return err
	}
	err := it.write(ctx, class, id, ifRev, func(w *writer) error {
		if r := w.rows[string(id)]; r == nil || r.Dead {
			return sources.ErrGone
		}
		return w.delete(sources.Op{Verb: sources.Delete, ID: id}).Err
	})
	if err != nil {
		return fmt.Errorf("delete item %q: %w", id, err)
	}
	return nil
}

// Get reads an item. It returns sources.ErrGone if there is none.
func (it Items) Get(ctx context.Context, class dataclass.Class, id sources.ID) (Item, error) {
	if err := checkClass(class); err != nil {
		return Item{}, err
	}
	var rows []*itemRow
	err := it.d.store.View(ctx, func(_ context.Context, db *gorm.DB) (err error) {
		rows, err = readSome(inClass(db, it.client, class).Where("id = ? AND dead = 0", string(id)), pageBytes, 1)
		return err
	})
	if err == nil && len(rows) == 0 {
		err = sources.ErrGone
	}
	if err != nil {
		return Item{}, fmt.Errorf("get item %q: %w", id, err)
	}
	return rows[0].item(), nil
}

// List reads items in the order of their ids, beginning after the id after. It gives at most limit of
// them, and fewer where bodies are big; none means that there are no more. A limit of 0 or above 500
// means 500.
func (it Items) List(ctx context.Context, class dataclass.Class, after sources.ID, limit int) ([]Item, error) {
	if err := checkClass(class); err != nil {
		return nil, err
	}
	var rows []*itemRow
	err := it.d.store.View(ctx, func(_ context.Context, db *gorm.DB) (err error) {
		q := inClass(db, it.client, class).Where("id > ? AND dead = 0", string(after)).Order("id")
		rows, err = readPage(q, pageBytes)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list items: %w", err)
	}
	if limit > 0 && limit < len(rows) {
		rows = rows[:limit]
	}
	items := make([]Item, 0, len(rows))
	for _, r := range rows {
		items = append(items, r.item())
	}
	return items, nil
}

// Count gives the number of items of a class.
func (it Items) Count(ctx context.Context, class dataclass.Class) (int, error) {
	var n int64
	err := it.d.store.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return inClass(db, it.client, class).Where("dead = 0").Count(&n).Error
	})
	if err != nil {
		return 0, fmt.Errorf("count items: %w", err)
	}
	return int(n), nil
}

// Forget drops the tombstones of items that were deleted before t. Cursors that had not read them are
// lost from then on.
func (it Items) Forget(ctx context.Context, t time.Time) error {
	err := it.d.store.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
		row, err := loadClient(tx, it.client)
		if err != nil || row.Epoch == "" {
			return err
		}
		old := func() *gorm.DB {
			return ofClient(tx.Table("datastore_items"), it.client).Where("dead = 1 AND changed_at < ?", t.UnixMilli())
		}
		gone := old().Select("COALESCE(MAX(changed), ?), COALESCE(MAX(changed_at), ?)", row.Floor, row.FloorAt).Row()
		if err := gone.Scan(&row.Floor, &row.FloorAt); err != nil {
			return err
		}
		if err := old().Delete(&itemRow{}).Error; err != nil {
			return err
		}
		return saveClient(tx, row)
	})
	if err != nil {
		return fmt.Errorf("forget deleted items: %w", err)
	}
	return nil
}

// write runs fn on a writer that has loaded id, if the item has the revision ifRev.
func (it Items) write(ctx context.Context, class dataclass.Class, id sources.ID, ifRev sources.Revision, fn func(*writer) error) error {
	err := it.d.store.Update(ctx, func(ctx context.Context, tx *gorm.DB) error {
		w, err := it.d.newWriter(ctx, tx, it.client, class, "")
		if err != nil {
			return err
		}
		if err := w.load([]sources.Op{{Verb: sources.Replace, ID: id}}); err != nil {
			return err
		}
		if r := w.rows[string(id)]; ifRev != "" && (r == nil || r.Dead || revision(r.Changed) != ifRev) {
			return sources.ErrConflict
		}
		if err := fn(w); err != nil {
			return err
		}
		return w.flush()
	})
	if err == nil {
		it.d.wrote()
	}
	return err
}

func (it Items) check(class dataclass.Class, id sources.ID, body dataclass.Body) error {
	if err := checkClass(class); err != nil {
		return err
	}
	if len(body.Data) > it.d.limit {
		return fmt.Errorf("put item %q of %d bytes: %w", id, len(body.Data), sources.ErrTooBig)
	}
	if id == "" {
		return nil
	}
	return checkID(id)
}

func (r *itemRow) item() Item {
	return Item{ID: sources.ID(r.ID), Rev: revision(r.Changed), Body: r.body(), Changed: stamp(r.ChangedAt), Change: r.Changed, Dead: r.Dead, UID: r.shownUID(), Entered: r.entered()}
}

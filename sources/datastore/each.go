package datastore

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/sqlstore"
)

// An Edit is one of several changes that are carried out together.
type Edit struct {
	// ID is not empty.
	ID sources.ID
	// If is what must be true before it is carried out.
	If Condition
	// Delete asks for a deletion; else the item gets Body.
	Delete bool
	Body   dataclass.Body
}

// An Outcome is what became of an Edit.
type Outcome struct {
	// Item is what was written, and Made tells that it is a new one. Both are empty after a deletion.
	Item Item
	Made bool
	// Err is why it was not carried out: an error of PutIf or DeleteIf, but sources.ErrGone for a condition that there is an
	// item where there is none.
	Err error
}

// EditEach carries out changes in their order, in one transaction. Each succeeds or fails by itself, as if it were the only
// one; a later one finds what an earlier one wrote. An error means that nothing was written.
func (it Items) EditEach(ctx context.Context, class dataclass.Class, list []Edit) ([]Outcome, error) {
	if err := checkClass(class); err != nil {
		return nil, err
	}
	if slices.ContainsFunc(list, func(x Edit) bool { return x.If.Unique }) {
		if err := it.learnUIDs(ctx, class); err != nil {
			return nil, err
		}
	}
	var out []Outcome
	err := it.d.store.Update(ctx, func(ctx context.Context, tx *gorm.DB) error {
		w, err := it.d.newWriter(ctx, tx, it.client, class, "")
		if err != nil {
			return err
		}
		out, err = it.editEach(w, class, list)
		if err != nil {
			return err
		}
		return w.flush()
	})
	if err != nil {
		return nil, fmt.Errorf("write %d items: %w", len(list), err)
	}
	it.d.wrote()
	return out, nil
}

func (it Items) editEach(w *writer, class dataclass.Class, list []Edit) ([]Outcome, error) {
	ops := make([]sources.Op, 0, len(list))
	for _, x := range list {
		for _, id := range []sources.ID{x.ID, x.If.For} {
			ops = append(ops, sources.Op{Verb: sources.Replace, ID: id})
		}
	}
	err := w.load(ops)
	if err == nil {
		w.roll, err = w.callRoll(list)
	}
	out := make([]Outcome, len(list))
	for i, x := range list {
		if err != nil {
			return nil, err
		}
		if bad := errors.Join(checkID(x.ID), it.check(class, x.ID, x.Body)); bad != nil {
			out[i].Err = bad
			continue
		}
		out[i], err = w.editIf(x)
	}
	return out, err
}

// editIf carries out one write. The error is one of the database.
func (w *writer) editIf(x Edit) (out Outcome, err error) {
	var row *itemRow
	if x.Delete {
		err = w.deleteIf(x.ID, x.If)
	} else if row, out.Made, err = w.putIf(x.ID, x.If, x.Body); err == nil {
		out.Item = row.item()
	}
	if r := w.rows[string(x.ID)]; errors.Is(err, sources.ErrConflict) && x.If.Present && (r == nil || r.Dead) {
		err = sources.ErrGone
	}
	if errors.Is(err, sources.ErrConflict) || errors.Is(err, sources.ErrGone) {
		return Outcome{Err: err}, nil
	}
	return out, err
}

// putIf writes an item if a condition is met, and tells whether it made a new one.
func (w *writer) putIf(id sources.ID, c Condition, body dataclass.Body) (row *itemRow, made bool, err error) {
	old := w.rows[string(id)]
	if !c.met(old) {
		return nil, false, sources.ErrConflict
	}
	made = old == nil || old.Dead
	if c.Unique {
		if err := w.unique(id, uidOf(body)); err != nil {
			return nil, false, err
		}
	}
	was := ""
	if old != nil {
		was = old.UID
	}
	w.roll.strike(was, id)
	row = w.put(string(id), body)
	if made && !c.Entered.IsZero() {
		row.EnteredAt = c.Entered.UnixMilli()
	}
	if made {
		err = w.again(row, was, c.For)
	}
	w.roll.entered(row)
	return row, made, err
}

// deleteIf removes an item if a condition is met.
func (w *writer) deleteIf(id sources.ID, c Condition) error {
	r := w.rows[string(id)]
	switch {
	case !c.met(r):
		return sources.ErrConflict
	case r == nil || r.Dead:
		return sources.ErrGone
	}
	err := w.delete(sources.Op{Verb: sources.Delete, ID: id}).Err
	w.roll.left(r)
	return err
}

// A roll is what a writer of many items knows of the UIDs that they have, so that it does not ask the database for each:
// whose they are, and who was deleted that had them. It goes along with what is written. The nil roll knows
// nothing, and the database is asked.
type roll struct {
	alive map[string][]sources.ID
	dead  map[string][]buried
}

// A buried item was deleted with the change of that number.
type buried struct {
	id      sources.ID
	changed int64
}

// callRoll finds out who has the UIDs that items are to get.
func (w *writer) callRoll(list []Edit) (*roll, error) {
	r := &roll{make(map[string][]sources.ID), make(map[string][]buried)}
	uids := make([]string, 0, len(list))
	for _, x := range list {
		if uid := uidOf(x.Body); uid != "" {
			uids = append(uids, uid)
		}
	}
	slices.Sort(uids)
	for chunk := range slices.Chunk(slices.Compact(uids), batchRows) {
		var rows []*itemRow
		with, args := sqlstore.Wanted(chunk)
		err := w.tx.Raw(with+`SELECT id, uid, dead, changed FROM wanted
			CROSS JOIN datastore_items INDEXED BY datastore_items_uid ON uid = value AND uid <> ''
			WHERE owner_id = ? AND client_id = ? AND class = ? ORDER BY id`,
			append(args, w.client.Owner, w.client.Client, string(w.class))...).Scan(&rows).Error
		if err != nil {
			return nil, fmt.Errorf("read the UIDs of items: %w", err)
		}
		for _, row := range rows {
			if row.Dead {
				r.dead[row.UID] = append(r.dead[row.UID], buried{sources.ID(row.ID), row.Changed})
			} else {
				r.alive[row.UID] = append(r.alive[row.UID], sources.ID(row.ID))
			}
		}
	}
	return r, nil
}

// entered notes that an item has its UID.
func (r *roll) entered(row *itemRow) {
	if r != nil && row.UID != "" {
		r.alive[row.UID] = append(r.alive[row.UID], sources.ID(row.ID))
	}
}

// strike notes that an item, living or deleted, has a UID no longer.
func (r *roll) strike(uid string, id sources.ID) {
	if r != nil && uid != "" {
		r.alive[uid] = slices.DeleteFunc(r.alive[uid], func(one sources.ID) bool { return one == id })
		r.dead[uid] = slices.DeleteFunc(r.dead[uid], func(one buried) bool { return one.id == id })
	}
}

// left notes that an item was deleted.
func (r *roll) left(row *itemRow) {
	if r != nil && row.UID != "" {
		r.strike(row.UID, sources.ID(row.ID))
		r.dead[row.UID] = append(r.dead[row.UID], buried{sources.ID(row.ID), row.Changed})
	}
}

// last gives the item that was deleted last of those that had a UID; "" for none.
func (r *roll) last(uid string) (id sources.ID) {
	changed := int64(0)
	for _, one := range r.dead[uid] {
		if one.changed >= changed {
			id, changed = one.id, one.changed
		}
	}
	return id
}

// namedBy gives the item that has a UID: of several the first by its id, "" for none.
func (w *writer) namedBy(uid string) (sources.ID, error) {
	if w.roll == nil {
		return namedIn(w.tx, clientKey{w.client.Owner, w.client.Client}, w.class, uid)
	}
	if list := w.roll.alive[uid]; len(list) > 0 {
		return slices.Min(list), nil
	}
	return "", nil
}

package datastore

import (
	"fmt"
	"slices"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/sqlstore"
)

// MadeUID gives the UID by which an item is known that has none of its own, or one that another item had before it: always
// the same for the same id.
func MadeUID(id sources.ID) string { return dataclass.MadeUID(string(id)) }

// MadeOf gives the id that a UID was made of; "" for any other UID.
func MadeOf(uid string) sources.ID {
	return sources.ID(dataclass.MadeOf(uid))
}

// isApart reports whether an item is known by a UID that was made of its id.
func (r *itemRow) isApart() bool { return r.UID == MadeUID(sources.ID(r.ID)) }

// name gives an item that is written the UID of its body. It keeps its own if the new body has none, for those who know it by
// that: the body came from where there are no UIDs. One that was set apart stays so.
//
// One that had none, and was shown under the UID that is made of its id, is shown under that for as long as it lives, whatever
// its body says from now on: a UID that changes under one address is a deletion and a new item to some programs, and an error
// to others (RFC 4791 section 4.1). What such a program writes is stored under the item's own UID, which the other sides know.
func (w *writer) name(r *itemRow, body dataclass.Body) dataclass.Body {
	uid, made := uidOf(body), MadeUID(sources.ID(r.ID))
	switch {
	case r.Dead:
		r.Veiled = false
	case uid == "", uid == r.UID, r.isApart():
		return body
	case r.Veiled && uid == made:
		body.Data = dataclass.Renamed(body.Data, made, r.UID)
		return body
	case r.UID == "" && uid != made:
		r.Veiled = true
	}
	r.UID = uid
	switch {
	case uid == "":
	case w.roll == nil:
		w.renamed = append(w.renamed, r)
	case len(w.roll.alive[uid]) > 0:
		r.UID = made
	}
	return body
}

// shownAs gives the living item that is shown under a UID made of its id; "" for none.
func (w *writer) shownAs(uid string) (sources.ID, error) {
	of := MadeOf(uid)
	if of == "" {
		return "", nil
	}
	if r := w.rows[string(of)]; r != nil {
		if r.Dead || r.UID != "" && r.shownUID() != uid {
			of = ""
		}
		return of, nil
	}
	var ids []string
	err := inClass(w.tx, clientKey{w.client.Owner, w.client.Client}, w.class).
		Where("id = ? AND dead = 0 AND (uid = '' OR veiled = 1)", string(of)).Pluck("id", &ids).Error
	if err != nil || len(ids) == 0 {
		return "", err
	}
	return of, nil
}

// setApart gives those of the items that were written another UID whose UID another item has: a folder may have two files of
// one UID, and so may a server, but no two items of a collection are shown with one (RFC 4791 section 4.1, RFC 6352 section
// 5.1). What came first keeps it.
func (w *writer) setApart() error {
	list := slices.DeleteFunc(w.renamed, func(r *itemRow) bool { return r.Dead || r.UID == "" })
	if w.renamed = nil; len(list) == 0 {
		return nil
	}
	first, err := w.holders(list)
	if err != nil {
		return err
	}
	open := make(map[*itemRow]bool, len(list))
	for _, r := range list {
		open[r] = true
	}
	for _, r := range w.dirty {
		if !r.Dead && r.UID != "" && first[r.UID] == nil && !open[r] {
			first[r.UID] = r
		}
	}
	for _, r := range list {
		if has := first[r.UID]; has == nil {
			first[r.UID] = r
		} else if has.ID != r.ID {
			r.UID = MadeUID(sources.ID(r.ID))
		}
	}
	return nil
}

// holders gives the items that have the UIDs of others by now, but for those that are written as well.
func (w *writer) holders(of []*itemRow) (map[string]*itemRow, error) {
	first := make(map[string]*itemRow)
	c := clientKey{w.client.Owner, w.client.Client}
	for some := range slices.Chunk(of, batchRows) {
		uids := make([]string, len(some))
		for i, r := range some {
			uids[i] = r.UID
		}
		var rows []itemRow
		with, args := sqlstore.Wanted(uids)
		err := w.tx.Raw(with+`SELECT id, uid FROM wanted CROSS JOIN datastore_items INDEXED BY datastore_items_uid ON uid = value AND uid <> ''
			WHERE owner_id = ? AND client_id = ? AND class = ? AND dead = 0`, append(args, c.owner, c.id, string(w.class))...).Scan(&rows).Error
		if err != nil {
			return nil, fmt.Errorf("read the UIDs of items: %w", err)
		}
		for i := range rows {
			if r := w.rows[rows[i].ID]; r == nil || !w.marked[r] {
				first[rows[i].UID] = &rows[i]
			}
		}
	}
	return first, nil
}

// apartMigrations set apart what has the UID of an item that came before it.
func apartMigrations() []sqlstore.Migration {
	return []sqlstore.Migration{{ID: "datastore-20261124074", SQLite: []string{
		`UPDATE datastore_items SET uid = 'bindery-' || id WHERE uid <> '' AND dead = 0 AND EXISTS (
			SELECT 1 FROM datastore_items AS o INDEXED BY datastore_items_uid WHERE o.owner_id = datastore_items.owner_id AND o.client_id = datastore_items.client_id
				AND o.class = datastore_items.class AND o.uid = datastore_items.uid AND o.uid <> '' AND o.dead = 0
				AND (o.created < datastore_items.created OR o.created = datastore_items.created AND o.id < datastore_items.id))`,
	}}}
}

package datastore

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

// uidOf finds the UID that a card or a calendar item names itself by; "" if it names none.
func uidOf(body dataclass.Body) string { return dataclass.Peek(body.Data).UID }

// unreadBody selects the bodies of living items whose UIDs were not read yet.
const unreadBody = "CASE WHEN uid IS NULL AND dead = 0 THEN body ELSE x'' END AS body"

// namedIn gives the item of a class that names itself by a UID: of several the first by its id, "" for none.
func namedIn(db *gorm.DB, c clientKey, class dataclass.Class, uid string) (sources.ID, error) {
	if uid == "" {
		return "", nil
	}
	var id string
	// Left to itself SQLite looks through all items for the first id.
	err := db.Raw(`SELECT COALESCE(MIN(id), '') FROM datastore_items INDEXED BY datastore_items_uid
		WHERE owner_id = ? AND client_id = ? AND class = ? AND uid = ? AND uid <> '' AND dead = 0`, c.owner, c.id, string(class), uid).Scan(&id).Error
	return sources.ID(id), err
}

// again gives an item that was just made the key of one that comes back, if one with its UID, or the item by, was deleted
// before: a client that did not know of the deletion, or moves an item by deleting it and writing it anew. A binding on which
// the deletion is still news, or on its way, then has one item, and not a second one beside what the other side edited
// (docs/engine.md 6.3). An id that is used again for something else stands for what it stood for no longer; was is the UID
// that the id had.
func (w *writer) again(r *itemRow, was string, by sources.ID) error {
	if sources.RevivalOf(sources.Key(r.AddKey)) != "" {
		delete(w.keys, r.AddKey)
		r.AddKey = ""
	}
	dead, err := w.deadOne(r, was, by)
	if err != nil || dead == "" {
		return err
	}
	key := string(sources.RevivalKey(dead))
	free, err := w.freed(key, r)
	if err == nil && free {
		r.AddKey, w.keys[key] = key, r
	}
	return err
}

// freed reports whether an item can have a key. One that was brought back by it and was deleted again has no more use for it,
// and who comes with the key once more is to find the one that lives.
func (w *writer) freed(key string, r *itemRow) (bool, error) {
	if have := w.keys[key]; have != nil && have != r {
		if !have.Dead {
			return false, nil
		}
		have.AddKey = ""
	}
	has := func() *gorm.DB {
		return ofClient(w.tx.Table("datastore_items"), clientKey{w.client.Owner, w.client.Client}).Where("add_key <> '' AND add_key = ?", key)
	}
	var holders []itemRow
	if err := has().Select("id, class, dead").Find(&holders).Error; err != nil {
		return false, err
	}
	for _, one := range holders {
		if one.Class != r.Class || w.rows[one.ID] == nil && !one.Dead { // of the others the writer knows better
			return false, nil
		}
	}
	if len(holders) == 0 {
		return true, nil
	}
	return true, has().Update("add_key", "").Error
}

// deadOne gives the deleted item that an item stands for; "" for none.
func (w *writer) deadOne(r *itemRow, was string, by sources.ID) (sources.ID, error) {
	if r.UID != "" && was == r.UID {
		return sources.ID(r.ID), nil
	}
	if w.roll != nil && r.UID != "" {
		if id := w.roll.last(r.UID); id != "" {
			return id, nil
		}
	}
	if r.UID != "" && w.roll == nil {
		var last struct {
			ID      string
			Changed int64
		}
		// SQLite gives the id of the row that has the maximum.
		err := w.tx.Raw(`SELECT COALESCE(id, '') AS id, COALESCE(MAX(changed), 0) AS changed FROM datastore_items INDEXED BY datastore_items_uid
			WHERE owner_id = ? AND client_id = ? AND class = ? AND uid = ? AND uid <> '' AND dead = 1`,
			w.client.Owner, w.client.Client, string(w.class), r.UID).Scan(&last).Error
		if err != nil || last.ID != "" {
			return sources.ID(last.ID), err
		}
	}
	if by == "" || string(by) == r.ID {
		return "", nil
	}
	if have := w.rows[string(by)]; have != nil && have.Dead {
		return by, nil
	} else if have != nil || w.roll != nil {
		return "", nil
	}
	c := clientKey{w.client.Owner, w.client.Client}
	var ids []string
	err := inClass(w.tx, c, w.class).Where("id = ? AND dead = 1", string(by)).Pluck("id", &ids).Error
	if err != nil || len(ids) == 0 {
		return "", err
	}
	return sources.ID(ids[0]), nil
}

// learnUIDs reads the UIDs of items that were written before the table had a place for them: once for each client.
func (it Items) learnUIDs(ctx context.Context, class dataclass.Class) error {
	unread := func(db *gorm.DB) *gorm.DB { return inClass(db, it.client, class).Where("uid IS NULL") }
	for {
		var rows []*itemRow
		err := it.d.store.View(ctx, func(_ context.Context, db *gorm.DB) (err error) {
			rows, err = readPage(unread(db), pageBytes)
			return err
		})
		if err != nil || len(rows) == 0 {
			return err
		}
		err = it.d.store.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
			for _, r := range rows {
				uid := uidOf(r.body())
				if by, err := namedIn(tx, it.client, class, uid); err != nil {
					return err
				} else if by != "" {
					uid = MadeUID(sources.ID(r.ID))
				}
				err := unread(tx).Where("id = ? AND changed = ?", r.ID, r.Changed).Update("uid", uid).Error
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("read the UIDs of items: %w", err)
		}
	}
}

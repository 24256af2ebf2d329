package datastore

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/sqlstore"
)

// Checks are those of all datastores (docs/doctor.md).
func Checks() []sqlstore.Check {
	return []sqlstore.Check{
		sqlstore.Query("change-unseen", "An item was changed under a number that its datastore has not reached: bindings may not see the change.",
			"bindery doctor --repair lets the datastore go on behind it.",
			`SELECT c.owner_id AS owner, 'datastore '||c.client_id||' is at '||c.counter||', an item at '||max(i.changed) AS what
			FROM datastore_clients c JOIN datastore_items i ON i.owner_id = c.owner_id AND i.client_id = c.client_id
			GROUP BY c.owner_id, c.client_id HAVING max(i.changed) > c.counter`).
			Mended(`UPDATE datastore_clients AS c SET counter = (SELECT max(changed) FROM datastore_items i WHERE i.owner_id = c.owner_id AND i.client_id = c.client_id)
			WHERE counter < (SELECT max(changed) FROM datastore_items i WHERE i.owner_id = c.owner_id AND i.client_id = c.client_id)`),
		sqlstore.Query("datastore-uncounted", "A datastore has items, and no number of its last change.", "Write a backup and report it.",
			`SELECT i.owner_id AS owner, 'datastore '||i.client_id||', '||count(*)||' items' AS what FROM datastore_items i
			WHERE NOT EXISTS (SELECT 1 FROM datastore_clients c WHERE c.owner_id = i.owner_id AND c.client_id = i.client_id) GROUP BY i.owner_id, i.client_id`),
		sqlstore.Query("items-of-nobody", "There are items of a Sync Client that is not registered any more: nobody sees them.", "Write a backup and report it.",
			`SELECT owner_id AS owner, count(*)||' items of datastore '||client_id AS what FROM datastore_items i WHERE dead = 0 AND NOT EXISTS
			(SELECT 1 FROM clients c WHERE c.owner_id = i.owner_id AND c.id = i.client_id) GROUP BY owner_id, client_id`),
		sqlstore.Query("deleted-with-content", "An item that was deleted still has its content.", "bindery doctor --repair removes the content; the history has it for its time.",
			`SELECT owner_id AS owner, count(*)||' items of datastore '||client_id AS what FROM datastore_items WHERE dead = 1 AND length(body) > 0 GROUP BY owner_id, client_id`).
			Mended(`UPDATE datastore_items SET body = x'' WHERE dead = 1 AND length(body) > 0`),
		{Name: "item-unreadable", Means: "An item of a datastore cannot be read: no sync sends it anywhere, and exports leave it out.",
			Do: "Look for it in bindery history, restore it from there or from a backup, or delete it.", Find: unreadable},
	}
}

// unreadable lists items that are none.
func unreadable(ctx context.Context, s *sqlstore.Store) (list []sqlstore.Finding, err error) {
	err = s.View(ctx, func(_ context.Context, db *gorm.DB) error {
		rows, err := db.Raw("SELECT owner_id, client_id, class, id, type, body FROM datastore_items WHERE dead = 0").Rows()
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, rows.Close()) }()
		for rows.Next() && len(list) < sqlstore.MostFindings {
			var r itemRow
			if err := rows.Scan(&r.Owner, &r.Client, &r.Class, &r.ID, &r.Type, &r.Body); err != nil {
				return err
			}
			if _, err := dataclass.Decode(dataclass.Class(r.Class), r.body()); err != nil {
				list = append(list, sqlstore.Finding{Owner: r.Owner, What: fmt.Sprintf("item %q of datastore %s, %s", r.ID, r.Client, r.Class)})
			}
		}
		return rows.Err()
	})
	return list, err
}

// Kept tells the checks of other rooms what datastores hold.
type Kept struct{}

// parts gives the dataclasses that items of a class are kept as, with their cursors and ids.
func parts(class dataclass.Class, ids []sources.ID, since sources.Cursor) (map[dataclass.Class][]sources.ID, map[dataclass.Class]sources.Cursor) {
	if class != dataclass.Calendar {
		return map[dataclass.Class][]sources.ID{class: ids}, map[dataclass.Class]sources.Cursor{class: since}
	}
	return sources.CalendarParts(ids), sources.CalendarCursors(since)
}

// Missing gives those of a client's items that are not there although a reader with that cursor was told of their end. A
// cursor that is lost proves nothing.
func (Kept) Missing(ctx context.Context, s *sqlstore.Store, owner, client string, class dataclass.Class, ids []sources.ID, since sources.Cursor) ([]sources.ID, error) {
	var gone []sources.ID
	byClass, cursors := parts(class, ids, since)
	err := s.View(ctx, func(_ context.Context, db *gorm.DB) error {
		key := clientKey{owner, client}
		row, err := loadClient(db, key)
		if err != nil {
			return err
		}
		for c, ids := range byClass {
			from, err := row.position(c, cursors[c])
			if err != nil || from == everything {
				continue
			}
			there := make(map[string]bool)
			var list []string
			err = inClass(db, key, c).Where("id IN ? AND (dead = 0 OR changed > ?)", ids, from).Pluck("id", &list).Error
			if err != nil {
				return err
			}
			for _, id := range list {
				there[id] = true
			}
			for _, id := range ids {
				if !there[string(id)] {
					gone = append(gone, id)
				}
			}
		}
		return nil
	})
	return gone, err
}

// Ahead reports whether a cursor of the client's own time names a change that has not happened.
func (Kept) Ahead(ctx context.Context, s *sqlstore.Store, owner, client string, class dataclass.Class, cursor sources.Cursor) (ahead bool, err error) {
	err = s.View(ctx, func(_ context.Context, db *gorm.DB) error {
		row, err := loadClient(db, clientKey{owner, client})
		_, cursors := parts(class, nil, cursor)
		for c, cur := range cursors {
			n, ok := counted(cur)
			later := row
			later.Counter = n
			ahead = ahead || ok && n > row.Counter && later.cursor(c) == cur
		}
		return err
	})
	return ahead, err
}

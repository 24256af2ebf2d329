package bindings

import (
	"context"
	"fmt"
	"slices"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/sqlstore"
)

// KeptItems is what a kind that keeps its items in the database tells the checks.
type KeptItems interface {
	// Missing gives those of the items that are not there, and whose end a reader with that cursor was told of.
	Missing(ctx context.Context, s *sqlstore.Store, owner, client string, class dataclass.Class, ids []sources.ID, since sources.Cursor) ([]sources.ID, error)
	// Ahead reports whether a cursor claims to have read what has not happened yet.
	Ahead(ctx context.Context, s *sqlstore.Store, owner, client string, class dataclass.Class, cursor sources.Cursor) (bool, error)
}

// An endRow is one side of a binding and dataclass, as far as it was read.
type endRow struct {
	Owner   string `gorm:"column:owner_id"`
	Binding int64  `gorm:"column:binding_id"`
	Class   string `gorm:"column:class"`
	Client  string `gorm:"column:client_id"`
	Kind    string `gorm:"column:kind"`
	Cursor  string `gorm:"column:cursor"`
}

// ends lists one side of every binding that is not removed.
func ends(db *gorm.DB, side string) (list []endRow, err error) {
	err = db.Raw(`SELECT s.owner_id, s.binding_id, s.class, c.id AS client_id, c.kind, s.` + side + `_cursor AS cursor FROM journal_states s
		JOIN bindings b ON b.owner_id = s.owner_id AND b.id = s.binding_id AND b.removed_at = 0
		JOIN clients c ON c.owner_id = s.owner_id AND c.id = b.` + side + `_id ORDER BY 1, 2, 3`).Scan(&list).Error
	return list, err
}

// eachEnd calls fn for each end whose items a kind keeps in the database.
func (o CheckOptions) eachEnd(ctx context.Context, s *sqlstore.Store, fn func(side string, e endRow, k KeptItems) error) error {
	for _, side := range []string{"source", "target"} {
		var list []endRow
		err := s.View(ctx, func(_ context.Context, db *gorm.DB) (err error) {
			list, err = ends(db, side)
			return err
		})
		if err != nil {
			return err
		}
		for _, e := range list {
			if k := o.Kinds[e.Kind]; k != nil {
				if err := fn(side, e, k); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// linkCheck looks whether each item that both sides are believed to hold, with nothing on its way, is there: or else that
// its end is still to be read.
func linkCheck(o CheckOptions) sqlstore.Check {
	c := sqlstore.Check{Name: "item-gone", Means: "An item that is believed to be there is not, and no sync will notice (docs/engine.md 3.1).",
		Do: "Run bindery sync --mode slow on the binding, or a slow sync on the phone: what the other side holds comes back."}
	c.Find = func(ctx context.Context, s *sqlstore.Store) (found []sqlstore.Finding, err error) {
		err = o.eachEnd(ctx, s, func(side string, e endRow, k KeptItems) error {
			return atRest(ctx, s, side, e, func(ids []sources.ID) error {
				gone, err := k.Missing(ctx, s, e.Owner, e.Client, dataclass.Class(e.Class), ids, sources.Cursor(e.Cursor))
				for _, id := range gone {
					if len(found) < sqlstore.MostFindings {
						found = append(found, sqlstore.Finding{Owner: e.Owner, What: fmt.Sprintf("item %q of the %s of binding %d, %s", id, side, e.Binding, e.Class)})
					}
				}
				return err
			})
		})
		return found, err
	}
	return c
}

// linksAtOnce is how many items are looked for at once.
const linksAtOnce = 400

// atRest gives the items of one side whose links say that all is well.
func atRest(ctx context.Context, s *sqlstore.Store, side string, e endRow, fn func([]sources.ID) error) error {
	last := int64(0)
	for {
		var rows []struct {
			ID   int64  `gorm:"column:id"`
			Item string `gorm:"column:item"`
		}
		err := s.View(ctx, func(_ context.Context, db *gorm.DB) error {
			return db.Raw(`SELECT id, `+side+`_item AS item FROM journal_links l WHERE `+journalWhere+` AND id > ? AND doomed = 0
				AND source_item <> '' AND target_item <> '' AND source_owed = 0 AND target_owed = 0
				AND NOT EXISTS (SELECT 1 FROM journal_intents i WHERE i.link_id = l.id)
				AND NOT EXISTS (SELECT 1 FROM plan_holds h WHERE h.owner_id = l.owner_id AND h.link_id = l.id)
				ORDER BY id LIMIT ?`, e.Owner, e.Binding, e.Class, last, linksAtOnce).Scan(&rows).Error
		})
		if err != nil || len(rows) == 0 {
			return err
		}
		last = rows[len(rows)-1].ID
		ids := make([]sources.ID, len(rows))
		for i := range rows {
			ids[i] = sources.ID(rows[i].Item)
		}
		if err := fn(ids); err != nil {
			return err
		}
	}
}

// cursorCheck looks for cursors that claim to have read what has not happened yet: changes would go unread.
func cursorCheck(o CheckOptions) sqlstore.Check {
	c := sqlstore.Check{Name: "cursor-ahead", Means: "A binding claims to have read changes that have not happened: the database was mixed from two (docs/engine.md 3.1).",
		Do: "Bring back a whole backup with bindery restore-backup, or run bindery sync --mode slow on the binding."}
	c.Find = func(ctx context.Context, s *sqlstore.Store) (found []sqlstore.Finding, err error) {
		err = o.eachEnd(ctx, s, func(side string, e endRow, k KeptItems) error {
			ahead, err := k.Ahead(ctx, s, e.Owner, e.Client, dataclass.Class(e.Class), sources.Cursor(e.Cursor))
			if ahead {
				found = append(found, sqlstore.Finding{Owner: e.Owner, What: fmt.Sprintf("%s of binding %d, %s", side, e.Binding, e.Class)})
			}
			return err
		})
		return found, err
	}
	return c
}

// packCheck looks at what was packed and is not settled yet.
func packCheck(name, means, do string, _ CheckOptions, wrong func(db *gorm.DB, row packRow) (bool, error)) sqlstore.Check {
	c := sqlstore.Check{Name: name, Means: means, Do: do}
	c.Find = func(ctx context.Context, s *sqlstore.Store) (found []sqlstore.Finding, err error) {
		err = s.View(ctx, func(_ context.Context, db *gorm.DB) error {
			var ids []int64
			if err := db.Model(&packRow{}).Order("id").Limit(sqlstore.MostFindings).Pluck("id", &ids).Error; err != nil {
				return err
			}
			for _, id := range ids {
				var row packRow
				if err := db.Where("id = ?", id).Take(&row).Error; err != nil {
					return err
				}
				bad, err := wrong(db, row)
				if err != nil {
					return err
				}
				if bad {
					found = append(found, sqlstore.Finding{Owner: row.Ref.Owner, What: fmt.Sprintf("batch %d of binding %d, %s", row.ID, row.Ref.Binding, row.Ref.Class)})
				}
			}
			return nil
		})
		return found, err
	}
	return c
}

func damagedPack(_ *gorm.DB, row packRow) (bool, error) {
	_, err := unpackRows(row.Ref, row.Body)
	return err != nil, nil
}

func twicePack(db *gorm.DB, row packRow) (bool, error) {
	p, err := unpackRows(row.Ref, row.Body)
	if err != nil {
		return false, nil // the other check's
	}
	for _, side := range []string{"source", "target"} {
		var items []string
		for i := range p.links {
			item := p.links[i].Source.Item
			if side == "target" {
				item = p.links[i].Target.Item
			}
			if item != "" {
				items = append(items, item)
			}
		}
		for chunk := range slices.Chunk(items, linksAtOnce) {
			var n int64
			err := db.Model(&journalLinkRow{}).Where(journalWhere+" AND doomed = 0 AND "+side+"_item IN ?", row.Ref.args(chunk)...).Count(&n).Error
			if err != nil || n > 0 {
				return n > 0, err
			}
		}
	}
	return false, nil
}

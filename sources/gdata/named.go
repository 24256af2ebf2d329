package gdata

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/ledger"
)

// errEntered refuses an Add of what came to the server on another way since the session began: the next look shows that
// item, and whoever adds finds out then that the two are one.
var errEntered = fmt.Errorf("%w: it was entered there meanwhile", sources.ErrConflict)

// name sees to it that no two items of the server get one UID. An Add whose UID an item has that came since the session
// began is refused; where an earlier item has it, the new one is another thing and gets another UID.
func (w *writer) name(ctx context.Context, jobs []*job) error {
	of := make(map[*job]string)
	uids := make(map[string]bool)
	for _, j := range jobs {
		if j.op.Verb != sources.Add || j.ended() || j.late {
			continue
		}
		if uid := j.it.UID(); uid != "" {
			of[j], uids[uid] = uid, true
		}
	}
	if len(uids) == 0 {
		return nil
	}
	has, err := w.holders(ctx, uids)
	if err != nil {
		return err
	}
	if w.named == nil {
		w.named = make(map[string]sources.Key)
	}
	for _, j := range jobs {
		uid, ok := of[j]
		r := has[uid]
		first, used := w.named[uid]
		switch {
		case !ok:
		case r != nil && r.Changed > w.upto && r.Origin != w.origin:
			j.fail(errEntered)
		case r != nil, used && (first != j.op.Key || first == ""):
			j.it = rename(j.it, shortHash([]byte("uid "+string(j.op.Key)+" "+uid)))
		default:
			w.named[uid] = j.op.Key
		}
	}
	return nil
}

// holders gives the living items that show one of some UIDs.
func (w *writer) holders(ctx context.Context, uids map[string]bool) (map[string]*itemRow, error) {
	list := make([]string, 0, len(uids))
	for uid := range uids {
		list = append(list, uid)
	}
	out := make(map[string]*itemRow)
	err := w.g.store.View(ctx, func(_ context.Context, db *gorm.DB) error {
		// Left to itself, SQLite goes through all items of the class.
		q := inClass(db.Table("gdata_items INDEXED BY gdata_items_uid"), w.client, w.class).Where("uid <> '' AND dead = 0")
		rows, err := ledger.Find[*itemRow](q, "uid", list)
		for _, r := range rows {
			if was := out[r.UID]; was == nil || r.Changed < was.Changed {
				out[r.UID] = r
			}
		}
		return err
	})
	return out, err
}

// rename gives an item with another UID.
func rename(it *dataclass.Item, uid string) *dataclass.Item {
	it = it.Clone()
	if c, err := dataclass.AsContact(it); err == nil {
		c.SetText("UID", uid)
		return c.Item()
	}
	if e, err := dataclass.AsEvent(it); err == nil {
		e.SetUID(uid)
		return e.Item()
	}
	return it
}

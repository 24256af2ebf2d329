package gdata

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/ledger"
)

// feedRow says how far one class of a client was read.
type feedRow struct {
	ledger.Book
	// Anchor is what the server is asked for changes since, by its own clock; empty if that is not known.
	Anchor string `gorm:"column:anchor"`
	// Groups are the titles of groups by their ids, as JSON, and GroupsAt when they were read (Unix seconds).
	Groups   string `gorm:"column:groups"`
	GroupsAt int64  `gorm:"column:groups_at"`
}

// TableName names the table for gorm.
func (feedRow) TableName() string { return "gdata_feeds" }

// itemRow is what is known of one item or, if Dead, of one that was deleted.
type itemRow struct {
	Owner  string `gorm:"column:owner_id;primaryKey"`
	Client string `gorm:"column:client_id;primaryKey"`
	Class  string `gorm:"column:class;primaryKey"`
	ID     string `gorm:"column:id;primaryKey"`
	Rev    string `gorm:"column:rev"`
	// Hash is of the item's own entry, Rev of that and the entries of its exceptions.
	Hash string `gorm:"column:hash"`
	// Self is where its entry is read.
	Self string `gorm:"column:self"`
	// Member are the ids of its groups, each between bars.
	Member string `gorm:"column:member"`
	First  string `gorm:"column:first"`
	// Absent says that a listing of everything lacked it, and that it was not found either. It may live for all that.
	Absent bool `gorm:"column:absent"`
	// UID is the one that its entry shows.
	UID string `gorm:"column:uid"`
	// Updated is when its own entry said that it was changed last (Unix milliseconds, 0 if it did not say).
	Updated int64 `gorm:"column:updated"`
	ledger.Life
}

// TableName names the table for gorm.
func (itemRow) TableName() string { return "gdata_items" }

// partRow is the entry of one exception.
type partRow struct {
	Owner  string `gorm:"column:owner_id;primaryKey"`
	Client string `gorm:"column:client_id;primaryKey"`
	Item   string `gorm:"column:item;primaryKey"`
	ID     string `gorm:"column:id;primaryKey"`
	Hash   string `gorm:"column:hash"`
	Self   string `gorm:"column:self"`
}

// TableName names the table for gorm.
func (partRow) TableName() string { return "gdata_parts" }

// addRow is an Add that is under way.
type addRow struct {
	Owner  string `gorm:"column:owner_id;primaryKey"`
	Client string `gorm:"column:client_id;primaryKey"`
	Class  string `gorm:"column:class;primaryKey"`
	Key    string `gorm:"column:add_key;primaryKey"`
	Origin string `gorm:"column:origin"`
	// Says is what the item will be known by if the server does not keep the mark, or the item that this is of (asBody).
	Says string `gorm:"column:says"`
	// UID is the identifier of an event.
	UID string `gorm:"column:uid"`
	At  int64  `gorm:"column:at"`
}

// TableName names the table for gorm.
func (addRow) TableName() string { return "gdata_adds" }

// ofClient narrows a query to one client. Every query of this room starts here or in inClass.
func ofClient(db *gorm.DB, k clientKey) *gorm.DB {
	return db.Where("owner_id = ? AND client_id = ?", k.owner, k.id)
}

func inClass(db *gorm.DB, k clientKey, class dataclass.Class) *gorm.DB {
	return ofClient(db, k).Where("class = ?", string(class))
}

// loadFeed gives the row of a class, or an empty one with the key set if there is none yet.
func loadFeed(db *gorm.DB, k clientKey, class dataclass.Class) (feedRow, error) {
	row := feedRow{Book: ledger.Book{Owner: k.owner, Client: k.id, Class: string(class)}}
	err := inClass(db, k, class).Take(&row).Error
	if err != nil && !errors.Is(err, gorm.ErrRecordNotFound) {
		return row, fmt.Errorf("read gdata feed: %w", err)
	}
	return row, nil
}

// kill notes that the item is gone.
func (f *feedRow) kill(r *itemRow, origin string, at int64) {
	f.Kill(&r.Life, origin, at)
	r.Rev, r.Hash, r.Member, r.Updated = "", "", "", 0
}

// change says what became of the item since the counter since, to a reader of that origin. It lacks the body. An id is
// that of one item for ever: one that lives again was brought back by the server, which may have been mistaken when it said
// that it was deleted. Who knew it before is told of an edit.
func (r *itemRow) change(since int64, origin string) sources.Change {
	ch := r.Change(r.ID, r.Rev, origin)
	if !r.Dead && r.Created > since && (r.Born > since || r.Died <= since) {
		ch.Verb = sources.Add
	}
	return ch
}

// rowsOf reads the rows of items by their ids.
func (g *GData) rowsOf(ctx context.Context, k clientKey, class dataclass.Class, ids []string) (map[string]*itemRow, error) {
	out := make(map[string]*itemRow, len(ids))
	err := g.store.View(ctx, func(_ context.Context, db *gorm.DB) error {
		rows, err := ledger.Find[*itemRow](inClass(db, k, class), "id", ids)
		for _, r := range rows {
			out[r.ID] = r
		}
		return err
	})
	return out, err
}

// partsOf reads the rows of the exceptions of items, by item.
func (g *GData) partsOf(ctx context.Context, k clientKey, items []string) (map[string][]partRow, error) {
	out := make(map[string][]partRow)
	err := g.store.View(ctx, func(_ context.Context, db *gorm.DB) error {
		rows, err := ledger.Find[partRow](ofClient(db, k), "item", items)
		for _, r := range rows {
			out[r.Item] = append(out[r.Item], r)
		}
		return err
	})
	return out, err
}

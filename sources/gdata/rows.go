package gdata

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

// feedRow says how far one class of a client was read. Counter is the number of the last change that was noticed;
// cursors below floor, or of another epoch, are lost.
type feedRow struct {
	Owner   string `gorm:"column:owner_id;primaryKey"`
	Client  string `gorm:"column:client_id;primaryKey"`
	Class   string `gorm:"column:class;primaryKey"`
	Address string `gorm:"column:address"`
	Epoch   string `gorm:"column:epoch"`
	Counter int64  `gorm:"column:counter"`
	Floor   int64  `gorm:"column:floor"`
	// Anchor is what the server is asked for changes since, by its own clock; empty if that is not known.
	Anchor string `gorm:"column:anchor"`
	// Groups are the titles of groups by their ids, as JSON, and GroupsAt when they were read (Unix seconds).
	Groups   string `gorm:"column:groups"`
	GroupsAt int64  `gorm:"column:groups_at"`
}

// TableName names the table for gorm.
func (feedRow) TableName() string { return "gdata_feeds" }

// itemRow is what is known of one item or, if Dead, of one that was deleted. Born is the counter when the id was first
// seen, Created when this item was (later than Born if the id is used again), Changed when it was last seen to change,
// Died when the last item of this id was seen to be gone.
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
	Member  string `gorm:"column:member"`
	Born    int64  `gorm:"column:born"`
	Created int64  `gorm:"column:created"`
	Changed int64  `gorm:"column:changed"`
	Died    int64  `gorm:"column:died"`
	Dead    bool   `gorm:"column:dead"`
	Origin  string `gorm:"column:origin"`
	AddKey  string `gorm:"column:add_key"`
	First   string `gorm:"column:first"`
	At      int64  `gorm:"column:at"` // Unix seconds
	// Absent says that a listing of everything lacked it, and that it was not found either. It may live for all that.
	Absent bool `gorm:"column:absent"`
	// Updated is when its own entry said that it was changed last (Unix milliseconds, 0 if it did not say).
	Updated int64 `gorm:"column:updated"`
	// Earlier says that the last change brought back what the item was before (see earlierRow).
	Earlier bool `gorm:"column:earlier"`
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

// batchRows is how many rows one statement writes or one IN list names.
const batchRows = 500

// ofClient narrows a query to one client. Every query of this room starts here or in inClass.
func ofClient(db *gorm.DB, k clientKey) *gorm.DB {
	return db.Where("owner_id = ? AND client_id = ?", k.owner, k.id)
}

func inClass(db *gorm.DB, k clientKey, class dataclass.Class) *gorm.DB {
	return ofClient(db, k).Where("class = ?", string(class))
}

// loadFeed gives the row of a class, or an empty one with the key set if there is none yet.
func loadFeed(db *gorm.DB, k clientKey, class dataclass.Class) (feedRow, error) {
	row := feedRow{Owner: k.owner, Client: k.id, Class: string(class)}
	err := inClass(db, k, class).Take(&row).Error
	if err != nil && !errors.Is(err, gorm.ErrRecordNotFound) {
		return row, fmt.Errorf("read gdata feed: %w", err)
	}
	return row, nil
}

// save writes rows, whatever was there.
func save[T any](db *gorm.DB, rows ...T) error {
	for batch := range slices.Chunk(rows, batchRows) {
		if err := db.Clauses(clause.OnConflict{UpdateAll: true}).Create(&batch).Error; err != nil {
			return fmt.Errorf("write gdata rows: %w", err)
		}
	}
	return nil
}

// find gives the rows whose column has one of the values.
func find[T any](db *gorm.DB, column string, values []string) ([]T, error) {
	var all []T
	for chunk := range slices.Chunk(values, batchRows) {
		var rows []T
		if err := db.Session(&gorm.Session{}).Where(column+" IN ?", chunk).Find(&rows).Error; err != nil {
			return nil, fmt.Errorf("read gdata rows: %w", err)
		}
		all = append(all, rows...)
	}
	return all, nil
}

// touch gives an item the next number.
func (f *feedRow) touch(r *itemRow, origin string, at int64) {
	f.Counter++
	r.Changed, r.Origin, r.At, r.Earlier = f.Counter, origin, at, false
}

// put notes that the item of that row is there now, and changed. A dead one lives again.
func (f *feedRow) put(r *itemRow, origin string, at int64) {
	f.touch(r, origin, at)
	if r.Born == 0 {
		r.Born, r.Created = r.Changed, r.Changed
	}
	if r.Dead {
		r.Created, r.Dead = r.Changed, false
	}
}

// kill notes that the item is gone.
func (f *feedRow) kill(r *itemRow, origin string, at int64) {
	f.touch(r, origin, at)
	r.Dead, r.Died, r.Rev, r.Hash, r.Member, r.Updated = true, r.Changed, "", "", "", 0
}

// ownWrite reports whether the last that happened to an item since the counter since is a write of that origin: who
// wrote it knows what it holds. What the user deleted and made anew meanwhile is shown.
func (r *itemRow) ownWrite(since int64, origin string) bool {
	return origin != "" && r.Origin == origin && !r.Dead && r.Died <= since
}

// change says what became of the item since the counter since, to a reader of that origin. It lacks the body. An id is
// that of one item for ever: one that lives again was brought back by the server, which may have been mistaken when it said
// that it was deleted. Who knew it before is told of an edit.
func (r *itemRow) change(since int64, origin string) sources.Change {
	ch := sources.Change{
		ID: sources.ID(r.ID), Rev: sources.Revision(r.Rev), Verb: sources.Replace, Key: sources.Key(r.AddKey),
		Own: origin != "" && r.Origin == origin, Synced: r.Origin != "", Earlier: r.Earlier,
	}
	switch {
	case r.Dead:
		ch.Verb = sources.Delete
	case r.Created > since && (r.Born > since || r.Died <= since):
		ch.Verb = sources.Add
	}
	return ch
}

// cursor names everything up to the last change that was noticed.
func (f feedRow) cursor() sources.Cursor {
	return sources.Cursor(fmt.Sprintf("%d/%s/%s/%s", f.Counter, f.Epoch, f.Class, f.Client))
}

// everything is the position before the first change, for a look at all items.
const everything = -1

// position reads a cursor.
func (f feedRow) position(cur sources.Cursor) (int64, error) {
	if cur == "" {
		return everything, nil
	}
	head, _, _ := strings.Cut(string(cur[:min(len(cur), 24)]), "/")
	n, err := strconv.ParseInt(head, 10, 64)
	named := f
	named.Counter = n
	if err != nil || f.Epoch == "" || n < f.Floor || n > f.Counter || named.cursor() != cur {
		return 0, fmt.Errorf("cursor %.60q: %w", cur, sources.ErrCursorLost)
	}
	return n, nil
}

// rowsOf reads the rows of items by their ids.
func (g *GData) rowsOf(ctx context.Context, k clientKey, class dataclass.Class, ids []string) (map[string]*itemRow, error) {
	out := make(map[string]*itemRow, len(ids))
	err := g.store.View(ctx, func(_ context.Context, db *gorm.DB) error {
		rows, err := find[*itemRow](inClass(db, k, class), "id", ids)
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
		rows, err := find[partRow](ofClient(db, k), "item", items)
		for _, r := range rows {
			out[r.Item] = append(out[r.Item], r)
		}
		return err
	})
	return out, err
}

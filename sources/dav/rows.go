package dav

import (
	"context"
	"encoding/json"
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

// feedRow says how far a collection was read for one class of a client. Counter is the number of the last change that
// was noticed; cursors below floor, or of another epoch, are lost.
type feedRow struct {
	Owner   string `gorm:"column:owner_id;primaryKey"`
	Client  string `gorm:"column:client_id;primaryKey"`
	Class   string `gorm:"column:class;primaryKey"`
	Address string `gorm:"column:address"`
	Epoch   string `gorm:"column:epoch"`
	Counter int64  `gorm:"column:counter"`
	Floor   int64  `gorm:"column:floor"`
	// Token is what the server is asked for changes since (RFC 6578), CTag what it calls its state by; empty if it
	// said neither.
	Token string `gorm:"column:token"`
	CTag  string `gorm:"column:ctag"`
	// Settled is the counter when the server was last asked: what we wrote after it, it has to tell of.
	Settled int64 `gorm:"column:settled"`
	// Knows is what was learned of the server, as JSON.
	Knows string `gorm:"column:knows"`
}

// TableName names the table for gorm.
func (feedRow) TableName() string { return "dav_client_feeds" }

// knows is what was learned of a collection and its server.
type knows struct {
	// At is when the server was asked what it can do (Unix seconds), 0 for never.
	At int64 `json:"at,omitempty"`
	// Sync: it can tell what changed since a token. Card3 and Card4 are the versions of vCard that it says it holds.
	Sync  bool `json:"sync,omitempty"`
	Card3 bool `json:"card3,omitempty"`
	Card4 bool `json:"card4,omitempty"`
	// Single: it cannot be asked for several items at once. Chunk is for how many it can be, 0 if that is not known.
	Single bool `json:"single,omitempty"`
	Chunk  int  `json:"chunk,omitempty"`
	// Faithful counts the writes after which it had the very bytes that it was sent; negative once it had others.
	Faithful int `json:"faithful,omitempty"`
	// Times counts the changes with which the time of an item went on; negative once it went back.
	Times int `json:"times,omitempty"`
	// Unread are the paths that it lists and gave nothing at, and since when (Unix seconds).
	Unread map[string]int64 `json:"unread,omitempty"`
}

func (f feedRow) learned() knows {
	var k knows
	_ = json.Unmarshal([]byte(f.Knows), &k) // what cannot be read is asked for anew
	return k
}

func (f *feedRow) learn(k knows) {
	data, _ := json.Marshal(k) // it holds nothing that could fail
	f.Knows = string(data)
}

// itemRow is what is known of one item or, if Dead, of one that was deleted. Born is the counter when the id was first
// seen, Created when this item was (later than Born if the id is used again), Changed when it was last seen to change,
// Died when the last item of this id was seen to be gone.
type itemRow struct {
	Owner  string `gorm:"column:owner_id;primaryKey"`
	Client string `gorm:"column:client_id;primaryKey"`
	Class  string `gorm:"column:class;primaryKey"`
	ID     string `gorm:"column:id;primaryKey"`
	// Href is the path of the item (see canonical).
	Href string `gorm:"column:href"`
	// ETag is as the server spells it, "" if that state of the item is not known by one.
	ETag string `gorm:"column:etag"`
	Rev  string `gorm:"column:rev"`
	UID  string `gorm:"column:uid"`
	// Version is that of a vCard.
	Version string `gorm:"column:version"`
	Born    int64  `gorm:"column:born"`
	Created int64  `gorm:"column:created"`
	Changed int64  `gorm:"column:changed"`
	Died    int64  `gorm:"column:died"`
	Dead    bool   `gorm:"column:dead"`
	// Other says of a dead row that there is something, of another class.
	Other  bool   `gorm:"column:other"`
	Origin string `gorm:"column:origin"`
	AddKey string `gorm:"column:add_key"`
	First  string `gorm:"column:first"`
	At     int64  `gorm:"column:at"` // Unix seconds
	// Modified is when the server said that it was changed last (Unix seconds), 0 if that is not known of this state.
	Modified int64 `gorm:"column:modified"`
	// Earlier says that the last change brought back what the item was before (see earlierRow).
	Earlier bool `gorm:"column:earlier"`
}

// TableName names the table for gorm.
func (itemRow) TableName() string { return "dav_client_items" }

// there reports whether the server has something at the row's address.
func (r *itemRow) there() bool { return r != nil && (!r.Dead || r.Other) }

// addRow is an Add that is under way.
type addRow struct {
	Owner  string `gorm:"column:owner_id;primaryKey"`
	Client string `gorm:"column:client_id;primaryKey"`
	Class  string `gorm:"column:class;primaryKey"`
	Key    string `gorm:"column:add_key;primaryKey"`
	Origin string `gorm:"column:origin"`
	UID    string `gorm:"column:uid"`
	Href   string `gorm:"column:href"`
	At     int64  `gorm:"column:at"`
	// Says is what the item says, its UID apart, "" if that is not known (see saying).
	Says string `gorm:"column:says"`
}

// TableName names the table for gorm.
func (addRow) TableName() string { return "dav_client_adds" }

// batchRows is how many rows one statement writes or one IN list names.
const batchRows = 500

// inClass narrows a query to one class of a client. Every query of this room starts here.
func inClass(db *gorm.DB, k clientKey, class dataclass.Class) *gorm.DB {
	return db.Where("owner_id = ? AND client_id = ? AND class = ?", k.owner, k.id, string(class))
}

// by narrows a query on items to one class of a client, for a search by uid or href. Left to itself, SQLite goes through
// all items of the class when it is given a list of them.
func by(db *gorm.DB, column string, k clientKey, class dataclass.Class) *gorm.DB {
	return inClass(db.Table("dav_client_items INDEXED BY dav_client_items_"+column), k, class)
}

// loadFeed gives the row of a class, or an empty one with the key set if there is none yet.
func loadFeed(db *gorm.DB, k clientKey, class dataclass.Class) (feedRow, error) {
	row := feedRow{Owner: k.owner, Client: k.id, Class: string(class)}
	err := inClass(db, k, class).Take(&row).Error
	if err != nil && !errors.Is(err, gorm.ErrRecordNotFound) {
		return row, fmt.Errorf("read dav rows: %w", err)
	}
	return row, nil
}

// save writes rows, whatever was there.
func save[T any](db *gorm.DB, rows ...T) error {
	for batch := range slices.Chunk(rows, batchRows) {
		if err := db.Clauses(clause.OnConflict{UpdateAll: true}).Create(&batch).Error; err != nil {
			return fmt.Errorf("write dav rows: %w", err)
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
			return nil, fmt.Errorf("read dav rows: %w", err)
		}
		all = append(all, rows...)
	}
	return all, nil
}

// rowsOf reads the rows of items by their ids.
func (d *DAV) rowsOf(ctx context.Context, k clientKey, class dataclass.Class, ids []string) (map[string]*itemRow, error) {
	out := make(map[string]*itemRow, len(ids))
	err := d.store.View(ctx, func(_ context.Context, db *gorm.DB) error {
		rows, err := find[*itemRow](inClass(db, k, class), "id", ids)
		for _, r := range rows {
			out[r.ID] = r
		}
		return err
	})
	return out, err
}

// touch gives an item the next number.
func (f *feedRow) touch(r *itemRow, origin string, at int64) {
	f.Counter++
	r.Changed, r.Origin, r.At, r.Earlier = f.Counter, origin, at, false
}

// put notes that the item of that row is there now, and changed. A dead one lives again.
func (f *feedRow) put(r *itemRow, origin string, at int64) {
	f.touch(r, origin, at)
	r.Other = false
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
	r.Dead, r.Died, r.Rev, r.ETag, r.Modified = true, r.Changed, "", "", 0
}

// ownWrite reports whether the last that happened to an item since the counter since is a write of that origin: who
// wrote it knows what it holds. What the user deleted and made anew meanwhile is shown.
func (r *itemRow) ownWrite(since int64, origin string) bool {
	return origin != "" && r.Origin == origin && !r.Dead && r.Died <= since
}

// change says what became of the item since the counter since, to a reader of that origin. It lacks the body.
func (r *itemRow) change(since int64, origin string) sources.Change {
	ch := sources.Change{
		ID: sources.ID(r.ID), Rev: sources.Revision(r.Rev), Verb: sources.Replace, Key: sources.Key(r.AddKey),
		Own: origin != "" && r.Origin == origin, Synced: r.Origin != "", Earlier: r.Earlier,
	}
	switch {
	case r.Dead:
		ch.Verb = sources.Delete
	case r.Created > since:
		ch.Verb = sources.Add
		ch.Renewed = since != everything && r.Died > since
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

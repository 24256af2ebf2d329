package dav

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/ledger"
)

// feedRow says how far a collection was read for one class of a client.
type feedRow struct {
	ledger.Book
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
	// At is when the server was asked what it can do (Unix seconds), 0 for never. Asked is what it was asked then (see asks).
	At    int64 `json:"at,omitempty"`
	Asked int   `json:"asked,omitempty"`
	// Sync: it can tell what changed since a token. Card3 and Card4 are the versions of vCard that it says it holds.
	Sync  bool `json:"sync,omitempty"`
	Card3 bool `json:"card3,omitempty"`
	Card4 bool `json:"card4,omitempty"`
	// Single: it cannot be asked for several items at once. Chunk is for how many it can be, 0 if that is not known.
	Single bool `json:"single,omitempty"`
	Chunk  int  `json:"chunk,omitempty"`
	// Bulk is how many writes it takes in one request, and BulkBytes how many bytes; 0 if it does not, negative once it did not
	// although it says so.
	Bulk      int `json:"bulk,omitempty"`
	BulkBytes int `json:"bulk_bytes,omitempty"`
	// Faithful counts the writes after which it had the very bytes that it was sent; negative once it had others.
	Faithful int `json:"faithful,omitempty"`
	// Deletes counts the deletions after which the item was not there any more.
	Deletes int `json:"deletes,omitempty"`
	// Times counts the changes with which the time of an item went on; negative once it went back.
	Times int `json:"times,omitempty"`
	// Told: it took the token of the last look.
	Told bool `json:"told,omitempty"`
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

// itemRow is what is known of one item or, if Dead, of one that was deleted.
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
	// Other says of a dead row that there is something, of another class.
	Other bool   `gorm:"column:other"`
	First string `gorm:"column:first"`
	// Modified is when the server said that it was changed last (Unix seconds), 0 if that is not known of this state.
	Modified int64 `gorm:"column:modified"`
	ledger.Life
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
	// Says is what the item says, its UID apart, "" if that is not known (see saying and heard).
	Says string `gorm:"column:says"`
}

// TableName names the table for gorm.
func (addRow) TableName() string { return "dav_client_adds" }

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
	row := feedRow{Book: ledger.Book{Owner: k.owner, Client: k.id, Class: string(class)}}
	err := inClass(db, k, class).Take(&row).Error
	if err != nil && !errors.Is(err, gorm.ErrRecordNotFound) {
		return row, fmt.Errorf("read dav rows: %w", err)
	}
	return row, nil
}

// rowsOf reads the rows of items by their ids.
func (d *DAV) rowsOf(ctx context.Context, k clientKey, class dataclass.Class, ids []string) (map[string]*itemRow, error) {
	out := make(map[string]*itemRow, len(ids))
	err := d.store.View(ctx, func(_ context.Context, db *gorm.DB) error {
		rows, err := ledger.Find[*itemRow](inClass(db, k, class), "id", ids)
		for _, r := range rows {
			out[r.ID] = r
		}
		return err
	})
	return out, err
}

// put notes that the item of that row is there now, and changed. A dead one lives again.
func (f *feedRow) put(r *itemRow, origin string, at int64) {
	f.Put(&r.Life, origin, at)
	r.Other = false
}

// kill notes that the item is gone.
func (f *feedRow) kill(r *itemRow, origin string, at int64) {
	f.Kill(&r.Life, origin, at)
	r.Rev, r.ETag, r.Modified = "", "", 0
}

// change says what became of the item since the counter since, to a reader of that origin. It lacks the body.
func (r *itemRow) change(since int64, origin string) sources.Change {
	ch := r.Change(r.ID, r.Rev, origin)
	if !r.Dead && r.Created > since {
		ch.Verb = sources.Add
		ch.Renewed = since != ledger.Everything && r.Died > since
	}
	return ch
}

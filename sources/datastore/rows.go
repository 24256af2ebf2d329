package datastore

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/sqlstore"
)

// clientRow stands for one client. Counter is the number of its last change; cursors below floor, or
// of another epoch, are lost. Clock is the time of the last change, FloorAt that of the last deletion that was
// forgotten, or a time before the first change: Unix milliseconds.
type clientRow struct {
	Owner   string `gorm:"column:owner_id;primaryKey"`
	Client  string `gorm:"column:client_id;primaryKey"`
	Epoch   string `gorm:"column:epoch"`
	Counter int64  `gorm:"column:counter"`
	Floor   int64  `gorm:"column:floor"`
	Clock   int64  `gorm:"column:clock"`
	FloorAt int64  `gorm:"column:floor_at"`
}

// TableName names the table for gorm.
func (clientRow) TableName() string { return "datastore_clients" }

// itemRow is one item or, if Dead, its tombstone, whose body is empty. Born is the counter when the id
// was first used, Created when this item was made (later than Born if the id is used again), Changed
// when it was last written, Died when the last item of this id was deleted.
type itemRow struct {
	Owner     string `gorm:"column:owner_id;primaryKey"`
	Client    string `gorm:"column:client_id;primaryKey"`
	Class     string `gorm:"column:class;primaryKey"`
	ID        string `gorm:"column:id;primaryKey"`
	Born      int64  `gorm:"column:born"`
	Created   int64  `gorm:"column:created"`
	Changed   int64  `gorm:"column:changed"`
	Died      int64  `gorm:"column:died"`
	Dead      bool   `gorm:"column:dead"`
	Origin    string `gorm:"column:origin"`
	AddKey    string `gorm:"column:add_key"`
	ChangedAt int64  `gorm:"column:changed_at"` // Unix milliseconds
	Type      string `gorm:"column:type"`
	Body      []byte `gorm:"column:body"`
	UID       string `gorm:"column:uid"` // as uidOf finds it; where the body has none, and on a tombstone, what it found last
	// Veiled tells that it is shown under the UID that was made of its id, because it had none of its own when it was made.
	Veiled    bool  `gorm:"column:veiled"`
	EnteredAt int64 `gorm:"column:created_at"` // Unix milliseconds; 0 if it is that of ChangedAt or, if it was changed since, not known
	// fresh says that it is not stored yet.
	fresh bool
}

// TableName names the table for gorm.
func (itemRow) TableName() string { return "datastore_items" }

// shownUID gives the UID that programs are shown, "" for none.
func (r *itemRow) shownUID() string {
	if r.Veiled {
		return MadeUID(sources.ID(r.ID))
	}
	return r.UID
}

// entered gives when the item was made; zero if that is not known.
func (r *itemRow) entered() time.Time {
	switch {
	case r.EnteredAt > 0:
		return stamp(r.EnteredAt)
	case r.Created == r.Changed:
		return stamp(r.ChangedAt)
	}
	return time.Time{}
}

func (r *itemRow) body() dataclass.Body {
	if r.Dead {
		return dataclass.Body{}
	}
	return dataclass.Body{Type: r.Type, Data: r.Body}
}

// knownAs is the UID by which an item is known that has none in its body: the one that DAV clients are shown. So whoever carries
// the item on carries that UID, on every way that there is (docs/engine.md 5.6).
func (r *itemRow) knownAs() string {
	if r.Dead || r.Class == string(dataclass.Notes) || dataclass.Peek(r.Body).UID != "" {
		return ""
	}
	uid := cmp.Or(r.UID, MadeUID(sources.ID(r.ID)))
	if strings.ContainsFunc(uid, func(c rune) bool { return c <= ' ' || c > '~' || strings.ContainsRune(`\,;:`, c) }) {
		return "" // each dialect escapes it in another way
	}
	return uid
}

// change says what became of the item since the counter since, to a reader of that origin.
func (r *itemRow) change(since int64, origin string) sources.Change {
	ch := sources.Change{
		ID: sources.ID(r.ID), Rev: revision(r.Changed), Verb: sources.Replace, Body: r.body(), KnownAs: r.knownAs(),
		Own: origin != "" && r.Origin == origin, Synced: r.Origin != "", Key: sources.Key(r.AddKey),
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

func revision(n int64) sources.Revision { return sources.Revision(strconv.FormatInt(n, 10)) }

// inClass narrows a query to the items of one client and class. Every query of this room starts here
// or in ofClient.
func inClass(db *gorm.DB, c clientKey, class dataclass.Class) *gorm.DB {
	return db.Table("datastore_items").
		Where("owner_id = ? AND client_id = ? AND class = ?", c.owner, c.id, string(class))
}

func ofClient(db *gorm.DB, c clientKey) *gorm.DB {
	return db.Where("owner_id = ? AND client_id = ?", c.owner, c.id)
}

// loadClient gives the client's row, or an empty one with the key set if there is none yet.
func loadClient(db *gorm.DB, c clientKey) (clientRow, error) {
	row := clientRow{Owner: c.owner, Client: c.id}
	err := ofClient(db, c).Take(&row).Error
	if err != nil && !errors.Is(err, gorm.ErrRecordNotFound) {
		return row, fmt.Errorf("read datastore client: %w", err)
	}
	return row, nil
}

func saveClient(db *gorm.DB, row clientRow) error {
	if err := db.Clauses(clause.OnConflict{UpdateAll: true}).Create(&row).Error; err != nil {
		return fmt.Errorf("write datastore client: %w", err)
	}
	return nil
}

const (
	// batchRows is how many rows one statement writes or one IN list names.
	batchRows = 500
	// pageBytes is about how much of bodies is in memory at once.
	pageBytes = 1 << 20
	// uidOrNone is "" for one that was not read yet.
	uidOrNone = "COALESCE(uid, '') AS uid"
	// allButBody are the columns needed to decide an op.
	allButBody = "owner_id, client_id, class, id, born, created, changed, died, dead, origin, add_key, changed_at, created_at, veiled, type, " + uidOrNone
)

// saveItems stores rows. One that is new must not be there, for it would be somebody else's.
func saveItems(db *gorm.DB, rows []*itemRow) error {
	var fresh, known []*itemRow
	for _, r := range rows {
		if r.fresh {
			fresh = append(fresh, r)
		} else {
			known = append(known, r)
		}
	}
	err := errors.Join(sqlstore.Save(db, known), sqlstore.Insert(db, fresh))
	if err != nil {
		return fmt.Errorf("write datastore items: %w", err)
	}
	for _, r := range fresh {
		r.fresh = false
	}
	return nil
}

// readPage is readSome of at most batchRows.
func readPage(q *gorm.DB, room int) ([]*itemRow, error) { return readSome(q, room, batchRows) }

// readSome gives the first rows of q, which must select items in a stable order: at most limit, and
// none after their bodies have filled room bytes. No rows mean that there are no more. The query is
// closed before it returns, so a caller may take its time with each page.
func readSome(q *gorm.DB, room, limit int) (list []*itemRow, err error) {
	rows, err := q.Limit(limit).Select(allButBody + ", body").Rows()
	if err != nil {
		return nil, fmt.Errorf("read datastore items: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for size := 0; size < room && rows.Next(); {
		r := &itemRow{}
		err := rows.Scan(&r.Owner, &r.Client, &r.Class, &r.ID, &r.Born, &r.Created, &r.Changed, &r.Died,
			&r.Dead, &r.Origin, &r.AddKey, &r.ChangedAt, &r.EnteredAt, &r.Veiled, &r.Type, &r.UID, (*sqlstore.Blob)(&r.Body))
		if err != nil {
			return nil, fmt.Errorf("read datastore items: %w", err)
		}
		size += len(r.Body)
		list = append(list, r)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read datastore items: %w", err)
	}
	return list, nil
}

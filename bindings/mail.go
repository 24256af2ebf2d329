package bindings

import (
	"context"
	"fmt"
	"strings"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/sqlstore"
	"github.com/bindery-sync/bindery/sources/syncml"
)

// inboxRow is one change that a phone sent and that is not planned yet (docs/engine.md 2.1).
type inboxRow struct {
	Seq     int64  `gorm:"column:seq;primaryKey;autoIncrement"`
	Owner   string `gorm:"column:owner_id"`
	Client  string `gorm:"column:client_id"`
	Class   string `gorm:"column:class"`
	Item    string `gorm:"column:item"`
	Verb    int    `gorm:"column:verb"`
	Renewed bool   `gorm:"column:renewed"`
	Slow    bool   `gorm:"column:slow"`
	Type    string `gorm:"column:type"`
	Body    []byte `gorm:"column:body"`
	At      int64  `gorm:"column:at"`
}

func (inboxRow) TableName() string { return "inbox" }

var inboxColumns = strings.Fields("owner_id client_id class item verb renewed slow type body at")

const inboxWhere = "owner_id = ? AND client_id = ? AND class = ?"

// over makes the row of a newer change of the same item: the newest wins, but an item that comes after
// its deletion keeps both facts, and an item that the engine has not seen yet stays an Add.
func (r *inboxRow) over(old inboxRow) {
	was := sources.Verb(old.Verb)
	if sources.Verb(r.Verb) == sources.Delete {
		return
	}
	r.Renewed = old.Renewed || was == sources.Delete
	if r.Renewed || was == sources.Add {
		r.Verb = int(sources.Add)
	}
}

// putInbox stores changes of one phone and dataclass. Each gets a sequence number greater than all
// before, in the order of the list.
func (s *Store) putInbox(tx *gorm.DB, rows []inboxRow) error {
	rows = newestOnly(rows)
	for _, chunk := range chunks(rows) {
		if err := replaceInbox(tx, chunk); err != nil {
			return fmt.Errorf("store inbox: %w", err)
		}
	}
	return nil
}

// newestOnly keeps the last row of each item, merged over those before it.
func newestOnly(rows []inboxRow) []inboxRow {
	at := make(map[string]int, len(rows))
	out := make([]inboxRow, 0, len(rows))
	for _, r := range rows {
		if i, ok := at[r.Item]; ok {
			r.over(out[i])
			out[i] = r
			continue
		}
		at[r.Item] = len(out)
		out = append(out, r)
	}
	return out
}

// replaceInbox stores rows of one phone and dataclass in place of older ones of the same items.
func replaceInbox(tx *gorm.DB, rows []inboxRow) error {
	items := make([]string, len(rows))
	for i, r := range rows {
		items[i] = r.Item
	}
	first := rows[0]
	mine := tx.Where(inboxWhere+" AND item IN ?", first.Owner, first.Client, first.Class, items)
	var old []inboxRow
	if err := mine.Session(&gorm.Session{}).Select("item, verb, renewed").Find(&old).Error; err != nil {
		return err
	}
	if len(old) > 0 {
		was := make(map[string]inboxRow, len(old))
		for _, o := range old {
			was[o.Item] = o
		}
		for i := range rows {
			if o, ok := was[rows[i].Item]; ok {
				rows[i].over(o)
			}
		}
		if err := mine.Session(&gorm.Session{}).Delete(&inboxRow{}).Error; err != nil {
			return err
		}
	}
	values := make([][]any, len(rows))
	for i, r := range rows {
		values[i] = []any{r.Owner, r.Client, r.Class, r.Item, r.Verb, r.Renewed, r.Slow, r.Type, r.Body, r.At}
	}
	return sqlstore.InsertRows(tx, "inbox", inboxColumns, len(values), func(args []any, i int) []any { return append(args, values[i]...) })
}

// purgeInbox deletes what was planned: rows up to a sequence number.
func (s *Store) purgeInbox(ctx context.Context, owner, client string, class dataclass.Class, upTo int64) error {
	return s.db.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
		return tx.Where(inboxWhere+" AND seq <= ?", owner, client, string(class), upTo).Delete(&inboxRow{}).Error
	})
}

// inboxCount is how many rows wait after a sequence number.
func (s *Store) inboxCount(ctx context.Context, owner, client string, class dataclass.Class, after int64) (int64, error) {
	var n int64
	err := s.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return db.Model(&inboxRow{}).Where(inboxWhere+" AND seq > ?", owner, client, string(class), after).Count(&n).Error
	})
	return n, err
}

// A Mailbox lets the kind of a deferred client read its inbox.
type Mailbox struct{ store *Store }

// Mailbox gives the inbox of every deferred client.
func (s *Store) Mailbox() *Mailbox { return &Mailbox{s} }

// Last implements syncml.Inbox.
func (m *Mailbox) Last(ctx context.Context, owner, client string, class dataclass.Class) (int64, error) {
	var last int64
	err := m.store.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return db.Model(&inboxRow{}).Where(inboxWhere, owner, client, string(class)).
			Select("COALESCE(MAX(seq), 0)").Scan(&last).Error
	})
	return last, err
}

// Rows implements syncml.Inbox.
func (m *Mailbox) Rows(ctx context.Context, owner, client string, class dataclass.Class, after int64, limit int) ([]syncml.InboxRow, error) {
	var rows []inboxRow
	err := m.store.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return db.Where(inboxWhere+" AND seq > ?", owner, client, string(class), after).
			Order("seq").Limit(limit).Find(&rows).Error
	})
	return mailOf(rows), err
}

// Get implements syncml.Inbox.
func (m *Mailbox) Get(ctx context.Context, owner, client string, class dataclass.Class, ids []sources.ID) ([]syncml.InboxRow, error) {
	var all []inboxRow
	err := m.store.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		for _, chunk := range chunks(ids) {
			var rows []inboxRow
			err := db.Where(inboxWhere+" AND item IN ?", owner, client, string(class), chunk).Find(&rows).Error
			if err != nil {
				return err
			}
			all = append(all, rows...)
		}
		return nil
	})
	return mailOf(all), err
}

func mailOf(rows []inboxRow) []syncml.InboxRow {
	out := make([]syncml.InboxRow, len(rows))
	for i, r := range rows {
		out[i] = syncml.InboxRow{
			Seq: r.Seq, ID: sources.ID(r.Item), Verb: sources.Verb(r.Verb),
			Body: dataclass.Body{Type: r.Type, Data: r.Body}, Slow: r.Slow, Renewed: r.Renewed,
		}
	}
	return out
}

var _ syncml.Inbox = (*Mailbox)(nil)

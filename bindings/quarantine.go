package bindings

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
)

// A SetAside is an item in quarantine (docs/engine.md 4): one that cannot be read or merged, or one that a
// side refused three times. It stays as it is at its side and is tried again when it changes, or
// when RetryQuarantined asks for it; or later, with growing pauses, where the side said that it was at fault itself. One
// that changed under every attempt of three syncs is among them, and every sync tries it again.
type SetAside struct {
	// ID names the entry: a number, or the number of a link and the side that failed to take the item.
	ID      string
	Owner   string
	Binding int64
	Class   dataclass.Class
	// Side is where the item is that cannot be read, or the side that does not take what it is owed.
	Side engine.Side
	// Item is the item's name at Side; empty if the side never took it.
	Item sources.ID
	// Title names the item as a user would; empty if nothing in it does.
	Title string
	// Body is the item as Side sent it, or as Side does not take it.
	Body dataclass.Body
	// Why is a sentence for the user.
	Why   string
	Since time.Time
	// Until is when a sync tries the item again by itself, because the side called its failure its own fault. It is zero for
	// other items.
	Until time.Time
}

// failureRow counts how often a side failed to take what it is owed of a link.
type failureRow struct {
	Ref      journalKey `gorm:"embedded"`
	Link     int64      `gorm:"column:link_id"`
	Side     int        `gorm:"column:side"`
	Failures int        `gorm:"column:failures"`
	Why      string     `gorm:"column:why"`
	At       int64      `gorm:"column:at"`
	// Passing says that the side called the last failure its own fault.
	Passing bool `gorm:"column:passing"`
}

func (failureRow) TableName() string { return "journal_failures" }

// until is when an item may be tried again that was set aside by a passing failure; the zero time for another one.
func (r *failureRow) until() time.Time {
	if !r.Passing {
		return time.Time{}
	}
	return fromMicros(r.At).Add(engine.Pause(r.Failures))
}

// tryPassed owes sides again what they failed to take by their own fault, where the pause is over.
func tryPassed(tx *gorm.DB, k journalKey, now time.Time) error {
	var rows []failureRow
	if err := tx.Where(journalWhere+" AND passing = 1", k.args()...).Find(&rows).Error; err != nil {
		return err
	}
	var due [2][]int64
	for _, r := range rows {
		if !r.until().After(now) {
			due[r.Side&1] = append(due[r.Side&1], r.Link)
		}
	}
	for s, col := range asideColumns {
		for _, chunk := range chunks(due[s]) {
			err := tx.Model(&journalLinkRow{}).Where(journalWhere+" AND id IN ? AND "+col+" = ?", k.args(chunk, int(engine.Aside))...).
				Update(col, int(engine.Refused)).Error
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// quarantineAgain is what happens to an item that is in quarantine already.
var quarantineAgain = clause.OnConflict{
	Columns:   []clause.Column{{Name: "owner_id"}, {Name: "binding_id"}, {Name: "class"}, {Name: "side"}, {Name: "item"}},
	DoUpdates: clause.AssignmentColumns([]string{"rev", "type", "body", "why", "run_id", "at", "again"}),
}

// loadFailures fills in how often the sides of links failed to take what they are owed.
func loadFailures(db *gorm.DB, k journalKey, links []engine.LinkWrite) error {
	ids := make([]int64, len(links))
	at := make(map[int64]*engine.LinkWrite, len(links))
	for i := range links {
		ids[i] = int64(links[i].ID)
		at[ids[i]] = &links[i]
	}
	var rows []failureRow
	err := db.Select("link_id, side, failures").Where(journalWhere+" AND link_id IN ?", k.args(ids)...).Find(&rows).Error
	for _, r := range rows {
		at[r.Link].Failures[r.Side&1] = r.Failures
	}
	return err
}

// countFailures stores new counts; the last one of a link's side stands.
func countFailures(tx *gorm.DB, k journalKey, list []engine.Failure, now int64) error {
	for _, f := range list {
		mine := tx.Where(journalWhere+" AND link_id = ? AND side = ?", k.args(int64(f.Link), int(f.Side))...)
		if err := mine.Delete(&failureRow{}).Error; err != nil {
			return err
		}
		if f.Count == 0 {
			continue
		}
		row := failureRow{Ref: k, Link: int64(f.Link), Side: int(f.Side), Failures: f.Count, Why: f.Why, At: now, Passing: f.Passing}
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
	}
	return nil
}

// Quarantine lists the owner's items in quarantine, of one binding or of all for 0: first what cannot be
// read or merged, then what a side does not take, each in the order in which it was first seen.
func (s *Store) Quarantine(ctx context.Context, owner string, binding int64) ([]SetAside, error) {
	var out []SetAside
	err := s.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		q := ofLive(db.Where("owner_id = ?", owner), owner)
		if binding != 0 {
			q = q.Where("binding_id = ?", binding)
		}
		q = q.Session(&gorm.Session{})
		var rows []quarantineRow
		if err := q.Order("id").Find(&rows).Error; err != nil {
			return err
		}
		for i := range rows {
			out = append(out, rows[i].entry())
		}
		refused, err := refusedIn(q)
		out = append(out, refused...)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list quarantine: %w", err)
	}
	return out, nil
}

func (r *quarantineRow) entry() SetAside {
	body := dataclass.Body{Type: r.Type, Data: r.Body}
	return SetAside{
		ID: strconv.FormatInt(r.ID, 10), Owner: r.Ref.Owner, Binding: r.Ref.Binding, Class: classOf(r.Ref.Class),
		Side: engine.Side(r.Side), Item: sources.ID(r.Item), Title: titleOf(r.Ref.Class, body),
		Body: body, Why: r.Why, Since: fromMicros(r.At),
	}
}

// titleOf names an item as a user would, if it can be read.
func titleOf(class string, b dataclass.Body) string {
	it, err := dataclass.Decode(classOf(class), b)
	if err != nil {
		return ""
	}
	return it.Title()
}

// asideColumns are the columns of a link's two sides that say why they are owed something.
var asideColumns = [2]string{"source_owed", "target_owed"}

// refusedIn gives the links with a side that did not take what it is owed too often, among the rows that q selects.
func refusedIn(q *gorm.DB) ([]SetAside, error) {
	var links []journalLinkRow
	failing := []int{int(engine.Aside), int(engine.Contended)}
	err := q.Where("(source_owed IN ? OR target_owed IN ?)", failing, failing).Order("id").Find(&links).Error
	if err != nil {
		return nil, err
	}
	var fails []failureRow
	if err := q.Find(&fails).Error; err != nil {
		return nil, err
	}
	why := make(map[engine.Place]failureRow, len(fails))
	for _, f := range fails {
		why[engine.Place{Link: engine.LinkID(f.Link), Side: engine.Side(f.Side)}] = f
	}
	var out []SetAside
	for i := range links {
		l := links[i].write()
		for _, side := range []engine.Side{engine.Source, engine.Target} {
			f := why[engine.Place{Link: l.ID, Side: side}]
			if l.Owed[side] != engine.Aside && (l.Owed[side] != engine.Contended || f.Failures < FailuresTold) {
				continue
			}
			ref := links[i].Ref
			out = append(out, SetAside{
				ID: fmt.Sprintf("%d-%s", l.ID, side), Owner: ref.Owner, Binding: ref.Binding, Class: classOf(ref.Class),
				Side: side, Item: l.Item[side], Title: titleOf(ref.Class, l.Bodies.Base),
				Body: l.Bodies.Base, Why: f.Why, Since: fromMicros(f.At), Until: f.until(),
			})
		}
	}
	return out, nil
}

// RetryQuarantined lets the next sync try an item in quarantine again, by its SetAside.ID. It returns an
// ErrNotFound if the owner has none of that ID, and engine.ErrBusy while a sync of the binding is going on.
func (s *Store) RetryQuarantined(ctx context.Context, owner, id string) error {
	list, err := s.Quarantine(ctx, owner, 0)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list, func(e SetAside) bool { return e.ID == id })
	if i < 0 {
		return fault(ErrNotFound, "there is no item %.64q in quarantine", id)
	}
	e := list[i]
	j := &journal{s}
	l, err := j.Lease(ctx, engine.Ref{Owner: owner, Binding: e.Binding, Class: e.Class}, "", false)
	if err != nil {
		return err
	}
	err = j.write(ctx, l, func(tx *gorm.DB, k journalKey) error {
		if link, _, ok := strings.Cut(id, "-"); ok {
			return retryLink(tx, k, link, e.Side)
		}
		return s.retryItem(tx, k, id)
	})
	if err != nil {
		err = fmt.Errorf("retry item %s: %w", id, err)
	}
	return errors.Join(err, j.Release(context.WithoutCancel(ctx), l))
}

// retryLink owes a side again what it failed to take.
func retryLink(tx *gorm.DB, k journalKey, link string, side engine.Side) error {
	col := asideColumns[side]
	err := tx.Model(&journalLinkRow{}).Where(journalWhere+" AND id = ? AND "+col+" = ?", k.args(link, int(engine.Aside))...).
		Update(col, int(engine.Refused)).Error
	if err != nil {
		return err
	}
	return tx.Where(journalWhere+" AND link_id = ? AND side = ?", k.args(link, int(side))...).Delete(&failureRow{}).Error
}

// retryItem has an item read again. A side that answers later cannot be asked for it: what it sent then is
// put into its inbox again, unless something newer is there.
func (s *Store) retryItem(tx *gorm.DB, k journalKey, id string) error {
	mine := tx.Where("owner_id = ? AND id = ?", k.Owner, id).Session(&gorm.Session{})
	var row quarantineRow
	if err := mine.Take(&row).Error; err != nil {
		return err
	}
	if err := mine.Model(&quarantineRow{}).Update("again", true).Error; err != nil {
		return err
	}
	var b bindingRow
	if err := tx.Where("owner_id = ? AND id = ?", k.Owner, k.Binding).Take(&b).Error; err != nil {
		return err
	}
	client := [2]string{b.Source, b.Target}[row.Side&1]
	if client != b.Deferred {
		return nil
	}
	var newer int64
	err := tx.Model(&inboxRow{}).Where(inboxWhere+" AND item = ?", k.Owner, client, k.Class, row.Item).Count(&newer).Error
	if err != nil || newer > 0 {
		return err
	}
	return s.putInbox(tx, []inboxRow{{
		Owner: k.Owner, Client: client, Class: k.Class, Item: row.Item, Verb: int(sources.Replace),
		Type: row.Type, Body: row.Body, At: micros(s.now()),
	}})
}

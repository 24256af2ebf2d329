package bindings

import (
	"context"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
)

// A HistoryEntry is one version of an item that a sync, or a restore, overwrote or deleted.
type HistoryEntry struct {
	ID      int64
	Owner   string
	Binding int64
	Class   dataclass.Class
	// Sync is the log entry of the sync that ended the version; 0 if a restore did.
	Sync int64
	When time.Time
	// Side held the version, under the name Item; Client is that side's UUID.
	Side   engine.Side
	Client string
	Item   sources.ID
	// Agreed says that the version is the item as both sides had agreed on it, of which Side held a part.
	Agreed bool
	// Link is the link that the item had, for other versions of the same item.
	Link int64
	// Verb is what ended the version: Replace or Delete.
	Verb sources.Verb
	// Title is what people know the item by; empty if it has none or cannot be read.
	Title string
	Body  dataclass.Body
}

// A HistoryFilter chooses entries. A field that is zero chooses all.
type HistoryFilter struct {
	Binding int64
	Class   dataclass.Class
	// Sync is a log entry.
	Sync int64
	Link int64
	Item sources.ID
	// Text must stand in the title, whatever its case.
	Text string
	// Since and Until are the times from which on, and before which, a version ended.
	Since, Until time.Time
	// Before is an entry: only those that follow it in the list are given, which are older.
	Before int64
	// Limit is how many entries are given at most; 0 means 100.
	Limit int
}

// historyPage is how many versions are in memory at a time while they are looked through.
const historyPage = 20

// History lists old versions of the owner's items, the newest first, without their bodies. It returns an ErrNotFound
// for a Before that is not there.
func (s *Store) History(ctx context.Context, owner string, f HistoryFilter) ([]HistoryEntry, error) {
	if f.Limit <= 0 {
		f.Limit = 100
	}
	var out []HistoryEntry
	var last *historyRow
	if f.Before != 0 {
		heads, err := s.historyHeads(ctx, owner, []int64{f.Before})
		if err != nil {
			return nil, err
		}
		last = &heads[0]
	}
	for len(out) < f.Limit {
		rows, err := s.historyRows(ctx, owner, f, last)
		if err != nil {
			return nil, fmt.Errorf("read history: %w", err)
		}
		for i := range rows {
			e := rows[i].entry()
			if len(out) < f.Limit && f.matches(e) {
				e.Body = dataclass.Body{}
				out = append(out, e)
			}
		}
		if len(rows) < historyPage {
			break
		}
		last = &rows[len(rows)-1].Row
	}
	return out, nil
}

func (f HistoryFilter) matches(e HistoryEntry) bool {
	return strings.Contains(strings.ToLower(e.Title), strings.ToLower(f.Text))
}

// HistoryEntry gives one entry with its body, or an ErrNotFound.
func (s *Store) HistoryEntry(ctx context.Context, owner string, id int64) (HistoryEntry, error) {
	var rows []historyView
	err := s.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return historyQuery(db, owner).Where("h.id = ?", id).Scan(&rows).Error
	})
	if err == nil && len(rows) == 0 {
		return HistoryEntry{}, fault(ErrNotFound, "there is no history entry %d", id)
	}
	if err != nil {
		return HistoryEntry{}, fmt.Errorf("read history entry %d: %w", id, err)
	}
	return rows[0].entry(), nil
}

// historyView is a row with the clients of its binding, which may be removed.
type historyView struct {
	Row    historyRow `gorm:"embedded"`
	Source string     `gorm:"column:source_id"`
	Target string     `gorm:"column:target_id"`
}

func historyQuery(db *gorm.DB, owner string) *gorm.DB {
	return db.Table("history AS h").Select("h.*, b.source_id, b.target_id").
		Joins("JOIN bindings AS b ON b.owner_id = h.owner_id AND b.id = h.binding_id").
		Where("h.owner_id = ?", owner)
}

// historyRows reads the page of chosen versions that follows last.
func (s *Store) historyRows(ctx context.Context, owner string, f HistoryFilter, last *historyRow) ([]historyView, error) {
	var rows []historyView
	err := s.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		q := f.narrow(historyQuery(db, owner))
		if last != nil {
			q = q.Where("h.at < ? OR h.at = ? AND h.id < ?", last.At, last.At, last.ID)
		}
		return q.Order("h.at DESC, h.id DESC").Limit(historyPage).Scan(&rows).Error
	})
	return rows, err
}

func (f HistoryFilter) narrow(q *gorm.DB) *gorm.DB {
	if f.Binding != 0 {
		q = q.Where("h.binding_id = ?", f.Binding)
	}
	if f.Class != "" {
		q = q.Where("h.class = ?", string(f.Class))
	}
	if f.Sync != 0 {
		q = q.Where("h.run_id = ?", f.Sync)
	}
	if f.Link != 0 {
		q = q.Where("h.link_id = ?", f.Link)
	}
	if !f.Since.IsZero() {
		q = q.Where("h.at >= ?", micros(f.Since))
	}
	if !f.Until.IsZero() {
		q = q.Where("h.at < ?", micros(f.Until))
	}
	if f.Item != "" {
		q = q.Where("h.item = ?", string(f.Item))
	}
	return q
}

func (v historyView) entry() HistoryEntry {
	r := v.Row
	e := HistoryEntry{
		ID: r.ID, Owner: r.Ref.Owner, Binding: r.Ref.Binding, Class: dataclass.Class(r.Ref.Class),
		Sync: r.Run, When: fromMicros(r.At), Side: engine.Side(r.Side), Client: v.Source, Item: sources.ID(r.Item),
		Agreed: r.Agreed != 0, Link: r.Link, Verb: sources.Verb(r.Verb),
		Body: dataclass.Body{Type: r.Type, Data: r.Body},
	}
	if e.Side == engine.Target {
		e.Client = v.Target
	}
	if it, err := dataclass.Decode(e.Class, e.Body); err == nil {
		e.Title = it.Title()
	}
	return e
}

// historyOfSync names the version of each item that stands for what it was before a sync: what both sides
// had agreed on where the sync carried a user's change, else the first that was overwritten. More counts
// the others.
func (s *Store) historyOfSync(ctx context.Context, owner string, sync int64) (ids []int64, more int, err error) {
	var rows []historyRow
	err = s.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return db.Select("id, link_id, agreed").Where("owner_id = ? AND run_id = ?", owner, sync).
			Order(fmt.Sprintf("agreed = %d DESC, agreed = %d, id", heldByBoth, heldByBothBefore)).Find(&rows).Error
	})
	if err != nil {
		return nil, 0, fmt.Errorf("read history of sync %d: %w", sync, err)
	}
	seen := make(map[int64]bool)
	for _, r := range rows {
		if r.Link != 0 && seen[r.Link] {
			more++
			continue
		}
		seen[r.Link] = true
		ids = append(ids, r.ID)
	}
	return ids, more, nil
}

package gdata

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/gdata/entry"
	"github.com/bindery-sync/bindery/sources/ledger"
)

// nameRow says that the server calls an item by another id than the one it was first seen under, which stays its id here.
type nameRow struct {
	Owner  string `gorm:"column:owner_id;primaryKey"`
	Client string `gorm:"column:client_id;primaryKey"`
	Class  string `gorm:"column:class;primaryKey"`
	Entry  string `gorm:"column:entry;primaryKey"`
	Item   string `gorm:"column:item"`
}

// TableName names the table for gorm.
func (nameRow) TableName() string { return "gdata_names" }

// names translate the ids of entries into those of items. Most items have the id of their entry, and none here.
type names struct {
	// item is the item by the id of its entry; entry the id of the entry by its item.
	item, entry map[string]string
}

// anew ends the id of an item whose entry has the id that another item was first seen under.
const anew = "~anew"

// of gives the item that an entry is of.
func (n names) of(id string) string {
	if item, ok := n.item[id]; ok {
		return item
	}
	if _, taken := n.entry[id]; taken {
		return id + anew
	}
	return id
}

// with gives the names after items got others.
func (n names) with(called []nameRow) names {
	out := names{maps.Clone(n.item), maps.Clone(n.entry)}
	for _, r := range called {
		delete(out.item, out.entry[r.Item])
		delete(out.entry, r.Item)
	}
	for _, r := range called {
		if r.Entry != r.Item {
			out.item[r.Entry], out.entry[r.Item] = r.Item, r.Entry
		}
	}
	return out
}

// idOf gives the id of the entry of an item.
func (n names) idOf(item string) string {
	if id, ok := n.entry[item]; ok {
		return id
	}
	return n.entryID(item)
}

// entryID gives the id that the server uses for what of calls by that name.
func (n names) entryID(name string) string {
	if id := strings.TrimSuffix(name, anew); n.of(id) == name {
		return id
	}
	return name
}

// loadNames reads the names of the items of the session.
func (s *session) loadNames(ctx context.Context) error {
	var rows []nameRow
	err := s.g.store.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return inClass(db, s.client, s.class).Find(&rows).Error
	})
	if err != nil {
		return fmt.Errorf("read gdata names: %w", err)
	}
	n := names{make(map[string]string, len(rows)), make(map[string]string, len(rows))}
	for _, r := range rows {
		n.item[r.Entry], n.entry[r.Item] = r.Item, r.Entry
	}
	s.wire.names = n
	return nil
}

// A renaming is an entry that was listed under an id that was not known, and the item that it is.
type renaming struct {
	entry string
	item  *itemRow
}

// rename finds the entries that are known items under new ids, as after a server was moved: those that bear the mark of an
// item, or say exactly what one says, of which the server has no entry any more. Of several that say the same, the first
// is the first.
func (m *merging) rename(ctx context.Context) error {
	if m.moved {
		return nil
	}
	var unknown []*seen
	for _, id := range m.harvest.order {
		if e := m.harvest.byID[id]; !e.part && !e.deleted && m.rows[id] == nil {
			unknown = append(unknown, e)
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	pairs, err := m.namesakes(ctx, unknown)
	if err == nil {
		pairs, err = m.left(ctx, pairs)
	}
	if err != nil || len(pairs) == 0 {
		return err
	}
	m.call(pairs)
	return m.loadParts(ctx)
}

// namesakes gives the items that entries may be, each once.
func (m *merging) namesakes(ctx context.Context, unknown []*seen) (out []renaming, err error) {
	byMark, byHash, open := make(map[string][]*itemRow), make(map[string][]*itemRow), make(map[string]bool)
	err = m.g.store.View(ctx, func(_ context.Context, db *gorm.DB) error {
		known := inClass(db, m.client, m.class).Where("dead = 0 AND absent = 0").Order("changed")
		var hashes []string
		marked := false
		for _, e := range unknown {
			hashes, marked = append(hashes, e.hash), marked || e.mark != ""
		}
		rows, err := ledger.Find[*itemRow](known, "hash", hashes)
		for _, r := range rows {
			byHash[r.Hash] = append(byHash[r.Hash], r)
		}
		if err != nil || !marked {
			return err
		}
		return m.marks(db, known, byMark, open)
	})
	used := make(map[string]bool)
	for _, e := range unknown {
		if e.mark != "" && open[e.mark] {
			continue // an Add whose answer was lost made it
		}
		for _, r := range slices.Concat(byMark[e.mark], byHash[e.hash]) {
			if !used[r.ID] && r.Self != "" && m.harvest.byID[r.ID] == nil {
				used[r.ID] = true
				out = append(out, renaming{e.id, r})
				break
			}
		}
	}
	return out, err
}

// marks reads the marks of the items that Adds made, and those of Adds that are under way.
func (m *merging) marks(db, known *gorm.DB, byMark map[string][]*itemRow, open map[string]bool) error {
	var made []*itemRow
	if err := known.Session(&gorm.Session{}).Where("add_key <> ''").Find(&made).Error; err != nil {
		return fmt.Errorf("read gdata rows: %w", err)
	}
	for _, r := range made {
		mark := markFor(r.AddKey)
		byMark[mark] = append(byMark[mark], r)
	}
	var adds []addRow
	if err := inClass(db, m.client, m.class).Find(&adds).Error; err != nil {
		return fmt.Errorf("read gdata rows: %w", err)
	}
	for _, a := range adds {
		open[markFor(a.Key)] = true
	}
	return nil
}

// left gives those of the pairs whose item the server does not find, or finds as the new entry.
func (m *merging) left(ctx context.Context, pairs []renaming) ([]renaming, error) {
	calls := make([]*call, len(pairs))
	for i, p := range pairs {
		calls[i] = &call{op: entry.Query, self: p.item.Self}
	}
	if err := m.wire.run(ctx, calls); err != nil {
		return nil, fmt.Errorf("ask for entries that may have new ids: %w", err)
	}
	var out []renaming
	for i, c := range calls {
		same := c.reply != nil && m.wire.names.of(entry.ID(c.reply)) == pairs[i].entry
		if same || errors.Is(c.err, sources.ErrGone) {
			out = append(out, pairs[i])
		}
	}
	return out, nil
}

// call takes entries of the harvest for the items that they are.
func (m *merging) call(pairs []renaming) {
	h, is, found := m.harvest, make(map[string]string, len(pairs)), make(map[string]bool, len(pairs))
	for _, p := range pairs {
		is[p.entry], found[p.item.ID] = p.item.ID, true
		m.rows[p.item.ID] = p.item
		m.called = append(m.called, nameRow{m.client.owner, m.client.id, string(m.class), m.wire.names.entryID(p.entry), p.item.ID})
	}
	for i, id := range h.order {
		item, ok := is[id]
		e := h.byID[id]
		if e.series = cmp.Or(is[e.series], e.series); !ok {
			continue
		}
		delete(h.byID, id)
		e.id, h.byID[item], h.order[i] = item, e, item
		h.spool.Rename(id, item)
	}
	m.absent = slices.DeleteFunc(m.absent, func(id string) bool { return found[id] })
	m.wire.names = m.wire.names.with(m.called)
	h.names = m.wire.names
}

// storeNames notes what items are called now.
func (m *merging) storeNames(tx *gorm.DB) error {
	items := make([]string, len(m.called))
	for i, r := range m.called {
		items[i] = r.Item
	}
	for chunk := range slices.Chunk(items, ledger.BatchRows) {
		if err := inClass(tx, m.client, m.class).Where("item IN ?", chunk).Delete(&nameRow{}).Error; err != nil {
			return fmt.Errorf("write gdata names: %w", err)
		}
	}
	return ledger.Save(tx, slices.DeleteFunc(slices.Clone(m.called), func(r nameRow) bool { return r.Entry == r.Item })...)
}

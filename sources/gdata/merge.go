package gdata

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/ledger"
)

const (
	// restless is how long nothing is noted of looks that showed nothing.
	restless = 24 * time.Hour
	// tombstonesKept is how long it is known what was deleted.
	tombstonesKept = 366 * 24 * time.Hour
	// addsKept is how long an Add whose outcome is not known is looked for.
	addsKept = 90 * 24 * time.Hour
)

// A group is one item as the server has it: its own entry and those of its exceptions.
type group struct {
	id    string
	own   *seen // nil if it is gone
	parts []partRow
}

// A merging compares a harvest with what is known.
type merging struct {
	*session
	full bool
	rows map[string]*itemRow
	// now are the rows as they will be.
	now map[string]*itemRow
	// known are the exceptions that are known, by item; items are the items of exceptions that are known.
	known map[string][]partRow
	// changes are the items that have to be looked at.
	changes []group
	gone    []string
	renamed []string
	// retimed are entries that say what is known, and another time, such as that of an exception that was written after them, or
	// are read elsewhere.
	retimed []*seen
	// unnamed are entries that say what is known, with a UID that was not noted when they were read.
	unnamed []*seen
	claims  map[string]claim // by id
	// called are the items that have new names.
	called []nameRow
}

// merge notes under new numbers what a listing shows to have changed.
func (s *session) merge(ctx context.Context, row feedRow, anchor string, full bool) (feedRow, error) {
	m := &merging{session: s, full: full}
	if err := m.load(ctx); err != nil {
		return row, err
	}
	if err := m.rename(ctx); err != nil {
		return row, err
	}
	if err := m.complete(ctx); err != nil {
		return row, err
	}
	if err := m.readGroups(ctx, &row); err != nil {
		return row, err
	}
	if err := m.recognise(ctx); err != nil {
		return row, err
	}
	before := row
	err := s.g.store.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
		row = before
		return m.store(tx, &row, anchor)
	})
	s.rows = m.now
	s.harvest.forget()
	return row, err
}

// load reads what is known of the entries of the harvest.
func (m *merging) load(ctx context.Context) error {
	items := make(map[string]bool)
	var single []string // tombstones that may be those of exceptions
	for _, id := range m.harvest.order {
		switch e := m.harvest.byID[id]; {
		case e.part:
			items[e.series] = true
		default:
			items[id] = true
			if e.deleted {
				single = append(single, id)
			}
		}
	}
	if m.class == dataclass.Events {
		if err := m.ofParts(ctx, single, items); err != nil {
			return err
		}
	}
	ids := slices.Sorted(maps.Keys(items))
	var err error
	if m.rows, err = m.g.rowsOf(ctx, m.client, m.class, ids); err != nil {
		return err
	}
	if err != nil {
		return err
	}
	return m.loadParts(ctx)
}

// loadParts reads the exceptions that are known of the items of the harvest.
func (m *merging) loadParts(ctx context.Context) (err error) {
	if m.class == dataclass.Events {
		m.known, err = m.g.partsOf(ctx, m.client, slices.Sorted(maps.Keys(m.rows)))
	}
	return err
}

// ofParts finds which tombstones are those of exceptions, and adds the items that those belong to.
func (m *merging) ofParts(ctx context.Context, ids []string, items map[string]bool) error {
	return m.g.store.View(ctx, func(_ context.Context, db *gorm.DB) error {
		parts, err := ledger.Find[partRow](ofClient(db, m.client), "id", ids)
		for _, p := range parts {
			e := m.harvest.byID[p.ID]
			e.part, e.series = true, p.Item
			delete(items, p.ID)
			items[p.Item] = true
		}
		return err
	})
}

// complete puts the entries together that make an item. What of a changed item the harvest lacks is read.
func (m *merging) complete(ctx context.Context) error {
	byItem := make(map[string][]*seen)
	for _, id := range m.harvest.order {
		if e := m.harvest.byID[id]; e.part {
			byItem[e.series] = append(byItem[e.series], e)
		}
	}
	var open []string
	missing := make(map[string]string)
	for _, id := range m.items(byItem) {
		own, row := m.harvest.byID[id], m.rows[id]
		switch {
		case own != nil && own.deleted:
			m.gone = append(m.gone, id)
			continue
		case own == nil && (row == nil || row.Dead) && !m.orphan(byItem[id]):
			continue
		case !m.changed(id, byItem[id]):
			switch {
			case own != nil && (milli(own.updated) != row.Updated || own.self != "" && own.self != row.Self):
				m.retimed = append(m.retimed, own)
			case own != nil && own.uid != row.UID:
				m.unnamed = append(m.unnamed, own)
			}
			if m.full {
				m.whole[id] = ids(byItem[id])
			}
			continue
		}
		open = append(open, id)
		m.lacking(id, byItem[id], missing)
	}
	if err := m.readMissing(ctx, missing); err != nil {
		return err
	}
	for _, id := range open {
		if err := m.dropPlain(id, missing); err != nil {
			return err
		}
		m.gather(id, byItem[id])
	}
	return nil
}

// dropPlain takes what is no exception any more out of the entries that were asked for by themselves because a listing of
// everything lacks them. Another listing lacks what did not change.
func (m *merging) dropPlain(id string, asked map[string]string) error {
	if !m.full {
		return nil
	}
	for _, p := range m.known[id] {
		if _, ok := asked[p.ID]; !ok || m.harvest.byID[p.ID] == nil {
			continue
		}
		master, err := m.kept(id)
		if err != nil {
			return err
		}
		part, err := m.kept(p.ID)
		if err != nil {
			return err
		}
		if master != nil && part != nil && m.isPlain(master, part) {
			delete(m.harvest.byID, p.ID)
		}
	}
	return nil
}

// items lists every item that the harvest has something of, each once, in the order of the harvest.
func (m *merging) items(byItem map[string][]*seen) []string {
	var out []string
	done := make(map[string]bool)
	for _, id := range m.harvest.order {
		if e := m.harvest.byID[id]; e.part {
			id = e.series
		}
		if !done[id] && id != "" {
			done[id] = true
			out = append(out, id)
		}
	}
	return out
}

func ids(list []*seen) []string {
	out := make([]string, 0, len(list))
	for _, e := range list {
		out = append(out, e.id)
	}
	return out
}

// orphan reports whether exceptions whose series is not known say where it is.
func (m *merging) orphan(parts []*seen) bool {
	for _, p := range parts {
		if _, err := m.wire.target(p.of); err == nil && p.of != "" && !p.deleted {
			return true
		}
	}
	return false
}

// changed reports whether an item is not as it is known.
func (m *merging) changed(id string, parts []*seen) bool {
	row, own := m.rows[id], m.harvest.byID[id]
	if row == nil || row.Dead || own != nil && row.Absent || own != nil && own.hash != row.Hash || own == nil && m.full {
		return true
	}
	known := make(map[string]string)
	for _, p := range m.known[id] {
		known[p.ID] = p.Hash
	}
	for _, p := range parts {
		if known[p.id] != p.hash {
			return true
		}
		delete(known, p.id)
	}
	return m.full && len(known) > 0
}

// lacking notes what is to be read of an item.
func (m *merging) lacking(id string, parts []*seen, missing map[string]string) {
	if m.harvest.byID[id] == nil {
		if row := m.rows[id]; row != nil {
			missing[id] = row.Self
		} else {
			missing[id] = parts[0].of
		}
	}
	for _, p := range m.known[id] {
		if m.harvest.byID[p.ID] == nil {
			missing[p.ID] = p.Self
		}
	}
}

// readMissing reads entries and adds them to the harvest. What is not there any more stays missing.
func (m *merging) readMissing(ctx context.Context, missing map[string]string) error {
	if len(missing) == 0 {
		return nil
	}
	found, err := m.wire.read(ctx, missing)
	if err == nil {
		err = m.readAgain(ctx, missing, found, m.known)
	}
	if err != nil {
		return err
	}
	for id := range found {
		e, err := m.wire.names.look(found[id])
		if err != nil {
			return err
		}
		m.harvest.byID[id] = e
		if err := m.harvest.put(id, found[id]); err != nil {
			return err
		}
	}
	return nil
}

// gather makes the group of an item.
func (m *merging) gather(id string, parts []*seen) {
	own := m.harvest.byID[id]
	if own == nil {
		return // if it was deleted, its tombstone will say so
	}
	g := group{id: id, own: own}
	have := make(map[string]bool)
	add := func(e *seen) {
		if e == nil || have[e.id] || e.deleted && m.harvest.spool.Len(e.id) == 0 {
			return
		}
		have[e.id] = true
		g.parts = append(g.parts, partRow{m.client.owner, m.client.id, id, e.id, e.hash, e.self})
	}
	for _, p := range parts {
		add(p)
	}
	for _, p := range m.known[id] {
		add(m.harvest.byID[p.ID])
	}
	m.changes = append(m.changes, g)
	m.whole[id] = slices.Sorted(maps.Keys(have))
}

// recognise finds which new items were made by Adds whose answers were lost: by their marks, else, where the server does
// not keep marks, by what they say or by the identifier of the event.
func (m *merging) recognise(ctx context.Context) error {
	var adds []addRow
	err := m.g.store.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return inClass(db, m.client, m.class).Order("add_key").Find(&adds).Error
	})
	if err != nil || len(adds) == 0 {
		return err
	}
	m.claims = make(map[string]claim)
	left := make(map[string]addRow)
	for i := range adds {
		adds[i].Says = m.promised(adds[i])
		left[markFor(adds[i].Key)] = adds[i]
	}
	var unmarked []group
	for _, g := range m.changes {
		a, ok := left[g.own.mark]
		switch {
		case m.rows[g.id] != nil:
		case ok:
			delete(left, g.own.mark)
			says, _, err := m.saying(g.id)
			if err != nil {
				return err
			}
			m.claims[g.id] = claim{a, a.Says == says}
		case g.own.mark == "":
			unmarked = append(unmarked, g)
		}
	}
	for _, g := range unmarked {
		says, uid, err := m.saying(g.id)
		if err != nil {
			return err
		}
		for _, a := range adds {
			mark := markFor(a.Key)
			if _, open := left[mark]; open && a.means(says, uid) {
				delete(left, mark)
				m.claims[g.id] = claim{a, a.Says == says}
				break
			}
		}
	}
	return nil
}

// A claim is the Add that made an item, and whether all of the item is there.
type claim struct {
	add   addRow
	whole bool
}

// means reports whether an item without a mark is what an Add was to make.
func (a addRow) means(says, uid string) bool {
	return says != "" && strings.TrimSuffix(a.Says, andPhoto) == says || uid != "" && uid == a.UID
}

// saying gives what a new item says, and the identifier of an event; empty for what cannot be read.
func (m *merging) saying(id string) (says, uid string, err error) {
	master, parts, err := m.spooled(id)
	if err != nil || master == nil {
		return "", "", err
	}
	it, err := m.item(master, parts)
	if err != nil {
		return "", "", nil //nolint:nilerr // it is no item that anybody added
	}
	if m.class == dataclass.Events {
		uid = it.UID()
	}
	return saying(it), uid, nil
}

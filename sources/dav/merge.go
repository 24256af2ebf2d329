package dav

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/sources/ledger"
)

const (
	// tombstonesKept is how long it is known what was deleted.
	tombstonesKept = 366 * 24 * time.Hour
	// addsKept is how long an Add whose outcome is not known is looked for.
	addsKept = 90 * 24 * time.Hour
)

// A seen item is what was read at a path.
type seen struct {
	href, etag, rev, uid, version string
	modified                      int64
	ours                          bool
}

func (s *session) look(f found) seen {
	p, ours := classify(s.class, f.data)
	return seen{href: f.href, etag: f.etag, modified: f.modified, rev: revision(f.data), uid: uidOf(p), version: p.Version, ours: ours}
}

// A merging compares a listing with what is known.
type merging struct {
	*session
	l *listing
	// rows are what is known by path, byID the same and what had the ids that new items may get.
	rows, byID map[string]*itemRow
	// read are the items that were read, in the order of their paths; gone are those that are not there any more.
	read []seen
	gone []*itemRow
	// renamed are the rows, of gone, that are somewhere else now, by path.
	renamed map[string]*itemRow
	claims  map[string]claim
	// unkept says that the server took a new item and does not have it, as far as anybody knows.
	unkept bool
	// went are the items, by id, that went back with a server that was put back to an older copy.
	went map[string]bool
	// asked are the paths that the listing does not speak of.
	asked map[string]bool
	// unread are the paths that are listed and could not be read, and since when.
	unread map[string]int64
}

// merge notes under new numbers what a listing shows to have changed.
func (s *session) merge(ctx context.Context, row feedRow, l *listing, moved bool) (feedRow, error) {
	m := &merging{session: s, l: l}
	m.recall()
	if err := m.untold(ctx, row); err != nil || l.same && len(l.items) == 0 {
		return row, err
	}
	if err := m.load(ctx); err != nil {
		return row, err
	}
	if err := m.readChanged(ctx); err != nil {
		return row, err
	}
	m.findGone()
	m.findRenamed()
	m.findAliases()
	if err := m.trust(ctx, moved); err != nil {
		return row, err
	}
	if err := m.claim(ctx); err != nil {
		return row, err
	}
	back, err := m.broughtBack(ctx)
	if err == nil && !back {
		back, err = m.putBack(ctx)
	}
	if err != nil {
		return row, err
	}
	if back || m.unkept {
		if err := s.renew(&row); err != nil {
			return row, err
		}
	}
	before := row
	err = s.d.store.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
		row = before
		return m.store(tx, &row)
	})
	return row, err
}

// untold adds to a listing of changes the items that we wrote after the last one and of which it says nothing. A server
// that compares states does not know of what came and went.
func (m *merging) untold(ctx context.Context, row feedRow) error {
	if m.l.whole || row.Settled >= row.Counter {
		return nil
	}
	var list []*itemRow
	err := m.d.store.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return inClass(db, m.client, m.class).Where("changed > ? AND dead = 0 AND origin <> ''", row.Settled).Find(&list).Error
	})
	m.asked = make(map[string]bool)
	for _, r := range list {
		if _, told := m.l.items[r.Href]; !told && !m.l.gone[r.Href] {
			m.l.items[r.Href], m.asked[r.Href] = "", true
		}
	}
	return err
}

// load reads what is known of the items of the listing.
func (m *merging) load(ctx context.Context) error {
	hrefs := slices.AppendSeq(slices.Collect(maps.Keys(m.l.items)), maps.Keys(m.l.gone))
	m.rows, m.byID = make(map[string]*itemRow, len(hrefs)), make(map[string]*itemRow)
	return m.d.store.View(ctx, func(_ context.Context, db *gorm.DB) error {
		var list []*itemRow
		var err error
		if m.l.whole {
			err = inClass(db, m.client, m.class).Find(&list).Error
		} else {
			list, err = ledger.Find[*itemRow](by(db, "href", m.client, m.class), "href", hrefs)
		}
		if err != nil {
			return fmt.Errorf("read dav rows: %w", err)
		}
		var ids []string
		for _, r := range list {
			m.byID[r.ID] = r
			if old := m.rows[r.Href]; old == nil || !old.there() {
				m.rows[r.Href] = r
			}
		}
		for _, h := range hrefs {
			if m.rows[h] == nil && m.byID[idOf(h)] == nil {
				ids = append(ids, idOf(h))
			}
		}
		more, err := ledger.Find[*itemRow](inClass(db, m.client, m.class), "id", ids)
		for _, r := range more {
			m.byID[r.ID] = r
		}
		return err
	})
}

// readChanged reads the items whose entity tags are not those that are known.
func (m *merging) readChanged(ctx context.Context) error {
	var hrefs []string
	for h, etag := range m.l.items {
		if r := m.rows[h]; !r.there() || etag == "" || r.ETag != etag {
			hrefs = append(hrefs, h)
		}
	}
	slices.Sort(hrefs)
	err := m.wire.bodies(ctx, &m.knows, hrefs, func(f found) error {
		f, err := m.mended(ctx, f)
		if err == nil && f.gone && m.asked[f.href] {
			f, err = m.certain(ctx, f)
		}
		switch {
		case err != nil:
			return err
		case f.gone && m.asked[f.href]:
			delete(m.l.items, f.href)
			m.l.gone[f.href] = true
			m.unkept = m.unkept || m.isUnproved(m.rows[f.href])
			return nil
		case f.gone:
			m.missed(f.href) // it was deleted meanwhile, or is listed without being there, or not there yet
			return nil
		}
		if f.etag == "" {
			f.etag = m.l.items[f.href]
		}
		if f.modified == 0 && f.etag == m.l.items[f.href] {
			f.modified = m.l.times[f.href]
		}
		m.read = append(m.read, m.look(f))
		return m.spool.Put(f.href, f.data)
	})
	slices.SortFunc(m.read, func(a, b seen) int { return compare(a.href, b.href) })
	return err
}

func compare(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// findGone finds what is known and not there any more.
func (m *merging) findGone() {
	for h, r := range m.rows {
		_, listed := m.l.items[h]
		if r.there() && !listed && (m.l.whole || m.l.gone[h]) {
			m.gone = append(m.gone, r)
		}
	}
	slices.SortFunc(m.gone, func(a, b *itemRow) int { return compare(a.Href, b.Href) })
}

// findRenamed finds the items that only have another path now: the one of that UID is gone, and there is another of it.
func (m *merging) findRenamed() {
	m.renamed = make(map[string]*itemRow)
	byUID := make(map[string]*itemRow)
	twice := make(map[string]bool)
	for _, r := range m.gone {
		if r.UID != "" && !r.Dead {
			twice[r.UID] = byUID[r.UID] != nil
			byUID[r.UID] = r
		}
	}
	if len(byUID) == 0 {
		return
	}
	for _, e := range m.read {
		if r := byUID[e.uid]; r != nil && !twice[e.uid] && e.ours && !m.rows[e.href].there() {
			m.renamed[e.href] = r
			delete(byUID, e.uid)
		}
	}
	m.gone = slices.DeleteFunc(m.gone, func(r *itemRow) bool { return r.UID != "" && !r.Dead && !twice[r.UID] && byUID[r.UID] == nil })
}

// claim finds which new items were made by Adds whose answers were lost.
func (m *merging) claim(ctx context.Context) error {
	var adds []addRow
	err := m.d.store.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return inClass(db, m.client, m.class).Order("add_key").Find(&adds).Error
	})
	if err != nil || len(adds) == 0 {
		return err
	}
	return m.claimed(adds)
}

// store writes what changed.
func (m *merging) store(tx *gorm.DB, row *feedRow) error {
	at := m.d.o.Now().Unix()
	taken := make(map[string]bool) // ids that were given in this transaction, which may be tried again
	var changed []*itemRow
	for h, t := range m.l.times {
		if r := m.rows[h]; r != nil && !r.Dead && r.Modified == 0 && t != 0 && r.ETag == m.l.items[h] {
			r = ptr(*r)
			r.Modified = t
			changed = append(changed, r)
		}
	}
	for _, e := range m.read {
		r, err := m.storeSeen(tx, row, e, taken, at)
		if err != nil {
			return err
		}
		changed = append(changed, r)
	}
	for _, r := range m.gone {
		r = ptr(*r)
		if r.Other = false; !r.Dead {
			row.kill(r, "", at)
		}
		changed = append(changed, r)
	}
	if err := ledger.Save(tx, changed...); err != nil {
		return err
	}
	return m.storeFeed(tx, row, len(changed) > 0, at)
}

func ptr[T any](v T) *T { return &v }

// storeSeen gives the row of an item that was read.
func (m *merging) storeSeen(tx *gorm.DB, row *feedRow, e seen, taken map[string]bool, at int64) (*itemRow, error) {
	was, origin := m.rows[e.href], ""
	if r := m.renamed[e.href]; r != nil {
		was = r
	}
	var r *itemRow
	switch {
	case was.there():
		r = ptr(*was)
	default:
		var err error
		if r, err = m.newRow(e, taken); err != nil {
			return nil, err
		}
		if a, ok := m.claims[e.href]; ok {
			r.AddKey, r.First = a.Key, e.rev
			if !a.kin {
				origin = a.Origin
			}
			if err := inClass(tx, m.client, m.class).Where("add_key = ?", a.Key).Delete(&addRow{}).Error; err != nil {
				return nil, fmt.Errorf("write dav rows: %w", err)
			}
		}
	}
	same := !r.Dead && r.Rev == e.rev
	switch {
	case e.ours && !same:
		back, err := m.wentBack(tx, was, e)
		back = back || m.went[r.ID]
		if err == nil && !back {
			back, err = m.untouched(tx, was, e)
		}
		if err != nil {
			return nil, err
		}
		if !back {
			m.knows.clocked(was, e)
		}
		if err := ledger.Save(tx, past(was, at)...); err != nil {
			return nil, err
		}
		row.put(r, origin, at)
		r.Earlier = back
	case !e.ours && !r.Dead:
		row.kill(r, "", at)
	case !e.ours && r.Born == 0:
		r.Dead, r.At = true, at // nobody was told of it, or is to be
	}
	r.Other = !e.ours
	r.Href, r.ETag, r.Rev, r.UID, r.Version, r.Modified = e.href, e.etag, e.rev, e.uid, e.version, e.modified
	return r, nil
}

// newRow makes the row of an item that was not there. The id of one that is dead is used again.
func (m *merging) newRow(e seen, taken map[string]bool) (*itemRow, error) {
	id := idOf(e.href)
	if r := m.rows[e.href]; r != nil { // it is dead
		id = r.ID
	}
	r := m.byID[id]
	if taken[id] || r != nil && r.there() {
		var err error
		if id, err = m.d.random(); err != nil {
			return nil, err
		}
		r = nil
	}
	taken[id] = true
	if r == nil {
		return &itemRow{Owner: m.client.owner, Client: m.client.id, Class: string(m.class), ID: id}, nil
	}
	r = ptr(*r)
	r.AddKey, r.First = "", ""
	return r, nil
}

// storeFeed notes how far the collection was read, unless that says nothing new.
func (m *merging) storeFeed(tx *gorm.DB, row *feedRow, changed bool, at int64) error {
	was := *row
	m.learnUnread(was)
	row.Token, row.CTag, row.Settled = m.l.token, m.l.ctag, row.Counter
	row.learn(m.knows)
	stored, err := loadFeed(tx, m.client, m.class)
	if err != nil {
		return err
	}
	if !changed && was == *row && stored == *row {
		return nil
	}
	if err := m.purge(tx, row, at); err != nil {
		return err
	}
	return ledger.Save(tx, *row)
}

// purge forgets what was deleted long ago. Cursors that had not read it are lost.
func (m *merging) purge(tx *gorm.DB, row *feedRow, at int64) error {
	old := at - int64(tombstonesKept/time.Second)
	var last int64
	dead := inClass(tx, m.client, m.class).Table("dav_client_items").Where("dead = 1 AND other = 0 AND at < ?", old)
	if err := dead.Session(&gorm.Session{}).Select("coalesce(max(changed), 0)").Scan(&last).Error; err != nil {
		return fmt.Errorf("read dav rows: %w", err)
	}
	if last > 0 {
		row.Floor = max(row.Floor, last)
		if err := dead.Session(&gorm.Session{}).Delete(&itemRow{}).Error; err != nil {
			return fmt.Errorf("write dav rows: %w", err)
		}
	}
	if err := inClass(tx, m.client, m.class).Where("at < ?", at-int64(earlierKept/time.Second)).Delete(&earlierRow{}).Error; err != nil {
		return fmt.Errorf("write dav rows: %w", err)
	}
	return inClass(tx, m.client, m.class).Where("at < ?", at-int64(addsKept/time.Second)).Delete(&addRow{}).Error
}

package gdata

import (
	"maps"
	"slices"
	"time"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/gdata/entry"
	"github.com/bindery-sync/bindery/sources/ledger"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// store writes what changed.
func (m *merging) store(tx *gorm.DB, row *feedRow, anchor string) error {
	at := m.g.o.Now().Unix()
	m.now = maps.Clone(m.rows) // anew: the transaction may be tried again
	var changed []*itemRow
	var parts []partRow
	var again []string
	for _, g := range m.changes {
		r, err := m.storeGroup(tx, row, g, at)
		if err != nil {
			return err
		}
		changed, parts, again = append(changed, r), append(parts, g.parts...), append(again, g.id)
	}
	for _, e := range slices.Concat(m.retimed, m.unnamed) {
		r := ptr(*m.rows[e.id])
		r.Updated, r.UID, m.now[e.id] = milli(e.updated), e.uid, r
		if e.self != "" {
			r.Self = e.self
		}
		changed = append(changed, r)
	}
	for _, id := range m.gone {
		if r := m.rows[id]; r != nil && !r.Dead {
			r = ptr(*r)
			row.kill(r, "", at)
			m.now[id] = r
			changed, again = append(changed, r), append(again, id)
		}
	}
	renamed, err := m.storeRenamed(tx, row, m.renamed, m.now, at)
	if err != nil {
		return err
	}
	changed = append(changed, renamed...)
	if m.class == dataclass.Events {
		for chunk := range slices.Chunk(again, ledger.BatchRows) {
			if err := ofClient(tx, m.client).Where("item IN ?", chunk).Delete(&partRow{}).Error; err != nil {
				return err
			}
		}
	}
	if err := ledger.Save(tx, changed...); err != nil {
		return err
	}
	if err := ledger.Save(tx, parts...); err != nil {
		return err
	}
	if err := m.storeAbsent(tx); err != nil {
		return err
	}
	if err := m.storeNames(tx); err != nil {
		return err
	}
	return m.storeFeed(tx, row, anchor, at)
}

func ptr[T any](v T) *T { return &v }

// storeGroup brings the row of an item up to date.
func (m *merging) storeGroup(tx *gorm.DB, row *feedRow, g group, at int64) (*itemRow, error) {
	r := &itemRow{Owner: m.client.owner, Client: m.client.id, Class: string(m.class), ID: g.id}
	was := m.rows[g.id]
	if was != nil {
		r = ptr(*was)
	}
	rev, origin := m.revision(g.own.hash, g.own.member, g.parts), ""
	if was == nil {
		if c, ok := m.claims[g.id]; ok {
			if r.AddKey, origin = c.add.Key, c.add.Origin; c.whole {
				r.First = rev // else not all of it was sent, or the server made something else of it
			}
			if err := inClass(tx, m.client, m.class).Where("add_key = ?", c.add.Key).Delete(&addRow{}).Error; err != nil {
				return nil, err
			}
		}
	}
	r.Absent, r.Hash, r.Self, r.Member, r.UID = false, g.own.hash, g.own.self, g.own.member, g.own.uid
	updated := milli(g.own.updated)
	if was == nil || was.Dead || was.Rev != rev {
		back, err := wentBack(tx, m.client, m.class, was, rev, updated)
		if err != nil {
			return nil, err
		}
		if err := ledger.Save(tx, past([]*itemRow{was}, at)...); err != nil {
			return nil, err
		}
		r.Rev = rev
		row.Put(&r.Life, origin, at)
		r.Earlier = back
	}
	r.Updated = updated
	m.now[g.id] = r
	return r, nil
}

// storeFeed notes how far the feed was read, unless that says nothing new.
func (m *merging) storeFeed(tx *gorm.DB, row *feedRow, anchor string, at int64) error {
	was, err := loadFeed(tx, m.client, m.class)
	if err != nil {
		return err
	}
	if was.Epoch == row.Epoch && was.Counter == row.Counter && was.Groups == row.Groups && was.GroupsAt == row.GroupsAt && was.Anchor != "" &&
		len(m.harvest.order) == 0 && later(was.Anchor, anchor) < restless {
		return nil
	}
	row.Anchor = anchor
	if err := m.purge(tx, row, at); err != nil {
		return err
	}
	return ledger.Save(tx, *row)
}

// later tells how much later the second time is.
func later(a, b string) time.Duration {
	a, _ = moments(a)
	b, _ = moments(b)
	first, err1 := time.Parse(time.RFC3339, a)
	second, err2 := time.Parse(time.RFC3339, b)
	if err1 != nil || err2 != nil {
		return restless
	}
	return second.Sub(first)
}

// purge forgets what was deleted long ago. Cursors that had not read it are lost.
func (m *merging) purge(tx *gorm.DB, row *feedRow, at int64) error {
	old := at - int64(tombstonesKept/time.Second)
	var last int64
	dead := inClass(tx, m.client, m.class).Table("gdata_items").Where("dead = 1 AND at < ?", old)
	if err := dead.Session(&gorm.Session{}).Select("coalesce(max(changed), 0)").Scan(&last).Error; err != nil {
		return err
	}
	if last > 0 {
		row.Floor = max(row.Floor, last)
		if err := dead.Session(&gorm.Session{}).Delete(&itemRow{}).Error; err != nil {
			return err
		}
	}
	if err := inClass(tx, m.client, m.class).Where("at < ?", at-int64(earlierKept/time.Second)).Delete(&earlierRow{}).Error; err != nil {
		return err
	}
	return inClass(tx, m.client, m.class).Where("at < ?", at-int64(addsKept/time.Second)).Delete(&addRow{}).Error
}

// spooled gives the entries of an item that the harvest holds; no master if it does not.
func (s *session) spooled(id string) (master *xmltree.Element, parts []*xmltree.Element, err error) {
	list, ok := s.whole[id]
	if !ok || s.harvest == nil {
		return nil, nil, nil
	}
	if master, err = s.kept(id); err != nil || master == nil {
		return nil, nil, err
	}
	for _, p := range list {
		e, err := s.kept(p)
		if err != nil || e == nil {
			return nil, nil, err
		}
		parts = append(parts, e)
	}
	return master, parts, nil
}

func (s *session) kept(id string) (*xmltree.Element, error) {
	data, ok, err := s.harvest.spool.Get(id)
	if err != nil || !ok {
		return nil, err
	}
	return tree(data)
}

// item gives what entries say; pictures are read by withPhoto.
func (s *session) item(master *xmltree.Element, parts []*xmltree.Element) (*dataclass.Item, error) {
	if s.class == dataclass.Contacts {
		return entry.ReadContact(master, s.context())
	}
	return entry.ReadEvent(master, parts, s.context())
}

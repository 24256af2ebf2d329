package dav

import (
	"context"
	"maps"
	"time"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/sources/ledger"
)

const (
	// unreadKept is how long what a server lists and does not give is asked for at every look. After it, that waits
	// until the server tells of it again, or everything is listed.
	unreadKept = 7 * 24 * time.Hour
	// maxUnread is how many such items are remembered; with more, the look does not count as one that was made.
	maxUnread = 2000
)

// recall adds to a listing of changes what earlier listings spoke of and could not be read.
func (m *merging) recall() {
	m.unread = make(map[string]int64)
	fresh := m.d.o.Now().Add(-unreadKept).Unix()
	for h, since := range m.knows.Unread {
		_, told := m.l.items[h]
		switch {
		case told || m.l.whole || m.l.gone[h]:
		case since > fresh:
			m.l.items[h] = ""
		default:
			m.unread[h] = since
		}
	}
}

// missed remembers that an item is listed and not there.
func (m *merging) missed(href string) {
	since, known := m.knows.Unread[href]
	if spoken := m.l.items[href] != "" && !m.l.whole; !known || spoken {
		since = m.d.o.Now().Unix()
	}
	m.unread[href] = since
}

// learnUnread notes what has to be read by the next look. If that is too much, the next look begins where this one did.
func (m *merging) learnUnread(was feedRow) {
	m.knows.Unread = nil
	switch {
	case len(m.unread) > maxUnread:
		m.l.token, m.l.ctag = was.Token, was.CTag
	case len(m.unread) > 0:
		m.knows.Unread = maps.Clone(m.unread)
	}
}

// again gives items that were noted, and could not be read to be shown, the next numbers: the look after this one shows
// them. It is no deletion, which the server has to tell of.
func (s *session) again(ctx context.Context, rows []*itemRow) error {
	if len(rows) == 0 {
		return nil
	}
	unlock, err := s.d.locks.Lock(ctx, s.key(s.class))
	if err != nil {
		return err
	}
	defer unlock()
	var ids []string
	for _, r := range rows {
		ids = append(ids, r.ID)
	}
	return s.d.store.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
		feed, err := loadFeed(tx, s.client, s.class)
		if err != nil {
			return err
		}
		now, err := ledger.Find[*itemRow](inClass(tx, s.client, s.class).Where("dead = 0 AND changed <= ?", s.upto), "id", ids)
		if err != nil || len(now) == 0 {
			return err
		}
		for _, r := range now {
			feed.Touch(&r.Life, "", s.d.o.Now().Unix())
		}
		if err := ledger.Save(tx, now...); err != nil {
			return err
		}
		return ledger.Save(tx, feed)
	})
}

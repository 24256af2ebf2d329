package dav

import (
	"context"
	"net/http"
	"slices"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/sources/ledger"
)

// refusal says how a server that knew its tokens until now refused the one of the last look: with a status of 4xx or, as some do
// where they do not find it, with 500; 0 if it did not. It may only have forgotten the token, or it was put back to an older copy
// and never gave it.
func (k *knows) refusal(err error) int {
	st, told := statusOf(err), k.Told
	if k.Told = false; !told || st > http.StatusInternalServerError {
		return 0
	}
	return st
}

// putBack reports whether a server that does not know its own token any more was put back to an older copy, and notes which
// items went back with it. That needs no times: some items are exactly what they were before, and none that is listed as it was
// last known came to be so later than that; or what is missing is all that came last. A user who did that by himself, while the
// server forgot the token, gets back what he deleted. To take a copy for his wish would take away all that came after it.
func (m *merging) putBack(ctx context.Context) (bool, error) {
	if !m.l.whole || m.l.refused == 0 {
		return false, nil
	}
	went, until, err := m.inThePast(ctx)
	if err != nil {
		return false, err
	}
	stay := m.youngest()
	switch {
	case len(went) > 0 && stay <= until:
		m.went = went
		return true, nil
	case len(went) > 0, stay == 0, m.l.refused >= http.StatusInternalServerError: // that may pass
		return false, nil
	}
	for _, r := range m.gone {
		if !r.Dead && r.At <= stay {
			return false, nil
		}
	}
	return slices.ContainsFunc(m.gone, func(r *itemRow) bool { return !r.Dead }), nil
}

// youngest tells when the last of the items came to be as they are that are listed as they were last known (Unix seconds); 0
// if there are none.
func (m *merging) youngest() (at int64) {
	for h, etag := range m.l.items {
		if r := m.rows[h]; r.there() && !r.Dead && etag != "" && r.ETag == etag {
			at = max(at, r.At)
		}
	}
	return at
}

// inThePast gives the items, by id, that are exactly what they were before, and by when the first of them was not so any
// more.
func (m *merging) inThePast(ctx context.Context) (went map[string]bool, until int64, err error) {
	states, ids := make(map[string]seen), []string(nil)
	for _, e := range m.read {
		if r := m.rows[e.href]; r.there() && !r.Dead && r.Rev != e.rev && e.etag != "" {
			states[r.ID], ids = e, append(ids, r.ID)
		}
	}
	last := make(map[string]int64)
	err = m.d.store.View(ctx, func(_ context.Context, db *gorm.DB) error {
		rows, err := ledger.Find[earlierRow](inClass(db, m.client, m.class), "id", ids)
		for _, r := range rows {
			if e := states[r.ID]; r.ETag == e.etag && r.Rev == e.rev {
				last[r.ID] = max(last[r.ID], r.At)
			}
		}
		return err
	})
	went = make(map[string]bool, len(last))
	for id, at := range last {
		if went[id] = true; until == 0 || at < until {
			until = at
		}
	}
	return went, until, err
}

// isUnproved reports whether an item was added by us and never seen at the server, which was believed to have taken it. If it
// is not there when we ask, and the server tells of no deletion, nobody need have deleted it: it is added again, and the server
// is believed no longer.
func (m *merging) isUnproved(r *itemRow) bool {
	if !r.there() || r.Dead || r.AddKey == "" || r.First != r.Rev || m.knows.Faithful < enoughFaith {
		return false
	}
	m.knows.Faithful = 0
	return true
}

package datastore

import (
	"fmt"
	"maps"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

// errEntered refuses an Add of what somebody else has entered since the session began: the next look shows that item, and
// whoever adds finds out then that the two are one.
var errEntered = fmt.Errorf("an equal item was entered since the session began: %w", sources.ErrConflict)

// meanwhile is what others entered since a session began: how many items of each content. Upto is the last change that
// is in it, or that the session made itself.
type meanwhile struct {
	upto  int64
	items map[dataclass.Fingerprint]int
}

// look gives what others have entered by now, if ops add anything. It costs nothing while nobody else writes.
func (m meanwhile) look(w *writer, ops []sources.Op) (meanwhile, error) {
	out := meanwhile{m.upto, maps.Clone(m.items)} // the transaction may be tried again
	if m.upto == w.before || !adds(ops) {
		return out, nil
	}
	if out.upto = w.before; out.items == nil {
		out.items = make(map[dataclass.Fingerprint]int)
	}
	for last := m.upto; ; {
		q := inClass(w.tx, clientKey{w.client.Owner, w.client.Client}, w.class)
		rows, err := readPage(fresh(q, last, m.upto, w.origin), pageBytes)
		if err != nil || len(rows) == 0 {
			return out, err
		}
		for _, r := range rows {
			if it, err := dataclass.Decode(w.class, r.body()); err == nil {
				out.items[it.Fingerprint()]++
			}
			last = r.Changed
		}
	}
}

// fresh selects what was made after the change began by others than origin, in the order of changes, and follows last.
func fresh(q *gorm.DB, last, began int64, origin string) *gorm.DB {
	return q.Where("changed > ? AND dead = 0 AND created > ? AND origin <> ?", last, began, origin).Order("changed")
}

func adds(ops []sources.Op) bool {
	for _, op := range ops {
		if op.Verb == sources.Add {
			return true
		}
	}
	return false
}

// entered reports whether op adds what somebody else has entered meanwhile; each item stands for one Add.
func (m meanwhile) entered(w *writer, op sources.Op) bool {
	if op.Verb != sources.Add || len(m.items) == 0 || op.Key != "" && w.keys[string(op.Key)] != nil {
		return false
	}
	it, err := dataclass.Decode(w.class, op.Body)
	if err != nil || m.items[it.Fingerprint()] == 0 {
		return false
	}
	m.items[it.Fingerprint()]--
	return true
}

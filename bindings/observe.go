package bindings

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
)

// An Observer is told how syncs end, so that an operator sees it. It is safe for concurrent use and returns at once;
// nothing depends on what it does.
type Observer interface {
	// SyncEnded is called when a sync has come to its end, also one that was abandoned.
	SyncEnded(e SyncEnd)
	// SyncFailed is called when a sync of that dataclass could not begin or go on. It may yet be taken up again.
	SyncFailed(class dataclass.Class, err error)
}

// A SyncEnd says how one sync of one binding and dataclass ended.
type SyncEnd struct {
	// Kinds are those of the binding's source and target.
	Kinds [2]string
	Class dataclass.Class
	// State is one of LogEntry's; it is not "running".
	State string
	// Took is the time since it began; for a phone's with the time in which nobody said anything.
	Took time.Duration
}

// unobserved is the Observer of who watches nothing.
type unobserved struct{}

func (unobserved) SyncEnded(SyncEnd) {}

func (unobserved) SyncFailed(dataclass.Class, error) {}

// ended tells the observer, and the log, of a run that is over.
func (s *Store) ended(ctx context.Context, row logRow, c engine.Closing) {
	if !c.Finished {
		return
	}
	e := SyncEnd{
		Kinds: [2]string{row.SourceKind, row.TargetKind}, Class: dataclass.Class(row.Ref.Class), State: c.State,
		Took: max(0, s.now().Sub(fromMicros(row.Started))),
	}
	s.observe.SyncEnded(e)
	s.log.InfoContext(ctx, "sync ended", "binding", row.Ref.Binding, "dataclass", row.Ref.Class, "sync", row.ID,
		"state", e.State, "source", e.Kinds[0], "target", e.Kinds[1], "took", e.Took)
}

// failed tells the observer of an error that a run ended by. That somebody else is at it is none.
func (s *Store) failed(class dataclass.Class, err error) {
	if err != nil && !errors.Is(err, engine.ErrBusy) && !errors.Is(err, errOvertaken) {
		s.observe.SyncFailed(class, err)
	}
}

// Queued tells how many syncs of the background are at work, and how many have begun and wait for their turn.
func (b *Background) Queued() (working, waiting int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	working = len(b.workers)
	return working, max(0, b.all-working)
}

// Waiting is what waits, of all owners: matters that need a person by their kinds, what they are about, and what of the
// server's own starts is due and not begun.
type Waiting struct {
	Matters, Items map[string]int
	Due            int
}

// Waiting counts what waits, of all owners; an operator wants to know, and it tells nothing about anybody. Matters are
// counted as they were at the last Look.
func (n *Notices) Waiting(ctx context.Context) (Waiting, error) {
	w := Waiting{Matters: map[string]int{}, Items: map[string]int{}}
	err := n.store.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		var rows []struct {
			Kind           string
			Matters, Items int
		}
		err := db.Raw(`SELECT kind, COUNT(*) AS matters, SUM(count) AS items FROM notices INDEXED BY notices_open
			WHERE settled_at = 0 GROUP BY kind`).Scan(&rows).Error
		for _, r := range rows {
			w.Matters[r.Kind], w.Items[r.Kind] = r.Matters, r.Items
		}
		if err != nil {
			return err
		}
		return db.Raw("SELECT COUNT(*) FROM starts WHERE due_at <> 0 AND due_at > 0 AND due_at <= ?", micros(n.store.now())).Scan(&w.Due).Error
	})
	if err != nil {
		return w, fmt.Errorf("count what waits: %w", err)
	}
	return w, nil
}

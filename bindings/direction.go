package bindings

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
)

// A Direction says which of a binding's clients its syncs write.
type Direction string

// The directions. A side that is not written is read all the same: what it lacks stays owed to it, and is paid when
// the binding goes both ways again.
const (
	// BothWays: each client gets what the other changed.
	BothWays Direction = "two-way"
	// ToTarget: the source is never written.
	ToTarget Direction = "to-target"
	// ToSource: the target is never written.
	ToSource Direction = "to-source"
)

func (d Direction) check() error {
	if d == BothWays || d == ToTarget || d == ToSource {
		return nil
	}
	return fault(ErrInvalid, "a direction is %s, %s or %s", BothWays, ToTarget, ToSource)
}

// lead gives the side that is never written, if there is one.
func (d Direction) lead() (engine.Side, bool) {
	switch d {
	case ToTarget:
		return engine.Source, true
	case ToSource:
		return engine.Target, true
	}
	return 0, false
}

// direct narrows a job to the direction of its binding: what was to go both ways goes one way. Client is the side that
// the modes call the client. It reports false for a job that would only write the side that is never written.
func (b Binding) direct(job *engine.Job, client engine.Side) bool {
	lead, one := b.Direction.lead()
	switch {
	case !one:
		return true
	case job.Way != engine.BothWays:
		return job.Lead == lead
	}
	job.Way, job.Lead = engine.OneWay, lead
	if job.Mode == engine.TwoWay {
		job.Mode = engine.OneWayFromServer
		if lead == client {
			job.Mode = engine.OneWayFromClient
		}
	}
	return true
}

// Withheld counts the items of a binding of which a side is not told what the other has, because a one-way sync may
// not write it: edits, additions and deletions. They go there when the binding goes both ways again. It returns what
// Binding returns.
func (s *Store) Withheld(ctx context.Context, owner string, binding int64) (map[dataclass.Class]int, error) {
	if _, err := s.Binding(ctx, owner, binding); err != nil {
		return nil, err
	}
	var rows []struct {
		Class string
		N     int
	}
	err := s.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return db.Model(&journalLinkRow{}).Select("class, COUNT(*) AS n").Where("owner_id = ? AND binding_id = ?", owner, binding).
			Where("source_owed = ? OR target_owed = ?", engine.Withheld, engine.Withheld).Group("class").Scan(&rows).Error
	})
	if err != nil {
		return nil, fmt.Errorf("count what binding %d withholds: %w", binding, err)
	}
	out := make(map[dataclass.Class]int, len(rows))
	for _, r := range rows {
		out[dataclass.Class(r.Class)] = r.N
	}
	return out, nil
}

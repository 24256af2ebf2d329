package bindings

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
)

// Learned is what was learned of how a client keeps the items of one class (docs/engine.md 5.3, 5.4).
type Learned struct {
	Class dataclass.Class
	// Kept is what came back from it; Losses is what it does to what it is sent.
	Kept   []dataclass.Kept
	Losses []dataclass.Loss
	// Changed is when something was learned last.
	Changed time.Time
}

// Learned gives what was learned of a client, by class; empty for one that nothing is known of. What cannot be
// read is left out: it is learned anew.
func (s *Store) Learned(ctx context.Context, owner, client string) ([]Learned, error) {
	var rows []knownRow
	err := s.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return db.Where("owner_id = ? AND client_id = ?", owner, client).Order("class").Find(&rows).Error
	})
	if err != nil {
		return nil, fmt.Errorf("read what is known of client %s: %w", client, err)
	}
	var out []Learned
	for _, r := range rows {
		if k, err := dataclass.ParseKnown(r.Known); err == nil {
			out = append(out, Learned{Class: classOf(r.Class), Kept: k.Kept(), Losses: k.Losses(), Changed: time.UnixMicro(r.Changed).UTC()})
		}
	}
	return out, nil
}

package bindings

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
)

// Linked is an item that both sides of a binding have, as they were last known to hold it.
type Linked struct {
	Binding int64
	Class   dataclass.Class
	// Items are its names on the source and on the target; empty where it is not.
	Items [2]sources.ID
	// Held are what the two sides were last known to hold; zero for a side that was never seen with it.
	Held [2]dataclass.Body
}

// Linked gives an item by the number of its link, which a HistoryEntry has. It returns an ErrNotFound for a link that
// is gone.
func (s *Store) Linked(ctx context.Context, owner string, link int64) (Linked, error) {
	var row journalLinkRow
	err := s.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return db.Where("owner_id = ? AND id = ?", owner, link).Take(&row).Error
	})
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return Linked{}, fault(ErrNotFound, "there is no such link")
	}
	if err != nil {
		return Linked{}, fmt.Errorf("read link: %w", err)
	}
	w := row.write()
	return Linked{
		Binding: row.Ref.Binding, Class: classOf(row.Ref.Class),
		Items: w.Item, Held: [2]dataclass.Body{w.Bodies.Shadow[engine.Source], w.Bodies.Shadow[engine.Target]},
	}, nil
}

package bindings

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources/syncml"
)

// Admit implements syncml.Syncs. What it refuses is decided before the phone has sent anything, so that nothing that was
// promised is left behind; what it admits is done, however the binding changes meanwhile.
func (p *Phones) Admit(ctx context.Context, phone syncml.Phone, db syncml.Database, mode int, slow bool) error {
	pl, err := p.place(ctx, phone, db)
	if err != nil {
		return err
	}
	b := pl.binding
	if !b.Synchronizes(db.Class) {
		return fmt.Errorf("binding %d does not synchronise %s: %w", b.ID, db.Class, syncml.ErrRefused)
	}
	job := engine.Job{Mode: mode}
	job.Way, job.Lead, _ = wayOf(mode, pl.side)
	if !b.direct(&job, pl.side) {
		return fmt.Errorf("binding %d goes %s only: %w", b.ID, b.Direction, syncml.ErrRefused)
	}
	if !slow || !b.AskSlow || job.Way == engine.Refresh {
		return nil
	}
	st, err := p.state(ctx, pl.ref)
	if err != nil || st.cursor(pl.side) == "" {
		return err // the first sync
	}
	id, err := p.store.askSlow(ctx, pl.ref)
	if err == nil && id != "" {
		err = fmt.Errorf("binding %d: plan %s waits for a person: %w", b.ID, id, syncml.ErrRefused)
	}
	return err
}

// askSlow gives the plan by which a person is asked about a slow sync, and makes it if there is none; "" if the person
// has approved.
func (s *Store) askSlow(ctx context.Context, ref engine.Ref) (string, error) {
	var id string
	err := s.db.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
		plans, err := plansOf(tx, keyOf(ref))
		if err != nil {
			return err
		}
		id = ""
		for _, p := range plans {
			switch {
			case p.IsSlow() && p.State == engine.PlanApproved:
				id = ""
				return nil
			case p.IsSlow():
				id = p.ID
			}
		}
		if id == "" {
			id, err = (&journal{s}).newPlan(tx, keyOf(ref))
		}
		return err
	})
	if err != nil {
		return "", fmt.Errorf("ask about a slow sync of binding %d: %w", ref.Binding, err)
	}
	return id, nil
}

package bindings

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// An Unauthorisation is a client that refused its credentials. Its bindings are not synchronised by the server until it
// is Authorised; whoever starts a sync himself may try.
type Unauthorisation struct {
	Owner, Client string
	// Why is a sentence that says what the client refused.
	Why   string
	Since time.Time
}

// unauthorisedRow is one row of unauthorised.
type unauthorisedRow struct {
	Owner  string `gorm:"column:owner_id;primaryKey"`
	Client string `gorm:"column:client_id;primaryKey"`
	Why    string `gorm:"column:why"`
	Since  int64  `gorm:"column:since"`
}

// TableName implements gorm's Tabler.
func (unauthorisedRow) TableName() string { return "unauthorised" }

// Unauthorised takes note that a client refused its credentials: its bindings pause until Authorised. Why is a sentence
// for the user. Who says so again changes the sentence only. It returns an ErrNoClient.
func (s *Store) Unauthorised(ctx context.Context, owner, client, why string) error {
	err := s.db.Update(ctx, func(ctx context.Context, tx *gorm.DB) error {
		c, err := s.Client(ctx, owner, client)
		if err != nil {
			return err
		}
		row := unauthorisedRow{Owner: owner, Client: c.ID, Why: why, Since: micros(s.now())}
		return tx.Clauses(clause.OnConflict{
			Columns:   []clause.Column{{Name: "owner_id"}, {Name: "client_id"}},
			DoUpdates: clause.AssignmentColumns([]string{"why"}),
		}).Create(&row).Error
	})
	if err != nil {
		return fmt.Errorf("pause client: %w", err)
	}
	return nil
}

// Authorised ends the pause of a client's bindings. What was due meanwhile, or failed, is due now, once; unless another
// client of a binding pauses it too. A client that was never unauthorised is no error. It returns an ErrNoClient.
func (s *Store) Authorised(ctx context.Context, owner, client string) error {
	err := s.db.Update(ctx, func(ctx context.Context, tx *gorm.DB) error {
		c, err := s.Client(ctx, owner, client)
		if err != nil {
			return err
		}
		res := tx.Where("owner_id = ? AND client_id = ?", owner, c.ID).Delete(&unauthorisedRow{})
		if res.Error != nil || res.RowsAffected == 0 {
			return res.Error
		}
		return tx.Model(&startRow{}).
			Where("owner_id = ? AND (failures > 0 OR outcome = ?)", owner, OutcomePaused).
			Where("binding_id IN (SELECT id FROM bindings WHERE owner_id = ? AND removed_at = 0 AND ? IN (source_id, target_id))", owner, c.ID).
			Updates(map[string]any{"due_at": micros(s.now()), "failures": 0}).Error
	})
	if err != nil {
		return fmt.Errorf("end pause of client: %w", err)
	}
	return nil
}

// Unauthorisations lists the owner's clients that must be authorised anew, but for removed ones, in the order of their
// UUIDs.
func (s *Store) Unauthorisations(ctx context.Context, owner string) ([]Unauthorisation, error) {
	var rows []unauthorisedRow
	err := s.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return db.Where("owner_id = ?", owner).
			Where("client_id IN (SELECT id FROM clients WHERE owner_id = unauthorised.owner_id AND removed_at = 0)").
			Order("client_id").Find(&rows).Error
	})
	if err != nil {
		return nil, fmt.Errorf("list unauthorised clients: %w", err)
	}
	var out []Unauthorisation
	for _, r := range rows {
		out = append(out, Unauthorisation{Owner: r.Owner, Client: r.Client, Why: r.Why, Since: fromMicros(r.Since)})
	}
	return out, nil
}

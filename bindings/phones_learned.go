package bindings

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/syncml"
)

// Learned implements syncml.Syncs. What cannot be read is as good as nothing: it is learned anew.
func (p *Phones) Learned(ctx context.Context, phone syncml.Phone, db syncml.Database) (*dataclass.Known, error) {
	var rows []knownRow
	err := p.store.db.View(ctx, func(_ context.Context, g *gorm.DB) error {
		return g.Where("owner_id = ? AND client_id = ? AND class = ?", phone.Owner, phone.Client, string(db.Class)).Limit(1).Find(&rows).Error
	})
	if err != nil {
		return nil, fmt.Errorf("read what is known of client %s: %w", phone.Client, err)
	}
	for _, r := range rows {
		if known, err := dataclass.ParseKnown(r.Known); err == nil {
			return known, nil
		}
	}
	return &dataclass.Known{}, nil
}

package bindings

import (
	"context"
	"encoding/json"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
)

// knownRow is what was learned of how a client keeps the items of one class.
type knownRow struct {
	Owner   string `gorm:"column:owner_id;primaryKey"`
	Client  string `gorm:"column:client_id;primaryKey"`
	Class   string `gorm:"column:class;primaryKey"`
	Known   []byte `gorm:"column:known"`
	Changed int64  `gorm:"column:changed_at"`
}

func (knownRow) TableName() string { return "client_known" }

// loadKnown reads what is known of the two clients of a binding. What cannot be read is as good as
// nothing: it is learned anew.
func loadKnown(db *gorm.DB, k journalKey, m *engine.Memory) error {
	var rows []struct {
		Side  int
		Known []byte
	}
	err := db.Raw(`SELECT n.client_id = b.target_id AS side, n.known FROM bindings b
		JOIN client_known n ON n.owner_id = b.owner_id AND n.client_id IN (b.source_id, b.target_id) AND n.class = ?
		WHERE b.owner_id = ? AND b.id = ?`, k.Class, k.Owner, k.Binding).Scan(&rows).Error
	if err != nil {
		return fmt.Errorf("read what is known of clients: %w", err)
	}
	for s := range m.Known {
		m.Known[s] = &dataclass.Known{}
	}
	for _, r := range rows {
		if known, err := dataclass.ParseKnown(r.Known); err == nil {
			m.Known[r.Side] = known
		}
	}
	return nil
}

// putKnown stores what a run learned of the clients of its binding. Of two bindings that learn of one
// client at once the later one's knowledge stays; what the earlier one learned shows again.
func (j *journal) putKnown(tx *gorm.DB, k journalKey, known [2]*dataclass.Known) error {
	for s, col := range []string{"source_id", "target_id"} {
		if !known[s].Changed() {
			continue
		}
		text, err := json.Marshal(known[s])
		if err != nil {
			return fmt.Errorf("write what is known of a client: %w", err)
		}
		row := knownRow{Owner: k.Owner, Class: k.Class, Known: text, Changed: micros(j.store.now())}
		err = tx.Model(&bindingRow{}).Where("owner_id = ? AND id = ?", k.Owner, k.Binding).Pluck(col, &row.Client).Error
		if err == nil && row.Client != "" {
			err = tx.Clauses(clause.OnConflict{UpdateAll: true}).Create(&row).Error
		}
		if err != nil {
			return fmt.Errorf("store what is known of a client: %w", err)
		}
	}
	return nil
}

// swingOf reads a link's memory of what was overwritten. One that cannot be read is forgotten: an
// oscillation is then recognised a few runs later.
func swingOf(text []byte) (s engine.Swing) {
	if len(text) > 0 && json.Unmarshal(text, &s) != nil {
		return engine.Swing{}
	}
	return s
}

// swingBytes gives nil for what there is to remember of most links: nothing.
func swingBytes(s engine.Swing) []byte {
	if s.Run == 0 {
		return nil
	}
	text, err := json.Marshal(s)
	if err != nil {
		return nil
	}
	return text
}

// runsBefore gives a few runs of a Ref before one, the newest first. A run that was held wrote nothing.
func runsBefore(tx *gorm.DB, k journalKey, run int64) (ids []int64, err error) {
	err = tx.Model(&logRow{}).Where(journalWhere+" AND id < ? AND state <> 'held'", k.args(run)...).
		Order("id DESC").Limit(4).Pluck("id", &ids).Error
	return ids, err
}

// calm forgets what runs overwrote of an item that a person restores: what is restored again and again is
// no oscillation.
func (s *Store) calm(ctx context.Context, ref engine.Ref, side engine.Side, item sources.ID) error {
	col := []string{"source_item", "target_item"}[side]
	return s.db.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
		return tx.Model(&journalLinkRow{}).Where(journalWhere+" AND "+col+" = ? AND swing IS NOT NULL", keyOf(ref).args(string(item))...).
			Update("swing", nil).Error
	})
}

package bindings

import (
	"context"
	"fmt"
	"io"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
)

// planRow is a plan that the guard held. Seq orders the plans of an owner.
type planRow struct {
	Owner   string `gorm:"column:owner_id;primaryKey"`
	ID      string `gorm:"column:id;primaryKey"`
	Seq     int64  `gorm:"column:seq"`
	Binding int64  `gorm:"column:binding_id"`
	Class   string `gorm:"column:class"`
	State   int    `gorm:"column:state"`
	Made    int64  `gorm:"column:made_at"`
	Decided int64  `gorm:"column:decided_at"`
}

func (planRow) TableName() string { return "plans" }

type holdRow struct {
	Owner string `gorm:"column:owner_id;primaryKey"`
	Plan  string `gorm:"column:plan_id;primaryKey"`
	Link  int64  `gorm:"column:link_id;primaryKey;autoIncrement:false"`
	Side  int    `gorm:"column:side;primaryKey;autoIncrement:false"`
	Item  string `gorm:"column:item"`
	Verb  int    `gorm:"column:verb"`
	Rev   string `gorm:"column:rev"`
	Print []byte `gorm:"column:print"`
	Why   int    `gorm:"column:why"`
	Title string `gorm:"column:title"`
}

func (holdRow) TableName() string { return "plan_holds" }

func (r *holdRow) hold() engine.Hold {
	return engine.Hold{
		Link: engine.LinkID(r.Link), Side: engine.Side(r.Side), Item: sources.ID(r.Item), Verb: sources.Verb(r.Verb),
		Rev: sources.Revision(r.Rev), Print: printOf(r.Print), Why: engine.Why(r.Why), Title: r.Title,
	}
}

func holdRowOf(owner, plan string, h engine.Hold) holdRow {
	return holdRow{
		Owner: owner, Plan: plan, Link: int64(h.Link), Side: int(h.Side), Item: string(h.Item), Verb: int(h.Verb),
		Rev: string(h.Rev), Print: h.Print[:], Why: int(h.Why), Title: h.Title,
	}
}

// plansOf gives the plans of a Ref that are not done, the oldest first.
func plansOf(db *gorm.DB, k journalKey) ([]engine.HeldPlan, error) {
	var rows []planRow
	err := db.Where(journalWhere+" AND state < ?", k.args(int(engine.PlanDone))...).Order("seq").Find(&rows).Error
	if err != nil {
		return nil, err
	}
	out := make([]engine.HeldPlan, len(rows))
	for i, r := range rows {
		holds, err := holdsOf(db, r.Owner, r.ID)
		if err != nil {
			return nil, err
		}
		out[i] = engine.HeldPlan{ID: r.ID, State: engine.PlanState(r.State), Holds: holds}
	}
	return out, nil
}

func holdsOf(db *gorm.DB, owner, plan string) ([]engine.Hold, error) {
	var rows []holdRow
	err := db.Where("owner_id = ? AND plan_id = ?", owner, plan).Order("link_id, side").Find(&rows).Error
	if err != nil {
		return nil, err
	}
	out := make([]engine.Hold, len(rows))
	for i := range rows {
		out[i] = rows[i].hold()
	}
	return out, nil
}

// Hold implements engine.Record.
func (j *journal) Hold(ctx context.Context, l engine.Lease, holds []engine.Hold, join bool) (string, error) {
	var id string
	err := j.write(ctx, l, func(tx *gorm.DB, k journalKey) error {
		plans, err := plansOf(tx, k)
		if err != nil {
			return err
		}
		if id = engine.PlanOf(plans, holds, join); id != "" && !join {
			return j.newest(tx, k.Owner, id)
		}
		if id == "" {
			if id, err = j.newPlan(tx, k); err != nil {
				return err
			}
		}
		if len(holds) == 0 {
			return nil
		}
		rows := make([]holdRow, len(holds))
		for i, h := range holds {
			rows[i] = holdRowOf(k.Owner, id, h)
		}
		return tx.Clauses(clause.OnConflict{UpdateAll: true}).CreateInBatches(&rows, rowsPerStatement).Error
	})
	if err != nil {
		return "", fmt.Errorf("hold a plan of binding %d: %w", l.Ref.Binding, err)
	}
	return id, nil
}

// newest makes a plan the last of its owner's: what it holds is what is held now.
func (j *journal) newest(tx *gorm.DB, owner, id string) error {
	return tx.Exec("UPDATE plans SET seq = 1 + (SELECT MAX(seq) FROM plans WHERE owner_id = ?) WHERE owner_id = ? AND id = ? "+
		"AND seq < (SELECT MAX(seq) FROM plans WHERE owner_id = ?)", owner, owner, id, owner).Error
}

// planLetters cannot be taken for one another when they are read aloud or typed.
const planLetters = "abcdefghjkmnpqrstvwxyz23456789"

func (j *journal) newPlan(tx *gorm.DB, k journalKey) (string, error) {
	var seq int64
	err := tx.Model(&planRow{}).Where("owner_id = ?", k.Owner).Select("COALESCE(MAX(seq), 0)").Scan(&seq).Error
	if err != nil {
		return "", err
	}
	for {
		id, err := j.store.planName()
		if err != nil {
			return "", err
		}
		row := planRow{Owner: k.Owner, ID: id, Seq: seq + 1, Binding: k.Binding, Class: k.Class, Made: micros(j.store.now())}
		res := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&row)
		if res.Error != nil || res.RowsAffected == 1 {
			return id, res.Error
		}
	}
}

// planName makes a name of six letters and digits, the first a letter.
func (s *Store) planName() (string, error) {
	var b [6]byte
	if _, err := io.ReadFull(s.rand, b[:]); err != nil {
		return "", fmt.Errorf("name a plan: %w", err)
	}
	for i, c := range b {
		n := len(planLetters)
		if i == 0 {
			n -= 8
		}
		b[i] = planLetters[int(c)%n]
	}
	return string(b[:]), nil
}

// settlePlans ends plans.
func settlePlans(tx *gorm.DB, owner string, ids []string) error {
	for _, chunk := range chunks(ids) {
		err := tx.Model(&planRow{}).Where("owner_id = ? AND id IN ?", owner, chunk).Update("state", int(engine.PlanDone)).Error
		if err != nil {
			return err
		}
		if err := tx.Where("owner_id = ? AND plan_id IN ?", owner, chunk).Delete(&holdRow{}).Error; err != nil {
			return err
		}
	}
	return nil
}

package bindings

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
)

// A Plan is what the guard held of one sync until a person decides (docs/engine.md 8.2, 8.3).
type Plan struct {
	// ID is short enough to be typed.
	ID      string
	Owner   string
	Binding int64
	Class   dataclass.Class
	// State is "open", "approved", "rejected", or "done" for one that was carried out or needs no decision
	// any more.
	State string
	// Held are the deletions and changes at stake; a plan that is done has none.
	Held []HeldItem
	// Slow says that the plan is about a whole slow sync, which begins when it is approved. It holds no items.
	Slow bool
	// Mark changes when what the plan holds does: a decision can be bound to what a person saw.
	Mark string
	// Made is when the guard held it, Decided when a person decided; zero before.
	Made, Decided time.Time
}

// A HeldItem is one deletion or change that waits.
type HeldItem struct {
	// Side is the side of the binding that deleted or changed the item: "source" or "target".
	Side string
	// Item is its name there, Title what a person calls it.
	Item  sources.ID
	Title string
	// Verb is "delete" or "replace".
	Verb string
	// Why says what was too much.
	Why string
}

// whys say why something is held.
var whys = map[engine.Why]string{
	engine.ManyDeleted: "more than a fifth of what was there",
	engine.ManyChanged: "more than four fifths of what was there",
	engine.Emptied:     "nothing is left there",
}

var planStates = map[engine.PlanState]string{
	engine.PlanOpen: "open", engine.PlanApproved: "approved", engine.PlanRejected: "rejected", engine.PlanDone: "done",
}

// Plans lists what is held of a binding, or of all the owner's for 0, the newest first: the plans that are
// open, and those that were decided and not carried out yet.
func (s *Store) Plans(ctx context.Context, owner string, binding int64) ([]Plan, error) {
	var out []Plan
	err := s.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		q := ofLive(db.Where("owner_id = ? AND state < ?", owner, int(engine.PlanDone)), owner)
		if binding != 0 {
			q = q.Where("binding_id = ?", binding)
		}
		var rows []planRow
		if err := q.Order("seq DESC").Find(&rows).Error; err != nil {
			return err
		}
		for _, r := range rows {
			p, err := planOf(db, r)
			if err != nil {
				return err
			}
			out = append(out, p)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list held plans: %w", err)
	}
	return out, nil
}

// Plan gives one of the owner's plans, or an ErrNotFound.
func (s *Store) Plan(ctx context.Context, owner, id string) (Plan, error) {
	var p Plan
	err := s.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		var row planRow
		err := db.Where("owner_id = ? AND id = ?", owner, id).Take(&row).Error
		if err == nil {
			p, err = planOf(db, row)
		}
		return err
	})
	return p, noPlan(err, id)
}

func noPlan(err error, id string) error {
	switch {
	case errors.Is(err, gorm.ErrRecordNotFound):
		return fault(ErrNotFound, "there is no held plan %q", id)
	case err != nil:
		return fmt.Errorf("held plan %q: %w", id, err)
	}
	return nil
}

func planOf(db *gorm.DB, r planRow) (Plan, error) {
	p := Plan{
		ID: r.ID, Owner: r.Owner, Binding: r.Binding, Class: classOf(r.Class), State: planStates[engine.PlanState(r.State)],
		Made: fromMicros(r.Made), Decided: fromMicros(r.Decided),
	}
	holds, err := holdsOf(db, r.Owner, r.ID)
	for _, h := range holds {
		p.Held = append(p.Held, HeldItem{
			Side: h.Side.String(), Item: h.Item, Title: h.Title, Verb: h.Verb.String(), Why: whys[h.Why],
		})
	}
	p.Mark = markOf(holds)
	p.Slow = len(holds) == 0 && engine.PlanState(r.State) != engine.PlanDone
	return p, err
}

// Approve lets exactly what a plan holds through: the next sync carries it out. What changed since then is
// not covered. Seen is the Mark of the plan that the person saw; empty for whatever it holds now. It returns
// ErrNotFound if the owner has no such plan, ErrChanged if the plan has another Mark, as one that more has joined,
// and ErrInvalid if it is done; to decide again before it is carried out is allowed.
func (s *Store) Approve(ctx context.Context, owner, id, seen string) error {
	return s.decide(ctx, owner, id, seen, engine.PlanApproved)
}

// Reject sends what a plan holds back: the next sync adds deleted items again to the side that deleted them,
// and gives changed items the content of the other side. Seen and errors are those of Approve.
func (s *Store) Reject(ctx context.Context, owner, id, seen string) error {
	return s.decide(ctx, owner, id, seen, engine.PlanRejected)
}

func (s *Store) decide(ctx context.Context, owner, id, seen string, state engine.PlanState) error {
	return s.db.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
		var row planRow
		if err := tx.Where("owner_id = ? AND id = ?", owner, id).Take(&row).Error; err != nil {
			return noPlan(err, id)
		}
		if engine.PlanState(row.State) == engine.PlanDone {
			return fault(ErrInvalid, "the held plan %q is done", id)
		}
		holds, err := holdsOf(tx, owner, id)
		if err != nil {
			return err
		}
		if seen != "" && seen != markOf(holds) {
			return fault(ErrChanged, "the plan %q has grown or changed since; look again", id)
		}
		set := map[string]any{"state": int(state), "decided_at": micros(s.now())}
		return tx.Model(&planRow{}).Where("owner_id = ? AND id = ?", owner, id).Updates(set).Error
	})
}

// markOf makes a mark of what is decided about: other contents have another one.
func markOf(what any) string {
	h := sha256.New()
	_, _ = fmt.Fprintf(h, "%#v", what) // a hash takes everything
	return hex.EncodeToString(h.Sum(nil)[:8])
}

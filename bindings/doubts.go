package bindings

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
)

// A DoubtfulItem is one of a doubtful pair, as its own side holds it.
type DoubtfulItem struct {
	// Item is its name at its side.
	Item sources.ID
	Body dataclass.Body
	// Title names it as a user would; empty if nothing in it does.
	Title string
}

// A DoubtfulPair is an item of each side of a binding that may be one (docs/engine.md 7.5). Until a person has
// decided, each stays on its own side only.
type DoubtfulPair struct {
	// ID is unique over the installation and never used again.
	ID      int64
	Owner   string
	Binding int64
	Class   dataclass.Class
	// Items are that of the source and that of the target.
	Items [2]DoubtfulItem
	// Score is how much speaks for the pair, in bits.
	Score float64
	Since time.Time
	// Verdict is what a person has said; the next sync acts on it. That the two are the same holds only for what they
	// said then: where one of them changes, the pair is open again.
	Verdict engine.Verdict
	// Mark changes when one of the items does: a decision can be bound to what a person saw.
	Mark string

	prints [2]dataclass.Fingerprint
}

// Doubts lists the owner's doubtful pairs, of one binding or of all for 0, in the order in which they were found.
func (s *Store) Doubts(ctx context.Context, owner string, binding int64) ([]DoubtfulPair, error) {
	var out []DoubtfulPair
	err := s.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		q := ofLive(db.Where("owner_id = ?", owner), owner)
		if binding != 0 {
			q = q.Where("binding_id = ?", binding)
		}
		var rows []doubtRow
		if err := q.Order("id").Find(&rows).Error; err != nil {
			return err
		}
		for _, r := range rows {
			p, ok, err := r.pair(db)
			if err != nil {
				return err
			}
			if ok {
				out = append(out, p)
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list doubtful pairs: %w", err)
	}
	return out, nil
}

// pair reads the items of a doubt; false if one of them has found its partner, or is gone.
func (r doubtRow) pair(db *gorm.DB) (DoubtfulPair, bool, error) {
	p := DoubtfulPair{
		ID: r.ID, Owner: r.Ref.Owner, Binding: r.Ref.Binding, Class: dataclass.Class(r.Ref.Class),
		Score: r.Score, Since: fromMicros(r.Since), Verdict: engine.Verdict(r.Verdict),
	}
	var links []journalLinkRow
	err := db.Where(journalWhere+" AND id IN ?", r.Ref.args([]int64{r.Source, r.Target})...).Find(&links).Error
	if err != nil || len(links) != 2 {
		return p, false, err
	}
	for i := range links {
		side := engine.Source
		if links[i].ID == r.Target {
			side = engine.Target
		}
		l := links[i].write()
		if l.Owed[side.Other()] != engine.Doubtful {
			return p, false, nil
		}
		p.Items[side] = DoubtfulItem{Item: l.Item[side], Body: l.Bodies.Base, Title: titleOf(r.Ref.Class, l.Bodies.Base)}
		p.prints[side] = l.Link.Shadow[side]
	}
	p.Mark = markOf(p.prints)
	return p, true, nil
}

// Decide says whether a doubtful pair is the same item (engine.Same) or two (engine.Two); engine.Open takes that back.
// The next sync of the binding acts on it, and until then it may be said anew. Seen is the Mark of the pair that the
// person compared; empty for whatever the two say now. It returns an ErrNotFound if the owner has no such pair, an
// ErrChanged if the pair has another Mark, and an ErrInvalid for a verdict that is none.
func (s *Store) Decide(ctx context.Context, owner string, id int64, v engine.Verdict, seen string) error {
	if v < engine.Open || v > engine.Two {
		return fault(ErrInvalid, "there is no verdict %d", int(v))
	}
	err := s.db.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
		var row doubtRow
		err := tx.Where("owner_id = ? AND id = ?", owner, id).Take(&row).Error
		if errors.Is(err, gorm.ErrRecordNotFound) {
			return fault(ErrNotFound, "there is no doubtful pair %d", id)
		}
		if err != nil {
			return err
		}
		p, ok, err := row.pair(tx)
		switch {
		case err != nil:
			return err
		case !ok:
			return fault(ErrNotFound, "there is no doubtful pair %d", id)
		case seen != "" && seen != p.Mark:
			return fault(ErrChanged, "the doubtful pair %d has changed since; look again", id)
		}
		set := map[string]any{"verdict": int(v), "judged_source": p.prints[engine.Source][:], "judged_target": p.prints[engine.Target][:]}
		return tx.Model(&doubtRow{}).Where("owner_id = ? AND id = ?", owner, id).Updates(set).Error
	})
	if err != nil {
		return fmt.Errorf("decide: %w", err)
	}
	return nil
}

// SetRemoveTwins says whether a slow sync removes items that another one of the same side says exactly the same as. It
// returns what Binding returns.
func (s *Store) SetRemoveTwins(ctx context.Context, owner string, id int64, remove bool) (Binding, error) {
	set := map[string]any{"remove_twins": remove, "updated_at": s.updatedNow()}
	if err := s.updateBinding(ctx, owner, id, set); err != nil {
		return Binding{}, err
	}
	return s.Binding(ctx, owner, id)
}

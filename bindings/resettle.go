package bindings

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
)

// whyResettled is what the log entry of a sync says that waited for a phone when the other client got another collection.
const whyResettled = "The Sync Client was given another collection meanwhile"

// Resettle takes note that what a client has of some dataclasses is another collection from now on, of which nothing is
// known. Its bindings keep what they know of their other sides, and forget everything of that one (docs/engine.md 10): what
// was linked is linked to nothing, what was under way to the old collection is not sent to the new one, a deletion that was
// carried from there or to there ends, and what was set aside or held because of it is so no longer. So nothing is deleted
// because of the change, on either side; the next sync lists the new collection, and what is there already is known by what
// it says. The log and the history stay. Bindings that were removed forget too.
//
// It returns an engine.ErrBusy while a sync of one of the bindings is at work, and an ErrNoClient. Given the context of an
// Update it joins that transaction.
func (s *Store) Resettle(ctx context.Context, owner, client string, classes []dataclass.Class) error {
	c, err := s.Client(ctx, owner, client)
	if err != nil {
		return err
	}
	if slices.Contains(classes, dataclass.Events) || slices.Contains(classes, dataclass.Tasks) {
		classes = append(slices.Clone(classes), dataclass.Calendar) // a phone's database that has both
	}
	err = s.db.Update(ctx, func(ctx context.Context, tx *gorm.DB) error {
		for side, column := range []string{"source_id", "target_id"} {
			var rows []journalStateRow
			err := tx.Where("owner_id = ? AND class IN ? AND binding_id IN (SELECT id FROM bindings WHERE owner_id = ? AND "+column+" = ?)",
				owner, classes, owner, c.ID).Order("binding_id, class").Find(&rows).Error
			if err != nil {
				return err
			}
			for _, r := range rows {
				if err := s.resettle(ctx, tx, r.Ref, engine.Side(side)); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("forget the old collection: %w", err)
	}
	return nil
}

// resettle has one binding and dataclass forget a side, under a lease of its own.
func (s *Store) resettle(ctx context.Context, tx *gorm.DB, k journalKey, side engine.Side) error {
	j := &journal{s}
	ref := engine.Ref{Owner: k.Owner, Binding: k.Binding, Class: classOf(k.Class)}
	if run, err := runningRow(tx, k); err == nil {
		e := &engine.Engine{Journal: j, NewKey: s.newKey, Log: s.log}
		if err := e.Abandon(ctx, ref, "", run.ID, whyResettled); err != nil {
			return err
		}
	} else if !errors.Is(err, gorm.ErrRecordNotFound) {
		return err
	}
	l, err := j.Lease(ctx, ref, "", false)
	if err != nil {
		return err
	}
	if err := j.spread(ctx, l); err != nil {
		return err
	}
	s.packs.take(k)
	for _, forget := range []func(*gorm.DB, journalKey, engine.Side) error{forgetOps, forgetHeld, forgetLinks, forgetNames, forgetCursor} {
		if err := forget(tx, k, side); err != nil {
			return err
		}
	}
	return j.Release(ctx, l)
}

// forgetOps forgets what was under way. The other side is asked for everything: what was under way to it may have arrived
// there or not, and a deletion there that nobody has read yet is none of what the new collection has. A phone is asked so
// only if something was under way to it.
func forgetOps(tx *gorm.DB, k journalKey, side engine.Side) error {
	var keeps bool
	err := tx.Raw("SELECT deferred_id <> '' AND NOT EXISTS (SELECT 1 FROM journal_intents WHERE "+journalWhere+" AND side <> ? AND state < ?) "+
		"FROM bindings WHERE owner_id = ? AND id = ?", k.args(int(side), int(engine.Mapped), k.Owner, k.Binding)...).Scan(&keeps).Error
	if err != nil {
		return err
	}
	if !keeps {
		set := map[string]any{side.Other().String() + "_cursor": ""}
		if err := tx.Model(&journalStateRow{}).Where(journalWhere, k.args()...).Updates(set).Error; err != nil {
			return err
		}
	}
	return tx.Where(journalWhere, k.args()...).Delete(&journalIntentRow{}).Error
}

// forgetHeld forgets what a person was asked about.
func forgetHeld(tx *gorm.DB, k journalKey, _ engine.Side) error {
	if err := tx.Where(journalWhere, k.args()...).Delete(&doubtRow{}).Error; err != nil {
		return err
	}
	plans, err := plansOf(tx, k)
	if err != nil {
		return err
	}
	ids := make([]string, len(plans))
	for i, p := range plans {
		ids[i] = p.ID
	}
	return settlePlans(tx, k.Owner, ids)
}

// forgetLinks makes links that end at the other side. One that the other side has no item of is over; one whose deletion
// was under way is of an item that is there.
func forgetLinks(tx *gorm.DB, k journalKey, side engine.Side) error {
	own, other := side.String()+"_", side.Other().String()+"_"
	if err := tx.Where(journalWhere+" AND "+other+"item = ''", k.args()...).Delete(&journalLinkRow{}).Error; err != nil {
		return err
	}
	err := tx.Where(journalWhere+" AND (side = ? OR link_id NOT IN (SELECT id FROM journal_links WHERE "+journalWhere+"))",
		append(k.args(int(side)), k.args()...)...).Delete(&failureRow{}).Error
	if err != nil {
		return err
	}
	var nothing [len(dataclass.Fingerprint{})]byte
	asked := []int{int(engine.Held), int(engine.Doubtful), int(engine.Undecided), int(engine.Unmapped)}
	return tx.Exec("UPDATE journal_links SET doomed = 0, lost_item = '', swing = NULL, "+
		own+"item = '', "+own+"rev = '', "+own+"owed = ?, "+own+"print = ?, "+own+"held = 0, "+own+"type = '', "+own+"body = NULL, "+own+"sent = NULL, "+
		other+"owed = CASE WHEN doomed = 0 AND "+other+"owed NOT IN ? THEN "+other+"owed WHEN "+other+"print = base_print THEN 0 ELSE ? END WHERE "+journalWhere,
		append([]any{int(engine.Waiting), nothing[:], asked, int(engine.Waiting)}, k.args()...)...).Error
}

// forgetNames makes the names that items had there such as no item has: the new collection may give them to others. What
// was set aside there is not there any more.
func forgetNames(tx *gorm.DB, k journalKey, side engine.Side) error {
	err := tx.Exec("UPDATE history SET item = '(earlier) ' || item WHERE "+journalWhere+" AND side = ? AND item <> ''", k.args(int(side))...).Error
	if err != nil {
		return err
	}
	return tx.Where(journalWhere+" AND side = ?", k.args(int(side))...).Delete(&quarantineRow{}).Error
}

// forgetCursor has the next sync list everything that a side has.
func forgetCursor(tx *gorm.DB, k journalKey, side engine.Side) error {
	set := map[string]any{side.String() + "_cursor": "", side.String() + "_range": ""}
	return tx.Model(&journalStateRow{}).Where(journalWhere, k.args()...).Updates(set).Error
}

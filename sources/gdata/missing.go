package gdata

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/ledger"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// errMissing means that the server has an item in its feed, or does not say that it deleted it, and does not find its entry.
// It may be found the next time: until then nothing is made anew in its place.
var errMissing = fmt.Errorf("the server does not find an entry that it says nothing of having deleted: %w", sources.ErrBusy)

// gone tells which of the items that were not found are gone: those that the server says to have deleted and, as some
// servers say that of nothing, those that a listing of everything lacks as well. It may replace the harvest of the session.
// The caller holds the lock of the class.
func (s *session) gone(ctx context.Context, rows []*itemRow) (map[string]bool, error) {
	gone, open := make(map[string]bool), []string(nil)
	for _, r := range rows {
		if gone[r.ID] = r.Dead || r.Absent; !gone[r.ID] {
			open = append(open, r.ID)
		}
	}
	for _, full := range []bool{false, true} {
		if len(open) == 0 || full && s.listed {
			break
		}
		if err := s.ask(ctx, full); err != nil {
			return nil, err
		}
		now, err := s.g.rowsOf(ctx, s.client, s.class, open)
		if err != nil {
			return nil, err
		}
		open = open[:0]
		for id, r := range now {
			if gone[id] = r.Dead || r.Absent; !gone[id] {
				open = append(open, id)
			}
		}
	}
	return gone, nil
}

// ask notes what changed meanwhile or, if full or if the server cannot tell that, what there is.
func (s *session) ask(ctx context.Context, full bool) error {
	_, err := s.refresh(ctx, full)
	if errors.Is(err, sources.ErrCursorLost) && !full {
		full = true
		_, err = s.refresh(ctx, full)
	}
	s.rows, s.listed = nil, s.listed || full
	if err != nil {
		return fmt.Errorf("ask whether an item was deleted: %w", err)
	}
	return nil
}

// goneNow is gone for a caller that does not hold the lock. It asks for nothing if there are no rows.
func (s *session) goneNow(ctx context.Context, rows []*itemRow) (map[string]bool, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	unlock, err := s.g.locks.Lock(ctx, s.key(s.class))
	if err != nil {
		return nil, err
	}
	defer unlock()
	return s.gone(ctx, rows)
}

// showLater makes the next look show items again, which this one could not, or not whole: their entries or pictures were not found.
func (s *session) showLater(ctx context.Context, rows []*itemRow) error {
	if len(rows) == 0 {
		return nil
	}
	unlock, err := s.g.locks.Lock(ctx, s.key(s.class))
	if err != nil {
		return err
	}
	defer unlock()
	return s.g.store.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
		feed, err := loadFeed(tx, s.client, s.class)
		if err != nil {
			return err
		}
		ids := make([]string, len(rows))
		for i, r := range rows {
			ids[i] = r.ID
		}
		now, err := ledger.Find[*itemRow](inClass(tx, s.client, s.class), "id", ids)
		if err != nil {
			return err
		}
		var again []*itemRow
		for _, r := range now {
			if !r.Dead && r.Changed <= s.upto { // else the next look shows it by itself
				feed.Touch(&r.Life, r.Origin, r.At)
				again = append(again, r)
			}
		}
		if err := ledger.Save(tx, again...); err != nil {
			return err
		}
		return ledger.Save(tx, feed)
	})
}

// absent ends a job whose item is not there. An Add that broke off, and whose item was deleted since, is carried out.
func (j *job) absent() {
	if j.op.Verb == sources.Delete || j.late {
		*j.res = sources.Result{State: sources.Done, ID: j.op.ID}
		return
	}
	j.fail(sources.ErrGone)
}

// lost ends a job whose item is not found, and not gone for all that. An Add is to be asked for by its key again, and not
// to be made anew.
func (j *job) lost() {
	if j.op.Verb == sources.Add {
		j.fail(fmt.Errorf("the new entry is not found: %w", sources.ErrUnknownOutcome))
		return
	}
	j.fail(errMissing)
}

// readAgain asks a second time, after a pause, for exceptions that were not found: one that is left out looks as if its
// user had taken it back. A server that has none of them any more, as after the times of a series changed, says so twice.
func (s *session) readAgain(ctx context.Context, at map[string]string, found map[string]*xmltree.Element, known map[string][]partRow) error {
	left := make(map[string]string)
	for _, list := range known {
		for _, p := range list {
			if self, asked := at[p.ID]; asked && found[p.ID] == nil {
				left[p.ID] = self
			}
		}
	}
	if len(left) == 0 {
		return nil
	}
	if err := s.g.o.Wait(ctx, firstPause); err != nil {
		return err
	}
	more, err := s.wire.read(ctx, left)
	maps.Copy(found, more)
	return err
}

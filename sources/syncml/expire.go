package syncml

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"
)

// expirePage is how many sessions one Expire ends.
const expirePage = 100

// Expire ends the sessions that have been silent for ten minutes: what the phone sent is planned, and
// the runs are finished, as abandoned unless nothing but the phone's last word is missing. It is called
// by the clock; what it cannot end it tries again the next time.
func (s *Server) Expire(ctx context.Context) error {
	rows, err := s.store.idle(ctx, s.o.Now().Add(-idleLimit), expirePage)
	if err != nil {
		return err
	}
	var failed []error
	for i := range rows {
		if err := s.expire(ctx, rows[i].Token); err != nil {
			failed = append(failed, fmt.Errorf("end session of client %s: %w", rows[i].Client, err))
		}
	}
	return errors.Join(failed...)
}

func (s *Server) expire(ctx context.Context, token string) error {
	unlock := s.locks.lock("session " + token)
	defer unlock()
	row, err := s.store.sessionByToken(ctx, token)
	if err != nil || row == nil || row.EndedAt > 0 || row.TouchedAt >= s.o.Now().Add(-idleLimit).Unix() {
		return err
	}
	sess, err := loadSession(row)
	if err != nil {
		return errors.Join(err, s.cutOff(ctx, row, "it cannot be read"))
	}
	err = s.abandon(ctx, sess)
	if why := endless(err); why != "" {
		return s.cutOff(ctx, row, why)
	}
	if err != nil && row.StartedAt < s.o.Now().Add(-keepReplies).Unix() {
		// It has been tried for a day. The phone's next session finds what this one left.
		return errors.Join(err, s.cutOff(ctx, row, "it could not be ended"))
	}
	if err == nil {
		s.tellCut(ctx, row, whySilent)
	}
	return err
}

// abandon ends a session that the phone did not end.
func (s *Server) abandon(ctx context.Context, sess *session) error {
	p := sess.phone()
	if err := s.store.spoil(ctx, p, sess.row.Token); err != nil {
		return err
	}
	for _, d := range sess.state.Databases {
		if err := s.flushLeft(ctx, p, d); err != nil {
			return err
		}
	}
	quiet := sess.state.Phase == inClosing && !sess.state.owed()
	return s.o.Store.Update(ctx, func(ctx context.Context, _ *gorm.DB) error {
		for _, d := range sess.state.Databases {
			if err := s.o.Syncs.Finish(ctx, p, d.face(), quiet && d.Ran && !d.Failed); err != nil {
				return fmt.Errorf("finish %s: %w", d.Name, err)
			}
		}
		if err := s.store.forget(ctx, &sess.row); err != nil {
			return err
		}
		_, err := s.store.end(ctx, &sess.row)
		return err
	})
}

// flushLeft plans what an unfinished package left. If the peer cannot be reached, the rows wait in the
// inbox for the next session.
func (s *Server) flushLeft(ctx context.Context, p Phone, d *database) error {
	if !d.Seen || d.Ran {
		return nil
	}
	dev, err := s.store.device(ctx, p.Owner, p.Client)
	if err != nil {
		return err
	}
	rules := s.o.Rules.Match(describe(dev))
	err = s.o.Syncs.Flush(ctx, p, s.declaredBy(p, dev, &rules, d.face()))
	if endless(err) != "" || ctx.Err() != nil {
		return err
	}
	if err != nil {
		s.o.Log.WarnContext(ctx, "inbox not planned yet", "client", p.Client, "database", d.Name, "error", err)
	}
	return nil
}

// owed reports whether the phone has not answered for some op.
func (s *state) owed() bool {
	for _, c := range s.Sent {
		if c.Op != 0 {
			return true
		}
	}
	return false
}

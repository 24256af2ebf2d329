package bindings

import (
	"context"
	"errors"
	"slices"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
)

// errStopped means that a sync was broken off, or not begun, because the server is being stopped.
var errStopped = errors.New("the server is being stopped")

// An Ended is what came of a sync that the server began by itself.
type Ended struct {
	// Alerted says that the phone was asked to come: the sync is still to be.
	Alerted bool
	// Held says that something of it waits for a person's decision.
	Held bool
}

// A Starter synchronises a binding, for some dataclasses or, without any, for all, and returns when that is over. Admit
// is asked right before anything is done; its error ends it, and is returned. The Starter of a Background is one.
type Starter interface {
	Run(ctx context.Context, owner string, binding int64, classes []dataclass.Class, admit func(context.Context) error) (Ended, error)
}

// Starter gives what lets a Runner start syncs in the background. Phones are asked by a, if it is not nil.
func (b *Background) Starter(a Alerter) Starter { return backgroundStarter{b, a} }

type backgroundStarter struct {
	b *Background
	a Alerter
}

// Run implements Starter. It returns what Begin returns, and the errors of the runs.
func (s backgroundStarter) Run(ctx context.Context, owner string, binding int64, classes []dataclass.Class, admit func(context.Context) error) (Ended, error) {
	if err := admit(ctx); err != nil {
		return Ended{}, err
	}
	if s.b.isClosed() {
		return Ended{}, errStopped
	}
	classes, held, err := s.useful(ctx, owner, binding, classes)
	if err != nil || held && len(classes) == 0 {
		return Ended{Held: held}, err
	}
	started, run, err := s.b.begin(ctx, s.a, owner, binding, engine.TwoWay, admit, classes)
	if err != nil || run == nil {
		return Ended{Alerted: started.Alerted != ""}, err
	}
	<-run.over
	if s.b.stop.Err() != nil && len(run.errs) > 0 {
		return Ended{}, errStopped
	}
	out := Ended{Held: held}
	for _, id := range run.runs {
		e, err := s.b.syncs.store.LogEntry(ctx, owner, id)
		if err != nil {
			return out, err
		}
		out.Held = out.Held || e.State == engine.StateHeld
	}
	return out, errors.Join(run.errs...)
}

// useful gives those dataclasses of which it is of use to begin a sync: both clients have them, and they do not wait as a
// whole for a person's decision, of which held tells.
func (s backgroundStarter) useful(ctx context.Context, owner string, binding int64, classes []dataclass.Class) (out []dataclass.Class, held bool, err error) {
	b, err := s.b.syncs.store.Binding(ctx, owner, binding)
	if err != nil {
		return nil, false, err
	}
	if phone, _, err := s.b.syncs.phoneOf(b); err != nil || phone != "" {
		return classes, false, err // it knows itself what it has, and is told when it comes
	}
	both, err := s.b.syncs.common(ctx, b)
	if err != nil {
		return nil, false, err
	}
	for _, c := range both {
		if len(classes) > 0 && !slices.Contains(classes, c) {
			continue
		}
		waits := false
		if b.AskSlow {
			if waits, err = s.b.syncs.store.slowHeld(ctx, engine.Ref{Owner: owner, Binding: binding, Class: c}); err != nil {
				return nil, false, err
			}
		}
		if held = held || waits; !waits {
			out = append(out, c)
		}
	}
	return out, held, nil
}

// slowHeld reports whether a slow sync waits for a person who has not approved of it: to begin another sync is of no use.
func (s *Store) slowHeld(ctx context.Context, ref engine.Ref) (bool, error) {
	waits := false
	err := s.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		plans, err := plansOf(db, keyOf(ref))
		for _, p := range plans {
			waits = waits || p.IsSlow()
			if p.IsSlow() && p.State == engine.PlanApproved {
				waits = false
				return err
			}
		}
		return err
	})
	return waits, err
}

// isClosed reports whether no more syncs are begun.
func (b *Background) isClosed() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.closed
}

// Package faulty is a decorator for tests: it makes a source slow, lets its calls fail before or after
// they did their work, and lets the process die at a chosen point. With the same random source and the
// same calls it does the same again.
package faulty

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

// ErrInjected is the error of a call that was made to fail.
var ErrInjected = errors.New("injected fault")

// Options say what goes wrong. The zero value lets everything pass.
type Options struct {
	// Points may end the process at either side of each call, and before each change of a listing.
	Points *Points
	// Rand decides which calls fail; required if a probability below is not 0.
	Rand *rand.Rand
	// Before is the probability that a call fails and has done nothing.
	Before float64
	// After is the probability that a call fails though it has done its work. The error of an Apply
	// wraps sources.ErrUnknownOutcome too; a listing fails after its last change.
	After float64
	// Calls, if not empty, names the only calls that Before and After make fail.
	Calls []string
	// Op is the probability that one op of an Apply is not carried out: Failed with sources.ErrBusy.
	Op float64
	// Sleep, if set, is called at the start of each call with its name, to make it slow.
	Sleep func(ctx context.Context, call string) error
}

// Wrap gives a Source that does what s does, with faults. The calls of its sessions are named "begin",
// "changes", "read", "apply" and "commit"; their points "before apply", "after apply" and so on, and
// "change" for one change of a listing. Close never fails by itself.
func Wrap(s sources.Source, o Options) sources.Source { return &source{s, o} }

type source struct {
	sources.Source
	o Options
}

func (s *source) Begin(ctx context.Context, class dataclass.Class, since sources.Cursor) (sources.Session, error) {
	if err := s.o.before(ctx, "begin"); err != nil {
		return nil, err
	}
	inner, err := s.Source.Begin(ctx, class, since)
	if err != nil {
		return nil, err
	}
	if err := s.o.after("begin"); err != nil {
		return nil, errors.Join(err, inner.Close())
	}
	return &session{inner, s.o}, nil
}

type session struct {
	sources.Session
	o Options
}

func (s *session) Changes(ctx context.Context) iter.Seq2[sources.Change, error] {
	return s.listing(ctx, "changes", s.Session.Changes(ctx))
}

func (s *session) Read(ctx context.Context, ids []sources.ID) iter.Seq2[sources.Change, error] {
	return s.listing(ctx, "read", s.Session.Read(ctx, ids))
}

// listing fails instead of its first change, of its end, or, at a crash, of any change.
func (s *session) listing(ctx context.Context, call string, inner iter.Seq2[sources.Change, error]) iter.Seq2[sources.Change, error] {
	return func(yield func(sources.Change, error) bool) {
		err := s.o.before(ctx, call)
		if err == nil {
			for ch, inErr := range inner {
				if err = inErr; err == nil {
					err = s.o.Points.Hit("change")
				}
				if err != nil {
					break
				}
				if !yield(ch, nil) {
					return
				}
			}
		}
		if err == nil {
			err = s.o.after(call)
		}
		if err != nil {
			yield(sources.Change{}, err)
		}
	}
}

func (s *session) Apply(ctx context.Context, ops []sources.Op) ([]sources.Result, error) {
	if err := s.o.before(ctx, "apply"); err != nil {
		return nil, err
	}
	results, err := s.applySome(ctx, ops)
	if err != nil {
		return nil, err
	}
	if err := s.o.after("apply"); err != nil {
		return nil, errors.Join(err, sources.ErrUnknownOutcome)
	}
	return results, nil
}

// applySome hands on the ops that are to be carried out and puts the results in the order of ops.
func (s *session) applySome(ctx context.Context, ops []sources.Op) ([]sources.Result, error) {
	results := make([]sources.Result, len(ops))
	var good []sources.Op
	var place []int
	for i, op := range ops {
		if s.o.chance(s.o.Op) {
			err := fmt.Errorf("%w: %w", ErrInjected, sources.ErrBusy)
			results[i] = sources.Result{State: sources.Failed, ID: op.ID, Err: err}
			continue
		}
		good, place = append(good, op), append(place, i)
	}
	inner, err := s.Session.Apply(ctx, good)
	if err != nil {
		return nil, err
	}
	if len(inner) != len(good) {
		return nil, fmt.Errorf("%d results for %d ops", len(inner), len(good))
	}
	for i, res := range inner {
		results[place[i]] = res
	}
	return results, nil
}

func (s *session) Commit(ctx context.Context) (sources.Cursor, error) {
	if err := s.o.before(ctx, "commit"); err != nil {
		return "", err
	}
	cur, err := s.Session.Commit(ctx)
	if err != nil {
		return "", err
	}
	if err := s.o.after("commit"); err != nil {
		return "", err
	}
	return cur, nil
}

func (o Options) before(ctx context.Context, call string) error {
	if err := o.Points.Hit("before " + call); err != nil {
		return err
	}
	if o.Sleep != nil {
		if err := o.Sleep(ctx, call); err != nil {
			return err
		}
	}
	if o.fails(call, o.Before) {
		return fmt.Errorf("%w before %s", ErrInjected, call)
	}
	return nil
}

func (o Options) after(call string) error {
	if err := o.Points.Hit("after " + call); err != nil {
		return err
	}
	if o.fails(call, o.After) {
		return fmt.Errorf("%w after %s", ErrInjected, call)
	}
	return nil
}

func (o Options) fails(call string, p float64) bool {
	return (len(o.Calls) == 0 || slices.Contains(o.Calls, call)) && o.chance(p)
}

func (o Options) chance(p float64) bool { return p > 0 && o.Rand.Float64() < p }

package simtest

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
)

var (
	errCrash    = errors.New("the process died")
	errInjected = errors.New("injected fault")
	errBattery  = errors.New("the battery is dead")
)

// A trouble is what goes wrong in a sync, at its at-th point: each call of the Journal and of a source is
// two points, one before it has done its work and one after.
type trouble struct {
	kind  string
	at    int
	count int
	dead  bool
	// met is where it happened; "" if the sync was over before.
	met string
	// holding: the step has a lease. stolen: somebody took it, and what the journal held then.
	holding bool
	stolen  string
	// attempts are the writes of the journal that were tried after the theft, strays those of sides.
	attempts, strays int
}

// The kinds of trouble.
const (
	calm   = "calm"
	crash  = "crash"  // the process dies
	fail   = "fail"   // the call fails, before or after it did its work
	refuse = "refuse" // one op of the next Apply is not carried out
	lose   = "lose"   // the result of one op of the next Apply is lost
	steal  = "steal"  // the lease runs out meanwhile, and somebody else synchronises
	meddle = "meddle" // a user does something meanwhile
	flat   = "flat"   // the phone's battery dies, at one of its own steps
)

// hit is one point.
func (w *world) hit(name string) error {
	t := w.now
	if t.dead {
		return errCrash
	}
	w.mark(name)
	t.count++
	if t.count != t.at {
		return nil
	}
	switch t.kind {
	case crash:
		t.dead, t.met = true, name
		return fmt.Errorf("%w at %s", errCrash, name)
	case fail:
		t.met = name
		return fmt.Errorf("%w at %s", errInjected, name)
	case steal:
		t.met = name
		w.theft(t)
		if p, _ := w.victim.phone(); p != nil && !t.holding {
			return errBattery // a newer session of the phone ends the older one
		}
	case meddle:
		t.met = name
		w.meddle()
	}
	return nil
}

// tap is a Journal whose every call is two points.
type tap struct {
	w *world
	engine.Journal
}

// write is around for a call that writes.
func (j tap) write(name string, call func() error) error {
	return j.around(name, func() error {
		if j.w.now.stolen != "" {
			j.w.now.attempts++
		}
		return call()
	})
}

// around makes a call of the Journal between its two points.
func (j tap) around(name string, call func() error) error {
	if err := j.w.hit("before " + name); err != nil {
		return err
	}
	if err := call(); err != nil {
		j.w.note(name, err.Error())
		return err
	}
	return j.w.hit("after " + name)
}

func (j tap) Lease(ctx context.Context, ref engine.Ref, holder string, take bool) (l engine.Lease, err error) {
	err = j.around("lease", func() error {
		l, err = j.Journal.Lease(ctx, ref, holder, take)
		j.w.now.holding = err == nil
		return err
	})
	return l, err
}

func (j tap) Release(ctx context.Context, l engine.Lease) error {
	return j.around("release", func() error {
		err := j.Journal.Release(ctx, l)
		j.w.now.holding = j.w.now.holding && err != nil
		return err
	})
}

func (j tap) Pending(ctx context.Context, l engine.Lease) (run *engine.Run, list []engine.Intent, err error) {
	err = j.around("pending", func() error {
		run, list, err = j.Journal.Pending(ctx, l)
		return err
	})
	return run, list, err
}

func (j tap) Load(ctx context.Context, l engine.Lease) (m engine.Memory, err error) {
	err = j.around("load", func() error {
		m, err = j.Journal.Load(ctx, l)
		return err
	})
	return m, err
}

func (j tap) Quiet(ctx context.Context, l engine.Lease) (m engine.Memory, quiet bool, err error) {
	err = j.around("quiet", func() error {
		m, quiet, err = j.Journal.Quiet(ctx, l)
		return err
	})
	return m, quiet, err
}

func (j tap) Near(ctx context.Context, l engine.Lease, items [2][]sources.ID) (links []engine.Link, all int, err error) {
	err = j.around("near", func() error {
		links, all, err = j.Journal.Near(ctx, l, items)
		return err
	})
	return links, all, err
}

func (j tap) Hold(ctx context.Context, l engine.Lease, holds []engine.Hold, join bool) (id string, err error) {
	err = j.write("hold", func() error {
		id, err = j.Journal.Hold(ctx, l, holds, join)
		return err
	})
	return id, err
}

func (j tap) Kin(ctx context.Context, l engine.Lease, loose [2][]sources.ID) (kin engine.Kin, err error) {
	err = j.around("kin", func() error {
		kin, err = j.Journal.Kin(ctx, l, loose)
		return err
	})
	return kin, err
}

func (j tap) Links(ctx context.Context, l engine.Lease, ids []engine.LinkID) (list []engine.LinkWrite, err error) {
	err = j.around("links", func() error {
		list, err = j.Journal.Links(ctx, l, ids)
		return err
	})
	return list, err
}

func (j tap) Intents(ctx context.Context, l engine.Lease, ids []int64) (list []engine.Intent, err error) {
	err = j.around("intents", func() error {
		list, err = j.Journal.Intents(ctx, l, ids)
		return err
	})
	return list, err
}

func (j tap) Heard(ctx context.Context, l engine.Lease, ids []int64, with bool) (list []engine.Intent, links []engine.LinkWrite, err error) {
	err = j.around("heard", func() error {
		list, links, err = j.Journal.Heard(ctx, l, ids, with)
		return err
	})
	return list, links, err
}

func (j tap) Open(ctx context.Context, l engine.Lease, session string, mode int) (run engine.Run, err error) {
	err = j.write("open", func() error {
		run, err = j.Journal.Open(ctx, l, session, mode)
		return err
	})
	return run, err
}

func (j tap) Intend(ctx context.Context, l engine.Lease, b engine.Batch) (links []engine.LinkID, ops []int64, err error) {
	err = j.write("intend", func() error {
		links, ops, err = j.Journal.Intend(ctx, l, b)
		return err
	})
	return links, ops, err
}

func (j tap) Settle(ctx context.Context, l engine.Lease, s engine.Settlement) error {
	return j.write("settle", func() error { return j.Journal.Settle(ctx, l, s) })
}

func (j tap) Close(ctx context.Context, l engine.Lease, c engine.Closing) error {
	return j.write("close", func() error { return j.Journal.Close(ctx, l, c) })
}

// tapped is a source whose every call is two points.
type tapped struct {
	sources.Source
	w *world
	p *place
}

func (s tapped) Begin(ctx context.Context, class dataclass.Class, since sources.Cursor) (sources.Session, error) {
	if err := s.w.hit("before begin " + s.p.name); err != nil {
		return nil, err
	}
	inner, err := s.Source.Begin(ctx, class, since)
	if err != nil {
		return nil, err
	}
	if err := s.w.hit("after begin " + s.p.name); err != nil {
		return nil, errors.Join(err, inner.Close())
	}
	return tappedSession{inner, s}, nil
}

type tappedSession struct {
	sources.Session
	s tapped
}

func (s tappedSession) Changes(ctx context.Context) iter.Seq2[sources.Change, error] {
	return s.listing("changes "+s.s.p.name, s.Session.Changes(ctx))
}

func (s tappedSession) Read(ctx context.Context, ids []sources.ID) iter.Seq2[sources.Change, error] {
	return s.listing("read "+s.s.p.name, s.Session.Read(ctx, ids))
}

func (s tappedSession) listing(name string, inner iter.Seq2[sources.Change, error]) iter.Seq2[sources.Change, error] {
	return func(yield func(sources.Change, error) bool) {
		err := s.s.w.hit("before " + name)
		if err == nil {
			for c, inErr := range inner {
				s.s.w.note(string(c.ID), string(c.Body.Data))
				if err = inErr; err != nil {
					break
				}
				if !yield(c, nil) {
					return
				}
			}
			if err == nil {
				err = s.s.w.hit("after " + name)
			}
		}
		if err != nil {
			yield(sources.Change{}, err)
		}
	}
}

func (s tappedSession) Commit(ctx context.Context) (sources.Cursor, error) {
	if err := s.s.w.hit("before commit " + s.s.p.name); err != nil {
		return "", err
	}
	cur, err := s.Session.Commit(ctx)
	if err == nil {
		err = s.s.w.hit("after commit " + s.s.p.name)
	}
	return cur, err
}

// Apply loses what the trouble says. The ops that were carried out are counted.
func (s tappedSession) Apply(ctx context.Context, ops []sources.Op) ([]sources.Result, error) {
	w := s.s.w
	if err := w.hit("before apply " + s.s.p.name); err != nil {
		return nil, err
	}
	if w.now.stolen != "" && s.s.p.memory != nil {
		w.now.strays++
	}
	busy := s.unlucky(refuse, len(ops))
	res := make([]sources.Result, 0, len(ops))
	for i, op := range ops {
		if i == busy {
			res = append(res, sources.Result{State: sources.Failed, ID: op.ID, Err: fmt.Errorf("%w: %w", errInjected, sources.ErrBusy)})
			continue
		}
		one, err := s.Session.Apply(ctx, ops[i:i+1])
		if err != nil {
			return nil, err
		}
		res = append(res, one...)
		w.record(s.s.p, op, one[0])
	}
	if i := s.unlucky(lose, len(ops)); i >= 0 {
		res[i] = sources.Result{State: sources.Failed, ID: ops[i].ID, Err: fmt.Errorf("%w: %w", errInjected, sources.ErrUnknownOutcome)}
	}
	if err := w.hit("after apply " + s.s.p.name); err != nil {
		return nil, errors.Join(err, sources.ErrUnknownOutcome)
	}
	return res, nil
}

// unlucky gives the op that a trouble of this kind strikes, -1 for none.
func (s tappedSession) unlucky(kind string, ops int) int {
	t := s.s.w.now
	if t.kind != kind || t.met != "" || t.count < t.at || ops == 0 {
		return -1
	}
	t.met = "apply " + s.s.p.name
	return t.at % ops
}

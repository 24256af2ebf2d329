package bindings

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"io"
	"log/slog"
	"slices"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
)

// Syncs is "synchronise this binding": it opens the two clients of a binding and gives them to the
// engine.
type Syncs struct {
	store  *Store
	kinds  *sources.Registry
	engine *engine.Engine
	// live are the runs that go on.
	live liveRuns
}

// Syncs makes the runner of a Store's bindings with the kinds that the program offers.
func (s *Store) Syncs(kinds *sources.Registry, log *slog.Logger) *Syncs {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Syncs{store: s, kinds: kinds, engine: &engine.Engine{
		Journal: s.Journal(), Log: log,
		NewKey: s.newKey,
	}}
}

// newKey makes a key from the Store's randomness. Should that fail, the system's never does.
func (s *Store) newKey() sources.Key {
	var b [16]byte
	if _, err := io.ReadFull(s.rand, b[:]); err != nil {
		return sources.Key(rand.Text())
	}
	return sources.Key(hex.EncodeToString(b[:]))
}

// Synchronize runs a binding whose two sides answer at any time, for one dataclass. It returns an
// ErrInvalid if one of them is a phone, which starts its syncs itself, or if there is no such mode;
// ErrNotFound and ErrForbidden as Binding does; and what the engine returns.
//
// The modes are those of the engine. The client of a one-way sync or a refresh is the binding's source.
func (y *Syncs) Synchronize(ctx context.Context, owner string, binding int64, class dataclass.Class, mode int) (LogEntry, error) {
	b, err := y.store.Binding(ctx, owner, binding)
	if err != nil {
		return LogEntry{}, err
	}
	rep, err := y.start(ctx, b, class, mode, "", nil)
	if err != nil {
		return LogEntry{}, err
	}
	return y.store.LogEntry(ctx, owner, rep.Run)
}

// start runs the engine's step Start. Without a session both sides must answer at any time. Shape may
// change the job.
func (y *Syncs) start(ctx context.Context, b Binding, class dataclass.Class, mode int, session string, shape func(*engine.Job)) (engine.Report, error) {
	job, err := y.job(ctx, b, class, mode, session)
	if err != nil {
		return engine.Report{}, err
	}
	if shape != nil {
		shape(&job)
	} else if err := b.directs(&job); err != nil {
		return engine.Report{}, err
	}
	return y.run(ctx, job)
}

// run runs the engine's step Start and knows meanwhile how far it is.
func (y *Syncs) run(ctx context.Context, job engine.Job) (engine.Report, error) {
	w := &onlooker{live: &y.live, owner: job.Ref.Owner}
	defer w.end()
	job.Watch = w
	rep, err := y.engine.Start(ctx, job)
	if y.unbound(ctx, job, err) {
		return rep, err
	}
	y.store.failed(job.Ref.Class, err)
	if err != nil {
		y.refused(ctx, job.Ref, err)
	} else {
		y.accepted(ctx, job.Ref)
	}
	return rep, err
}

// directs narrows a job that no phone asked for to what its binding does. It returns an ErrInvalid for what the
// binding never does.
func (b Binding) directs(job *engine.Job) error {
	if err := b.admits(job.Ref.Class); err != nil {
		return err
	}
	if !b.direct(job, engine.Source) {
		return fault(ErrInvalid, "binding %d goes one way, %s: that mode would go the other way", b.ID, b.Direction)
	}
	return nil
}

// job opens the two clients of a binding.
func (y *Syncs) job(ctx context.Context, b Binding, class dataclass.Class, mode int, session string) (engine.Job, error) {
	job := engine.Job{
		Ref:  engine.Ref{Owner: b.Owner, Binding: b.ID, Class: class},
		Mode: mode, Session: session, DeleteWins: b.DeleteWins, RemoveTwins: b.RemoveTwins, AskSlow: b.AskSlow,
	}
	var ok bool
	if job.Way, job.Lead, ok = wayOf(mode, engine.Source); !ok {
		return job, fault(ErrInvalid, "there is no sync mode %d", mode)
	}
	ranges, err := y.store.ranges(ctx, b, class)
	if err != nil {
		return job, err
	}
	if b.Winner == WinnerTarget {
		job.Winner = dataclass.Second
	}
	for s, id := range []string{b.Source, b.Target} {
		src, caps, err := y.kinds.Open(ctx, sources.Client{
			Owner: b.Owner, ID: id, Kind: b.Kinds[s], Origin: b.origin(),
		})
		if err != nil {
			return job, err
		}
		if session == "" && !caps.ServerInitiated {
			return job, fault(ErrInvalid, "binding %d: a phone starts its syncs itself", b.ID)
		}
		if class == dataclass.Calendar && !slices.Contains(caps.Classes, class) {
			src, caps = sources.Calendar(src), sources.WithCalendar(caps)
		}
		job.Sides[s] = engine.Party{Source: src, Caps: caps, Range: ranges[s]}
	}
	if !job.Sides[engine.Source].Caps.Deferred && !job.Sides[engine.Target].Caps.Deferred {
		job.Mode, err = y.afterRestore(ctx, job.Ref, job.Mode)
	}
	return job, err
}

// wayOf gives the way and the leading side of a mode for the side that is its client.
func wayOf(mode int, client engine.Side) (engine.Way, engine.Side, bool) {
	switch mode {
	case engine.TwoWay, engine.Slow:
		return engine.BothWays, client, true
	case engine.OneWayFromClient:
		return engine.OneWay, client, true
	case engine.RefreshFromClient:
		return engine.Refresh, client, true
	case engine.OneWayFromServer:
		return engine.OneWay, client.Other(), true
	case engine.RefreshFromServer:
		return engine.Refresh, client.Other(), true
	}
	return 0, 0, false
}

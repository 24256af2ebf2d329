// Package engine computes the difference between the two sides of a binding and brings it to both:
// Plan and the matching behind it are pure; Engine drives a run through its steps (Start, Settle,
// Finish); Journal is what it needs remembered. The law that the package follows, rule by rule, is
// docs/engine.md.
//
// The engine keeps observations, not outstanding work. Every item it knows has a link: where the item
// is on each side, the merged item both are to agree on (the base), what each side is believed to hold
// (its shadow), and whether a side is still owed something. A run that breaks off anywhere leaves
// links from which the next run goes on; an op that was under way is an intent, and is brought to its
// end before anything is compared again.
package engine

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

// Errors that a caller branches on. They arrive wrapped.
var (
	// ErrBusy means that somebody else is working on the same binding and dataclass.
	ErrBusy = errors.New("the binding is being synchronised by someone else")
	// ErrFenced means that a newer step has taken the lease: nothing more may be written.
	ErrFenced = errors.New("the lease was taken over")
)

// Sync modes, the SyncML alert codes. The client of the last four is the phone that starts the sync; in a
// sync that no phone starts it is the binding's source (docs/engine.md 9).
const (
	TwoWay            = 200
	Slow              = 201
	OneWayFromClient  = 202
	RefreshFromClient = 203
	OneWayFromServer  = 204
	RefreshFromServer = 205
)

// A Way says in which directions a run carries changes.
type Way int

// The ways.
const (
	// BothWays: each side gets what the other changed.
	BothWays Way = iota
	// OneWay: only the follower is written. What the lead lacks stays owed to it, for a later run.
	OneWay
	// Refresh: the follower is to hold what the lead holds and nothing else. What that overwrites or
	// deletes goes to history.
	Refresh
)

// A Side is one of the two clients of a binding.
type Side int

// The sides. Source and Target are the binding's own words.
const (
	Source Side = iota
	Target
)

var bothSides = [2]Side{Source, Target}

// Other gives the opposite side.
func (s Side) Other() Side { return 1 - s }

// String gives the side as a binding spells it.
func (s Side) String() string {
	if s == Source {
		return "source"
	}
	return "target"
}

// A Ref names what a run synchronises: one binding and one dataclass.
type Ref struct {
	Owner   string
	Binding int64
	Class   dataclass.Class
}

// A Party is one side of a run.
type Party struct {
	Source sources.Source
	Caps   sources.Caps
	// Listing says that what the side has to tell is complete and that its ids prove nothing: a
	// phone's slow sync. A side that cannot honour its cursor is found out without it.
	Listing bool
	// Repeats says that the side is known to name items late, in a later session, so that an open Add
	// may be repeated under its old name (docs/engine.md 2.4).
	Repeats bool
	// Resumes says that the side goes on with a conversation that stopped, and has named all that it took in it:
	// an open Add that it did not acknowledge may be repeated under its old name too.
	Resumes bool
	// Strange says that the side is another device than the one that the links remember: none of its ids proves
	// anything, unless the item says exactly what the link's does.
	Strange bool
	// Takes and Holds are the dialect that the side takes and what it declares to hold of it; zero for a
	// side that takes and holds everything. It is sent whole items: its kind writes them as it declares.
	Takes dataclass.Format
	Holds dataclass.Capabilities
	// Range narrows what the side is sent, never what is known of it (docs/engine.md 3.5).
	Range dataclass.Range
}

// A Job asks for one run.
type Job struct {
	Ref    Ref
	Sides  [2]Party
	Winner dataclass.Winner
	// DeleteWins: a delete beats an edit (docs/engine.md 6.3).
	DeleteWins bool
	// Mode is the code for the log. What a side is asked for depends on its cursor and its Party, and what
	// is done with it on Way and Lead.
	Mode int
	// Way and Lead: in a run that is not BothWays, Lead is the side whose changes count.
	Way  Way
	Lead Side
	// RemoveTwins says that of items of a side that say exactly the same one is to stay: the others are deleted in
	// a slow sync, and are in the history.
	RemoveTwins bool
	// AskSlow says that a slow sync after the first is held until a person approves of it.
	AskSlow bool
	// Admit, if not nil, is asked as soon as the step has its lease. Its error ends the step before anything is
	// done. What it found cannot have changed unnoticed: whoever changes it takes the lease.
	Admit func(context.Context) error
	// Watch, if not nil, is told how the run goes on.
	Watch Watcher
	// Session names the conversation that the run belongs to. A run of the same Session is continued,
	// one of another Session is finished as abandoned first. "" for a run without a conversation.
	Session string
}

// An Engine runs synchronisations. It is safe for concurrent use.
type Engine struct {
	// Journal remembers. Required.
	Journal Journal
	// NewKey makes a key that was never used before. Required.
	NewKey func() sources.Key
	// Log receives what happens to runs; never bodies. Required.
	Log *slog.Logger
	// BatchSize is how many decisions are carried out between two transactions; 0 means 500, or more of
	// small items (largeBatch).
	BatchSize int
}

func (e *Engine) batchSize() int {
	if e.BatchSize > 0 {
		return e.BatchSize
	}
	return 500
}

// A batch may have more than the usual number of decisions, up to largeBatch, as long as the items in it have
// largeBatchBytes together. A decision whose item nobody reports is taken to have smallItem.
const (
	largeBatch      = 2000
	largeBatchBytes = 2 << 20
	smallItem       = 8 << 10
)

// room is how many of the decisions make a batch.
func (e *Engine) room(all []Decision) int {
	n, bytes := e.batchSize(), 0
	if e.BatchSize > 0 {
		return n
	}
	for i := range min(len(all), largeBatch) {
		if bytes += all[i].size(); i >= n && bytes > largeBatchBytes {
			return i
		}
	}
	return largeBatch
}

// size is about how many bytes of items a decision needs.
func (d *Decision) size() int {
	n := 0
	for _, put := range d.Put {
		if put != nil {
			n += put.Size
		}
	}
	if d.Link != 0 || n == 0 {
		n += smallItem
	}
	return n
}

// LeaseTime is how long a step may be silent before another may take its lease.
const LeaseTime = time.Minute

// Start begins a run, or continues the open one of the same Session: it brings to an end what a
// broken run left, reads both sides, plans, writes the side that answers now and leaves in the journal
// what waits for a side that answers later. If no side answers later the run is finished too, and the
// Report says so.
//
// It returns ErrBusy if another step works on the same Ref, ErrFenced if one took over, and what a
// source returned. After an error the run stays open; the next Start goes on from where it was.
func (e *Engine) Start(ctx context.Context, job Job) (Report, error) {
	lease, err := e.Journal.Lease(ctx, job.Ref, job.Session, false)
	if err != nil {
		return Report{}, err
	}
	report, err := e.admitted(ctx, job, lease)
	if rerr := e.Journal.Release(context.WithoutCancel(ctx), lease); err == nil && !errors.Is(rerr, ErrFenced) {
		err = rerr
	}
	return report, err
}

func (e *Engine) admitted(ctx context.Context, job Job, lease Lease) (Report, error) {
	if job.Admit != nil {
		if err := job.Admit(ctx); err != nil {
			return Report{}, err
		}
	}
	return (&run{engine: e, job: job, lease: lease}).start(ctx)
}

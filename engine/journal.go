package engine

import (
	"context"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

// A LinkID names a link; the journal gives it out.
type LinkID int64

// A Reason says why a side is owed something. The links with a Reason and the quarantine are together
// what docs/engine.md 4 calls owed.
type Reason int

// The reasons. None means that the side holds what it is to hold.
const (
	None Reason = iota
	// Waiting: planned, and its op is not done yet.
	Waiting
	// Unsent: its op never left for a phone whose session broke off.
	Unsent
	// Unacknowledged: its op left, no answer came.
	Unacknowledged
	// Unmapped: an Add left for a phone, and the phone has not said under which name it keeps the item.
	Unmapped
	// Refused: the side answered that it does not take it.
	Refused
	// Contended: the item changed under every attempt to write it.
	Contended
	// Withheld: a one-way sync or a refresh does not write this side.
	Withheld
	// Aside: the side failed to take it too often. It is not tried again before the item changes or a
	// person asks.
	Aside
	// Doubtful: the item may be one that the side holds already; a person is to say (docs/engine.md 7.5).
	Doubtful
	// Held: the guard holds what the other side is to make of it. A side without the item has deleted it; one
	// with it is not told a change (docs/engine.md 8.3).
	Held
	// OutOfRange: the item is outside the range of what the side is sent (docs/engine.md 3.5).
	OutOfRange
	// Undecided: another binding deleted the item on the side, and a third one decides whether that stands.
	Undecided
)

// String gives the reason as logs and pages spell it.
func (r Reason) String() string {
	names := [...]string{"none", "waiting", "unsent", "unacknowledged", "unmapped", "refused", "contended", "withheld", "quarantined",
		"doubtful", "held", "out of range", "undecided"}
	if r < 0 || int(r) >= len(names) {
		return "unknown"
	}
	return names[r]
}

// A Link says "this item here is that item there", as a digest: without bodies, at most 512 bytes as long as
// its ids and revisions have at most 300. A
// side that lacks the item has an empty Item; it is owed the item, or its deletion is on the way to
// the other side.
type Link struct {
	ID   LinkID
	Item [2]sources.ID
	Rev  [2]sources.Revision
	// Base is the fingerprint of the item that both sides are to agree on.
	Base dataclass.Fingerprint
	// Shadow is the fingerprint of what each side is believed to hold; zero if it lacks the item.
	Shadow [2]dataclass.Fingerprint
	// Owed says why a side does not hold Base yet.
	Owed [2]Reason
	// Doomed means that one side deleted the item and the other is owed the deletion.
	Doomed bool
	// Lost is what the side that lacks the item called it before it deleted it. It counts only while Doomed.
	Lost sources.ID
}

// Bodies are the bulky part of a link.
type Bodies struct {
	Base   dataclass.Body
	Shadow [2]dataclass.Body
	// Sent remembers what each side itself has said of the item (docs/engine.md 5.3).
	Sent [2]dataclass.Sent
	// Swing is what the last runs overwrote (docs/engine.md 5.6).
	Swing Swing
}

// A LinkWrite is a link as it is to be stored, whole. Its Link.ID is 0 for a new one.
type LinkWrite struct {
	Link
	Bodies
	// Failures is how often in a row each side failed to take what it is owed. It is read with the link and
	// stored by Failure only.
	Failures [2]int
}

// An OpState is how far an intent came.
type OpState int

// The states of an intent.
const (
	// Intended: recorded before the side was asked.
	Intended OpState = iota
	// Queued: a deferred side has it in its outbox.
	Queued
	// Sent: it left in a message whose bytes are stored.
	Sent
	// Acknowledged: an Add that the side took without naming the item yet.
	Acknowledged
	// Mapped: an Add that is done; the intent stays to recognise a second Map.
	Mapped
)

// An Intent is an op on its way, with the link it serves.
type Intent struct {
	// ID is given out by the journal and never used twice.
	ID    int64
	Link  LinkID
	Side  Side
	State OpState
	Op    sources.Op
	// Print is the fingerprint of Op.Body.
	Print dataclass.Fingerprint
	// Item is the side's name for an Add that was Mapped.
	Item sources.ID
	// Run is the run that intended it.
	Run int64
}

// A Version is one rendition that a sync overwrites or deletes, for the history.
type Version struct {
	// Link is 0 if the item has none yet.
	Link LinkID
	// New is the place in Batch.Links, counted from 1, of the link that an item without one gets.
	New  int
	Side Side
	Item sources.ID
	// Agreed says that the body is not what Side held but the item as both sides had agreed on it, before
	// a user of the other side changed or deleted it: Side held only a part of that.
	Agreed bool
	// Spare says of an Agreed version that Side had been edited too, so that the version it held is what
	// was lost.
	Spare bool
	// Again says that the same version was kept when the op was tried before.
	Again bool
	// Verb is what ended it: Replace or Delete.
	Verb sources.Verb
	Body dataclass.Body
}

// A Quarantined is an item that cannot be interpreted. It is kept as it came and not sent on.
type Quarantined struct {
	Side Side
	Item sources.ID
	Rev  sources.Revision
	Body dataclass.Body
	// Why is a sentence for the user.
	Why string
}

// Counts are the figures of one side in a sync log (docs/engine.md 9).
type Counts struct {
	AddsIn, ReplacesIn, DeletesIn    int
	AddsOut, ReplacesOut, DeletesOut int
}

// Tally are the figures of a run.
type Tally struct {
	Duplicates, Removed, Conflicts, Held, Quarantined, Restored int
	Sides                                                       [2]Counts
}

// Add adds the figures of u.
func (t *Tally) Add(u Tally) {
	t.Duplicates += u.Duplicates
	t.Removed += u.Removed
	t.Conflicts += u.Conflicts
	t.Held += u.Held
	t.Quarantined += u.Quarantined
	t.Restored += u.Restored
	for i := range t.Sides {
		a, b := &t.Sides[i], u.Sides[i]
		a.AddsIn += b.AddsIn
		a.ReplacesIn += b.ReplacesIn
		a.DeletesIn += b.DeletesIn
		a.AddsOut += b.AddsOut
		a.ReplacesOut += b.ReplacesOut
		a.DeletesOut += b.DeletesOut
	}
}

// A Run is an open run as the journal remembers it.
type Run struct {
	ID      int64
	Session string
	Mode    int
	// Planned means that everything was read and planned and the cursors were moved: what is left is
	// to hear from the deferred side.
	Planned bool
	// Before are a few runs of the Ref before this one, the newest first. Only Open gives them.
	Before []int64
	Tally  Tally
}

// Memory is what the journal knows of a Ref.
type Memory struct {
	Cursors [2]sources.Cursor
	// Ranges are those of the looks that the cursors stand for.
	Ranges [2]dataclass.Range
	Links  []Link
	// Intents are the open ones; a Mapped one is not open.
	Intents []Intent
	// Quarantine names the items set aside.
	Quarantine [2]map[sources.ID]bool
	// Again names those of them that a person asked to have tried again.
	Again [2][]sources.ID
	// Doubts are the doubtful pairs.
	Doubts []Doubt
	// Known is what was learned of the clients of both sides; the run adds to it.
	Known [2]*dataclass.Known
	// Plans are the held plans that are not done, the oldest first.
	Plans []HeldPlan
}

// A Lease lets one step write. Every write names its Fence.
type Lease struct {
	Ref   Ref
	Fence int64
}

// A Batch is what a run records before it writes to the sides.
type Batch struct {
	Links []LinkWrite
	// Intents refer to Links by their Link field, as an index.
	Intents []Intent
	// Drop are links that are over.
	Drop []LinkID
	// Forget are intents that are over.
	Forget []int64
	// Requeue are open Adds that go out again under the same name, by their intent.
	Requeue    []int64
	History    []Version
	Quarantine []Quarantined
	// Release are items that are no longer in quarantine.
	Release [2][]sources.ID
	// Failures are new counts.
	Failures []Failure
	// Doubts are doubtful pairs that are new; Undoubt are links that are in none any more.
	Doubts  []NewDoubt
	Undoubt []LinkID
	// Tally is added to the run's figures.
	Tally Tally
}

// A Holding says that a side of a link holds the base now, and is owed nothing.
type Holding struct {
	Link LinkID
	Side Side
	Item sources.ID
	Rev  sources.Revision
}

// A Place is one side of a link.
type Place struct {
	Link LinkID
	Side Side
}

// A Settlement is what became of intents.
type Settlement struct {
	// Links are links as they are now; they exist already, or have ID 0.
	Links []LinkWrite
	// Held are links of which only that changed; none of them is in Links.
	Held []Holding
	Drop []LinkID
	// Answered are sides that acknowledged a Replace: whatever Replaces of the item were open are over.
	Answered []Place
	// Forget are intents that are over; Intents are those that only changed their State or Item.
	Forget  []int64
	Intents []Intent
	// Reasons are new reasons for sides of links that are still owed something.
	Reasons []Owing
	// Failures are new counts.
	Failures []Failure
	Tally    Tally

	noted map[int64]int // where in Intents each is
}

// A Closing ends a step of a run.
type Closing struct {
	// Cursors are the new cursors of sides that were read to their end; nil leaves one where it was.
	Cursors [2]*sources.Cursor
	// Ranges are the ranges of those looks.
	Ranges [2]dataclass.Range
	// Tally is added to the run's figures.
	Tally Tally
	// Finished ends the run and writes its log entry; else the run is marked as planned.
	Finished bool
	// State is the log entry's: StateDone, StateHeld or StateAbandoned.
	State string
	// Why is a sentence for the user that says why it is StateAbandoned, "" if nothing is known.
	Why string
	// Plan is what the run held; "" for nothing. Settled are plans that are done.
	Plan    string
	Settled []string
	// Mode is the mode that took effect; 0 leaves what the run was opened with.
	Mode int
	// Reasons are new reasons for sides of links that are still owed something.
	Reasons []Owing
	// Forget are intents that are over.
	Forget []int64
	// Known is what is known of the clients of both sides now; nil leaves it as it was.
	Known [2]*dataclass.Known
}

// An Owing changes the reason why a side of a link is owed something.
type Owing struct {
	Link   LinkID
	Side   Side
	Reason Reason
}

// The states of a log entry.
const (
	StateRunning   = "running"
	StateDone      = "done"
	StateAbandoned = "abandoned"
	// StateHeld: the guard stopped the run before it wrote anything that was not approved.
	StateHeld = "held"
)

// A Report is what a step says of its run.
type Report struct {
	Run      int64
	Mode     int
	Tally    Tally
	Finished bool
	// State is that of the log entry, once the run is finished; Plan is what the run held.
	State, Plan string
}

// Leases give out leases.
type Leases interface {
	// Lease takes the lease of ref for holder and raises its fence: whoever held it cannot write any
	// more. It returns ErrBusy if another holder's lease has not run out, unless take is set. A holder
	// may take its own lease again, as after a crash; "" is nobody.
	Lease(ctx context.Context, ref Ref, holder string, take bool) (Lease, error)
	// Release gives the lease back. It returns ErrFenced if it was taken over.
	Release(ctx context.Context, l Lease) error
}

// A Recall reads what is remembered.
type Recall interface {
	// Pending gives the open run of l.Ref, nil if there is none, and the open intents. Only those that are
	// Intended, a batch at most, have a body, here and in Load.
	Pending(ctx context.Context, l Lease) (*Run, []Intent, error)
	// Load gives what is known of l.Ref, links in ascending order of ID.
	Load(ctx context.Context, l Lease) (Memory, error)
	// Quiet gives what Load gives but for the links, and reports whether each of them is held by both sides,
	// which are owed nothing.
	Quiet(ctx context.Context, l Lease) (Memory, bool, error)
	// Near gives the links that have one of the items of a side, in ascending order of ID, and the number of all
	// links.
	Near(ctx context.Context, l Lease, items [2][]sources.ID) ([]Link, int, error)
	// Links gives links with their bodies, in ascending order of ID; one that does not exist is left out.
	Links(ctx context.Context, l Lease, ids []LinkID) ([]LinkWrite, error)
	// Heard gives what Intents and Links give of intents and, if links is set, of the links that they belong to, but
	// without any body, Sent or Swing.
	Heard(ctx context.Context, l Lease, ids []int64, links bool) ([]Intent, []LinkWrite, error)
	// Kin gives what other bindings of the owner know of items that this one has no link of: for items of
	// each side the item of the other side that they stand for.
	Kin(ctx context.Context, l Lease, loose [2][]sources.ID) (Kin, error)
	// Elsewhere gives which items of each side are linked, on both sides and not doomed, by another binding of
	// the owner whose other client has a binding with the other side's client.
	Elsewhere(ctx context.Context, l Lease, items [2][]sources.ID) (Elsewhere, error)
	// Intents gives intents whatever their state; one that does not exist is left out.
	Intents(ctx context.Context, l Lease, ids []int64) ([]Intent, error)
}

// A Record writes down what happens.
type Record interface {
	// Open gives the open run of l.Ref; if there is none it makes one. What is set aside by a passing Failure whose Pause is
	// over is owed as Refused from then on; its count stays.
	Open(ctx context.Context, l Lease, session string, mode int) (Run, error)
	// Intend records what a run is about to do. It returns the ids of b.Links and of b.Intents, in
	// their order.
	Intend(ctx context.Context, l Lease, b Batch) ([]LinkID, []int64, error)
	// Hold stores what the guard holds as an open plan and gives its ID. Holds that are those of a plan that
	// is open already give that one. With join they are added to the newest open plan, if there is one. A plan of no
	// holds is one of a whole slow sync, and none that others join.
	Hold(ctx context.Context, l Lease, holds []Hold, join bool) (string, error)
	// Settle records what became of intents.
	Settle(ctx context.Context, l Lease, s Settlement) error
	// Close ends a step: cursors, figures and, if the run is finished, its log entry, atomically.
	Close(ctx context.Context, l Lease, c Closing) error
}

// A Journal is what the engine needs remembered. Each method is one transaction, or joins the one that
// ctx carries. Each write prolongs the lease; it returns ErrFenced, and writes nothing, if the lease was
// taken over. Reading asks for no fence.
type Journal interface {
	Leases
	Recall
	Record
}

// Package sources says what a Sync Client must be able to do: it declares the contract between the
// engine and every kind of client, the promises a kind makes (Caps), and the classes of error.
// Package sourcetest below it checks each promise; a new kind is done when it passes.
package sources

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sort"
	"strings"
	"sync"

	"github.com/bindery-sync/bindery/dataclass"
)

// An ID names one item within one client and dataclass. It is opaque, never empty, valid UTF-8
// without control characters, and at most 1,024 bytes long.
type ID string

// A Revision names one state of an item at its client. It is opaque: equal means unchanged,
// nothing else can be read from it. A kind without revisions leaves it empty.
type Revision string

// A Cursor says how far a client has been read. It is opaque to everybody but its kind; "" asks
// for everything.
type Cursor string

// A Key makes an Add idempotent: it is chosen at random by the engine, for one op only.
type Key string

// revival begins the Key of an Add that brings back a deleted item.
const revival = "revive:"

// RevivalKey is the Key of an Add that brings back the deleted item id: if two bindings of one client bring
// the same item back, the second finds the first one's copy instead of making another.
func RevivalKey(id ID) Key { return Key(revival + string(id)) }

// RevivalOf gives the deleted item that an Add with that Key brought back, "" for any other Add.
func RevivalOf(k Key) ID {
	id, ok := strings.CutPrefix(string(k), revival)
	if !ok {
		return ""
	}
	return ID(id)
}

// A Verb is what happened, or is to happen, to an item.
type Verb int

// The verbs, in the client's own words. For the engine an Add and a Replace are both "there is
// this item now"; they differ only in how a sync log counts them.
const (
	Add Verb = iota + 1
	Replace
	Delete
)

// String gives the verb as a sync log spells it.
func (v Verb) String() string {
	switch v {
	case Add:
		return "add"
	case Replace:
		return "replace"
	case Delete:
		return "delete"
	}
	return fmt.Sprintf("verb(%d)", int(v))
}

// A Change is one item of a client as a Session sees it.
type Change struct {
	ID   ID
	Rev  Revision
	Verb Verb
	// Body is the item as it is now; zero for a Delete.
	Body dataclass.Body
	// KnownAs is the UID by which the client knows an item whose Body has none: the same on every way to it, and always the same
	// for the same item. Empty if Body has one, or if there is none. It needs no escaping.
	KnownAs string
	// Why says why a Body that is no item is none, where the client knows more than the media type says: a sentence for
	// the user, without what the item holds.
	Why string
	// PhotoUnread is true for a contact whose picture could not be read now: Body is without it, which is no wish of the
	// user. The client shows the item again by the next look.
	PhotoUnread bool
	// Key is the Key of the Add that made the item, if the client remembers it (Caps.KeyedAdd).
	Key Key
	// Own is true when the client knows that the last change of this item was made through a
	// Source with the same origin as this one. The engine does not take it for a user's edit.
	Own bool
	// Synced is true when the client knows that the last change of this item was made through a Source,
	// of whatever origin: by a sync of this binding or of another. Such a deletion was judged where it
	// entered and is not judged again (docs/engine.md 8.1). A client that does not know says false.
	Synced bool
	// Earlier is true when the client knows that the item stands as it stood before what was shown since, and
	// that nobody edited it: its server was brought back from a backup. What a user may have entered is never
	// called so. A client that cannot know says false.
	Earlier bool
	// Renewed is true when the client deleted the item that had this ID and then used the ID
	// for a new one; Body is the new one.
	Renewed bool
	// Slow is true for an item that came in a slow sync of a client without trustworthy memory:
	// its ID proves nothing, it must be matched by its content (docs/engine.md 2.1).
	Slow bool
}

// An Op is one write to a client.
type Op struct {
	// Key is set for every op and used once; an Add with a Key that the client has seen gives
	// the first Result again if Caps.KeyedAdd promises it.
	Key  Key
	Verb Verb
	// ID names the item of a Replace or Delete; empty for an Add.
	ID ID
	// IfRev is the state that the op was planned on. A client with Caps.Conditional refuses the op
	// with ErrConflict if the item has another revision now. "" asks for no check. An Add is refused with
	// ErrConflict, by clients that see to it, if somebody else entered an equal item since the session began.
	IfRev Revision
	// Body is the item to be written; zero for a Delete.
	Body dataclass.Body
}

// A State tells how far an op came.
type State int

// The states of a Result.
const (
	// Done means that the client holds the item as the op asked.
	Done State = iota + 1
	// Failed means that the client does not hold it; Result.Err says why.
	Failed
	// Pending means that a client that answers later (Caps.Deferred) will be asked.
	Pending
)

// A Result is what became of one Op.
type Result struct {
	State State
	// ID is the item's name at the client: for an Add a new one.
	ID ID
	// Rev is the item's revision after the op. For a Delete it may be the revision of the tombstone.
	Rev Revision
	// Err is set if State is Failed. It wraps one of the error classes of this package.
	Err error
	// Shows names properties, in upper case with commas between, that were read back and are what the op wrote: if the item lacks one of them
	// later, it was removed there. It adds to Caps.Keeps, for this item, and to what the item shows by itself in a look.
	Shows string
}

// A Source opens sessions on one registered client, for one origin.
type Source interface {
	// Begin looks at class as of now. Since "" asks for every item; another value asks for what
	// changed after the look that gave this Cursor.
	//
	// It returns ErrCursorLost if since is unknown, too old, or of another client or class: the
	// engine then runs a slow sync. It returns ErrUnsupported for a class that is not in Caps and
	// ErrBusy if the client allows one session at a time. A listing that could not be read
	// completely is an error, never a shorter listing.
	Begin(ctx context.Context, class dataclass.Class, since Cursor) (Session, error)
}

// A Session is one consistent look at a client and the way to change it. What changes after Begin
// shows in the next look. A Session is not for concurrent use.
type Session interface {
	// Changes gives each ID that changed once, in any order; it is finite and can be called again for
	// the same IDs. After an error nothing follows. A Delete is reported also for an item that since
	// never listed, if it came by an Op after that look: the engine knows it. For an item that a user
	// added and deleted between two looks it may be reported; the engine ignores it. A listing of all
	// items shows one that was changed after Begin as it is now, and the next look shows it again.
	Changes(ctx context.Context) iter.Seq2[Change, error]

	// Read gives body and revision of ids as they are now, in the order asked for: Replace for an
	// item that exists, Delete for one that does not.
	Read(ctx context.Context, ids []ID) iter.Seq2[Change, error]

	// Apply carries out ops in order and returns one Result for each. One bad op does not stop the
	// others. A Delete of an item that does not exist is Done, also with IfRev; a Replace of one fails
	// with ErrGone. A keyed Add whose item was deleted since gives its first Result and brings nothing
	// back. An error means that the outcome of all of them is unknown.
	Apply(ctx context.Context, ops []Op) ([]Result, error)

	// Commit returns a Cursor that covers exactly what Changes listed, never more: not the
	// session's own ops and nothing that happened after Begin.
	Commit(ctx context.Context) (Cursor, error)

	// Close ends the session. Without Commit the old Cursor stays good. Closing again does nothing.
	Close() error
}

// Caps are promises that a kind makes. Package sourcetest checks every one of them.
type Caps struct {
	// Classes are the dataclasses that Begin accepts.
	Classes []dataclass.Class
	// Deferred means that Apply answers Pending and the results come later, in another request.
	Deferred bool
	// ServerInitiated means that Begin may be called at any time.
	ServerInitiated bool
	// Incremental means that Begin honours a Cursor.
	Incremental bool
	// KeyedAdd means that an Add with a Key seen before gives the first Result again.
	KeyedAdd bool
	// Conditional means that Op.IfRev is honoured.
	Conditional bool
	// Tombstones means that a delete is reported after the fact.
	Tombstones bool
	// Inferred means that the client cannot be told of a delete: it infers them from what a listing lacks
	// that an earlier one had. When such a listing becomes empty, something else than its user may have
	// emptied it.
	Inferred bool
	// Origins means that Change.Own and Change.Synced are told, as far as the look goes back.
	Origins bool
	// MaxBatch is how many ops Apply takes at once; 0 means no limit.
	MaxBatch int
	// MaxItemSize is how many bytes a body may have; 0 means no limit. A bigger one fails with
	// ErrTooBig.
	MaxItemSize int
	// Keeps are the properties that survive a round trip.
	Keeps dataclass.Keeps
	// UIDs means that an item which shows a UID shows the one that it was entered with, here or wherever it came from, if
	// that was not taken; it may show none.
	UIDs bool
}

// The classes of error. A caller tells them apart with errors.Is; they arrive wrapped.
var (
	// ErrCursorLost: the client cannot say what changed since that Cursor.
	ErrCursorLost = errors.New("cursor lost")
	// ErrConflict: the item has another revision than the op was planned on.
	ErrConflict = errors.New("item changed meanwhile")
	// ErrGone: there is no item with that ID.
	ErrGone = errors.New("item is gone")
	// ErrTooBig: the client does not take an item of that size.
	ErrTooBig = errors.New("item too big for the client")
	// ErrUnsupported: the client cannot hold such an item, or does not know the class.
	ErrUnsupported = errors.New("not supported by the client")
	// ErrQuota: the client is full.
	ErrQuota = errors.New("client is full")
	// ErrAuth: the client refuses our credentials, or its user must sign in again.
	ErrAuth = errors.New("not authorised by the client")
	// ErrBusy: the client is in use; try later.
	ErrBusy = errors.New("client is busy")
	// ErrUnknownOutcome: the op may or may not have been carried out.
	ErrUnknownOutcome = errors.New("outcome unknown")
	// ErrElsewhere: the server that the client is on could not be asked, or gave no answer that can be used. What was
	// read of it counts for nothing. As the error of one op it means that the server failed at it and says that this is its
	// own fault: it may take the item later.
	ErrElsewhere = errors.New("the other server failed")
	// ErrUnknownKind: no kind of that name is registered.
	ErrUnknownKind = errors.New("unknown kind of client")
)

// A Client identifies one registered Sync Client to its kind.
type Client struct {
	// Owner is the account that the client belongs to. Every query of a kind names it.
	Owner string
	// ID is the client's UUID.
	ID string
	// Kind is the name of the sync source.
	Kind string
	// Origin tags the writes made through the Source, so that they can be told from a user's.
	// Two Sources with the same Client and Origin know each other's writes as their own.
	Origin string
}

// A Kind is one sort of Sync Client, such as "syncml" or "datastore".
type Kind struct {
	Name string
	Caps Caps
	// Open makes a Source for a client. It does no I/O beyond reading its configuration.
	Open func(ctx context.Context, c Client) (Source, error)
	// Classes, if set, tells which of Caps.Classes a client has; without it each has all of them.
	Classes func(ctx context.Context, c Client) ([]dataclass.Class, error)
}

// CapsOf gives the promises that the kind makes for one of its clients. It returns what Classes returns.
func (k Kind) CapsOf(ctx context.Context, c Client) (Caps, error) {
	caps := k.Caps
	if k.Classes == nil {
		return caps, nil
	}
	has, err := k.Classes(ctx, c)
	if err != nil {
		return Caps{}, fmt.Errorf("dataclasses of client %s: %w", c.ID, err)
	}
	caps.Classes = nil
	for _, class := range k.Caps.Classes {
		if slices.Contains(has, class) {
			caps.Classes = append(caps.Classes, class)
		}
	}
	return caps, nil
}

// A Registry holds the kinds that a program offers. The zero value is empty and ready. It is safe
// for concurrent use.
type Registry struct {
	mu    sync.RWMutex
	kinds map[string]Kind
}

// Register adds a kind; a second one of the same name replaces the first.
func (r *Registry) Register(k Kind) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.kinds == nil {
		r.kinds = make(map[string]Kind)
	}
	r.kinds[k.Name] = k
}

// Kind finds a kind by name. It returns ErrUnknownKind if there is none.
func (r *Registry) Kind(name string) (Kind, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	k, ok := r.kinds[name]
	if !ok {
		return Kind{}, fmt.Errorf("%w: %q", ErrUnknownKind, name)
	}
	return k, nil
}

// Names lists the kinds in alphabetical order.
func (r *Registry) Names() []string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	names := make([]string, 0, len(r.kinds))
	for n := range r.kinds {
		names = append(names, n)
	}
	sort.Strings(names)
	return names
}

// Open makes a Source for c. It returns ErrUnknownKind, or what the kind returns.
func (r *Registry) Open(ctx context.Context, c Client) (Source, Caps, error) {
	k, err := r.Kind(c.Kind)
	if err != nil {
		return nil, Caps{}, err
	}
	s, err := k.Open(ctx, c)
	if err != nil {
		return nil, Caps{}, fmt.Errorf("open client %s: %w", c.ID, err)
	}
	caps, err := k.CapsOf(ctx, c)
	return s, caps, err
}

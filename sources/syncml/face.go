// Package syncml is the kind "syncml": phones that speak SyncML DS 1.1 and 1.2 over HTTP, in XML or
// WBXML. It holds the server face (one HTTP handler, one file per command), the durable sessions of
// phones, their anchors and device information, and the Source that the engine reads a phone by.
//
// A phone's conversation is many HTTP messages, and any of them may be the last. So nothing lives
// between two messages but rows: what a phone sent goes to its inbox before the status that promises
// it leaves; what waits for the phone is the journal's open ops; a reply is stored before it is sent.
package syncml

import (
	"context"
	"errors"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

// The face needs the following from the floors above; cmd hands it the implementations.

// Errors of the interfaces below. They arrive wrapped.
var (
	// ErrTakenOver means that a newer session of the same phone runs: this one is over.
	ErrTakenOver = errors.New("a newer session of this phone has taken over")
	// ErrNotBound means that the phone is in no binding for that dataclass.
	ErrNotBound = errors.New("phone is not bound")
	// ErrRefused means that the phone's binding does not allow such a sync; the phone is answered 403.
	ErrRefused = errors.New("the binding does not allow this sync")
	// ErrReplaced means that another phone has taken the place of this one, which is refused with 403 for ever.
	ErrReplaced = errors.New("the phone was replaced by another one")
	// ErrWorking means that a run goes on in the background and has not ended yet.
	ErrWorking = errors.New("still working")
)

// Accounts answers who a phone's user is. Both methods return sources.ErrAuth for an unknown
// account and for a wrong password alike, after the same time.
type Accounts interface {
	// Basic verifies a name and a password and gives the owner's id.
	Basic(ctx context.Context, name, password string) (owner string, err error)
	// Digest gives the owner's id if verify accepts the account's clear password. Verify is called
	// exactly once: for an unknown account, or one that MD5 log-in is off for, with a random stand-in
	// whose verdict is ignored.
	Digest(ctx context.Context, name string, verify func(password string) bool) (owner string, err error)
}

// A Phone is a registered Sync Client of kind "syncml" as one session may act for it. Fence orders the
// sessions of a phone: a later one has a greater Fence.
type Phone struct {
	Owner  string
	Client string // UUID
	Fence  int64
	// Zone is the IANA name of the zone that the user says the phone is in, "" if nothing is said. It is that of the
	// beginning of the session.
	Zone string
}

// Phones registers phones and lets a session act for one.
type Phones interface {
	// Register finds the owner's client with that device id; else claims the owner's oldest syncml
	// client that has no device id yet; else makes a new one and, if auto-bind is on, binds it to
	// the owner's datastore client. This happens once for a device (docs/engine.md 2.6). It returns ErrReplaced for
	// a phone that another one has replaced.
	Register(ctx context.Context, owner, deviceID string) (client string, err error)
	// Busy reports whether a run of the phone has been at work for longer than a phone is kept waiting: it
	// should come later.
	Busy(client string) bool
	// TakeOver makes a new session the acting one: it raises the phone's fence. The runs that an
	// older session left open are finished as abandoned; its inbox is kept.
	TakeOver(ctx context.Context, owner, client string) (Phone, error)
}

// A Database is one database of a phone, bound to one dataclass.
type Database struct {
	// Name is the phone's own name of it, such as "./addressbook".
	Name  string
	Class dataclass.Class
	// Takes is the dialect in which the phone is sent its items, Holds what it declares to hold of them.
	// Only Start and Flush look at them.
	Takes dataclass.Format
	Holds dataclass.Capabilities
	// Complete says that the package of this session is all that the database holds, whatever the mode.
	Complete bool
	// Resumed says that the phone goes on with a session that stopped: it has named all that it took in it.
	Resumed bool
	// Within narrows what the phone is sent in this session. Only Start looks at it.
	Within dataclass.Range
}

// A Standing is where a phone's database stands with the engine before a session.
type Standing struct {
	// NeedSlow is true if a two-way sync would not be safe: the first sync, a lost cursor, or Adds
	// that the phone took (or may have taken) without naming them (docs/engine.md 2.4).
	NeedSlow bool
	// Unnamed is true if nothing but such Adds makes it unsafe: a phone that resumes brings their names first.
	Unnamed bool
	// Waiting is the number of ops that are known to wait for the phone, before its own changes
	// are read.
	Waiting int
}

// An Incoming is one change that a phone sent.
type Incoming struct {
	LUID string
	Verb sources.Verb
	Body dataclass.Body // zero for a Delete
}

// An Outgoing is one op that waits for a phone.
type Outgoing struct {
	// Op names the op for Settle. It is never used for another op.
	Op int64
	// GUID is the temporary name of an Add, derived from Op: lower-case base 36, at most 13 long.
	GUID string
	Verb sources.Verb
	LUID string // empty for an Add
	Body dataclass.Body
}

// An Answer is what a phone said about one Outgoing.
type Answer struct {
	Op int64
	// Kind says which answer it is.
	Kind AnswerKind
	// LUID is the phone's name of the item, for Mapped.
	LUID string
	// Err is the class of the failure, for Refused; one of the errors of package sources.
	Err error
}

// An AnswerKind is one sort of Answer.
type AnswerKind int

// The answers, in the order in which they come. Sent is our own note that the op left in a message
// whose bytes are stored; it is no answer of the phone yet.
const (
	Sent AnswerKind = iota + 1
	Acknowledged
	Mapped
	Refused
)

// Syncs is "synchronise this phone's database": the inbox, the run and the outbox of one phone
// database. Every method returns ErrTakenOver if phone.Fence is not the newest. Methods marked
// "joins" do their work in the transaction that ctx carries (sqlstore.Store.Update), so that the face
// can store its own rows with theirs; the others must be called outside any transaction.
type Syncs interface {
	// Standing tells whether a two-way sync would be safe. ErrNotBound if nothing is bound.
	Standing(ctx context.Context, p Phone, db Database) (Standing, error)
	// Admit tells whether a sync may begin in that mode, 200 to 205 with the phone as the client; slow says that it
	// begins with all that the database holds because a memory was lost. ErrRefused if the binding does not
	// synchronise the dataclass, goes the other way, or has a person asked before.
	Admit(ctx context.Context, p Phone, db Database, mode int, slow bool) error
	// Flush plans what an older session left in the inbox, without sending the phone anything. It
	// is called before the first row of a new slow package is put.
	Flush(ctx context.Context, p Phone, db Database) error
	// Knows tells which of the LUIDs name an item that the phone was known to hold before this message.
	Knows(ctx context.Context, p Phone, db Database, luids []string) (map[string]bool, error)
	// Put stores changes in the inbox, the newest of a LUID wins. Slow marks the rows of a slow
	// package. Joins.
	Put(ctx context.Context, p Phone, db Database, slow bool, rows []Incoming) error
	// Start synchronises: it reads the inbox and the peer, plans, writes the peer and fills the
	// outbox. Mode is one of 200 to 205, with the phone as the client; 201, 203 and 205 say that the
	// inbox holds a complete listing, as db.Complete does. Calling it again
	// in the same session does nothing if it had ended, and continues if it was broken off. It
	// returns ErrWorking if it did not end within wait; the work goes on, and the next call joins it.
	Start(ctx context.Context, p Phone, db Database, mode int, wait time.Duration) error
	// Outbox gives up to limit ops that wait for the phone and have an Op greater than after, in
	// ascending order of Op, leaving out what was marked Sent in this run.
	Outbox(ctx context.Context, p Phone, db Database, after int64, limit int) ([]Outgoing, error)
	// Count is how many ops Outbox would still give after the op.
	Count(ctx context.Context, p Phone, db Database, after int64) (int, error)
	// Learned gives what the phone has been seen to keep of items of the database, also beyond what it
	// declares; never nil without an error.
	Learned(ctx context.Context, p Phone, db Database) (*dataclass.Known, error)
	// Settle records answers. A Mapped Answer for an op that was mapped to the same LUID before does
	// nothing; to another LUID, it is a second copy that the phone will be asked to delete. An
	// unknown Op is ignored. Joins.
	Settle(ctx context.Context, p Phone, db Database, answers []Answer) error
	// Finish ends the run and writes its log entry; complete is false for an abandoned one. Without
	// an open run it does nothing. Joins.
	Finish(ctx context.Context, p Phone, db Database, complete bool) error
}

// An InboxRow is one row of a phone's inbox: the newest that the phone sent under one LUID.
type InboxRow struct {
	// Seq orders the rows of an inbox. A row that is replaced gets a new, greater one.
	Seq int64
	// ID names the phone's database and the item in it; see ItemID.
	ID   sources.ID
	Verb sources.Verb
	// Body is zero for a Delete.
	Body dataclass.Body
	// Slow is true if the row came in a slow package.
	Slow bool
	// Renewed is true for an Add that followed a Delete of the same LUID.
	Renewed bool
}

// An Inbox is the inboxes of all phones, for the engine's way of reading a phone (NewKind). Every
// method names the owner and the client.
type Inbox interface {
	// Rows gives up to limit rows of a class with a Seq greater than after, in ascending order.
	Rows(ctx context.Context, owner, client string, class dataclass.Class, after int64, limit int) ([]InboxRow, error)
	// Get gives those of the items that are in the inbox, in any order.
	Get(ctx context.Context, owner, client string, class dataclass.Class, ids []sources.ID) ([]InboxRow, error)
	// Last gives the greatest Seq of a class, 0 for an empty inbox.
	Last(ctx context.Context, owner, client string, class dataclass.Class) (int64, error)
}

// Package sessionlog keeps what phones and the server said to each other: for each session who, when, which
// messages, and how it ended. Messages are kept as readable XML whatever encoding they came in; what items
// hold is left out unless the account asked for it, and credentials, nonces and the session's own secret
// always are.
//
// It is there to be read by a person when a phone misbehaves. A sync never waits for it and never fails
// because of it: what cannot be written is missing from it, and what grows beyond its bounds is forgotten.
package sessionlog

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/bindery-sync/bindery/sources/sqlstore"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// Kept is how long sessions are kept if nothing else is said.
const Kept = 30 * 24 * time.Hour

// The ways in which a session ends.
const (
	// Completed: the phone had its last word.
	Completed = "completed"
	// Suspended: the phone broke off by Alert 224.
	Suspended = "suspended"
	// TakenOver: a newer session of the phone began.
	TakenOver = "taken over"
	// Expired: the phone fell silent.
	Expired = "expired"
	// Refused: the server answered everything with one status, and there was no session.
	Refused = "refused"
	// Failed: the server could not go on, for the reason that stands beside it.
	Failed = "failed"
)

// Options say how a Log is kept. The zero value of each field is a good default.
type Options struct {
	// Now is the clock.
	Now func() time.Time
	// Log is told what could not be written.
	Log *slog.Logger
	// Content tells whether an owner wants the content of items to be kept too; nil means nobody does.
	Content func(ctx context.Context, owner string) bool
	// Kept is how long sessions are kept; Kept if it is not above zero.
	Kept time.Duration
}

// A Log is the sessions log in a database. It is safe for concurrent use.
type Log struct {
	db *sqlstore.Store
	o  Options

	mu      sync.Mutex
	waiting []entry
	bytes   int // what waiting holds
	writing bool
	lost    int
	stray   allowance

	shrinker
}

// Open gives the log in a database whose Migrations were run.
func Open(db *sqlstore.Store, o Options) *Log {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Content == nil {
		o.Content = func(context.Context, string) bool { return false }
	}
	if o.Kept <= 0 {
		o.Kept = Kept
	}
	return &Log{db: db, o: o}
}

// A Message is one message of a phone with the answer that it got.
type Message struct {
	// Owner, Client and Token are those of the session; all are empty for a message that was refused before
	// its log-in was verified.
	Owner, Client, Token string
	// Device, SessionID, MsgID and Name are what the phone says of itself; Name is the name it logs in with.
	Device, SessionID, MsgID, Name string
	// Address is where the request came from, Agent the User-Agent it bears.
	Address, Agent string
	// Version is that of the protocol; Binary says that it is WBXML.
	Version string
	Binary  bool
	At      time.Time
	Took    time.Duration
	// In and Out are the sizes of both bodies in bytes, HTTP is the status of the answer.
	In, Out, HTTP int
	// Refused is the status that a message was refused by, 0 if it was not.
	Refused int
	// Again says that the message came before and got the same answer.
	Again bool
	// Ending, if it is set, says that the session ended with this message.
	Ending *Ending
	// Request and Reply are the documents, nil for what is not to be kept. Add does not change them and
	// does not keep them.
	Request, Reply *xmltree.Element
}

// An Ending is how a session ended, and what was done in it.
type Ending struct {
	How string
	// Why is a few words more, or "".
	Why string
	// Modes are the databases' alert codes, such as "200,201"; Received and Sent count changes.
	Modes          string
	Received, Sent int
}

// Add notes a message. It waits for nobody but the database, and not even for that if another message is
// being written: that writer takes this one along.
func (l *Log) Add(ctx context.Context, m Message) {
	if m.Owner == "" && !l.admit(m.At) {
		return
	}
	content := m.Owner != "" && l.o.Content(ctx, m.Owner)
	l.put(ctx, entry{message: &m, request: l.text(m.Request, content), reply: l.text(m.Reply, content)})
}

// End notes that a session ended otherwise than with a message of its own.
func (l *Log) End(ctx context.Context, owner, token string, e Ending) {
	l.put(ctx, entry{owner: owner, token: token, ending: &e})
}

// text makes what is stored of a document.
func (l *Log) text(root *xmltree.Element, content bool) []byte {
	if root == nil {
		return nil
	}
	return l.shrink(readable(root, content))
}

// Package notify tells a program or another server of each matter that needs a person, once. What needs one is kept by
// bindings.Notices; this package only carries it: a matter that could not be told is told later, and one that was told
// just before the machine died may be told twice, never not at all.
package notify

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/bindery-sync/bindery/bindings"
)

// A Message is what is told of one matter, as JSON.
type Message struct {
	// ID is the notice's UUID: whoever gets the same one twice may drop the second.
	ID string `json:"id"`
	// Account is the name of the account that it concerns, Kind one of the kinds of bindings.Notice.
	Account string `json:"account"`
	Kind    string `json:"kind"`
	// Sentence says in plain words what is the matter; Link is the page where something can be done about it.
	Sentence string `json:"sentence"`
	Link     string `json:"link"`
	// Binding and Dataclass say where it is, if that means anything; Count is how many items, pairs or failures it is about.
	Binding   int64     `json:"binding,omitempty"`
	Dataclass string    `json:"dataclass,omitempty"`
	Count     int       `json:"count,omitempty"`
	Since     time.Time `json:"since"`
}

// A Teller takes a message to somebody. It returns nil when that has taken it; it must return soon after ctx ends.
type Teller interface {
	Tell(ctx context.Context, m Message) error
}

// A Room keeps what is to be told; a *bindings.Notices is one.
type Room interface {
	Look(ctx context.Context) (bool, error)
	Untold(ctx context.Context, most int) ([]bindings.Notice, error)
	Told(ctx context.Context, owner, id string) error
	Missed(ctx context.Context, owner, id string, attempts int, why error) error
}

// Options say what a Notifier stands on. All but Teller are required.
type Options struct {
	Room Room
	// Teller, if nil, has nobody told: notices are only kept.
	Teller Teller
	// Message makes what is told of a notice.
	Message func(ctx context.Context, n bindings.Notice) (Message, error)
	Log     *slog.Logger
}

// Bounds of one turn: how many matters are told, and how long each may take.
const (
	atATime = 20
	timeout = 30 * time.Second
)

// A Notifier keeps notices up to date and has somebody told of them. It is not for concurrent use.
type Notifier struct{ o Options }

// New makes a Notifier.
func New(o Options) *Notifier { return &Notifier{o} }

// Turn looks what needs a person, and tells what is to be told now, one after the other. What cannot be told is no error:
// it is told in a later turn. When ctx ends it returns soon.
func (n *Notifier) Turn(ctx context.Context) error {
	if _, err := n.o.Room.Look(ctx); err != nil {
		return err
	}
	if n.o.Teller == nil {
		return nil
	}
	list, err := n.o.Room.Untold(ctx, atATime)
	if err != nil {
		return err
	}
	for _, notice := range list {
		err = errors.Join(err, n.tell(ctx, notice))
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return err
}

// tell tells one matter and keeps what became of it. An attempt that was broken off because the server stops never was.
func (n *Notifier) tell(ctx context.Context, notice bindings.Notice) error {
	m, err := n.o.Message(ctx, notice)
	if err != nil {
		return fmt.Errorf("notice %s: %w", notice.ID, err)
	}
	one, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	err = n.o.Teller.Tell(one, m)
	switch {
	case err == nil:
		return n.o.Room.Told(context.WithoutCancel(ctx), notice.Owner, notice.ID)
	case ctx.Err() != nil:
		return nil
	case one.Err() != nil:
		err = fmt.Errorf("no answer within %v", timeout)
	}
	n.o.Log.WarnContext(ctx, "notice not taken, trying again later", "notice", notice.ID, "kind", notice.Kind, "attempt", notice.Attempts+1, "error", err)
	return n.o.Room.Missed(ctx, notice.Owner, notice.ID, notice.Attempts, err)
}

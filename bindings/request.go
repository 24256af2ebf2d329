package bindings

import (
	"context"
	"fmt"
	"slices"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/syncml"
)

// An Alerter asks a phone to begin a session. A *syncml.Alerter is one; its errors say what is missing.
type Alerter interface {
	Alert(ctx context.Context, owner, client string, r syncml.AlertRequest) (syncml.AlertRecord, error)
}

// A Started is what Request began.
type Started struct {
	// Alerted is the UUID of the phone that was asked to come; the sync is then still to be. It is "" if
	// both clients answered at once: then Entries tell how each dataclass ended.
	Alerted string
	Entries []LogEntry
}

// Request starts a sync of a binding from the server's side, whatever its clients are: it runs where both
// answer at any time, and a phone is asked by a to begin a session. Without classes all are meant that the
// clients have. The modes are those of Synchronize: the client of a one-way sync is the binding's source,
// also where the phone is the target.
//
// It returns the errors of Synchronize, at the first of which it stops; where there is a phone, those of
// the Alerter, and a syncml.ErrNoGateway if a is nil. The API, schedules and triggers start syncs by it.
func (y *Syncs) Request(ctx context.Context, a Alerter, owner string, binding int64, mode int, classes ...dataclass.Class) (Started, error) {
	b, err := y.store.Binding(ctx, owner, binding)
	if err != nil {
		return Started{}, err
	}
	phone, side, err := y.phoneOf(b)
	if err != nil {
		return Started{}, err
	}
	if phone != "" {
		return y.alert(ctx, a, b, phone, syncml.AlertRequest{Mode: seenFrom(mode, side), Classes: classes})
	}
	if len(classes) == 0 {
		if classes, err = y.common(ctx, b); err != nil {
			return Started{}, err
		}
	}
	var done Started
	for _, class := range classes {
		e, err := y.Synchronize(ctx, owner, binding, class, mode)
		if err != nil {
			return done, err
		}
		done.Entries = append(done.Entries, e)
	}
	return done, nil
}

func (y *Syncs) alert(ctx context.Context, a Alerter, b Binding, phone string, r syncml.AlertRequest) (Started, error) {
	way, lead, ok := wayOf(r.Mode, sideOf(b, phone))
	if !ok {
		return Started{}, fault(ErrInvalid, "there is no sync mode %d", r.Mode)
	}
	for _, class := range r.Classes {
		if err := b.directs(&engine.Job{Ref: engine.Ref{Class: class}, Way: way, Lead: lead}); err != nil {
			return Started{}, err
		}
	}
	r.Only = b.Classes
	if a == nil {
		return Started{}, fmt.Errorf("phone %s: %w", phone, syncml.ErrNoGateway)
	}
	_, err := a.Alert(ctx, b.Owner, phone, r)
	if err != nil {
		return Started{}, err
	}
	return Started{Alerted: phone}, nil
}

// phoneOf gives the client of a binding that starts its syncs itself, "" if there is none, and its side.
// There is never more than one: CreateBinding sees to it.
func (y *Syncs) phoneOf(b Binding) (string, engine.Side, error) {
	for s, id := range []string{b.Source, b.Target} {
		k, err := y.kinds.Kind(b.Kinds[s])
		if err != nil {
			return "", 0, err
		}
		if !k.Caps.ServerInitiated {
			return id, engine.Side(s), nil
		}
	}
	return "", 0, nil
}

// seenFrom gives a mode of a binding's source as the client on a side has it.
func seenFrom(mode int, side engine.Side) int {
	if side == engine.Source {
		return mode
	}
	switch mode {
	case engine.OneWayFromClient, engine.RefreshFromClient:
		return mode + engine.OneWayFromServer - engine.OneWayFromClient
	case engine.OneWayFromServer, engine.RefreshFromServer:
		return mode - engine.OneWayFromServer + engine.OneWayFromClient
	}
	return mode
}

// sideOf gives the side of a client of a binding.
func sideOf(b Binding, client string) engine.Side {
	if b.Target == client {
		return engine.Target
	}
	return engine.Source
}

// common are the dataclasses that a binding synchronises and both of its clients have, in the order of the source's.
func (y *Syncs) common(ctx context.Context, b Binding) ([]dataclass.Class, error) {
	var has [2][]dataclass.Class
	for s, id := range []string{b.Source, b.Target} {
		k, err := y.kinds.Kind(b.Kinds[s])
		if err != nil {
			return nil, err
		}
		caps, err := k.CapsOf(ctx, sources.Client{Owner: b.Owner, ID: id, Kind: b.Kinds[s]})
		if err != nil {
			return nil, err
		}
		has[s] = caps.Classes
	}
	return slices.DeleteFunc(slices.Clone(has[engine.Source]), func(c dataclass.Class) bool {
		return c == dataclass.Calendar || !b.Synchronizes(c) || !slices.Contains(has[engine.Target], c)
	}), nil
}

package syncml

import (
	"context"
	"errors"
	"fmt"

	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/syncml/internal/wire"
)

// prepareStatus has the inbox planned if the phone answers our Alert by a slow sync.
func (t *turn) prepareStatus(ctx context.Context, s *wire.Status) error {
	cmd, ok := t.state.Sent[sentKey(s.MsgRef, s.CmdRef)]
	if !ok || cmd.Kind != "Alert" || s.Code != 508 {
		return nil
	}
	d := t.state.Databases[cmd.Database]
	if d.Seen || complete(d.Mode) && !d.Resumed {
		return nil
	}
	if err := t.store.spoil(ctx, t.phone, ""); err != nil {
		return err
	}
	err := t.o.Syncs.Flush(ctx, t.phone, t.declared(d))
	if err == nil {
		return nil
	}
	// The package is on its way in this very message, so it cannot be put off. Without a slow package
	// nothing is stored that would need the flush; the phone sends the message again.
	return errors.Join(fmt.Errorf("plan inbox of %s", d.Name), err)
}

// status takes the phone's answer to one of our commands.
func (t *turn) status(s *wire.Status) {
	key := sentKey(s.MsgRef, s.CmdRef)
	cmd, ok := t.state.Sent[key]
	if !ok {
		return
	}
	delete(t.state.Sent, key)
	if cmd.Piece && s.Code < 300 {
		return // the status of the last piece counts
	}
	switch cmd.Kind {
	case "Alert":
		t.alertAnswered(cmd.Database, s.Code)
	case wire.Add, wire.Replace, wire.Delete:
		t.opAnswered(cmd, s.Code)
	}
}

func (t *turn) alertAnswered(i, code int) {
	d := t.state.Databases[i]
	switch {
	case code == 508 && !d.Seen:
		d.Mode, d.Resumed, d.Rest = wire.AlertSlow, false, false
	case code == 508 && !d.listing():
		// It has sent its changes without asking; the whole content comes in the next session.
		t.changeAnchors(i, (*anchorRow).forgetPhone)
		d.Arrived = false
	case code >= 400 && code != 508:
		d.Refused = true
	case fromServer(d.way()):
		d.Seen = true // it may send no Sync at all
	}
}

func (t *turn) opAnswered(cmd sent, code int) {
	d := t.state.Databases[cmd.Database]
	if sp := t.state.Splitting; sp != nil && sp.Op == cmd.Op {
		t.state.Splitting, d.After = nil, cmd.Op // the rest of it is not wanted
	}
	a := Answer{Op: cmd.Op, Kind: Acknowledged}
	if err := opError(cmd.Kind, code); err != nil {
		a.Kind, a.Err = Refused, err
	}
	if code == 420 {
		d.Full = true
	}
	t.answers[cmd.Database] = append(t.answers[cmd.Database], a)
}

// opError gives the class of failure that a phone's status means for an op; nil if the phone has done
// it, or holds what it should.
func opError(verb string, code int) error {
	switch {
	case code >= 200 && code < 214, code == 419:
		return nil
	case code == 418 && verb == wire.Add:
		return nil
	case code == 404 || code == 410:
		if verb == wire.Delete {
			return nil
		}
		return refusedBy(sources.ErrGone, code)
	case code == 413, code == 416, code == 424:
		return refusedBy(sources.ErrTooBig, code)
	case code == 415, code == 411, code == 406, code == 405:
		return refusedBy(sources.ErrUnsupported, code)
	case code == 420:
		return refusedBy(sources.ErrQuota, code)
	case code == 409, code == 412, code == 418:
		return refusedBy(sources.ErrConflict, code)
	}
	return refusedBy(sources.ErrBusy, code)
}

func refusedBy(class error, code int) error { return fmt.Errorf("%w: phone answers %d", class, code) }

package ledger

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/outgoing"
)

// Together tells how many of ops, up to most, can be carried out at once: no two of one item, nor of one key. Of ops that
// are not empty it is one at least.
func Together(ops []sources.Op, most int) int {
	seen := make(map[string]bool)
	for i, op := range ops {
		name := "id " + string(op.ID)
		if op.Verb == sources.Add {
			name = "key " + string(op.Key)
		}
		if i == most || seen[name] && name != "key " {
			return i
		}
		seen[name] = true
	}
	return len(ops)
}

// Check refuses what needs no server to be refused, and gives the item of an op that has one. It returns
// sources.ErrUnsupported for a verb or a body that cannot be, and sources.ErrTooBig.
func Check(op sources.Op, class dataclass.Class, maxSize int) (*dataclass.Item, error) {
	switch op.Verb {
	case sources.Delete:
		return nil, nil
	case sources.Add, sources.Replace:
	default:
		return nil, sources.ErrUnsupported
	}
	if len(op.Body.Data) > maxSize {
		return nil, sources.ErrTooBig
	}
	it, err := dataclass.Decode(class, op.Body)
	if err != nil {
		return nil, Unfit(err)
	}
	return it, nil
}

// Unfit gives an error of an item that a server cannot hold its class: sources.ErrTooBig or sources.ErrUnsupported.
func Unfit(err error) error {
	if errors.Is(err, dataclass.ErrTooBig) {
		return fmt.Errorf("%w: %w", sources.ErrTooBig, err)
	}
	return fmt.Errorf("%w: %w", sources.ErrUnsupported, err)
}

// Elsewhere makes an error by which a whole look or write failed a sources.ErrElsewhere, if the server is to blame and no
// other class says so. Refused tells that the server answered with an error of its own.
func Elsewhere(err error, refused bool) error {
	if err == nil || Classed(err) {
		return err
	}
	var network net.Error
	if refused || errors.As(err, &network) {
		return fmt.Errorf("%w: %w", sources.ErrElsewhere, err)
	}
	for _, theirs := range []error{io.ErrUnexpectedEOF, io.EOF, dataclass.ErrMalformed, dataclass.ErrTooBig, outgoing.ErrTooBig} {
		if errors.Is(err, theirs) {
			return fmt.Errorf("%w: %w", sources.ErrElsewhere, err)
		}
	}
	return err
}

// Classed reports whether an error has a class that says who is to blame, or what to do.
func Classed(err error) bool {
	for _, c := range []error{
		sources.ErrAuth, sources.ErrBusy, sources.ErrCursorLost, sources.ErrUnknownOutcome, sources.ErrElsewhere, context.Canceled,
	} {
		if errors.Is(err, c) {
			return true
		}
	}
	return false
}

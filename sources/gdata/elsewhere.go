package gdata

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

// elsewhere makes an error by which a whole look or write failed a sources.ErrElsewhere, if the server is to blame and
// no other class says so.
func elsewhere(err error) error {
	if err == nil || classed(err) {
		return err
	}
	var refusal *statusError
	var network net.Error
	for _, theirs := range []bool{
		errors.As(err, &refusal), errors.As(err, &network), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF),
		errors.Is(err, dataclass.ErrMalformed), errors.Is(err, dataclass.ErrTooBig),
	} {
		if theirs {
			return fmt.Errorf("%w: %w", sources.ErrElsewhere, err)
		}
	}
	return err
}

// classed reports whether an error has a class that says more.
func classed(err error) bool {
	for _, c := range []error{
		sources.ErrAuth, sources.ErrBusy, sources.ErrCursorLost, sources.ErrUnknownOutcome, context.Canceled,
	} {
		if errors.Is(err, c) {
			return true
		}
	}
	return false
}

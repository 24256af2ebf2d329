package dav

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/outgoing"
)

// elsewhere makes an error by which a whole look or write failed a sources.ErrElsewhere, if the server is to blame and
// no other class says so. A server that forbids to look at all wants other credentials.
func elsewhere(err error) error {
	if err == nil || classed(err) {
		return err
	}
	var refusal *statusError
	if errors.As(err, &refusal) && refusal.status == http.StatusForbidden {
		return fmt.Errorf("%w: %w", sources.ErrAuth, err)
	}
	var network net.Error
	for _, theirs := range []bool{
		refusal != nil, errors.As(err, &network), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF),
		errors.Is(err, dataclass.ErrMalformed), errors.Is(err, dataclass.ErrTooBig), errors.Is(err, outgoing.ErrTooBig),
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
		sources.ErrAuth, sources.ErrBusy, sources.ErrCursorLost, sources.ErrUnknownOutcome, sources.ErrElsewhere, context.Canceled,
	} {
		if errors.Is(err, c) {
			return true
		}
	}
	return false
}

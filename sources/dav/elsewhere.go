package dav

import (
	"errors"
	"net/http"

	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/ledger"
)

// forbidden says that a server lets this user look at nothing there.
type forbidden struct{ err error }

// Error implements error.
func (f *forbidden) Error() string {
	return "the server does not let this user in there: " + f.err.Error()
}

// Unwrap gives what the server answered, and that other credentials are needed.
func (f *forbidden) Unwrap() []error { return []error{sources.ErrAuth, f.err} }

// elsewhere makes an error by which a whole look or write failed a sources.ErrElsewhere, if the server is to blame and
// no other class says so. A server that forbids to look at all wants other credentials.
func elsewhere(err error) error {
	var refusal *statusError
	refused := errors.As(err, &refusal)
	if refused && refusal.status == http.StatusForbidden && !ledger.Classed(err) {
		return &forbidden{err}
	}
	return ledger.Elsewhere(err, refused)
}

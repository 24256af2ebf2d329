package dav

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/ledger"
)

// elsewhere makes an error by which a whole look or write failed a sources.ErrElsewhere, if the server is to blame and
// no other class says so. A server that forbids to look at all wants other credentials.
func elsewhere(err error) error {
	var refusal *statusError
	refused := errors.As(err, &refusal)
	if refused && refusal.status == http.StatusForbidden && !ledger.Classed(err) {
		return fmt.Errorf("%w: %w", sources.ErrAuth, err)
	}
	return ledger.Elsewhere(err, refused)
}

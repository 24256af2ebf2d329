package gdata

import (
	"errors"

	"github.com/bindery-sync/bindery/sources/ledger"
)

// elsewhere makes an error by which a whole look or write failed a sources.ErrElsewhere, if the server is to blame and
// no other class says so.
func elsewhere(err error) error {
	var refusal *statusError
	return ledger.Elsewhere(err, errors.As(err, &refusal))
}

package engine

import (
	"errors"
	"fmt"
)

// sideError is what a side answered.
type sideError struct {
	side Side
	what string
	err  error
}

// Error implements error.
func (e *sideError) Error() string { return fmt.Sprintf("%s %s: %v", e.what, e.side, e.err) }

// Unwrap gives what the side answered.
func (e *sideError) Unwrap() error { return e.err }

// atSide says what a side was asked for when it answered with an error.
func atSide(s Side, what string, err error) error { return &sideError{s, what, err} }

// AtSide gives the side that answered with an error of a class, such as sources.ErrAuth, if a run ended by it.
func AtSide(err, class error) (Side, bool) {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			if s, ok := AtSide(e, class); ok {
				return s, true
			}
		}
		return 0, false
	}
	if e, ok := err.(*sideError); ok && errors.Is(e.err, class) {
		return e.side, true
	}
	if next := errors.Unwrap(err); next != nil {
		return AtSide(next, class)
	}
	return 0, false
}

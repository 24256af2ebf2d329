package bindings

import (
	"errors"
	"fmt"
)

// The classes of error of this package. They arrive wrapped in an *Error with a sentence for the user;
// a caller tells them apart with errors.Is. A failed log-in is sources.ErrAuth.
var (
	// ErrNotFound: there is no such account, client, binding or log entry, or it is another owner's and
	// the caller shall not learn that it exists.
	ErrNotFound = errors.New("not found")
	// ErrNoClient: a request names a Sync Client that its owner does not have. It is an ErrNotFound.
	ErrNoClient = fmt.Errorf("sync client %w", ErrNotFound)
	// ErrUnbound: the binding was removed while it was at work. It is an ErrNotFound.
	ErrUnbound = fmt.Errorf("binding %w", ErrNotFound)
	// ErrForbidden: the object exists and belongs to another owner. Only bindings tell this apart from
	// ErrNotFound, because the API's answers do; their ids are counted, so nothing is given away.
	ErrForbidden = errors.New("belongs to another owner")
	// ErrInUse: the name, the id or the client is taken.
	ErrInUse = errors.New("in use")
	// ErrInvalid: the request makes no sense, whatever is stored.
	ErrInvalid = errors.New("invalid")
	// ErrChanged: it is not any more what the person saw who decided about it. Nothing was done.
	ErrChanged = errors.New("changed since")
)

// An Error is one of the classes with a sentence that may be shown to the user who asked.
type Error struct {
	// Class is one of the classes of this package.
	Class error
	// Sentence says what is wrong. It holds nothing that the asking user may not see.
	Sentence string
}

// Error gives the sentence.
func (e *Error) Error() string { return e.Sentence }

// Unwrap gives the class.
func (e *Error) Unwrap() error { return e.Class }

// fault makes an *Error.
func fault(class error, format string, args ...any) error {
	return &Error{Class: class, Sentence: fmt.Sprintf(format, args...)}
}

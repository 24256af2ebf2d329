package face

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/dav/davitem"
	"github.com/bindery-sync/bindery/sources/dav/davxml"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// A fault is a refusal: a status and either a precondition (RFC 4918 section 16) or a sentence.
type fault struct {
	status    int
	condition *xmltree.Element
	text      string
}

// Error implements error.
func (f *fault) Error() string {
	if f.condition != nil {
		return fmt.Sprintf("%d %s", f.status, f.condition.Local)
	}
	return fmt.Sprintf("%d %s", f.status, f.text)
}

// refuse makes a fault of a precondition that was not met.
func refuse(status int, space, local string, inside ...*xmltree.Element) *fault {
	return &fault{status: status, condition: davxml.Name{Space: space, Local: local}.New(inside...)}
}

var (
	errReadOnly  = refuse(http.StatusForbidden, davxml.DAV, "need-privileges")
	errForeign   = refuse(http.StatusForbidden, davxml.DAV, "need-privileges")
	errNotFound  = &fault{status: http.StatusNotFound, text: "there is nothing here"}
	errCondition = &fault{status: http.StatusPreconditionFailed, text: "the resource is not as the request wants it"}
	errNoParent  = &fault{status: http.StatusConflict, text: "there is no collection to put this into"}
	errNotHere   = &fault{status: http.StatusMethodNotAllowed, text: "this method is not for this resource"}
	errSignIn    = &fault{status: http.StatusUnauthorized, text: "sign in with the name and password of your account, or with a token as the password"}
	errGuesses   = &fault{status: http.StatusTooManyRequests, text: "too many wrong passwords; try again in some minutes"}
	errTooLarge  = &fault{status: http.StatusRequestEntityTooLarge, text: "the request is too large"}
)

func badRequest(format string, args ...any) *fault {
	return &fault{status: http.StatusBadRequest, text: fmt.Sprintf(format, args...)}
}

// fail answers with what went wrong.
func (s *server) fail(w http.ResponseWriter, r *http.Request, err error) {
	f := asFault(err)
	if f == nil {
		if r.Context().Err() == nil {
			s.o.Log.ErrorContext(r.Context(), "DAV request failed", "method", r.Method, "path", r.URL.Path, "error", err)
		}
		f = &fault{status: http.StatusInternalServerError, text: "the server could not do this"}
	}
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	switch f.status {
	case http.StatusUnauthorized:
		h.Set("WWW-Authenticate", `Basic realm="Bindery", charset="UTF-8"`)
	case http.StatusTooManyRequests:
		h.Set("Retry-After", "60")
	case http.StatusMethodNotAllowed:
		h.Set("Allow", allowed)
	}
	if f.condition == nil {
		http.Error(w, f.text, f.status)
		return
	}
	h.Set("Content-Type", "application/xml; charset=utf-8")
	w.WriteHeader(f.status)
	x := davxml.NewWriter(w, davxml.Name{Space: davxml.DAV, Local: "error"})
	x.Element(f.condition)
	_ = x.Close() // a client that hung up wants no answer
}

// asFault gives the refusal behind an error, nil for a fault of the server.
func asFault(err error) *fault {
	var f *fault
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &f):
		return f
	case errors.As(err, &tooLarge), errors.Is(err, xmltree.ErrLimit):
		return errTooLarge
	case errors.Is(err, xmltree.ErrSyntax), errors.Is(err, davxml.ErrBody):
		return badRequest("%v", err)
	case errors.Is(err, sources.ErrAuth):
		return errSignIn
	}
	return nil
}

// unacceptable gives the precondition that an item breaks (RFC 6352 section 6.3.2.1, RFC 4791 section 5.3.2.1).
func unacceptable(class dataclass.Class, err error) error {
	space, data, kind := davxml.CalDAV, "valid-calendar-data", "supported-calendar-data"
	if class == dataclass.Contacts {
		space, data, kind = davxml.CardDAV, "valid-address-data", "supported-address-data"
	}
	switch {
	case errors.Is(err, davitem.ErrType):
		return refuse(http.StatusForbidden, space, kind)
	case errors.Is(err, davitem.ErrComponent):
		return refuse(http.StatusForbidden, space, "supported-calendar-component")
	case errors.Is(err, davitem.ErrObject):
		return refuse(http.StatusForbidden, space, "valid-calendar-object-resource")
	case errors.Is(err, davitem.ErrData):
		return refuse(http.StatusForbidden, space, data)
	case errors.Is(err, dataclass.ErrTooBig), errors.Is(err, sources.ErrTooBig):
		return refuse(http.StatusForbidden, space, "max-resource-size")
	}
	return err
}

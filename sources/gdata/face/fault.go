package face

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/gdata/entry"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// A fault is an error that the caller is told.
type fault struct {
	status int
	// code names it for programs, text says it to people.
	code, text string
	// current is the entry as it is now, for a write that was made from an old one.
	current *shown
	// body is what is answered, if that is no error document.
	body []byte
}

// Error gives the text.
func (f fault) Error() string { return f.text }

func badRequest(code, text string) fault {
	return fault{status: http.StatusBadRequest, code: code, text: text}
}

var (
	errSignIn     = fault{status: http.StatusUnauthorized, code: "required", text: "Sign in with name and password, or with a token."}
	errReadOnly   = fault{status: http.StatusForbidden, code: "insufficientPermissions", text: "This token may only read."}
	errGuesses    = fault{status: http.StatusTooManyRequests, code: "rateLimitExceeded", text: "Too many attempts with a wrong password; try again in a few minutes."}
	errNoFeed     = fault{status: http.StatusNotFound, code: "notFound", text: "There is no such feed."}
	errNoEntry    = fault{status: http.StatusNotFound, code: "notFound", text: "There is no such entry."}
	errNoUser     = fault{status: http.StatusForbidden, code: "forbidden", text: "The user of this address is not you: use your own name, the id of one of your datastores, or default."}
	errStale      = fault{status: http.StatusPreconditionFailed, code: "conditionNotMet", text: "The entry has changed since."}
	errNoMatch    = fault{status: http.StatusPreconditionRequired, code: "required", text: "If-Match header or entry etag attribute required."}
	errTooBig     = fault{status: http.StatusRequestEntityTooLarge, code: "uploadTooLarge", text: "This is more than the server takes."}
	errMethod     = fault{status: http.StatusMethodNotAllowed, code: "httpMethodNotAllowed", text: "This address does not take that method."}
	errPatch      = fault{status: http.StatusMethodNotAllowed, code: "httpMethodNotAllowed", text: "Parts of entries are not taken: send the whole entry by PUT."}
	errSystem     = fault{status: http.StatusForbidden, code: "forbidden", text: "There are no groups of the system here, and nobody makes one."}
	errCovered    = fault{status: http.StatusGone, code: "updatedMinTooLongAgo", text: "Not all that was deleted since updated-min is known any more: read everything again."}
	errNoPhoto    = fault{status: http.StatusNotFound, code: "notFound", text: "The contact has no picture."}
	errUnreadable = fault{status: http.StatusConflict, code: "conflict", text: "What is stored cannot be read, so it cannot be edited."}
)

// faultOf gives what is answered for an error, and whether it is the caller's.
func faultOf(err error) (fault, bool) {
	var f fault
	var tooBig *http.MaxBytesError
	switch {
	case errors.As(err, &f):
		return f, f.status != http.StatusInternalServerError
	case errors.As(err, &tooBig), errors.Is(err, dataclass.ErrTooBig), errors.Is(err, xmltree.ErrLimit), errors.Is(err, sources.ErrTooBig):
		return errTooBig, true
	case errors.Is(err, xmltree.ErrSyntax):
		return badRequest("parseError", "The body is no well-formed XML."), true
	case errors.Is(err, dataclass.ErrMalformed), errors.Is(err, dataclass.ErrUnsupported):
		return badRequest("invalid", "The entry cannot be understood."), true
	case errors.Is(err, sources.ErrGone):
		return errNoEntry, true
	case errors.Is(err, sources.ErrConflict):
		return errStale, true
	case errors.Is(err, sources.ErrUnsupported):
		return badRequest("invalid", "The server cannot keep this."), true
	}
	return fault{status: http.StatusInternalServerError, code: "backendError", text: "The server failed; try again."}, false
}

// writeFault answers with an error document, or with the entry that a write overlooked.
func writeFault(w http.ResponseWriter, f fault) {
	h, body := w.Header(), f.body
	h.Del("ETag")
	if body != nil {
		h.Set("Content-Type", entryType)
	} else {
		h.Set("Content-Type", "application/vnd.google.gdata.error+xml; charset=UTF-8")
		body = f.document()
	}
	if f.status == http.StatusTooManyRequests {
		h.Set("Retry-After", "60")
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(f.status)
	_, _ = w.Write(body) // a caller that has gone reads no answer
}

func (f fault) document() []byte {
	return xmltree.New(entry.GD, "errors").Add(xmltree.New(entry.GD, "error").
		AddText("domain", "GData").AddText("code", f.code).AddText("internalReason", f.text)).Append(nil, xmltree.Options{Declaration: true})
}

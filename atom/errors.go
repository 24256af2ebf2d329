package atom

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/remote"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// A problem is an error that is the caller's, with the status and the sentence of the answer.
type problem struct {
	status   int
	sentence string
}

// Error gives the sentence.
func (p *problem) Error() string { return p.sentence }

// The problems that a handler finds by itself. The capital letters are the API's.
var (
	errNoResource        = &problem{http.StatusNotFound, "There is nothing at this address"}
	errNoMethod          = &problem{http.StatusMethodNotAllowed, "This address does not support that method"}
	errNoEntry           = &problem{http.StatusBadRequest, "Binding entry not provided"}
	errNoSource          = &problem{http.StatusBadRequest, "Binding source not provided"}
	errNoTarget          = &problem{http.StatusBadRequest, "Binding target not provided"}
	errNoID              = &problem{http.StatusBadRequest, "No binding ID provided"}
	errNoUpdate          = &problem{http.StatusBadRequest, "No Entry provided"}
	errFixedSides        = &problem{http.StatusBadRequest, "The source and the target cannot be changed; another one is another binding"}
	errBadFilter         = &problem{http.StatusBadRequest, "A filter has the attributes side (source or target) and dataclass, and days_back, days_ahead and category as far as it narrows"}
	errUnknownSchedule   = &problem{http.StatusNotFound, "Unknown schedule"}
	errNoSchedule        = &problem{http.StatusBadRequest, "Schedule entry not provided"}
	errNoScheduleBinding = &problem{http.StatusBadRequest, "The element binding holds the number of a binding"}
	errBadInterval       = &problem{http.StatusBadRequest, "interval and jitter are written like 90s, 15m or 6h"}
	errFileType          = &problem{http.StatusUnsupportedMediaType, "A file of items is sent as text/vcard or text/calendar"}
	errNoFile            = &problem{http.StatusBadRequest, "The file is empty"}
	errOtherFile         = &problem{http.StatusNotAcceptable, "Contacts are had as text/vcard, everything else as text/calendar"}
	errNoReplacement     = &problem{http.StatusBadRequest, "The client element names the new phone by its uuid or its device_id"}
	errUnknownRemoved    = &problem{http.StatusNotFound, "Nothing of that name was removed, or it cannot be brought back"}
	errNoClientEntry     = &problem{http.StatusBadRequest, "Client entry not provided"}
	errUnknownBinding    = &problem{http.StatusNotFound, "Unknown Sync Binding"}
	errUnknownClient     = &problem{http.StatusNotFound, "Unknown Sync Client"}
	errUnknownEntry      = &problem{http.StatusNotFound, "Unknown synchronization log entry"}
	errSignIn            = &problem{http.StatusUnauthorized, "Sign in with the name and the password of an account"}
	errGuesses           = &problem{http.StatusTooManyRequests, "Too many wrong passwords; try again in a few minutes"}
	errStreams           = &problem{http.StatusTooManyRequests, "Too many streams are open; ask for the log entry itself from time to time"}
	errOrigin            = &problem{http.StatusForbidden, "Another site's page may not send this request"}
	errNotAcceptable     = &problem{http.StatusNotAcceptable, "Only application/atom+xml is offered here"}
	errMediaType         = &problem{http.StatusUnsupportedMediaType, "The entry must be sent as application/atom+xml"}
	errChanged           = &problem{http.StatusPreconditionFailed, "It has changed since; read it again"}
	errThere             = &problem{http.StatusPreconditionFailed, "It is there already"}
	errCoding            = &problem{http.StatusUnsupportedMediaType, "A body is sent as it is, or with the content coding gzip"}
	errOwnExport         = &problem{http.StatusForbidden, "Only the account itself is given what it owns; bindery account export makes the archive on the server"}
	errNoDays            = &problem{http.StatusBadRequest, "days_back and days_ahead are from 1 to 365000; leave one out for no limit"}
	errReadOnly          = &problem{http.StatusForbidden, "This token may only read"}
	errNeedsPassword     = &problem{http.StatusForbidden, "This needs the password of the account; a token is not enough"}
	errAdminOnly         = &problem{http.StatusForbidden, "Only an administrator may do this"}
	errNoTokenEntry      = &problem{http.StatusBadRequest, "Token entry not provided"}
	errNoAccountEntry    = &problem{http.StatusBadRequest, "Account entry not provided"}
	errBadTime           = &problem{http.StatusBadRequest, "A time is written as 2009-03-18T10:00:47Z"}
	errBadAfter          = &problem{http.StatusBadRequest, "after is the number of entries that stand before the page"}
	errBadDry            = &problem{http.StatusBadRequest, "dry is true or false"}
	errDryItem           = &problem{http.StatusBadRequest, "dry is for a file of items, which is sent to the address of the whole datastore; nothing was written"}
	errBadBinding        = &problem{http.StatusBadRequest, "binding is the number of a binding"}
	errBadPage           = &problem{http.StatusBadRequest, "before is the number of a log entry"}
	errBadState          = &problem{http.StatusBadRequest, "status is running, done, held or abandoned"}
	errBadClass          = &problem{http.StatusBadRequest, "dataclass is Contacts, Events, Tasks, Notes or Calendar"}
	errUnknownToken      = &problem{http.StatusNotFound, "Unknown token"}
	errUnknownAccount    = &problem{http.StatusNotFound, "Unknown account"}
	errUnknownKind       = &problem{http.StatusNotFound, "Unknown sync source"}
	errNoServerEntry     = &problem{http.StatusBadRequest, "Sync source entry not provided"}
	errNoServer          = &problem{http.StatusBadRequest, "The element server holds the name or the id of a registered sync source"}
	errNoGoogle          = &problem{http.StatusNotImplemented, "Google's own APIs are not offered yet"}
	errNoActiveSync      = &problem{http.StatusNotImplemented, "ActiveSync is not offered yet"}
	errNoSetup           = &problem{http.StatusNotImplemented, "Sending settings to a phone is not offered yet; enter them on the phone"}
	errNoItemEntry       = &problem{http.StatusBadRequest, "Item not provided: send it in the content of an entry, or as text/vcard, text/calendar or text/plain"}
	errItemType          = &problem{http.StatusUnsupportedMediaType, "An item is sent in an Atom entry, or as text/vcard, text/calendar or text/plain"}
	errNoItem            = &problem{http.StatusBadRequest, "The item cannot be read as one of that dataclass and media type"}
	errItemTooBig        = &problem{http.StatusRequestEntityTooLarge, "The item is too big"}
	errUnknownItem       = &problem{http.StatusNotFound, "Unknown item"}
	errNotStored         = &problem{http.StatusBadRequest, "A datastore holds Contacts, Events, Tasks and Notes"}
	errUnknownSession    = &problem{http.StatusNotFound, "Unknown session"}
	errUnknownFeed       = &problem{http.StatusNotFound, "There is no such feed; its address may have been made anew or revoked"}
	errUnknownHold       = &problem{http.StatusNotFound, "Unknown held plan"}
	errUnknownReview     = &problem{http.StatusNotFound, "Unknown doubtful pair"}
	errUnknownAside      = &problem{http.StatusNotFound, "Unknown item in quarantine"}
	errUnknownVersion    = &problem{http.StatusNotFound, "Unknown version"}
	errBadDecision       = &problem{http.StatusBadRequest, "state must be approved or rejected"}
	errBadVerdict        = &problem{http.StatusBadRequest, "verdict must be same, two or open"}
	errNoRestore         = &problem{http.StatusConflict, "The version cannot be restored now; the Sync Client that held it does not take it"}
	errNoStartEntry      = &problem{http.StatusBadRequest, "Synchronization entry not provided"}
	errFormOnly          = &problem{http.StatusUnsupportedMediaType, "A browser that is signed in may send forms only; programs sign in by a password or a token"}
	errOldForm           = &problem{http.StatusForbidden, "This form is too old; go back, load the page again and send it once more"}
	errBadForm           = &problem{http.StatusBadRequest, "The form cannot be read"}
	errNoClasses         = &problem{http.StatusBadRequest, "Choose at least one dataclass; to stop a binding, remove it"}
	errBadDays           = &problem{http.StatusBadRequest, "Days are a number"}
	errNotSure           = &problem{http.StatusBadRequest, "Say that you are sure"}
	errNoForm            = &problem{http.StatusBadRequest, "This page has no such form"}
	errWrongPassword     = &problem{http.StatusUnauthorized, "There is no account with that name and password"}
	errNotMine           = &problem{http.StatusForbidden, "That is not your password"}
	errUnlike            = &problem{http.StatusBadRequest, "The two passwords differ"}
	errOtherName         = &problem{http.StatusBadRequest, "That is not the name of the account"}
	errBadMode           = &problem{http.StatusBadRequest, "sync_mode is a number from 200 to 205"}
)

// guessAgain is after how many seconds somebody may try again of whom there was too much.
const guessAgain = 60

// answers is the one place that says how a class of error is answered. The first class that an error
// has decides. An empty sentence stands for the error's own one.
var answers = []struct {
	class    error
	status   int
	sentence string
}{
	{sources.ErrAuth, http.StatusUnauthorized, errSignIn.sentence},
	{bindings.ErrForbidden, http.StatusForbidden, "Forbidden: the binding does not belong to the authenticated user"},
	{bindings.ErrNoClient, http.StatusBadRequest, ""},
	{bindings.ErrNotFound, http.StatusNotFound, ""},
	{bindings.ErrInUse, http.StatusConflict, ""},
	{bindings.ErrInvalid, http.StatusBadRequest, ""},
	{remote.ErrNotFound, http.StatusNotFound, ""},
	{remote.ErrInUse, http.StatusConflict, ""},
	{remote.ErrInvalid, http.StatusBadRequest, ""},
	{bindings.ErrChanged, http.StatusPreconditionFailed, ""},
	{sources.ErrElsewhere, http.StatusBadGateway, "The server of one side could not be reached, or what it answered cannot be used. Nothing was deleted because of it; the next synchronization tries again"},
	{xmltree.ErrLimit, http.StatusBadRequest, "The entry has too many elements, or they are nested too deeply"},
	{xmltree.ErrSyntax, http.StatusBadRequest, "The entry is not well-formed XML"},
	{sources.ErrBusy, http.StatusServiceUnavailable, "The server is busy; try again soon"},
	{context.DeadlineExceeded, http.StatusServiceUnavailable, "The server is busy; try again soon"},
	{context.Canceled, http.StatusServiceUnavailable, "The request was given up"},
}

// answer finds status and sentence for an error; known is false for one that is our own fault.
func answer(err error) (status int, sentence string, known bool) {
	var p *problem
	if errors.As(err, &p) {
		return p.status, p.sentence, true
	}
	var tooBig *http.MaxBytesError
	if errors.As(err, &tooBig) {
		return http.StatusRequestEntityTooLarge, "The entry is too big", true
	}
	for _, a := range answers {
		if errors.Is(err, a.class) {
			return a.status, ownSentence(err, a.sentence, a.status), true
		}
	}
	return http.StatusInternalServerError, "Something went wrong in the server; its log says what", false
}

// ownSentence gives sentence, or if it is empty what the error has to say to its user.
func ownSentence(err error, sentence string, status int) string {
	var own *bindings.Error
	var far *remote.Error
	switch {
	case sentence != "":
		return sentence
	case errors.As(err, &own):
		return own.Sentence
	case errors.As(err, &far):
		return far.Sentence
	}
	return http.StatusText(status)
}

// fail answers an error. What the caller cannot help is logged.
func (a *api) fail(w http.ResponseWriter, r *http.Request, err error) {
	status, sentence, known := answer(err)
	if !known {
		a.Log.ErrorContext(r.Context(), "request failed", "request", requestID(r), "error", err)
	}
	h := w.Header()
	if status == http.StatusUnauthorized && (!wantsPage(r) || r.Header.Get("Authorization") != "") {
		h.Set("WWW-Authenticate", `Basic realm="Bindery", charset="UTF-8"`)
		h.Add("WWW-Authenticate", `Bearer realm="Bindery"`)
	}
	switch status {
	case http.StatusServiceUnavailable:
		h.Set("Retry-After", strconv.Itoa(lookAgain))
	case http.StatusTooManyRequests:
		h.Set("Retry-After", strconv.Itoa(guessAgain))
	}
	if wantsPage(r) && a.failPage(w, r, status, sentence) {
		return
	}
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, sentence+"\n") // a caller that has gone reads no answer
}

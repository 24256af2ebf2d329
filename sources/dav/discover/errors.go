package discover

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"

	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/outgoing"
)

// The classes of error. They arrive wrapped in an *Error.
var (
	// ErrAddress: what was typed is no address.
	ErrAddress = errors.New("no address")
	// ErrCredentials: the server wants other credentials.
	ErrCredentials = errors.New("credentials are refused")
	// ErrCertificate: nobody vouches for the server.
	ErrCertificate = errors.New("certificate is not good")
	// ErrRefused: the guard of addresses does not let anybody ask there.
	ErrRefused = errors.New("address is refused")
	// ErrElsewhere: the account is at another site, which was not asked; Error.Address says where.
	ErrElsewhere = errors.New("elsewhere")
	// ErrBusy: the server says that it is busy.
	ErrBusy = errors.New("busy")
	// ErrUnreachable: there is no such host, or nobody answers there.
	ErrUnreachable = errors.New("unreachable")
	// ErrNoTLS: the server speaks plain HTTP where HTTPS was asked.
	ErrNoTLS = errors.New("no TLS")
	// ErrAnswer: the server speaks WebDAV and its answer cannot be used.
	ErrAnswer = errors.New("unusable answer")
	// ErrEmpty: somebody is signed in who has no home set of address books, and none of calendars.
	ErrEmpty = errors.New("nothing there")
	// ErrNoDAV: there is a server, and no CardDAV or CalDAV.
	ErrNoDAV = errors.New("no DAV")
	// ErrMake: the server does not make new collections.
	ErrMake = errors.New("cannot be made")
)

// classes are all of them, those that tell a person most first.
var classes = []error{ErrAddress, ErrCredentials, ErrCertificate, ErrRefused, ErrElsewhere, ErrBusy, ErrNoTLS, ErrAnswer, ErrEmpty, ErrMake, ErrUnreachable, ErrNoDAV}

// An Error is one of the classes with a sentence for a person.
type Error struct {
	// Class is one of the classes of this package.
	Class error
	// Host is the server that it is about, "" for none.
	Host string
	// Status is that of an answer that tells of a fault of the server, 0 for another error.
	Status int
	// Address is where the account is said to be, for an ErrElsewhere.
	Address string

	// stop tells that nothing else is worth trying.
	stop bool
}

// Unwrap gives the class.
func (e *Error) Unwrap() error { return e.Class }

// sentences say each class to a person; %s is the host.
var sentences = map[error]string{
	ErrCredentials: "%s refuses this user and password, or this token",
	ErrCertificate: "the certificate of %s is not one that can be trusted",
	ErrRefused:     "%s is an address that this server does not ask, such as one of a private network",
	ErrBusy:        "%s is busy; try again later",
	ErrUnreachable: "there is no server %s, or it does not answer",
	ErrNoTLS:       "%s does not speak HTTPS; an address that begins with http:// is asked without it, where an administrator allows that",
	ErrAnswer:      "%s answers with something that cannot be used",
	ErrEmpty:       "%s lets you in, and has neither address books nor calendars for you",
	ErrNoDAV:       "there is neither CardDAV nor CalDAV at %s; give the address that its documentation names",
	ErrMake:        "%s does not make new address books or calendars; make one there by its own means",
}

// Error gives the sentence. It holds nothing that a server wrote but the name of a host.
func (e *Error) Error() string {
	switch e.Class {
	case ErrAddress:
		return "this is no address of a server: give a host, a mail address or a URL that begins with https://"
	case ErrAnswer:
		if e.Status != 0 {
			return fmt.Sprintf("%s answers that it failed (%d %s); try again later", e.Host, e.Status, http.StatusText(e.Status))
		}
	case ErrElsewhere:
		return fmt.Sprintf("%s says that the account is at %s, which was not asked: say so if you trust that server", e.Host, e.Address)
	}
	return fmt.Sprintf(sentences[e.Class], e.Host)
}

// rank orders errors by how much they tell, the best first.
func rank(err error) int {
	for i, c := range classes {
		if errors.Is(err, c) {
			return i
		}
	}
	return len(classes)
}

// final reports whether an error ends the search.
func final(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.stop
}

// failed says why a request has no answer.
func failed(ctx context.Context, host string, err error) error {
	e := &Error{Class: ErrUnreachable, Host: host, stop: ctx.Err() != nil}
	var dns *net.DNSError
	var verify *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	var name x509.HostnameError
	var plain tls.RecordHeaderError
	switch {
	case errors.Is(err, sources.ErrAuth):
		e.Class, e.stop = ErrCredentials, true
	case errors.Is(err, sources.ErrBusy):
		e.Class = ErrBusy
	case errors.Is(err, outgoing.ErrRefused):
		e.Class = ErrRefused
	case errors.Is(err, outgoing.ErrTooBig):
		e.Class = ErrAnswer
	case errors.Is(err, http.ErrSchemeMismatch), errors.As(err, &plain):
		e.Class = ErrNoTLS
	case errors.As(err, &verify), errors.As(err, &authority), errors.As(err, &name):
		e.Class = ErrCertificate
	case errors.As(err, &dns):
		e.Class = ErrUnreachable
	}
	return e
}

// refused says what a status means that is no success.
func refused(host string, status int) error {
	e := &Error{Class: ErrNoDAV, Host: host}
	switch {
	case status == http.StatusUnauthorized:
		e.Class, e.stop = ErrCredentials, true
	case status == http.StatusForbidden:
		e.Class = ErrCredentials
	case status == http.StatusTooManyRequests, status == http.StatusServiceUnavailable:
		e.Class = ErrBusy
	case status >= 500 && status != http.StatusNotImplemented:
		e.Class, e.Status = ErrAnswer, status
	}
	return e
}

// failing reports whether an error says nothing of what is at an address: the server, or the line to it, failed.
func failing(err error) bool {
	var e *Error
	return errors.As(err, &e) && (e.Status != 0 || e.Class == ErrBusy || e.Class == ErrUnreachable)
}

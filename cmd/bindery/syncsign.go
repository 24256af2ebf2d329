package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"

	"github.com/bindery-sync/bindery/sources/dav/discover"
	"github.com/bindery-sync/bindery/sources/dav/named"
	"github.com/bindery-sync/bindery/sources/outgoing"
)

// A signature is by what requests to a server that a person named are signed in; the zero value by nothing.
type signature struct {
	user, secret string
	// bearer means that the secret is a token, and no password.
	bearer bool
}

// String shows nothing, so that no message can.
func (signature) String() string { return "signature" }

// GoString is String.
func (signature) GoString() string { return "signature" }

// anywhere are all addresses: the person who names one may ask it.
var anywhere = []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")}

// signedClient gives the client for requests to an address. It asks nobody but the site that was named, as
// discover.SameSite has it, wherever a redirect or a link of an answer leads: nobody else is to get the credentials, or
// what is written. It follows no redirects by itself.
func signedClient(d *davEnd, by signature) *http.Client {
	home, err := url.Parse(d.place.Address)
	if err != nil {
		home = &url.URL{}
	}
	guard := outgoing.New(outgoing.Options{Allow: anywhere})
	return &http.Client{
		Transport:     &signer{guard: guard, home: home, by: by, end: d},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// signer signs requests in.
type signer struct {
	guard http.RoundTripper
	home  *url.URL
	by    signature
	end   *davEnd
}

// originOf gives scheme, host and port of an address, as named.Parse spells them.
func originOf(address string) string {
	p, _, _, err := named.Parse(address)
	u, bad := url.Parse(p.Address)
	if err != nil || bad != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// RoundTrip implements http.RoundTripper.
func (s *signer) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.User != nil || !discover.SameSite(s.home, r.URL) {
		err := errors.New("the server leads to another one: " + (&url.URL{Scheme: r.URL.Scheme, Host: r.URL.Host, Path: r.URL.Path}).String() + "; if that is right, name that address")
		if r.Body != nil {
			err = errors.Join(err, r.Body.Close())
		}
		return nil, err
	}
	out := r.Clone(r.Context())
	out.Header.Del("Cookie")
	switch {
	case s.by.secret == "":
		out.Header.Del("Authorization")
	case s.by.bearer:
		out.Header.Set("Authorization", "Bearer "+s.by.secret)
	default:
		out.SetBasicAuth(s.by.user, s.by.secret)
	}
	res, err := s.guard.RoundTrip(out)
	if said := plainly(r.URL, err); said != nil {
		s.end.trouble.Store(said)
		return res, said
	}
	return res, err
}

// A plainError says of a connection that failed what a person can do about it.
type plainError struct {
	text string
	err  error
}

// Error implements error.
func (e *plainError) Error() string { return e.text }

// Unwrap gives what happened.
func (e *plainError) Unwrap() error { return e.err }

// plainly says in words why a server cannot be trusted, nil if that is not the trouble.
func plainly(u *url.URL, err error) *plainError {
	var unknown x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	var record tls.RecordHeaderError
	text := ""
	switch {
	case errors.As(err, &unknown):
		text = "the certificate of %s is signed by nobody whom this machine trusts; if it is yours, $SSL_CERT_FILE can name a file with it"
	case errors.As(err, &host):
		text = "the certificate that %s shows is that of another server"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		text = "the certificate of %s is not valid now: it has ended or not begun yet, or the clock of this machine is wrong"
	case errors.As(err, &invalid):
		text = "the certificate of %s cannot be used"
	case errors.As(err, &record):
		text = "%s does not speak HTTPS there"
	default:
		return nil
	}
	return &plainError{fmt.Sprintf(text, u.Host), err}
}

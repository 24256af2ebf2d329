package dav

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/dav/davxml"
	"github.com/bindery-sync/bindery/sources/outgoing"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

const (
	// maxRedirects is how often one request is sent on.
	maxRedirects = 4
	// maxError is how many bytes of an answer are read that is a refusal.
	maxError = 64 << 10
)

// A request is one request to the server.
type request struct {
	method string
	// path is escaped; "" is that of the collection.
	path        string
	depth       string
	body        []byte
	contentType string
	accept      string
	// ifMatch is the entity tag that what is written must have; ifNone says that there must be nothing.
	ifMatch string
	ifNone  bool
	// tries is how often it may be sent; by default maxTries for what changes nothing, and else once.
	tries int
	// read takes an answer with a status below 300. It may be called again if it gave an error.
	read func(*http.Response) error
}

func (r request) reads() bool {
	return r.method == http.MethodGet || r.method == "PROPFIND" || r.method == "REPORT"
}

// A wire speaks with the server of one client for one class. It is safe for concurrent use.
type wire struct {
	d     *DAV
	http  http.Client
	check func(req *http.Request, via []*http.Request) error
	class dataclass.Class
	base  *url.URL
}

func (d *DAV) newWire(conn Connection, class dataclass.Class) (*wire, error) {
	base, err := url.Parse(conn.Collections[class])
	if err != nil || base.Host == "" || base.User != nil {
		return nil, fmt.Errorf("%w: the address of the collection is none", sources.ErrElsewhere)
	}
	w := &wire{d: d, class: class, base: base}
	if conn.HTTP != nil {
		w.http, w.check = *conn.HTTP, conn.HTTP.CheckRedirect
	}
	w.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return w, nil
}

// at gives the address of a path of the server.
func (w *wire) at(escaped string) (*url.URL, error) {
	u := *w.base
	u.Fragment = ""
	if escaped == "" {
		return &u, nil
	}
	u.RawQuery = ""
	var err error
	if u.Path, err = url.PathUnescape(escaped); err != nil {
		return nil, badAnswer("the server gave an address that is none")
	}
	u.RawPath = escaped
	return &u, nil
}

// onward gives where a redirect leads. What leads to another server is refused: it would get the credentials. One that
// is only less safe is made safe.
func (w *wire) onward(from *url.URL, location string) (*url.URL, error) {
	u, err := from.Parse(location)
	if err != nil {
		return nil, badAnswer("the server leads to an address that is none")
	}
	if u.Scheme == "http" && w.base.Scheme == "https" && u.Hostname() == w.base.Hostname() {
		u.Scheme, u.Host = w.base.Scheme, w.base.Host
	}
	if u.Scheme != w.base.Scheme || !strings.EqualFold(u.Host, w.base.Host) || u.User != nil {
		to := url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}
		return nil, badAnswer("the server leads to another one: %.300s; if that is right, name that address", to.String())
	}
	return u, nil
}

const (
	// maxTries is how often a request that changes nothing is sent.
	maxTries = 4
	// firstPause is how long to wait before the second time, twice as long before the third, and so on.
	firstPause = time.Second
	// maxPause is the longest that a sync waits for a server; what wants to be left alone for longer is busy.
	maxPause = 30 * time.Second
)

// do sends a request, again where the server asks to be left alone for a moment or, for one that only reads, fails. An
// error that is not a *statusError leaves open whether a write was carried out.
func (w *wire) do(ctx context.Context, r request) error {
	for try := 0; ; try++ {
		err := w.once(ctx, r)
		w.d.o.Meter.Asked(KindName, err)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		var s *statusError
		if errors.As(err, &s) && s.limited() {
			w.d.o.Meter.Limited(KindName, s.after)
		}
		pause, again := patience(r, err, try)
		if !again {
			return err
		}
		if err := w.d.o.Wait(ctx, pause); err != nil {
			return err
		}
	}
}

// patience tells whether to send a request again after that error, and when. A write is sent again only after an answer
// that says that it was not carried out.
func patience(r request, err error, try int) (time.Duration, bool) {
	pause := firstPause << try
	tries := maxTries
	if r.tries > 0 {
		tries = r.tries
	}
	var s *statusError
	if errors.As(err, &s) && s.limited() && try+1 < maxTries && s.after <= maxPause && (s.after > 0 || s.status == http.StatusTooManyRequests) {
		return max(pause, s.after), true
	}
	if try+1 >= tries || !r.reads() {
		return 0, false
	}
	if s != nil {
		return pause, s.status == http.StatusInternalServerError || s.status == http.StatusBadGateway ||
			s.status == http.StatusGatewayTimeout || s.status == http.StatusServiceUnavailable && s.after <= maxPause
	}
	for _, final := range []error{sources.ErrAuth, dataclass.ErrMalformed, dataclass.ErrTooBig, outgoing.ErrRefused, outgoing.ErrTooBig} {
		if errors.Is(err, final) {
			return 0, false
		}
	}
	return pause, true
}

// once sends a request and follows redirects with the same method and body.
func (w *wire) once(ctx context.Context, r request) error {
	ctx, cancel := context.WithTimeout(ctx, w.d.o.Timeout)
	defer cancel()
	u, err := w.at(r.path)
	if err != nil {
		return err
	}
	var via []*http.Request
	for range maxRedirects + 1 {
		req, err := r.on(ctx, u)
		if err != nil {
			return err
		}
		if len(via) > 0 && w.check != nil {
			if err := w.check(req, via); err != nil && !errors.Is(err, http.ErrUseLastResponse) { // who follows none leaves that to us
				return fmt.Errorf("redirect: %w", err)
			}
		}
		next, err := w.send(req, r)
		if err != nil || next == "" {
			return err
		}
		if u, err = w.onward(u, next); err != nil {
			return err
		}
		via = append(via, req)
	}
	return badAnswer("the server leads on and on, or in a circle")
}

// on makes the request for an address.
func (r request) on(ctx context.Context, u *url.URL) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, r.method, u.String(), bytes.NewReader(r.body))
	if err != nil {
		return nil, badAnswer("the server gave an address that is none")
	}
	if r.ifNone {
		req.Header.Set("If-None-Match", "*")
	}
	for name, value := range map[string]string{"Depth": r.depth, "Content-Type": r.contentType, "Accept": r.accept, "If-Match": r.ifMatch} {
		if value != "" {
			req.Header.Set(name, value)
		}
	}
	return req, nil
}

// send sends one request. Next is where the server sends it on to.
func (w *wire) send(req *http.Request, r request) (next string, err error) {
	resp, err := w.http.Do(req)
	if err != nil {
		var ue *url.Error
		if errors.As(err, &ue) {
			err = ue.Err // the address is nobody's business
		}
		return "", fmt.Errorf("ask the server: %w", err)
	}
	defer func() {
		_, _ = io.CopyN(io.Discard, resp.Body, maxError) // so that the connection can be used again
		_ = resp.Body.Close()
	}()
	switch resp.StatusCode {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		if next := resp.Header.Get("Location"); next != "" {
			return next, nil
		}
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return "", w.refusal(resp)
	}
	if r.read == nil {
		return "", nil
	}
	return "", r.read(resp)
}

// refusal reads an answer that is none. Of its body only the precondition counts (RFC 4918 section 16).
func (w *wire) refusal(resp *http.Response) error {
	e := &statusError{status: resp.StatusCode, after: w.after(resp.Header.Get("Retry-After"))}
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxError))
	if err != nil {
		return e //nolint:nilerr // the status says it all
	}
	root, err := xmltree.Parse(data, xmltree.Limits{Bytes: maxError, Depth: 20, Nodes: 1000})
	if err != nil || davxml.Of(root) != (davxml.Name{Space: davxml.DAV, Local: "error"}) {
		return e
	}
	for c := range root.Elements() {
		e.condition = strings.Clone(c.Local)
		e.href = strings.Clone(strings.TrimSpace(c.Child("href").Text()))
		break
	}
	return e
}

// after reads Retry-After: seconds, or a date.
func (w *wire) after(s string) time.Duration {
	var n int64
	if _, err := fmt.Sscanf(s, "%d", &n); err == nil && n >= 0 {
		return time.Duration(min(n, 1<<20)) * time.Second
	}
	if t, err := http.ParseTime(s); err == nil {
		return max(t.Sub(w.d.o.Now()), time.Second)
	}
	return 0
}

// A statusError is a refusal of the server. It wraps the class of error that it is when a whole look met it.
type statusError struct {
	status int
	// after is how long the server wants to be left alone, 0 if it did not say.
	after time.Duration
	// condition is the name of the precondition that was not met, and href what it names; empty if it did not say.
	condition, href string
}

// Error names the status and the precondition, and nothing of what the server said besides.
func (e *statusError) Error() string {
	said := fmt.Sprintf("the server answered %d %s", e.status, http.StatusText(e.status))
	switch {
	case e.status == http.StatusUnauthorized:
		return "the server refuses this user and password, or this token: it answered 401"
	case e.condition != "" && len(e.condition) <= 60 && !strings.ContainsFunc(e.condition, unsaid):
		return said + " (" + e.condition + ")"
	}
	return said
}

// unsaid are the characters that no name of a precondition has.
func unsaid(r rune) bool { return r != '-' && !(r >= 'a' && r <= 'z') }

func (e *statusError) limited() bool {
	return e.status == http.StatusTooManyRequests || e.status == http.StatusServiceUnavailable
}

// Unwrap gives the class of error.
func (e *statusError) Unwrap() error {
	switch e.status {
	case http.StatusUnauthorized, http.StatusProxyAuthRequired:
		return sources.ErrAuth
	case http.StatusTooManyRequests, http.StatusServiceUnavailable, http.StatusLocked:
		return sources.ErrBusy
	}
	return nil
}

// statusOf gives the status of a refusal, 0 for an error that is none.
func statusOf(err error) int {
	var s *statusError
	if errors.As(err, &s) {
		return s.status
	}
	return 0
}

// notFound reports whether a server said that there is nothing.
func notFound(err error) bool {
	s := statusOf(err)
	return s == http.StatusNotFound || s == http.StatusGone
}

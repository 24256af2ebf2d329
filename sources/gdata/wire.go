package gdata

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/gdata/entry"
	"github.com/bindery-sync/bindery/sources/outgoing"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

const (
	// maxBody is how many bytes of one answer are read.
	maxBody = 16 << 20
	// mostAhead is how many bytes there is made room for because the server says that it sends them.
	mostAhead = 1 << 20
	// maxRedirects is how often one request is sent on.
	maxRedirects = 4
	// atomType is the media type of entries and feeds.
	atomType = "application/atom+xml"
)

// errBigAnswer means that an answer has no end, or one that is too far away, or too much in it.
var errBigAnswer = fmt.Errorf("%w: an answer of more than %d bytes, or %d nodes", dataclass.ErrTooBig, maxBody, limits.Nodes)

// A request is one request to the server.
type request struct {
	method, address string
	body            []byte
	contentType     string
	// ifMatch is the entity tag that what is written must have; empty asks for no check.
	ifMatch string
	// hasty says that the request is sent once, whatever becomes of it.
	hasty bool
	// reads says that the request changes nothing, whatever its method.
	reads bool
}

// An answer is what the server said to a request, with a status below 300.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// A wire speaks with the server of one client for one class. Requests may be sent at once; all else is not for concurrent use.
type wire struct {
	g    *GData
	conn Connection
	http http.Client
	// session is the gsessionid that the server gave, to be repeated; a string.
	session atomic.Value
	class   dataclass.Class
	// post and batch are where entries are sent, as the feed says.
	post, batch string
	names       names
}

func (g *GData) newWire(conn Connection, class dataclass.Class) *wire {
	w := &wire{g: g, conn: conn, class: class}
	if conn.HTTP != nil {
		w.http = *conn.HTTP
	}
	w.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	w.post = w.feed()
	return w
}

// feed gives the address of the feed of the class.
func (w *wire) feed() string {
	if w.class == dataclass.Contacts {
		return w.conn.Contacts
	}
	return w.conn.Events
}

// version is the one of the protocol that is spoken: events never had version 3.
func (w *wire) version() string {
	if w.class == dataclass.Contacts {
		return "3.0"
	}
	return "2.0"
}

// target checks an address that the server gave, or the user. What leads to another server is refused: it would get
// the credentials. One that is only less safe is made safe.
func (w *wire) target(address string) (*url.URL, error) {
	base, err := url.Parse(w.feed())
	if err != nil {
		return nil, fmt.Errorf("%w: the address of the feed is none", dataclass.ErrMalformed)
	}
	u, err := base.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("%w: the server gave an address that is none", dataclass.ErrMalformed)
	}
	if u.Scheme == "http" && base.Scheme == "https" && u.Hostname() == base.Hostname() {
		u.Scheme, u.Host = base.Scheme, base.Host
	}
	if u.Scheme != base.Scheme || !strings.EqualFold(u.Host, base.Host) || u.User != nil {
		return nil, fmt.Errorf("%w: the server gave an address that is not its own", dataclass.ErrMalformed)
	}
	u.Fragment = ""
	if session, ok := w.session.Load().(string); ok && u.Query().Get("gsessionid") == "" {
		q := u.Query()
		q.Set("gsessionid", session)
		u.RawQuery = q.Encode()
	}
	return u, nil
}

// do sends a request, again where the server asks to be left alone for a moment or, for one that only reads, fails. An
// error that is not a *statusError leaves open whether a write was carried out.
func (w *wire) do(ctx context.Context, r request) (*answer, error) {
	r.reads = r.reads || r.method == http.MethodGet
	for try := 0; ; try++ {
		a, err := w.once(ctx, r)
		w.g.o.Meter.Asked(KindName, err)
		if err == nil {
			return a, nil
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		pause, again := patience(r, err, try)
		var s *statusError
		if errors.As(err, &s) && s.limited() {
			w.g.o.Meter.Limited(KindName, s.after)
		}
		if !again {
			return nil, err
		}
		if err := w.g.o.Wait(ctx, pause); err != nil {
			return nil, err
		}
	}
}

const (
	// maxTries is how often a request is sent.
	maxTries = 5
	// firstPause is how long to wait before the second time, twice as long before the third, and so on.
	firstPause = time.Second
	// maxPause is the longest that a sync waits for a server; what wants to be left alone for longer is busy.
	maxPause = 30 * time.Second
)

// patience tells whether to send a request again after that error, and when. A write is sent again only after an answer
// that says that it was not carried out.
func patience(r request, err error, try int) (time.Duration, bool) {
	pause := firstPause << try
	if try+1 >= maxTries || r.hasty {
		return 0, false
	}
	var s *statusError
	if !errors.As(err, &s) {
		return pause, r.reads && !errors.Is(err, sources.ErrAuth) && !errors.Is(err, sources.ErrBusy) && !errors.Is(err, sources.ErrElsewhere) && !errors.Is(err, dataclass.ErrMalformed) && !errors.Is(err, dataclass.ErrTooBig) && !errors.Is(err, outgoing.ErrRefused)
	}
	switch {
	case s.after > maxPause:
		return 0, false
	case s.status == http.StatusTooManyRequests, s.status == http.StatusServiceUnavailable && s.after > 0:
		return max(pause, s.after), true
	case s.status >= 500 && s.status != http.StatusNotImplemented && s.status != http.StatusInsufficientStorage:
		return pause, r.reads
	}
	return 0, false
}

// once sends a request and follows redirects with the same method and body.
func (w *wire) once(ctx context.Context, r request) (*answer, error) {
	ctx, cancel := context.WithTimeout(ctx, w.g.o.Timeout)
	defer cancel()
	address := r.address
	var via []*http.Request
	for range maxRedirects + 1 {
		u, err := w.target(address)
		if err != nil {
			return nil, err
		}
		req, err := w.request(ctx, r, u)
		if err != nil {
			return nil, err
		}
		if len(via) > 0 && w.conn.HTTP != nil && w.conn.HTTP.CheckRedirect != nil {
			if err := w.conn.HTTP.CheckRedirect(req, via); err != nil {
				return nil, fmt.Errorf("redirect: %w", err)
			}
		}
		a, next, err := w.send(req)
		if err != nil || next == "" {
			return a, err
		}
		if address, err = onward(u, next); err != nil {
			return nil, err
		}
		w.remember(address)
		via = append(via, req)
	}
	return nil, fmt.Errorf("%w: more than %d redirects", dataclass.ErrMalformed, maxRedirects)
}

func onward(from *url.URL, location string) (string, error) {
	u, err := from.Parse(location)
	if err != nil {
		return "", fmt.Errorf("%w: a redirect to nowhere", dataclass.ErrMalformed)
	}
	return u.String(), nil
}

// remember keeps the session that a redirect names.
func (w *wire) remember(address string) {
	if u, err := url.Parse(address); err == nil {
		if id := u.Query().Get("gsessionid"); id != "" && len(id) <= 256 {
			w.session.Store(id)
		}
	}
}

func (w *wire) request(ctx context.Context, r request, u *url.URL) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, r.method, u.String(), bytes.NewReader(r.body))
	if err != nil {
		return nil, fmt.Errorf("%w: the server gave an address that is none", dataclass.ErrMalformed)
	}
	req.Header.Set("GData-Version", w.version())
	if r.contentType != "" {
		req.Header.Set("Content-Type", r.contentType)
	}
	if r.ifMatch != "" {
		req.Header.Set("If-Match", r.ifMatch)
	}
	if onThisMachine(u.Hostname()) {
		req.Header.Set("Accept-Encoding", "identity") // to compress takes longer than to copy
	}
	return req, nil
}

// onThisMachine reports whether what is sent to a host does not leave the machine.
func onThisMachine(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// send sends one request. Next is where the server sends it on to.
func (w *wire) send(req *http.Request) (a *answer, next string, err error) {
	resp, err := w.http.Do(req)
	if err != nil {
		var ue *url.Error
		if errors.As(err, &ue) {
			err = ue.Err // the address is nobody's business
		}
		return nil, "", fmt.Errorf("ask the server: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	switch resp.StatusCode {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		if next := resp.Header.Get("Location"); next != "" {
			return nil, next, nil
		}
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return nil, "", &statusError{status: resp.StatusCode, after: w.after(resp.Header.Get("Retry-After"))}
	}
	var body bytes.Buffer
	body.Grow(int(min(max(resp.ContentLength, 0), mostAhead)) + bytes.MinRead)
	if _, err := body.ReadFrom(io.LimitReader(resp.Body, maxBody+1)); err != nil {
		return nil, "", fmt.Errorf("read the answer of the server: %w", err)
	}
	if body.Len() > maxBody {
		return nil, "", errBigAnswer
	}
	return &answer{resp.StatusCode, resp.Header, body.Bytes()}, "", nil
}

// after reads Retry-After: seconds, or a date.
func (w *wire) after(s string) time.Duration {
	var n int64
	if _, err := fmt.Sscanf(s, "%d", &n); err == nil && n >= 0 {
		return time.Duration(min(n, 1<<20)) * time.Second
	}
	if t, err := http.ParseTime(s); err == nil {
		return max(t.Sub(w.g.o.Now()), time.Second)
	}
	return 0
}

// limits bound what is read of an answer as XML.
var limits = xmltree.Limits{Bytes: maxBody, Nodes: 500_000, Depth: 40}

// tree reads an answer as XML. One that was cut is an error like any other that is not well-formed.
func tree(body []byte) (*xmltree.Element, error) {
	e, err := xmltree.Parse(body, limits)
	if errors.Is(err, xmltree.ErrLimit) {
		return nil, fmt.Errorf("%w: %w", errBigAnswer, err)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: the answer of the server: %w", dataclass.ErrMalformed, err)
	}
	return e, nil
}

// get reads a document.
func (w *wire) get(ctx context.Context, address string) (*xmltree.Element, http.Header, error) {
	a, err := w.do(ctx, request{method: http.MethodGet, address: address})
	if err != nil {
		return nil, nil, err
	}
	e, err := tree(a.body)
	return e, a.header, err
}

// document prints an entry or a feed.
func document(e *xmltree.Element) []byte {
	return entry.Append(make([]byte, 0, entryBytes), e)
}

// A statusError is a refusal of the server. It wraps the class of error that it is.
type statusError struct {
	status int
	// after is how long the server wants to be left alone, 0 if it did not say.
	after time.Duration
	// one says that it refuses one entry, and not whoever asks.
	one bool
}

// Error names the status, and nothing of what the server said besides.
func (e *statusError) Error() string {
	return fmt.Sprintf("the server answered %d %s", e.status, http.StatusText(e.status))
}

func (e *statusError) limited() bool {
	return e.status == http.StatusTooManyRequests || e.status == http.StatusServiceUnavailable
}

// Unwrap gives the class of error.
func (e *statusError) Unwrap() error {
	switch e.status {
	case http.StatusForbidden:
		if e.one {
			return sources.ErrUnsupported
		}
		return sources.ErrAuth
	case http.StatusUnauthorized, http.StatusProxyAuthRequired:
		return sources.ErrAuth
	case http.StatusNotFound, http.StatusGone:
		return sources.ErrGone
	case http.StatusConflict, http.StatusPreconditionFailed:
		return sources.ErrConflict
	case http.StatusRequestEntityTooLarge:
		return sources.ErrTooBig
	case http.StatusBadRequest, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity, http.StatusMethodNotAllowed, http.StatusNotImplemented:
		return sources.ErrUnsupported
	case http.StatusInsufficientStorage:
		return sources.ErrQuota
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		return sources.ErrBusy
	case http.StatusInternalServerError, http.StatusBadGateway, http.StatusGatewayTimeout:
		return sources.ErrElsewhere
	}
	return nil
}

// refused reports whether an error says that a write was not carried out.
func refused(err error) bool {
	var s *statusError
	return errors.As(err, &s) && (s.status < 500 || s.status == http.StatusNotImplemented || s.status == http.StatusInsufficientStorage)
}

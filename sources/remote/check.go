package remote

import (
	"context"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/outgoing"
)

// How long things may take.
const (
	checkTimeout = 30 * time.Second
	renewTimeout = time.Minute
	// maxExpiry is how long an access token counts at most, in seconds.
	maxExpiry = 30 * 24 * 3600
)

// maxPrologue is how much of an answer is read to find out whether it is a feed.
const maxPrologue = 64 << 10

// The ways in which a check fails.
var (
	errUnreachable = errors.New("cannot be reached")
	errNoFeed      = errors.New("answers with no Google Data feed")
)

// tried checks that a server takes credentials, and gives the keys that they have become.
func (m *Remotes) tried(ctx context.Context, s Server, c Credentials) (keys, error) {
	if s.Protocol() == KindDAV {
		return m.triedDAV(ctx, s, c)
	}
	k, err := c.keys(s.Auth.Way)
	if err != nil {
		return keys{}, err
	}
	ring := &memoryRing{k: k, user: c.User}
	_, err = m.check(ctx, s, NewServer{}, ring, true)
	return ring.k, err
}

// check asks each address of a server. One that was only guessed from Address is left out where there is no feed; what
// is left is returned.
func (m *Remotes) check(ctx context.Context, s Server, n NewServer, ring *memoryRing, signed bool) (Server, error) {
	done, err := m.slot(ctx)
	if err != nil {
		return s, err
	}
	defer done()
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	guessed := n.Contacts+n.Groups+n.Events == "" && n.Address != ""
	var last error
	for _, f := range s.feeds() {
		err := m.probe(ctx, s, f, ring, signed)
		if guessed && errors.Is(err, errNoFeed) {
			*f.at, last = "", err
			continue
		}
		if err != nil {
			return s, checkError(f.what, err)
		}
	}
	if len(s.Classes()) == 0 {
		return s, checkError("contacts", last)
	}
	return s, nil
}

// checkError says to a user what is wrong with an address.
func checkError(what string, err error) error {
	switch {
	case errors.Is(err, sources.ErrAuth):
		return fault(ErrInvalid, "the source refuses these credentials where the %s are", what)
	case errors.Is(err, outgoing.ErrRefused):
		return refusedAddress(what)
	case errors.Is(err, errNoFeed):
		return fault(ErrInvalid, "the address of the %s %s", what, errNoFeed)
	case errors.Is(err, sources.ErrBusy):
		return fault(ErrInvalid, "the source is busy; try again later")
	}
	return fault(ErrInvalid, "the address of the %s %s", what, errUnreachable)
}

// probe asks one address for a feed of one entry.
func (m *Remotes) probe(ctx context.Context, s Server, f feed, ring *memoryRing, signed bool) error {
	address := placed(*f.at, ring.user)
	u, err := url.Parse(address)
	if err != nil {
		return errNoFeed
	}
	q := u.Query()
	q.Set("max-results", "1")
	u.RawQuery = q.Encode()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return errNoFeed
	}
	r.Header.Set("GData-Version", "3.0")
	r.Header.Set("Accept", "application/atom+xml")
	client := m.o.Guard.Client(nil)
	if signed {
		client = m.connect(s, ring.user, ring).HTTP
	}
	res, err := client.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	return judge(res, signed)
}

// judge tells whether an answer is that of a server that speaks Google Data.
func judge(res *http.Response, signed bool) error {
	switch code := res.StatusCode; {
	case code == http.StatusUnauthorized || code == http.StatusForbidden:
		if signed {
			return sources.ErrAuth
		}
		return nil
	case code == http.StatusTooManyRequests || code == http.StatusServiceUnavailable:
		return sources.ErrBusy
	case code != http.StatusOK:
		return errNoFeed
	}
	d := xml.NewDecoder(io.LimitReader(res.Body, maxPrologue))
	for {
		t, err := d.Token()
		if err != nil {
			return errNoFeed
		}
		if e, ok := t.(xml.StartElement); ok {
			if e.Name.Local == "feed" && e.Name.Space == "http://www.w3.org/2005/Atom" {
				return nil
			}
			return errNoFeed
		}
	}
}

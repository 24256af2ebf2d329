package remote

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/time/rate"

	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/dav/discover"
	"github.com/bindery-sync/bindery/sources/outgoing"
)

// signer signs requests in that go to the server that was registered, and lets no others out but such as only read.
type signer struct {
	m      *Remotes
	server Server
	// sites, if there are any, are what is signed in to instead of the addresses of the server.
	sites []*url.URL
	user  string
	ring  ring
	limit *rate.Limiter
}

// RoundTrip implements http.RoundTripper. Credentials go where the server was registered to be, scheme, host and port,
// wherever a redirect or a link of an answer leads.
func (s *signer) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := s.limit.Wait(r.Context()); err != nil {
		return nil, closing(r, err)
	}
	if !s.home(r.URL) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			return nil, closing(r, fmt.Errorf("%s to another server: %w", r.Method, outgoing.ErrRefused))
		}
		return s.m.o.Guard.RoundTrip(bare(r))
	}
	k, err := s.ready(r.Context(), "")
	if err != nil {
		return nil, closing(r, err)
	}
	res, err := s.m.o.Guard.RoundTrip(s.signed(r, k))
	if err != nil || res.StatusCode != http.StatusUnauthorized || s.server.Auth.Way != AuthOAuth2 || !again(r) {
		return res, err
	}
	// The server may have ended a token before its time.
	if err := res.Body.Close(); err != nil {
		return nil, err
	}
	if k, err = s.ready(r.Context(), k.Access); err != nil {
		return nil, err
	}
	second := s.signed(r, k)
	if r.GetBody != nil {
		if second.Body, err = r.GetBody(); err != nil {
			return nil, err
		}
	}
	return s.m.o.Guard.RoundTrip(second)
}

// again reports whether a request can be sent twice.
func again(r *http.Request) bool { return r.Body == nil || r.Body == http.NoBody || r.GetBody != nil }

// closing closes the body of a request that is not sent, as an http.RoundTripper has to.
func closing(r *http.Request, err error) error {
	if r.Body != nil {
		err = errors.Join(err, r.Body.Close())
	}
	return err
}

// home reports whether an address is one of the server that was registered.
func (s *signer) home(u *url.URL) bool {
	if len(s.sites) > 0 {
		return slices.ContainsFunc(s.sites, func(site *url.URL) bool { return discover.SameSite(site, u) })
	}
	for _, f := range s.server.feeds() {
		if at, err := url.Parse(*f.at); err == nil && at.Scheme == u.Scheme && at.Host == u.Host {
			return true
		}
	}
	return false
}

// bare is a request without credentials.
func bare(r *http.Request) *http.Request {
	out := r.Clone(r.Context())
	out.Header.Del("Authorization")
	out.Header.Del("Cookie")
	return out
}

// signed is a request with credentials.
func (s *signer) signed(r *http.Request, k keys) *http.Request {
	out := bare(r)
	switch s.server.Auth.Way {
	case AuthBasic:
		out.SetBasicAuth(s.user, k.Password)
	case AuthBearer:
		out.Header.Set("Authorization", "Bearer "+k.Token)
	default:
		out.Header.Set("Authorization", "Bearer "+k.Access)
	}
	return out
}

// ready gives keys that can be used now; stale is an access token that the server has refused.
func (s *signer) ready(ctx context.Context, stale string) (keys, error) {
	if s.server.Auth.Way != AuthOAuth2 {
		return s.ring.keys(ctx)
	}
	done, err := s.ring.turn(ctx)
	if err != nil {
		return keys{}, err
	}
	defer done()
	k, err := s.ring.keys(ctx)
	if err != nil || s.fresh(k, stale) {
		return k, err
	}
	renewed, err := s.renew(ctx, k)
	if !errors.Is(err, sources.ErrAuth) {
		return renewed, err
	}
	// Another process may have renewed them at the same time.
	now, reread := s.ring.keys(ctx)
	switch {
	case reread != nil || now.Refresh == k.Refresh:
		return keys{}, err
	case s.fresh(now, stale):
		return now, nil
	}
	return s.renew(ctx, now)
}

// fresh reports whether an access token can be used.
func (s *signer) fresh(k keys, stale string) bool {
	return sendable(k.Access) && k.Access != stale && (k.Expiry.IsZero() || s.m.o.Now().Before(k.Expiry))
}

// renew asks for a new access token, and stores it with the refresh token that may have come with it before anybody
// uses it (RFC 6749 section 6). It returns a sources.ErrAuth if the refresh token does not count any more, and
// sources.ErrBusy or ErrElsewhere for what passes by itself.
func (s *signer) renew(ctx context.Context, k keys) (keys, error) {
	conf := oauth2.Config{ClientID: s.server.Auth.ClientID, Endpoint: oauth2.Endpoint{TokenURL: s.server.Auth.TokenURL}}
	var err error
	if conf.ClientSecret, err = s.m.clientSecret(s.server); err != nil {
		return keys{}, err
	}
	if conf.ClientSecret == "" {
		conf.Endpoint.AuthStyle = oauth2.AuthStyleInParams // who has no secret can only name itself (section 3.2.1)
	}
	// The renewal is not given up half way: the server may have renewed already.
	asking, cancel := context.WithTimeout(context.WithoutCancel(ctx), renewTimeout)
	defer cancel()
	asking = context.WithValue(asking, oauth2.HTTPClient, s.m.o.Guard.Client(nil))
	tok, err := conf.TokenSource(asking, &oauth2.Token{RefreshToken: k.Refresh}).Token()
	if err != nil {
		return keys{}, renewError(err)
	}
	if !sendable(tok.AccessToken) {
		return keys{}, fmt.Errorf("the token server gave a token that cannot be sent: %w", sources.ErrElsewhere)
	}
	k.Access, k.Expiry = tok.AccessToken, time.Time{}
	if tok.ExpiresIn > 0 { // a while before it ends, so that no request meets the end
		k.Expiry = s.m.o.Now().UTC().Add(time.Duration(min(tok.ExpiresIn, maxExpiry)) * time.Second * 9 / 10)
	}
	if tok.RefreshToken != "" {
		k.Refresh = tok.RefreshToken
	}
	if err := s.ring.save(ctx, k); err != nil {
		return keys{}, err
	}
	return k, nil
}

// sendable reports whether an access token can stand in a request (RFC 6750 section 2.1).
func sendable(token string) bool {
	outside := func(c rune) bool { return c <= ' ' || c > '~' }
	return token != "" && !strings.ContainsFunc(token, outside)
}

// clientSecret opens the secret by which this server is known where it asks for tokens; "" if there is none.
func (m *Remotes) clientSecret(s Server) (string, error) {
	if len(s.secret) == 0 {
		return s.clientSecret, nil
	}
	plain, err := m.o.Secrets.Open(s.Owner, s.secret)
	if err != nil {
		return "", fmt.Errorf("secret of source %s cannot be read: %w", s.ID, sources.ErrAuth)
	}
	return string(plain), nil
}

// errorCode gives the error of a token server (RFC 6749 section 5.2), also where it does not call its answer JSON.
func errorCode(answer *oauth2.RetrieveError) string {
	if answer.ErrorCode != "" {
		return answer.ErrorCode
	}
	var said struct {
		Error string `json:"error"`
	}
	if err := json.Unmarshal(answer.Body, &said); err != nil {
		return ""
	}
	return said.Error
}

// renewError says why there is no new token, without what the server wrote: it may repeat what it was sent.
func renewError(err error) error {
	var answer *oauth2.RetrieveError
	if !errors.As(err, &answer) {
		var u *url.Error
		if errors.As(err, &u) {
			err = u.Err
		}
		if errors.Is(err, outgoing.ErrRefused) {
			return fmt.Errorf("ask for a token: %w: %w", sources.ErrElsewhere, outgoing.ErrRefused)
		}
		return fmt.Errorf("ask for a token: %w: %w", sources.ErrElsewhere, errUnreachable)
	}
	status := answer.Response.StatusCode
	switch code := errorCode(answer); code {
	case "invalid_grant", "invalid_client", "unauthorized_client":
		return fmt.Errorf("the token server answered %s: %w", code, sources.ErrAuth)
	case "temporarily_unavailable", "server_error":
		return fmt.Errorf("the token server answered %s: %w", code, sources.ErrBusy)
	}
	switch {
	case status == http.StatusUnauthorized:
		return fmt.Errorf("the token server answered %d: %w", status, sources.ErrAuth)
	case status == http.StatusTooManyRequests, status >= 500:
		return fmt.Errorf("the token server answered %d: %w", status, sources.ErrBusy)
	}
	return fmt.Errorf("the token server answered %d: %w", status, sources.ErrElsewhere)
}

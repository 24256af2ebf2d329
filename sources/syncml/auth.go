package syncml

import (
	"context"
	"encoding/base32"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"

	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/syncml/internal/wire"
)

// nonceBytes is the length of a nonce: within what phones of the time take.
const nonceBytes = 12

// open answers a message that belongs to no session: it logs the phone in and starts one.
func (s *Server) open(ctx context.Context, in *request) (reply, error) {
	if s.draining.Load() {
		return s.busy(in)
	}
	h := in.msg.Header
	if h.Cred == nil {
		if h.MsgID != "1" || in.token != "" {
			return reply{}, errUnknownSession
		}
		return s.challenge(ctx, in, 407)
	}
	try, err := s.attempt(ctx, in)
	if err != nil {
		return reply{}, err
	}
	if !s.o.Guesses.Allowed(try) {
		s.o.Log.WarnContext(ctx, "too many log-ins", "address", in.from, "device", h.Source.URI)
		return s.refuse(in, refusal{code: tooMany})
	}
	l, err := s.logIn(ctx, in)
	if errors.Is(err, sources.ErrAuth) {
		s.o.Guesses.Failed(try)
		return s.challenge(ctx, in, 401)
	}
	if err != nil {
		return reply{}, err
	}
	s.o.Guesses.Good(try)
	phone, err := s.takeOver(ctx, l.owner, h.Source.URI)
	if errors.Is(err, ErrReplaced) {
		s.o.Log.InfoContext(ctx, "phone refused", "device", h.Source.URI, "error", err)
		return s.refuse(in, refusal{code: 403})
	}
	if errors.Is(err, errBusy) {
		return s.busy(in)
	}
	if err != nil {
		return reply{}, err
	}
	sess, err := s.begin(in, phone, l)
	if err != nil {
		return reply{}, err
	}
	return s.guard(ctx, sess, func() (reply, error) { return s.process(ctx, in, sess) })
}

func (s *Server) takeOver(ctx context.Context, owner, deviceID string) (Phone, error) {
	client, err := s.o.Phones.Register(ctx, owner, deviceID)
	if err != nil {
		return Phone{}, fmt.Errorf("register phone: %w", err)
	}
	if s.o.Phones.Busy(client) {
		return Phone{}, fmt.Errorf("phone %s: %w", client, errBusy)
	}
	phone, err := s.o.Phones.TakeOver(ctx, owner, client)
	if err != nil {
		return Phone{}, fmt.Errorf("take over: %w", err)
	}
	return phone, nil
}

// A login is a log-in that succeeded.
type login struct {
	owner string
	name  string
	// nonce is for the next session; nil if the phone did not use one.
	nonce []byte
}

// logIn verifies the credentials; sources.ErrAuth if they are wrong.
func (s *Server) logIn(ctx context.Context, in *request) (login, error) {
	h := in.msg.Header
	switch h.Cred.Type {
	case wire.AuthBasic, "":
		return s.basic(ctx, h.Cred)
	case wire.AuthMD5:
		return s.digest(ctx, h)
	}
	return login{}, fmt.Errorf("credentials of type %q: %w", h.Cred.Type, sources.ErrAuth)
}

func (s *Server) basic(ctx context.Context, c *wire.Cred) (login, error) {
	name, password, err := c.Basic()
	if err != nil {
		return login{}, fmt.Errorf("%w: %w", sources.ErrAuth, err)
	}
	owner, err := s.o.Accounts.Basic(ctx, name, password)
	return login{owner: owner, name: name}, err
}

func (s *Server) digest(ctx context.Context, h wire.Header) (login, error) {
	name := h.Source.Name
	if name == "" {
		var err error
		if name, err = s.store.loginOf(ctx, h.Source.URI); err != nil {
			return login{}, err
		}
	}
	nonces, err := s.accepted(ctx, name, h.Source.URI)
	if err != nil {
		return login{}, err
	}
	owner, err := s.o.Accounts.Digest(ctx, name, func(password string) bool {
		ok := false
		for _, n := range nonces {
			ok = h.Cred.VerifyMD5(name, password, n) || ok
		}
		return ok
	})
	if err != nil {
		return login{}, err
	}
	nonce, err := s.newNonce()
	return login{owner: owner, name: name, nonce: nonce}, err
}

// accepted gives the nonces that a digest may be made with: that of the device's last session, and the
// challenge if it was refused. The empty one is good as long as the login was never given any, so that
// the first phone gets in at once; for ever after it would let in whoever has seen that first digest.
func (s *Server) accepted(ctx context.Context, name, deviceID string) ([][]byte, error) {
	last, _, err := s.store.nonce(ctx, name, deviceID)
	if err != nil {
		return nil, err
	}
	given, err := s.store.anyNonce(ctx, name)
	if err != nil {
		return nil, err
	}
	challenge, challenged, err := s.store.nonce(ctx, "", deviceID)
	if err != nil {
		return nil, err
	}
	var good [][]byte
	if len(last) > 0 || !given {
		good = append(good, last)
	}
	if challenged {
		good = append(good, challenge)
	}
	return good, nil
}

// challenge refuses a message for want of good credentials, and says what credentials are wanted. It
// never touches the nonce of a phone that has logged in.
func (s *Server) challenge(ctx context.Context, in *request, code int) (reply, error) {
	device := in.msg.Header.Source.URI
	s.o.Log.InfoContext(ctx, "SyncML log-in refused", "status", code, "device", device)
	basic, err := s.wantsBasic(ctx, in.msg.Header)
	if err != nil {
		return reply{}, err
	}
	if basic {
		if err := s.store.ageChallenge(ctx, device); err != nil {
			return reply{}, err
		}
		return s.refuse(in, refusal{code: code, chal: &wire.Chal{Type: wire.AuthBasic}})
	}
	nonce, err := s.newNonce()
	if err != nil {
		return reply{}, err
	}
	if err := s.store.putChallenge(ctx, device, nonce); err != nil {
		return reply{}, err
	}
	return s.refuse(in, refusal{code: code, chal: &wire.Chal{Type: wire.AuthMD5, NextNonce: nonce}})
}

// wantsBasic decides how a phone is challenged: by MD5, but by basic if it spoke that itself, or if it
// has failed to answer a challenge by MD5. The latter brings in the accounts that MD5 is off for. The two
// take turns, because the challenge by MD5 may have been lost on its way to a phone that knows nothing else. It looks
// at nothing but what the device did, so that the challenge tells nobody whether an account exists.
func (s *Server) wantsBasic(ctx context.Context, h wire.Header) (bool, error) {
	switch {
	case h.Cred == nil:
		return false, nil
	case h.Cred.Type != wire.AuthMD5:
		return h.Cred.Type == wire.AuthBasic || h.Cred.Type == "", nil
	}
	return s.store.challengedSince(ctx, h.Source.URI, s.o.Now().Add(-idleLimit))
}

// storeLogin keeps the nonce of the next session; one that logged in otherwise keeps what it had. Joins.
func (s *Server) storeLogin(ctx context.Context, l login, deviceID string) error {
	nonce := l.nonce
	if nonce == nil {
		var err error
		if nonce, _, err = s.store.nonce(ctx, l.name, deviceID); err != nil {
			return err
		}
	}
	return s.store.putNonce(ctx, l.name, deviceID, nonce)
}

func (s *Server) random(n int) ([]byte, error) {
	b := make([]byte, n)
	if _, err := io.ReadFull(s.o.Rand, b); err != nil {
		return nil, fmt.Errorf("random bytes: %w", err)
	}
	return b, nil
}

// begin makes the session of a phone that logged in. It is stored with its first message.
func (s *Server) begin(in *request, phone Phone, l login) (*session, error) {
	raw, err := s.random(16)
	if err != nil {
		return nil, err
	}
	token := strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(raw))
	h := in.msg.Header
	sess := &session{login: &l, row: sessionRow{Owner: phone.Owner, Client: phone.Client, Token: token,
		DeviceID: h.Source.URI, SessionID: h.SessionID, Fence: phone.Fence, StartedAt: s.o.Now().Unix()}}
	sess.state = state{Version: h.VerDTD, Zone: phone.Zone, Phase: inOpening, Theirs: h.Source, Sent: map[string]sent{},
		Began: s.o.Now().UnixMilli(), RespURI: s.respURI(in, token)}
	return sess, nil
}

// respURI is the address that the rest of the session goes to: the phone's own target with the token.
func (s *Server) respURI(in *request, token string) string {
	u, err := url.Parse(in.msg.Header.Target.URI)
	if err != nil || u.Host == "" {
		u, err = url.Parse(in.address)
	}
	if s.o.BaseURL != "" {
		base, baseErr := url.Parse(s.o.BaseURL)
		own, ownErr := url.Parse(in.address)
		if baseErr == nil && ownErr == nil {
			u, err = base.JoinPath(own.Path), nil
		}
	}
	if err != nil || u == nil {
		return ""
	}
	q := u.Query()
	q.Set(sessionParam, token)
	u.RawQuery = q.Encode()
	return u.String()
}

// newNonce makes a nonce of letters and digits: phones that keep it as a C string would cut it at a zero
// byte.
func (s *Server) newNonce() ([]byte, error) {
	raw, err := s.random(nonceBytes)
	for i, b := range raw {
		raw[i] = "abcdefghijklmnopqrstuvwxyz234567"[b&31]
	}
	return raw, err
}

package syncml

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/bindery-sync/bindery/sources/guesses"
	"github.com/bindery-sync/bindery/sources/sqlstore"
	"github.com/bindery-sync/bindery/sources/syncml/devicerule"
	"github.com/bindery-sync/bindery/sources/syncml/sessionlog"
)

// Options are what a Server needs. Accounts, Phones, Syncs and Store are required.
type Options struct {
	Accounts Accounts
	Phones   Phones
	Syncs    Syncs
	Store    *sqlstore.Store
	// Now and Rand are the clock and the source of nonces and tokens; by default the real ones.
	Now  func() time.Time
	Rand io.Reader
	Log  *slog.Logger
	// BaseURL, if set, is the address of this server as phones reach it, without the path. By default
	// a phone is told to go on at the address it used itself.
	BaseURL string
	// MaxMsgSize is the greatest message that we announce to take; never less than 150,000 bytes.
	MaxMsgSize int
	// MaxObjSize is the greatest item that we announce to take; by default 4,000,000 bytes.
	MaxObjSize int
	// Rules are what is known of single models of phones; by default those that come with Bindery.
	Rules devicerule.Table
	// Zone is the IANA name of the zone whose local time is meant where a phone is to be sent local times; by
	// default UTC.
	Zone string
	// LocalTimes says that Zone is sure to be that of the users: a phone of version 1.1 or later that does not
	// declare UTC is sent local times (OMA DevInf 1.2, element UTC). By default only rules have local times sent.
	LocalTimes bool
	// Wait is how long a phone is kept waiting for a run within one message; by default 20 seconds.
	Wait time.Duration
	// Guesses bounds attempts to log in; by default the server has one of its own.
	Guesses *guesses.Limit
	// Sessions, if set, is the log of what phones and server say to each other.
	Sessions *sessionlog.Log
}

const (
	minMsgSize = 150_000
	maxObjSize = 4_000_000
	// idleLimit is how long a session may be silent before Expire ends it.
	idleLimit = 10 * time.Minute
	// suspendLimit is how long a session that was suspended may be before Expire ends it.
	suspendLimit = time.Hour
	// keepReplies is how long a reply can be fetched again.
	keepReplies = 24 * time.Hour
	// workLimit bounds the work on one message, whether its phone still listens or not.
	workLimit = 5 * time.Minute
	// maxWaits is how many messages in a row say that a run goes on before the session ends without it.
	maxWaits = 3
)

// A Server is the SyncML face: an http.Handler for one path. It is safe for concurrent use. It keeps
// nothing in memory between two messages.
type Server struct {
	o     Options
	store storage
	locks keyedMutex
	// strangers and known bound the memory that arriving bodies take.
	strangers, known room
	gate             gate
	// draining is true once no new session is taken.
	draining atomic.Bool
}

// NewServer makes a Server. The Migrations must have been run on o.Store.
func NewServer(o Options) *Server {
	o.MaxMsgSize = max(o.MaxMsgSize, minMsgSize)
	if o.MaxObjSize <= 0 {
		o.MaxObjSize = maxObjSize
	}
	if o.Wait <= 0 {
		o.Wait = 20 * time.Second
	}
	if o.Rules == nil {
		o.Rules = devicerule.Own()
	}
	if o.Zone == "" {
		o.Zone = "UTC"
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Rand == nil {
		o.Rand = rand.Reader
	}
	if o.Guesses == nil {
		o.Guesses = guesses.New(o.Now)
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s := &Server{o: o, store: storage{db: o.Store, now: o.Now}, gate: make(gate, atWork)}
	s.strangers.most, s.known.most = strangersRoom, knownRoom
	return s
}

// errUnknownSession means that a message belongs to no session that can go on.
var errUnknownSession = errors.New("unknown session")

// answer gives the reply to a message: the stored one if these bytes came before.
func (s *Server) answer(ctx context.Context, in *request) (reply, error) {
	unlock := s.locks.lock(in.key())
	defer unlock()
	old, err := s.store.messageAgain(ctx, in.hash[:], in.token)
	if err != nil {
		return reply{}, err
	}
	if old != nil {
		return s.again(ctx, in, old)
	}
	if !spoken(in.msg.Header) {
		return s.refuse(in, refusal{code: 513})
	}
	sess, err := s.find(ctx, in)
	if err != nil {
		return reply{}, err
	}
	if sess == nil {
		return s.open(ctx, in)
	}
	return s.guard(ctx, sess, func() (reply, error) { return s.process(ctx, in, sess) })
}

// again answers a message that came before: from the store, or by going on where it was broken off.
func (s *Server) again(ctx context.Context, in *request, old *messageRow) (reply, error) {
	if old.Reply != nil {
		in.seenBefore(old)
		return reply{contentType: old.ContentType, body: old.Reply}, nil
	}
	row, err := s.store.sessionByToken(ctx, old.Token)
	if err != nil {
		return reply{}, err
	}
	if row == nil || row.EndedAt > 0 && !row.over() {
		return reply{}, errUnknownSession
	}
	sess, err := loadSession(row)
	if err != nil {
		return reply{}, err
	}
	return s.guard(ctx, sess, func() (reply, error) {
		t, err := s.newTurn(ctx, in, sess)
		if err != nil {
			return reply{}, err
		}
		return t.respond(ctx)
	})
}

// find gives the running session that the message's token names; nil if the message may open one.
func (s *Server) find(ctx context.Context, in *request) (*session, error) {
	if in.token == "" {
		return nil, nil
	}
	row, err := s.store.sessionByToken(ctx, in.token)
	if err != nil {
		return nil, err
	}
	h := in.msg.Header
	if row == nil || row.DeviceID != h.Source.URI || row.SessionID != h.SessionID {
		return nil, nil
	}
	sess, err := loadSession(row)
	if err != nil {
		return nil, err
	}
	if row.EndedAt > 0 && !row.over() {
		return nil, nil
	}
	if !sess.state.follows(h.MsgID) {
		// The phone has begun anew. The same opening message again shall then start a session.
		return nil, s.store.forget(ctx, row)
	}
	return sess, nil
}

// guard ends the session in our tables if it cannot go on: a newer one has taken over, or somebody has
// removed the binding meanwhile.
func (s *Server) guard(ctx context.Context, sess *session, work func() (reply, error)) (reply, error) {
	r, err := work()
	why := endless(err)
	if why == "" {
		return r, err
	}
	return reply{}, errors.Join(fmt.Errorf("%w: %w", errUnknownSession, err), s.cutOff(ctx, &sess.row, why))
}

// endless tells why a session cannot go on after an error, "" if it can.
func endless(err error) string {
	switch {
	case errors.Is(err, ErrTakenOver):
		return whyTakenOver
	case errors.Is(err, ErrNotBound):
		return "the phone is bound no more"
	}
	return ""
}

// process does a message's first transaction and everything after it.
func (s *Server) process(ctx context.Context, in *request, sess *session) (reply, error) {
	t, err := s.newTurn(ctx, in, sess)
	if err != nil {
		return reply{}, err
	}
	if err := t.prepare(ctx); err != nil {
		return reply{}, err
	}
	t.readIdle()
	if t.state.Idle > maxIdle {
		s.o.Log.WarnContext(ctx, "phone asks for more without end", "device", sess.row.DeviceID)
		return s.refuse(in, refusal{code: 400})
	}
	if err := t.storeRequest(ctx); err != nil {
		return reply{}, err
	}
	for i := range t.cut {
		s.tellCut(ctx, &t.cut[i], whyTakenOver)
	}
	return t.respond(ctx)
}

// Purge removes what nobody can ask for any more: replies after a day, sessions that ended, challenges.
func (s *Server) Purge(ctx context.Context) error {
	return s.store.purge(ctx, s.o.Now().Add(-keepReplies))
}

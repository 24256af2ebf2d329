package syncml

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"runtime/debug"
	"strconv"

	"github.com/bindery-sync/bindery/sources/guesses"
	"github.com/bindery-sync/bindery/sources/syncml/internal/wire"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// A request is one message as it arrived.
type request struct {
	hash  [sha256.Size]byte
	codec codec
	msg   *wire.Message
	// token is the session's, from the address; "" at the start of a session.
	token string
	// address is where the message was posted to, if its Target does not say so.
	address string
	// from is the IP address that it came from.
	from string
	record
}

// key is what messages are worked on one by one for: their session, or, at the start, their bytes.
func (in *request) key() string {
	if in.token != "" {
		return "session " + in.token
	}
	return "message " + hex.EncodeToString(in.hash[:])
}

type reply struct {
	contentType string
	body        []byte
	// root is what the body says, nil if the reply was stored before.
	root *xmltree.Element
}

// head sets what a phone has to know before the body. Many phones cannot read a body that comes in chunks
// of HTTP, so its length is told; and nobody between us and the phone may keep a copy.
func (r reply) head(h http.Header) {
	h.Set("Content-Type", r.contentType)
	h.Set("Content-Length", strconv.Itoa(len(r.body)))
	h.Set("Cache-Control", "no-store")
}

// sessionParam is the query parameter of RespURI that holds the session's token.
const sessionParam = "sessionid"

// ServeHTTP answers one message. Beside 200 there are 400 (no SyncML message), 404 (unknown session),
// 405, 413 (too big), 415 (neither XML nor WBXML, or in an unknown content encoding), 500 and 503 (too much arrives at once,
// or it hung up while others were worked on); the phone may send the message again.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer s.recover(w, r)
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "this address takes SyncML messages by POST", http.StatusMethodNotAllowed)
		return
	}
	began := s.o.Now()
	in, code, err := s.parse(w, r)
	if err != nil {
		s.o.Log.WarnContext(r.Context(), "refused a SyncML message", "status", code, "error", err)
		http.Error(w, http.StatusText(code), code)
		s.note(r.Context(), r, nil, reply{}, code, began)
		return
	}
	// The work goes on if the phone hangs up: it will ask again and find the reply.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), workLimit)
	defer cancel()
	out, err := s.answerIn(ctx, in)
	if err != nil {
		s.note(ctx, r, in, reply{}, s.fail(w, r, in, err), began)
		return
	}
	out.head(w.Header())
	_, err = w.Write(out.body)
	if err = errors.Join(err, http.NewResponseController(w).Flush()); err != nil {
		s.o.Log.DebugContext(r.Context(), "phone hung up", "error", err)
	}
	s.note(ctx, r, in, out, http.StatusOK, began)
}

// fail answers a message that could not be worked on, and gives the HTTP status.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, in *request, err error) int {
	code := http.StatusInternalServerError
	level := s.o.Log.ErrorContext
	if errors.Is(err, errUnknownSession) {
		code, level = http.StatusNotFound, s.o.Log.InfoContext
	}
	level(r.Context(), "SyncML message not answered", "device", in.msg.Header.Source.URI,
		"session", in.msg.Header.SessionID, "message", in.msg.Header.MsgID, "error", err)
	http.Error(w, http.StatusText(code), code)
	return code
}

// recover is the last guard: a fault of ours must not end the program.
func (s *Server) recover(w http.ResponseWriter, r *http.Request) {
	if p := recover(); p != nil {
		s.o.Log.ErrorContext(r.Context(), "panic in a SyncML session", "panic", p, "stack", string(debug.Stack()))
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
	}
}

// answerIn answers a message that has been let in, and leaves before the phone takes the reply: a slow phone
// keeps nobody out.
func (s *Server) answerIn(ctx context.Context, in *request) (reply, error) {
	defer s.gate.leave()
	return s.answer(ctx, in)
}

// parse reads a request and lets it in; with an error it gives the HTTP status, and the request is out.
func (s *Server) parse(w http.ResponseWriter, r *http.Request) (*request, int, error) {
	c, ok := codecFor(r.Header.Get("Content-Type"))
	if !ok {
		return nil, http.StatusUnsupportedMediaType, errContentType
	}
	limits, room, err := s.limitsFor(r)
	if err != nil {
		return nil, http.StatusInternalServerError, err
	}
	body, err := s.read(w, r, limits, room)
	if err != nil {
		return nil, badBody(err), err
	}
	if err := s.gate.enter(r.Context()); err != nil {
		return nil, http.StatusServiceUnavailable, err
	}
	let := false
	defer func() {
		if !let { // also if it panics
			s.gate.leave()
		}
	}()
	root, msg, err := c.parse(body, limits)
	if err != nil {
		return nil, badBody(err), err
	}
	in := &request{hash: sha256.Sum256(body), codec: c, msg: msg, token: tokenOf(r.URL, msg.Header.Target.URI),
		address: s.addressOf(r), from: guesses.Address(r), record: record{root: root, size: len(body)}}
	let = true
	return in, 0, nil
}

// badBody is the HTTP status for a body that cannot be read.
func badBody(err error) int {
	var big *http.MaxBytesError
	if errors.As(err, &big) || errors.Is(err, xmltree.ErrLimit) {
		return http.StatusRequestEntityTooLarge
	}
	if errors.Is(err, errEncoding) {
		return http.StatusUnsupportedMediaType
	}
	if errors.Is(err, errNoRoom) {
		return http.StatusServiceUnavailable
	}
	return http.StatusBadRequest
}

// parse reads a message that can be answered. What a careless phone writes into an item, such as bytes
// that are no UTF-8, is taken (docs/engine.md 2.3); a document that is broken is not.
func (c codec) parse(body []byte, l xmltree.Limits) (*xmltree.Element, *wire.Message, error) {
	root, err := c.decode(body, l)
	if err != nil {
		return nil, nil, err
	}
	msg, err := wire.Parse(root)
	if err != nil {
		return nil, nil, err
	}
	if h := msg.Header; !plain(h.Source.URI) || !plain(h.SessionID) || !plain(h.MsgID) {
		return nil, nil, fmt.Errorf("%w: bad Source, SessionID or MsgID", wire.ErrMessage)
	}
	return root, msg, nil
}

// tokenOf finds the session's token in the address, or in the message's Target, where a proxy may have
// cut the query off.
func tokenOf(u *url.URL, target string) string {
	if t := u.Query().Get(sessionParam); t != "" {
		return t
	}
	if u, err := url.Parse(target); err == nil {
		return u.Query().Get(sessionParam)
	}
	return ""
}

func (s *Server) addressOf(r *http.Request) string {
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + r.Host + r.URL.Path
}

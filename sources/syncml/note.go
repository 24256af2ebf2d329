package syncml

import (
	"context"
	"net/http"
	"time"

	"github.com/bindery-sync/bindery/sources/guesses"
	"github.com/bindery-sync/bindery/sources/syncml/sessionlog"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// What the sessions log is told. It never fails a session.

// note writes a message and its answer into the sessions log, once the phone has the answer. In is nil if
// the message could not be read.
func (s *Server) note(ctx context.Context, r *http.Request, in *request, out reply, code int, began time.Time) {
	if s.o.Sessions == nil {
		return
	}
	m := sessionlog.Message{Address: guesses.Address(r), Agent: r.UserAgent(), At: began, Took: s.o.Now().Sub(began),
		HTTP: code, Out: len(out.body), Reply: out.root}
	var row *sessionRow
	if in == nil {
		m.In = int(max(r.ContentLength, 0))
		row = s.sessionIn(ctx, r)
	} else {
		row = in.describe(&m)
	}
	if row != nil {
		m.Owner, m.Client, m.Token = row.Owner, row.Client, row.Token
		m.Device, m.SessionID = row.DeviceID, row.SessionID
	}
	s.o.Sessions.Add(ctx, m)
}

// describe fills in what the message says, and gives its session, nil if it has none.
func (in *request) describe(m *sessionlog.Message) *sessionRow {
	h := in.msg.Header
	m.Device, m.SessionID, m.MsgID, m.Version, m.Binary = h.Source.URI, h.SessionID, h.MsgID, h.VerDTD, in.codec.binary
	m.In, m.Again, m.Refused, m.Ending = in.size, in.again, in.refused, in.ending
	if h.Cred != nil {
		m.Name = h.Source.Name
		if name, _, err := h.Cred.Basic(); err == nil && m.Name == "" {
			m.Name = name
		}
	}
	if !in.again {
		m.Request = in.root
	}
	if in.sess == nil {
		return nil
	}
	if l := in.sess.login; l != nil {
		m.Name = l.name
	}
	return &in.sess.row
}

// sessionIn finds the session that a request names in its address.
func (s *Server) sessionIn(ctx context.Context, r *http.Request) *sessionRow {
	token := r.URL.Query().Get(sessionParam)
	if token == "" {
		return nil
	}
	row, err := s.store.sessionByToken(ctx, token)
	if err != nil {
		return nil
	}
	return row
}

// noteEnd is for a session that ends otherwise than by a message that is at work.
func (s *Server) noteEnd(ctx context.Context, row *sessionRow, st *state, how, why string) {
	if s.o.Sessions != nil {
		s.o.Sessions.End(ctx, row.Owner, row.Token, ending(st, how, why))
	}
}

func ending(st *state, how, why string) sessionlog.Ending {
	e := sessionlog.Ending{How: how, Why: why}
	e.Modes, e.Received, e.Sent = st.done()
	return e
}

// ended notes that the session ends with this message.
func (in *request) ended(st *state, suspended bool) {
	how := sessionlog.Completed
	if suspended {
		how = sessionlog.Suspended
	}
	e := ending(st, how, "")
	in.ending = &e
}

// seenBefore notes that the message came before.
func (in *request) seenBefore(old *messageRow) {
	h := in.msg.Header
	in.again, in.sess = true, &session{row: sessionRow{Owner: old.Owner, Client: old.Client, Token: old.Token,
		DeviceID: h.Source.URI, SessionID: h.SessionID}}
}

// howCut sorts the reasons for which sessions are cut off.
func howCut(why string) string {
	switch why {
	case whyTakenOver:
		return sessionlog.TakenOver
	case whySilent:
		return sessionlog.Expired
	}
	return sessionlog.Failed
}

// A record is what a request carries for the sessions log.
type record struct {
	root *xmltree.Element
	size int
	// sess is the session that the message belongs to, once that is known.
	sess *session
	// refused is the status that everything in the message was answered by, 0 if it was not.
	refused int
	// again is true if the message came before.
	again bool
	// ending is set if the session ends with the message.
	ending *sessionlog.Ending
}

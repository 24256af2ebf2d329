package syncml

import "errors"

// errBusy means that a phone has to come later: a run of it that has outlived its session is still at work,
// and a new session would only break it off. It is answered 101.
var errBusy = errors.New("a run of this phone is at work")

// Drain has the server take no new session from now on: phones are answered 101. Sessions that run go on.
func (s *Server) Drain() { s.draining.Store(true) }

// busy answers a message that would open a session: come later.
func (s *Server) busy(in *request) (reply, error) { return s.refuse(in, refusal{code: 101}) }

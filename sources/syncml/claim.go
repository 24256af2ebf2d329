package syncml

import (
	"context"

	"github.com/bindery-sync/bindery/sources/guesses"
	"github.com/bindery-sync/bindery/sources/syncml/internal/wire"
)

// tooMany is the status by which an attempt to log in is refused whose password nobody looked at. A phone
// takes it for what it is, and does not ask its user for another password.
const tooMany = 417

// attempt is how a message with credentials counts among the guesses at a password.
func (s *Server) attempt(ctx context.Context, in *request) (guesses.Try, error) {
	h := in.msg.Header
	name, err := s.claimed(ctx, h)
	if err != nil {
		return guesses.Try{}, err
	}
	t := guesses.Try{Name: name, Address: in.from}
	_, known, err := s.store.nonce(ctx, name, h.Source.URI)
	if known && name != "" {
		t.Device = h.Source.URI
	}
	return t, err
}

// claimed is the name that a phone wants to log in with, "" if it cannot be known.
func (s *Server) claimed(ctx context.Context, h wire.Header) (string, error) {
	switch {
	case h.Cred.Type != wire.AuthMD5:
		name, _, err := h.Cred.Basic()
		if err != nil {
			return "", nil // nobody will look at it
		}
		return name, nil
	case h.Source.Name != "":
		return h.Source.Name, nil
	}
	return s.store.loginOf(ctx, h.Source.URI)
}

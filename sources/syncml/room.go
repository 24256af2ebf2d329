package syncml

import (
	"errors"
	"io"
	"net/http"
	"sync/atomic"

	"github.com/bindery-sync/bindery/sources/xmltree"
)

// What a request may take of our memory before it is known to be a message.

// bodyLimit is the greatest message of a session: phones reckon sizes in WBXML, and device information
// and single items come in one message whatever we announce.
func (s *Server) bodyLimit() int64 { return int64(2*s.o.MaxMsgSize + 2*s.o.MaxObjSize) }

const (
	// strangersLimit is the greatest message of somebody who has not logged in yet.
	strangersLimit = 1 << 20
	// maxNodes is how many elements and texts a message may have, strangersNodes that of a stranger: in
	// WBXML an element costs its sender one byte, and us two hundred. An item or a status has about fifteen.
	maxNodes       = 250_000
	strangersNodes = 50_000
)

// limitsFor are those of the request that is read: a stranger gets less of our memory than a phone whose
// session we know.
func (s *Server) limitsFor(r *http.Request) (l xmltree.Limits, room *room, err error) {
	if token := r.URL.Query().Get(sessionParam); token != "" {
		row, err := s.store.sessionByToken(r.Context(), token)
		if err != nil || row != nil {
			return s.limits(), &s.known, err
		}
	}
	bytes := min(max(strangersLimit, int64(2*s.o.MaxMsgSize)), s.bodyLimit())
	return xmltree.Limits{Bytes: int(bytes), Nodes: strangersNodes, Lax: true}, &s.strangers, nil
}

// limits bound a message of a session, and a document inside it.
func (s *Server) limits() xmltree.Limits {
	return xmltree.Limits{Bytes: int(s.bodyLimit()), Nodes: maxNodes, Lax: true}
}

// A room is the memory that the bodies of all requests may take together while they arrive. So it does not
// matter how many clients send how slowly.
type room struct {
	most int64
	used atomic.Int64
}

const (
	// strangersRoom and knownRoom are separate, so that strangers cannot keep phones out of their sessions.
	strangersRoom = 32 << 20
	knownRoom     = 64 << 20
	// freeRoom is what every request may take beyond that: a phone's first message has 2 to 30 kB.
	freeRoom = 32 << 10
)

var errNoRoom = errors.New("too many requests arrive at once")

// A share is what one request takes of a room.
type share struct {
	room *room
	body io.Reader
	read int64
	took int64
}

// Read reads as much as there is room for.
func (s *share) Read(b []byte) (int, error) {
	if want := s.read + int64(len(b)) - freeRoom - s.took; want > 0 {
		if s.room.used.Add(want) > s.room.most {
			s.room.used.Add(-want)
			return 0, errNoRoom
		}
		s.took += want
	}
	n, err := s.body.Read(b)
	s.read += int64(n)
	return n, err
}

// leave gives the room back.
func (s *share) leave() {
	s.room.used.Add(-s.took)
	s.took = 0
}

// read reads the body of a request that may be compressed.
func (s *Server) read(w http.ResponseWriter, r *http.Request, l xmltree.Limits, room *room) ([]byte, error) {
	limit := int64(l.Bytes)
	plain, err := inflate(http.MaxBytesReader(w, r.Body, limit), r.Header.Get("Content-Encoding"))
	if err != nil {
		return nil, err
	}
	share := &share{room: room, body: plain}
	defer share.leave()
	return readBody(share, limit)
}

package transfer

import (
	"context"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/dataclass/evidence"
	"github.com/bindery-sync/bindery/sources"
)

// A shelf is what a client holds of one dataclass, less what the import itself wrote there.
type shelf struct {
	items []shelved
	place map[sources.ID]int
	// mine are the items that the import wrote, as it left them.
	mine map[sources.ID]sources.Revision
}

// shelved is what is remembered of an item that is there.
type shelved struct {
	id     sources.ID
	digest evidence.Digest
	print  dataclass.Fingerprint
	title  string
}

func newShelf() shelf {
	return shelf{place: make(map[sources.ID]int), mine: make(map[sources.ID]sources.Revision)}
}

// read takes what a session lists.
func (s *shelf) read(ctx context.Context, class dataclass.Class, session sources.Session) error {
	_, err := s.follow(ctx, class, session)
	return err
}

// follow takes what a session lists, and reports whether anybody but the import changed anything.
func (s *shelf) follow(ctx context.Context, class dataclass.Class, session sources.Session) (moved bool, err error) {
	for c, err := range session.Changes(ctx) {
		switch {
		case err != nil:
			return moved, err
		case c.Verb != sources.Delete && c.Rev != "" && s.mine[c.ID] == c.Rev:
		case s.take(class, c):
			moved = true
		}
	}
	return moved, nil
}

// take notes one change. It reports false if nothing that was known changed by it.
func (s *shelf) take(class dataclass.Class, c sources.Change) bool {
	it, err := dataclass.Decode(class, c.Body)
	if c.Verb == sources.Delete || err != nil {
		return s.drop(c.ID)
	}
	i, known := s.place[c.ID]
	if !known {
		i = len(s.items)
		s.items, s.place[c.ID] = append(s.items, shelved{}), i
	}
	s.items[i] = shelved{c.ID, evidence.Of(it), it.Fingerprint(), it.Title()}
	return true
}

// drop forgets an item; the last one takes its place.
func (s *shelf) drop(id sources.ID) bool {
	i, known := s.place[id]
	if !known {
		return false
	}
	last := len(s.items) - 1
	s.items[i] = s.items[last]
	s.place[s.items[i].id] = i
	s.items = s.items[:last]
	delete(s.place, id)
	return true
}

// entries are the items as the evidence wants them, in the shelf's order, and all their fingerprints.
func (s *shelf) entries() ([]evidence.Entry, map[dataclass.Fingerprint]bool) {
	list := make([]evidence.Entry, len(s.items))
	prints := make(map[dataclass.Fingerprint]bool, len(s.items))
	for i, it := range s.items {
		list[i] = evidence.Entry{ID: string(it.id), Digest: it.digest}
		prints[it.print] = true
	}
	return list, prints
}

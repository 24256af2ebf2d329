package gdatatest

import (
	"errors"
	"slices"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/gdata/entry"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

func feedOf(class dataclass.Class) string {
	if class == dataclass.Contacts {
		return Contacts
	}
	return Events
}

// Put lets the user of the account enter an item.
func (s *Server) Put(class dataclass.Class, body dataclass.Body) (sources.ID, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = s.now.Add(s.Step)
	return s.put(class, nil, body)
}

// Edit lets the user change an item.
func (s *Server) Edit(class dataclass.Class, id sources.ID, body dataclass.Body) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = s.now.Add(s.Step)
	rec := s.feeds[feedOf(class)][string(id)]
	if gone(rec) {
		return sources.ErrGone
	}
	_, err := s.put(class, rec, body)
	return err
}

// put writes what an item says into a new entry, or into that of rec.
func (s *Server) put(class dataclass.Class, rec *record, body dataclass.Body) (sources.ID, error) {
	it, err := dataclass.Decode(class, body)
	if err != nil {
		return "", err
	}
	kind, x := entry.ContactKind, s.context()
	if class == dataclass.Events {
		kind = entry.EventKind
	}
	e := entry.New(kind)
	var parts []*xmltree.Element
	if rec != nil {
		e, parts = s.shown(rec), s.exceptions(rec.id)
	}
	var writes entry.Writes
	if class == dataclass.Contacts {
		err = entry.WriteContact(e, it, x)
	} else {
		writes, err = entry.WriteEvent(it, e, parts, x)
	}
	if err != nil {
		return "", err
	}
	if rec == nil {
		rec = s.insert(feedOf(class), e)
	} else {
		s.store(rec, e)
	}
	for _, p := range writes.Put {
		if part := s.feeds[Events][entry.ID(p)]; part != nil {
			s.store(part, p)
			continue
		}
		fresh := entry.Fresh(p)
		entry.Attach(fresh, s.shown(rec))
		s.insert(Events, fresh)
	}
	for _, p := range writes.Delete {
		if part := s.feeds[Events][entry.ID(p)]; part != nil {
			s.remove(part)
		}
	}
	for _, p := range writes.Add {
		entry.Attach(p, s.shown(rec))
		s.insert(Events, p)
	}
	return sources.ID(rec.id), nil
}

// Delete lets the user delete an item.
func (s *Server) Delete(class dataclass.Class, id sources.ID) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = s.now.Add(s.Step)
	rec := s.feeds[feedOf(class)][string(id)]
	if gone(rec) {
		return sources.ErrGone
	}
	s.remove(rec)
	return nil
}

// List gives what the user sees.
func (s *Server) List(class dataclass.Class) (map[sources.ID]dataclass.Body, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make(map[sources.ID]dataclass.Body)
	for id, rec := range s.feeds[feedOf(class)] {
		if _, part := entry.Original(rec.el); part || rec.dead {
			continue
		}
		it, err := s.item(class, rec)
		if err != nil {
			return nil, err
		}
		all[sources.ID(id)] = it.Body()
	}
	return all, nil
}

func (s *Server) item(class dataclass.Class, rec *record) (*dataclass.Item, error) {
	if class == dataclass.Events {
		return entry.ReadEvent(s.shown(rec), s.exceptions(rec.id), s.context())
	}
	it, err := entry.ReadContact(s.shown(rec), s.context())
	if err != nil || rec.photo == nil {
		return it, err
	}
	c, err := dataclass.AsContact(it)
	if err == nil {
		c.SetPhoto(rec.photo, rec.photoType)
	}
	return it, err
}

// exceptions gives the entries of the exceptions of a series.
func (s *Server) exceptions(series string) []*xmltree.Element {
	var list []*record
	for _, rec := range s.feeds[Events] {
		if of, part := entry.Original(rec.el); part && of == series {
			list = append(list, rec)
		}
	}
	slices.SortFunc(list, func(a, b *record) int { return a.etag - b.etag })
	out := make([]*xmltree.Element, 0, len(list))
	for _, rec := range list {
		out = append(out, s.shown(rec))
	}
	return out
}

func (s *Server) context() entry.Context {
	x := entry.Context{Groups: make(map[string]entry.Group), GroupBase: Host + "/feeds/groups/base", Zone: s.Zone}
	for id, rec := range s.feeds[Groups] {
		if g, err := entry.ReadGroup(s.shown(rec)); err == nil && !rec.dead {
			x.Groups[id] = g
		}
	}
	return x
}

// SetPhoto gives a contact a picture.
func (s *Server) SetPhoto(id sources.ID, data []byte, mediaType string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	rec := s.feeds[Contacts][string(id)]
	if gone(rec) {
		return sources.ErrGone
	}
	s.store(rec, rec.el)
	rec.photo, rec.photoType, rec.photoWrite = data, mediaType, s.writes
	return nil
}

// Raw lets a test change an entry beyond what items say. Its time and entity tag change.
func (s *Server) Raw(feed, id string, edit func(e *xmltree.Element)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	rec := s.feeds[feed][id]
	if rec == nil {
		return errors.New("no such entry")
	}
	e := s.shown(rec)
	edit(e)
	s.store(rec, e)
	return nil
}

// Entry gives an entry as it is sent; nil if there is none.
func (s *Server) Entry(feed, id string) *xmltree.Element {
	s.mu.Lock()
	defer s.mu.Unlock()
	rec := s.feeds[feed][id]
	if rec == nil {
		return nil
	}
	return s.shown(rec)
}

// IDs gives the ids of the living entries of a feed, sorted.
func (s *Server) IDs(feed string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var ids []string
	for id, rec := range s.feeds[feed] {
		if !rec.dead {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// Fill makes n contacts, which is faster than putting them.
func (s *Server) Fill(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range n {
		e := entry.New(entry.ContactKind)
		e.Add(xmltree.New(entry.GD, "name").Add(xmltree.New(entry.GD, "familyName", xmltree.Text("Person "+string(rune('a'+i%26))))))
		s.insert(Contacts, e)
	}
}

// Insert puts an entry into a feed as it is, and gives its id.
func (s *Server) Insert(feed string, e *xmltree.Element) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = s.now.Add(s.Step)
	return s.insert(feed, e).id
}

package gdatatest

import (
	"maps"
	"slices"

	"github.com/bindery-sync/bindery/sources/gdata/entry"
)

// Renumber gives every entry of a feed a new id, as a server does that was moved: it shows all as changed, knows the old ids
// no more, and says of nothing that it was deleted. It gives the new ids by the old ones.
func (s *Server) Renumber(feed string) map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = s.now.Add(s.Step)
	old, now := s.feeds[feed], make(map[string]string)
	s.feeds[feed] = map[string]*record{}
	var parts []*record
	list := slices.Collect(maps.Values(old))
	slices.SortFunc(list, func(a, b *record) int { return a.etag - b.etag })
	for _, rec := range list {
		if _, part := entry.Original(rec.el); part {
			parts = append(parts, rec)
		} else if !rec.dead {
			was := rec.id
			now[was] = s.copied(rec).id
		}
	}
	for _, rec := range parts {
		of, _ := entry.Original(rec.el)
		if series := s.feeds[feed][now[of]]; series != nil {
			entry.Attach(rec.el, s.shown(series))
			s.copied(rec)
		}
	}
	return now
}

// copied makes an entry of what another one says.
func (s *Server) copied(rec *record) *record {
	was := *rec
	made := s.insert(rec.feed, rec.el)
	made.photo, made.photoType, made.photoWrite, made.dead = was.photo, was.photoType, was.photoWrite, was.dead
	return made
}

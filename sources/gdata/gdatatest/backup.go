package gdatatest

import "github.com/bindery-sync/bindery/sources/gdata/entry"

// A Backup is all that a Server held at one moment.
type Backup struct {
	feeds map[string]map[string]record
}

// Backup copies what the server holds.
func (s *Server) Backup() Backup {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := Backup{map[string]map[string]record{}}
	for name, feed := range s.feeds {
		b.feeds[name] = map[string]record{}
		for id, rec := range feed {
			saved := *rec
			saved.el = parse(entry.Append(nil, rec.el))
			b.feeds[name][id] = saved
		}
	}
	return b
}

// BringBack puts the server back to a backup, as its keeper does: entries have the times and tags of then.
func (s *Server) BringBack(b Backup) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for name, feed := range b.feeds {
		s.feeds[name] = map[string]*record{}
		for id, rec := range feed {
			s.feeds[name][id] = &rec
		}
	}
}

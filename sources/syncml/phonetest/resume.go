package phonetest

import (
	"maps"

	"github.com/bindery-sync/bindery/sources/syncml/internal/wire"
)

// A leftover is what a phone remembers of a session that stopped: its mode, and the stamps of the items that
// the server has answered for.
type leftover struct {
	mode int
	told map[string]int
}

// resume gives the code to ask with: 225 if there is a session to go on with.
func (s *session) resume(code int) int {
	if !s.Resumes || s.left == nil {
		return code
	}
	return wire.AlertResume
}

// resumeAnswered takes the server's answer to a phone that wants to resume.
func (s *session) resumeAnswered(c *wire.Status) {
	if c.Cmd != "Alert" || s.left == nil || s.msg != 1 {
		return
	}
	if c.Code == 200 {
		s.resumes, s.listed = s.left, maps.Clone(s.left.told)
	}
}

// leave remembers a session that stopped after its mode was settled.
func (s *session) leave(err error) {
	switch {
	case err == nil:
		s.left = nil
	case s.Resumes && s.mode != 0:
		s.left = &leftover{mode: s.mode, told: s.listed}
	}
}

// hasTold reports whether the server has an item as it is from the session that is resumed.
func (s *session) hasTold(luid string) bool {
	if s.resumes == nil {
		return false
	}
	stamp, ok := s.listed[luid]
	return ok && stamp == s.stamps[luid]
}

// takenBack is the Delete of an item that the session that is resumed had listed.
func (s *session) takenBack(luid string) []*wire.Change {
	if _, ok := s.listed[luid]; s.resumes == nil || !ok {
		return nil
	}
	return []*wire.Change{s.change(wire.Delete, luid)}
}

// suspends makes the next message the last one of a session that is suspended, if it is time for that. What
// it was to say is kept for later.
func (s *session) suspends(final *bool, cmds *[]wire.Command) bool {
	if s.SuspendAt == 0 || s.msg+1 != s.SuspendAt {
		return false
	}
	for _, c := range *cmds {
		if m, ok := c.(*wire.Map); ok {
			s.maps = append(s.maps, m.Items...)
		}
	}
	*final, *cmds = false, []wire.Command{&wire.Alert{Code: wire.AlertSuspend, Items: []wire.Item{{
		Target: wire.Location{URI: s.url}, Source: wire.Location{URI: s.Device}}}}}
	return true
}

package gdata

import (
	"fmt"
	"sync"

	"github.com/bindery-sync/bindery/sources"
)

// defaultRoom and defaultDisk are Options.Room and Options.Disk unless those say otherwise.
const (
	defaultRoom = 256 << 20
	defaultDisk = 2 << 30
)

// errNoRoom means that as many great feeds are read as the server has memory for.
var errNoRoom = fmt.Errorf("too many great feeds are read at once: %w", sources.ErrBusy)

// A room is the memory for what is known of entries while a look lasts, the entries themselves aside, or the place on the
// disk for those. All looks share it, and one owner gets no more than half. What a look of usual size takes is not counted: that never waits for others.
type room struct {
	size int64

	mu     sync.Mutex
	taken  int64
	owners map[string]int64
}

func newRoom(size int64) *room { return &room{size: size, owners: make(map[string]int64)} }

// usual is what a look takes without being counted, step how much it takes at a time, most what one may take.
func (r *room) usual() int64 { return r.size / 32 }
func (r *room) step() int64  { return r.size / 256 }
func (r *room) most() int64  { return r.size/2 - r.step() }

// take takes n bytes for an owner, unless there are no more.
func (r *room) take(owner string, n int64) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.taken+n > r.size || r.owners[owner]+n > r.size/2 {
		return errNoRoom
	}
	r.taken += n
	r.owners[owner] += n
	return nil
}

// give gives bytes back.
func (r *room) give(owner string, n int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.taken -= n
	if r.owners[owner] -= n; r.owners[owner] == 0 {
		delete(r.owners, owner)
	}
}

// A share is what one look takes of a room.
type share struct {
	room          *room
	owner         string
	over          error // what a look has that wants more than anybody gets
	weight, taken int64
}

// grow takes what n bytes more need. A look that wants more than anybody gets has too many entries.
func (s *share) grow(n int) error {
	s.weight += int64(n)
	if s.weight > s.room.most() {
		return s.over
	}
	for s.weight > s.room.usual()+s.taken {
		if err := s.room.take(s.owner, s.room.step()); err != nil {
			return err
		}
		s.taken += s.room.step()
	}
	return nil
}

// keep gives back what is over n bytes.
func (s *share) keep(n int64) {
	s.weight = n
	need := int64(0)
	if over := n - s.room.usual(); over > 0 {
		need = (over + s.room.step() - 1) / s.room.step() * s.room.step()
	}
	if need < s.taken {
		s.room.give(s.owner, s.taken-need)
		s.taken = need
	}
}

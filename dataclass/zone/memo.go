package zone

import (
	"crypto/sha256"
	"fmt"
	"sync"
	"time"
)

// maxMade is how many zones that are known only by their rules are remembered.
const maxMade = 64

// made remembers zones by their rules. It changes no answer: it only spares the work of following
// the same rules to 2200 for every item of a calendar that brings its own VTIMEZONE.
var made = memo{zones: make(map[[sha256.Size]byte]*Zone)}

// A memo is bounded: when it is full it is emptied.
type memo struct {
	mu    sync.Mutex
	zones map[[sha256.Size]byte]*Zone
}

// zone gives the zone of the rules, the same one for the same rules as long as it is remembered.
func (m *memo) zone(r *rules) *Zone {
	id := sha256.Sum256(fmt.Appendf(nil, "%+v", *r))
	m.mu.Lock()
	defer m.mu.Unlock()
	if z := m.zones[id]; z != nil {
		return z
	}
	if len(m.zones) >= maxMade {
		clear(m.zones)
	}
	z := &Zone{
		key: sync.OnceValue(func() string { return "rules:" + digest(r.all()) }),
		loc: sync.OnceValue(func() *time.Location { return location(r.tzid, r.all()) }),
	}
	m.zones[id] = z
	return z
}

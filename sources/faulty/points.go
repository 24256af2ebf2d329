package faulty

import (
	"errors"
	"fmt"
	"sync"
)

// ErrCrash is what every call returns from the moment of the crash on.
var ErrCrash = errors.New("crashed")

// Points counts the places at which a process may die, over everything that is given the same Points:
// wrapped sources, and the database through sqlstore.Options.Fault. A test runs its scenario with
// CrashAt(1), CrashAt(2) … until a run is not Crashed; each run is one more way to die. The zero value
// never crashes. It is safe for concurrent use.
type Points struct {
	mu    sync.Mutex
	at    int
	count int
	dead  bool
	where string
}

// CrashAt gives Points that crash at the n-th Hit; 0 never.
func CrashAt(n int) *Points { return &Points{at: n} }

// Hit marks a point. It returns an error that wraps ErrCrash at the n-th call and at every later one.
// A nil Points never crashes.
func (p *Points) Hit(name string) error {
	if p == nil {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.dead {
		p.count++
		if p.count != p.at {
			return nil
		}
		p.dead, p.where = true, name
	}
	return fmt.Errorf("%w at point %d, %s", ErrCrash, p.at, p.where)
}

// Crashed reports whether the crash has come.
func (p *Points) Crashed() bool {
	if p == nil {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.dead
}

// Where names the point of the crash; "" before it.
func (p *Points) Where() string {
	if p == nil {
		return ""
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.where
}

// Count is the number of points passed so far, the one of the crash included.
func (p *Points) Count() int {
	if p == nil {
		return 0
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.count
}

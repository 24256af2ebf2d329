package ledger

import (
	"context"
	"sync"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
)

// A Key names what one call at a time may compare with its server.
type Key struct {
	Owner, Client string
	Class         dataclass.Class
}

// Locks hold one lock for each Key that was ever asked for. The zero value is ready for use, by any number of goroutines.
type Locks struct {
	mu    sync.Mutex
	locks map[Key]chan struct{}
}

// Lock waits until nobody else is comparing the class of a client with its server, or writing there. The caller calls what
// it returns, once. It returns the error of ctx if that ends first.
func (l *Locks) Lock(ctx context.Context, k Key) (unlock func(), err error) {
	c := l.lock(k)
	select {
	case c <- struct{}{}:
		return func() { <-c }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (l *Locks) lock(k Key) chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.locks == nil {
		l.locks = make(map[Key]chan struct{})
	}
	c := l.locks[k]
	if c == nil {
		c = make(chan struct{}, 1)
		l.locks[k] = c
	}
	return c
}

// Wait waits before a request is repeated, by the clock of the machine. It returns the error of ctx if that ends first.
func Wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

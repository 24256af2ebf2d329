package memory

import (
	"context"
	"sync"

	"github.com/bindery-sync/bindery/sources"
)

// A Kind makes memory clients on demand, one for each owner and client id, and finds them again. It is
// safe for concurrent use.
type Kind struct {
	name string
	opts Options

	mu      sync.Mutex
	clients map[[2]string]*Client
}

// NewKind makes a kind of that name; its clients have the options o, and cursors of their own.
func NewKind(name string, o Options) *Kind {
	return &Kind{name: name, opts: o, clients: map[[2]string]*Client{}}
}

// Client gives the client of that owner and id. Another owner's client of the same id is another one.
func (k *Kind) Client(owner, id string) *Client {
	k.mu.Lock()
	defer k.mu.Unlock()
	key := [2]string{owner, id}
	c := k.clients[key]
	if c == nil {
		o := k.opts
		o.Name = owner + "/" + id
		c = New(o)
		k.clients[key] = c
	}
	return c
}

// Kind gives the entry for a sources.Registry.
func (k *Kind) Kind() sources.Kind {
	open := func(_ context.Context, c sources.Client) (sources.Source, error) {
		return k.Client(c.Owner, c.ID).Source(c.Origin), nil
	}
	return sources.Kind{Name: k.name, Caps: New(k.opts).Caps(), Open: open}
}

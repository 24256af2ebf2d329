package main

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/dav"
	"github.com/bindery-sync/bindery/sources/dav/named"
)

// davDoors tell the kind dav how to reach a client: one that stands for a named address by the connection that was opened
// for it, which lasts as long as the command, any other by next.
type davDoors struct {
	addresses *named.Addresses
	next      interface {
		dav.Connections
		dav.Offer
	}

	mu   sync.Mutex
	open map[string]dav.Connection
}

// use opens the connection of a client.
func (d *davDoors) use(client string, c dav.Connection) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.open == nil {
		d.open = make(map[string]dav.Connection)
	}
	d.open[client] = c
}

// opened gives the connection that was opened for a client.
func (d *davDoors) opened(client string) (dav.Connection, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	c, ok := d.open[client]
	return c, ok
}

// errUnkept says why a client that stands for a named address cannot be asked.
var errUnkept = errors.New("this address was named to bindery sync, and no credentials for it are kept: name it again, or register it as a source")

// Connection implements dav.Connections.
func (d *davDoors) Connection(ctx context.Context, owner, client string) (dav.Connection, error) {
	if c, ok := d.opened(client); ok {
		return c, nil
	}
	_, err := d.addresses.Of(ctx, owner, client)
	switch {
	case err == nil:
		return dav.Connection{}, errUnkept
	case !errors.Is(err, named.ErrUnknown):
		return dav.Connection{}, err
	}
	return d.next.Connection(ctx, owner, client)
}

// Classes implements dav.Offer.
func (d *davDoors) Classes(ctx context.Context, owner, client string) ([]dataclass.Class, error) {
	if c, ok := d.opened(client); ok {
		return ordered(slices.Collect(maps.Keys(c.Collections))), nil
	}
	c, err := d.addresses.Of(ctx, owner, client)
	switch {
	case err == nil:
		return ordered(slices.Collect(maps.Keys(c.Collections))), nil
	case !errors.Is(err, named.ErrUnknown):
		return nil, err
	}
	return d.next.Classes(ctx, owner, client)
}

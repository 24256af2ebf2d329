// Package memory is the reference kind: a Sync Client that keeps its items in memory and every promise
// of package sources. The conformance suite uses it as its oracle, the engine's tests as both sides of
// a binding.
//
// A [Client] answers at once. A [Phone] answers later, as a deferred client does.
package memory

import (
	"crypto/sha256"
	"fmt"
	"sort"
	"strconv"
	"sync"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

// Options say what a client is like. The zero value is a client that keeps all promises.
type Options struct {
	// Name names the client in its cursors: a cursor of a client with another name is lost.
	Name string
	// Classes are the dataclasses it holds; by default Contacts, Events, Tasks and Notes.
	Classes []dataclass.Class
	// MaxBatch is how many ops Apply takes at once; 0 means no limit.
	MaxBatch int
	// MaxItemSize is how many bytes a body may have; 0 means no limit.
	MaxItemSize int
	// ReuseIDs makes a new item take the lowest number that no item has, as some phones do.
	ReuseIDs bool
	// Store, if set, is what becomes of a body that is written to the client, by the engine or by the
	// user. A lossy client drops here what it cannot hold.
	Store func(dataclass.Body) dataclass.Body
	// Now, if set, ends tombstones that are older than a year, as every kind does that keeps them.
	Now func() time.Time
	// Keyless makes a client that knows nothing of keys: an Add that comes again is another item.
	Keyless bool
	// Refuse, if set, is asked about each op of the engine; what it returns is the Result's error.
	Refuse func(sources.Op) error
	// ContentRevisions makes revisions of the content, as servers do whose ETags are digests: what is put back as it was has
	// its old revision again.
	ContentRevisions bool
}

func (o Options) withDefaults() Options {
	if len(o.Classes) == 0 {
		o.Classes = []dataclass.Class{dataclass.Contacts, dataclass.Events, dataclass.Tasks, dataclass.Notes}
	}
	if o.Store == nil {
		o.Store = func(b dataclass.Body) dataclass.Body { return b }
	}
	if o.Refuse == nil {
		o.Refuse = func(sources.Op) error { return nil }
	}
	return o
}

// A Client is one Sync Client in memory. Its own methods are what its user does; the engine comes in
// through Source. It is safe for concurrent use.
type Client struct {
	opts Options

	mu      sync.Mutex
	counter int64 // of changes; a row's rev is the value at its last change
	floor   int64 // cursors below it are too old
	nextID  int64
	shelves map[dataclass.Class]map[sources.ID]*row
	keys    map[sources.Key]sources.Result
}

// row is an item or, if dead, its tombstone. Born is the counter when the ID was first used, created
// when this item was made (later than born if the ID is used again), died when the last one with this
// ID was deleted.
type row struct {
	body                     dataclass.Body
	rev, born, created, died int64
	key                      sources.Key // of the Add that made the item
	dead                     bool
	at                       time.Time // of the deletion, if the client has a clock
	origin                   string
	content                  bool // says what it is by its content
	// earlier says that the item went back to what it was before, when a Backup was brought back.
	earlier bool
}

// New makes an empty client.
func New(o Options) *Client {
	c := &Client{
		opts:    o.withDefaults(),
		shelves: map[dataclass.Class]map[sources.ID]*row{},
		keys:    map[sources.Key]sources.Result{},
	}
	for _, class := range c.opts.Classes {
		c.shelves[class] = map[sources.ID]*row{}
	}
	return c
}

// Caps are the promises that the client keeps.
func (c *Client) Caps() sources.Caps {
	return sources.Caps{
		Classes: c.opts.Classes, ServerInitiated: true, Incremental: true, KeyedAdd: !c.opts.Keyless,
		Conditional: true, Tombstones: true, Origins: true, MaxBatch: c.opts.MaxBatch, MaxItemSize: c.opts.MaxItemSize,
		Keeps: dataclass.Keeps{All: true},
	}
}

// Source gives the engine's way to the client. Writes through it are Own for every Source of the same
// origin; with an empty origin nothing is Own.
func (c *Client) Source(origin string) sources.Source { return &source{client: c, origin: origin} }

// Put adds an item as the user. It returns ErrUnsupported for a class that the client does not hold.
func (c *Client) Put(class dataclass.Class, body dataclass.Body) (sources.ID, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.holds(class); err != nil {
		return "", err
	}
	id := c.freeID(class)
	c.write(class, id, body, "")
	return id, nil
}

// Edit changes an item as the user. It returns ErrGone if there is none.
func (c *Client) Edit(class dataclass.Class, id sources.ID, body dataclass.Body) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if r := c.shelves[class][id]; r == nil || r.dead {
		return fmt.Errorf("edit item %s: %w", id, sources.ErrGone)
	}
	c.write(class, id, body, "")
	return nil
}

// Delete removes an item as the user. It returns ErrGone if there is none.
func (c *Client) Delete(class dataclass.Class, id sources.ID) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if r := c.shelves[class][id]; r == nil || r.dead {
		return fmt.Errorf("delete item %s: %w", id, sources.ErrGone)
	}
	c.remove(class, id, "")
	return nil
}

// Get gives an item as the user sees it. It returns ErrGone if there is none.
func (c *Client) Get(class dataclass.Class, id sources.ID) (dataclass.Body, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := c.shelves[class][id]
	if r == nil || r.dead {
		return dataclass.Body{}, fmt.Errorf("get item %s: %w", id, sources.ErrGone)
	}
	return r.body, nil
}

// List gives all items of a class as the user sees them. It returns ErrUnsupported for a class that
// the client does not hold.
func (c *Client) List(class dataclass.Class) (map[sources.ID]dataclass.Body, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.holds(class); err != nil {
		return nil, err
	}
	items := map[sources.ID]dataclass.Body{}
	for id, r := range c.shelves[class] {
		if !r.dead {
			items[id] = r.body
		}
	}
	return items, nil
}

// Reopen does nothing: a Client is what outlives a process.
func (c *Client) Reopen() error { return nil }

// Forget drops the tombstones and makes every cursor given so far too old, as a client does that
// keeps deletes for a limited time.
func (c *Client) Forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counter++
	c.floor = c.counter
	for _, shelf := range c.shelves {
		for id, r := range shelf {
			if r.dead {
				delete(shelf, id)
			}
		}
	}
}

// year is how long a tombstone is kept.
const year = 366 * 24 * time.Hour

// expire drops tombstones that are older than a year; cursors that have not read them are too old.
func (c *Client) expire() {
	if c.opts.Now == nil {
		return
	}
	old := c.opts.Now().Add(-year)
	for _, shelf := range c.shelves {
		for id, r := range shelf {
			if r.dead && r.at.Before(old) {
				c.floor = max(c.floor, r.rev)
				delete(shelf, id)
			}
		}
	}
}

func (c *Client) holds(class dataclass.Class) error {
	if c.shelves[class] == nil {
		return fmt.Errorf("class %s: %w", class, sources.ErrUnsupported)
	}
	return nil
}

func (c *Client) freeID(class dataclass.Class) sources.ID {
	if !c.opts.ReuseIDs {
		c.nextID++
		return number(c.nextID)
	}
	for n := int64(1); ; n++ {
		if r := c.shelves[class][number(n)]; r == nil || r.dead {
			return number(n)
		}
	}
}

func number(n int64) sources.ID { return sources.ID(strconv.FormatInt(n, 10)) }

func (c *Client) write(class dataclass.Class, id sources.ID, body dataclass.Body, origin string) *row {
	c.counter++
	r := c.shelves[class][id]
	if r == nil {
		r = &row{born: c.counter, created: c.counter, content: c.opts.ContentRevisions}
		c.shelves[class][id] = r
	}
	if r.dead {
		r.created = c.counter
	}
	r.body, r.rev, r.dead, r.origin, r.earlier = c.opts.Store(body), c.counter, false, origin, false
	return r
}

func (c *Client) remove(class dataclass.Class, id sources.ID, origin string) *row {
	c.counter++
	r := c.shelves[class][id]
	r.body, r.rev, r.died, r.dead, r.origin, r.earlier = dataclass.Body{}, c.counter, c.counter, true, origin, false
	if c.opts.Now != nil {
		r.at = c.opts.Now()
	}
	return r
}

// changed gives what happened in a class after the counter since, in the order in which it happened.
func (c *Client) changed(class dataclass.Class, since int64, origin string) []sources.Change {
	type entry struct {
		rev    int64
		change sources.Change
	}
	var list []entry
	for id, r := range c.shelves[class] {
		if r.rev > since && (!r.dead || since != everything) {
			list = append(list, entry{r.rev, r.change(id, since, origin)})
		}
	}
	sort.Slice(list, func(i, j int) bool { return list[i].rev < list[j].rev })
	changes := make([]sources.Change, 0, len(list))
	for _, e := range list {
		changes = append(changes, e.change)
	}
	return changes
}

func (r *row) change(id sources.ID, since int64, origin string) sources.Change {
	ch := sources.Change{
		ID: id, Rev: r.revision(), Verb: sources.Replace, Body: r.body,
		Own: origin != "" && r.origin == origin, Synced: r.origin != "", Earlier: r.earlier, Key: r.key,
	}
	switch {
	case r.dead:
		ch.Verb = sources.Delete
	case r.created > since:
		ch.Verb = sources.Add
		ch.Renewed = since != everything && r.died > since
	}
	return ch
}

// revision is that of the item as it is now.
func (r *row) revision() sources.Revision {
	if r.content && !r.dead {
		return sources.Revision(fmt.Sprintf("%x", sha256.Sum256(append([]byte(r.body.Type+"\n"), r.body.Data...))))
	}
	return revision(r.rev)
}

func revision(n int64) sources.Revision { return sources.Revision(strconv.FormatInt(n, 10)) }

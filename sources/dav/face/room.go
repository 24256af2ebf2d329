package face

import (
	"context"
	"io"
	"maps"
	"runtime"
	"slices"
	"sync/atomic"

	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/datastore"
)

// Bounds of what is in memory at once. An item that is bigger than bigBody takes its place in the room of maxRoom bytes, and
// waits until there is one; so does the XML of a request in that of maxPapers bytes.
const (
	bigBody   = 256 << 10
	maxRoom   = 16 << 20
	maxPapers = 48 << 20
	place     = 1 << 20
	// Reading an item and telling it takes twice its size, the database's own and ours; taking one in three times: the database
	// has it twice while it writes.
	// XML that was read takes three times what it was.
	perRead  = 2
	perWrite = 3
	perPaper = 3
)

// A room has a number of places. It is safe for concurrent use.
type room struct {
	free chan struct{}
	// left is how many bytes were given back since what was in them was cleared away.
	left atomic.Int64
	// door lets in one at a time, so that nobody who wants many places waits for ever, or two for each other.
	door chan struct{}
}

func newRoom(bytes int) *room {
	r := &room{free: make(chan struct{}, max(1, bytes/place)), door: make(chan struct{}, 1)}
	for range cap(r.free) {
		r.free <- struct{}{}
	}
	return r
}

// enter waits for places for so many bytes, all that there are if that is more. They are free again once leave is called.
func (r *room) enter(ctx context.Context, bytes int) (leave func(), err error) {
	want := min(bytes/place+1, cap(r.free))
	have := 0
	leave = func() {
		if have > 0 {
			r.clear(bytes)
		}
		for ; have > 0; have-- {
			r.free <- struct{}{}
		}
	}
	select {
	case r.door <- struct{}{}:
	case <-ctx.Done():
		return leave, ctx.Err()
	}
	defer func() { <-r.door }()
	for have < want {
		select {
		case <-r.free:
			have++
		case <-ctx.Done():
			leave()
			return leave, ctx.Err()
		}
	}
	return leave, nil
}

// clear has what was in so many bytes collected before others come in, once that is as much as the room holds: else there
// would be several times of it in memory.
func (r *room) clear(bytes int) {
	if r.left.Add(int64(bytes)) >= int64(cap(r.free)*place) {
		r.left.Store(0)
		runtime.GC()
	}
}

// turn waits until items of so many bytes may be worked on, which ends when done is called. A call has one turn at most.
func (c *call) turn(bytes int) (done func(), err error) {
	if c.placed {
		return func() {}, nil
	}
	leave, err := c.big.enter(c.ctx, bytes)
	if err != nil {
		return leave, err
	}
	c.placed = true
	return func() { c.placed = false; leave() }, nil
}

// reading is turn for an item that is read and told. What is written meanwhile leaves only when the turn is over: nobody
// waits for the line of another client.
func (c *call) reading(size int) (done func(), err error) {
	leave, err := c.turn(size * perRead)
	if err != nil {
		return leave, err
	}
	c.out.shut()
	return func() { leave(); c.out.open() }, nil
}

// leave ends the turns that last as long as the call.
func (c *call) leave() {
	for _, done := range c.turns {
		done()
	}
	c.turns = nil
	c.out.drop()
}

// readAll reads the body of the request: at most so many bytes, and one more if there are more. A big one waits in a file
// until all of it has come and, then, for its turn in that room, which takes the given times its size and lasts until the
// end of the call.
func (c *call) readAll(most int64, in *room, times int) ([]byte, error) {
	return c.readAllOf(c.r.Body, most, in, times)
}

// readAllOf is readAll for a body that was packed.
func (c *call) readAllOf(body io.Reader, most int64, in *room, times int) ([]byte, error) {
	r := io.LimitReader(body, most+1)
	head, err := io.ReadAll(io.LimitReader(r, bigBody))
	if err != nil || len(head) < bigBody {
		return head, err
	}
	file, err := tempFile()
	if err != nil {
		return nil, err
	}
	defer drop(file)
	rest, err := io.Copy(file, r)
	if err != nil {
		return nil, err
	}
	if err := c.stay(in, (len(head)+int(rest))*times); err != nil {
		return nil, err
	}
	data := append(make([]byte, 0, len(head)+int(rest)), head...)
	data = data[:cap(data)]
	_, err = io.ReadFull(io.NewSectionReader(file, 0, rest), data[len(head):])
	return data, err
}

// stay waits for a turn that lasts until the end of the call.
func (c *call) stay(in *room, bytes int) error {
	if in == c.big {
		done, err := c.turn(bytes)
		c.turns = append(c.turns, done)
		return err
	}
	leave, err := in.enter(c.ctx, bytes)
	c.turns = append(c.turns, leave)
	return err
}

// bodies calls fn for each item that there is among ids, a little content at a time: big ones one by one, in their turn.
func (c *call) bodies(l *collection, ids []sources.ID, fn func(datastore.Item) error) error {
	for more := true; more && len(ids) > 0; {
		small, big, rest, err := c.items(l).GetSmallOnes(c.ctx, l.Class, ids, bigBody)
		if err != nil {
			return err
		}
		more = rest
		for _, id := range slices.Sorted(maps.Keys(small)) {
			if err := fn(small[id]); err != nil {
				return err
			}
		}
		for _, id := range slices.Sorted(maps.Keys(big)) {
			if err := c.bigOne(l, id, big[id], fn); err != nil {
				return err
			}
		}
		ids = slices.DeleteFunc(ids, func(id sources.ID) bool { return told(small, id) || told(big, id) })
	}
	return nil
}

func told[V any](m map[sources.ID]V, id sources.ID) bool {
	_, ok := m[id]
	return ok
}

// bigOne calls fn for an item of that size, if it is still there, in its turn.
func (c *call) bigOne(l *collection, id sources.ID, size int, fn func(datastore.Item) error) error {
	done, err := c.reading(size)
	if err != nil {
		return err
	}
	defer done()
	item, err := c.items(l).Get(c.ctx, l.Class, id)
	if gone(err) {
		return nil
	}
	if err != nil {
		return err
	}
	return fn(item)
}

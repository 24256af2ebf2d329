package memory

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"strings"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

var errClosed = errors.New("session is closed")

type source struct {
	client *Client
	origin string
}

// Begin takes the whole look at once, so it stays as it is whatever happens later.
func (s *source) Begin(ctx context.Context, class dataclass.Class, since sources.Cursor) (sources.Session, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	c := s.client
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.holds(class); err != nil {
		return nil, err
	}
	c.expire()
	from, err := parseCursor(since, c.opts.Name, class)
	if err != nil {
		return nil, err
	}
	if since != "" && (from < c.floor || from > c.counter) {
		return nil, fmt.Errorf("cursor %q: %w", since, sources.ErrCursorLost)
	}
	return &session{
		client: c, class: class, origin: s.origin,
		changes: c.changed(class, from, s.origin),
		cursor:  cursor(c.opts.Name, class, c.counter),
	}, nil
}

func cursor(name string, class dataclass.Class, n int64) sources.Cursor {
	return sources.Cursor(fmt.Sprintf("%d/%s/%s", n, class, name))
}

// everything is the position before the first change, for a look at all items: a cursor of an empty client
// stands at 0.
const everything = -1

func parseCursor(cur sources.Cursor, name string, class dataclass.Class) (int64, error) {
	if cur == "" {
		return everything, nil
	}
	head, _, _ := strings.Cut(string(cur), "/")
	n, err := strconv.ParseInt(head, 10, 64)
	if err != nil || n < 0 || cursor(name, class, n) != cur {
		return 0, fmt.Errorf("cursor %q: %w", cur, sources.ErrCursorLost)
	}
	return n, nil
}

type session struct {
	client  *Client
	class   dataclass.Class
	origin  string
	changes []sources.Change
	cursor  sources.Cursor
	closed  bool
}

func (s *session) ready(ctx context.Context) error {
	if s.closed {
		return errClosed
	}
	return ctx.Err()
}

func (s *session) Changes(ctx context.Context) iter.Seq2[sources.Change, error] {
	return func(yield func(sources.Change, error) bool) {
		for _, ch := range s.changes {
			if err := s.ready(ctx); err != nil {
				yield(sources.Change{}, err)
				return
			}
			if !yield(ch, nil) {
				return
			}
		}
		if err := s.ready(ctx); err != nil {
			yield(sources.Change{}, err)
		}
	}
}

func (s *session) Read(ctx context.Context, ids []sources.ID) iter.Seq2[sources.Change, error] {
	return func(yield func(sources.Change, error) bool) {
		for _, id := range ids {
			ch, err := s.read(ctx, id)
			if !yield(ch, err) || err != nil {
				return
			}
		}
	}
}

func (s *session) read(ctx context.Context, id sources.ID) (sources.Change, error) {
	if err := s.ready(ctx); err != nil {
		return sources.Change{}, err
	}
	s.client.mu.Lock()
	defer s.client.mu.Unlock()
	r := s.client.shelves[s.class][id]
	if r == nil {
		return sources.Change{ID: id, Verb: sources.Delete}, nil
	}
	return r.change(id, r.created, s.origin), nil
}

func (s *session) Apply(ctx context.Context, ops []sources.Op) ([]sources.Result, error) {
	if err := s.ready(ctx); err != nil {
		return nil, err
	}
	c := s.client
	c.mu.Lock()
	defer c.mu.Unlock()
	if limit := c.opts.MaxBatch; limit > 0 && len(ops) > limit {
		return nil, fmt.Errorf("%d ops at once: %w", len(ops), sources.ErrUnsupported)
	}
	results := make([]sources.Result, 0, len(ops))
	for _, op := range ops {
		results = append(results, c.apply(s.class, s.origin, op))
	}
	return results, nil
}

func (s *session) Commit(ctx context.Context) (sources.Cursor, error) {
	if err := s.ready(ctx); err != nil {
		return "", err
	}
	return s.cursor, nil
}

func (s *session) Close() error {
	s.closed = true
	return nil
}

func (c *Client) apply(class dataclass.Class, origin string, op sources.Op) sources.Result {
	if limit := c.opts.MaxItemSize; limit > 0 && len(op.Body.Data) > limit {
		return failed(op, sources.ErrTooBig)
	}
	if err := c.opts.Refuse(op); err != nil {
		return failed(op, err)
	}
	switch op.Verb {
	case sources.Add:
		return c.add(class, origin, op)
	case sources.Replace:
		return c.replace(class, origin, op)
	case sources.Delete:
		return c.delete(class, origin, op)
	}
	return failed(op, sources.ErrUnsupported)
}

func (c *Client) add(class dataclass.Class, origin string, op sources.Op) sources.Result {
	if c.opts.Keyless {
		op.Key = ""
	}
	if first, ok := c.keys[op.Key]; ok && op.Key != "" {
		return first
	}
	id := c.freeID(class)
	r := c.write(class, id, op.Body, origin)
	res := sources.Result{State: sources.Done, ID: id, Rev: r.revision()}
	r.key = op.Key
	c.keys[op.Key] = res
	return res
}

func (c *Client) replace(class dataclass.Class, origin string, op sources.Op) sources.Result {
	r := c.shelves[class][op.ID]
	if r == nil || r.dead {
		return failed(op, sources.ErrGone)
	}
	if op.IfRev != "" && op.IfRev != r.revision() {
		return failed(op, sources.ErrConflict)
	}
	r = c.write(class, op.ID, op.Body, origin)
	return sources.Result{State: sources.Done, ID: op.ID, Rev: r.revision()}
}

func (c *Client) delete(class dataclass.Class, origin string, op sources.Op) sources.Result {
	r := c.shelves[class][op.ID]
	if r == nil || r.dead {
		return sources.Result{State: sources.Done, ID: op.ID}
	}
	if op.IfRev != "" && op.IfRev != r.revision() {
		return failed(op, sources.ErrConflict)
	}
	r = c.remove(class, op.ID, origin)
	return sources.Result{State: sources.Done, ID: op.ID, Rev: r.revision()}
}

func failed(op sources.Op, class error) sources.Result {
	err := fmt.Errorf("%s item %s: %w", op.Verb, op.ID, class)
	return sources.Result{State: sources.Failed, ID: op.ID, Err: err}
}

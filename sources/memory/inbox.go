package memory

import (
	"context"
	"fmt"
	"iter"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

type phoneSource struct{ phone *Phone }

func (s phoneSource) Begin(ctx context.Context, class dataclass.Class, since sources.Cursor) (sources.Session, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	p := s.phone
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.items[class] == nil {
		return nil, fmt.Errorf("class %s: %w", class, sources.ErrUnsupported)
	}
	from, err := parseCursor(since, p.opts.Name, class)
	if err != nil {
		return nil, err
	}
	if since != "" && (from < p.floor || from > p.counter) {
		return nil, fmt.Errorf("cursor %q: %w", since, sources.ErrCursorLost)
	}
	return &phoneSession{
		session: session{class: class, changes: p.received(class, from), cursor: cursor(p.opts.Name, class, p.counter)},
		phone:   p,
	}, nil
}

// received gives the inbox rows of a class after since, in the order in which they came.
func (p *Phone) received(class dataclass.Class, since int64) []sources.Change {
	var changes []sources.Change
	for _, id := range bySeq(p.inbox[class]) {
		if n := p.inbox[class][id]; n.seq > since {
			changes = append(changes, n.change(id, since))
		}
	}
	return changes
}

// change has a revision of its own for each delivery; the phone knows none.
func (n *news) change(id sources.ID, since int64) sources.Change {
	return sources.Change{
		ID: id, Rev: revision(n.seq), Verb: n.verb, Body: n.body, Slow: n.slow,
		Renewed: n.verb != sources.Delete && n.died > max(since, 0),
	}
}

// phoneSession lists the inbox. Changes, Commit and Close are those of session.
type phoneSession struct {
	session
	phone *Phone
}

// Read gives the last delivery of each LUID. The phone cannot be asked, so a LUID that it never
// delivered is ErrUnsupported: nobody knows whether it exists.
func (s *phoneSession) Read(ctx context.Context, ids []sources.ID) iter.Seq2[sources.Change, error] {
	return func(yield func(sources.Change, error) bool) {
		for _, id := range ids {
			ch, err := s.read(ctx, id)
			if !yield(ch, err) || err != nil {
				return
			}
		}
	}
}

func (s *phoneSession) read(ctx context.Context, id sources.ID) (sources.Change, error) {
	if err := s.ready(ctx); err != nil {
		return sources.Change{}, err
	}
	s.phone.mu.Lock()
	defer s.phone.mu.Unlock()
	n := s.phone.inbox[s.class][id]
	if n == nil {
		return sources.Change{}, fmt.Errorf("read item %s from a phone: %w", id, sources.ErrUnsupported)
	}
	return n.change(id, n.seq), nil
}

// Apply puts ops into the outbox; all that can be sent are Pending.
func (s *phoneSession) Apply(ctx context.Context, ops []sources.Op) ([]sources.Result, error) {
	if err := s.ready(ctx); err != nil {
		return nil, err
	}
	s.phone.mu.Lock()
	defer s.phone.mu.Unlock()
	if limit := s.phone.opts.MaxBatch; limit > 0 && len(ops) > limit {
		return nil, fmt.Errorf("%d ops at once: %w", len(ops), sources.ErrUnsupported)
	}
	results := make([]sources.Result, 0, len(ops))
	for _, op := range ops {
		results = append(results, s.phone.enqueue(s.class, op))
	}
	return results, nil
}

package syncml

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

// KindName is the name of this sync source.
const KindName = "syncml"

// NewKind makes the kind by which the engine reads phones: what a phone changed is its inbox, and what
// it is sent waits as open ops of the engine's journal until the phone's session takes it away.
func NewKind(inbox Inbox) sources.Kind {
	return sources.Kind{
		Name: KindName,
		Caps: sources.Caps{Classes: phoneClasses(), Deferred: true, Incremental: true,
			Tombstones: true, MaxItemSize: maxObjSize},
		Open: func(_ context.Context, c sources.Client) (sources.Source, error) {
			return inboxSource{inbox: inbox, owner: c.Owner, client: c.ID}, nil
		},
	}
}

// phoneClasses are what phones have databases of.
func phoneClasses() []dataclass.Class {
	return []dataclass.Class{dataclass.Contacts, dataclass.Events, dataclass.Tasks, dataclass.Notes, dataclass.Calendar}
}

type inboxSource struct {
	inbox  Inbox
	owner  string
	client string
}

// Begin looks at the inbox as of now. The cursor is the number of the last row that was read.
func (s inboxSource) Begin(ctx context.Context, class dataclass.Class, since sources.Cursor) (sources.Session, error) {
	if !slices.Contains(phoneClasses(), class) {
		return nil, fmt.Errorf("class %s of a phone: %w", class, sources.ErrUnsupported)
	}
	after, err := parseSeq(since)
	if err != nil {
		return nil, err
	}
	last, err := s.inbox.Last(ctx, s.owner, s.client, class)
	if err != nil {
		return nil, fmt.Errorf("read inbox: %w", err)
	}
	return &inboxSession{inboxSource: s, class: class, after: after, last: max(last, after)}, nil
}

func parseSeq(c sources.Cursor) (int64, error) {
	if c == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(string(c), 10, 64)
	if err != nil || n < 0 || strconv.FormatInt(n, 10) != string(c) {
		return 0, fmt.Errorf("cursor %.20q: %w", c, sources.ErrCursorLost)
	}
	return n, nil
}

// An inboxSession is one look at an inbox: the rows after one number, up to another. A row that comes
// later has a greater number, and so has one that is replaced.
type inboxSession struct {
	inboxSource
	class  dataclass.Class
	after  int64
	last   int64
	closed bool
}

var errClosed = errors.New("session is closed")

// inboxPage is how many rows are read at once.
const inboxPage = 200

// Changes lists the inbox in the order in which it came.
func (s *inboxSession) Changes(ctx context.Context) iter.Seq2[sources.Change, error] {
	return func(yield func(sources.Change, error) bool) {
		for after := s.after; after < s.last; {
			rows, err := s.page(ctx, after)
			if err != nil {
				yield(sources.Change{}, err)
				return
			}
			for _, r := range rows {
				if r.Seq > s.last || !yield(r.change(), nil) {
					return
				}
				after = r.Seq
			}
			if len(rows) == 0 {
				return
			}
		}
	}
}

func (s *inboxSession) page(ctx context.Context, after int64) ([]InboxRow, error) {
	if s.closed {
		return nil, errClosed
	}
	rows, err := s.inbox.Rows(ctx, s.owner, s.client, s.class, after, inboxPage)
	if err != nil {
		return nil, fmt.Errorf("read inbox: %w", err)
	}
	return rows, nil
}

func (r InboxRow) change() sources.Change {
	return sources.Change{ID: r.ID, Verb: r.Verb, Body: r.Body, Slow: r.Slow, Renewed: r.Renewed}
}

// Read gives what the phone last sent under each id. The phone itself cannot be asked, so an id that is
// not in the inbox is ErrUnsupported: nobody knows here whether it exists.
func (s *inboxSession) Read(ctx context.Context, ids []sources.ID) iter.Seq2[sources.Change, error] {
	return func(yield func(sources.Change, error) bool) {
		for len(ids) > 0 {
			part := ids[:min(len(ids), inboxPage)]
			ids = ids[len(part):]
			if !s.readPart(ctx, part, yield) {
				return
			}
		}
	}
}

func (s *inboxSession) readPart(ctx context.Context, ids []sources.ID, yield func(sources.Change, error) bool) bool {
	rows, err := s.get(ctx, ids)
	if err != nil {
		yield(sources.Change{}, err)
		return false
	}
	for _, id := range ids {
		r, ok := rows[id]
		if !ok {
			yield(sources.Change{}, fmt.Errorf("read item %s from a phone: %w", id, sources.ErrUnsupported))
			return false
		}
		c := r.change()
		c.Renewed = false
		if c.Verb == sources.Add {
			c.Verb = sources.Replace
		}
		if !yield(c, nil) {
			return false
		}
	}
	return true
}

func (s *inboxSession) get(ctx context.Context, ids []sources.ID) (map[sources.ID]InboxRow, error) {
	if s.closed {
		return nil, errClosed
	}
	rows, err := s.inbox.Get(ctx, s.owner, s.client, s.class, ids)
	if err != nil {
		return nil, fmt.Errorf("read inbox: %w", err)
	}
	byID := make(map[sources.ID]InboxRow, len(rows))
	for _, r := range rows {
		byID[r.ID] = r
	}
	return byID, nil
}

// Apply leaves every op to the phone's next message: the engine's journal is the outbox. An item that
// no phone takes fails with ErrTooBig.
func (s *inboxSession) Apply(ctx context.Context, ops []sources.Op) ([]sources.Result, error) {
	if s.closed {
		return nil, errClosed
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	results := make([]sources.Result, len(ops))
	for i, op := range ops {
		results[i] = sources.Result{State: sources.Pending, ID: op.ID}
		if len(op.Body.Data) > maxObjSize {
			results[i] = sources.Result{State: sources.Failed, ID: op.ID,
				Err: fmt.Errorf("item of %d bytes: %w", len(op.Body.Data), sources.ErrTooBig)}
		}
	}
	return results, nil
}

// Commit covers the rows that Changes lists.
func (s *inboxSession) Commit(context.Context) (sources.Cursor, error) {
	if s.closed {
		return "", errClosed
	}
	return sources.Cursor(strconv.FormatInt(s.last, 10)), nil
}

// Close ends the session.
func (s *inboxSession) Close() error {
	s.closed = true
	return nil
}

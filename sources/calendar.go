package sources

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"strings"

	"github.com/bindery-sync/bindery/dataclass"
)

// Calendar gives a Source that has the events and the tasks of src as one dataclass, Calendar, for a
// client on the other end that keeps both in one database, as many phones do. Other classes are those of
// src. An item's ID in Calendar is "e" or "t" and its ID in src; an item stays what it is: a Replace of
// an event by a task, or the reverse, fails with ErrUnsupported.
//
// The look is two looks, one after the other; each cursor covers its own.
func Calendar(src Source) Source { return calendarSource{src} }

// WithCalendar gives caps with Calendar among the classes, if they have both that it is made of.
func WithCalendar(caps Caps) Caps {
	has := make(map[dataclass.Class]bool)
	for _, c := range caps.Classes {
		has[c] = true
	}
	if has[dataclass.Events] && has[dataclass.Tasks] && !has[dataclass.Calendar] {
		caps.Classes = append(caps.Classes[:len(caps.Classes):len(caps.Classes)], dataclass.Calendar)
	}
	return caps
}

// calendarParts are the dataclasses that a Calendar is made of, and what their IDs begin with.
var calendarParts = [2]struct {
	class dataclass.Class
	mark  string
}{{dataclass.Events, "e"}, {dataclass.Tasks, "t"}}

type calendarSource struct{ src Source }

// Begin implements Source.
func (c calendarSource) Begin(ctx context.Context, class dataclass.Class, since Cursor) (Session, error) {
	if class != dataclass.Calendar {
		return c.src.Begin(ctx, class, since)
	}
	from, ok := splitCursor(since)
	if !ok {
		return nil, fmt.Errorf("calendar cursor %.40q: %w", since, ErrCursorLost)
	}
	s := &calendarSession{}
	for i, p := range calendarParts {
		part, err := c.src.Begin(ctx, p.class, from[i])
		if err != nil {
			return nil, errors.Join(err, s.Close())
		}
		s.parts[i] = part
	}
	return s, nil
}

// joinCursor makes one cursor of two.
func joinCursor(a, b Cursor) Cursor {
	return Cursor(strconv.Itoa(len(a)) + ":" + string(a) + string(b))
}

func splitCursor(c Cursor) (parts [2]Cursor, ok bool) {
	if c == "" {
		return parts, true
	}
	head, rest, ok := strings.Cut(string(c), ":")
	n, err := strconv.Atoi(head)
	if !ok || err != nil || n < 0 || n > len(rest) {
		return parts, false
	}
	parts[0], parts[1] = Cursor(rest[:n]), Cursor(rest[n:])
	// A part without a cursor would ask for everything, and say of it that it changed.
	return parts, parts[0] != "" && parts[1] != ""
}

type calendarSession struct{ parts [2]Session }

// partOf gives the part that an ID belongs to, and its ID there; -1 for an ID that no part gave.
func partOf(id ID) (int, ID) {
	for i, p := range calendarParts {
		if rest, ok := strings.CutPrefix(string(id), p.mark); ok && rest != "" {
			return i, ID(rest)
		}
	}
	return -1, ""
}

func (c Change) inPart(i int) Change {
	mark := ID(calendarParts[i].mark)
	c.ID = mark + c.ID
	if id := RevivalOf(c.Key); id != "" {
		c.Key = RevivalKey(mark + id)
	}
	return c
}

// Changes implements Session.
func (s *calendarSession) Changes(ctx context.Context) iter.Seq2[Change, error] {
	return func(yield func(Change, error) bool) {
		for i, part := range s.parts {
			for c, err := range part.Changes(ctx) {
				if err != nil {
					yield(Change{}, err)
					return
				}
				if !yield(c.inPart(i), nil) {
					return
				}
			}
		}
	}
}

// Read implements Session.
func (s *calendarSession) Read(ctx context.Context, ids []ID) iter.Seq2[Change, error] {
	return func(yield func(Change, error) bool) {
		for len(ids) > 0 {
			part, run := sameRun(ids)
			for c, err := range s.readRun(ctx, part, ids[:len(run)], run) {
				if !yield(c, err) || err != nil {
					return
				}
			}
			ids = ids[len(run):]
		}
	}
}

// sameRun gives the first of ids that belong to one part, as they are called there.
func sameRun(ids []ID) (part int, run []ID) {
	part, _ = partOf(ids[0])
	for _, id := range ids {
		p, own := partOf(id)
		if p != part {
			break
		}
		run = append(run, own)
	}
	return part, run
}

func (s *calendarSession) readRun(ctx context.Context, part int, ids, own []ID) iter.Seq2[Change, error] {
	return func(yield func(Change, error) bool) {
		if part < 0 { // nobody ever gave out such an ID
			for _, id := range ids {
				if !yield(Change{ID: id, Verb: Delete}, nil) {
					return
				}
			}
			return
		}
		for c, err := range s.parts[part].Read(ctx, own) {
			if !yield(c.inPart(part), err) {
				return
			}
		}
	}
}

// Apply implements Session. Ops that follow each other in one part are given to it together.
func (s *calendarSession) Apply(ctx context.Context, ops []Op) ([]Result, error) {
	results := make([]Result, 0, len(ops))
	for len(ops) > 0 {
		part, err := placeOf(ops[0])
		if err != nil {
			results, ops = append(results, Result{State: Failed, ID: ops[0].ID, Err: err}), ops[1:]
			continue
		}
		n := 1
		for n < len(ops) {
			if p, err := placeOf(ops[n]); err != nil || p != part {
				break
			}
			n++
		}
		some, err := s.applyRun(ctx, part, ops[:n])
		if err != nil {
			return nil, err
		}
		results, ops = append(results, some...), ops[n:]
	}
	return results, nil
}

// placeOf gives the part that an op is for: that of its ID, or, for an Add, of its body.
func placeOf(op Op) (int, error) {
	part, _ := partOf(op.ID)
	if op.Verb == Delete {
		if part < 0 {
			return 0, nil // of what was never there: done, in either
		}
		return part, nil
	}
	it, err := dataclass.Decode(dataclass.Calendar, op.Body)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	of := 0
	if it.Class() == dataclass.Tasks {
		of = 1
	}
	switch {
	case op.Verb == Add, part == of:
		return of, nil
	case part < 0:
		return 0, fmt.Errorf("item %q: %w", op.ID, ErrGone)
	}
	return 0, fmt.Errorf("an event cannot become a task, nor a task an event: %w", ErrUnsupported)
}

func (s *calendarSession) applyRun(ctx context.Context, part int, ops []Op) ([]Result, error) {
	own := make([]Op, len(ops))
	for i, op := range ops {
		own[i] = op
		if _, id := partOf(RevivalOf(op.Key)); id != "" {
			own[i].Key = RevivalKey(id)
		}
		if op.ID != "" {
			if _, own[i].ID = partOf(op.ID); own[i].ID == "" {
				own[i].ID = op.ID
			}
		}
	}
	results, err := s.parts[part].Apply(ctx, own)
	for i := range results {
		if results[i].ID != "" {
			results[i].ID = ID(calendarParts[part].mark) + results[i].ID
		}
		if i < len(ops) && ops[i].ID != "" && results[i].State == Done {
			results[i].ID = ops[i].ID
		}
	}
	return results, err
}

// Commit implements Session.
func (s *calendarSession) Commit(ctx context.Context) (Cursor, error) {
	var cursors [2]Cursor
	for i, part := range s.parts {
		c, err := part.Commit(ctx)
		if err != nil {
			return "", err
		}
		cursors[i] = c
	}
	return joinCursor(cursors[0], cursors[1]), nil
}

// Close implements Session.
func (s *calendarSession) Close() error {
	var err error
	for _, part := range s.parts {
		if part != nil {
			err = errors.Join(err, part.Close())
		}
	}
	return err
}

// CalendarParts gives the items of a Calendar by the dataclass that each is of, under the ID that it has there. What is
// no such ID is left out.
func CalendarParts(ids []ID) map[dataclass.Class][]ID {
	out := make(map[dataclass.Class][]ID)
	for _, id := range ids {
		for _, p := range calendarParts {
			if rest, ok := strings.CutPrefix(string(id), p.mark); ok {
				out[p.class] = append(out[p.class], ID(rest))
			}
		}
	}
	return out
}

// CalendarCursors gives the cursors that a Calendar's is made of, none of one that it did not make.
func CalendarCursors(c Cursor) map[dataclass.Class]Cursor {
	parts, ok := splitCursor(c)
	if !ok {
		return nil
	}
	out := make(map[dataclass.Class]Cursor)
	for i, p := range calendarParts {
		out[p.class] = parts[i]
	}
	return out
}

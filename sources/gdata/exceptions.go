package gdata

import (
	"context"
	"errors"
	"fmt"

	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/gdata/entry"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// exceptions writes the exceptions of series whose own entries are as they are to be. Where that moved the series, the
// server may have dropped its exceptions: one that is not there any more is made anew.
func (w *writer) exceptions(ctx context.Context, jobs []*job) error {
	var calls []*call
	for _, j := range jobs {
		if !j.written() {
			continue
		}
		j.more = w.callsOf(j)
		j.reread = j.reread || len(j.more) > 0 || j.writes.Moved
		calls = append(calls, j.more...)
	}
	if len(calls) == 0 {
		return nil
	}
	if err := w.wire.run(ctx, calls); err != nil {
		return err
	}
	var again []*call
	for _, j := range jobs {
		for i, c := range j.more {
			if c.op == entry.Update && errors.Is(c.err, sources.ErrGone) {
				e := entry.Fresh(c.entry)
				entry.Attach(e, j.current())
				j.more[i] = &call{op: entry.Insert, entry: e}
				again = append(again, j.more[i])
			}
		}
	}
	if err := w.wire.run(ctx, again); err != nil {
		return err
	}
	for _, j := range jobs {
		if err := w.settle(ctx, j); err != nil {
			return err
		}
	}
	return nil
}

// callsOf makes the calls for the exceptions of an item.
func (w *writer) callsOf(j *job) []*call {
	var out []*call
	for _, e := range j.writes.Put {
		out = append(out, w.callFor(entry.Update, e))
	}
	for _, e := range j.writes.Add {
		entry.Attach(e, j.current())
		out = append(out, &call{op: entry.Insert, entry: e})
	}
	for _, e := range j.writes.Delete {
		out = append(out, w.callFor(entry.Delete, e))
	}
	return out
}

// settle takes what became of the exceptions of an item. One that the server did not take fails the op: it is planned
// again from what the server has then. A new item that cannot be had whole is taken back.
func (w *writer) settle(ctx context.Context, j *job) error {
	if !j.written() {
		return nil
	}
	var failed error
	for _, c := range j.more {
		switch {
		case c.err == nil && c.op == entry.Insert && c.reply != nil:
			w.newPart(j, c.reply)
		case c.err == nil, c.op == entry.Delete && errors.Is(c.err, sources.ErrGone):
		default:
			failed = c.err
		}
	}
	if failed == nil {
		return nil
	}
	if j.was == nil {
		back := w.callFor(entry.Delete, j.current())
		back.etag = ""
		if err := w.wire.run(ctx, []*call{back}); err != nil {
			return err
		}
		if back.err != nil {
			failed = fmt.Errorf("%w: %w", sources.ErrUnknownOutcome, failed)
		}
	}
	j.fail(failed)
	return nil
}

// newPart notes the entry of an exception that was made.
func (w *writer) newPart(j *job, e *xmltree.Element) {
	if s, err := w.wire.names.look(e); err == nil {
		j.parts = append(j.parts, partRow{w.client.owner, w.client.id, j.row.ID, s.id, s.hash, s.self})
	}
}

// isPlain reports whether the entry of an occurrence, which was asked for by itself, says no more than its series does. A
// server may give such an entry for any occurrence, also for one that is no exception any more.
func (s *session) isPlain(master, part *xmltree.Element) bool {
	if entry.Deleted(part) {
		return false
	}
	series, err := entry.ReadEvent(master, nil, s.context())
	if err != nil {
		return false
	}
	plain, there, err := entry.Instance(series, entry.InstanceKey(part, s.context()), s.context())
	if err != nil || !there {
		return false
	}
	is, err1 := entry.ReadEvent(master, []*xmltree.Element{part}, s.context())
	would, err2 := entry.ReadEvent(master, []*xmltree.Element{plain}, s.context())
	return err1 == nil && err2 == nil && is.Fingerprint() == would.Fingerprint()
}

// judge takes what became of the call of a job. One that met another state of the entry, or none, is left to be tried again.
func (j *job) judge(last bool) {
	err := j.master.err
	switch {
	case err == nil && j.op.Verb == sources.Delete:
		*j.res = sources.Result{State: sources.Done, ID: j.op.ID}
	case err == nil:
	case (errors.Is(err, sources.ErrConflict) || errors.Is(err, sources.ErrGone)) && j.was != nil && !last:
	case errors.Is(err, sources.ErrGone) && j.was != nil:
		j.lost()
	default:
		j.fail(err)
	}
}

// written reports whether the item itself is as the op asked.
func (j *job) written() bool {
	return !j.ended() && j.op.Verb != sources.Delete && (j.master == nil || j.master.done && j.master.err == nil)
}

package transfer

import (
	"context"
	"errors"
	"fmt"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/dataclass/stream"
	"github.com/bindery-sync/bindery/sources"
)

const (
	// batch is how many items are written at once, mostBatch how many where others write meanwhile: comparing again is
	// dear, so it is done less and less often.
	batch, mostBatch = 200, 3200
	// batchBytes bounds what items that wait to be written take.
	batchBytes = 8 << 20
)

// writer writes the items of one dataclass.
type writer struct {
	*importer
	class dataclass.Class
	// session is the look that everything was compared with; cursor is the end of what was compared.
	session sources.Session
	cursor  sources.Cursor
	waiting []waiting
	bytes   int
	limit   int
}

// waiting is an item that is to be written with the batch.
type waiting struct {
	where at
	item  *dataclass.Item
}

// item puts an item into the batch.
func (w *writer) item(ctx context.Context, where at, it stream.Item) error {
	p := w.plans[where]
	if it.Class() != w.class || p != nil && p.skip {
		return nil
	}
	if p == nil || p.print != it.Fingerprint() {
		return fmt.Errorf("%s changed while it was read", w.files[where.file].Name)
	}
	w.waiting = append(w.waiting, waiting{where, it.Item})
	w.bytes += len(it.Body().Data)
	limit := w.limit
	if w.caps.MaxBatch > 0 {
		limit = min(limit, w.caps.MaxBatch)
	}
	if len(w.waiting) >= limit || w.bytes >= batchBytes {
		return w.flush(ctx)
	}
	return nil
}

// written is what became of a batch.
type written struct {
	cursor  sources.Cursor
	moved   bool
	ops     []sources.Op
	where   []at
	results []sources.Result
	// there are the items of which the files know nothing more.
	there []at
}

// flush writes the batch: where Together is given, in one transaction with a look at what others changed since the last
// one, so that what is decided is true when it is written.
func (w *writer) flush(ctx context.Context) error {
	if len(w.waiting) == 0 {
		return nil
	}
	var out written
	once := func(ctx context.Context) (err error) {
		out, err = w.once(ctx)
		return err
	}
	together := w.Together
	if together == nil || w.Dry {
		together = func(ctx context.Context, fn func(context.Context) error) error { return fn(ctx) }
	}
	if err := together(ctx, once); err != nil {
		return err
	}
	w.settle(out)
	w.waiting, w.bytes, w.cursor = nil, 0, out.cursor
	if out.moved {
		w.limit = min(2*w.limit, mostBatch)
	}
	return nil
}

// once looks again, decides and writes. It may be called again for the same batch, if nothing came of it.
func (w *writer) once(ctx context.Context) (out written, err error) {
	session := w.session
	if out.cursor = w.cursor; w.Together != nil && !w.Dry {
		if session, err = w.source.Begin(ctx, w.class, w.cursor); err != nil {
			return out, err
		}
		defer func() { err = errors.Join(err, session.Close()) }()
		if out.moved, err = w.shelf.follow(ctx, w.class, session); err != nil {
			return out, err
		}
		if out.cursor, err = session.Commit(ctx); err != nil {
			return out, err
		}
		if out.moved {
			w.compare(w.class)
		}
	}
	if err := w.decide(ctx, session, &out); err != nil {
		return out, err
	}
	out.results = make([]sources.Result, len(out.ops))
	if !w.Dry && len(out.ops) > 0 {
		out.results, err = session.Apply(ctx, out.ops)
	}
	return out, err
}

// decide makes the ops of the batch.
func (w *writer) decide(ctx context.Context, session sources.Session, out *written) error {
	for _, it := range w.waiting {
		p := w.plans[it.where]
		if p.skip {
			continue
		}
		op := sources.Op{Key: w.NewKey(), Verb: sources.Add, Body: it.item.Body()}
		if p.merge != "" {
			var changed bool
			var err error
			if op, changed, err = w.merged(ctx, session, p.merge, it.item); err != nil {
				return err
			}
			if !changed {
				out.there = append(out.there, it.where)
				continue
			}
		}
		out.ops, out.where = append(out.ops, op), append(out.where, it.where)
	}
	return nil
}

// merged makes the op that adds to an item what only the file knows of it. Where they differ, what is there
// stands. It reports false if the file knows nothing more.
func (w *writer) merged(ctx context.Context, session sources.Session, id sources.ID, it *dataclass.Item) (sources.Op, bool, error) {
	op := sources.Op{Key: w.NewKey(), Verb: sources.Replace, ID: id}
	for c, err := range session.Read(ctx, []sources.ID{id}) {
		if err != nil {
			return op, false, err
		}
		now, err := dataclass.Decode(w.class, c.Body)
		if err != nil || c.Verb == sources.Delete {
			return op, false, fmt.Errorf("an item changed meanwhile; import again: %w", sources.ErrConflict)
		}
		m, err := dataclass.Merge3(nil, dataclass.Version{Now: now}, dataclass.Version{Now: it}, dataclass.First)
		if err != nil {
			return op, false, err
		}
		op.IfRev, op.Body = c.Rev, m.Item.Body()
		return op, m.Item.Fingerprint() != now.Fingerprint(), nil
	}
	return op, false, sources.ErrGone
}

// settle counts what became of a batch, and remembers what was written.
func (w *writer) settle(out written) {
	n := w.count(w.class)
	for _, where := range out.there {
		w.plans[where].done = true
		n.There++
	}
	for i, r := range out.results {
		p := w.plans[out.where[i]]
		p.done = true
		switch {
		case r.State == sources.Failed:
			n.Failed++
			w.tell(out.where[i].file, p.line, "%v", r.Err)
			continue
		case out.ops[i].Verb == sources.Add:
			n.Added++
		default:
			n.Merged++
		}
		w.shelf.mine[r.ID] = r.Rev
	}
}

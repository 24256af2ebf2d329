package face

import (
	"context"
	"net/http"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/sources/gdata/entry"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// atOnce is how many operations of a batch are one transaction: others want to write as well.
const atOnce = 100

// manyEntries is how many make a batch or a page one of many.
const manyEntries = 50

// batch answers POST of a feed with many operations. Each is done or refused by itself.
func (c *call) batch(ctx context.Context, s shelf) error {
	if c.method != http.MethodPost {
		return c.only("POST")
	}
	data, err := c.readBody(maxBatch, atomType, "application/xml", "text/xml")
	if err != nil {
		return err
	}
	feed, err := xmltree.Parse(data, xmltree.Limits{Bytes: maxBatch, Depth: 42})
	if err != nil {
		return err
	}
	ops, _, err := entry.ReadBatch(feed)
	if err != nil {
		return err
	}
	if len(ops) >= manyEntries {
		c.Bulk()
	}
	done := make([]entry.BatchEntry, 0, len(ops))
	for len(ops) > 0 {
		some := ops[:min(len(ops), atOnce)]
		ops = ops[len(some):]
		before, list := len(done), stretches(s, some)
		err := c.DB.Update(ctx, func(ctx context.Context, _ *gorm.DB) error {
			done = done[:before] // anew: the transaction may be tried again
			done = append(done, c.operateAll(ctx, s, list)...)
			return ctx.Err()
		})
		if err != nil {
			return err
		}
	}
	out := feedWriter{w: c.w, zips: takesGzip(c.r), used: &c.zips}
	c.w.Header().Set("Content-Type", feedType)
	answer := entry.NewBatch(c.at.kind.term(), done)
	answer.Nodes = append([]xmltree.Node{
		{Elem: xmltree.New(entry.Atom, "id", xmltree.Text(c.base+c.r.URL.EscapedPath()))},
		{Elem: xmltree.New(entry.Atom, "updated", xmltree.Text(stamp(c.Now())))},
		{Elem: xmltree.New(entry.Atom, "title", xmltree.Text("Batch"))},
	}, answer.Nodes...)
	out.begin(answer)
	out.end()
	return out.err
}

// operate does one operation.
func (c *call) operate(ctx context.Context, s shelf, op entry.BatchEntry) entry.BatchEntry {
	out := entry.BatchEntry{ID: op.ID, Op: op.Op, Status: http.StatusOK, Reason: "Success"}
	now, err := c.do(ctx, s, op)
	switch {
	case err != nil:
		f, known := faultOf(err)
		if !known {
			c.Log.ErrorContext(ctx, "operation of a batch failed", "error", err)
		}
		out.Status, out.Reason = f.status, f.text
		if out.Entry = op.Entry; f.current != nil {
			out.Entry = c.finish(*f.current)
		}
	case now == nil:
		out.Entry = op.Entry
	default:
		out = c.carriedOut(op, *now)
	}
	return out
}

// carriedOut tells of an operation what there is now.
func (c *call) carriedOut(op entry.BatchEntry, now shown) entry.BatchEntry {
	out := entry.BatchEntry{ID: op.ID, Op: op.Op, Status: http.StatusOK, Reason: "Success", Entry: c.finish(now)}
	if op.Op == entry.Insert {
		out.Status, out.Reason = http.StatusCreated, "Created"
	}
	return out
}

// do carries out one operation. What it gives is nil for something that was deleted.
func (c *call) do(ctx context.Context, s shelf, op entry.BatchEntry) (*shown, error) {
	id := entry.ID(op.Entry)
	if id == "" {
		id = entry.LastSegment(entry.Link(op.Entry, entry.RelEdit))
	}
	if id == "" && op.Op != entry.Insert {
		return nil, badRequest("required", "The entry has no id.")
	}
	var now shown
	var err error
	switch op.Op {
	case entry.Insert:
		now, err = s.insert(ctx, op.Entry)
	case entry.Query:
		now, err = s.one(ctx, id)
	case entry.Update:
		now, err = s.update(ctx, id, op.Entry, conditionOf(nil, op.Entry))
	case entry.Delete:
		return nil, s.remove(ctx, id, conditionOf(nil, op.Entry))
	default:
		return nil, badRequest("invalid", "batch:operation has to be insert, query, update or delete.")
	}
	return &now, err
}

package gdata

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/gdata/entry"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

const (
	// contactOps, eventOps and batchBytes bound one batch: what servers have been known to take.
	contactOps = 100
	eventOps   = 50
	batchBytes = 800 << 10
	// manyEntries is how many make a batch or a page one of many.
	manyEntries = 50
	// entryBytes is what one entry takes in it, as most do.
	entryBytes = 1800
)

// errNoBatch means that the server takes no batches.
var errNoBatch = errors.New("the server takes no batches")

func (w *wire) kind() entry.Kind {
	if w.class == dataclass.Contacts {
		return entry.ContactKind
	}
	return entry.EventKind
}

// errUnsaid means that the server left open whether it carried a write of a batch out.
var errUnsaid = fmt.Errorf("the server did not say what became of the entry: %w: %w", sources.ErrElsewhere, sources.ErrUnknownOutcome)

// A call is one entry on its way to the server, or from there.
type call struct {
	op    entry.Operation
	entry *xmltree.Element
	// self is where an entry is read, edit where it is written.
	self, edit, etag string
	// id is that of the entry that is read; empty if any will do.
	id string

	// reply is the entry as the server has it now; nil if it did not say, or has none.
	reply *xmltree.Element
	// err is why it was not carried out. It wraps sources.ErrUnknownOutcome if that is not known.
	err error
	// done says that reply or err were set.
	done bool
}

func (c *call) end(reply *xmltree.Element, err error) { c.reply, c.err, c.done = reply, err, true }

// run carries out calls, several at once where the server takes that. What a call met is in the call; an error means that
// the server could not be asked, and that it is not known of writes among the calls without done whether they were
// carried out. The calls are about different entries: batches are sent in their order and one at a time, single calls after
// them.
func (w *wire) run(ctx context.Context, calls []*call) error {
	if len(calls) > 1 && w.batch != "" {
		if err := w.batches(ctx, calls); err != nil && !errors.Is(err, errNoBatch) {
			return err
		}
	}
	failed := 0
	for _, c := range calls {
		if c.done {
			continue
		}
		switch err := w.single(ctx, c); {
		case err == nil:
			failed = 0
		case c.fails(err) && failed+1 < enoughFailures:
			failed++
			c.end(nil, err)
		default:
			return err
		}
	}
	return nil
}

// enoughFailures is at how many single writes in a row the server may fail before it is asked for nothing more.
const enoughFailures = 3

// fails reports whether the server failed at this write, which can be sent again without harm whatever became of it.
func (c *call) fails(err error) bool {
	var s *statusError
	return errors.As(err, &s) && errors.Is(s, sources.ErrElsewhere) && (c.op == entry.Update || c.op == entry.Delete)
}

// A bundle is calls that are one batch, and what is sent of them.
type bundle struct {
	calls []*call
	body  []byte
}

// batches sends calls in batches; all of them read, or all write. Those that it leaves without done were not carried out.
// While the server is at one batch, the next is written and the answer to the one before is read.
func (w *wire) batches(ctx context.Context, calls []*call) error {
	calls = slices.DeleteFunc(slices.Clone(calls), func(c *call) bool { return c.done })
	read := make(chan error, 1)
	read <- nil
	for next := w.bundle(calls); len(calls) > 0; {
		some, ahead := next, make(chan bundle, 1)
		calls = calls[len(some.calls):]
		go func() { ahead <- w.bundle(calls) }()
		a, err := w.sendBatch(ctx, some)
		next = <-ahead
		if earlier := <-read; earlier != nil {
			return earlier
		}
		if err != nil {
			return err
		}
		go func() { read <- some.take(a) }()
	}
	return <-read
}

// bundle gives as many of calls as one batch may hold: at least one, if there is one.
func (w *wire) bundle(calls []*call) bundle {
	n := min(len(calls), w.batchOps())
	for {
		list := make([]entry.BatchEntry, n)
		for i, c := range calls[:n] {
			list[i] = entry.BatchEntry{ID: strconv.Itoa(i), Op: c.op, Entry: c.inBatch(w.kind())}
		}
		body := entry.Append(make([]byte, 0, n*entryBytes), entry.NewBatch(w.kind(), list))
		if len(body) <= batchBytes || n < 2 {
			return bundle{calls[:n], body}
		}
		n /= 2
	}
}

// batchOps is how many operations of the class one batch may have.
func (w *wire) batchOps() int {
	if w.class == dataclass.Contacts {
		return contactOps
	}
	return eventOps
}

// sendBatch sends a batch. One of a single call is none: that is sent by itself in the end.
func (w *wire) sendBatch(ctx context.Context, b bundle) (*answer, error) {
	a, err := w.sendBatchTo(ctx, w.batch, b)
	w.heed(err)
	return a, err
}

// heed notes that the server takes no batches, if the error says so.
func (w *wire) heed(err error) {
	if errors.Is(err, errNoBatch) {
		w.batch = ""
	}
}

// sendBatchTo is sendBatch to an address. Several may be sent at once.
func (w *wire) sendBatchTo(ctx context.Context, to string, b bundle) (*answer, error) {
	if len(b.calls) < 2 {
		return nil, nil
	}
	if len(b.calls) >= manyEntries {
		w.g.o.Bulk()
	}
	a, err := w.do(ctx, request{method: http.MethodPost, address: to, body: b.body, contentType: atomType, reads: b.calls[0].op == entry.Query})
	if noBatch(err) {
		return nil, errNoBatch
	}
	return a, err
}

// take gives the calls what the server answered.
func (b bundle) take(a *answer) error {
	if a == nil {
		return nil
	}
	doc, err := tree(a.body)
	if err != nil {
		return err
	}
	replies, broken, err := entry.ReadBatch(doc)
	if err != nil {
		return err
	}
	return sort(b.calls, replies, broken)
}

// noBatch reports whether an answer to a batch says that the server takes none. It has not been carried out then.
func noBatch(err error) bool {
	var s *statusError
	if !errors.As(err, &s) {
		return false
	}
	switch s.status {
	case http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusNotImplemented, http.StatusBadRequest, http.StatusForbidden,
		http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusGone:
		return true
	}
	return false
}

// sort gives each call what the server replied to it, in whatever order.
func sort(calls []*call, replies []entry.BatchEntry, broken *entry.Interrupted) error {
	well := 0
	of, mixed := addressed(calls, replies)
	for n, r := range replies {
		i := of[n]
		if i < 0 || calls[i].done || r.Status == 0 {
			continue
		}
		if r.Status < 300 {
			well++
		}
		calls[i].take(r)
	}
	for _, c := range calls {
		// What an interrupted batch did not come to was not done. If it counts otherwise, nobody knows; and an insert is
		// looked for in any case before it is sent again.
		if !c.done && c.op != entry.Query && (broken == nil || mixed || broken.Success > well || c.op == entry.Insert) {
			c.end(nil, errUnsaid)
		}
	}
	return nil
}

// take notes one reply of a batch.
func (c *call) take(r entry.BatchEntry) {
	if r.Status >= 300 {
		err := &statusError{status: r.Status, one: true}
		if c.op == entry.Insert && !refused(err) && !err.limited() {
			c.end(nil, errUnsaid) // it may have been made before the server failed
			return
		}
		c.end(nil, err)
		return
	}
	if r.Entry != nil && entry.ID(r.Entry) != "" && entry.KindOf(r.Entry) != "" {
		c.end(r.Entry, nil)
		return
	}
	c.end(nil, nil)
}

// inBatch gives the entry that says in a batch what the call is about.
func (c *call) inBatch(k entry.Kind) *xmltree.Element {
	if c.op == entry.Insert || c.op == entry.Update {
		return c.entry
	}
	e := entry.New(k)
	address := c.edit
	if c.op == entry.Query {
		address = c.self
	}
	e.Add(xmltree.New(entry.Atom, "id", xmltree.Text(address)))
	e.Add(xmltree.New(entry.Atom, "link").SetAttr("", "rel", entry.RelSelf).SetAttr("", "href", address))
	e.Add(xmltree.New(entry.Atom, "link").SetAttr("", "rel", entry.RelEdit).SetAttr("", "href", address))
	if c.etag != "" {
		e.SetAttr(entry.GD, "etag", c.etag)
	}
	return e
}

// single carries out one call by a request of its own.
func (w *wire) single(ctx context.Context, c *call) error {
	r := request{method: http.MethodGet, address: c.self}
	switch c.op {
	case entry.Insert:
		r = request{method: http.MethodPost, address: w.post, body: document(c.entry), contentType: atomType}
	case entry.Update:
		r = request{method: http.MethodPut, address: c.edit, body: document(c.entry), contentType: atomType, ifMatch: condition(c.etag)}
	case entry.Delete:
		r = request{method: http.MethodDelete, address: c.edit, ifMatch: condition(c.etag)}
	}
	a, err := w.do(ctx, r)
	var s *statusError
	switch {
	case errors.As(err, &s) && refused(err) && s.status != http.StatusUnauthorized && !s.limited():
		s.one = true
		c.end(nil, err)
		return nil
	case err != nil:
		return err
	}
	return w.finish(ctx, c, a)
}

// finish takes the answer to a single call. An insert that the server did not answer with the entry is asked for it.
func (w *wire) finish(ctx context.Context, c *call, a *answer) error {
	if c.op == entry.Delete {
		c.end(nil, nil)
		return nil
	}
	if len(a.body) > 0 {
		if e, err := tree(a.body); err == nil && entry.ID(e) != "" {
			c.end(e, nil)
			return nil
		}
	}
	if c.op == entry.Query {
		return fmt.Errorf("%w: the server gave no entry", dataclass.ErrMalformed)
	}
	at := c.self
	if c.op == entry.Insert {
		at = a.header.Get("Location")
	}
	if at == "" {
		c.end(nil, nil)
		return nil
	}
	e, _, err := w.get(ctx, at)
	if err != nil || entry.ID(e) == "" {
		c.end(nil, nil)
		return nil
	}
	c.end(e, nil)
	return nil
}

// condition gives the value of If-Match: where the server has no entity tag, that there is something is all that can be
// asked for.
func condition(etag string) string {
	if etag == "" || etag[0] == 'W' {
		return "*"
	}
	return etag
}

// read gets entries as they are now, by where they are read. One that is not there is missing in the result.
func (w *wire) read(ctx context.Context, at map[string]string) (map[string]*xmltree.Element, error) {
	calls := make([]*call, 0, len(at))
	ids := make([]string, 0, len(at))
	for id, self := range at {
		calls = append(calls, &call{op: entry.Query, self: self, id: w.names.idOf(id)})
		ids = append(ids, id)
	}
	if err := w.run(ctx, calls); err != nil {
		return nil, err
	}
	out := make(map[string]*xmltree.Element, len(at))
	for i, c := range calls {
		switch {
		case errors.Is(c.err, sources.ErrGone):
		case c.err != nil:
			return nil, c.err
		case c.reply == nil:
			return nil, fmt.Errorf("%w: the server gave no entry", dataclass.ErrMalformed)
		case w.names.of(entry.ID(c.reply)) != ids[i]:
			return nil, fmt.Errorf("%w: the server gave another entry than it was asked for", dataclass.ErrMalformed)
		default:
			if _, part := entry.Original(c.reply); !part && entry.Deleted(c.reply) {
				continue
			}
			out[ids[i]] = c.reply
		}
	}
	return out, nil
}

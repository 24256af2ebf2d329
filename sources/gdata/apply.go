package gdata

import (
	"context"
	"fmt"
	"slices"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/gdata/entry"
	"github.com/bindery-sync/bindery/sources/ledger"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// writeTries is how often a write is tried whose entry changed after it was read.
const writeTries = 3

// A job is one op on its way.
type job struct {
	op  sources.Op
	res *sources.Result
	it  *dataclass.Item
	row *itemRow
	// was is the item as the server had it; nil for an Add.
	was *fresh
	// master is what is sent of the item itself; nil if it says all of it. More are its exceptions.
	master *call
	more   []*call
	writes entry.Writes
	// late says that the op is an Add that broke off, whose item is there.
	late bool
	// reread asks for the item as the server made it; parts are exceptions that it got.
	reread bool
	parts  []partRow
	now    *fresh
	// before is the item that was; reserved says that the edit is noted (see editRow).
	before   dataclass.Body
	reserved bool
}

func (j *job) fail(err error) { *j.res = sources.Result{State: sources.Failed, ID: j.op.ID, Err: err} }

func (j *job) ended() bool { return j.res.State != 0 }

// A writer carries out the ops of one Apply.
type writer struct {
	*session
	// searched says that the server was asked what became of earlier Adds.
	searched bool
	// named are the UIDs of the Adds so far, with their keys.
	named map[string]sources.Key
}

// Apply reads the entries of the ops anew, several at once, edits and sends them, and notes what the server made of
// them. An op whose entry changed in between is tried again if it asks for no revision. The error of a request whose
// outcome is not known ends it: what was done by then is found by keys and revisions when it is repeated.
func (s *session) Apply(ctx context.Context, ops []sources.Op) ([]sources.Result, error) {
	if err := s.ready(ctx); err != nil || len(ops) == 0 {
		return nil, err
	}
	unlock, err := s.g.locks.Lock(ctx, s.key(s.class))
	if err != nil {
		return nil, err
	}
	defer unlock()
	if err := s.loadNames(ctx); err != nil {
		return nil, err
	}
	w := &writer{session: s}
	results := make([]sources.Result, len(ops))
	for from := 0; from < len(ops); {
		n, err := w.stream(ctx, ops[from:], results[from:])
		if err != nil {
			return nil, fmt.Errorf("apply %d ops: %w", len(ops), elsewhere(err))
		}
		if from += n; from == len(ops) {
			break
		}
		n = ledger.Together(ops[from:], runOps)
		jobs := make([]*job, n)
		for i := range n {
			jobs[i] = &job{op: ops[from+i], res: &results[from+i]}
		}
		if err := w.run(ctx, jobs); err != nil {
			return nil, fmt.Errorf("apply %d ops: %w", len(ops), elsewhere(err))
		}
		from += n
	}
	return results, nil
}

// run carries out jobs of different items.
func (w *writer) run(ctx context.Context, jobs []*job) error {
	for _, j := range jobs {
		w.check(j)
	}
	if err := w.known(ctx, jobs); err != nil {
		return err
	}
	if err := w.name(ctx, jobs); err != nil {
		return err
	}
	for try := 1; ; try++ {
		open := slices.DeleteFunc(slices.Clone(jobs), (*job).ended)
		if len(open) == 0 {
			w.mend(ctx, jobs)
			return nil
		}
		if err := w.attempt(ctx, open, try == writeTries); err != nil {
			return err
		}
	}
}

// check refuses what needs no server to be refused.
func (w *writer) check(j *job) {
	it, err := ledger.Check(j.op, w.class, w.g.o.MaxItemSize)
	if err != nil {
		j.fail(err)
		return
	}
	j.it = it
}

// known answers what is known already: an Add with a key that was carried out, and ops on items that are not there.
func (w *writer) known(ctx context.Context, jobs []*job) error {
	pending, err := w.keys(ctx, jobs)
	if err != nil {
		return err
	}
	if pending && !w.searched {
		if err := w.ask(ctx, false); err != nil {
			return err
		}
		w.searched = true
		if _, err := w.keys(ctx, jobs); err != nil {
			return err
		}
	}
	var ids []string
	for _, j := range jobs {
		if j.op.Verb != sources.Add {
			ids = append(ids, string(j.op.ID))
		}
	}
	rows, err := w.g.rowsOf(ctx, w.client, w.class, ids)
	if err != nil {
		return err
	}
	for _, j := range jobs {
		if j.ended() || j.op.Verb == sources.Add {
			continue
		}
		if j.row = rows[string(j.op.ID)]; j.row == nil || j.row.Dead {
			j.absent()
		}
	}
	return nil
}

// keys ends Adds whose key made an item before. It reports whether one of the others is under way.
func (w *writer) keys(ctx context.Context, jobs []*job) (pending bool, err error) {
	var keys []string
	for _, j := range jobs {
		if j.op.Verb == sources.Add && j.op.Key != "" && !j.ended() {
			keys = append(keys, string(j.op.Key))
		}
	}
	if len(keys) == 0 {
		return false, nil
	}
	rows, made := make(map[string]*itemRow), make(map[string]bool)
	err = w.g.store.View(ctx, func(_ context.Context, db *gorm.DB) error {
		// Left to itself, SQLite goes through all items of the client.
		list, err := ledger.Find[*itemRow](ofClient(db.Table("gdata_items INDEXED BY gdata_items_key"), w.client).Where("add_key <> ''"), "add_key", keys)
		if err != nil {
			return err
		}
		for _, r := range list {
			rows[r.AddKey] = r
		}
		adds, err := ledger.Find[addRow](inClass(db, w.client, w.class), "add_key", keys)
		for _, a := range adds {
			made[a.Key] = true
		}
		return err
	})
	for _, j := range jobs {
		if j.op.Verb != sources.Add || j.op.Key == "" || j.ended() {
			continue
		}
		if r := rows[string(j.op.Key)]; r != nil {
			j.repeat(r)
			continue
		}
		pending = pending || made[string(j.op.Key)]
	}
	return pending, err
}

// repeat answers an Add whose key made an item before. One that broke off before all of the item was there is finished,
// unless a user has changed the item since.
func (j *job) repeat(r *itemRow) {
	if r.First == "" && !r.Dead && r.Class != "" {
		j.row, j.op.ID, j.op.IfRev, j.late = r, sources.ID(r.ID), sources.Revision(r.Rev), true
		return
	}
	first := r.First
	if first == "" {
		first = r.Rev
	}
	*j.res = sources.Result{State: sources.Done, ID: sources.ID(r.ID), Rev: sources.Revision(first)}
}

// attempt tries to carry out jobs. Those that have to be tried again stay without a result; the last time none does.
func (w *writer) attempt(ctx context.Context, jobs []*job, last bool) error {
	if err := w.prepareGroups(ctx, jobs); err != nil {
		return err
	}
	if err := w.readFresh(ctx, jobs); err != nil {
		return err
	}
	w.prepare(jobs)
	if err := w.reserve(ctx, jobs); err != nil {
		return err
	}
	if err := w.reserveEdits(ctx, jobs); err != nil {
		return err
	}
	return w.carry(ctx, jobs, last)
}

// carry sends what was made ready, with what follows from it, and notes what became of it.
func (w *writer) carry(ctx context.Context, jobs []*job, last bool) error {
	var calls []*call
	for _, j := range jobs {
		if !j.ended() && j.master != nil {
			calls = append(calls, j.master)
		}
	}
	if err := w.wire.run(ctx, calls); err != nil {
		return err
	}
	for _, j := range jobs {
		if !j.ended() && j.master != nil {
			j.judge(last)
		}
	}
	if err := w.follow(ctx, jobs); err != nil {
		return err
	}
	if err := w.note(ctx, jobs); err != nil {
		return err
	}
	return w.endEdits(ctx, jobs)
}

// readFresh reads the items of Replaces and Deletes as they are now, and checks their revisions.
func (w *writer) readFresh(ctx context.Context, jobs []*job) error {
	var rows []*itemRow
	for _, j := range jobs {
		if !j.ended() && j.row != nil {
			rows = append(rows, j.row)
		}
	}
	now, err := w.readItems(ctx, rows, nil)
	if err != nil {
		return err
	}
	gone, err := w.gone(ctx, unfound(rows, now))
	if err != nil {
		return err
	}
	for _, j := range jobs {
		if j.ended() || j.row == nil {
			continue
		}
		j.was = now[j.row.ID]
		switch {
		case j.was == nil && gone[j.row.ID]:
			j.absent()
		case j.was == nil:
			j.lost()
		case j.op.IfRev == "" || string(j.op.IfRev) == j.was.rev:
		case j.late: // a user has it in hand
			*j.res = sources.Result{State: sources.Done, ID: j.op.ID, Rev: j.op.IfRev}
		default:
			j.fail(sources.ErrConflict)
		}
	}
	return nil
}

// prepareGroups makes the groups that cards name.
func (w *writer) prepareGroups(ctx context.Context, jobs []*job) error {
	if w.class != dataclass.Contacts {
		return nil
	}
	return w.needGroups(ctx, itemsOf(jobs))
}

// prepare makes the calls of jobs.
func (w *writer) prepare(jobs []*job) {
	for _, j := range jobs {
		if j.ended() {
			continue
		}
		j.master, j.more, j.parts, j.writes = nil, nil, nil, entry.Writes{}
		if err := w.build(j); err != nil {
			j.fail(ledger.Unfit(err))
		}
	}
}

func (w *writer) build(j *job) error {
	if j.op.Verb == sources.Delete {
		j.master = w.callFor(entry.Delete, j.was.master)
		return nil
	}
	master, parts, op := entry.New(w.wire.kind()), []*xmltree.Element(nil), entry.Insert
	if j.was != nil {
		master, parts, op = j.was.master, j.was.parts, entry.Update
	}
	var changed bool
	if w.class == dataclass.Contacts {
		var before []byte
		if op == entry.Update {
			before = document(master)
		}
		if err := entry.WriteContact(master, j.it, w.context()); err != nil {
			return err
		}
		changed = op == entry.Insert || string(before) != string(document(master))
	} else {
		if it, err := w.item(master, parts); err == nil && j.was != nil {
			j.before = it.Body()
		}
		var err error
		if j.writes, err = entry.WriteEvent(j.it, master, parts, w.context()); err != nil {
			return err
		}
		changed = j.writes.Master != nil
	}
	if op == entry.Insert {
		key := string(j.op.Key)
		if key == "" { // a server may take what says the same for the same
			var err error
			if key, err = w.g.random(); err != nil {
				return err
			}
		}
		setMark(master, key)
	}
	if changed {
		j.master = w.callFor(op, master)
	}
	return nil
}

func (w *writer) callFor(op entry.Operation, e *xmltree.Element) *call {
	c := &call{op: op, entry: e, etag: entry.ETag(e), self: entry.Link(e, entry.RelSelf), edit: entry.Link(e, entry.RelEdit)}
	if c.edit == "" {
		c.edit = c.self
	}
	if op == entry.Delete {
		c.entry = nil
	}
	if op != entry.Insert && c.edit == "" {
		c.end(nil, fmt.Errorf("%w: the entry cannot be edited", sources.ErrUnsupported))
	}
	return c
}

package dav

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"slices"
	"sync"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/ledger"
)

const (
	// writeTries is how often a write is tried.
	writeTries = 4
	// runOps is how many ops are noted, sent and noted again together.
	runOps = 200
)

// A job is one op on its way.
type job struct {
	op  sources.Op
	res *sources.Result
	it  *dataclass.Item
	// row is the item that is written; nil for an Add.
	row *itemRow
	// href, uid and data are what is sent, etag what must be there: for an Add nothing.
	href, uid, etag string
	data            []byte
	// now is the item as the server has it; nil if that is not known.
	now *fresh
	// pending says that an answer to an earlier try was lost, so that what is there may be of this op.
	pending bool
	// stale asks to read the item before it is written (again).
	stale bool
	// asIs sends the entity tag as the server spells it, weak or not.
	asIs bool
	// renamed says that an Add got another UID than its item says.
	renamed bool
	// tried says that it was sent; unsure that a new item may be there by now, and at a place that the server chose, so that
	// it is looked for before it is sent again; placed that a server that was sent many said where it put it.
	tried, unsure, placed bool
	// noted says that the Add is in the table of those under way.
	noted bool
	// says is saying of data, for an Add with a key.
	says string
	// made is the entity tag that the answer to the write gave; wrote says that it was carried out.
	made  string
	wrote bool
	// modified is when the server says that it was written (Unix seconds), 0 if it does not.
	modified int64
	// last is the error of the last try.
	last error
}

func (j *job) fail(err error) { *j.res = sources.Result{State: sources.Failed, ID: j.op.ID, Err: err} }

func (j *job) ended() bool { return j.res.State != 0 }

func (j *job) open() bool { return !j.ended() && !j.wrote }

// A writer carries out the ops of one Apply.
type writer struct {
	*session
	// heard says that the server answered one of them, few that there are too few to expect it.
	heard, few bool
}

// Apply sends the ops, several at once, each on the condition that the item is as it is known, reads again what may not
// be as it was sent, and notes it. The error of a request whose outcome is not known ends it: what was done by then is
// found by keys and revisions when it is repeated.
func (s *session) Apply(ctx context.Context, ops []sources.Op) ([]sources.Result, error) {
	if err := s.ready(ctx); err != nil || len(ops) == 0 {
		return nil, err
	}
	unlock, err := s.d.locks.Lock(ctx, s.key(s.class))
	if err != nil {
		return nil, err
	}
	defer unlock()
	w := &writer{session: s, few: len(ops) < enoughSilence}
	results := make([]sources.Result, len(ops))
	for from := 0; from < len(ops); {
		n := ledger.Together(ops[from:], w.runOps())
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

// runOps is how many ops are noted, sent and noted again together.
func (w *writer) runOps() int {
	if w.knows.bulk() {
		return bulkRun
	}
	return runOps
}

// run carries out jobs of different items.
func (w *writer) run(ctx context.Context, jobs []*job) error {
	atOnce(jobs, w.check)
	if err := w.known(ctx, jobs); err != nil {
		return err
	}
	var failed error
	for try := 1; failed == nil; try++ {
		open := slices.DeleteFunc(slices.Clone(jobs), func(j *job) bool { return !j.open() })
		if len(open) == 0 {
			break
		}
		failed = w.attempt(ctx, open, try)
	}
	return errors.Join(failed, w.note(ctx, jobs))
}

// atOnce does something that needs nothing but a job for all of them, on all processors.
func atOnce(jobs []*job, do func(*job)) {
	var wg sync.WaitGroup
	share := max((len(jobs)+runtime.GOMAXPROCS(0)-1)/runtime.GOMAXPROCS(0), 32)
	for some := range slices.Chunk(jobs, share) {
		wg.Go(func() {
			for _, j := range some {
				do(j)
			}
		})
	}
	wg.Wait()
}

// check refuses what needs no server to be refused.
func (w *writer) check(j *job) {
	it, err := ledger.Check(j.op, w.class, w.d.o.MaxItemSize)
	if err != nil {
		j.fail(err)
		return
	}
	j.it = it
}

// known answers what is known already: an Add with a key that was carried out, and ops on items that are not there. It
// chooses where the items of the other Adds are to be.
func (w *writer) known(ctx context.Context, jobs []*job) error {
	var ids, keys []string
	for _, j := range jobs {
		switch {
		case j.ended():
		case j.op.Verb != sources.Add:
			ids = append(ids, string(j.op.ID))
		case j.op.Key != "":
			keys = append(keys, string(j.op.Key))
		}
	}
	rows, err := w.d.rowsOf(ctx, w.client, w.class, ids)
	if err != nil {
		return err
	}
	made, adds, err := w.keys(ctx, keys)
	if err != nil {
		return err
	}
	for _, j := range jobs {
		switch r := made[string(j.op.Key)]; {
		case j.ended():
		case j.op.Verb != sources.Add:
			if j.row = rows[string(j.op.ID)]; j.row == nil || j.row.Dead {
				j.absent()
				continue
			}
			j.href, j.uid, j.etag = j.row.Href, j.row.UID, j.row.ETag
			j.stale = j.etag == "" || j.op.IfRev != "" && string(j.op.IfRev) != j.row.Rev
		case r != nil && j.op.Key != "":
			*j.res = sources.Result{State: sources.Done, ID: sources.ID(r.ID), Rev: sources.Revision(r.First)}
		}
	}
	return w.places(ctx, jobs, adds)
}

// keys gives the items that Adds with these keys made, and the Adds that broke off.
func (w *writer) keys(ctx context.Context, keys []string) (made map[string]*itemRow, adds map[string]addRow, err error) {
	adds = make(map[string]addRow)
	err = w.d.store.View(ctx, func(_ context.Context, db *gorm.DB) (err error) {
		if made, err = w.madeBy(db, keys); err != nil {
			return err
		}
		list, err := ledger.Find[addRow](inClass(db, w.client, w.class), "add_key", keys)
		for _, a := range list {
			adds[a.Key] = a
		}
		return err
	})
	return made, adds, err
}

// madeBy gives the items that Adds with these keys made.
func (w *writer) madeBy(db *gorm.DB, keys []string) (map[string]*itemRow, error) {
	// Left to itself, SQLite goes through all items of the class.
	db = db.Table("dav_client_items INDEXED BY dav_client_items_key")
	rows, err := ledger.Find[*itemRow](inClass(db, w.client, w.class).Where("add_key <> ''"), "add_key", keys)
	made := make(map[string]*itemRow, len(rows))
	for _, r := range rows {
		made[r.AddKey] = r
	}
	return made, err
}

// absent ends a job whose item is not there.
func (j *job) absent() {
	if j.op.Verb == sources.Delete {
		*j.res = sources.Result{State: sources.Done, ID: j.op.ID}
		return
	}
	j.fail(sources.ErrGone)
}

// attempt tries to carry out jobs. Those that have to be tried again stay open; the last time none does.
func (w *writer) attempt(ctx context.Context, jobs []*job, try int) error {
	if err := w.lookFor(ctx, jobs); err != nil {
		return err
	}
	if err := w.freshen(ctx, jobs); err != nil {
		return err
	}
	w.build(jobs)
	jobs = slices.DeleteFunc(jobs, func(j *job) bool { return !j.open() })
	if err := w.reserve(ctx, jobs); err != nil {
		return err
	}
	if err := w.send(ctx, jobs); err != nil {
		return err
	}
	for _, j := range jobs {
		if err := w.judge(ctx, j, try == writeTries); err != nil {
			return err
		}
	}
	if slices.ContainsFunc(jobs, func(j *job) bool { return j.open() && unanswered(j.last) }) {
		return w.d.o.Wait(ctx, firstPause<<(try-1))
	}
	return nil
}

// freshen reads the items of jobs that are not known to be as they are, and checks their revisions.
func (w *writer) freshen(ctx context.Context, jobs []*job) error {
	var ids []string
	for _, j := range jobs {
		if j.stale && j.row != nil {
			ids = append(ids, j.row.ID)
		}
	}
	now, unsure, err := w.readItems(ctx, ids, true)
	if err != nil {
		return err
	}
	for _, j := range jobs {
		if !j.stale || j.row == nil {
			continue
		}
		j.stale = false
		f := now[j.row.ID]
		switch {
		case f == nil && unsure[j.row.ID], f != nil && f.broken:
			j.fail(fmt.Errorf("%w: %w", sources.ErrBusy, errNotNow))
			continue
		case f == nil:
			j.absent()
			continue
		case j.pending && j.op.Verb == sources.Replace && w.says(j, f.data):
			j.wrote, j.now = true, f // the answer was lost, not the write
		case j.op.IfRev != "" && string(j.op.IfRev) != f.rev:
			j.fail(sources.ErrConflict)
		}
		j.asIs = j.asIs || statusOf(j.last) == http.StatusPreconditionFailed && f.etag == j.etag
		j.row = f.row
		j.href, j.uid, j.etag = f.href, f.uid, f.etag
	}
	return nil
}

// says reports whether bytes say what a job is to write.
func (w *writer) says(j *job, data []byte) bool {
	if revision(data) == revision(j.data) {
		return true
	}
	it, err := dataclass.Decode(w.class, bodyOf(w.class, data))
	return err == nil && j.it != nil && it.Fingerprint() == j.it.Fingerprint()
}

// build makes what is sent.
func (w *writer) build(jobs []*job) {
	for _, j := range jobs {
		if !j.open() || j.op.Verb == sources.Delete {
			continue
		}
		version := ""
		if j.row != nil {
			version = j.row.Version
		}
		var err error
		if j.data, err = written(j.it, j.op.Body, j.uid, version, w.knows); err != nil {
			j.fail(ledger.Unfit(err))
		}
	}
}

package dav

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/ledger"
)

// enoughFaith is after how many writes a server is believed to hold what it is sent. One that once held something else is
// not believed any more.
const enoughFaith = 20

// note reads again what may not be as it was sent, and writes down what was done, also when the caller has gone away
// meanwhile. It gives the results.
func (w *writer) note(ctx context.Context, jobs []*job) error {
	lost, failed := w.readBack(ctx, jobs)
	w.lookAfter(ctx, jobs)
	ctx = context.WithoutCancel(ctx)
	var done, over []*job
	for _, j := range jobs {
		switch {
		case j.wrote && !j.ended() && lost[j.href] != j:
			done = append(done, j)
		case j.ended() && j.op.Verb == sources.Add && j.op.Key != "" && j.res.State == sources.Failed:
			over = append(over, j)
		}
	}
	if len(done)+len(over) > 0 {
		err := w.d.store.Update(ctx, func(_ context.Context, tx *gorm.DB) error { return w.store(tx, done, over) })
		failed = errors.Join(failed, err)
	}
	if len(lost) > 0 {
		failed = errors.Join(failed, w.seek(ctx, lost))
	}
	return failed
}

// errUnseen means that a server took an item and does not show it.
var errUnseen = fmt.Errorf("%w: the server took the item and does not have it", sources.ErrUnsupported)

// readBack reads what the server made of what it was sent, where it may have made something else of it. If that fails, it
// is taken to be as it was sent, and looked at by the next look. Lost are the jobs whose items are not where they were
// written, by their paths.
func (w *writer) readBack(ctx context.Context, jobs []*job) (lost map[string]*job, err error) {
	jobs = slices.DeleteFunc(slices.Clone(jobs), func(j *job) bool {
		return !j.wrote || j.ended() || j.op.Verb == sources.Delete || j.now != nil
	})
	atOnce(jobs, func(j *job) {
		j.now = &fresh{seen: w.look(found{href: j.href, etag: j.made, modified: j.modified, data: j.data}), data: j.data}
	})
	var must, trial, rest []*job
	for _, j := range jobs {
		switch like := j.made != "" && j.op.Verb == sources.Add; {
		case ctx.Err() != nil:
		case !like:
			must = append(must, j)
		case len(trial) < enoughFaith-w.knows.Faithful:
			trial = append(trial, j)
		default:
			rest = append(rest, j)
		}
	}
	lost = make(map[string]*job)
	err = w.readThese(ctx, append(must, trial...), lost)
	if err == nil && w.knows.Faithful < enoughFaith {
		err = w.readThese(ctx, rest, lost)
	}
	return lost, err
}

// readThese reads what the server made of the items of jobs, and adds those that are not where they were written to lost.
func (w *writer) readThese(ctx context.Context, jobs []*job, lost map[string]*job) error {
	at := make(map[string]*job, len(jobs))
	hrefs := make([]string, 0, len(jobs))
	for _, j := range jobs {
		at[j.href], hrefs = j, append(hrefs, j.href)
	}
	broken, failed := 0, error(nil)
	err := w.wire.bodies(ctx, &w.knows, hrefs, func(f found) error {
		switch {
		case f.gone:
			lost[f.href] = at[f.href]
		case f.broken != nil:
			broken, failed = broken+1, f.broken
		default:
			w.compare(at[f.href], f)
		}
		return nil
	})
	if err == nil && broken == len(hrefs) {
		return failed // it may be the server, and not the items
	}
	return err
}

// errUnchanged means that a server took an edit and keeps the item as it was.
var errUnchanged = fmt.Errorf("%w: the server took the edit and still has the item as it was", sources.ErrUnsupported)

// compare takes what a server made of what it was sent.
func (w *writer) compare(j *job, f found) {
	e := w.look(f)
	switch {
	case e.ours && j.row != nil && e.rev == j.row.Rev && e.rev != j.now.rev && condition(f.etag) == condition(j.etag):
		j.wrote, j.now = false, nil
		j.fail(errUnchanged)
		return
	case !e.ours || j.made != "" && f.etag != "" && condition(f.etag) != condition(j.made):
		return // it is somebody else's already: the next look will see it
	case e.rev != j.now.rev:
		w.knows.Faithful = -1
	case w.knows.Faithful >= 0 && j.made != "":
		w.knows.Faithful++
	}
	j.now = &fresh{seen: e, data: f.data}
}

// seek looks for items that are not where they were written: a server may choose another place. It compares what is
// known with what the server has, and takes the item of that UID, or the new one that says the same. One that is listed,
// and cannot be read yet, is taken to be as it was sent.
func (w *writer) seek(ctx context.Context, lost map[string]*job) error {
	w.taken = make(map[string]bool, len(lost))
	for _, key := range keysOf(slices.Collect(maps.Values(lost))) {
		w.taken[key] = true
	}
	_, err := w.refresh(ctx, false)
	if w.taken = nil; err != nil {
		return err
	}
	at, err := w.whereTo(ctx, lost)
	if err != nil {
		return err
	}
	var listed []*job
	for _, j := range lost {
		r := at[j]
		_, unread := w.knows.Unread[j.href]
		switch {
		case unread: // it is there, and is read by the next look
			listed = append(listed, j)
		case r != nil && (j.row == nil || r.Changed != j.row.Changed):
			*j.res = sources.Result{State: sources.Done, ID: sources.ID(r.ID), Rev: sources.Revision(r.Rev)}
		default:
			j.fail(errUnseen)
		}
	}
	if len(listed) == 0 {
		return nil
	}
	return w.d.store.Update(ctx, func(_ context.Context, tx *gorm.DB) error { return w.store(tx, listed, nil) })
}

// lookFor looks for the items of Adds of which it is not known what became. A server may choose where new items are, and
// always does where it is sent many: then nothing is in the way of the same item at the place where it is sent again.
func (w *writer) lookFor(ctx context.Context, jobs []*job) error {
	lost := make(map[string]*job)
	for _, j := range jobs {
		if j.op.Verb == sources.Add && j.pending && j.unsure {
			lost[j.href], j.unsure = j, false
		}
	}
	if len(lost) == 0 {
		return nil
	}
	is := w.knows
	if _, err := w.refresh(ctx, false); err != nil {
		return err
	}
	w.knows.Bulk = is.Bulk
	at, err := w.whereTo(ctx, lost)
	if err != nil {
		return err
	}
	for j, r := range at {
		if j.op.Key != "" && r.AddKey != string(j.op.Key) {
			j.fail(errEntered)
			continue
		}
		*j.res = sources.Result{State: sources.Done, ID: sources.ID(r.ID), Rev: sources.Revision(r.Rev)}
	}
	return nil
}

// whereTo finds the items of jobs that are not where they were written: by the UID, or as what their keys made.
func (w *writer) whereTo(ctx context.Context, lost map[string]*job) (map[*job]*itemRow, error) {
	var uids, keys []string
	for _, j := range lost {
		if j.op.Verb == sources.Add && j.op.Key != "" {
			keys = append(keys, string(j.op.Key))
		}
		uids = append(uids, j.uid)
	}
	made, _, err := w.keys(ctx, keys)
	if err != nil {
		return nil, err
	}
	byUID := make(map[string]*itemRow)
	err = w.d.store.View(ctx, func(_ context.Context, db *gorm.DB) error {
		rows, err := ledger.Find[*itemRow](by(db, "uid", w.client, w.class).Where("dead = 0"), "uid", uids)
		for _, r := range rows {
			byUID[r.UID] = r
		}
		return err
	})
	out := make(map[*job]*itemRow)
	for _, j := range lost {
		if r := byUID[j.uid]; r != nil && j.uid != "" {
			out[j] = r
		} else if r := made[string(j.op.Key)]; r != nil && j.op.Verb == sources.Add && j.op.Key != "" {
			out[j] = r
		}
	}
	return out, err
}

// store notes what was done, and forgets Adds that were carried out or refused.
func (w *writer) store(tx *gorm.DB, done, over []*job) error {
	feed, err := loadFeed(tx, w.client, w.class)
	if err == nil {
		err = w.stillThere(feed)
	}
	if err != nil {
		return err
	}
	places, err := w.occupied(tx, done)
	if err != nil {
		return err
	}
	at := w.d.o.Now().Unix()
	var rows, fresh []*itemRow
	var before []earlierRow
	entered := make(map[string]bool)
	keys := keysOf(done, over)
	made, err := w.madeBy(tx, keys)
	if err != nil {
		return err
	}
	for _, j := range done {
		if m := made[string(j.op.Key)]; m != nil && j.row == nil && m.Href != j.now.href {
			*j.res = sources.Result{State: sources.Done, ID: sources.ID(m.ID), Rev: sources.Revision(m.First)} // it was found meanwhile
			continue
		}
		was, known, err := w.rowBefore(places, j)
		if err != nil {
			return err
		}
		r, past := w.rowAfter(was, &feed, j, at)
		if before = append(before, past...); !known && !entered[r.ID] {
			fresh, entered[r.ID] = append(fresh, r), true
		} else {
			rows = append(rows, r)
		}
		*j.res = sources.Result{State: sources.Done, ID: sources.ID(r.ID), Rev: sources.Revision(r.Rev)}
		w.spool.Forget(j.href)
	}
	for start := 0; start < len(keys); start += ledger.BatchRows {
		some := keys[start:min(start+ledger.BatchRows, len(keys))]
		if err := inClass(tx, w.client, w.class).Where("add_key IN ?", some).Delete(&addRow{}).Error; err != nil {
			return fmt.Errorf("write dav rows: %w", err)
		}
	}
	w.knows.Unread = feed.learned().Unread // others may have looked meanwhile
	feed.learn(w.knows)
	if err := ledger.Save(tx, before...); err != nil {
		return err
	}
	slices.SortFunc(fresh, func(a, b *itemRow) int { return compare(a.ID, b.ID) }) // as they lie in the table
	if err := errors.Join(ledger.Enter(tx, fresh...), ledger.Save(tx, rows...)); err != nil {
		return err
	}
	return ledger.Save(tx, feed)
}

// keysOf gives the keys of Adds.
func keysOf(lists ...[]*job) (keys []string) {
	for _, j := range slices.Concat(lists...) {
		if j.op.Verb == sources.Add && j.op.Key != "" {
			keys = append(keys, string(j.op.Key))
		}
	}
	return keys
}

// rowBefore gives the row of a job's item as it was, or of what is or was at the place of a new one. If there is none that
// is known, it is an empty one.
func (w *writer) rowBefore(places map[string]*itemRow, j *job) (r *itemRow, known bool, err error) {
	if j.row != nil {
		return j.row, true, nil
	}
	if r := places[j.now.href]; r != nil {
		return r, true, nil
	}
	id := idOf(j.now.href)
	switch r := places[id]; {
	case r != nil && !r.there():
		return r, true, nil
	case r != nil:
		if id, err = w.d.random(); err != nil {
			return nil, false, err
		}
	}
	return &itemRow{Owner: w.client.owner, Client: w.client.id, Class: string(w.class), ID: id}, false, nil
}

// rowAfter gives the row of an item as it is after its job, and what it was before.
func (w *writer) rowAfter(r *itemRow, feed *feedRow, j *job, at int64) (*itemRow, []earlierRow) {
	r = ptr(*r)
	if j.op.Verb == sources.Delete {
		feed.kill(r, w.origin, at)
		return r, nil
	}
	var was []earlierRow
	if r.Rev != j.now.rev {
		was = past(r, at)
	}
	r.Href, r.ETag, r.Rev, r.UID, r.Version, r.Modified = j.now.href, j.now.etag, j.now.rev, j.now.uid, j.now.version, j.now.modified
	if j.op.Verb == sources.Add {
		r.AddKey, r.First = string(j.op.Key), r.Rev
	}
	feed.put(r, w.origin, at)
	return r, was
}

// occupied gives the rows that have the ids or, with a slash before them, the paths of new items.
func (w *writer) occupied(tx *gorm.DB, done []*job) (map[string]*itemRow, error) {
	var ids, hrefs []string
	for _, j := range done {
		if j.row == nil {
			ids, hrefs = append(ids, idOf(j.now.href)), append(hrefs, j.now.href)
		}
	}
	byID, err := ledger.Find[*itemRow](inClass(tx, w.client, w.class), "id", ids)
	if err != nil {
		return nil, err
	}
	byHref, err := ledger.Find[*itemRow](by(tx, "href", w.client, w.class).Where("dead = 0 OR other = 1"), "href", hrefs)
	if err != nil {
		return nil, err
	}
	out := make(map[string]*itemRow)
	for _, r := range byID {
		out[r.ID] = r
	}
	for _, r := range byHref {
		out[r.Href] = r
	}
	return out, nil
}

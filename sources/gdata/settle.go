package gdata

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/gdata/entry"
	"github.com/bindery-sync/bindery/sources/ledger"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// follow writes what belongs to items beside their own entries, and reads what has changed by that.
func (w *writer) follow(ctx context.Context, jobs []*job) error {
	for _, j := range jobs {
		if !j.written() {
			continue
		}
		e := j.current()
		if e == nil || entry.ID(e) == "" {
			j.fail(fmt.Errorf("the server did not show the entry: %w", sources.ErrUnknownOutcome))
			continue
		}
		if j.row == nil {
			j.row = &itemRow{Owner: w.client.owner, Client: w.client.id, Class: string(w.class), ID: w.wire.names.of(entry.ID(e)), Self: entry.Link(e, entry.RelSelf)}
		}
		if w.class == dataclass.Contacts {
			var err error
			switch j.reread, err = w.writePhoto(ctx, j.it, e); {
			case errors.Is(err, errPhotoUnread):
				j.fail(waits(err))
			case err != nil:
				return err
			}
		}
	}
	if w.class == dataclass.Events {
		if err := w.exceptions(ctx, jobs); err != nil {
			return err
		}
	}
	return w.reread(ctx, jobs)
}

// current is the item's own entry as the server has it after the call.
func (j *job) current() *xmltree.Element {
	switch {
	case j.master == nil && j.was != nil:
		return j.was.master
	case j.master != nil:
		return j.master.reply
	}
	return nil
}

// reread reads the items anew that were changed by more than one request.
func (w *writer) reread(ctx context.Context, jobs []*job) error {
	var rows []*itemRow
	extra := make(map[string][]partRow)
	for _, j := range jobs {
		if j.written() && j.reread {
			rows, extra[j.row.ID] = append(rows, j.row), j.parts
		}
	}
	now, err := w.readItems(ctx, rows, extra)
	if err != nil {
		return err
	}
	for _, j := range jobs {
		if !j.written() {
			continue
		}
		if j.reread {
			if j.now = now[j.row.ID]; j.now == nil {
				j.lost()
			}
			continue
		}
		var parts []partRow
		found := map[string]*xmltree.Element{j.row.ID: j.current()}
		if j.was != nil {
			parts = j.was.partRows
			for id, e := range j.was.exception {
				found[id] = e
			}
		}
		if j.now, err = w.fresh(j.row, found, parts); err != nil {
			return err
		}
	}
	return nil
}

// saying gives what a new item is known by if the server does not keep the mark.
func saying(it *dataclass.Item) string {
	f := it.Fingerprint()
	return hex.EncodeToString(f[:])
}

// andPhoto stands behind what an item says that has a picture, which is sent after it.
const andPhoto = "+"

// asBody begins what an Add is to make where that is noted as the item itself, of promiseBytes at most: its media type,
// a line end, and its data. What is read back of it is worked out if it is ever asked for.
const (
	asBody       = "body "
	promiseBytes = 4 << 10
)

// promise gives what an Add is to make.
func (w *writer) promise(j *job) string {
	if w.class == dataclass.Contacts && len(j.op.Body.Data) <= promiseBytes && !hasPhoto(j.it) {
		return asBody + j.op.Body.Type + "\n" + string(j.op.Body.Data)
	}
	return w.expected(j.it)
}

// expected gives what an item is known by when it was written and is read back.
func (s *session) expected(it *dataclass.Item) string {
	expected, err := entry.Expect(it, s.context())
	if err != nil {
		return ""
	}
	if hasPhoto(it) {
		return saying(expected) + andPhoto
	}
	return saying(expected)
}

func hasPhoto(it *dataclass.Item) bool {
	c, err := dataclass.AsContact(it)
	if err != nil {
		return false
	}
	data, _ := c.Photo()
	return len(data) > 0
}

// promised gives what an Add that was noted was to make.
func (s *session) promised(a addRow) string {
	body, ok := strings.CutPrefix(a.Says, asBody)
	if !ok {
		return a.Says
	}
	media, data, _ := strings.Cut(body, "\n")
	it, err := dataclass.Decode(s.class, dataclass.Body{Type: media, Data: []byte(data)})
	if err != nil {
		return ""
	}
	return s.expected(it)
}

// reserve notes Adds before they are sent.
func (w *writer) reserve(ctx context.Context, jobs []*job) error {
	var rows []addRow
	for _, j := range jobs {
		if j.ended() || j.op.Verb != sources.Add || j.op.Key == "" || j.late {
			continue
		}
		row := addRow{Owner: w.client.owner, Client: w.client.id, Class: string(w.class), Key: string(j.op.Key), Origin: w.origin,
			Says: w.promise(j), At: w.g.o.Now().Unix()}
		if w.class == dataclass.Events {
			row.UID = j.it.UID()
		}
		rows = append(rows, row)
	}
	if len(rows) == 0 {
		return nil
	}
	return w.g.store.Update(ctx, func(_ context.Context, tx *gorm.DB) error { return ledger.Save(tx, rows...) })
}

// note writes down what was done, also when the caller has gone away meanwhile, and gives the results.
func (w *writer) note(ctx context.Context, jobs []*job) error {
	var done, refusedAdds []*job
	for _, j := range jobs {
		switch {
		case j.res.State == sources.Failed && j.op.Verb == sources.Add && j.op.Key != "" && !errors.Is(j.res.Err, sources.ErrUnknownOutcome):
			refusedAdds = append(refusedAdds, j)
		case j.res.State == sources.Done && j.op.Verb == sources.Delete && j.master != nil, j.written() && j.now != nil:
			done = append(done, j)
		}
	}
	if len(done)+len(refusedAdds) == 0 {
		return nil
	}
	err := w.g.store.Update(context.WithoutCancel(ctx), func(_ context.Context, tx *gorm.DB) error {
		return w.store(tx, done, refusedAdds)
	})
	if err != nil {
		return err
	}
	for _, j := range done {
		delete(w.whole, j.row.ID)
		if j.op.Verb != sources.Delete {
			*j.res = sources.Result{State: sources.Done, ID: sources.ID(j.row.ID), Rev: sources.Revision(j.now.rev), Shows: w.shows(j)}
		}
	}
	return nil
}

func (w *writer) store(tx *gorm.DB, done, refusedAdds []*job) error {
	feed, err := loadFeed(tx, w.client, w.class)
	if err != nil {
		return err
	}
	at, others := w.g.o.Now().Unix(), []string(nil)
	if w.groups.read {
		others = renamed(parseGroups(feed.Groups), w.groups)
		feed.Groups, feed.GroupsAt = w.groups.String(), at
	}
	var rows []*itemRow
	now := make(map[string]*itemRow, len(done))
	var keys []string
	var before []*itemRow
	for _, j := range done {
		after := w.rowAfter(&feed, j)
		now[after.ID] = after
		if rows = append(rows, after); after.Rev != j.row.Rev {
			before = append(before, j.row)
		}
		if err := w.storeParts(tx, j); err != nil {
			return err
		}
	}
	more, err := w.storeRenamed(tx, &feed, others, now, at)
	if err != nil {
		return err
	}
	rows = append(rows, more...)
	for _, j := range slices.Concat(done, refusedAdds) {
		if j.op.Verb == sources.Add && j.op.Key != "" {
			keys = append(keys, string(j.op.Key))
		}
	}
	for chunk := range slices.Chunk(keys, ledger.BatchRows) {
		if err := inClass(tx, w.client, w.class).Where("add_key IN ?", chunk).Delete(&addRow{}).Error; err != nil {
			return err
		}
	}
	if err := ledger.Save(tx, past(before, at)...); err != nil {
		return err
	}
	if err := ledger.Save(tx, rows...); err != nil {
		return err
	}
	return ledger.Save(tx, feed)
}

// rowAfter gives the row of an item as it is after its job.
func (w *writer) rowAfter(feed *feedRow, j *job) *itemRow {
	r, at := ptr(*j.row), w.g.o.Now().Unix()
	if j.op.Verb == sources.Delete {
		feed.kill(r, w.origin, at)
		return r
	}
	was := r.Rev
	r.Absent = false
	r.Rev, r.Hash, r.Member, r.Updated, r.UID = j.now.rev, j.now.own.hash, j.now.own.member, milli(j.now.own.updated), j.now.own.uid
	if j.now.own.self != "" {
		r.Self = j.now.own.self
	}
	if j.op.Verb == sources.Add {
		r.AddKey, r.First = string(j.op.Key), r.Rev
	}
	if was != r.Rev || j.master != nil || j.reread {
		feed.Put(&r.Life, w.origin, at)
	}
	return r
}

func (w *writer) storeParts(tx *gorm.DB, j *job) error {
	if w.class != dataclass.Events || j.now != nil && j.was == nil && len(j.now.partRows) == 0 {
		return nil
	}
	if err := ofClient(tx, w.client).Where("item = ?", j.row.ID).Delete(&partRow{}).Error; err != nil {
		return err
	}
	if j.now == nil {
		return nil
	}
	return ledger.Save(tx, j.now.partRows...)
}

// runOps is how many ops are noted, sent and noted again together: several batches.
const runOps = 2 * contactOps

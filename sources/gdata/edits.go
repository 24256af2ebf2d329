package gdata

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/gdata/entry"
	"github.com/bindery-sync/bindery/sources/ledger"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// editRow is an edit of a series, or of a contact and its picture, that takes more than one request, noted before the first
// of them. While it is there,
// what the server shows of the item may be half of an edit of ours, and nobody's wish.
type editRow struct {
	Owner  string `gorm:"column:owner_id;primaryKey"`
	Client string `gorm:"column:client_id;primaryKey"`
	Class  string `gorm:"column:class;primaryKey"`
	ID     string `gorm:"column:id;primaryKey"`
	// Hash is that of the item's own entry before the edit; Master says that this entry is written too, as the first.
	Hash   string `gorm:"column:hash"`
	Master bool   `gorm:"column:master"`
	// Before is the item as it was, empty if it could not be read; of a contact, the entity tag of its picture (tagType).
	// Wanted is what it is to be.
	BeforeType string `gorm:"column:before_type"`
	Before     []byte `gorm:"column:before_data"`
	WantedType string `gorm:"column:wanted_type"`
	Wanted     []byte `gorm:"column:wanted_data"`
	At         int64  `gorm:"column:at"`
}

// TableName names the table for gorm.
func (editRow) TableName() string { return "gdata_edits" }

// tagType is the media type of what is noted of a contact before an edit: the entity tag that its picture had.
const tagType = "etag"

// reserveEdits notes edits that one request cannot carry out, before they are sent.
func (w *writer) reserveEdits(ctx context.Context, jobs []*job) error {
	var rows []editRow
	for _, j := range jobs {
		if j.ended() || j.op.Verb != sources.Replace {
			continue
		}
		n, err := w.requests(ctx, j)
		if errors.Is(err, errPhotoUnread) {
			j.fail(waits(err))
			continue
		}
		if err != nil {
			return err
		}
		if n < 2 {
			continue
		}
		j.reserved = true
		rows = append(rows, editRow{Owner: w.client.owner, Client: w.client.id, Class: string(w.class), ID: j.row.ID,
			Hash: j.was.own.hash, Master: j.master != nil, BeforeType: j.before.Type, Before: j.before.Data,
			WantedType: j.op.Body.Type, Wanted: j.op.Body.Data, At: w.g.o.Now().Unix()})
	}
	if len(rows) == 0 {
		return nil
	}
	return w.g.store.Update(ctx, func(_ context.Context, tx *gorm.DB) error { return ledger.Save(tx, rows...) })
}

// requests tells how many writes a Replace takes, and notes what is to be known of it before.
func (w *writer) requests(ctx context.Context, j *job) (int, error) {
	n := len(j.writes.Put) + len(j.writes.Add) + len(j.writes.Delete)
	if j.master == nil {
		return n, nil
	}
	n++
	if w.class != dataclass.Contacts {
		return n, nil
	}
	needs, err := w.needsPhoto(ctx, j.it, j.was.master)
	if err != nil || !needs {
		return n, err
	}
	p, _ := entry.PhotoOf(j.was.master)
	j.before = dataclass.Body{Type: tagType, Data: []byte(p.ETag)}
	return n + 1, nil
}

// endEdits forgets the edits that were carried out, and those whose first request was refused.
func (w *writer) endEdits(ctx context.Context, jobs []*job) error {
	var ids []string
	for _, j := range jobs {
		if j.reserved && (j.res.State == sources.Done || j.master != nil && refused(j.master.err)) {
			j.reserved = false
			ids = append(ids, j.row.ID)
		}
	}
	return w.forgetEdits(context.WithoutCancel(ctx), ids)
}

func (s *session) forgetEdits(ctx context.Context, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	return s.g.store.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
		for chunk := range slices.Chunk(ids, ledger.BatchRows) {
			if err := inClass(tx, s.client, s.class).Where("id IN ?", chunk).Delete(&editRow{}).Error; err != nil {
				return err
			}
		}
		return nil
	})
}

// openEdits gives the edits that broke off or are under way: those of ids, or all if there are none.
func (s *session) openEdits(ctx context.Context, ids ...string) (rows []editRow, err error) {
	err = s.g.store.View(ctx, func(_ context.Context, db *gorm.DB) error {
		if len(ids) > 0 {
			rows, err = ledger.Find[editRow](inClass(db, s.client, s.class), "id", ids)
			return err
		}
		return inClass(db, s.client, s.class).Order("id").Find(&rows).Error
	})
	return rows, err
}

// settled refuses to show items that an edit has under its hands.
func (s *session) settled(ctx context.Context, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	rows, err := s.openEdits(ctx, ids...)
	if err == nil && len(rows) > 0 {
		err = fmt.Errorf("an edit that takes several requests has not come to its end: %w", sources.ErrBusy)
	}
	return err
}

// finishEdits finishes the edits that broke off, so that a look never shows half of one as if somebody had wished it. It
// needs the harvest of a listing, which has the exceptions that such an edit made, and reports whether that is out of
// date then. An error leaves the rest for the next look.
func (s *session) finishEdits(ctx context.Context) (wrote bool, err error) {
	edits, err := s.openEdits(ctx)
	for _, e := range edits {
		sent, err := s.finishEdit(ctx, e)
		if err != nil {
			return wrote, fmt.Errorf("finish an edit that broke off: %w", err)
		}
		wrote = wrote || sent
		if err := s.forgetEdits(ctx, []string{e.ID}); err != nil {
			return wrote, err
		}
	}
	return wrote, err
}

// finishEdit brings one item to what an edit wanted or, if the server refuses that, back to what was before.
func (s *session) finishEdit(ctx context.Context, e editRow) (wrote bool, err error) {
	f, known, err := s.underEdit(ctx, e.ID)
	if err != nil || f == nil || e.Master && f.own.hash == e.Hash {
		return false, err // it is gone, or nothing has happened
	}
	if s.class == dataclass.Contacts {
		return s.finishPhoto(ctx, e, f)
	}
	w := &writer{session: s}
	j := w.again(f, e.WantedType, e.Wanted)
	edited := j.master != nil // by somebody else, since: what that says stays
	if j.ended() || edited && j.writes.Moved {
		return false, w.giveUp(ctx, e, j.res.Err)
	}
	j.master = nil
	j.untouched(known)
	sent := len(j.writes.Put)+len(j.writes.Add)+len(j.writes.Delete) > 0
	if err := w.exceptions(ctx, []*job{j}); err != nil {
		return sent, err
	}
	switch {
	case !j.ended():
		return sent, nil
	case !final(j.res.Err):
		return true, j.res.Err
	case edited || len(e.Before) == 0:
		return true, w.giveUp(ctx, e, j.res.Err)
	}
	return true, w.takeBack(ctx, e, j)
}

// finishPhoto makes the picture of a contact what an edit wanted, whose contact was written. One that somebody put there
// since stays.
func (s *session) finishPhoto(ctx context.Context, e editRow, f *fresh) (wrote bool, err error) {
	if p, _ := entry.PhotoOf(f.master); p.ETag != string(e.Before) {
		return false, nil
	}
	it, err := dataclass.Decode(s.class, dataclass.Body{Type: e.WantedType, Data: e.Wanted})
	if err != nil {
		return false, nil //nolint:nilerr // it was written by another version; what the server has stays
	}
	return s.writePhoto(ctx, it, f.master)
}

// mend finishes at once the edits that the server refused half of. What it cannot finish is left for the next look.
func (w *writer) mend(ctx context.Context, jobs []*job) {
	if !slices.ContainsFunc(jobs, func(j *job) bool { return j.reserved }) {
		return
	}
	if _, err := w.refresh(ctx, false); err != nil {
		w.g.o.Log.WarnContext(ctx, "half of an edit waits for the next sync", "client", w.client.id, "error", err)
	}
	w.rows = nil
}

// final reports whether a server will answer the same the next time.
func final(err error) bool {
	return refused(err) && !errors.Is(err, sources.ErrConflict) && !errors.Is(err, sources.ErrBusy)
}

// giveUp says in the log that an edit stays as the server has it.
func (w *writer) giveUp(ctx context.Context, e editRow, why error) error {
	w.g.o.Log.WarnContext(ctx, "half of an edit of a series stays at the server", "client", w.client.id, "id", e.ID, "error", why)
	return nil
}

// takeBack writes an item as it was before an edit that the server refused half of.
func (w *writer) takeBack(ctx context.Context, e editRow, failed *job) error {
	f, _, err := w.underEdit(ctx, e.ID, failed.parts...)
	if err != nil || f == nil {
		return err
	}
	j := w.again(f, e.BeforeType, e.Before)
	if j.master != nil && !j.ended() {
		if err := w.wire.run(ctx, []*call{j.master}); err != nil {
			return err
		}
		if j.master.err != nil {
			j.fail(j.master.err)
		}
	}
	if err := w.exceptions(ctx, []*job{j}); err != nil {
		return err
	}
	if j.ended() && !final(j.res.Err) {
		return j.res.Err
	}
	if j.ended() {
		return w.giveUp(ctx, e, j.res.Err)
	}
	return nil
}

// underEdit reads an item as it is now, with the exceptions that were known before its edit, and those that the
// harvest or more have besides. It is nil if the item is gone.
func (s *session) underEdit(ctx context.Context, id string, more ...partRow) (*fresh, map[string]string, error) {
	rows, err := s.g.rowsOf(ctx, s.client, s.class, []string{id})
	if err != nil || rows[id] == nil || rows[id].Dead {
		return nil, nil, err
	}
	parts, err := s.g.partsOf(ctx, s.client, []string{id})
	if err != nil {
		return nil, nil, err
	}
	known, have := make(map[string]string), make(map[string]bool)
	for _, p := range parts[id] {
		known[p.ID], have[p.ID] = p.Hash, true
	}
	for _, e := range s.harvest.byID {
		if e.part && e.series == id {
			more = append(more, partRow{s.client.owner, s.client.id, id, e.id, e.hash, e.self})
		}
	}
	more = slices.DeleteFunc(more, func(p partRow) bool { was := have[p.ID]; have[p.ID] = true; return was })
	now, err := s.readItems(ctx, []*itemRow{rows[id]}, map[string][]partRow{id: more})
	return now[id], known, err
}

// again makes a job that writes an item, as it is now, so that it says what a body says.
func (w *writer) again(f *fresh, mediaType string, data []byte) *job {
	j := &job{op: sources.Op{Verb: sources.Replace, ID: sources.ID(f.row.ID), Body: dataclass.Body{Type: mediaType, Data: data}},
		res: &sources.Result{}, row: f.row, was: f}
	w.check(j)
	w.prepare([]*job{j})
	return j
}

// untouched leaves out the writes to exceptions that are not as they were known: somebody has edited them since.
func (j *job) untouched(known map[string]string) {
	now := make(map[string]string)
	for _, p := range j.was.partRows {
		now[p.ID] = p.Hash
	}
	edited := func(id string) bool { return known[id] != now[id] }
	j.writes.Put = slices.DeleteFunc(j.writes.Put, func(e *xmltree.Element) bool { return edited(entry.ID(e)) })
	j.writes.Delete = slices.DeleteFunc(j.writes.Delete, func(e *xmltree.Element) bool { return edited(entry.ID(e)) })
}

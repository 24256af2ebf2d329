package dav

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/ledger"
)

var errClosed = errors.New("session is closed")

// A session is one look at a client. Changes is what was noted after from, up to upto.
type session struct {
	*source
	class  dataclass.Class
	wire   *wire
	knows  knows
	from   int64
	upto   int64
	cursor sources.Cursor
	closed bool
	shown  []*itemRow
	// showed says that Changes was asked for.
	showed bool
	// taken are the keys of Adds that the server said it carried out, and that are not where they were sent to.
	taken map[string]bool
	// spool has the items that were read while the look was made, by path.
	spool *ledger.Spool
}

func (s *session) ready(ctx context.Context) error {
	if s.closed {
		return errClosed
	}
	return ctx.Err()
}

// choose notes what the look shows.
func (s *session) choose(ctx context.Context) error {
	err := s.d.store.View(ctx, func(_ context.Context, db *gorm.DB) error {
		q := inClass(db, s.client, s.class)
		if s.from == ledger.Everything {
			q = q.Where("dead = 0")
		} else {
			q = q.Where("changed > ? AND changed <= ?", s.from, s.upto)
		}
		return q.Order("changed").Find(&s.shown).Error
	})
	if s.from != ledger.Everything {
		s.shown = slices.DeleteFunc(s.shown, func(r *itemRow) bool { return r.OwnWrite(s.from, s.origin) })
	}
	return err
}

// showAtOnce is how many items are completed together.
const showAtOnce = 300

// Changes shows the items of the look. One that the look did not read is read as it is now.
func (s *session) Changes(ctx context.Context) iter.Seq2[sources.Change, error] {
	return func(yield func(sources.Change, error) bool) {
		s.showed = true
		for some := range slices.Chunk(s.shown, showAtOnce) {
			list, err := s.complete(ctx, some)
			if err != nil {
				yield(sources.Change{}, elsewhere(err))
				return
			}
			for _, ch := range list {
				if err := s.ready(ctx); err != nil {
					yield(sources.Change{}, err)
					return
				}
				if !yield(ch, nil) {
					return
				}
			}
		}
		if err := s.ready(ctx); err != nil && len(s.shown) == 0 {
			yield(sources.Change{}, err)
		}
	}
}

// complete gives changes with their bodies. An item that is gone by now is left out: the next look tells so.
func (s *session) complete(ctx context.Context, rows []*itemRow) ([]sources.Change, error) {
	if err := s.ready(ctx); err != nil {
		return nil, err
	}
	out := make([]sources.Change, 0, len(rows))
	var absent []string
	at, noted := make(map[string]int), make(map[string]*itemRow)
	for _, r := range rows {
		ch := r.change(s.from, s.origin)
		if !r.Dead {
			data, ok, err := s.spool.Get(r.Href)
			if err != nil {
				return nil, err
			}
			if !ok || revision(data) != r.Rev {
				absent, at[r.Href], noted[r.Href] = append(absent, r.Href), len(out), r
			} else {
				ch.Body = bodyOf(s.class, data)
			}
		}
		out = append(out, ch)
	}
	var left []*itemRow
	err := s.wire.bodies(ctx, &s.knows, absent, func(f found) error {
		ch := &out[at[f.href]]
		if f.broken != nil {
			ch.ID, left = "", append(left, noted[f.href])
			delete(at, f.href)
			return nil
		}
		if e := s.look(f); !f.gone && e.ours {
			delete(at, f.href)
			return s.asNow(ctx, ch, noted[f.href], e, f.data)
		}
		return nil
	})
	if err == nil && len(at) > 0 {
		err = s.wire.areGone(ctx, slices.Sorted(maps.Keys(at)))
	}
	for h, i := range at {
		out[i].ID, left = "", append(left, noted[h])
	}
	if err == nil {
		err = s.again(ctx, left)
	}
	return slices.DeleteFunc(out, func(ch sources.Change) bool { return ch.ID == "" }), err
}

// asNow gives a change the item as it was read. It is nobody's write of ours if it is not what was noted.
func (s *session) asNow(ctx context.Context, ch *sources.Change, r *itemRow, e seen, data []byte) (err error) {
	noted := r.Rev == e.rev
	ch.Own, ch.Synced, ch.Earlier = ch.Own && noted, ch.Synced && noted, ch.Earlier && noted
	ch.Rev, ch.Body = sources.Revision(e.rev), bodyOf(s.class, data)
	if noted {
		return nil
	}
	return s.d.store.View(ctx, func(_ context.Context, db *gorm.DB) (err error) {
		ch.Earlier, err = s.wentBack(db, r, e)
		return err
	})
}

// Read reads items from the server. One that no look has shown is none of this client's.
func (s *session) Read(ctx context.Context, ids []sources.ID) iter.Seq2[sources.Change, error] {
	return func(yield func(sources.Change, error) bool) {
		for some := range slices.Chunk(ids, showAtOnce) {
			list, err := s.readSome(ctx, some)
			if err != nil {
				yield(sources.Change{}, elsewhere(err))
				return
			}
			for _, ch := range list {
				if !yield(ch, nil) {
					return
				}
			}
		}
	}
}

func (s *session) readSome(ctx context.Context, ids []sources.ID) ([]sources.Change, error) {
	if err := s.ready(ctx); err != nil {
		return nil, err
	}
	names := make([]string, 0, len(ids))
	for _, id := range ids {
		names = append(names, string(id))
	}
	now, unsure, err := s.readItems(ctx, names, false)
	if err == nil && len(unsure) > 0 {
		err = fmt.Errorf("%w: %w", sources.ErrElsewhere, errNotNow)
	}
	if err != nil {
		return nil, err
	}
	out := make([]sources.Change, 0, len(ids))
	for _, id := range ids {
		ch := sources.Change{ID: id, Verb: sources.Delete}
		if f := now[string(id)]; f != nil {
			ch = f.row.change(f.row.Created, s.origin)
			if err := s.asNow(ctx, &ch, f.row, f.seen, f.data); err != nil {
				return nil, err
			}
		}
		out = append(out, ch)
	}
	return out, nil
}

// A fresh item is one as the server has it now.
type fresh struct {
	seen
	row  *itemRow
	data []byte
	// broken says that the server fails to give it.
	broken bool
}

// readItems reads items as they are now, by their ids. Before one counts as gone, what is known is compared with what
// the server has: it may be somewhere else. Unsure are those that it does not give and does not tell to be gone. Locked says
// that the caller has the lock of the class.
func (s *session) readItems(ctx context.Context, ids []string, locked bool) (out map[string]*fresh, unsure map[string]bool, err error) {
	out = make(map[string]*fresh, len(ids))
	lost, err := s.readKnown(ctx, &s.knows, ids, out)
	if err != nil || len(lost) == 0 {
		return out, nil, err
	}
	if !locked {
		unlock, err := s.d.locks.Lock(ctx, s.key(s.class))
		if err != nil {
			return nil, nil, err
		}
		defer unlock()
	}
	if _, err = s.refresh(ctx, false); err != nil {
		return nil, nil, err
	}
	lost, err = s.readKnown(ctx, &knows{Single: true}, lost, out)
	unsure = make(map[string]bool, len(lost))
	for _, id := range lost {
		unsure[id] = true
	}
	return out, unsure, err
}

// errNotNow means that a server does not find an item which it does not say to be deleted.
var errNotNow = errors.New("the server does not give an item that is there for all it tells")

// readKnown adds items to out that are where they are known to be. It gives the ids of those that are not.
func (s *session) readKnown(ctx context.Context, k *knows, ids []string, out map[string]*fresh) (lost []string, err error) {
	rows, err := s.d.rowsOf(ctx, s.client, s.class, ids)
	if err != nil {
		return nil, err
	}
	at := make(map[string]*itemRow, len(rows))
	hrefs := make([]string, 0, len(rows))
	for _, r := range rows {
		if !r.Dead {
			at[r.Href], hrefs = r, append(hrefs, r.Href)
		}
	}
	slices.Sort(hrefs)
	err = s.wire.bodies(ctx, k, hrefs, func(f found) error {
		r, e := at[f.href], s.look(f)
		if f.gone || !e.ours {
			lost = append(lost, r.ID)
			return nil
		}
		out[r.ID] = &fresh{seen: e, row: r, data: f.data, broken: f.broken != nil}
		return nil
	})
	return lost, err
}

func (s *session) Commit(ctx context.Context) (sources.Cursor, error) {
	if err := s.ready(ctx); err != nil {
		return "", err
	}
	return s.cursor, nil
}

func (s *session) Close() error {
	if s.closed {
		return nil
	}
	s.closed = true
	return s.spool.Close()
}

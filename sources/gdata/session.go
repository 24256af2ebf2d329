package gdata

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/gdata/entry"
	"github.com/bindery-sync/bindery/sources/ledger"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

var errClosed = errors.New("session is closed")

// A session is one look at a client. Changes is what was noted after from, up to upto.
type session struct {
	*source
	class  dataclass.Class
	wire   *wire
	from   int64
	upto   int64
	cursor sources.Cursor
	closed bool

	// harvest are the entries that the last listing gave; whole names the items that it has complete, with the ids
	// of their exceptions. Rows are those of its items.
	harvest *harvest
	whole   map[string][]string
	rows    map[string]*itemRow
	shown   []*itemRow
	// absent are items that are known and that the last listing lacks.
	absent []string
	// moved says that the last listing is of another address than what is known.
	moved bool
	// listed says that everything was listed because an item was missing: once in a session.
	listed bool

	groups    groups
	groupPost string
	zone      string
	// pictures are hashes of those that were read in this session, by the hash of their address and entity tag.
	pictures map[string]string
	// unread is how many pictures could not be read.
	unread int
}

func (s *session) ready(ctx context.Context) error {
	if s.closed {
		return errClosed
	}
	return ctx.Err()
}

// choose notes what the look shows.
func (s *session) choose(ctx context.Context) error {
	if s.from == ledger.Everything {
		for id := range s.whole {
			if r := s.rows[id]; r != nil && !r.Dead {
				s.shown = append(s.shown, r)
			}
		}
	} else {
		err := s.g.store.View(ctx, func(_ context.Context, db *gorm.DB) error {
			return inClass(db, s.client, s.class).Where("changed > ? AND changed <= ?", s.from, s.upto).Find(&s.shown).Error
		})
		if err != nil {
			return err
		}
		s.shown = slices.DeleteFunc(s.shown, func(r *itemRow) bool { return r.OwnWrite(s.from, s.origin) })
	}
	slices.SortFunc(s.shown, func(a, b *itemRow) int { return int(a.Changed - b.Changed) })
	s.rows = nil
	return nil
}

// showAtOnce is how many items are completed with what the server has to be asked for.
const showAtOnce = contactOps

// Changes shows the items of the look. One that the look's own listing did not give, because somebody else looked
// first, is read as it is now; so is a picture.
func (s *session) Changes(ctx context.Context) iter.Seq2[sources.Change, error] {
	return func(yield func(sources.Change, error) bool) {
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

// complete gives changes with their bodies. An item that is not found by now is left out: the next look has it, or its
// tombstone.
func (s *session) complete(ctx context.Context, rows []*itemRow) ([]sources.Change, error) {
	if err := s.ready(ctx); err != nil {
		return nil, err
	}
	out := make([]sources.Change, len(rows))
	var absent []*itemRow
	at := make(map[string]int)
	for i, r := range rows {
		out[i] = r.change(s.from, s.origin)
		if r.Dead {
			continue
		}
		master, parts, err := s.spooled(r.ID)
		if err != nil {
			return nil, err
		}
		if master == nil {
			absent, at[r.ID] = append(absent, r), i
			continue
		}
		if err := s.fill(ctx, &out[i], master, parts); err != nil {
			return nil, err
		}
	}
	open := make([]string, 0, len(absent))
	for _, r := range absent {
		open = append(open, r.ID)
	}
	if err := s.settled(ctx, open); err != nil {
		return nil, err
	}
	now, err := s.readItems(ctx, absent, nil)
	if err != nil {
		return nil, err
	}
	later := unfound(absent, now)
	if len(later) > 0 {
		s.g.o.Log.WarnContext(ctx, "the server does not find entries that it has told of", "client", s.client.id, "class", s.class, "entries", len(later))
	}
	for _, r := range absent {
		f := now[r.ID]
		if f == nil {
			out[at[r.ID]].ID = ""
			continue
		}
		ch := &out[at[r.ID]]
		ch.Own, ch.Synced = ch.Own && f.rev == r.Rev, ch.Synced && f.rev == r.Rev
		ch.Rev = sources.Revision(f.rev)
		if ch.Earlier, err = s.isEarlier(ctx, f); err != nil {
			return nil, err
		}
		if err := s.fill(ctx, ch, f.master, f.parts); err != nil {
			return nil, err
		}
	}
	for i, r := range rows {
		if out[i].PhotoUnread {
			later = append(later, r)
		}
	}
	if err := s.showLater(ctx, later); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(out, func(ch sources.Change) bool { return ch.ID == "" }), nil
}

// rawType is the media type of an entry that is no item: the engine sets such a body aside and keeps it.
const rawType = "application/atom+xml"

// fill puts what entries say into a change. What cannot be read is given as it came, so that it is set aside, and not
// taken for gone.
func (s *session) fill(ctx context.Context, ch *sources.Change, master *xmltree.Element, parts []*xmltree.Element) error {
	if s.class == dataclass.Contacts && membership(master) != "" && s.groups.List == nil && s.wire.conn.Groups != "" {
		if err := s.loadGroups(ctx); err != nil {
			return err
		}
	}
	it, err := s.item(master, parts)
	if err == nil && s.class == dataclass.Contacts {
		err = s.withPhoto(ctx, it, master)
	}
	switch {
	case err == nil:
		ch.Body = it.Body()
		return nil
	case errors.Is(err, errPhotoUnread):
		ch.Body, ch.PhotoUnread = it.Body(), true
		return nil
	case errors.Is(err, errPhoto):
		return err
	}
	s.g.o.Log.WarnContext(ctx, "an entry of the server cannot be read", "client", s.client.id, "class", s.class, "id", entry.ID(master), "error", err)
	ch.Body, ch.Why = dataclass.Body{Type: rawType, Data: document(master)}, err.Error()
	return nil
}

// A fresh is an item as the server has it now.
type fresh struct {
	master    *xmltree.Element
	parts     []*xmltree.Element
	own       *seen
	partRows  []partRow
	rev       string
	row       *itemRow
	exception map[string]*xmltree.Element
}

// readItems reads items as they are now, with the exceptions that are known or given by item; one that is gone is missing
// in the result.
func (s *session) readItems(ctx context.Context, rows []*itemRow, extra map[string][]partRow) (map[string]*fresh, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	at := make(map[string]string)
	var items []string
	for _, r := range rows {
		if !r.Dead {
			at[r.ID] = r.Self
			items = append(items, r.ID)
		}
	}
	known := make(map[string][]partRow)
	if s.class == dataclass.Events {
		var err error
		if known, err = s.g.partsOf(ctx, s.client, items); err != nil {
			return nil, err
		}
	}
	for id, list := range extra {
		known[id] = append(known[id], list...)
	}
	for _, list := range known {
		for _, p := range list {
			at[p.ID] = p.Self
		}
	}
	found, err := s.wire.read(ctx, at)
	if err == nil {
		err = s.readAgain(ctx, at, found, known)
	}
	if err != nil {
		return nil, err
	}
	out := make(map[string]*fresh, len(rows))
	for _, r := range rows {
		if found[r.ID] == nil {
			continue
		}
		if out[r.ID], err = s.fresh(r, found, known[r.ID]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// fresh puts together what was read of an item.
func (s *session) fresh(r *itemRow, found map[string]*xmltree.Element, known []partRow) (*fresh, error) {
	own, err := s.wire.names.look(found[r.ID])
	if err != nil {
		return nil, err
	}
	f := &fresh{master: found[r.ID], own: own, row: r, exception: make(map[string]*xmltree.Element)}
	for _, p := range known {
		e := found[p.ID]
		if e == nil {
			continue
		}
		part, err := s.wire.names.look(e)
		if err != nil {
			return nil, err
		}
		p.Hash = part.hash
		f.parts, f.partRows = append(f.parts, e), append(f.partRows, p)
		f.exception[p.ID] = e
	}
	f.rev = s.revision(own.hash, own.member, f.partRows)
	return f, nil
}

// unfound gives the living items that were not read.
func unfound(rows []*itemRow, now map[string]*fresh) []*itemRow {
	var out []*itemRow
	for _, r := range rows {
		if now[r.ID] == nil && !r.Dead {
			out = append(out, r)
		}
	}
	return out
}

// Read reads items from the server. One that no look has shown is none of this client's. One that is not found, and not
// gone for all that, is an error.
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
	if err := s.settled(ctx, names); err != nil {
		return nil, err
	}
	rows, err := s.g.rowsOf(ctx, s.client, s.class, names)
	if err != nil {
		return nil, err
	}
	living := make([]*itemRow, 0, len(rows))
	for _, r := range rows {
		living = append(living, r)
	}
	now, err := s.readItems(ctx, living, nil)
	if err != nil {
		return nil, err
	}
	gone, err := s.goneNow(ctx, unfound(living, now))
	if err != nil {
		return nil, err
	}
	out := make([]sources.Change, 0, len(ids))
	for _, id := range ids {
		ch := sources.Change{ID: id, Verb: sources.Delete}
		if is, asked := gone[string(id)]; asked && !is {
			return nil, fmt.Errorf("item %q: %w", id, errMissing)
		}
		if f := now[string(id)]; f != nil {
			ch = f.row.change(f.row.Created, s.origin)
			ch.Own, ch.Synced = ch.Own && f.rev == f.row.Rev, ch.Synced && f.rev == f.row.Rev
			ch.Rev = sources.Revision(f.rev)
			if ch.Earlier, err = s.isEarlier(ctx, f); err != nil {
				return nil, err
			}
			if err := s.fill(ctx, &ch, f.master, f.parts); err != nil {
				return nil, err
			}
		}
		out = append(out, ch)
	}
	return out, nil
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
	return s.harvest.close()
}

package filedir

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"slices"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

var errClosed = errors.New("session is closed")

type source struct {
	f      *Folders
	client clientKey
	path   string
	origin string
}

// Begin locks the folder, compares it with its listing, and stores the new one.
func (s *source) Begin(ctx context.Context, class dataclass.Class, since sources.Cursor) (sources.Session, error) {
	if err := checkClass(class); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	d, err := s.f.openFolder(s.path)
	if err != nil {
		return nil, err
	}
	sess, err := s.begin(ctx, d, class, since)
	if err != nil {
		return nil, errors.Join(err, d.close())
	}
	return sess, nil
}

func (s *source) begin(ctx context.Context, d *folder, class dataclass.Class, since sources.Cursor) (*session, error) {
	sc := s.f.taken(ctx, s.client)
	if sc == nil {
		var err error
		if sc, err = s.f.compare(ctx, s.client, d); err != nil {
			return nil, err
		}
	}
	list := sc.list
	if len(sc.ignored) > 0 {
		s.f.o.Log.DebugContext(ctx, "files ignored", "folder", s.path, "count", len(sc.ignored), "names", first(sc.ignored, 10))
	}
	from, err := list.row.position(class, since)
	if err != nil {
		return nil, err
	}
	sess := &session{source: s, folder: d, list: list, class: codeOf(class), kept: sc.kept, cursor: list.row.cursor(class)}
	sess.look(from)
	return sess, nil
}

func first(list []string, n int) []string { return list[:min(n, len(list))] }

type session struct {
	*source
	folder *folder
	list   *listing
	class  code
	kept   map[string]content
	shown  []view
	cursor sources.Cursor
	closed bool
	// broken is why the listing in memory is no longer that of the folder.
	broken error
}

// A view is one change of a look, without its body.
type view struct {
	change sources.Change
	hash   hash
	size   int64
}

// look notes what changed after from.
func (s *session) look(from int64) {
	if from == everything {
		s.shown = make([]view, 0, len(s.list.slots))
	}
	for _, e := range s.list.slots {
		if e == nil || e.class != s.class || e.changed <= from || from == everything && e.dead {
			continue
		}
		if from != everything && e.ownWrite(from, s.origin) {
			continue
		}
		s.shown = append(s.shown, view{e.change(from, s.origin), e.hash, e.stamp.size})
	}
	slices.SortFunc(s.shown, func(a, b view) int { return cmp.Compare(a.change.ID, b.change.ID) })
}

// ownWrite reports whether the last that happened to an item since the counter since is a write of that
// origin: who wrote it knows what it holds, and an own write need not come back. What the user deleted and
// made anew meanwhile does.
func (e *entry) ownWrite(since int64, origin string) bool {
	return origin != "" && e.origin == origin && !e.dead && e.died <= since
}

// change says what became of the item since the counter since, to a reader of that origin.
func (e *entry) change(since int64, origin string) sources.Change {
	ch := sources.Change{
		ID: sources.ID(e.name), Rev: e.hash.revision(), Verb: sources.Replace, Key: sources.Key(e.key),
		Own: origin != "" && e.origin == origin, Synced: e.origin != "",
	}
	switch {
	case e.dead:
		ch.Verb = sources.Delete
	case e.created > since:
		ch.Verb = sources.Add
		ch.Renewed = since != everything && e.died > since
	}
	return ch
}

func (s *session) ready(ctx context.Context) error {
	switch {
	case s.closed:
		return errClosed
	case s.broken != nil:
		return s.broken
	}
	return ctx.Err()
}

func (s *session) Changes(ctx context.Context) iter.Seq2[sources.Change, error] {
	return func(yield func(sources.Change, error) bool) {
		for _, v := range s.shown {
			ch, there, err := s.show(ctx, v)
			if err != nil {
				yield(sources.Change{}, err)
				return
			}
			if there && !yield(ch, nil) {
				return
			}
		}
		s.kept = nil // whoever asks again is told what is in the files
	}
}

// show completes a change with its body. It reports false if the file went since the look: the next one
// tells of it.
func (s *session) show(ctx context.Context, v view) (sources.Change, bool, error) {
	if err := s.ready(ctx); err != nil || v.change.Verb == sources.Delete {
		return v.change, true, err
	}
	c, ok := s.kept[string(v.change.ID)]
	if !ok || c.hash != v.hash {
		var err error
		c, err = s.folder.read(string(v.change.ID))
		if errors.Is(err, fs.ErrNotExist) {
			return v.change, false, nil
		}
		if err != nil {
			return v.change, false, err
		}
	}
	ch := v.change
	ch.Rev, ch.Body = c.hash.revision(), bodyOf(string(ch.ID), c)
	ch.Own, ch.Synced = ch.Own && c.hash == v.hash, ch.Synced && c.hash == v.hash
	return ch, true, nil
}

func (s *session) Read(ctx context.Context, ids []sources.ID) iter.Seq2[sources.Change, error] {
	return func(yield func(sources.Change, error) bool) {
		for _, id := range ids {
			ch, err := s.readOne(ctx, id)
			if !yield(ch, err) || err != nil {
				return
			}
		}
	}
}

// readOne reads a file as it is now. A name that is not in the listing is not this client's.
func (s *session) readOne(ctx context.Context, id sources.ID) (sources.Change, error) {
	gone := sources.Change{ID: id, Verb: sources.Delete}
	if err := s.ready(ctx); err != nil {
		return sources.Change{}, err
	}
	e := s.find(id)
	if e == nil {
		return gone, nil
	}
	c, err := s.folder.read(e.name)
	if errors.Is(err, fs.ErrNotExist) {
		return gone, nil
	}
	if err != nil {
		return sources.Change{}, err
	}
	ch := e.change(e.created, s.origin)
	ch.Rev, ch.Body = c.hash.revision(), bodyOf(e.name, c)
	ch.Own, ch.Synced = ch.Own && c.hash == e.hash, ch.Synced && c.hash == e.hash
	return ch, nil
}

// find gives the living item of that id.
func (s *session) find(id sources.ID) *entry {
	if e := s.list.live(string(id)); e != nil && e.class == s.class {
		return e
	}
	return nil
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
	if err := s.folder.close(); err != nil {
		return fmt.Errorf("close folder: %w", err)
	}
	return nil
}

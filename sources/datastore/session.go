package datastore

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"strconv"
	"strings"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

var errClosed = errors.New("session is closed")

type source struct {
	d      *Datastore
	client clientKey
	origin string
}

// Begin takes the number of the client's last change: that is the whole look.
func (s *source) Begin(ctx context.Context, class dataclass.Class, since sources.Cursor) (sources.Session, error) {
	if err := checkClass(class); err != nil {
		return nil, err
	}
	var row clientRow
	err := s.d.store.View(ctx, func(_ context.Context, db *gorm.DB) (err error) {
		row, err = loadClient(db, s.client)
		return err
	})
	if err != nil {
		return nil, err
	}
	from, err := row.position(class, since)
	if err != nil {
		return nil, err
	}
	return &session{source: s, class: class, from: from, upto: row.Counter, cursor: row.cursor(class), meanwhile: meanwhile{upto: row.Counter}}, nil
}

// cursor names everything up to the last change of the client.
func (row clientRow) cursor(class dataclass.Class) sources.Cursor {
	return sources.Cursor(fmt.Sprintf("%d/%s/%s/%s", row.Counter, row.Epoch, class, row.Client))
}

// everything is the position before the first change, for a look at all items.
const everything = -1

// position reads a cursor. That of a client without changes has no epoch; it stays good, for it covers
// nothing.
func (row clientRow) position(class dataclass.Class, cur sources.Cursor) (int64, error) {
	if cur == "" {
		return everything, nil
	}
	lost := fmt.Errorf("cursor %q: %w", cur, sources.ErrCursorLost)
	n, ok := counted(cur)
	if !ok {
		return 0, lost
	}
	named := row
	if named.Counter = n; n == 0 {
		named.Epoch = ""
	}
	if n < row.Floor || n > row.Counter || named.cursor(class) != cur {
		return 0, lost
	}
	return n, nil
}

// counted is the number that a cursor begins with.
func counted(cur sources.Cursor) (n int64, ok bool) {
	head, _, _ := strings.Cut(string(cur), "/")
	n, err := strconv.ParseInt(head, 10, 64)
	return n, err == nil
}

type session struct {
	*source
	class  dataclass.Class
	from   int64 // the look is the changes after from …
	upto   int64 // … up to here
	cursor sources.Cursor
	closed bool
	// meanwhile is what others entered until the last Apply.
	meanwhile meanwhile
}

func (s *session) ready(ctx context.Context) error {
	if s.closed {
		return errClosed
	}
	return ctx.Err()
}

func (s *session) Changes(ctx context.Context) iter.Seq2[sources.Change, error] {
	next := s.listing
	if s.from != everything {
		next = s.changesAfter
	}
	return func(yield func(sources.Change, error) bool) {
		last := &itemRow{Changed: s.from}
		for {
			rows, err := s.page(ctx, func(db *gorm.DB) *gorm.DB { return next(db, last) })
			if err != nil {
				yield(sources.Change{}, err)
				return
			}
			for _, r := range rows {
				if !yield(r.change(s.from, s.origin), nil) {
					return
				}
			}
			if len(rows) == 0 {
				if err := s.whole(ctx); err != nil {
					yield(sources.Change{}, err)
				}
				return
			}
			last = rows[len(rows)-1]
		}
	}
}

// listing selects, in the order of ids, what follows last among the items that existed at Begin.
func (s *session) listing(db *gorm.DB, last *itemRow) *gorm.DB {
	return inClass(db, s.client, s.class).
		Where("id > ? AND dead = 0 AND created <= ?", last.ID, s.upto).Order("id")
}

// changesAfter selects, in the order of changes, what follows last within the look.
func (s *session) changesAfter(db *gorm.DB, last *itemRow) *gorm.DB {
	return inClass(db, s.client, s.class).
		Where("changed > ? AND changed <= ?", last.Changed, s.upto).
		Order("changed")
}

func (s *session) page(ctx context.Context, query func(*gorm.DB) *gorm.DB) (rows []*itemRow, err error) {
	if err := s.ready(ctx); err != nil {
		return nil, err
	}
	err = s.d.store.View(ctx, func(_ context.Context, db *gorm.DB) (err error) {
		rows, err = readPage(query(db), pageBytes)
		return err
	})
	return rows, err
}

func (s *session) Read(ctx context.Context, ids []sources.ID) iter.Seq2[sources.Change, error] {
	return func(yield func(sources.Change, error) bool) {
		for len(ids) > 0 {
			if err := s.ready(ctx); err != nil {
				yield(sources.Change{}, err)
				return
			}
			some, err := s.readSome(ctx, ids[:min(len(ids), batchRows)])
			if err != nil {
				yield(sources.Change{}, err)
				return
			}
			for _, ch := range some {
				if !yield(ch, nil) {
					return
				}
			}
			ids = ids[len(some):]
		}
	}
}

// readSome reads the first of ids: one at least, and no more when their bodies have filled a page.
func (s *session) readSome(ctx context.Context, ids []sources.ID) ([]sources.Change, error) {
	found := map[sources.ID]*itemRow{}
	err := s.d.store.View(ctx, func(_ context.Context, db *gorm.DB) error {
		sizes, err := s.sizes(db, ids)
		if err != nil {
			return err
		}
		ids = fitting(ids, sizes)
		rows, err := readPage(inClass(db, s.client, s.class).Where("id IN ?", ids), math.MaxInt)
		for _, r := range rows {
			found[sources.ID(r.ID)] = r
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	changes := make([]sources.Change, 0, len(ids))
	for _, id := range ids {
		ch := sources.Change{ID: id, Verb: sources.Delete}
		if r := found[id]; r != nil {
			ch = r.change(r.Created, s.origin)
		}
		changes = append(changes, ch)
	}
	return changes, nil
}

func (s *session) sizes(db *gorm.DB, ids []sources.ID) (map[sources.ID]int, error) {
	var rows []struct {
		ID   sources.ID `gorm:"column:id"`
		Size int        `gorm:"column:size"`
	}
	q := inClass(db, s.client, s.class).Where("id IN ?", ids).Select("id, length(body) AS size")
	if err := q.Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("read sizes of datastore items: %w", err)
	}
	sizes := make(map[sources.ID]int, len(rows))
	for _, r := range rows {
		sizes[r.ID] = r.Size
	}
	return sizes, nil
}

// fitting gives the first of ids: one at least, and none after they have filled a page.
func fitting(ids []sources.ID, sizes map[sources.ID]int) []sources.ID {
	sum := 0
	for i, id := range ids {
		if sum >= pageBytes {
			return ids[:i]
		}
		sum += sizes[id]
	}
	return ids
}

func (s *session) Apply(ctx context.Context, ops []sources.Op) ([]sources.Result, error) {
	if err := s.ready(ctx); err != nil {
		return nil, err
	}
	return s.apply(ctx, ops)
}

func (s *session) Commit(ctx context.Context) (sources.Cursor, error) {
	if err := s.ready(ctx); err != nil {
		return "", err
	}
	return s.cursor, nil
}

func (s *session) Close() error {
	s.closed = true
	return nil
}

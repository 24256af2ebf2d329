package gdata

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/ledger"
)

type source struct {
	g      *GData
	client clientKey
	origin string
}

// Begin asks the server what changed since the last look of anybody, and notes it. That is the whole look. It is one
// request where nothing changed.
func (s *source) Begin(ctx context.Context, class dataclass.Class, since sources.Cursor) (sources.Session, error) {
	if class != dataclass.Contacts && class != dataclass.Events {
		return nil, fmt.Errorf("class %q: %w", class, sources.ErrUnsupported)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	conn, err := s.g.conns.Connection(ctx, s.client.owner, s.client.id)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	w := s.g.newWire(conn, class)
	if w.feed() == "" {
		return nil, fmt.Errorf("the server has no %s: %w", class, sources.ErrUnsupported)
	}
	unlock, err := s.g.locks.Lock(ctx, s.key(class))
	if err != nil {
		return nil, err
	}
	defer unlock()
	sess := &session{source: s, class: class, wire: w}
	if err := sess.begin(ctx, since); err != nil {
		return nil, errors.Join(elsewhere(err), sess.Close())
	}
	return sess, nil
}

func (s *session) begin(ctx context.Context, since sources.Cursor) error {
	row, err := s.feedRow(ctx)
	if err != nil {
		return err
	}
	if s.from, err = row.Position(since); err != nil {
		return err
	}
	if row, err = s.refresh(ctx, s.from == ledger.Everything); err != nil {
		return err
	}
	if s.from, err = row.Position(since); err != nil {
		return err
	}
	s.cursor, s.upto = row.Cursor(), row.Counter
	return s.choose(ctx)
}

func (s *session) feedRow(ctx context.Context) (row feedRow, err error) {
	err = s.g.store.View(ctx, func(_ context.Context, db *gorm.DB) (err error) {
		row, err = loadFeed(db, s.client, s.class)
		return err
	})
	return row, err
}

// refresh compares what is known with what the server has, whole or since the last time, and keeps the entries that it
// gave. It returns sources.ErrCursorLost, with every cursor lost from then on, if the server cannot tell what changed.
func (s *session) refresh(ctx context.Context, full bool) (feedRow, error) {
	row, err := s.feedRow(ctx)
	if err == nil {
		err = s.loadNames(ctx)
	}
	if err != nil {
		return row, err
	}
	moved := row.Address != "" && row.Address != s.wire.feed()
	if row.Address != s.wire.feed() || row.Epoch == "" {
		if err := s.renew(&row); err != nil {
			return row, err
		}
	}
	since := row.Anchor
	if full {
		since = ""
	}
	h, head, err := s.changes(ctx, since)
	if since != "" && (lost(err) || unasked(err)) {
		return row, s.forget(ctx, row, fmt.Errorf("%w: %w", sources.ErrCursorLost, err))
	}
	if err != nil {
		return row, errors.Join(fmt.Errorf("list %s: %w", s.class, err), h.close())
	}
	anchor, err := head.next(since, s.g.o.Overlap)
	if err != nil {
		return row, s.forget(ctx, row, errors.Join(err, h.close()))
	}
	s.take(h, head)
	s.moved = moved
	if err := s.trust(ctx, since); err != nil {
		return row, err
	}
	return s.merge(ctx, row, anchor, since == "")
}

// trust sees to it that a listing shows what the user of the server wished: no half of an edit of ours, and all of what is
// there.
func (s *session) trust(ctx context.Context, since string) error {
	wrote, err := s.finishEdits(ctx)
	if err != nil {
		return err
	}
	if wrote {
		h, first, err := s.changes(ctx, since)
		if err != nil {
			return errors.Join(fmt.Errorf("list %s again: %w", s.class, err), h.close())
		}
		s.take(h, first)
	}
	if s.absent = nil; since == "" {
		s.absent, err = s.leftOut(ctx)
	}
	return err
}

// changes reads what changed since an anchor, or everything. A server that has forgotten what was a little before its last
// answer is asked from that answer on.
func (s *session) changes(ctx context.Context, anchor string) (*harvest, head, error) {
	since, exact := moments(anchor)
	h, first, err := s.list(ctx, since)
	if exact != "" && lost(err) {
		return s.list(ctx, exact)
	}
	return h, first, err
}

// unasked reports whether a server refuses the question for changes, which some do for a time that is too long ago.
func unasked(err error) bool {
	var st *statusError
	return errors.As(err, &st) && st.status == http.StatusBadRequest
}

// renew makes every cursor lost.
func (s *session) renew(row *feedRow) error {
	epoch, err := s.g.random()
	if err != nil {
		return err
	}
	row.Renew(epoch, s.wire.feed())
	row.Anchor = ""
	return nil
}

// random gives a name that nothing else has.
func (g *GData) random() (string, error) {
	b := make([]byte, 10)
	if _, err := io.ReadFull(g.o.Random, b); err != nil {
		return "", fmt.Errorf("make a name: %w", err)
	}
	return hex.EncodeToString(b), nil
}

// forget makes every cursor lost, and gives why.
func (s *session) forget(ctx context.Context, row feedRow, why error) error {
	if err := s.renew(&row); err != nil {
		return err
	}
	err := s.g.store.Update(ctx, func(_ context.Context, tx *gorm.DB) error { return ledger.Save(tx, row) })
	if err != nil {
		return err
	}
	return why
}

// leastPage is the least number of entries that a page is asked for where pages of more are too big to be read.
const leastPage = 30

// list reads a listing, again if it changed under the reader's hands, and in smaller pages if they are too big.
func (s *session) list(ctx context.Context, since string) (*harvest, head, error) {
	size := s.g.o.PageSize
	for try := 1; ; {
		address, err := listing(s.wire.feed(), since, size)
		if err != nil {
			return nil, head{}, err
		}
		h := s.newHarvest()
		first, err := s.wire.pages(ctx, address, h.add)
		if err == nil {
			return h, first, nil
		}
		if cerr := h.close(); cerr != nil {
			return nil, first, errors.Join(err, cerr)
		}
		switch {
		case errors.Is(err, errBigAnswer) && size > leastPage:
			size = max(size/4, leastPage)
			continue
		case !errors.Is(err, errShifted) || try == listTries:
			return nil, first, err
		}
		if err := s.g.o.Wait(ctx, time.Duration(try)*time.Second); err != nil {
			return nil, first, err
		}
		try++
	}
}

func (h *harvest) close() error {
	if h == nil {
		return nil
	}
	h.share.keep(0)
	h.bytes.keep(0)
	return h.spool.Close()
}

// take makes a harvest that of the session.
func (s *session) take(h *harvest, first head) {
	if s.harvest != nil {
		_ = s.harvest.close() // what it kept is read again where it is asked for
	}
	s.harvest, s.whole = h, make(map[string][]string)
	if first.page.Zone != "" {
		s.zone = first.page.Zone
	}
}

// key names what is compared with the server by one call at a time.
func (s *source) key(class dataclass.Class) ledger.Key {
	return ledger.Key{Owner: s.client.owner, Client: s.client.id, Class: class}
}

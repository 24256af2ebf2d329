package dav

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/ledger"
)

type source struct {
	d      *DAV
	client clientKey
	origin string
}

// Begin asks the server what changed since the last look of anybody, and notes it. That is the whole look. It is one
// request where nothing changed.
func (s *source) Begin(ctx context.Context, class dataclass.Class, since sources.Cursor) (sources.Session, error) {
	if !slices.Contains(classes, class) {
		return nil, fmt.Errorf("class %q: %w", class, sources.ErrUnsupported)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	conn, err := s.d.conns.Connection(ctx, s.client.owner, s.client.id)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	if conn.Collections[class] == "" {
		return nil, fmt.Errorf("the server has no collection of %s: %w", class, sources.ErrUnsupported)
	}
	w, err := s.d.newWire(conn, class)
	if err != nil {
		return nil, err
	}
	unlock, err := s.d.locks.Lock(ctx, s.key(class))
	if err != nil {
		return nil, err
	}
	defer unlock()
	sess := &session{source: s, class: class, wire: w, spool: ledger.NewSpool()}
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
	err = s.d.store.View(ctx, func(_ context.Context, db *gorm.DB) (err error) {
		row, err = loadFeed(db, s.client, s.class)
		return err
	})
	return row, err
}

// refresh compares what is known with what the server has, all of it or what changed since the last time, and keeps the
// items that it read.
func (s *session) refresh(ctx context.Context, whole bool) (feedRow, error) {
	row, err := s.feedRow(ctx)
	if err != nil {
		return row, err
	}
	moved := row.Address != "" && row.Address != s.wire.base.String()
	if row.Address != s.wire.base.String() || row.Epoch == "" {
		if err := s.renew(&row); err != nil {
			return row, err
		}
	}
	before := row
	s.knows = row.learned()
	l, err := s.list(ctx, row, whole)
	if err != nil {
		return row, fmt.Errorf("list %s: %w", s.class, err)
	}
	row, err = s.merge(ctx, before, l, moved)
	if !errors.Is(err, errLeavesOut) || l.token == "" {
		return row, err
	}
	s.knows.Sync = false // this server's tokens are worth nothing
	if l, err = s.wire.list(ctx); err != nil {
		return row, fmt.Errorf("list %s: %w", s.class, err)
	}
	return s.merge(ctx, before, l, moved)
}

// renew makes every cursor lost.
func (s *session) renew(row *feedRow) error {
	epoch, err := s.d.random()
	if err != nil {
		return err
	}
	row.Renew(epoch, s.wire.base.String())
	row.Token, row.CTag, row.Knows = "", "", ""
	return nil
}

// random gives a name that nothing else has.
func (d *DAV) random() (string, error) {
	b := make([]byte, 16)
	if _, err := io.ReadFull(d.o.Random, b); err != nil {
		return "", fmt.Errorf("make a name: %w", err)
	}
	return hex.EncodeToString(b), nil
}

// knownFor is how long it is believed what a server can do, and what it told to be changed. Then it is asked for
// everything, so that nothing stays unknown for ever.
const knownFor = 30 * 24 * time.Hour

// asks numbers the questions what a server can do. Who adds one raises it: what is known by fewer is asked once more, right
// after the program was renewed, and not when knownFor is over.
//
//	1: whether it takes many writes in one request
const asks = 1

// askAnew asks a server what it can do that an earlier version did not ask for. What it was found not to do stays so.
func (s *session) askAnew(ctx context.Context) error {
	st, err := s.wire.state(ctx)
	if err != nil && !otherwise(err) {
		return err
	}
	if s.knows.Asked = asks; err == nil && s.knows.Bulk == 0 {
		s.knows.Bulk, s.knows.BulkBytes = st.knows.Bulk, st.knows.BulkBytes
	}
	return nil
}

// list asks what there is or, if that can be told and whole is not set, what was changed: by a token; by comparing what
// the server calls its state; or by listing everything.
func (s *session) list(ctx context.Context, row feedRow, whole bool) (*listing, error) {
	now := s.d.o.Now()
	refused := 0
	stale := now.Sub(time.Unix(s.knows.At, 0)) > knownFor
	if row.Token != "" && !whole && !stale {
		if s.knows.Asked < asks {
			if err := s.askAnew(ctx); err != nil {
				return nil, err
			}
		}
		l, err := s.wire.changes(ctx, row.Token)
		if err == nil || !otherwise(err) {
			s.knows.Told = s.knows.Told || err == nil
			return l, err
		}
		refused = s.knows.refusal(err)
	}
	st, err := s.wire.state(ctx)
	if err != nil {
		return nil, err
	}
	if stale {
		st.knows.Told, st.knows.Deletes = s.knows.Told, s.knows.Deletes
		st.knows.At, st.knows.Faithful, st.knows.Times = now.Unix(), s.knows.Faithful, s.knows.Times
		s.knows = st.knows
	}
	if s.knows.Asked = asks; s.knows.Bulk == 0 { // also what was known before it was asked for
		s.knows.Bulk, s.knows.BulkBytes = st.knows.Bulk, st.knows.BulkBytes
	}
	if !whole && !stale && row.Token == "" && row.CTag != "" && row.CTag == st.ctag {
		l := newListing(false)
		l.same, l.ctag = true, st.ctag
		return l, nil
	}
	if s.knows.Sync {
		l, err := s.wire.changes(ctx, "")
		if err == nil {
			l.ctag, l.refused = st.ctag, refused
			return l, nil
		}
		if !otherwise(err) {
			return nil, err
		}
		s.knows.Sync = false
	}
	l, err := s.wire.list(ctx)
	if err == nil {
		l.ctag, l.refused = st.ctag, refused
	}
	return l, err
}

// otherwise reports whether a server that gave this error to a question for changes may be asked in another way: it has
// forgotten the token, or cannot do this at all. RFC 6578 has it say DAV:valid-sync-token; others say anything.
func otherwise(err error) bool {
	return statusOf(err) >= 400 && !errors.Is(err, sources.ErrAuth) && !errors.Is(err, sources.ErrBusy) ||
		errors.Is(err, dataclass.ErrMalformed) || errors.Is(err, dataclass.ErrTooBig)
}

// key names what is compared with the server by one call at a time.
func (s *source) key(class dataclass.Class) ledger.Key {
	return ledger.Key{Owner: s.client.owner, Client: s.client.id, Class: class}
}

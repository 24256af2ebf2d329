package syncml

import (
	"context"
	"fmt"

	"gorm.io/gorm"
)

// changeAnchors adds a change to those that the first transaction makes.
func (t *turn) changeAnchors(i int, change func(*anchorRow)) {
	before := t.anchors[i]
	t.anchors[i] = func(a *anchorRow) {
		if before != nil {
			before(a)
		}
		change(a)
	}
}

// storeRequest is the first transaction of a message: what it brought, and where the session stands.
func (t *turn) storeRequest(ctx context.Context) error {
	return t.o.Store.Update(ctx, func(ctx context.Context, _ *gorm.DB) error {
		if err := t.storeSession(ctx); err != nil {
			return err
		}
		err := t.store.putMessage(ctx, messageRow{Owner: t.phone.Owner, Client: t.phone.Client,
			Token: t.sess.row.Token, Hash: t.in.hash[:], MsgID: t.in.msg.Header.MsgID,
			Opening: t.sess.login != nil, StoredAt: t.o.Now().Unix(), ContentType: t.in.codec.contentType})
		if err != nil {
			return err
		}
		return t.storeGathered(ctx)
	})
}

func (t *turn) storeSession(ctx context.Context) error {
	row, err := t.sess.stored(t.o.Now().Unix())
	if err != nil {
		return err
	}
	if err := t.store.putSession(ctx, row); err != nil {
		return err
	}
	if t.sess.login == nil {
		return nil
	}
	if err := t.endOthers(ctx, row.Token); err != nil {
		return err
	}
	if err := t.store.answeredAlert(ctx, row); err != nil {
		return err
	}
	return t.storeLogin(ctx, *t.sess.login, row.DeviceID)
}

// endOthers ends the sessions that this one takes the place of. Joins.
func (t *turn) endOthers(ctx context.Context, token string) error {
	var err error
	if t.cut, err = t.store.others(ctx, t.phone, token); err != nil {
		return err
	}
	for i := range t.cut {
		if _, err := t.store.end(ctx, &t.cut[i]); err != nil {
			return err
		}
	}
	return nil
}

// storeGathered hands on what read gathered. Maps come before changes: those that a phone kept from
// its last session name items that it may have edited since.
func (t *turn) storeGathered(ctx context.Context) error {
	if t.news != nil {
		if err := t.store.putDevice(ctx, t.phone, t.sess.row.DeviceID, *t.news); err != nil {
			return err
		}
	}
	if t.chunked {
		if err := t.store.putChunk(ctx, &t.sess.row, t.pieces); err != nil {
			return err
		}
	}
	for i, d := range t.state.Databases {
		if err := t.storeDatabase(ctx, i, d); err != nil {
			return fmt.Errorf("database %s: %w", d.Name, err)
		}
	}
	return nil
}

// storeDatabase may run more than once, as all of a transaction may.
func (t *turn) storeDatabase(ctx context.Context, i int, d *database) error {
	if a := t.answers[i]; len(a) > 0 {
		if err := t.o.Syncs.Settle(ctx, t.phone, d.face(), a); err != nil {
			return err
		}
	}
	if rows := t.incoming[i]; len(rows) > 0 {
		if err := t.o.Syncs.Put(ctx, t.phone, d.face(), d.listing(), rows); err != nil {
			return err
		}
	}
	if t.finish && d.Seen {
		complete := d.Ran && !d.Failed && !t.suspend
		if err := t.o.Syncs.Finish(ctx, t.phone, d.face(), complete); err != nil {
			return err
		}
	}
	if change := t.anchors[i]; change != nil {
		return t.store.changeAnchors(ctx, t.phone, d.Name, change)
	}
	return nil
}

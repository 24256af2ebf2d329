package bindings

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources/syncml"
)

// waitingRows selects the ops that wait for a phone.
func (p *Phones) waitingRows(db *gorm.DB, pl place, after int64) *gorm.DB {
	return db.Model(&journalIntentRow{}).Where(journalWhere+" AND state = ? AND side = ? AND id > ?",
		keyOf(pl.ref).args(int(engine.Queued), int(pl.side), after)...)
}

// Outbox implements syncml.Syncs.
func (p *Phones) Outbox(ctx context.Context, phone syncml.Phone, db syncml.Database, after int64, limit int) ([]syncml.Outgoing, error) {
	pl, err := p.spot(ctx, phone, db)
	if err != nil {
		return nil, err
	}
	var out []syncml.Outgoing
	err = p.store.db.View(ctx, func(_ context.Context, g *gorm.DB) error {
		rows, err := scanWaiting(p.waitingRows(g, pl, after).Order("id").Limit(limit))
		if err != nil {
			return err
		}
		intents, err := intentsOf(g, keyOf(pl.ref), rows)
		for _, in := range intents {
			out = append(out, outgoing(in))
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read outbox of phone %s: %w", phone.Client, err)
	}
	return out, nil
}

// scanWaiting reads what Outbox gives of intents.
func scanWaiting(q *gorm.DB) (list []journalIntentRow, err error) {
	rows, err := q.Select("id, link_id, verb, item, of_base, type, body").Rows()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var r journalIntentRow
		if err := rows.Scan(&r.ID, &r.Link, &r.Verb, &r.Item, &r.OfBase, &r.Type, &r.Body); err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, rows.Err()
}

func outgoing(in engine.Intent) syncml.Outgoing {
	o := syncml.Outgoing{Op: in.ID, GUID: strconv.FormatInt(in.ID, 36), Verb: in.Op.Verb, Body: in.Op.Body}
	if in.Op.ID != "" {
		_, o.LUID = syncml.SplitID(in.Op.ID)
	}
	return o
}

// Count implements syncml.Syncs.
func (p *Phones) Count(ctx context.Context, phone syncml.Phone, db syncml.Database, after int64) (int, error) {
	pl, err := p.spot(ctx, phone, db)
	if err != nil {
		return 0, err
	}
	var n int64
	err = p.store.db.View(ctx, func(_ context.Context, g *gorm.DB) error {
		return p.waitingRows(g, pl, after).Count(&n).Error
	})
	return int(n), err
}

package bindings

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/syncml"
)

// Phones registers phones and runs their syncs: it is what the SyncML face needs from this floor.
type Phones struct {
	store  *Store
	syncs  *Syncs
	auto   bool
	flight flights
}

// Phones makes the face's view of a Store. Auto says whether a phone that logs in for the first time is
// bound to its owner's datastore client.
func (s *Store) Phones(syncs *Syncs, auto bool) *Phones {
	return &Phones{store: s, syncs: syncs, auto: auto}
}

// Register implements syncml.Phones.
func (p *Phones) Register(ctx context.Context, owner, deviceID string) (string, error) {
	c, err := p.store.ClientByDevice(ctx, owner, kindSyncML, deviceID)
	if err == nil {
		return c.ID, nil
	}
	if !errors.Is(err, ErrNoClient) {
		return "", err
	}
	var id string
	err = p.store.db.Update(ctx, func(ctx context.Context, tx *gorm.DB) error {
		c, err := p.claim(ctx, tx, owner, deviceID)
		if err != nil {
			return err
		}
		id = c.ID
		if !p.auto || c.Bound {
			return nil
		}
		return p.autoBind(ctx, tx, c)
	})
	if err != nil {
		return "", fmt.Errorf("register phone: %w", err)
	}
	return id, nil
}

// claim gives the device id to the owner's oldest phone that has none yet, or to a new one. It looks
// again for a phone of that id: another session may have registered it meanwhile.
func (p *Phones) claim(ctx context.Context, tx *gorm.DB, owner, deviceID string) (Client, error) {
	c, err := p.store.ClientByDevice(ctx, owner, kindSyncML, deviceID)
	if !errors.Is(err, ErrNoClient) {
		return c, err
	}
	if c, err := p.revive(tx, owner, deviceID); err == nil || !errors.Is(err, ErrNoClient) {
		return c, err
	}
	var row clientRow
	err = tx.Where("owner_id = ? AND kind = ? AND device_id = '' AND removed_at = 0", owner, kindSyncML).Order("created_at, id").Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return p.store.CreateClient(ctx, owner, NewClient{Kind: kindSyncML, DeviceID: deviceID})
	}
	if err != nil {
		return Client{}, err
	}
	row.DeviceID = deviceID
	err = tx.Model(&clientRow{}).Where("owner_id = ? AND id = ?", owner, row.ID).Update("device_id", deviceID).Error
	return row.client(), err
}

// autoBind binds a phone to its owner's datastore client, once. A phone that was bound by hand before
// it logged in stays as it is.
func (p *Phones) autoBind(ctx context.Context, tx *gorm.DB, c Client) error {
	err := tx.Model(&clientRow{}).Where("owner_id = ? AND id = ?", c.Owner, c.ID).Update("bound", true).Error
	if err != nil {
		return err
	}
	if have, err := p.store.BindingsOf(ctx, c.Owner, c.ID); err != nil || len(have) > 0 {
		return err
	}
	stores, err := p.store.wholes(ctx, c.Owner)
	if err != nil || len(stores) == 0 {
		return err
	}
	_, err = p.store.CreateBinding(ctx, c.Owner, NewBinding{Source: c.ID, Target: stores[0].ID})
	return err
}

// TakeOver implements syncml.Phones.
func (p *Phones) TakeOver(ctx context.Context, owner, client string) (syncml.Phone, error) {
	phone := syncml.Phone{Owner: owner, Client: client}
	err := p.store.db.Update(ctx, func(ctx context.Context, tx *gorm.DB) error {
		res := tx.Model(&clientRow{}).Where("owner_id = ? AND id = ?", owner, client).
			Update("fence", gorm.Expr("fence + 1"))
		if res.Error != nil {
			return res.Error
		}
		c, err := p.store.Client(ctx, owner, client)
		phone.Fence, phone.Zone = c.Fence, c.Zone
		if err != nil {
			return err
		}
		return p.abandonOld(ctx, tx, phone)
	})
	if err != nil {
		return phone, fmt.Errorf("take over phone %s: %w", client, err)
	}
	return phone, nil
}

// abandonOld finishes the runs that older sessions of a phone left open, and takes the lease from a
// step of theirs that is still going on, or that died.
func (p *Phones) abandonOld(ctx context.Context, tx *gorm.DB, phone syncml.Phone) error {
	bound, err := p.store.BindingsOf(ctx, phone.Owner, phone.Client)
	if err != nil || len(bound) == 0 {
		return err
	}
	ids := make([]int64, len(bound))
	for i, b := range bound {
		ids[i] = b.ID
	}
	err = tx.Model(&journalStateRow{}).Where("owner_id = ? AND binding_id IN ?", phone.Owner, ids).
		Updates(map[string]any{"fence": gorm.Expr("fence + 1"), "lease_until": 0, "lease_holder": ""}).Error
	if err != nil {
		return err
	}
	var rows []logRow
	err = tx.Where("owner_id = ? AND state = 'running' AND binding_id IN ?", phone.Owner, ids).Find(&rows).Error
	if err != nil {
		return err
	}
	for _, r := range rows {
		if err := p.syncs.engine.Finish(ctx, r.ref(), false); err != nil {
			return err
		}
	}
	return nil
}

// acting returns syncml.ErrTakenOver if a newer session of the phone runs.
func (p *Phones) acting(ctx context.Context, phone syncml.Phone) error {
	c, err := p.store.Client(ctx, phone.Owner, phone.Client)
	if errors.Is(err, ErrNoClient) {
		return fmt.Errorf("phone %s was removed: %w", phone.Client, syncml.ErrNotBound)
	}
	if err != nil {
		return err
	}
	if c.Fence != phone.Fence {
		return fmt.Errorf("phone %s: %w", phone.Client, syncml.ErrTakenOver)
	}
	return nil
}

// spot gives what place gives but for the binding's options, at a fraction of the cost: it is asked for each message
// more than once.
func (p *Phones) spot(ctx context.Context, phone syncml.Phone, db syncml.Database) (place, error) {
	var row struct {
		Fence, Binding int64
		Target         string
	}
	err := p.store.db.View(ctx, func(_ context.Context, g *gorm.DB) error {
		return g.Raw("SELECT c.fence, b.id, b.target_id FROM clients c JOIN bindings b ON b.owner_id = c.owner_id "+
			"AND c.id IN (b.source_id, b.target_id) WHERE c.owner_id = ? AND c.id = ? AND b.removed_at = 0 ORDER BY b.id LIMIT 1",
			phone.Owner, phone.Client).Row().Scan(&row.Fence, &row.Binding, &row.Target)
	})
	if err != nil || row.Fence != phone.Fence { // place says what is wrong
		return p.place(ctx, phone, db)
	}
	pl := place{ref: engine.Ref{Owner: phone.Owner, Binding: row.Binding, Class: db.Class}}
	if row.Target == phone.Client {
		pl.side = engine.Target
	}
	return pl, nil
}

// place is a phone's database as the engine knows it.
type place struct {
	binding Binding
	ref     engine.Ref
	side    engine.Side
}

// place finds the binding of a phone, after checking that its session still acts.
func (p *Phones) place(ctx context.Context, phone syncml.Phone, db syncml.Database) (place, error) {
	if err := p.acting(ctx, phone); err != nil {
		return place{}, err
	}
	list, err := p.store.BindingsOf(ctx, phone.Owner, phone.Client)
	if err != nil {
		return place{}, err
	}
	if len(list) == 0 {
		return place{}, fmt.Errorf("phone %s, %s: %w", phone.Client, db.Class, syncml.ErrNotBound)
	}
	pl := place{binding: list[0], ref: engine.Ref{Owner: phone.Owner, Binding: list[0].ID, Class: db.Class}}
	if list[0].Target == phone.Client {
		pl.side = engine.Target
	}
	return pl, nil
}

// state reads where a binding and dataclass stand; a zero row if they never met.
func (p *Phones) state(ctx context.Context, ref engine.Ref) (journalStateRow, error) {
	var row journalStateRow
	err := p.store.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		err := db.Where(journalWhere, keyOf(ref).args()...).Take(&row).Error
		if errors.Is(err, gorm.ErrRecordNotFound) {
			return nil
		}
		return err
	})
	return row, err
}

func (r journalStateRow) cursor(s engine.Side) sources.Cursor {
	if s == engine.Source {
		return sources.Cursor(r.SourceCursor)
	}
	return sources.Cursor(r.TargetCursor)
}

// Standing implements syncml.Syncs.
func (p *Phones) Standing(ctx context.Context, phone syncml.Phone, db syncml.Database) (syncml.Standing, error) {
	pl, err := p.place(ctx, phone, db)
	if err != nil {
		return syncml.Standing{}, err
	}
	st, err := p.state(ctx, pl.ref)
	if err != nil {
		return syncml.Standing{}, err
	}
	col := "source_owed"
	if pl.side == engine.Target {
		col = "target_owed"
	}
	var owed, unmapped int64
	err = p.store.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		q := db.Model(&journalLinkRow{}).Where(journalWhere+" AND "+isRestless, keyOf(pl.ref).args()...).Session(&gorm.Session{})
		if err := q.Where(col+" NOT IN ?", []engine.Reason{engine.None, engine.Aside, engine.Held, engine.OutOfRange}).Count(&owed).Error; err != nil {
			return err
		}
		return q.Where(col+" = ?", int(engine.Unmapped)).Count(&unmapped).Error
	})
	if err != nil {
		return syncml.Standing{}, fmt.Errorf("standing of phone %s: %w", phone.Client, err)
	}
	return syncml.Standing{
		NeedSlow: st.cursor(pl.side) == "" || unmapped > 0 && !st.MapsLate,
		Unnamed:  st.cursor(pl.side) != "" && unmapped > 0 && !st.MapsLate,
		Waiting:  int(owed),
	}, nil
}

// Put implements syncml.Syncs.
func (p *Phones) Put(ctx context.Context, phone syncml.Phone, db syncml.Database, slow bool, in []syncml.Incoming) error {
	if len(in) == 0 {
		return nil
	}
	return p.store.db.Update(ctx, func(ctx context.Context, tx *gorm.DB) error {
		if err := p.acting(ctx, phone); err != nil {
			return err
		}
		rows := make([]inboxRow, len(in))
		for i, c := range in {
			rows[i] = inboxRow{
				Owner: phone.Owner, Client: phone.Client, Class: string(db.Class),
				Item: string(syncml.ItemID(db.Name, c.LUID)), Verb: int(c.Verb), Slow: slow,
				Type: c.Body.Type, Body: c.Body.Data, At: micros(p.store.now()),
			}
		}
		return p.store.putInbox(tx, rows)
	})
}

// ref is what a run synchronises.
func (r *logRow) ref() engine.Ref {
	return engine.Ref{Owner: r.Ref.Owner, Binding: r.Ref.Binding, Class: classOf(r.Ref.Class)}
}

package bindings

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
)

// An Outcome is what became of a version that was to be restored.
type Outcome int

// The outcomes.
const (
	// RestoredAdded: the item was gone and is there again.
	RestoredAdded Outcome = iota + 1
	// RestoredReplaced: the item is what it was; what it had become is in the history now.
	RestoredReplaced
	// RestoredAlready: the item is there as it was.
	RestoredAlready
	// RestoreFailed: Restored.Err says why.
	RestoreFailed
)

// String gives the outcome in words.
func (o Outcome) String() string {
	names := [...]string{"unknown", "added again", "replaced", "there already", "failed"}
	if o < 0 || int(o) >= len(names) {
		o = 0
	}
	return names[o]
}

// A Restored says what became of one history entry.
type Restored struct {
	// Entry has no body.
	Entry   HistoryEntry
	Outcome Outcome
	// Side was written, if any.
	Side engine.Side
	Err  error
}

// Restore brings back the versions that history entries of the owner name. It is a user's edit on one side
// of the binding: the side that held the version, or the other one where that is a phone. The next sync of
// the binding carries it on; Restore itself starts none.
//
// An item that is there is replaced, on condition that it does not change meanwhile, and what it was goes
// to the history first, so that a restore can be undone; one that is gone is added again, with its UID.
// Doing it again, also after a crash, leads to the same state. One version that cannot be restored does not
// stop the others. Several versions of one item are written over each other in the order of entries, so that
// the last one stands; they never become several items.
//
// It returns an ErrNotFound if there is no such entry, an ErrInvalid if no side of the binding can be
// written now, and what a source returns if it cannot be opened, with what was done until then.
func (y *Syncs) Restore(ctx context.Context, owner string, entries ...int64) ([]Restored, error) {
	heads, err := y.store.historyHeads(ctx, owner, entries)
	if err != nil {
		return nil, err
	}
	type place struct {
		binding int64
		class   string
		side    int
	}
	groups := make(map[place][]historyRow)
	var order []place
	sides := make(map[lineage]int) // versions of one item are written to one side, whoever held them
	for _, h := range heads {
		k := place{h.Ref.Binding, h.Ref.Class, h.Side}
		if side, ok := sides[lineageOf(h)]; ok {
			k.side = side
		}
		sides[lineageOf(h)] = k.side
		if groups[k] == nil {
			order = append(order, k)
		}
		groups[k] = append(groups[k], h)
	}
	var out []Restored
	for _, k := range order {
		some, err := y.restoreOn(ctx, owner, groups[k], engine.Side(k.side))
		out = append(out, some...)
		if err != nil {
			return out, err
		}
	}
	return out, nil
}

// RestoreSync restores every item that a sync overwrote or deleted, as it was before: where the sync
// carried a user's change, what both sides had agreed on. What the sync added stays. More counts versions
// of the same items that were passed over, as where both sides were overwritten; they stay in the history.
// It returns an ErrNotFound if the history has nothing of that sync, else what Restore does.
func (y *Syncs) RestoreSync(ctx context.Context, owner string, sync int64) (list []Restored, more int, err error) {
	ids, more, err := y.store.historyOfSync(ctx, owner, sync)
	if err != nil {
		return nil, 0, err
	}
	if len(ids) == 0 {
		return nil, 0, fault(ErrNotFound, "the history has nothing that sync %d overwrote or deleted", sync)
	}
	list, err = y.Restore(ctx, owner, ids...)
	return list, more, err
}

// historyHeads reads entries without their bodies, in the order of ids.
func (s *Store) historyHeads(ctx context.Context, owner string, ids []int64) ([]historyRow, error) {
	ids = unique(ids)
	found := make(map[int64]historyRow, len(ids))
	err := s.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		for _, chunk := range chunks(ids) {
			var rows []historyRow
			if err := db.Omit("body").Where("owner_id = ? AND id IN ?", owner, chunk).Find(&rows).Error; err != nil {
				return err
			}
			for _, r := range rows {
				found[r.ID] = r
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read history: %w", err)
	}
	out := make([]historyRow, 0, len(ids))
	for _, id := range ids {
		r, ok := found[id]
		if !ok {
			return nil, fault(ErrNotFound, "there is no history entry %d", id)
		}
		out = append(out, r)
	}
	return out, nil
}

// everBinding gives a binding also if it was removed.
func (s *Store) everBinding(ctx context.Context, owner string, id int64) (Binding, error) {
	var rows []bindingView
	err := s.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return db.Table("bindings AS b").Select("b.*, cs.kind AS source_kind, ct.kind AS target_kind").
			Joins("JOIN clients AS cs ON cs.owner_id = b.owner_id AND cs.id = b.source_id").
			Joins("JOIN clients AS ct ON ct.owner_id = b.owner_id AND ct.id = b.target_id").
			Where("b.owner_id = ? AND b.id = ?", owner, id).Scan(&rows).Error
	})
	if err != nil {
		return Binding{}, fmt.Errorf("read binding %d: %w", id, err)
	}
	if len(rows) == 0 {
		return Binding{}, fault(ErrNotFound, "there is no binding %d", id)
	}
	return rows[0].binding(), nil
}

// restoreOrigin is where the writes of a restore come from: no binding takes them for its own.
const restoreOrigin = "restore"

// restoreBatch is how many versions are in memory at a time.
const restoreBatch = 200

// restoreOn restores versions that one side of one binding held.
func (y *Syncs) restoreOn(ctx context.Context, owner string, heads []historyRow, held engine.Side) (out []Restored, err error) {
	b, err := y.store.everBinding(ctx, owner, heads[0].Ref.Binding)
	if err != nil {
		return nil, err
	}
	r := &restorer{store: y.store, b: b, ref: engine.Ref{Owner: owner, Binding: b.ID, Class: dataclass.Class(heads[0].Ref.Class)}}
	if err := r.open(ctx, y.kinds, held); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.session.Close()) }()
	if err := r.list(ctx); err != nil {
		return nil, err
	}
	for some := range slices.Chunk(heads, restoreBatch) {
		done, err := r.some(ctx, some)
		out = append(out, done...)
		if err != nil {
			return out, err
		}
	}
	return out, nil
}

// open begins a session on the side that held the versions, or else on the other one.
func (r *restorer) open(ctx context.Context, kinds *sources.Registry, held engine.Side) error {
	ids := [2]string{r.b.Source, r.b.Target}
	for _, s := range []engine.Side{held, held.Other()} {
		src, caps, err := kinds.Open(ctx, sources.Client{Owner: r.ref.Owner, ID: ids[s], Kind: r.b.Kinds[s], Origin: restoreOrigin})
		if err != nil {
			return err
		}
		r.keeps[s] = caps.Keeps
		if caps.Deferred || !caps.ServerInitiated || r.session != nil {
			continue
		}
		r.side = s
		if r.session, err = src.Begin(ctx, r.ref.Class, ""); err != nil {
			return fmt.Errorf("restore on %s of binding %d: %w", s, r.b.ID, err)
		}
		if s == held {
			break
		}
	}
	if r.session == nil {
		return fault(ErrInvalid, "no side of binding %d can be written now", r.b.ID)
	}
	return nil
}

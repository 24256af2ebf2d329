package bindings

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
)

// Journal gives the engine's memory. All of it lies in the Store's database, so that a transaction of
// the Store and one of the Journal can be the same.
func (s *Store) Journal() engine.Journal { return &journal{s} }

type journal struct{ store *Store }

// rowsPerStatement keeps a statement under SQLite's 32,766 variables and lists of ids short.
const rowsPerStatement = 500

// Lease implements engine.Leases.
func (j *journal) Lease(ctx context.Context, ref engine.Ref, holder string, take bool) (engine.Lease, error) {
	k := keyOf(ref)
	l := engine.Lease{Ref: ref}
	err := j.store.db.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
		if err := meet(tx, k); err != nil {
			return err
		}
		now := j.store.now()
		q := tx.Model(&journalStateRow{}).Where(journalWhere, k.args()...)
		if !take {
			q = q.Where("(lease_until <= ? OR lease_holder = ? AND lease_holder <> '')", micros(now), holder)
		}
		res := q.Updates(map[string]any{
			"fence": gorm.Expr("fence + 1"), "lease_until": micros(now.Add(engine.LeaseTime)), "lease_holder": holder,
		})
		if res.Error != nil {
			return res.Error
		}
		if res.RowsAffected == 0 {
			return fmt.Errorf("binding %d, %s: %w", ref.Binding, ref.Class, engine.ErrBusy)
		}
		var row journalStateRow
		err := tx.Where(journalWhere, k.args()...).Take(&row).Error
		l.Fence = row.Fence
		return err
	})
	return l, err
}

// meet makes the state row of a binding and a dataclass, if there is none yet. It returns an ErrNotFound where the
// account is gone: nothing is to be written for it any more.
func meet(tx *gorm.DB, k journalKey) error {
	var n int64
	if err := tx.Model(&accountRow{}).Where("owner_id = ?", k.Owner).Count(&n).Error; err != nil {
		return err
	}
	if n == 0 {
		return fault(ErrNotFound, "there is no such account")
	}
	return tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&journalStateRow{Ref: k}).Error
}

// Release implements engine.Leases.
func (j *journal) Release(ctx context.Context, l engine.Lease) error {
	return j.store.db.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
		return fenced(tx, l, map[string]any{"lease_until": 0})
	})
}

// fenced changes the state row of a lease that was not taken over.
func fenced(tx *gorm.DB, l engine.Lease, set map[string]any) error {
	res := tx.Model(&journalStateRow{}).
		Where(journalWhere+" AND fence = ?", keyOf(l.Ref).args(l.Fence)...).Updates(set)
	if res.Error != nil {
		return res.Error
	}
	if res.RowsAffected == 0 {
		return fmt.Errorf("binding %d, %s: %w", l.Ref.Binding, l.Ref.Class, engine.ErrFenced)
	}
	return nil
}

// write runs fn in a transaction that prolongs the lease, or fails if it was taken over.
func (j *journal) write(ctx context.Context, l engine.Lease, fn func(tx *gorm.DB, k journalKey) error) error {
	return j.store.db.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
		until := micros(j.store.now().Add(engine.LeaseTime))
		if err := fenced(tx, l, map[string]any{"lease_until": until}); err != nil {
			return err
		}
		return fn(tx, keyOf(l.Ref))
	})
}

// Load implements engine.Recall.
func (j *journal) Load(ctx context.Context, l engine.Lease) (engine.Memory, error) {
	var m engine.Memory
	if err := j.spread(ctx, l); err != nil {
		return m, err
	}
	err := j.store.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return errors.Join(loadLinks(db, keyOf(l.Ref), &m), loadRest(db, keyOf(l.Ref), &m))
	})
	if err != nil {
		return m, fmt.Errorf("load binding %d, %s: %w", l.Ref.Binding, l.Ref.Class, err)
	}
	return m, nil
}

// loadRest loads all but the links.
func loadRest(db *gorm.DB, k journalKey, m *engine.Memory) error {
	var st journalStateRow
	err := db.Where(journalWhere, k.args()...).Take(&st).Error
	if err != nil && !errors.Is(err, gorm.ErrRecordNotFound) { // they never met
		return err
	}
	m.Cursors = [2]sources.Cursor{sources.Cursor(st.SourceCursor), sources.Cursor(st.TargetCursor)}
	for s, text := range []string{st.SourceRange, st.TargetRange} {
		if m.Ranges[s], err = dataclass.ParseRange(text); err != nil {
			return err
		}
	}
	if err := loadIntents(db, k, m); err != nil {
		return err
	}
	if err := loadDoubts(db, k, m); err != nil {
		return err
	}
	if err := loadKnown(db, k, m); err != nil {
		return err
	}
	if m.Plans, err = plansOf(db, k); err != nil {
		return err
	}
	return loadQuarantine(db, k, m)
}

// Pending implements engine.Recall.
func (j *journal) Pending(ctx context.Context, l engine.Lease) (*engine.Run, []engine.Intent, error) {
	if err := j.spread(ctx, l); err != nil {
		return nil, nil, err
	}
	var run *engine.Run
	var m engine.Memory
	err := j.store.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		k := keyOf(l.Ref)
		row, err := runningRow(db, k)
		if err == nil {
			open := row.run()
			run = &open
		} else if !errors.Is(err, gorm.ErrRecordNotFound) {
			return err
		}
		return loadIntents(db, k, &m)
	})
	if err != nil {
		return nil, nil, fmt.Errorf("read what is open of binding %d, %s: %w", l.Ref.Binding, l.Ref.Class, err)
	}
	return run, m.Intents, nil
}

// openColumns are those of an open intent. Only what a broken run was about to write, a batch at most, is
// asked for its body; a phone may have any number of ops open.
const openColumns = "id, link_id, run_id, side, state, op_key, verb, item, if_rev, print, mapped, made_at, " +
	"of_base AND state = 0 AS of_base, type, CASE WHEN state = 0 THEN body END AS body"

func loadIntents(db *gorm.DB, k journalKey, m *engine.Memory) error {
	var rows []journalIntentRow
	err := db.Select(openColumns).Where(journalWhere+" AND state < ?", k.args(int(engine.Mapped))...).Order("id").Find(&rows).Error
	if err != nil {
		return err
	}
	m.Intents, err = intentsOf(db, k, rows)
	return err
}

// intentsOf completes rows with the bodies that lie with their links.
func intentsOf(db *gorm.DB, k journalKey, rows []journalIntentRow) ([]engine.Intent, error) {
	var ids []int64
	for _, r := range rows {
		if r.OfBase {
			ids = append(ids, r.Link)
		}
	}
	bases := make(map[int64]dataclass.Body, len(ids))
	for _, chunk := range chunks(ids) {
		var links []journalLinkRow
		err := db.Select("id, base_type, base_body").Where(journalWhere+" AND id IN ?", k.args(chunk)...).Find(&links).Error
		if err != nil {
			return nil, err
		}
		for _, l := range links {
			bases[l.ID] = dataclass.Body{Type: l.BaseType, Data: l.BaseBody}
		}
	}
	out := make([]engine.Intent, len(rows))
	for i := range rows {
		out[i] = rows[i].intent(bases[rows[i].Link])
	}
	return out, nil
}

func loadQuarantine(db *gorm.DB, k journalKey, m *engine.Memory) error {
	var rows []quarantineRow
	if err := db.Select("side, item, again").Where(journalWhere, k.args()...).Find(&rows).Error; err != nil {
		return err
	}
	for s := range m.Quarantine {
		m.Quarantine[s] = make(map[sources.ID]bool)
	}
	for _, r := range rows {
		if r.Side == 0 || r.Side == 1 {
			m.Quarantine[r.Side][sources.ID(r.Item)] = true
			if r.Again {
				m.Again[r.Side] = append(m.Again[r.Side], sources.ID(r.Item))
			}
		}
	}
	return nil
}

// Links implements engine.Recall.
func (j *journal) Links(ctx context.Context, l engine.Lease, ids []engine.LinkID) ([]engine.LinkWrite, error) {
	if err := j.spread(ctx, l); err != nil {
		return nil, err
	}
	k := keyOf(l.Ref)
	var out []engine.LinkWrite
	err := j.store.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		for _, chunk := range chunks(unique(ids)) {
			var rows []journalLinkRow
			if err := db.Where(journalWhere+" AND id IN ?", k.args(chunk)...).Order("id").Find(&rows).Error; err != nil {
				return err
			}
			from := len(out)
			for i := range rows {
				out = append(out, rows[i].write())
			}
			if err := loadFailures(db, k, out[from:]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read links of binding %d: %w", l.Ref.Binding, err)
	}
	return out, nil
}

// Intents implements engine.Recall.
func (j *journal) Intents(ctx context.Context, l engine.Lease, ids []int64) ([]engine.Intent, error) {
	if err := j.spread(ctx, l); err != nil {
		return nil, err
	}
	k := keyOf(l.Ref)
	var out []engine.Intent
	err := j.store.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		for _, chunk := range chunks(unique(ids)) {
			var rows []journalIntentRow
			if err := db.Where(journalWhere+" AND id IN ?", k.args(chunk)...).Order("id").Find(&rows).Error; err != nil {
				return err
			}
			some, err := intentsOf(db, k, rows)
			if err != nil {
				return err
			}
			out = append(out, some...)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read intents of binding %d: %w", l.Ref.Binding, err)
	}
	return out, nil
}

// Open implements engine.Record.
func (j *journal) Open(ctx context.Context, l engine.Lease, session string, mode int) (engine.Run, error) {
	var run engine.Run
	err := j.write(ctx, l, func(tx *gorm.DB, k journalKey) error {
		if err := stillBound(tx, k); err != nil {
			return err
		}
		if err := tryPassed(tx, k, j.store.now()); err != nil {
			return err
		}
		row, err := runningRow(tx, k)
		if errors.Is(err, gorm.ErrRecordNotFound) {
			row = logRow{Ref: k, Session: session, Mode: mode, State: engine.StateRunning, Started: micros(j.store.now())}
			if err = kindsOf(tx, &row); err == nil {
				err = tx.Create(&row).Error
			}
		}
		if run = row.run(); err == nil {
			run.Before, err = runsBefore(tx, k, run.ID)
		}
		return err
	})
	if err != nil {
		return run, fmt.Errorf("open run of binding %d: %w", l.Ref.Binding, err)
	}
	return run, nil
}

// chunks cuts a list into pieces that fit into one statement.
func chunks[T any](list []T) [][]T {
	var out [][]T
	for len(list) > rowsPerStatement {
		out = append(out, list[:rowsPerStatement])
		list = list[rowsPerStatement:]
	}
	if len(list) > 0 {
		out = append(out, list)
	}
	return out
}

func unique[T comparable](list []T) []T {
	seen := make(map[T]bool, len(list))
	out := make([]T, 0, len(list))
	for _, v := range list {
		if !seen[v] {
			seen[v] = true
			out = append(out, v)
		}
	}
	return out
}

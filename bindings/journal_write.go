package bindings

import (
	"context"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/sqlstore"
)

// Intend implements engine.Record.
func (j *journal) Intend(ctx context.Context, l engine.Lease, b engine.Batch) ([]engine.LinkID, []int64, error) {
	var links []engine.LinkID
	var intents []int64
	var packed *pack
	err := j.write(ctx, l, func(tx *gorm.DB, k journalKey) error {
		if err := stillBound(tx, k); err != nil {
			return err
		}
		run, err := runningRow(tx, k)
		if err != nil {
			return err
		}
		now := micros(j.store.now())
		if links, intents, packed, err = addAll(tx, k, b, run.ID, now); err != nil {
			return err
		}
		if err := dropLinks(tx, k, b.Drop); err != nil {
			return err
		}
		if err := forgetIntents(tx, k, b.Forget); err != nil {
			return err
		}
		if err := putDoubts(tx, k, b, links, now); err != nil {
			return err
		}
		if err := requeue(tx, k, b.Requeue, run.ID); err != nil {
			return err
		}
		if err := addHistory(tx, k, b.History, links, run.ID, now); err != nil {
			return err
		}
		if err := quarantine(tx, k, b, run.ID, now); err != nil {
			return err
		}
		if err := countFailures(tx, k, b.Failures, now); err != nil {
			return err
		}
		return addTally(tx, k.Owner, run.ID, b.Tally)
	})
	if err != nil {
		return nil, nil, fmt.Errorf("record intents of binding %d: %w", l.Ref.Binding, err)
	}
	if packed != nil {
		j.store.packs.keep(keyOf(l.Ref), packed)
	}
	return links, intents, nil
}

// putLinks stores links whole and gives their ids in their order.
func putLinks(tx *gorm.DB, k journalKey, list []engine.LinkWrite) ([]engine.LinkID, error) {
	ids := make([]engine.LinkID, len(list))
	var old []journalLinkRow
	var fresh []int
	for i := range list {
		if ids[i] = list[i].ID; ids[i] == 0 {
			fresh = append(fresh, i)
		} else {
			old = append(old, linkRow(k, &list[i]))
		}
	}
	err := sqlstore.UpsertRows(tx, "journal_links", linkColumns, len(old), func(args []any, i int) []any { return old[i].values(args) })
	if err != nil {
		return nil, err
	}
	if len(fresh) == 0 {
		return ids, nil
	}
	first, err := takeIDs(tx, "journal_links", len(fresh))
	if err != nil {
		return nil, err
	}
	return ids, sqlstore.InsertRows(tx, "journal_links", linkColumns, len(fresh), func(args []any, n int) []any {
		i := fresh[n]
		row := linkRow(k, &list[i])
		row.ID = first + int64(n)
		ids[i] = engine.LinkID(row.ID)
		return row.values(args)
	})
}

func addIntents(tx *gorm.DB, k journalKey, b engine.Batch, links []engine.LinkID, run, now int64) ([]int64, error) {
	if len(b.Intents) == 0 {
		return nil, nil
	}
	first, err := takeIDs(tx, "journal_intents", len(b.Intents))
	if err != nil {
		return nil, err
	}
	ids := make([]int64, len(b.Intents))
	return ids, sqlstore.InsertRows(tx, "journal_intents", intentColumns, len(ids), func(args []any, i int) []any {
		in := b.Intents[i]
		at := int(in.Link)
		in.Link, in.ID = links[at], first+int64(i)
		ids[i] = in.ID
		row := intentRow(k, &in, b.Links[at].Bodies.Base, run, now)
		return row.values(args)
	})
}

func dropLinks(tx *gorm.DB, k journalKey, ids []engine.LinkID) error {
	if err := dropDoubts(tx, k, ids); err != nil {
		return err
	}
	for _, chunk := range chunks(ids) {
		if err := tx.Where(journalWhere+" AND id IN ?", k.args(chunk)...).Delete(&journalLinkRow{}).Error; err != nil {
			return err
		}
		err := tx.Where(journalWhere+" AND verb = ? AND link_id IN ?", k.args(int(sources.Replace), chunk)...).
			Delete(&journalIntentRow{}).Error
		if err != nil {
			return err
		}
		if err := tx.Where(journalWhere+" AND link_id IN ?", k.args(chunk)...).Delete(&failureRow{}).Error; err != nil {
			return err
		}
	}
	return nil
}

func forgetIntents(tx *gorm.DB, k journalKey, ids []int64) error {
	if n := len(ids); n > 0 && contiguous(ids) {
		// The key is compared as an expression, so that the rows are found by their ids.
		return tx.Where("owner_id || '' = ? AND +binding_id = ? AND class || '' = ? AND id BETWEEN ? AND ?",
			k.args(ids[0], ids[n-1])...).Delete(&journalIntentRow{}).Error
	}
	for _, chunk := range chunks(ids) {
		if err := tx.Where(journalWhere+" AND id IN ?", k.args(chunk)...).Delete(&journalIntentRow{}).Error; err != nil {
			return err
		}
	}
	return nil
}

// requeue puts open Adds into the outbox again, with what their links hold now and under their old id.
func requeue(tx *gorm.DB, k journalKey, ids []int64, run int64) error {
	for _, chunk := range chunks(ids) {
		set := map[string]any{
			"state": int(engine.Queued), "run_id": run,
			"print": gorm.Expr("(SELECT base_print FROM journal_links l WHERE l.id = link_id)"),
			"type":  gorm.Expr("(SELECT base_type FROM journal_links l WHERE l.id = link_id)"),
			"body":  gorm.Expr("(SELECT base_body FROM journal_links l WHERE l.id = link_id)"),
		}
		err := tx.Model(&journalIntentRow{}).Where(journalWhere+" AND id IN ?", k.args(chunk)...).Updates(set).Error
		if err != nil {
			return err
		}
	}
	return nil
}

func quarantine(tx *gorm.DB, k journalKey, b engine.Batch, run, now int64) error {
	rows := make([]quarantineRow, 0, len(b.Quarantine))
	for _, q := range b.Quarantine {
		rows = append(rows, quarantineRow{
			Ref: k, Side: int(q.Side), Item: string(q.Item), Rev: string(q.Rev),
			Type: q.Body.Type, Body: q.Body.Data, Why: q.Why, Run: run, At: now,
		})
	}
	if len(rows) > 0 {
		if err := tx.Clauses(quarantineAgain).CreateInBatches(&rows, rowsPerStatement).Error; err != nil {
			return err
		}
	}
	for side, ids := range b.Release {
		for _, chunk := range chunks(ids) {
			err := tx.Where(journalWhere+" AND side = ? AND item IN ?", k.args(side, chunk)...).Delete(&quarantineRow{}).Error
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// Settle implements engine.Record.
func (j *journal) Settle(ctx context.Context, l engine.Lease, st engine.Settlement) error {
	last := j.store.packs.take(keyOf(l.Ref))
	err := j.write(ctx, l, func(tx *gorm.DB, k journalKey) error {
		st, err := unpack(tx, k, last, st)
		if err != nil {
			return err
		}
		if _, err := putLinks(tx, k, st.Links); err != nil {
			return err
		}
		if err := hold(tx, k, st.Held); err != nil {
			return err
		}
		if err := dropLinks(tx, k, st.Drop); err != nil {
			return err
		}
		if err := forgetIntents(tx, k, st.Forget); err != nil {
			return err
		}
		if err := advanceIntents(tx, k, st.Intents); err != nil {
			return err
		}
		if err := answered(tx, k, st.Answered); err != nil {
			return err
		}
		if err := owe(tx, k, st.Reasons); err != nil {
			return err
		}
		if err := countFailures(tx, k, st.Failures, micros(j.store.now())); err != nil {
			return err
		}
		return tallyLatest(tx, k, st.Tally)
	})
	if err != nil {
		return fmt.Errorf("settle binding %d: %w", l.Ref.Binding, err)
	}
	return nil
}

// answered forgets the Replaces of items whose side acknowledged one: it holds the newest.
func answered(tx *gorm.DB, k journalKey, list []engine.Place) error {
	var bySide [2][]int64
	for _, p := range list {
		bySide[p.Side] = append(bySide[p.Side], int64(p.Link))
	}
	for s, ids := range bySide {
		for _, chunk := range chunks(ids) {
			err := tx.Where(journalWhere+" AND side = ? AND verb = ? AND link_id IN ?",
				k.args(s, int(sources.Replace), chunk)...).Delete(&journalIntentRow{}).Error
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// hold notes sides that hold their link's base now.
func hold(tx *gorm.DB, k journalKey, list []engine.Holding) error {
	var bySide [2][]engine.Holding
	for _, h := range list {
		bySide[h.Side] = append(bySide[h.Side], h)
	}
	for s, col := range []string{"source_", "target_"} {
		held := bySide[s]
		// The owner is compared as an expression, so that each row is found by its id and not by a walk
		// through all links of the binding.
		err := sqlstore.InChunks(tx, len(held), nil,
			func(args []any, i int) []any {
				return append(args, int64(held[i].Link), string(held[i].Item), string(held[i].Rev), k.Owner)
			},
			func(rows int) string {
				return "WITH v (id, item, rev, owner) AS (VALUES " + strings.Repeat(",(?,?,?,?)", rows)[1:] +
					") UPDATE OR FAIL journal_links SET " + col + "item = v.item, " + col + "rev = v.rev, " + col + "owed = 0, " +
					col + "print = base_print, " + col + "held = 1, " + col + "type = '', " + col + "body = NULL " +
					"FROM v WHERE journal_links.id = v.id AND owner_id || '' = v.owner"
			})
		if err != nil {
			return err
		}
	}
	return nil
}

// owe changes reasons of sides that are still owed something. The last reason of a side counts.
func owe(tx *gorm.DB, k journalKey, list []engine.Owing) error {
	type place struct {
		link engine.LinkID
		side engine.Side
	}
	type group struct {
		side   engine.Side
		reason engine.Reason
	}
	last := make(map[place]engine.Reason, len(list))
	for _, o := range list {
		last[place{o.Link, o.Side}] = o.Reason
	}
	groups := make(map[group][]engine.LinkID)
	for p, reason := range last {
		g := group{p.side, reason}
		groups[g] = append(groups[g], p.link)
	}
	for g, ids := range groups {
		col := "source_owed"
		if g.side == engine.Target {
			col = "target_owed"
		}
		for _, chunk := range chunks(ids) {
			err := tx.Model(&journalLinkRow{}).Where(journalWhere+" AND id IN ? AND "+col+" <> 0", k.args(chunk)...).
				Update(col, int(g.reason)).Error
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// mappedKept is how long a settled Add is remembered, so that a second Map of it is recognised.
const mappedKept = 90 * 24 * time.Hour

// Close implements engine.Record.
func (j *journal) Close(ctx context.Context, l engine.Lease, c engine.Closing) error {
	var closed logRow
	err := j.write(ctx, l, func(tx *gorm.DB, k journalKey) error {
		if err := moveCursors(tx, k, c); err != nil {
			return err
		}
		if err := forgetIntents(tx, k, c.Forget); err != nil {
			return err
		}
		if err := owe(tx, k, c.Reasons); err != nil {
			return err
		}
		if err := j.putKnown(tx, k, c.Known); err != nil {
			return err
		}
		if err := settlePlans(tx, k.Owner, c.Settled); err != nil {
			return err
		}
		run, err := runningRow(tx, k)
		if err != nil {
			return err
		}
		closed = run
		if err := addTally(tx, k.Owner, run.ID, c.Tally); err != nil {
			return err
		}
		return j.closeRun(tx, k, run.ID, c)
	})
	if err != nil {
		return fmt.Errorf("close run of binding %d: %w", l.Ref.Binding, err)
	}
	j.store.ended(ctx, closed, c)
	return nil
}

func (j *journal) closeRun(tx *gorm.DB, k journalKey, run int64, c engine.Closing) error {
	set := map[string]any{"planned": true}
	if c.Finished {
		set = map[string]any{"state": c.State, "why": c.Why, "finished_at": micros(j.store.now())}
		old := micros(j.store.now().Add(-mappedKept))
		err := tx.Where(journalWhere+" AND state = ? AND made_at < ?", k.args(int(engine.Mapped), old)...).
			Delete(&journalIntentRow{}).Error
		if err != nil {
			return err
		}
	}
	if c.Mode != 0 {
		set["mode"] = c.Mode
	}
	if c.Plan != "" {
		set["plan"] = c.Plan
	}
	if err := tx.Model(&logRow{}).Where("owner_id = ? AND id = ?", k.Owner, run).Updates(set).Error; err != nil {
		return err
	}
	if c.Finished && c.State == engine.StateDone {
		return recovered(tx, k, run)
	}
	return nil
}

func moveCursors(tx *gorm.DB, k journalKey, c engine.Closing) error {
	set := map[string]any{}
	for i, side := range []string{"source_", "target_"} {
		if c.Cursors[i] != nil {
			set[side+"cursor"], set[side+"range"] = string(*c.Cursors[i]), c.Ranges[i].String()
		}
	}
	if len(set) == 0 {
		return nil
	}
	return tx.Model(&journalStateRow{}).Where(journalWhere, k.args()...).Updates(set).Error
}

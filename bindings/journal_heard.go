package bindings

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/sqlstore"
)

// Heard implements engine.Recall. Phones answer for each op two or three times, so the rows are scanned without the
// mapper.
func (j *journal) Heard(ctx context.Context, l engine.Lease, ids []int64, links bool) ([]engine.Intent, []engine.LinkWrite, error) {
	if err := j.spread(ctx, l); err != nil {
		return nil, nil, err
	}
	k := keyOf(l.Ref)
	var intents []engine.Intent
	var with []engine.LinkWrite
	err := j.store.db.View(ctx, func(_ context.Context, db *gorm.DB) (err error) {
		if intents, err = heardIntents(db, k, unique(ids)); err != nil || !links {
			return err
		}
		with, err = heardLinks(db, k, intents)
		return err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("read what binding %d is told of: %w", l.Ref.Binding, err)
	}
	return intents, with, nil
}

// whereIDs selects rows of a Ref by their ids. The text is the same for all ids that follow each other, so that the
// statement is prepared once; the key is compared as an expression there, so that the rows are found by their ids.
func whereIDs[T ~int64](k journalKey, ids []T) (string, []any) {
	if contiguous(ids) {
		return "owner_id || '' = ? AND +binding_id = ? AND class || '' = ? AND id BETWEEN ? AND ?", k.args(ids[0], ids[len(ids)-1])
	}
	return journalWhere + " AND id IN ?", k.args(ids)
}

func heardIntents(db *gorm.DB, k journalKey, ids []int64) (out []engine.Intent, err error) {
	slices.Sort(ids)
	for _, chunk := range chunks(ids) {
		where, args := whereIDs(k, chunk)
		rows, err := db.Raw("SELECT id, link_id, run_id, side, state, op_key, verb, item, if_rev, print, mapped "+
			"FROM journal_intents WHERE "+where+" ORDER BY id", args...).Rows()
		if err != nil {
			return nil, err
		}
		if out, err = scanIntents(rows, out); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// scanIntents adds the intents that rows give, and closes them.
func scanIntents(rows *sql.Rows, list []engine.Intent) (_ []engine.Intent, err error) {
	defer func() { err = errors.Join(err, rows.Close()) }()
	var print sql.RawBytes
	for rows.Next() {
		var r journalIntentRow
		if err := rows.Scan(&r.ID, &r.Link, &r.Run, &r.Side, &r.State, &r.Key, &r.Verb, &r.Item, &r.IfRev, &print, &r.Mapped); err != nil {
			return list, err
		}
		r.Print = print
		list = append(list, r.intent(sources.Op{}.Body))
	}
	return list, rows.Err()
}

func heardLinks(db *gorm.DB, k journalKey, intents []engine.Intent) ([]engine.LinkWrite, error) {
	ids := make([]engine.LinkID, len(intents))
	for i := range intents {
		ids[i] = intents[i].Link
	}
	var out []engine.LinkWrite
	ids = unique(ids)
	slices.Sort(ids)
	for _, chunk := range chunks(ids) {
		where, args := whereIDs(k, chunk)
		rows, err := db.Raw("SELECT "+linkDigestColumns+" FROM journal_links WHERE "+where+" ORDER BY id", args...).Rows()
		if err != nil {
			return nil, err
		}
		links, err := scanLinks(rows, nil)
		if err != nil {
			return nil, err
		}
		from := len(out)
		for _, l := range links {
			out = append(out, engine.LinkWrite{Link: l})
		}
		if err := loadFailures(db, k, out[from:]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// advanceIntents stores new states. A Mapped intent needs its body no longer.
func advanceIntents(tx *gorm.DB, k journalKey, list []engine.Intent) error {
	byState := make(map[engine.OpState][]int64)
	var mapped []engine.Intent
	for _, in := range list {
		if in.State == engine.Mapped {
			mapped = append(mapped, in)
		} else {
			byState[in.State] = append(byState[in.State], in.ID)
		}
	}
	for state, ids := range byState {
		if err := advanceTo(tx, k, state, ids); err != nil {
			return err
		}
	}
	// The owner is compared as an expression, so that each row is found by its id.
	return sqlstore.InChunks(tx, len(mapped), []any{k.Owner, k.Binding, k.Class, int(engine.Mapped)},
		func(args []any, i int) []any { return append(args, mapped[i].ID, string(mapped[i].Item)) },
		func(rows int) string {
			return "WITH k (owner, binding, class, state) AS (VALUES (?,?,?,?)), v (id, item) AS (VALUES " +
				strings.Repeat(",(?,?)", rows)[1:] + ") UPDATE OR FAIL journal_intents SET state = k.state, mapped = v.item, " +
				"body = NULL, of_base = 0 FROM v, k WHERE journal_intents.id = v.id AND owner_id || '' = k.owner " +
				"AND +binding_id = k.binding AND journal_intents.class || '' = k.class"
		})
}

// advanceTo stores one new state of intents.
func advanceTo(tx *gorm.DB, k journalKey, state engine.OpState, ids []int64) error {
	slices.Sort(ids)
	for _, chunk := range chunks(ids) {
		where, args := whereIDs(k, chunk)
		err := tx.Exec("UPDATE OR FAIL journal_intents SET state = ? WHERE "+where, append([]any{int(state)}, args...)...).Error
		if err != nil {
			return err
		}
	}
	return nil
}

package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/bindery-sync/bindery/sources"
)

// apply writes the sides that answer now, and settles what they answered.
func (r *run) apply(ctx context.Context, b *loom) error {
	for i := range b.Links {
		b.byLink[b.Links[i].ID] = &b.Links[i]
	}
	for _, s := range bothSides {
		if err := r.applySide(ctx, b, s); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) applySide(ctx context.Context, b *loom, s Side) error {
	mine := make([]Intent, 0, len(b.Intents))
	for _, in := range b.Intents {
		if in.Side == s {
			mine = append(mine, in)
		}
	}
	limit := r.job.Sides[s].Caps.MaxBatch
	for len(mine) > 0 {
		n := len(mine)
		if limit > 0 {
			n = min(n, limit)
		}
		if err := r.applySome(ctx, b, s, mine[:n]); err != nil {
			return err
		}
		mine = mine[n:]
	}
	return nil
}

func (r *run) applySome(ctx context.Context, b *loom, s Side, list []Intent) error {
	ops := make([]sources.Op, len(list))
	for i, in := range list {
		ops[i] = in.Op
	}
	res, err := r.sides[s].session.Apply(ctx, ops)
	if err != nil {
		return atSide(s, "write", err)
	}
	if len(res) != len(ops) {
		return fmt.Errorf("write %s: %d results for %d ops: %w", s, len(res), len(ops), sources.ErrUnknownOutcome)
	}
	st := Settlement{Held: make([]Holding, 0, len(list)), Forget: make([]int64, 0, len(list))}
	for i, in := range list {
		if err := r.result(ctx, &st, b.byLink[in.Link], in, res[i]); err != nil {
			return err
		}
	}
	if st.empty() {
		return nil
	}
	if err := r.engine.Journal.Settle(ctx, r.lease, st); err != nil {
		return err
	}
	r.open.Tally.Add(st.Tally)
	return nil
}

// result adds what became of one op to a settlement.
func (r *run) result(ctx context.Context, st *Settlement, l *LinkWrite, in Intent, res sources.Result) error {
	switch {
	case res.State == sources.Pending:
		return nil
	case res.State == sources.Done && isRevival(in):
		return r.revived(ctx, st, l, in, res)
	case res.State == sources.Done, in.Op.Verb == sources.Delete && errors.Is(res.Err, sources.ErrGone):
		st.done(l, in, res)
		r.shown(st, l, in, res)
		return nil
	case in.Op.Verb == sources.Add && errors.Is(res.Err, sources.ErrConflict):
		st.entered(l, in)
		return nil
	case errors.Is(res.Err, sources.ErrConflict), errors.Is(res.Err, sources.ErrGone):
		st.Forget = append(st.Forget, in.ID)
		return r.retry(ctx, st, l, in)
	case errors.Is(res.Err, sources.ErrUnknownOutcome):
		return fmt.Errorf("write %s: %w", in.Side, res.Err)
	}
	r.engine.Log.Info("op refused", r.line("side", in.Side.String(), "verb", in.Op.Verb.String(), "error", res.Err)...)
	st.refused(l, in, res.Err)
	return nil
}

// entered notes that somebody has entered an equal item on the side since it was read. The next look shows that item,
// and Plan pairs the two (docs/engine.md 7.4).
func (st *Settlement) entered(l *LinkWrite, in Intent) {
	st.Forget = append(st.Forget, in.ID)
	l.Owed[in.Side] = Contended
	st.Reasons = append(st.Reasons, Owing{l.ID, in.Side, Contended})
}

// retry reads what the item is now and puts it up for another decision. One that cannot be read now is left as
// it is, and what its side is owed waits until it can: that is no failure to take it (docs/engine.md 4).
func (r *run) retry(ctx context.Context, st *Settlement, l *LinkWrite, in Intent) error {
	delete(r.sides[in.Side].kept, in.Op.ID)
	now, err := r.sides[in.Side].get(ctx, []sources.ID{in.Op.ID})
	if err != nil {
		return fmt.Errorf("read %s: %w", in.Side, err)
	}
	c, ok := now[in.Op.ID]
	if !ok {
		c = sources.Change{ID: in.Op.ID, Verb: sources.Delete}
	}
	if r.digest(c).Bad {
		l.Owed[in.Side] = Waiting
		st.Reasons = append(st.Reasons, Owing{l.ID, in.Side, Waiting})
		return nil
	}
	r.later = append(r.later, retry{link: l.ID, side: in.Side, now: c})
	return nil
}

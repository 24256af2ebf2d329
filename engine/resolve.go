package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

// resolve brings to an end what a broken run left, before anything is compared: an op of a side that
// answers at once is repeated under its key, the queued ops of a deferred side are taken back (its
// links know what it is owed). An Add or a Replace that a deferred side may have taken stays open: until
// the side speaks of the item again, it may hold what the op wrote.
func (r *run) resolve(ctx context.Context) error {
	_, open, err := r.engine.Journal.Pending(ctx, r.lease)
	if err != nil || len(open) == 0 {
		return err
	}
	if err := r.load(ctx); err != nil { // for the cursors that a session begins with
		return err
	}
	if err := r.takeBack(ctx, open); err != nil {
		return err
	}
	for _, s := range bothSides {
		var mine []Intent
		for _, in := range open {
			if in.Side == s && in.State == Intended {
				mine = append(mine, in)
			}
		}
		if err := r.resolveSide(ctx, s, mine); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) takeBack(ctx context.Context, list []Intent) error {
	var st Settlement
	for _, in := range list {
		if in.State == Queued || in.State == Sent && in.Op.Verb == sources.Delete {
			st.Forget = append(st.Forget, in.ID)
		}
	}
	if st.empty() {
		return nil
	}
	return r.engine.Journal.Settle(ctx, r.lease, st)
}

// resolveSide repeats ops in a session of its own, so that the look that follows shows their effect.
func (r *run) resolveSide(ctx context.Context, s Side, list []Intent) error {
	if len(list) == 0 {
		return nil
	}
	rd, err := r.begin(ctx, s)
	if err != nil {
		return err
	}
	r.sides[s] = rd
	defer r.closeSessions()
	if list, err = r.search(ctx, s, list); err != nil {
		return err
	}
	for len(list) > 0 {
		n := min(len(list), r.engine.batchSize())
		if limit := r.job.Sides[s].Caps.MaxBatch; limit > 0 {
			n = min(n, limit)
		}
		if err := r.repeat(ctx, s, list[:n]); err != nil {
			return err
		}
		list = list[n:]
	}
	return nil
}

func (r *run) repeat(ctx context.Context, s Side, list []Intent) error {
	links, err := r.linksOf(ctx, list)
	if err != nil {
		return err
	}
	ops := make([]sources.Op, len(list))
	for i, in := range list {
		ops[i] = in.Op
	}
	res, err := r.sides[s].session.Apply(ctx, ops)
	if err != nil {
		return atSide(s, "repeat on", err)
	}
	if len(res) != len(ops) {
		return fmt.Errorf("repeat on %s: %d results for %d ops: %w", s, len(res), len(ops), sources.ErrUnknownOutcome)
	}
	var st Settlement
	for i, in := range list {
		if err := r.repeated(ctx, &st, links[in.Link], in, res[i]); err != nil {
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

func (r *run) linksOf(ctx context.Context, list []Intent) (map[LinkID]*LinkWrite, error) {
	ids := make([]LinkID, len(list))
	for i, in := range list {
		ids[i] = in.Link
	}
	links, err := r.engine.Journal.Links(ctx, r.lease, ids)
	if err != nil {
		return nil, err
	}
	out := make(map[LinkID]*LinkWrite, len(links))
	for i := range links {
		out[links[i].ID] = &links[i]
	}
	return out, nil
}

// repeated settles one repeated op. One that cannot be settled is forgotten: the link still says what
// the side is owed, and the look that follows says what it holds.
func (r *run) repeated(ctx context.Context, st *Settlement, l *LinkWrite, in Intent, res sources.Result) error {
	switch {
	case l == nil:
		st.Forget = append(st.Forget, in.ID)
	case res.State == sources.Done && isRevival(in):
		return r.revived(ctx, st, l, in, res)
	case res.State == sources.Done, in.Op.Verb == sources.Delete && errors.Is(res.Err, sources.ErrGone):
		st.done(l, in, res)
		r.shown(st, l, in, res)
	case errors.Is(res.Err, sources.ErrUnknownOutcome):
		return fmt.Errorf("repeat on %s: %w", in.Side, res.Err)
	case in.Op.Verb == sources.Replace:
		return r.maybeDone(ctx, st, l, in)
	case in.Op.Verb == sources.Add && r.job.Sides[in.Side].Caps.KeyedAdd:
		// It may have been carried out the first time: the look that follows shows it by its key.
	default:
		st.Forget = append(st.Forget, in.ID)
	}
	return nil
}

// maybeDone looks whether a Replace that is refused now was carried out the first time: a conditional one may conflict with
// nothing but itself, and why ever a side refuses, a user may have edited what it took then.
func (r *run) maybeDone(ctx context.Context, st *Settlement, l *LinkWrite, in Intent) error {
	rd := r.sides[in.Side]
	now, err := rd.get(ctx, []sources.ID{in.Op.ID})
	if err != nil {
		return fmt.Errorf("read %s: %w", in.Side, err)
	}
	c := now[in.Op.ID]
	it, err := dataclass.Decode(r.job.Ref.Class, c.Body)
	if err == nil && it.Fingerprint() == in.Print {
		st.done(l, in, sources.Result{ID: in.Op.ID, Rev: c.Rev})
		return nil
	}
	if err == nil && r.builtOn(it, l, in) {
		st.done(l, in, sources.Result{ID: in.Op.ID, Rev: in.Op.IfRev}) // what was written over it is an edit
		return nil
	}
	st.Forget = append(st.Forget, in.ID)
	return nil
}

// builtOn reports whether what a side holds is an edit of what a Replace of unknown outcome wrote.
func (r *run) builtOn(now *dataclass.Item, l *LinkWrite, in Intent) bool {
	was, err1 := dataclass.Decode(r.job.Ref.Class, l.Bodies.Shadow[in.Side])
	wrote, err2 := dataclass.Decode(r.job.Ref.Class, in.Op.Body)
	return err1 == nil && err2 == nil && builtOn(now, was, wrote)
}

package engine

import (
	"context"
	"fmt"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

// key is the key of the op that a decision needs.
func (r *run) key(t thread, s Side) sources.Key {
	if id := t.deleted(s); id != "" && r.job.Sides[s].Caps.KeyedAdd {
		return sources.RevivalKey(id)
	}
	return r.engine.NewKey()
}

// deleted gives what a side called the item that it deleted, now or in an earlier sync whose deletion is still on its way
// to the other side; "" if it did not.
func (t thread) deleted(s Side) sources.ID {
	switch {
	case t.d.Gone[s] && t.old.Item[s] != "":
		return t.old.Item[s]
	case t.old.Item[s] == "" && t.old.Doomed:
		return t.old.Lost
	}
	return ""
}

func isRevival(in Intent) bool {
	return in.Op.Verb == sources.Add && sources.RevivalOf(in.Op.Key) != ""
}

// revived settles an Add that brings an item back: what the side holds under the key may be another
// binding's copy with other content, which is then merged, or one that was deleted again since.
func (r *run) revived(ctx context.Context, st *Settlement, l *LinkWrite, in Intent, res sources.Result) error {
	rd := r.sides[in.Side]
	delete(rd.kept, res.ID)
	now, err := rd.get(ctx, []sources.ID{res.ID})
	if err != nil {
		return fmt.Errorf("read %s: %w", in.Side, err)
	}
	c, ok := now[res.ID]
	if !ok {
		c = sources.Change{ID: res.ID, Verb: sources.Delete}
	}
	it, err := dataclass.Decode(r.job.Ref.Class, c.Body)
	if c.Verb != sources.Delete && err == nil && it.Fingerprint() == in.Print {
		res.Rev = c.Rev
		st.done(l, in, res)
		return nil
	}
	st.Forget = append(st.Forget, in.ID)
	if c.Verb != sources.Delete {
		l.Item[in.Side] = res.ID
		st.put(*l)
	}
	r.later = append(r.later, retry{link: l.ID, side: in.Side, now: c})
	return nil
}

// isAnother reports whether what a side holds is not the item that the link knew there, but one that was brought back for
// it while the other side edited what was deleted.
func (t thread) isAnother(s Side) bool {
	d, o := t.d.Put[s], t.d.Put[s.Other()]
	if d == nil || sources.RevivalOf(d.Key) == "" || d.ID == t.old.Item[s] && !d.Renewed {
		return false
	}
	return o != nil && o.Print != t.old.Link.Shadow[s.Other()]
}

// mergeAnother merges with a copy that was brought back on side s. Whoever did that may not have known the newest of the
// item: what the copy lacks was not deleted, and the side is to get it.
func (t thread) mergeAnother(base *dataclass.Item, v [2]dataclass.Version, s Side) (dataclass.Merged, error) {
	was := v[s].Shadow
	poor := dataclass.Version{Shadow: was, Now: v[s].Now, Known: new(dataclass.Known)}
	whole, err := dataclass.Merge3(was, poor, dataclass.Version{Shadow: was}, dataclass.First)
	if err != nil {
		return whole, err
	}
	pair := v
	pair[s] = dataclass.Version{Shadow: was, Now: whole.Item, Keeps: dataclass.Keeps{All: true}}
	m, err := dataclass.Merge3(base, pair[Source], pair[Target], t.winner)
	if err != nil {
		return m, err
	}
	m.Shadow[s], m.Lossy[s] = v[s].Now, m.Item.Fingerprint() != v[s].Now.Fingerprint()
	return m, nil
}

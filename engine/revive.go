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

package simtest

import (
	"slices"

	"github.com/bindery-sync/bindery/engine"
)

// way is what a mode means for a bond: its client is the phone that starts the sync, or else the source.
func (b *bond) way(mode int) (engine.Way, engine.Side) {
	_, client := b.phone()
	switch mode {
	case engine.OneWayFromClient:
		return engine.OneWay, client
	case engine.RefreshFromClient:
		return engine.Refresh, client
	case engine.OneWayFromServer:
		return engine.OneWay, client.Other()
	case engine.RefreshFromServer:
		return engine.Refresh, client.Other()
	}
	return engine.BothWays, engine.Source
}

func isRefresh(mode int) bool {
	return mode == engine.RefreshFromClient || mode == engine.RefreshFromServer
}

// isComplete reports whether a phone's package in that mode is all that it holds.
func isComplete(mode int) bool { return mode == engine.Slow || isRefresh(mode) }

// mode draws how a bond is synchronised. In a sync from the server a phone tells nothing: its users wait until
// they have told what they did.
func (w *world) mode(b *bond) int {
	p, _ := b.phone()
	switch {
	case !w.shape.plain:
	case p != nil && w.r.IntN(10) == 0:
		return engine.Slow
	default:
		return engine.TwoWay
	}
	if w.shape.kind == ring {
		return engine.TwoWay
	}
	switch n := w.r.IntN(20); {
	case n < 2 && p != nil:
		return engine.Slow
	case n == 2:
		return engine.OneWayFromClient
	case n == 3 && (p == nil || len(p.phone.dirty) == 0):
		return engine.OneWayFromServer
	}
	return engine.TwoWay
}

// spared asks that a one-way sync did not write its lead. Whoever stole the lease synchronised both ways, and a
// phone that had to be slow did so too.
func (w *world) spared(b *bond, before []int, t *trouble) {
	way, lead := b.way(w.ran)
	if way == engine.OneWay {
		w.met["one way"]++
	}
	if way == engine.OneWay && (t.kind != steal || t.met == "") && w.wrote[b.ends[lead].index] != before[b.ends[lead].index] {
		w.complain("a one-way sync wrote %s, which leads it", b.ends[lead].name)
	}
}

// refresh makes one side of a pair what the other is, and asks that what was replaced is in the history.
func (w *world) refresh(b *bond, lead engine.Side) {
	mode := engine.RefreshFromClient
	if _, l := b.way(mode); l != lead {
		mode = engine.RefreshFromServer
	}
	from, to := b.ends[lead], b.ends[lead.Other()]
	w.met["refresh"]++
	w.note("refresh of", to.name, "from", from.name)
	if to.phone != nil { // the phone wipes itself first
		to.phone.wipe(false)
	}
	want, old := w.held(from), w.held(to)
	if err := w.sync(b, mode, &trouble{kind: calm}); err != nil {
		w.complain("a refresh fails: %v", err)
	}
	w.compare(from, want)
	w.compare(to, want)
	for name, c := range old {
		for field, v := range c.fields {
			if want[name].fields[field] != v && v != "" && !w.kept(v) {
				w.complain("%s %q of %s was replaced by a refresh and is not in the history", field, v, name)
			}
		}
	}
	w.truth.agree(want)
	w.quiet("a sync after a refresh", engine.TwoWay)
}

// mayRefresh reports whether the world is one in which a refresh can be judged: two clients that can hold all.
func (w *world) mayRefresh() bool {
	return (w.shape.kind == pair || w.shape.kind == single) && !w.rough &&
		!slices.ContainsFunc(w.lossy, func(f string) bool { return f != "" })
}
